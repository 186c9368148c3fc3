#!/usr/bin/env python3
"""Figures of a ctd_task run beside its results, PNG and PDF each.

    tsd plot results/ctd_task
    python scripts/plot/ctd_task.py results/ctd_task/results.h5

learning   losses and how well the task is done, over epochs, every network
courses    inputs, targets and outputs of a few validation trials (first network)
latents    latent trajectories in their first three principal components; begin green, end red
phases     MultiTask: targets and outputs in the plane, coloured by phase of the trial, a trial of each task
reaches    RandomTarget: paths of the hand, and frames of the arm in one reach
recording  rates, spikes and principal components of the simulated neurons (after tsd analyze, from recording.h5)
"""
import sys

import numpy as np

from style import BLUE, GREEN, GREY, ORANGE, PURPLE, Results, h5py, plt, save

PHASES = {"context": "black", "stim1": "#CC3311", "mem1": ORANGE, "stim2": BLUE, "mem2": PURPLE, "response": GREEN}
UPPER_ARM, FOREARM = 0.309, 0.333  # m
METRICS = {"bit_accuracy": "bit accuracy", "success": "success", "strict_success": "strict success",
           "endpoint_error": "end-point error / m", "hold_error": "hold error / m"}
FEW = 5  # trials of a panel


def panel_grid(rows, columns, width, height):
    figure, axes = plt.subplots(rows, columns, figsize=(width * columns, height * rows), squeeze=False)
    return figure, axes


def learning(results):
    runs = results.names("/runs")
    metrics = [name for name in METRICS if f"/runs/{runs[0]}/metrics/{name}" in results]
    figure, axes = panel_grid(1, 1 + len(metrics), 2.9, 2.3)
    for run in runs:
        group = f"/runs/{run}/curves/"
        if len(results[group + "epoch"]) == 0:
            return
        axes[0, 0].plot(results[group + "epoch"], results[group + "train_loss"], color=GREY, linewidth=0.9, label="training")
        axes[0, 0].plot(results[group + "epoch"], results[group + "valid_loss"], color=BLUE, label="validation")
        for axis, name in zip(axes[0, 1:], metrics):
            axis.plot(results[group + "epoch"], results[f"/runs/{run}/metrics/{name}"], color=BLUE)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    axes[0, 0].legend(handles[:2], labels[:2])
    axes[0, 0].set(yscale="log", title="loss", xlabel="epoch")
    for axis, name in zip(axes[0, 1:], metrics):
        axis.set(title=METRICS[name], xlabel="epoch")
    save(figure, results, "learning")


class Trials:
    """The kept validation trials of the first network."""

    def __init__(self, results):
        self.group = f"/runs/{results.names('/runs')[0]}/eval/"
        self.results = results
        self.n = len(results[self.group + "index"]) if self.group + "index" in results else 0
        self.task = results.attribute("/runs", "task")

    def __getitem__(self, name):
        return self.results[self.group + name]

    def length(self, i):
        return int(self["extra"][i, 1]) if self.task == "MultiTask" else self["targets"].shape[1]


def courses(results, trials):
    n = min(FEW, trials.n)
    figure, axes = panel_grid(3, n, 2.2, 1.3)
    for column in range(n):
        end = trials.length(column)
        for row, name in enumerate(("targets", "noisy/controlled", "inputs")):
            axis = axes[row, column]
            axis.plot(trials[name][column, :end], linewidth=0.8)
            axis.set_xlim(0, end)
            if column == 0:
                axis.set_ylabel({"targets": "target", "noisy/controlled": "output", "inputs": "input"}[name])
            if row == 0:
                axis.set_title(f"trial {trials['index'][column]}")
            if row == 2:
                axis.set_xlabel("step")
    save(figure, results, "courses")


def principal(rows, n=3):
    """Mean, axes and variance ratios."""
    mean = rows.mean(axis=0)
    _, sizes, axes = np.linalg.svd(rows - mean, full_matrices=False)
    return mean, axes[:n], sizes**2 / np.sum(sizes**2)


def latents(results, trials):
    courses = [trials["noisy/latents"][i, :trials.length(i)] for i in range(trials.n)]
    mean, axes, ratios = principal(np.concatenate(courses))
    if len(axes) < 3:
        return
    figure = plt.figure(figsize=(3.6, 3.4))
    axis = figure.add_subplot(projection="3d")
    for course in courses:
        x = (course - mean) @ axes.T
        axis.plot(*x.T, color=GREY, linewidth=0.4, alpha=0.7)
        axis.scatter(*x[0], color=GREEN, s=8)
        axis.scatter(*x[-1], color="#CC3311", s=8)
    axis.set(xlabel="PC 1", ylabel="PC 2", zlabel="PC 3", title=f"{100 * ratios[:3].sum():.0f} % of the variance")
    save(figure, results, "latents")


