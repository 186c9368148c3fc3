#!/usr/bin/env python3
"""Writes the small inputs of configs/compare/smoke.yaml: a recording, the recorded network and four models of it.

    python scripts/reference/oracles/ctd/compare_smoke.py configs/compare/smoke

Nothing is trained: the models' latents are noisy mixtures of the recorded ones, and their cells have random weights.
"""
import sys
from pathlib import Path

import h5py
import numpy as np
from safetensors.numpy import save_file

TRIALS, VALID, T, D, NEURONS, HELDIN, INPUTS = 16, 4, 24, 6, 8, 6, 2
rng = np.random.default_rng(7)
dropout = np.random.default_rng(11)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru_weights(units, inputs, gain=1.0):
    bound = gain / np.sqrt(units)
    shapes = {"weight_ih": (3 * units, inputs), "weight_hh": (3 * units, units), "bias_ih": (3 * units,), "bias_hh": (3 * units,)}
    return {name: rng.uniform(-bound, bound, shape).astype(np.float32) for name, shape in shapes.items()}


def gru_step(w, x, h):
    i, j = x @ w["weight_ih"].T + w["bias_ih"], h @ w["weight_hh"].T + w["bias_hh"]
    n = h.shape[1]
    r, z = sigmoid(i[:, :n] + j[:, :n]), sigmoid(i[:, n:2 * n] + j[:, n:2 * n])
    c = np.tanh(i[:, 2 * n:] + r * j[:, 2 * n:])
    return (1 - z) * c + z * h


def recording(path):
    cell = gru_weights(D, INPUTS, gain=4)
    inputs = rng.normal(size=(TRIALS, T, INPUTS)).astype(np.float32)
    latents, h = np.zeros((TRIALS, T, D), np.float32), np.zeros((TRIALS, D))
    for t in range(T):
        h = gru_step(cell, inputs[:, t], h) + 0.05 * rng.normal(size=h.shape)
        latents[:, t] = h
    units = np.arange(NEURONS) % D
    activity = latents[:, :, units]
    rates = np.exp((activity - activity.mean()) / (2 * activity.std())).astype(np.float32)
    spikes = rng.poisson(rates).astype(np.float64)
    lengths = np.full(TRIALS, T)
    lengths[1], lengths[-1] = T - 5, T - 3
    with h5py.File(path / "recording.h5", "w") as file:
        for part, rows in (("train", slice(0, TRIALS - VALID)), ("valid", slice(TRIALS - VALID, TRIALS))):
            file[f"{part}_encod_data"], file[f"{part}_recon_data"] = spikes[rows, :, :HELDIN], spikes[rows]
            file[f"{part}_inputs"], file[f"{part}_latents"] = inputs[rows], latents[rows]
            file[f"{part}_activity"], file[f"{part}_trial_len"] = rates[rows], lengths[rows]
            file[f"{part}_targets"] = np.tanh(inputs[rows].cumsum(axis=1)).astype(np.float32)
    save_file({**{f"cell.{name}": value for name, value in cell.items()},
               "readout.weight": np.zeros((INPUTS, D), np.float32), "readout.bias": np.zeros(INPUTS, np.float32)},
              path / "network.safetensors")
    return latents, rates, inputs


def model(path, latents, rates, units, config=None, parameters=None, inferred=None):
    mixed = latents @ rng.normal(size=(D, units)) + 0.3 * rng.normal(size=(TRIALS, T, units))
    noisy = rates * np.exp(0.1 * rng.normal(size=rates.shape))
    outputs = {"latents": mixed, "rates": noisy} | ({} if inferred is None else {"inferred_inputs": inferred})
    with h5py.File(path, "w") as file:
        for part, rows in (("train", slice(0, TRIALS - VALID)), ("eval", slice(TRIALS - VALID, TRIALS))):
            for name, values in outputs.items():
                file[f"{part}_{name}"] = values[rows].astype(np.float32)
                if parameters:
                    factor = 1 + 0.1 * dropout.normal(size=values[rows].shape)
                    file[f"dropout/{part}_{name}"] = (values[rows] * np.abs(factor)).astype(np.float32)
        for name, value in (parameters or {}).items():
            file[f"params/{name}"] = value
        if config:
            file["provenance/config_yaml"] = np.bytes_(config)


def main(path):
    path.mkdir(parents=True, exist_ok=True)
    latents, rates, inputs = recording(path)
    for seed in (0, 1):
        layers = {}
        for k, (rows, columns) in enumerate(((7, 4 + INPUTS), (7, 7), (4, 7))):
            layers[f"decoder.cell.vf_net.{2 * k}.weight"] = rng.normal(size=(rows, columns)).astype(np.float32) / 2
            layers[f"decoder.cell.vf_net.{2 * k}.bias"] = rng.normal(size=rows).astype(np.float32) / 2
        model(path / f"node_{seed}.h5", latents, rates, 4, f"{{seed: {seed}, model: {{family: sae, cell: node}}}}", layers)
    cell = {f"decoder.gen_cell.{name}": value for name, value in gru_weights(5, INPUTS, gain=3).items()}
    model(path / "lfads.h5", latents, rates, 5, "{seed: 0, model: {family: lfads}}", cell,
          inferred=inputs @ rng.normal(size=(INPUTS, 2)) + 0.5 * rng.normal(size=(TRIALS, T, 2)))
    model(path / "external.h5", latents, rates, 3)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
