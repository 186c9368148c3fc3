#!/usr/bin/env python3
"""How runs agree with published curves: dual_stream_agreement.py RUN..., after `tsd analyze RUN... --only reference ref=FOLDER`.

A line per run and problem that has published curves: the largest difference of its six curves in epochs 0 to 2 and over
all epochs, the first epoch in which one differs by more than 1e-6, and the largest difference in standard errors at the
epochs 0, 9, 49, 174 and the last, of those above 1e-6 (up to 4 agree: dual_stream.md 11.4). Then how many keep which
bound.
"""
import sys
from pathlib import Path

import h5py
import numpy as np


def rows(runs):
    for run in map(Path, runs):
        with h5py.File(run / "reference.h5") as file:
            for problem in sorted(set(file) - {"provenance"}):
                group = {name: file[problem][name][()] for name in file[problem]}
                if (group["apart"] > -2).all():
                    apart = group["apart"][group["apart"] >= 0]
                    yield (f"{run.parent.name}/{run.name} {problem}", group["difference_first"].max(), group["difference"].max(),
                           apart.min() if len(apart) else -1, group["deviations"].max())


def main(runs):
    table = list(rows(runs))
    for name, first, largest, apart, deviations in table:
        print(f"{name:36s} {first:8.1e} {largest:8.1e} {apart:5d} {deviations:7.2f}")
    first, largest, deviations = (np.array([row[i] for row in table]) for i in (1, 2, 4))
    print(f"{len(table)} sets of curves; epochs 0-2 within 2e-5: {(first <= 2e-5).sum()}; all epochs within 1e-6: "
          f"{(largest <= 1e-6).sum()}, 1e-4: {(largest <= 1e-4).sum()}; within 4 standard errors: {(deviations <= 4).sum()}")


if __name__ == "__main__":
    main(sys.argv[1:] or sys.exit(__doc__))
