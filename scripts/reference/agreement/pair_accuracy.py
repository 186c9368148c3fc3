#!/usr/bin/env python3
"""Accuracy for each pair of locations (n back, now) in the hidden states of a run on 2-back location.

    scripts/reference/agreement/pair_accuracy.py results/stsf/results.h5
"""
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1]) as file:
    location = file["stimuli/location"][:]
    for split, epochs in file["hidden"].items():
        sequences = file[f"sequences/{split}"]
        shown, target, n = location[sequences["stimulus"][:]], sequences["target"][:], int(sequences["n"][0])
        for epoch, states in epochs.items():
            right = states["logits"][:].argmax(-1)[:, n:] == target[:, n:]
            print(f"{split}, {epoch}: rows, location {n} back; columns, location now")
            for before in range(4):
                pairs = [(shown[:, :-n] == before) & (shown[:, n:] == now) for now in range(4)]
                print("  ", *(f"{np.mean(right[pair]):6.3f}" for pair in pairs))
