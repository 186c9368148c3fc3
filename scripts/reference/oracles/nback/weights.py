#!/usr/bin/env python3
"""Print the initial weights that tests/families/nback/test_model_weights.cpp expects: first, last, sum.

    scripts/reference/oracles/nback/weights.py

PyTorch's modules in the order in which the N-back models are made (nback.md 3): reduce, cognitive, attention,
classifier, after torch.manual_seed(seed). The backbone, which the original makes before them, is left out.
"""
import torch
from torch import nn

# seed, F, H, D, cell, attention, layers, classifier layers
CASES = [
    (42, 1280, 256, 256, nn.GRU, None, 1, []),
    (7, 20, 12, 9, nn.LSTM, "dual", 2, [5]),
    (7, 20, 12, 9, nn.RNN, "task_only", 1, []),
]


def modules(F, H, D, cell, attention, layers, classifier):
    yield "perceptual.reduce", nn.Conv2d(F, H, 1)
    yield "cognitive.pre.0", nn.Linear(H + 6, H)
    yield "cognitive.rnn", cell(H, H, layers)
    if attention == "task_only":
        for number, (outputs, inputs) in {0: (D, 6), 3: (D, D), 6: (H, D)}.items():
            yield f"attention.gate_network.{number}", nn.Linear(inputs, outputs)
    if attention == "dual":
        yield "attention.task_proj.0", nn.Linear(6, D)
        yield "attention.feature_proj.0", nn.Linear(H, D)
        yield "attention.gate_network.0", nn.Linear(D, D)
        yield "attention.gate_network.3", nn.Linear(D, H)
    widths = [H, *classifier, 3]
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        yield f"classifier.{2 * i}" if classifier else "classifier", nn.Linear(inputs, outputs)


for seed, *sizes in CASES:
    print(f"seed {seed}, {sizes}")
    torch.manual_seed(seed)
    for module, made in modules(*sizes):
        for name, values in made.named_parameters():
            values = values.detach().flatten()
            total = values.double().sum().item()
            print(f"  {module}.{name}: {values[0].item():.9g}, {values[-1].item():.9g}, {total:.12g}")
