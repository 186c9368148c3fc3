#!/usr/bin/env python3
"""What the gate does to irrelevant channels, by task: nback_gates.py RUN..., after `tsd analyze RUN... --only gate_suppression`.

Mean over n and runs (SD of the runs' means) of the index of nback.md 7.7; negative: irrelevant channels are suppressed. Published
are the signs: location -, identity +, category -.
"""
import sys
from collections import defaultdict
from pathlib import Path

import h5py
import numpy as np


def main(runs):
    table = defaultdict(list)
    for run in runs:
        with h5py.File(Path(run, "gate_suppression.h5")) as file:
            group = file["gate_suppression"]
            tasks = np.array([name.decode().split()[0] for name in group["contexts"][()]])
            for task in dict.fromkeys(tasks):
                table[task].append(group["index"][()][tasks == task].mean())
    print("| task | runs | index | runs below 0 |\n|---|---|---|---|")
    for task, values in table.items():
        spread = f" ± {np.std(values, ddof=1):.2f}" if len(values) > 1 else ""
        print(f"| {task} | {len(values)} | {np.mean(values):+.2f}{spread} | {(np.array(values) < 0).sum()} |")


if __name__ == "__main__":
    main(sys.argv[1:]) if len(sys.argv) > 1 else sys.exit(__doc__)
