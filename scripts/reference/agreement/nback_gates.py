#!/usr/bin/env python3
"""What the gate does to irrelevant channels, by config and task.

    scripts/tsd analyze results/nine/5 results/nine/14 --only gate_suppression
    scripts/reference/agreement/nback_gates.py results/nine/*

Runs without gate_suppression.h5 are left out. Mean over n and runs (SD of the runs' means) of the index of nback.md 7.7; negative:
irrelevant channels are suppressed. Published are the signs: location -, identity +, category -.
"""
import sys
from collections import defaultdict
from pathlib import Path

import h5py
import numpy as np
from nback_published import name_of


def main(runs):
    table = defaultdict(list)
    for run in map(Path, runs):
        if not (run / "gate_suppression.h5").exists():
            continue
        with h5py.File(run / "gate_suppression.h5") as file:
            name = name_of(file["provenance/config_yaml"][()].decode())
            tasks = np.array([context.decode().split()[0] for context in file["gate_suppression/contexts"]])
            for task in dict.fromkeys(tasks):
                table[name, task].append(file["gate_suppression/index"][()][tasks == task].mean())
    print("| config | task | runs | index | runs below 0 |\n|---|---|---|---|---|")
    for (name, task), values in sorted(table.items()):
        spread = f" ± {np.std(values, ddof=1):.2f}" if len(values) > 1 else ""
        print(f"| {name} | {task} | {len(values)} | {np.mean(values):+.2f}{spread} | {sum(value < 0 for value in values)} |")


if __name__ == "__main__":
    main(sys.argv[1:]) if len(sys.argv) > 1 else sys.exit(__doc__)
