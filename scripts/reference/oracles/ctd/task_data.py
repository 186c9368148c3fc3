#!/usr/bin/env python3
"""The two variants of ctd_task data that no config of the reference reaches, from NumPy's legacy stream: a flip-flop with
stimulation and reaches that are pushed on their way.

Prints the numbers that tests/families/ctd/task/test_data.cpp expects. Needs numpy.
"""
import numpy as np


def stimulated(trials=200, n=3, T=500, noise=0.15, p=0.01):
    inputs, targets, amplitudes = [], [], []
    for _ in range(trials):
        draws = np.random.random((T, n))
        u = np.where(draws > 1 - p, 1.0, 0.0)
        u[draws < p] = -1
        u[:3] = 0
        bit = np.random.randint(0, n)
        amplitude = np.random.uniform(0.5, 1.5)
        u[T // 4:3 * T // 4, bit] += amplitude
        state, course = np.zeros(n), []
        for row in u:
            state = np.where(row == 1, 1.0, np.where(row == -1, 0.0, state))
            course.append(state)
        inputs.append(u + np.random.normal(0, noise, (T, n)))
        targets.append(course)
        amplitudes.append(amplitude if bit == 0 else 0)
    return np.array(inputs), np.array(targets), np.array(amplitudes)


def pushed(trials=200, T=155, noise=0.04):
    magnitudes = [np.random.uniform(-40, -15) if np.random.random() < 0.5 else np.random.uniform(15, 40) for _ in range(trials)]
    forces = np.zeros((trials, T, 2))
    forces[:, 60:70, 0] = np.array(magnitudes)[:, None]
    q1, q2 = np.float32(np.deg2rad(100)), np.float32(np.deg2rad(120))
    start = np.array([np.float32(0.309) * np.cos(q1) + np.float32(0.333) * np.cos(q1 + q2),
                      np.float32(0.309) * np.sin(q1) + np.float32(0.333) * np.sin(q1 + q2)])
    goal = start + np.array([0, 0.4])
    context = np.zeros((trials, T, 3))
    context[:, 10:50, :2] = goal
    context[:, 50:, 2] = 0.15
    return forces, start, goal, context + np.random.normal(0, noise, context.shape)


if __name__ == "__main__":
    np.random.seed(3)
    inputs, targets, amplitudes = stimulated()
    print(f"stimulation, seed 3: inputs {inputs.sum():.9f}, squares {np.square(inputs).sum():.7f}, targets {targets.sum():.0f}, "
          f"amplitudes on bit 0 {amplitudes.sum():.12f}")
    np.random.seed(3)
    forces, start, goal, inputs = pushed()
    print(f"pushes, seed 3: forces {forces.sum():.9f}, squares {np.square(forces).sum():.6f}, first {forces[0, 60, 0]:.12f}, start {start}, goal {goal}, "
          f"inputs {inputs.sum():.7f}, first {inputs[0, 0, 0]:.15f}")