def phases(results, trials):
    conds, bounds = trials["cond"], trials["phases"]
    names = results[trials.group.replace("eval/", "metrics/task_names")]
    shown = [int(np.flatnonzero(conds == c)[0]) for c in np.unique(conds)]
    panels = (("input 1, 2", "true_inputs", (1, 2)), ("input 3, 4", "true_inputs", (3, 4)),
              ("output", "noisy/controlled", (1, 2)), ("target", "targets", (1, 2)))
    figure, axes = panel_grid(len(shown), 4, 1.5, 1.5)
    for number, (row, trial) in enumerate(zip(axes, shown)):
        for axis, (title, name, channels) in zip(row, panels):
            for (phase, colour), (begin, end) in zip(PHASES.items(), bounds[trial]):
                if begin >= 0:
                    axis.plot(*trials[name][trial, begin:end][:, channels].T, ".-", color=colour, markersize=2, linewidth=0.6, label=phase)
            axis.set(xlim=(-2, 2), ylim=(-2, 2), aspect="equal", xticks=(), yticks=())
            if number == 0:
                axis.set_title(title)
        row[0].set_ylabel(names[conds[trial]], fontsize=6.5)
    figure.legend(handles=[plt.Line2D([], [], color=c, label=p) for p, c in PHASES.items()], loc="outside lower center", ncols=6)
    save(figure, results, "phases")


def joints_to_points(q):
    shoulder, both = q[0], q[0] + q[1]
    elbow = UPPER_ARM * np.array([np.cos(shoulder), np.sin(shoulder)])
    return np.stack([np.zeros(2), elbow, elbow + FOREARM * np.array([np.cos(both), np.sin(both)])])


def reaches(results, trials):
    hands, targets, joints = trials["noisy/controlled"], trials["targets"], trials["noisy/joints"]
    moved = np.flatnonzero(trials["extra"][:, 1] >= 0)
    chosen = int(moved[0]) if len(moved) else 0
    steps = np.linspace(0, hands.shape[1] - 1, 7).astype(int)
    figure, axes = panel_grid(2, 4, 1.9, 1.9)
    axes = axes.ravel()
    for i in range(trials.n):
        axes[0].plot(*hands[i].T, color=GREY, linewidth=0.6)
        axes[0].plot(*targets[i, -1], "s", color="#CC3311", markersize=3)
        axes[0].plot(*hands[i, -1], "o", color=BLUE, markersize=2)
    axes[0].set_title("all reaches")
    for axis, t in zip(axes[1:], steps):
        axis.plot(*hands[chosen, :t + 1].T, color=GREY, linewidth=0.6)
        axis.plot(*joints_to_points(joints[chosen, t]).T, "o-", color=BLUE, linewidth=2)
        axis.plot(*targets[chosen, t], "s", color=GREEN)
        force = trials["inputs_to_env"][chosen, t]
        if np.any(force):
            axis.annotate("", hands[chosen, t] + 0.02 * force, hands[chosen, t], arrowprops={"arrowstyle": "->", "color": ORANGE})
        axis.set_title(f"{(t + 1) * 10} ms")
    for axis in axes:
        axis.set(xlim=(-0.7, 0.7), ylim=(-0.3, 0.75), aspect="equal", xticks=(), yticks=())
    save(figure, results, "reaches")


def recording(results):
    path = results.path.with_name("recording.h5")
    if not path.exists():
        return
    with h5py.File(path) as file:
        rates, counts = file["train_activity"][0].T, file["train_recon_data"][0].T
        _, _, ratios = principal(file["valid_latents"][()].reshape(-1, file["valid_latents"].shape[2]))
    figure, axes = panel_grid(1, 3, 2.9, 2.3)
    for axis, values, title in ((axes[0, 0], rates, "rates of a trial"), (axes[0, 1], counts, "spikes")):
        image = axis.imshow(values, aspect="auto", cmap="Greys", interpolation="nearest")
        figure.colorbar(image, ax=axis, shrink=0.8)
        axis.set(title=title, xlabel="step", ylabel="neuron")
    axes[0, 2].plot(np.arange(1, min(10, len(ratios)) + 1), ratios[:10], "o-", color=BLUE)
    axes[0, 2].set(title="variance of latents", xlabel="principal component", ylabel="ratio", yscale="log")
    save(figure, results, "recording")


def main(path):
    results = Results(path)
    learning(results)
    trials = Trials(results)
    if trials.n > 0:
        courses(results, trials)
        latents(results, trials)
        if trials.task == "MultiTask" and trials.group.replace("eval/", "metrics/task_names") in results:
            phases(results, trials)
        if trials.task == "RandomTarget":
            reaches(results, trials)
    recording(results)


if __name__ == "__main__":
    main(sys.argv[1])
