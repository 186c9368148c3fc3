#!/usr/bin/env python3
"""A finished ctd_task run beside what the reference's stored networks do (Computation-through-Dynamics Benchmark, commit
e150873), as a table.

    scripts/reference/agreement/ctd_task_agreement.py results/ctd_task [recording.h5]

Losses and scores are of the validation trials with all noise. A recording, by default the run's own, is compared for the
flip-flop only, whose stored recording settings are those of configs/ctd_task.yaml. Needs numpy and h5py.
"""
import sys
from pathlib import Path

import h5py
import numpy as np

# Networks of April and June 2024: the flip-flop and the reaches with seed 100, the fifteen tasks before later fixes of the
# Match tasks. What a new network should reach is in the third column.
NBFF = {"loss": (0.0134, "< 0.015"), "bit_accuracy": (0.9836, "> 0.98"), "r2": (0.9375, "")}
SUCCESS = {"DelayPro": 1.00, "DelayAnti": 1.00, "MemoryPro": 0.99, "MemoryAnti": 0.97, "ReactPro": 1.00, "ReactAnti": 1.00, "IntMod1": 0.92,
           "IntMod2": 0.79, "ContextIntMod1": 0.80, "ContextIntMod2": 0.86, "ContextIntMultimodal": 0.70}
REACH = {"endpoint_error": (0.046, "a few cm"), "hold_error": (0.028, "")}
RECORDING = {"activity, mean": -0.0299, "activity, std": 0.4703, "rates, mean": 1.133, "rates, least": 0.31, "rates, most": 3.12,
             "spikes, mean": 1.13, "spikes, variance": 1.46}
RATIOS = (0.341, 0.299, 0.246, 0.0177, 0.0142, 0.0136, 0.0070)


def row(name, published, here, asked=""):
    print(f"| {name} | {published if isinstance(published, str) else f'{published:.4g}'} | {here:.4g} | {asked} |")


def evaluation(results):
    run = results["runs"][next(iter(results["runs"]))]
    noisy = run["eval/noisy"]
    scores = {"loss": noisy["loss"][()]} | dict(zip(noisy["score_names"].asstr()[()], noisy["scores"][()]))
    task = results["runs"].attrs["task"]
    for name, (published, asked) in {"NBFF": NBFF, "RandomTarget": REACH}.get(task, {}).items():
        row(name, published, scores[name], asked)
    if task != "MultiTask":
        return
    rates, strict = run["metrics/success_rate"][-1], run["metrics/strict_success_rate"][-1]
    for name, rate, strictly in zip(run["metrics/task_names"].asstr()[()], rates, strict):
        row(f"{name}, strictly {strictly:.3f}", SUCCESS.get(name, ""), rate, "> 0.97" if name.startswith(("Delay", "Memory", "React")) else "")


def statistics(r):
    """Of all trials: activity of the held-in neurons before standardisation, rates and counts of all, variance ratios."""
    both = lambda name: np.concatenate([r[f"{part}_{name}"][()] for part in ("train", "valid")])
    latents, rates, counts = both("latents"), both("activity"), both("recon_data")
    activity = latents[..., r["perm_neurons"][:r["train_encod_data"].shape[2]]].astype(np.float64)
    rows = latents.reshape(-1, latents.shape[2]).astype(np.float64)
    variances = np.linalg.eigvalsh(np.cov(rows.T))[::-1]
    values = (activity.mean(), activity.std(), rates.mean(), rates.min(), rates.max(), counts.mean(), counts.var())
    return dict(zip(RECORDING, values)), variances / variances.sum()


def main(run, recording):
    print("| quantity | stored network | here | asked |\n|---|---|---|---|")
    with h5py.File(run / "results.h5") as results:
        evaluation(results)
        if results["runs"].attrs["task"] != "NBFF" or not recording.exists():
            return
    with h5py.File(recording) as r:
        values, ratios = statistics(r)
    for name, value in values.items():
        row(name, RECORDING[name], value)
    for k, published in enumerate(RATIOS):
        row(f"variance ratio {k + 1}", published, ratios[k])


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    main(folder, Path(sys.argv[2]) if len(sys.argv) > 2 else folder / "recording.h5")
