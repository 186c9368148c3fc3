#!/usr/bin/env python3
"""How well a property can be read linearly from the features of `tsd stimuli`: README's "Measured" quotes it.

    scripts/reference/oracles/nback/linear_readout.py data/stimuli/features.h5 location|category

Ridge regression (1e-1) onto one-hot labels, on features z-scored over the training stimuli; splits as in the configs'
defaults: the first 60 % of a category's objects at angles 0 to 2 train.
"""
import sys

import h5py
import numpy as np


def main(path, name):
    with h5py.File(path) as file:
        x, label = file["features"][:].astype(float), file[name][:].astype(int)
        category, identity, angle = (file[key][:].astype(int) for key in ("category", "identity", "angle"))
    number = identity - np.array([identity[category == c].min() for c in range(category.max() + 1)])[category]
    known = number < max(1, int((number.max() + 1) * 0.6))
    splits = {"training": known & (angle < 3), "novel angle": known & (angle == 3), "novel identity": ~known}
    train = splits["training"]
    spread = x[train].std(0)
    x = (x - x[train].mean(0)) / np.where(spread > 0, spread, 1)
    x = np.column_stack([x, np.ones(len(x))])
    gram = x[train].T @ x[train] + 1e-1 * np.eye(x.shape[1])
    weights = np.linalg.solve(gram, x[train].T @ np.eye(label.max() + 1)[label[train]])
    for split, rows in splits.items():
        print(f"{name:10} {split:15} {np.mean((x[rows] @ weights).argmax(1) == label[rows]):.3f}")


main(*sys.argv[1:])
