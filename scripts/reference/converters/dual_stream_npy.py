#!/usr/bin/env python3
"""Learning curves of dual-stream runs under the original's file names: dual_stream_npy.py RUN... OUT.

OUT/<name of the run>/{lc,loss}_{fast,slow,total}[_type<t>].npy, float64 as the original stores them.
"""
import sys
from pathlib import Path

import h5py
import numpy as np

CURVES = [f"{quantity}_{stream}" for quantity in ("lc", "loss") for stream in ("fast", "slow", "total")]


def main(runs, out):
    for run in map(Path, runs):
        with h5py.File(run / "results.h5") as file:
            name = file.attrs["config_name"] + (f"_{file.attrs['index']}" if file.attrs["index"] >= 0 else "")
            folder = out / name
            folder.mkdir(parents=True, exist_ok=True)
            for problem in (name for name in file if "lc_total" in file[name]):
                suffix = f"_{problem}" if problem.startswith("type") else ""
                for curve in CURVES:
                    np.save(folder / f"{curve}{suffix}.npy", file[f"/{problem}/{curve}"][()])
        print(folder)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1:-1], Path(sys.argv[-1]))
