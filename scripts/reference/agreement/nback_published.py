#!/usr/bin/env python3
"""Accuracy over all steps of runs of the nine configs, beside the published figures.

    scripts/tsd train --config configs/nback/nine.yaml --jobs 2
    scripts/reference/agreement/nback_published.py results/nine/*

Last epoch, as published, and in brackets the epoch with the best mean of both splits; mean over runs, and SD of the last epochs. A
run under way counts with a note: it has not seen its last epoch. Published: one run each, ResNet50 in the training loop,
presentation of the original's repository.
"""
import csv
import re
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

PUBLISHED = {  # novel angle, novel identity
    "stsf": (0.9968, 0.9976), "stmf": (0.8273, 0.7993), "mtmf": (0.8153, 0.8057),
    "attention_stsf": (0.8874, 0.8822), "attention_stmf": (0.9331, 0.9179), "attention_mtmf": (0.9327, 0.9215),
    "dual_attention_stsf": (0.8818, 0.8958), "dual_attention_stmf": (0.9423, 0.9267), "dual_attention_mtmf": (0.9379, 0.9091),
}


def setting(config, key):
    return re.search(rf"^{key}: *(.*?) *(#.*)?$", config, re.M)[1]


def name_of(config):
    """The published name of a configuration, from what it trains."""
    several_n = setting(config, "n_values").count(",") > 0
    several_properties = setting(config, "task_features").count(",") > 0
    task = ("mt" if several_n else "st") + ("mf" if several_properties else "sf")
    if setting(config, "model_type") != "attention":
        return task
    return ("dual_" if setting(config, "attention_mode") == "dual" else "") + "attention_" + task


def epochs_of(run):
    """Epoch, novel angle, novel identity: a row each."""
    with open(run / "metrics.csv", newline="") as file:
        return np.array([[float(row[key]) for key in ("epoch", "val_novel_angle_acc", "val_novel_identity_acc")] for row in csv.DictReader(file)])


def cell(last, best):
    spread = f" ± {np.std(last, ddof=1):.3f}" if len(last) > 1 else ""
    return f"{np.mean(last):.3f}{spread} ({np.mean(best):.3f})"


def main(runs):
    groups = defaultdict(list)
    for run in map(Path, runs):
        if not (run / "metrics.csv").exists():
            continue
        config, rows = (run / "config.yaml").read_text(), epochs_of(run)
        if len(rows):
            best = rows[rows[:, 1:].mean(axis=1).argmax()]
            groups[name_of(config)].append((rows[-1], best, int(setting(config, "epochs"))))
    print("| config | runs | epochs | best | novel angle | published | novel identity | published |\n|---|---|---|---|---|---|---|---|")
    for name, published in PUBLISHED.items():
        if not (found := groups.get(name)):
            continue
        last, best = (np.array([row[i] for row in found]) for i in (0, 1))
        unfinished = sum(row[0] < end for row, _, end in found)
        shown = f"{last[:, 0].min():.0f} to {last[:, 0].max():.0f}, {unfinished} under way" if unfinished else f"{last[0, 0]:.0f}"
        cells = [f"{cell(last[:, i], best[:, i])} | {published[i - 1]:.3f}" for i in (1, 2)]
        print(f"| {name} | {len(found)} | {shown} | {best[:, 0].min():.0f} to {best[:, 0].max():.0f} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(sys.argv[1:]) if len(sys.argv) > 1 else sys.exit(__doc__)
