#!/usr/bin/env python3
"""scripts/session_readin against scikit-learn and SciPy, its errors, and what tsd makes of its files: check_session_readin.py SOURCE_DIR TSD.

The other calculation is lfads-torch's tutorial in its own means: scipy.signal.lfilter, sklearn's PCA and Ridge.
"""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
from scipy.signal import lfilter
from scipy.signal.windows import gaussian
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge

source, tsd = (Path(word).resolve() for word in sys.argv[1:3])
script = source / "scripts/session_readin"
CONDITIONS = ["left", "right", "up"]
STEPS, DIM = 12, 3


def recording(path, seed, neurons, missing=False):
    """Counts of neurons that follow two courses of each condition; labels and lists of training trials' conditions."""
    rng = np.random.default_rng(seed)
    with h5py.File(path, "w") as file:
        for side, trials in (("train", 20), ("valid", 5)):
            labels = rng.permutation(np.arange(trials) % 3)
            angle = 2 * np.pi * labels[:, None] / 3 + 0.4 * np.arange(STEPS)
            rates = np.exp(0.2 + np.stack([np.cos(angle), np.sin(angle)], 2) @ rng.normal(0, 0.7, (2, neurons)))
            counts = rng.poisson(rates).astype("float32")
            counts[..., -1] = 0  # silent
            if missing and side == "train":
                counts[4, 3, 1] = np.nan
            file[f"{side}_encod_data"] = file[f"{side}_recon_data"] = counts
            file[f"{side}_label"] = np.array(CONDITIONS, dtype=object)[labels]
            file.create_dataset(f"{side}_cond_idx", (3,), h5py.vlen_dtype("int32"))
            for c in range(3):
                file[f"{side}_cond_idx"][c] = np.flatnonzero(labels == c)


