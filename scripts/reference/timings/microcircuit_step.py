#!/usr/bin/env python3
"""Time an Euler step of the microcircuit in NumPy, one student at a time; the counterpart of
tests/bench/bench_microcircuit_step.cpp.

    scripts/reference/timings/microcircuit_step.py
"""
import statistics
import time

import numpy as np

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "agreement"))
from microcircuit import Experiment, Microcircuit, params
from microcircuit_published import FIG3ABC

ONE = dict(layers=[1, 1, 1], noise_scale=[0.01], eta_fw=[2, 0.5], eta_bw=[20], eta_IP=[10], eta_PI=[0.5], alpha=[1e-6])
CASES = {
    "5-20-10-20-5 PAL bw_only": (FIG3ABC, dict(lateral=True, backward=True)),
    "1-1-1 PAL": (ONE, dict(forward=True, lateral=True, backward=True)),
    "1-1-1 FA": ({**ONE, "model_type": "FA"}, dict(forward=True, lateral=True, backward=True)),
    "1-1-1 BP": ({**ONE, "model_type": "BP"}, dict(forward=True, lateral=True, backward=True)),
}
STEPS = 2000

for name, (overrides, plastic) in CASES.items():
    p = params(**overrides)
    run = Experiment(p)
    student = Microcircuit(p, 123)
    target = np.full(p.layers[-1], 0.5) if "forward" in plastic else None
    times = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(STEPS):
            student.step(run.input[0], target, **plastic)
        times.append((time.perf_counter() - start) / STEPS)
    print(f"{name:26} {1e6 * statistics.median(times):7.1f} us")
