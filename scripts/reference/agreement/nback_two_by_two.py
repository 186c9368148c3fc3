#!/usr/bin/env python3
"""Accuracies of mtmf runs without and with attention, from scratch and after the proxy task.

    scripts/tsd train --config configs/nback/two_by_two.yaml
    python scripts/reference/agreement/nback_two_by_two.py results/two_by_two/*

Of each run the best epoch by its selection metric; executive steps (t >= n) and, in brackets, all steps. Runs of the proxy
task itself are left out.
"""
import re
import sys
from collections import defaultdict
from pathlib import Path

import h5py
import numpy as np


def setting(config, key):
    return re.search(rf"^{key}: *(.*?) *$", config, re.M)[1]


def accuracies(run):
    with h5py.File(run / "results.h5") as results:
        config = results["/provenance/config_yaml"][()].decode()
        if setting(config, "mode") == "proxy":
            return None, None
        best = int(results["/model/best"].attrs["epoch"]) - 1
        values = [results[f"/train/val_{split}/{name}"][best] for split in ("novel_angle", "novel_identity") for name in ("acc_masked", "acc")]
    start = "scratch" if setting(config, "init_from") in ("null", "~", "") else "proxy"
    return (setting(config, "model_type"), start), values


def main(runs):
    groups = defaultdict(list)
    for run in runs:
        kind, values = accuracies(Path(run))
        if kind:
            groups[kind].append(values)
    print("| model | start | runs | novel angle | novel identity |\n|---|---|---|---|---|")
    for (model, start), rows in sorted(groups.items()):
        mean, sd = np.mean(rows, axis=0), np.std(rows, axis=0)
        cells = [f"{mean[i]:.3f} ± {sd[i]:.3f} ({mean[i + 1]:.3f})" for i in (0, 2)]
        print(f"| {model} | {start} | {len(rows)} | {cells[0]} | {cells[1]} |")


if __name__ == "__main__":
    main(sys.argv[1:]) if len(sys.argv) > 1 else sys.exit(__doc__)
