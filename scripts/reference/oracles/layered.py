#!/usr/bin/env python3
"""Angles between W' and B of the published autoencoder at its start, layers 2 to 4, from PyTorch itself (layered.md 4.2). The
published angles of epoch 0 are those of PAL with seeds 1, 3, .., 19. Writes the expected values of tests/families/layered/test_initial.cpp.

    scripts/reference/oracles/layered.py > tests/families/layered/angles.inc
"""
import math

import torch

SIZES = [784, 200, 2, 200, 784]


def angles(rule, seed):
    torch.manual_seed(seed)
    found = []
    for below, own in zip(SIZES, SIZES[1:]):
        W = torch.empty(below, own).normal_(0, 0.05)
        if rule == "FA":
            B = torch.empty(below, own).t().normal_(0, 0.05)
        torch.empty(own).normal_(0, 0.05)
        if rule == "PAL":
            B = torch.empty(below, own).t().normal_(0, 0.05)
        A, B = W.t().double(), B.double()
        found.append(math.degrees(math.acos((A * B).sum() / (A.norm() * B.norm()))))
    return found[1:]


for rule in ("FA", "PAL"):
    for seed in range(1, 20, 2):
        print(f"{{Rule::{rule}, {seed}, {{{', '.join(f'{angle:.10f}' for angle in angles(rule, seed))}}}}},")
