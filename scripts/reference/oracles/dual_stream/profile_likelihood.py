#!/usr/bin/env python3
"""Intervals by the profile of a likelihood, of ALCOVE and made-up answers, by SciPy: dual_stream_profile.py [answers.csv]

Writes the answers (as tests/families/dual_stream/profile_answers.csv has them) where a file is named, and prints the best parameters
and the ends of their 95 % intervals. ALCOVE with background noise is written here anew, a participant after the other.
"""
import sys

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.stats import chi2

NAMES, NOISE = ("c", "lambda_a", "lambda_w"), 0.05
TRUTH, LOW, HIGH = np.array([3.0, 0.1, 0.15]), np.array([0.5, 0.0, 0.01]), np.array([15.0, 2.0, 0.9])
LOG = np.array([True, False, True])
CLASSES = {2: (0, 0, 1, 1, 1, 1, 0, 0), 4: (1, 1, 1, 0, 1, 0, 0, 0)}
ITEMS = np.array([[item >> 2 & 1, item >> 1 & 1, item & 1] for item in range(8)], float)


def chances(parameters, problem, items):
    """p(class 1) of each trial, yielded before its answer; every trial teaches the item's class."""
    c, lambda_a, lambda_w = parameters
    attention, weights = np.full(3, 1 / 3), np.zeros((8, 2))
    for item in items:
        away = np.abs(ITEMS - ITEMS[item])
        near = np.exp(-c * away @ attention)
        out = np.maximum(near @ weights, 0)
        yield (out[1] + NOISE) / (out.sum() + 2 * NOISE)
        teacher = np.zeros(2)
        teacher[CLASSES[problem][item]] = max(1, out[CLASSES[problem][item]])
        error = teacher - out
        slope = -lambda_a * ((weights @ error) * near * c) @ away
        weights = weights + lambda_w * np.outer(near, error)
        attention = np.maximum(attention + slope - slope.mean(), 0)
        attention = attention / attention.sum()


def made_up():
    rng = np.random.RandomState(7)
    for person in range(8):
        problem, items = (2, 4)[person % 2], rng.randint(8, size=80)
        yield person, problem, items, [int(rng.rand() < p) for p in chances(TRUTH, problem, items)]


def misfit(parameters, answers):
    total = 0
    for _, problem, items, responses in answers:
        p = np.array(list(chances(parameters, problem, items)))
        p = np.where(responses, p, 1 - p)
        total -= np.log((1 - 1e-6) * p + 0.5e-6).sum()
    return total


def value_at(place):
    low = np.where(LOG, LOW, 1)  # a logarithm is taken of those alone
    return np.where(LOG, low * (HIGH / low) ** place, LOW + place * (HIGH - LOW))


def least(answers, held=None, at=None, start=None):
    """The best place with one held there."""
    free = [p for p in range(3) if p != held]

    def place(x):
        full = np.empty(3)
        full[free] = np.clip(x, 0, 1)
        if held is not None:
            full[held] = at
        return full

    found = minimize(lambda x: misfit(value_at(place(x)), answers), start[free], method="Nelder-Mead", bounds=[(0, 1)] * len(free),
                     options={"xatol": 1e-6, "fatol": 1e-7, "maxiter": 4000})
    return found.fun, place(found.x)


def main():
    answers = list(made_up())
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w") as file:
            print("participant,problem,item,response", file=file)
            for person, problem, items, responses in answers:
                for item, response in zip(items, responses):
                    print(person, problem, item, response, sep=",", file=file)
    best, place = min((least(answers, start=np.array(start)) for start in ([0.5, 0.1, 0.5], [0.3, 0.3, 0.7], [0.7, 0.5, 0.3])), key=lambda f: f[0])
    print(f"- ln L {best:.6f} at", dict(zip(NAMES, value_at(place).tolist())))
    reach = chi2.ppf(0.95, 1) / 2
    for p, name in enumerate(NAMES):
        def rise(at):
            return least(answers, p, at, place)[0] - best - reach
        ends = [value_at(np.full(3, brentq(rise, end, place[p], xtol=1e-5)))[p] if rise(end) > 0 else None for end in (0.0, 1.0)]
        print(name, ends)


if __name__ == "__main__":
    main()
