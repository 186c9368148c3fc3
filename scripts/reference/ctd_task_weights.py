#!/usr/bin/env python3
"""Decode the benchmark's old model pickles, without PyTorch, into safetensors files.

    git clone https://github.com/snel-repo/ComputationThruDynamicsBenchmark; cd ComputationThruDynamicsBenchmark
    python .../scripts/reference/ctd_task_weights.py $TSD_REFERENCE/ctd-task

Reads the blobs of the repository's history by their hashes (ctd_task.md 11.6), every class as a stub, so that nothing in
them is executed, and checks the norms of what comes out. tests/families/ctd_task/test_published.cpp uses the files.
"""
import io
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

BLOBS = {  # name: blob, norms of ic, W_ih, W_hh, b_ih, b_hh, readout W, readout b
    "nbff_20240418": ("7ff47fb620c9927a205506bb3990b62a5184933c", (2.2215652, 11.699015, 27.249235, 2.7454297, 2.7229894, 1.0299912, 0.17572937)),
    "nbff_20240327": ("787c7a62dc0c2a36b3139655bb6dadb60e3f1c0d", (2.7615115, 15.169694, 42.943100, 2.9564888, 3.0679093, 1.8568714, 0.11982292)),
    "multitask_20240418": ("8d8c5d63b1b887f79487062ea06dc8687124db9c", (4.8063559, 29.099371, 48.522958, 5.3528937, 5.0495880, 1.0884547, 0.47293492)),
    "randomtarget_20240605": ("a8cf08a5ea8279851ac89621cf2698a56d6df3c2", (0.50165653, 19.165349, 46.297810, 2.0579957, 1.9949784, 1.7739267, 0.11850953)),
}
NAMES = ("latent_ics", "cell.weight_ih", "cell.weight_hh", "cell.bias_ih", "cell.bias_hh", "readout.weight", "readout.bias")


class Stub:
    """Any object: keeps what it was made from and what its state is."""

    def __init__(self, *arguments, **named):
        self.arguments = arguments

    def __setstate__(self, state):
        self.__dict__.update(state if isinstance(state, dict) else {"state": state})

    def __setitem__(self, key, value):  # of ordered dictionaries
        self.__dict__.setdefault("items", {})[key] = value

    def append(self, value):
        self.__dict__.setdefault("values", []).append(value)

    def extend(self, values):
        self.__dict__.setdefault("values", []).extend(values)

    def __call__(self, *arguments):
        return Stub(*arguments)


def storage(data):
    """PyTorch's legacy format: five pickles, the number of elements, raw float32."""
    stream = io.BytesIO(data)
    for _ in range(5):
        unpickler = Restricted(stream)
        unpickler.persistent_load = lambda identity: identity
        unpickler.load()
    count = int.from_bytes(stream.read(8), "little")
    return np.frombuffer(stream.read(4 * count), "<f4")


def rebuild(data, offset, shape, strides, *_):
    values = storage(data) if isinstance(data, bytes) else data
    return np.lib.stride_tricks.as_strided(values[offset:], shape, [4 * s for s in strides]).copy()


class Restricted(pickle.Unpickler):
    def find_class(self, module, name):
        known = {"_rebuild_tensor_v2": rebuild, "_rebuild_parameter": lambda data, *_: data, "_load_from_bytes": storage,
                 "OrderedDict": dict, "_reconstructor": lambda *_: Stub()}
        return known.get(name, type(name, (Stub,), {}))


def tensors(item, path="", seen=None):
    """(dotted path, array) of every tensor below an object's modules and parameters."""
    seen = set() if seen is None else seen
    if isinstance(item, np.ndarray):
        yield path, item
        return
    if id(item) in seen:
        return
    seen.add(id(item))
    below = item if isinstance(item, dict) else getattr(item, "__dict__", {})
    for key, value in below.items():
        name = path if key in ("_modules", "_parameters") else f"{path}.{key}"
        yield from tensors(value, name, seen)


def decode(blob):
    data = subprocess.run(["git", "cat-file", "blob", blob], check=True, capture_output=True).stdout
    found = dict(tensors(Restricted(io.BytesIO(data)).load()))
    weights = {}
    for name in NAMES:
        matching = [values for path, values in found.items() if path.endswith("." + name) and values.size]
        assert matching, f"{blob}: no {name} among {sorted(found)}"
        weights[name] = np.ascontiguousarray(matching[0].reshape(-1) if name == "latent_ics" else matching[0])
    return weights


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, (blob, norms) in BLOBS.items():
        weights = decode(blob)
        for key, norm in zip(NAMES, norms):
            got = np.linalg.norm(weights[key].astype(float))
            assert abs(got / norm - 1) < 1e-6, f"{name}: norm of {key}: expected {norm}, got {got}"
        save_file(weights, folder / f"{name}.safetensors")
        print(folder / f"{name}.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
