#!/usr/bin/env python3
"""LFADS's weights in PyTorch and back: check_weights.py SOURCE_DIR TSD.

A module with the names and hierarchy of the reference's takes tsd's checkpoint with strict=True and gives its outputs; a
checkpoint under the decoder's former names gives tsd the same outputs."""
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy
import torch
from safetensors.torch import load_file, save_file

source, tsd = Path(sys.argv[1]), sys.argv[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(source / "scripts/reference/oracles/ctd"))
from auto_encoders import Lfads  # noqa: E402

SIZES = {"ic_enc": 5, "ic": 4, "ci_enc": 4, "con": 5, "co": 2, "gen": 6, "fac": 4, "clip": 5.0}  # configs/ctd/smoke_lfads.yaml
SUPPLIED = ["model.ci_enc_dim=0", "model.con_dim=0", "model.co_dim=0", "model.co_prior=autoregressive"]


def train(folder, *words):
    config = source / "configs/ctd/smoke_lfads.yaml"
    subprocess.run([tsd, "ctd-data", "--config", config, "--out", folder, "--quiet", "posterior_samples=0", "data.sv_rate=0.0", *words], check=True)
    run = Path(folder) / "smoke_lfads"
    with h5py.File(run / "results.h5") as results:
        return run / "checkpoints/final.safetensors", results["eval_rates"][()]


def rates(prior, weights, data):
    spikes, inputs = (torch.tensor(data[f"valid_{name}"][()], dtype=torch.float64) for name in ("encod_data", "inputs"))
    sizes = SIZES | {"n_in": spikes.shape[2], "n_all": data["valid_recon_data"].shape[2], "u": inputs.shape[2]}
    model = Lfads(prior, sizes=sizes).double()
    model.load_state_dict(load_file(weights), strict=True)
    model.P, model.samples = 0, False
    with torch.no_grad():
        return torch.exp(model(spikes, inputs)[0]).numpy()


with tempfile.TemporaryDirectory() as folder, h5py.File(source / "configs/ctd_data/smoke_recording.h5") as data:
    for prior, words in (("student", ["model.co_prior=student_t"]), (None, SUPPLIED)):
        weights, expected = train(f"{folder}/{prior}", *words)
        difference = numpy.abs(rates(prior, weights, data) - expected).max()
        assert difference < 1e-5, f"rates of PyTorch: {difference} away from tsd's"
        state = load_file(weights)
        former = {name.replace(".rnn.cell", ""): value for name, value in state.items() if value.numel() > 0}
        assert former.keys() - state.keys(), "no former name"
        save_file(former, f"{folder}/former.safetensors")
        _, again = train(f"{folder}/{prior}_again", *words, "train.epochs=0", f"weights={folder}/former.safetensors")
        assert numpy.array_equal(again, expected), f"former names: {numpy.abs(again - expected).max()}"
