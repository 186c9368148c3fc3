#!/usr/bin/env python3
"""A table of what trained networks tell familiar scenes by, from `tsd analyze RUN --only mechanism` of each.

    scripts/tsd analyze results/table1/* --only mechanism
    scripts/reference/agreement/plastic_mechanism.py results/table1/*

A row for each layer of each network: the largest interval mastered, of the first seed.
"""
import sys
from pathlib import Path

import h5py
import numpy as np
from plastic_runs import label_of

HEAD = ("network", "R", "accuracy", "layer", "less active for familiar scenes", "familiarity, AUC", "age, R²", "W u and P u, r, novel / familiar",
        "directions of P", "P after R scenes, cosine", "without P", "without the worst neuron")


def signed(value, digits=2):
    return f"{value:.{digits}f}".replace("-", "−")


def rows(run):
    with h5py.File(run / "results.h5") as results, h5py.File(run / "mechanism.h5") as found:
        seed = found["runs"][min(found["runs"], key=int)]
        model = seed[max(seed, key=lambda name: seed[name].attrs["R"])]
        R, plastic = int(model.attrs["R"]), len(model["rank"]) if "rank" in model else 0
        for layer in range(len(model["decoded_age"])):
            suppressed = np.mean(model[f"selectivity_{layer + 1}"][()] < 0)
            yield [*((label_of(results["summary"].attrs["reference_name"]), str(R), f"{model['intact'][()]:.3f}") if layer == 0 else ("", "", "")), str(layer + 1),
                   f"{100 * suppressed:.0f} %", signed(model["decoded_familiarity"][layer]), signed(model["decoded_age"][layer]),
                   *([" / ".join(signed(r) for r in model["opposition"][layer]), f"{model['rank'][layer]:.1f}",
                      signed(model[f"persistence_{layer + 1}"][R]), f"{model['without_memory'][layer]:.3f}"] if layer < plastic else ["-"] * 4),
                   f"{np.min(model[f'without_neuron_{layer + 1}']):.3f}" if f"without_neuron_{layer + 1}" in model else "-"]


def main(runs):
    table = [HEAD, ["---"] * len(HEAD), *(row for run in runs for row in rows(Path(run)))]
    for row in table:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main(sys.argv[1:] or sys.exit(__doc__))
