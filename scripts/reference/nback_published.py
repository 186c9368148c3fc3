#!/usr/bin/env python3
"""Accuracy over all steps of runs of the nine configs, beside the published figures.

    scripts/tsd train --config configs/nback/nine.yaml --jobs 2
    scripts/reference/nback_published.py results/nine/*

Last epoch, as published; mean, and SD where there are several runs. A run under way counts with a note: it has not seen its
last epoch. Published: one run each, ResNet50 in the training loop, presentation of the original's repository.
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


def last_epoch(run):
    with open(run / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return rows[-1] if rows else None


def cell(values):
    return f"{np.mean(values):.3f}" + (f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else "")


def main(runs):
    groups = defaultdict(list)
    for run in map(Path, runs):
        if not (run / "metrics.csv").exists():
            continue
        config, row = (run / "config.yaml").read_text(), last_epoch(run)
        if row:
            groups[name_of(config)].append((row, int(setting(config, "epochs"))))
    print("| config | runs | epochs | novel angle | published | novel identity | published |\n|---|---|---|---|---|---|---|")
    for name, (angle, identity) in PUBLISHED.items():
        rows = groups.get(name, [])
        epochs = sorted({int(float(row["epoch"])) for row, _ in rows})
        unfinished = sum(int(float(row["epoch"])) < end for row, end in rows)
        shown = "-".join(str(e) for e in sorted({epochs[0], epochs[-1]})) if rows else ""
        shown += f", {unfinished} under way" if unfinished else ""
        cells = [cell([float(row[f"val_{split}_acc"]) for row, _ in rows]) if rows else "-" for split in ("novel_angle", "novel_identity")]
        print(f"| {name} | {len(rows)} | {shown} | {cells[0]} | {angle:.3f} | {cells[1]} | {identity:.3f} |")


if __name__ == "__main__":
    main(sys.argv[1:]) if len(sys.argv) > 1 else sys.exit(__doc__)
