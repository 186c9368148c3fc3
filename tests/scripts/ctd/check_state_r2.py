#!/usr/bin/env python3
"""State R2 under its two names: check_state_r2.py SOURCE_DIR TSD.

A fit's state_r2_in_sample is of an affine map fitted to the trials that it is judged on, state_r2 of a comparison of one fitted to the
training trials. Both against NumPy's least squares, in results.h5 and in metrics.csv.
"""
import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

source, tsd = (Path(word).resolve() for word in sys.argv[1:])
recording = source / "configs/ctd_data/smoke_recording.h5"


def run(*words, cwd):
    subprocess.run([tsd, "train", "--out", ".", "--quiet", *words], cwd=cwd, check=True)


def flat(latents):
    return np.asarray(latents, np.float64).reshape(-1, latents.shape[-1])


def with_ones(x):
    return np.hstack([x, np.ones((len(x), 1))])


def explained(true_fit, fit, true, inferred):
    """Variance of `inferred` that a map from true latents explains, fitted to the first two."""
    weights = np.linalg.lstsq(with_ones(true_fit), fit, rcond=None)[0]
    return 1 - ((inferred - with_ones(true) @ weights) ** 2).sum() / ((inferred - inferred.mean(0)) ** 2).sum()


def last_row(folder):
    return list(csv.DictReader((folder / "metrics.csv").open()))[-1]


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    run("--config", source / "configs/ctd_data/smoke.yaml", "metrics_every=1", "save=last", cwd=folder)
    run("--config", source / "configs/compare/smoke.yaml", f"reference.recording={recording}", "reference.task_model=null", "parts=[]",
        "models.files=[ctd_data_smoke]", "metrics.eval_dropout=none", cwd=folder)
    with h5py.File(recording) as file:
        true = {phase: flat(file[f"{phase}_latents"][()]) for phase in ("train", "valid")}
    with h5py.File(folder / "ctd_data_smoke/results.h5") as file:
        train, valid = flat(file["train_latents"][()]), flat(file["eval_latents"][()])
        in_sample = file["metrics/state_r2_in_sample"][-1]
        assert file["metrics/state_r2"][-1] == in_sample  # its former name
    with h5py.File(folder / "compare_smoke/results.h5") as file:
        held_out = file["metrics/state_r2"][-1]
        assert "state_r2_in_sample" not in file["metrics"]
    fitted, compared = last_row(folder / "ctd_data_smoke"), last_row(folder / "compare_smoke")
    assert "state_r2" not in fitted and "state_r2_in_sample" not in compared, (fitted, compared)
    assert (float(fitted["state_r2_in_sample"]), float(compared["state_r2"])) == (in_sample, held_out)

expected = explained(true["valid"], valid, true["valid"], valid), explained(true["train"], train, true["valid"], valid)
# Latents are stored in single precision, and the least squares of 72 steps are well conditioned.
assert np.allclose((in_sample, held_out), expected, atol=1e-5), ((in_sample, held_out), expected)
assert in_sample > held_out + 0.01, (in_sample, held_out)
print(f"state R2 in sample {in_sample:.4f}, held out {held_out:.4f}")
