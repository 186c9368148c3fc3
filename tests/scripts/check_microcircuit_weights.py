#!/usr/bin/env python3
"""A model.pkl of the original through microcircuit_weights.py into a run: check_microcircuit_weights.py SOURCE_DIR TSD.

Exit 77 (skipped) without safetensors.
"""
import os
import pickle
import subprocess
import sys
import tempfile
import types
from pathlib import Path

import h5py
import numpy as np

try:
    import safetensors  # noqa: F401
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def logistic(x):
    return 1 / (1 + np.exp(-x))


class noise_model:  # noqa: N801  (the original's name)
    """What the original pickles: weights as lists of arrays, generator, activation functions, series."""

    def __init__(self, seed, layers):
        self.rng, self.seed, self.layers = np.random.RandomState(seed), seed, layers
        self.activation, self.model, self.dt = [logistic] * (len(layers) - 1), "PAL", 0.01
        draw = lambda rows, columns: self.rng.uniform(-1, 1, (rows, columns))  # noqa: E731
        hidden = range(1, len(layers) - 1)
        self.WPP = [draw(layers[l + 1], layers[l]) for l in range(len(layers) - 1)]
        self.WIP = [draw(layers[l + 1], layers[l]) for l in hidden]
        self.BPP, self.BPI = ([draw(layers[l], layers[l + 1]) for l in hidden] for _ in range(2))
        self.MSE_time_series = [np.float64(0.5)]


class Harmful:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def run(*words, **options):
    return subprocess.run([str(word) for word in words], text=True, capture_output=True, **options)


def pickled(path, stored):
    """As by a program whose module microcircuit is not here any more."""
    module = types.ModuleType("microcircuit")
    for thing in (noise_model, logistic):
        thing.__module__ = "microcircuit"
        setattr(module, thing.__name__, thing)
    sys.modules["microcircuit"] = module
    path.write_bytes(pickle.dumps(stored, pickle.HIGHEST_PROTOCOL))
    del sys.modules["microcircuit"]


def main(source, tsd, folder):
    convert = source / "scripts/reference/converters/microcircuit_weights.py"
    seeds, layers = [123, 456], [2, 3, 4, 2]
    teacher = 873630  # RandomState(123).randint(100000, 999999)
    circuits = [noise_model(seed, layers) for seed in (teacher, *seeds)]
    pickled(folder / "model.pkl", circuits)
    done = run(sys.executable, convert, folder / "model.pkl", "--out", folder / "weights.safetensors")
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    assert words == [f"init_file={folder}/weights.safetensors", "layers=[2,3,4,2]", "random_seed=[123,456]"], words

    done = run(tsd, "train", "--config", source / "configs/microcircuit/smoke.yaml", *words, "activation=logistic", "epochs=1",
               "eta_fw=[0,0,0]", "eta_bw=[0,0]", "eta_IP=[0,0]", "eta_PI=[0,0]", "noise_scale=[0,0]", "alpha=[0,0]",
               "--out", folder / "run", "--quiet")
    assert done.returncode == 0, done.stderr
    with h5py.File(next((folder / "run").rglob("results.h5"))) as results:
        for circuit in circuits[1:]:
            for name in ("WPP", "WIP", "BPP", "BPI"):
                for layer, matrix in enumerate(getattr(circuit, name), 1):
                    for moment in ("init", "final"):
                        stored = results[f"/students/{circuit.seed}/{moment}/{name}_{layer}"][()]
                        assert np.array_equal(stored, matrix), (moment, circuit.seed, name, layer)

    (folder / "harm.pkl").write_bytes(pickle.dumps([Harmful(folder / "made")]))
    done = run(sys.executable, convert, folder / "harm.pkl")
    assert done.returncode == 1 and "no circuits of the original" in done.stderr, done.stderr
    assert not (folder / "made").exists()
    (folder / "notes.txt").write_text("no model\n")
    done = run(sys.executable, convert, folder / "notes.txt")
    assert done.returncode == 1 and done.stderr.startswith(f"{folder}/notes.txt: cannot be read as a pickle"), done.stderr
    done = run(sys.executable, convert, folder / "gone.pkl")
    assert done.returncode == 1 and done.stderr == f"{folder}/gone.pkl: No such file or directory\n", done.stderr


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        main(Path(sys.argv[1]), Path(sys.argv[2]), Path(scratch))
    print("model.pkl -> safetensors -> run, bit for bit, and no code of a pickle run")
