#!/usr/bin/env python3
"""Decode the benchmark's model pickles, without PyTorch, into safetensors files, for `tsd ctd-simulate weights=..`.

    scripts/reference/converters/ctd_task_weights.py OUT MODEL.pkl [MODEL.pkl ..]

Of a file that is called model.pkl, as all of them are, the folder gives the name. Without files, in a clone of
https://github.com/snel-repo/ComputationThruDynamicsBenchmark:

    scripts/reference/converters/ctd_task_weights.py $TSD_REFERENCE/ctd-task

takes four old models out of its history, by their hashes (ctd_task.md 11.6), and checks their norms;
tests/families/ctd/task/test_published.cpp uses those. Every class is read as a stub, so that nothing in a file is executed.
"""
import io
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

BLOBS = {  # name: blob, norms to eight digits of ic, W_ih, W_hh, b_ih, b_hh, readout W, readout b
    "nbff_20240418": ("7ff47fb620c9927a205506bb3990b62a5184933c", (2.2215652, 11.699015, 27.249235, 2.7454297, 2.7229894, 1.0299912, 0.17572937)),
    "nbff_20240327": ("787c7a62dc0c2a36b3139655bb6dadb60e3f1c0d", (2.7615115, 15.169694, 42.943100, 2.9564888, 3.0679093, 1.8568714, 0.11982292)),
    "multitask_20240418": ("8d8c5d63b1b887f79487062ea06dc8687124db9c", (4.8063559, 29.099371, 48.522958, 5.3528937, 5.0495880, 1.0884547, 0.47293492)),
    "randomtarget_20240605": ("a8cf08a5ea8279851ac89621cf2698a56d6df3c2", (0.50165653, 19.165349, 46.297810, 2.0579957, 1.9949784, 1.7739267, 0.11850985)),
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


TYPES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "LongStorage": "<i8", "IntStorage": "<i4", "BoolStorage": "?", "ByteStorage": "u1"}


def storage(data):
    """PyTorch's legacy format: five pickles, the number of elements, the elements."""
    stream, kinds = io.BytesIO(data), []
    for _ in range(5):
        unpickler = Restricted(stream)
        unpickler.persistent_load = lambda identity: kinds.append(identity[1].__name__)
        unpickler.load()
    count = int.from_bytes(stream.read(8), "little")
    kind = np.dtype(TYPES[kinds[0]])
    return np.frombuffer(stream.read(kind.itemsize * count), kind)


def rebuild(values, offset, shape, strides, *_):
    size = values.itemsize
    return np.lib.stride_tricks.as_strided(values[offset:], shape, [size * s for s in strides]).copy()


class Restricted(pickle.Unpickler):
    def find_class(self, module, name):
        known = {"_rebuild_tensor_v2": rebuild, "_rebuild_parameter": lambda data, *_: data, "_load_from_bytes": storage,
                 "OrderedDict": dict, "_reconstructor": lambda *_: Stub(), "TypedStorage": lambda values, *_: values}
        return known.get(name, type(name, (Stub,), {}))


def parameters(module, prefix=""):
    """Dotted names and values of a module's parameters."""
    parts = getattr(module, "__dict__", {})
    found = {prefix + name: value for name, value in parts.get("_parameters", {}).items() if isinstance(value, np.ndarray)}
    for name, part in parts.get("_modules", {}).items():
        found |= parameters(part, f"{prefix}{name}.")
    return found


def networks(item, seen):
    """The parameters of every task-trained network below an object: what has a read-out and a recurrent part of its own."""
    below = item if isinstance(item, dict) else getattr(item, "__dict__", {})
    if id(item) in seen or not below:
        return
    seen.add(id(item))
    found = parameters(item)
    if "readout.weight" in found and found.keys() & {"cell.weight_hh", "recW.weight", "generator.vf_net.0.weight"}:
        yield found
    for value in below.values():
        yield from networks(value, seen)


def decode(data, source):
    if data.startswith(b"version https://git-lfs"):
        sys.exit(f"{source}: a Git LFS pointer, not the file; expected a model's pickle: git lfs pull")
    try:
        found = next(networks(Restricted(io.BytesIO(data)).load(), set()), None)
    except (pickle.UnpicklingError, EOFError, KeyError, ValueError, IndexError, UnicodeDecodeError) as error:
        sys.exit(f"{source}: expected a pickled model of the benchmark, got something else ({type(error).__name__}: {error})")
    if found is None:
        sys.exit(f"{source}: expected a model with read-out and cell, vector field or recurrent weights, found none")
    shapes = {"latent_ics": -1}
    return {name: np.ascontiguousarray(values.reshape(shapes.get(name, values.shape)), np.float32) for name, values in found.items()}


def published(name):
    """One of the repository's old models, with the norms it is known to have."""
    blob, norms = BLOBS[name]
    git = subprocess.run(["git", "cat-file", "blob", blob], capture_output=True)
    if git.returncode != 0:
        sys.exit(f"{name}: expected a clone of the benchmark's repository here, git says: {git.stderr.decode().strip()}")
    weights = decode(git.stdout, name)
    for key, norm in zip(NAMES, norms):
        got = np.linalg.norm(weights[key].astype(float))
        if abs(got / norm - 1) > 1e-6:
            sys.exit(f"{name}: {key}: expected the norm {norm}, got {got}")
    return weights


def main(folder, files):
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"{folder}: expected a folder: {error.strerror}")
    converted = {(path.parent.resolve().name if path.stem == "model" else path.stem): path for path in files}
    if len(converted) < len(files):
        sys.exit("two of the files have the same name; convert them into folders of their own")
    for name in converted or BLOBS:
        weights = decode(converted[name].read_bytes(), converted[name]) if converted else published(name)
        save_file(weights, folder / f"{name}.safetensors")
        print(folder / f"{name}.safetensors")


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), [Path(word) for word in sys.argv[2:]])