def expected(paths, sd=1.0):
    """By the tutorial's functions."""
    averages = []
    for path in paths:
        with h5py.File(path) as file:
            counts, lists = file["train_encod_data"][()].astype(float), file["train_cond_idx"][()]
        labels = np.empty(len(counts), int)
        for c, rows in enumerate(lists):
            labels[rows] = c
        whole = ~np.isnan(counts).any(axis=(1, 2))
        counts, labels = counts[whole], labels[whole]
        window = gaussian(int(6 * sd), sd)
        late = lfilter(window / window.sum(), 1, counts, axis=1)[:, len(window) // 2:]
        averages.append(np.vstack([late[labels == c].mean(0) for c in range(3)]))
    together = np.hstack(averages)
    scores = PCA(DIM, svd_solver="full").fit(together).transform(together)
    fits = [Ridge(alpha=1.0, fit_intercept=False).fit(own - own.mean(0), scores) for own in averages]
    return [(fit.coef_.T, own.mean(0)) for fit, own in zip(fits, averages)]


def start(*words, cwd):
    environment = {**os.environ, "TSD_PYTHON": sys.executable}
    return subprocess.run([str(word) for word in words], cwd=cwd, text=True, capture_output=True, env=environment)


def made(*words, cwd):
    done = start(script, *words, cwd=cwd)
    assert done.returncode == 0, (words, done)
    return done.stdout


def read(path):
    with h5py.File(path) as file:
        return {name: found[()] for name, found in file.items()}


def numbers_are_scikit_learns(folder):
    made("one.h5", "two.h5", "--dim", DIM, "--out", "with", cwd=folder)
    for name, (weight, bias) in zip(("one.h5", "two.h5"), expected([folder / "one.h5", folder / "two.h5"])):
        found, before = read(folder / "with" / name), read(folder / name)
        np.testing.assert_allclose(found.pop("readin_weight"), weight, atol=1e-6)
        np.testing.assert_allclose(found.pop("readout_bias"), bias, rtol=1e-6)
        assert found.keys() == before.keys()
        for key in found:
            np.testing.assert_equal(found[key].tolist(), before[key].tolist())
    # Labels in the place of lists; a copy that has read-ins gets new ones.
    made("with/one.h5", "with/two.h5", "--dim", DIM, "--conditions", "label", "--out", "again", cwd=folder)
    for name in ("one.h5", "two.h5"):
        a, b = read(folder / "with" / name), read(folder / "again" / name)
        np.testing.assert_allclose(a["readin_weight"], b["readin_weight"], atol=1e-6)
    made("one.h5", "two.h5", "--dim", DIM, "--smooth", 1.5, "--out", "wide", cwd=folder)
    weight, bias = expected([folder / "one.h5", folder / "two.h5"], 1.5)[1]
    np.testing.assert_allclose(read(folder / "wide/two.h5")["readin_weight"], weight, atol=1e-6)


def tsd_reads_them(folder):
    made("two.h5", "three.h5", "--dim", DIM, "--out", "with", cwd=folder)
    words = ["ctd-data", "--config", source / "configs/ctd_data/sessions.yaml", "data.file=with/two.h5", "data.sessions=[with/three.h5]",
             f"model.fac_dim={DIM}", "train.epochs=1", "metrics_every=0", "posterior_samples=0", "model.readin=recorded"]
    done = start(tsd, *words, f"model.readin_dim={DIM}", "train.lr=1e-12", "--out", "run", cwd=folder)
    assert done.returncode == 0, done.stderr
    (run,) = (folder / "run").iterdir()
    with h5py.File(run / "results.h5") as file:
        params = {name: found[()] for name, found in file["params"].items() if isinstance(found, h5py.Dataset)}
    both = [read(folder / "with" / name) for name in ("two.h5", "three.h5")]
    np.testing.assert_array_equal(params["readin.weight"].T, np.vstack([part["readin_weight"] for part in both]))
    np.testing.assert_allclose(params["readout.weight"], np.hstack([np.linalg.pinv(part["readin_weight"].astype(float)) for part in both]).T, atol=1e-5)
    bias = np.concatenate([part["readout_bias"] for part in both])
    np.testing.assert_allclose(params["readout.bias"], np.log(np.where(bias > 0, bias, 1)), atol=1e-5)  # 0 as drawn where silent
    with h5py.File(folder / "with/three.h5", "r+") as file:
        weight = file["readin_weight"][()]
        weight[:, 2] = weight[:, 1] + np.linspace(0, 0.01, len(weight))
        file["readin_weight"][...] = weight
    done = start(tsd, *words, f"model.readin_dim={DIM}", "--out", "thin", cwd=folder)
    assert "with/three.h5: /readin_weight: neurons tell hardly anything of some of its 3 dimensions" in done.stderr, done.stderr


def refuses(folder):
    with h5py.File(folder / "longer.h5", "w") as file, h5py.File(folder / "one.h5") as like:
        file["train_encod_data"] = np.zeros((6, STEPS + 1, 2))
        like.copy("train_cond_idx", file)
    with h5py.File(folder / "other.h5", "w") as file:
        file["train_encod_data"], file["train_label"] = np.ones((4, STEPS, 2)), np.array(["left", "down", "up", "up"], dtype=object)
        file["train_cond_idx"] = np.array([0, 1])
    with h5py.File(folder / "empty.h5", "w") as file, h5py.File(folder / "one.h5") as like:
        file["train_encod_data"] = like["train_encod_data"][()]
        file.create_dataset("train_cond_idx", (2,), h5py.vlen_dtype("int32"))
        file["train_cond_idx"][0] = np.arange(3)
    (folder / "text.h5").write_text("no HDF5")
    for words, text, code in (
            (["one.h5"], "recordings: expected at least two, got 1", 65),
            (["one.h5", "none.h5"], "none.h5: No such file or directory", 66),
            (["one.h5", "text.h5"], "text.h5: expected an HDF5 file", 65),
            (["one.h5", "other.h5"], "other.h5: /train_cond_idx: expected lists of trials, or a label for each of the 4 trials, got int64 of [2]", 65),
            (["one.h5", "other.h5", "--conditions", "label"], "other.h5: /train_label: expected the 3 conditions of one.h5, got 3, down in one of both alone", 65),
            (["one.h5", "two.h5", "--conditions", "cond"], "one.h5: /train_cond: expected a dataset of conditions, got none; --conditions may be label", 65),
            (["one.h5", "longer.h5"], "longer.h5: /train_cond_idx: expected trials 0 to 5, got", 65),
            (["one.h5", "empty.h5"], "empty.h5: /train_cond_idx: expected training trials without missing counts of each condition, got none of condition 1", 65),
            (["one.h5", "two.h5", "--dim", "30"], "--dim: expected at most 14, of 14 neurons in 27 averages, got 30", 65),
            (["one.h5", "two.h5", "--smooth", "5"], "--smooth: expected less than the 12 steps of a trial, three standard deviations, got 5.0", 65),
            (["one.h5", "with/one.h5"], "with/one.h5: expected another name than that of one.h5", 65),
            (["one.h5", "two.h5", "--out", "."], "--out: expected another folder than that of one.h5, got .", 65),
            (["one.h5", "two.h5", "--out", "text.h5"], "text.h5: ", 74)):
        done = start(script, *words, *([] if "--dim" in words else ["--dim", DIM]), *([] if "--out" in words else ["--out", "refused"]), cwd=folder)
        assert done.returncode == code and done.stderr.startswith(f"session_readin: {text}") and done.stderr.count("\n") == 1, (words, done)
    assert not (folder / "refused").exists() and (folder / "text.h5").read_text() == "no HDF5"


with tempfile.TemporaryDirectory() as scratch:
    recording(Path(scratch) / "one.h5", 1, 8, missing=True)
    recording(Path(scratch) / "two.h5", 2, 6)
    recording(Path(scratch) / "three.h5", 3, 7)
    for check in (numbers_are_scikit_learns, tsd_reads_them, refuses):
        check(Path(scratch))
        print(check.__name__.replace("_", " "))
