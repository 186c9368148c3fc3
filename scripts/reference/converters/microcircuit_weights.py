#!/usr/bin/env python3
"""Weights of the original's microcircuits (model.pkl) as safetensors, for `init_file`.

    scripts/reference/converters/microcircuit_weights.py model.pkl [--out weights.safetensors]

A model.pkl holds the circuits of a run, with a teacher the teacher first. Those of the students are kept, as <seed>.WPP_1, ..,
and the words of a config that follow from them are printed. A pickle may hold code: none of it is run, and nothing but
numbers, lists and arrays is taken from it, so that neither the original's modules nor dill are needed.
"""
import argparse
import pickle
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file


class Stored:
    """What is not an array: an object whose class is not loaded, as its attributes."""

    def __init__(self, *_, **__):
        pass

    def __setstate__(self, state):
        if isinstance(state, dict):
            self.__dict__.update(state)


def array_of_buffer(buffer, dtype, shape, order="C"):
    return np.frombuffer(buffer, dtype).reshape(shape, order=order)


ARRAYS = {"_frombuffer": array_of_buffer, "ndarray": np.ndarray, "dtype": np.dtype,
          "_reconstruct": np.ndarray.__reduce__(np.zeros(0))[0],
          "scalar": np.float64(0).__reduce__()[0]}


class Reader(pickle.Unpickler):
    def find_class(self, module, name):
        return ARRAYS.get(name, Stored) if module.split(".")[0] == "numpy" else Stored


def circuits(path):
    try:
        file = open(path, "rb")
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}")
    with file:
        try:
            stored = Reader(file).load()
        except Exception as error:  # whatever a file that is no pickle brings about
            sys.exit(f"{path}: cannot be read as a pickle: {error}")
    found = stored if isinstance(stored, list) else [stored]
    if not found or not all(hasattr(circuit, "WPP") and hasattr(circuit, "seed") for circuit in found):
        sys.exit(f"{path}: no circuits of the original; expected a list of objects with seed, WPP, WIP, BPP, BPI")
    return found


def students(found):
    """Without the teacher, whose seed is drawn from the first student's."""
    if len(found) > 1 and found[0].seed == np.random.RandomState(found[1].seed).randint(100000, 999999):
        return found[1:]
    return found


def named_weights(circuit):
    """By layer; one population of interneurons (before the layered version) lies below the output."""
    hidden = len(circuit.WPP) - 1
    for kind in ("WPP", "WIP", "BPP", "BPI"):
        matrices = getattr(circuit, kind)
        matrices = [matrices] if isinstance(matrices, np.ndarray) and matrices.ndim == 2 else list(matrices)
        first = hidden if kind == "WIP" and len(matrices) == 1 else 1
        for layer, matrix in enumerate(matrices, first):
            yield f"{kind}_{layer}", np.ascontiguousarray(matrix, dtype=np.float64)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("--out", type=Path, default=Path("weights.safetensors"), metavar="FILE")
    options = arguments.parse_args()
    taken = students(circuits(options.model))
    tensors = {f"{int(circuit.seed)}.{name}": matrix for circuit in taken for name, matrix in named_weights(circuit)}
    try:
        save_file(tensors, options.out)
    except OSError as error:
        sys.exit(f"{options.out}: {error}")
    sizes = [taken[0].WPP[0].shape[1], *(len(matrix) for matrix in taken[0].WPP)]
    seeds = ",".join(str(int(circuit.seed)) for circuit in taken)
    print(f"init_file={options.out} layers=[{','.join(map(str, sizes))}] random_seed=[{seeds}]")


if __name__ == "__main__":
    main()
