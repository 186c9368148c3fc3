#!/usr/bin/env python3
"""Curves of runs under the original's names, as dual_stream_npy.py writes them: check_npy.py SOURCE_DIR TSD."""
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

CURVES = [f"{quantity}_{stream}" for quantity in ("lc", "loss") for stream in ("fast", "slow", "total")]


def run(*words):
    done = subprocess.run([str(word) for word in words], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def main(source, tsd, folder):
    train = [tsd, "train-dual-stream", "--out", folder / "runs", "--quiet", "--config"]
    run(*train, source / "configs/dual_stream/smoke.yaml")
    run(*train, source / "configs/dual_stream/shj.yaml", "--index", 7, "n_runs=2", "problem_types=[2,6]")
    runs = {"dual_stream_smoke": folder / "runs/dual_stream_smoke", "shj_7": folder / "runs/shj/7"}
    run(sys.executable, source / "scripts/reference/converters/dual_stream_npy.py", *runs.values(), folder / "npy")
    problems = {"dual_stream_smoke": {"new_stimuli": ""}, "shj_7": {"type2": "_type2", "type6": "_type6"}}
    for name, suffixes in problems.items():
        files = {file.name for file in (folder / "npy" / name).iterdir()}
        assert files == {f"{curve}{suffix}.npy" for curve in CURVES for suffix in suffixes.values()}, files
        with h5py.File(runs[name] / "results.h5") as results:
            for problem, suffix in suffixes.items():
                for curve in CURVES:
                    values = np.load(folder / "npy" / name / f"{curve}{suffix}.npy")
                    assert values.dtype == "<f8" and values.ndim == 1, (values.dtype, values.shape)
                    assert np.array_equal(values, results[f"{problem}/{curve}"][()]), (name, problem, curve)
        # The comparison with published curves reads them.
        run(tsd, "analyze", runs[name], "--only", "reference", f"ref={folder / 'npy' / name}")
        with h5py.File(runs[name] / "reference.h5") as results:
            for problem in suffixes:
                assert not results[f"{problem}/difference"][()].any(), problem


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as out:
        main(Path(sys.argv[1]), Path(sys.argv[2]), Path(out))
