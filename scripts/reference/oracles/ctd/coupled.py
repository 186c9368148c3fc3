#!/usr/bin/env python3
"""Where MotorNet's arm of two joints comes to rest under constant commands: the posture without torque, by SciPy, from the
muscles' curves in double precision. Prints the numbers of tests/families/ctd/compare/test_coupled.cpp. Needs numpy, scipy."""
import numpy as np
from scipy.optimize import least_squares

A0 = np.array([0.151, 0.2322, 0.2859, 0.2355, 0.3329, 0.2989])
SHOULDER = np.array([-0.03, 0.03, 0, 0, -0.03, 0.03])
ELBOW, ELBOW2 = np.array([0, 0, -0.014, 0.025, -0.016, 0.03]), np.array([0, 0, -0.004, -0.0022, -0.0057, -0.0032])
STRONGEST = np.array([838, 1207, 1422, 1549, 414, 603])
TENDON, OPTIMAL = np.array([0.039, 0.066, 0.172, 0.187, 0.204, 0.217]), np.array([0.134, 0.14, 0.092, 0.093, 0.137, 0.127])


def bump(l, middle, high, low=0.5):
    left, right = 0.5 * (low + middle), 0.5 * (middle + high)
    parts = [0.5 * ((l - low) / (left - low)) ** 2, 1 - 0.5 * ((middle - l) / (middle - left)) ** 2,
             1 - 0.5 * ((l - middle) / (right - middle)) ** 2, 0.5 * ((high - l) / (high - right)) ** 2]
    return np.where((l <= low) | (l >= high), 0, np.select([l < left, l < middle, l < right], parts[:3], parts[3]))


def passive(l):
    return np.where(l <= 1, 0, np.where(l <= 1.3, 0.325 * ((l - 1) / 0.3) ** 3, 0.325 * (1 + 3 * (l - 1.3) / 0.3)))


def torques(q, activation):
    length = A0 + SHOULDER * (q[0] - np.pi / 2) + (ELBOW + ELBOW2 * q[1]) * q[1]
    l = np.maximum(length - TENDON, 0.001) / OPTIMAL
    force = (activation * (bump(l, 1, 1.6) + 0.15 * bump(l, 0.725, 0.95)) + passive(l)) * STRONGEST
    return -np.array([(force * SHOULDER).sum(), (force * (ELBOW + 2 * ELBOW2 * q[1])).sum()])


for commands in ([0.1] * 6, [0.2, 0.1, 0.3, 0.1, 0.1, 0.1]):
    found = least_squares(torques, [1, 2], args=(np.array(commands),), bounds=([0, 0], np.radians([135, 155])), xtol=1e-15, ftol=1e-15, gtol=1e-15)
    q = found.x
    hand = [0.309 * f(q[0]) + 0.333 * f(q.sum()) for f in (np.cos, np.sin)]
    print(commands, "joints", q.tolist(), "hand", [float(x) for x in hand], "torque", float(abs(found.fun).max()))
