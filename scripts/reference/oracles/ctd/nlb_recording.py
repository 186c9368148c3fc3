#!/usr/bin/env python3
"""A small made-up recording as the Neural Latents Benchmark's: eight conditions of a slow oscillation in two dimensions that
twelve neurons follow, four of them held out, two later steps to predict, and a hand whose velocity follows one step later.

    scripts/reference/oracles/ctd/nlb_recording.py configs/ctd_data/nlb_recording.h5 [--test-phase] [--group NAME]

needs numpy and h5py. With --test-phase, trials to be scored have held-in spikes alone, and TARGET.h5 beside gets the rest;
--group: its name there.
"""
import argparse

import h5py
import numpy as np

CONDITIONS = 8


def trials(rng, n, steps, later, neurons):
    """Rates [trial, step, neuron], velocity [trial, step, 2], condition of each."""
    condition = np.arange(n) % CONDITIONS
    angle = 2 * np.pi * condition[:, None] / CONDITIONS + 0.1 * rng.standard_normal((n, 1))
    t = np.arange(steps + later + 1)
    latent = np.stack([np.cos(angle + 0.25 * t), np.sin(angle + 0.25 * t)], 2) * np.minimum(1, (t + 1) / 6)[None, :, None]
    direction = 2.4 * np.arange(neurons)
    drive = latent @ np.stack([np.cos(direction), np.sin(direction)])
    rates = np.exp(-1.2 + 0.4 * np.cos(np.arange(neurons)) + 1.3 * drive)
    velocity = 10 * latent[:, 1:steps + 1] + 0.3 * rng.standard_normal((n, steps, 2))
    return rates[:, 1:], velocity, condition


def lists(condition):
    found = np.empty(CONDITIONS, dtype=object)
    for c in range(CONDITIONS):
        found[c] = np.flatnonzero(condition == c).astype("int32")
    return found


def parts(spikes, steps, held_in):
    """The benchmark's four datasets."""
    return {"spikes_heldin": spikes[:, :steps, :held_in], "spikes_heldout": spikes[:, :steps, held_in:],
            "spikes_heldin_forward": spikes[:, steps:, :held_in], "spikes_heldout_forward": spikes[:, steps:, held_in:]}


def make(seed=0, sizes=(("train", 64), ("eval", 32)), steps=20, later=2, neurons=12, held_in=8):
    """All datasets by name, and condition averages over all trials."""
    rng, found, everything = np.random.default_rng(seed), {}, []
    for side, n in sizes:
        rates, velocity, condition = trials(rng, n, steps, later, neurons)
        spikes = rng.poisson(rates).astype("uint8")
        found |= {f"{side}_{name}": part for name, part in parts(spikes, steps, held_in).items()}
        found |= {f"{side}_behavior": velocity.round(3).astype("float32"), f"{side}_cond_idx": lists(condition),
                  f"{side}_truth": rates.round(3).astype("float32")}
        everything.append((rates[:, :steps], condition))
    rates, condition = (np.concatenate(all) for all in zip(*everything))
    found["psth"] = np.stack([rates[condition == c].mean(0) for c in range(CONDITIONS)]).astype("float32")
    found["conversion_factor"] = 1.0
    return found


def write(group, data):
    for name, values in data.items():
        ragged = getattr(values, "dtype", None) == object
        options = {} if np.ndim(values) < 3 else {"compression": "gzip"}
        group.create_dataset(name, data=values, dtype=h5py.vlen_dtype("int32") if ragged else None, **options)


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file")
    asked.add_argument("--test-phase", action="store_true")
    asked.add_argument("--group", default="recording")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--neurons", type=int, default=12)
    asked.add_argument("--held-in", type=int, default=8)
    options = asked.parse_args()
    data = make(options.seed, neurons=options.neurons, held_in=options.held_in)
    scored = {name for name in data if name.startswith("eval_") and name != "eval_spikes_heldin"} | {"train_behavior", "train_cond_idx", "psth"}
    known = {name: data[name] for name in data if not options.test_phase or name not in scored}
    with h5py.File(options.file, "w") as file:
        write(file, known)
    if options.test_phase:
        with h5py.File(options.file.replace(".h5", "_target.h5"), "w") as file:
            write(file.create_group(options.group), {name: data[name] for name in scored if not name.endswith("_truth")})


if __name__ == "__main__":
    main()
