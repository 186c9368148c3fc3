#!/usr/bin/env python3
"""Writes tests/families/microcircuit/yin_yang.json: points of the Yin-Yang data set, drawn by its published rule with NumPy alone.

    scripts/reference/oracles/microcircuit/yin_yang.py

Kriener, Goeltz & Petrovici 2022, doi:10.1145/3517343.3517380: the symbol has radius 0.5 and dots of radius 0.1. A class is
drawn (0 yang, 1 yin, 2 dot), then points of the square around the symbol until one of them lies in the symbol and in the class.
"""
import json
from pathlib import Path

import numpy as np

BIG, SMALL = 0.5, 0.1
LEFT, RIGHT = np.array([BIG / 2, BIG]), np.array([3 * BIG / 2, BIG])  # centres of the dots
CASES = {"train": (42, 5000), "validation": (41, 1000), "test": (40, 1000)}  # seed and size, as published


def membership(point):
    left, right = np.linalg.norm(point - LEFT), np.linalg.norm(point - RIGHT)
    if min(left, right) < SMALL:
        return 2
    yin = right <= SMALL or SMALL < left <= BIG / 2 or (point[1] > BIG and right > BIG / 2)
    return int(yin)


def draw(seed, size):
    generator, points, classes = np.random.RandomState(seed), [], []
    for _ in range(size):
        wanted = generator.randint(3)
        while True:
            point = generator.rand(2) * 2 * BIG
            if np.linalg.norm(point - BIG) <= BIG and membership(point) == wanted:
                break
        points.append(point)
        classes.append(wanted)
    return np.array(points), np.array(classes)


def main():
    cases = {}
    for name, (seed, size) in CASES.items():
        points, classes = draw(seed, size)
        cases[name] = {"seed": seed, "size": size, "classes": "".join(map(str, classes)), "first": points[:20].tolist(),
                       "sums": [points[classes == k].sum(axis=0).tolist() for k in range(3)]}
    path = Path(__file__).resolve().parents[4] / "tests/families/microcircuit/yin_yang.json"
    path.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
