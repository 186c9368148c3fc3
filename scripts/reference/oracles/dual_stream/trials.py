#!/usr/bin/env python3
"""Every trial of a distribution learner beside a network, once more in NumPy: trials.py RUN...

RUN has been made with save_trials: true and save_init: true, as that of configs/dual_stream/trial_level.yaml is.
Prints the largest differences of the logits of both streams over more and more trials, and whether units were recruited in the
same ones.
"""
import sys
from pathlib import Path

import h5py
import numpy as np
import yaml

F = np.float32


class Fast:
    """Gaussian units with diagonal covariances, recruited one by one after errors."""

    def __init__(self, c):
        N, self.rates = c["max_nunits"] or 50, (F(c["lr_nn"] or 0.025), F(c["lr_units"]), F(c["lr_attn"] or 0.002))
        self.W, self.U = np.zeros((N, 2), F), np.zeros((N, 2), F)
        self.L, self.used = np.full((N, 2), np.sqrt(F(c["attn_weighting"]))), 0

    def answer(self, x):
        u = slice(0, self.used)
        self.L[u] = np.maximum(self.L[u], F(1e-6))
        self.e = (x - self.U[u]) / self.L[u]
        self.o = np.exp(F(-0.5) * (F(2 * np.log(2 * np.pi)) + (self.e ** 2).sum(1)) - np.log(self.L[u]).sum(1))
        return self.o @ self.W[u]

    def forward(self, x, y):
        z = self.answer(x)
        due = (z.argmax() != y or not z.any()) and self.used < len(self.W)
        if due:
            self.U[self.used] = x
            self.used += 1
            z = self.answer(x)
        return z, due

    def learn(self, dz):
        u = slice(0, self.used)
        G = (self.o * (self.W[u] @ dz))[:, None] / self.L[u]
        self.W[u] -= self.rates[0] * self.o[:, None] * dz
        self.U[u] -= self.rates[1] * G * self.e
        self.L[u] -= self.rates[2] * G * (self.e ** 2 - 1)


class Slow:
    def __init__(self, W, b, rate):
        self.W, self.b, self.rate = W, b, F(rate)

    def forward(self, x):
        self.h = [x]
        for l, (W, b) in enumerate(zip(self.W, self.b)):
            z = W @ self.h[-1] + b
            self.h.append(np.maximum(z, 0) if l + 1 < len(self.W) else z)
        return self.h[-1]

    def learn(self, delta):
        for l in reversed(range(len(self.W))):
            below = (self.W[l].T @ delta) * (self.h[l] > 0)
            self.W[l] -= self.rate * np.outer(delta, self.h[l])
            self.b[l] -= self.rate * delta
            delta = below


def trials(config, group, x, label, run):
    fast, init = Fast(config["fast_config"]), group["init/slow"]
    depth = len(init) // 2
    slow = Slow([init[f"W{l}"][run] for l in range(depth)], [init[f"b{l}"][run] for l in range(depth)], config["slow_config"].get("lr") or config["slow_config"]["lr_dnn"])
    for item in group["order"][run].ravel():
        z, due = fast.forward(x[item], label[item])
        s = slow.forward(x[item])
        yield np.concatenate([z, s]), due
        dz = (F(1) / (1 + np.exp(-(z + s))) - np.eye(2, dtype=F)[label[item]]) / 2
        fast.learn(dz)
        slow.learn(dz)


def compare(path):
    """Per run: largest difference of the four logits by trial, largest logit, whether recruitment is the same."""
    with h5py.File(path / "results.h5") as file:
        config = yaml.safe_load(file["provenance/config_yaml"][()])
        group, x, label = file["new_stimuli"], file["stimuli/x"][()], file["stimuli/class"][0]
        assert (config["fast"], config["slow"], config["loss_fn"]) == ("distr_learner", "dnn", "bcelogits"), config["fast"]
        for run in range(len(group["order"])):
            ours, recruited = zip(*trials(config, group, x, label, run))
            theirs = np.concatenate([group["trials/logits_fast"][run], group["trials/logits_slow"][run]], axis=-1).reshape(-1, 4)
            same = np.array_equal(recruited, group["trials/recruited"][run].ravel() > 0)
            yield np.abs(np.array(ours) - theirs).max(1), np.abs(theirs).max(), same


def main(paths):
    for path in map(Path, paths):
        for run, (difference, largest, same) in enumerate(compare(path)):
            ends = {"100": 100, "1000": 1000, "10000": 10000, f"all {len(difference)}": len(difference)}
            print(f"{path.name}, run {run}:", ", ".join(f"{name} trials {difference[:end].max():.1e}" for name, end in ends.items()),
                  f"(logits up to {largest:.1f}); recruitment {'equal' if same else 'differs'}")


if __name__ == "__main__":
    main(sys.argv[1:] or sys.exit(__doc__))
