#!/usr/bin/env python3
"""Prints a table of microcircuit runs that differ in model_type: test accuracy, error and angles at the end.

    scripts/reference/agreement/microcircuit_rules.py results/yin_yang/*/results.h5

Mean over students with Student's 95 % interval of the mean, as results.h5 has it; angles with the population deviation.
"""
import sys

import h5py
import yaml


def row(path):
    with h5py.File(path) as file:
        model = yaml.safe_load(file["provenance/config_yaml"][()].decode())["model_type"]
        summary = file["summary"]
        accuracy, error = (f"{scale * summary[f'test_{name}'][-1]:.{digits}f} ± {scale * summary[f'test_{name}_interval'][-1]:.{digits}f}"
                           for name, scale, digits in (("accuracy", 100, 1), ("error", 1, 3)))
        angles = ", ".join(f"{mean:.1f} ± {sd:.1f}" for mean, sd in zip(summary["mean_angle_WPPT_BPP"][-1], summary["std_angle_WPPT_BPP"][-1]))
        accuracies = [file[f"students/{seed}/test/accuracy"][-1] for seed in file["seeds"]]
        return f"| {model} | {accuracy} | {100 * min(accuracies):.1f} to {100 * max(accuracies):.1f} | {error} | {angles} |"


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print("| rule | test accuracy, % | of seeds | squared error | angle of BPP to WPP^T, degrees |\n|---|---|---|---|---|")
    for path in sys.argv[1:]:
        print(row(path))
