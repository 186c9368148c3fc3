#!/usr/bin/env python3
"""Runs of the published dual-stream configs beside the published tables: dual_stream_tables.py [--all] RUN...

tests/families/dual_stream/published.csv has, per config and problem, the learning curves at some epochs and the areas under
them, rounded. A line per sweep: how many configs and problems were compared; how many agree within 1e-6 and 1e-3 beyond rounding
(areas: per epoch), and, where they are further apart than 1e-6, within four standard errors of the mean of the runs; the largest
difference of a curve. --all: a line for each config and problem.
"""
import csv
import sys
from collections import defaultdict
from pathlib import Path

import h5py
import numpy as np

PUBLISHED = Path(__file__).resolve().parents[3] / "tests/families/dual_stream/published.csv"
PREFIX = {"shj": "config", "dl_dnn": "config_dl_dnn_", "dlMU_dnn": "config_dlMU_dnn_", "single_stream": "single_stream_"}
STREAMS = ("fast", "slow", "total")


def published():
    table = defaultdict(list)
    with open(PUBLISHED, newline="") as file:
        for row in csv.DictReader(file):
            for stream in STREAMS:
                if row[stream]:
                    table[row["config"], row["problem"]].append((row["epoch"], stream, row[stream]))
    return table


def differences(group, entries):
    """Per entry: difference beyond rounding, its standard error, epochs that it sums over."""
    for epoch, stream, text in entries:
        curve, runs = group[f"lc_{stream}"][()], group[f"per_run/lc_{stream}"][()].astype(float)
        if epoch == "auc":
            value, each, span = np.trapezoid(curve), np.trapezoid(runs, axis=1), len(curve) - 1
        else:
            value, each, span = curve[int(epoch)], runs[:, int(epoch)], 1
        half = 0.5 * 10.0 ** -len(text.partition(".")[2])
        beyond = max(0.0, abs(value - float(text)) - half)
        yield beyond, each.std(ddof=1) / np.sqrt(len(each)) if len(each) > 1 else 0.0, span


def compare(run, table):
    with h5py.File(run / "results.h5") as file:
        sweep, index = file.attrs["config_name"], file.attrs["index"]
        name = PREFIX.get(sweep, sweep) + (str(index) if index >= 0 else "")
        for problem in (name for name in file if "lc_total" in file[name]):
            if entries := table.get((name, problem)):
                d = np.array(list(differences(file[problem], entries)))
                with np.errstate(divide="ignore", invalid="ignore"):
                    errors = np.where(d[:, 0] <= 1e-6 * d[:, 2], 0, d[:, 0] / d[:, 1])
                yield sweep, f"{name} {problem}", d[:, 0] / d[:, 2], errors, d[d[:, 2] == 1, 0]


def main(words):
    table, everything = published(), "--all" in words
    sweeps = defaultdict(list)
    for run in words:
        if run != "--all":
            for sweep, name, difference, errors, of_curve in compare(Path(run), table):
                sweeps[sweep].append((difference.max(), errors.max(), of_curve.max(initial=0)))
                if everything:
                    print(f"{name:32s} {difference.max():8.1e} {errors.max():8.2f}")
    print(f"{'':16s} {'compared':>8s} {'1e-6':>8s} {'1e-3':>8s} {'4 s.e.':>8s} {'largest':>9s}")
    for sweep, rows in sweeps.items():
        difference, errors, largest = np.array(rows).T
        print(f"{sweep:16s} {len(rows):8d} {(difference <= 1e-6).sum():8d} {(difference <= 1e-3).sum():8d} {(errors <= 4).sum():8d} "
              f"{largest.max():9.1e}")


if __name__ == "__main__":
    main(sys.argv[1:] or sys.exit(__doc__))
