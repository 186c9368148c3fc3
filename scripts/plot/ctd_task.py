#!/usr/bin/env python3
"""Figures of a ctd_task run beside its results, PNG and PDF each.

    tsd plot results/ctd_task
    python scripts/plot/ctd_task.py results/ctd_task/results.h5

learning   losses and how well the task is done, over epochs, every network
courses    inputs, targets and outputs of a few validation trials (first network); MultiTask: a trial of each task
latents    latent trajectories in their first three principal components; begin green, end red
cube       NBFF of three bits: outputs in space
success    MultiTask: success by task over epochs
phases     MultiTask: targets and outputs in the plane, coloured by phase of the trial, a trial of each task
reaches    RandomTarget: paths of the hand, and frames of the arm in one reach; reaches.gif: three reaches as a film

From recording.h5, after tsd analyze:
recording  rates, spikes and principal components of the simulated neurons
subspaces  MultiTask: latents of MemoryPro and MemoryAnti in the first memory phase, each in its own principal components and
           in the other's
cue        RandomTarget: speed and latents around the cue, and hand and target decoded from latents
"""
import sys

import arm
from style import BLUE, GREEN, GREY, ORANGE, PURPLE, Results, draw_all, np, plt, save

RED = "#CC3311"
PHASES = {"context": "black", "stim1": RED, "mem1": ORANGE, "stim2": BLUE, "mem2": PURPLE, "response": GREEN}
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


    def of_each_task(self):
        """Names of the tasks in alphabetical order, and the first trial of each; nothing where names are not there."""
        path = self.group.replace("eval/", "metrics/task_names")
        if self.task != "MultiTask" or path not in self.results:
            return {}
        names, conds = self.results[path], self["cond"]
        return {name: int(np.flatnonzero(conds == c)[0]) for name, c in sorted((names[c], c) for c in np.unique(conds))}


def courses(results, trials):
    shown = trials.of_each_task() or {f"trial {trials['index'][i]}": i for i in range(min(FEW, trials.n))}
    for first in range(0, len(shown), FEW):
        some = list(shown.items())[first:first + FEW]
        figure, axes = panel_grid(3, len(some), 2.2, 1.3)
        for column, (title, trial) in zip(axes.T, some):
            end = trials.length(trial)
            for axis, name in zip(column, ("targets", "noisy/controlled", "inputs")):
                axis.plot(trials[name][trial, :end], linewidth=0.8)
                axis.set_xlim(0, end)
                if trials.task == "MultiTask":
                    for colour, (begin, _) in zip(PHASES.values(), trials["phases"][trial]):
                        axis.axvline(max(begin, 0), color=colour, linewidth=0.6, linestyle=":")
            column[0].set_title(title)
            column[-1].set_xlabel("step")
        for axis, name in zip(axes[:, 0], ("target", "output", "input")):
            axis.set_ylabel(name)
        save(figure, results, "courses" if first == 0 else f"courses_{first // FEW + 1}")


def cube(results, trials):
    figure = plt.figure(figsize=(3.6, 3.4))
    axis = figure.add_subplot(projection="3d")
    for i in range(trials.n):
        axis.plot(*trials["noisy/controlled"][i].T, color=BLUE, linewidth=0.3, alpha=0.6)
    corners = np.stack(np.meshgrid(*[(0, 1)] * 3), -1).reshape(-1, 3)
    axis.scatter(*corners.T, color=RED, s=12)
    axis.set(xlabel="bit 1", ylabel="bit 2", zlabel="bit 3", title="outputs")
    save(figure, results, "cube")


def principal(rows, n=3):
    """Mean, axes and variance ratios; rows that are not finite are left out."""
    rows = rows[np.isfinite(rows).all(axis=1)]
    if len(rows) == 0:
        return np.zeros(rows.shape[1]), np.zeros((0, rows.shape[1])), np.zeros(0)
    mean = rows.mean(axis=0)
    _, sizes, axes = np.linalg.svd(rows - mean, full_matrices=False)
    return mean, axes[:n], sizes**2 / max(np.sum(sizes**2), 1e-30)


def latents(results, trials):
    kept = slice(5, -1) if trials.task == "RandomTarget" else slice(None)
    courses = [trials["noisy/latents"][i, :trials.length(i)][kept] for i in range(trials.n)]
    mean, axes, ratios = principal(np.concatenate(courses))
    if len(axes) < 3:
        return
    figure = plt.figure(figsize=(3.6, 3.4))
    axis = figure.add_subplot(projection="3d")
    for course in courses:
        x = (course - mean) @ axes.T
        axis.plot(*x.T, color=GREY, linewidth=0.4, alpha=0.7)
        axis.scatter(*x[0], color=GREEN, s=8)
        axis.scatter(*x[-1], color=RED, s=8)
    axis.set(xlabel="PC 1", ylabel="PC 2", zlabel="PC 3", title=f"{100 * ratios[:3].sum():.0f} % of the variance")
    save(figure, results, "latents")


def success(results, run):
    names, rates = results[f"/runs/{run}/metrics/task_names"], results[f"/runs/{run}/metrics/success_rate"]
    columns = min(5, len(names))
    figure, axes = panel_grid(-(-len(names) // columns), columns, 1.7, 1.4)
    for axis, name, rate in zip(axes.flat, names, rates.T):
        axis.plot(results[f"/runs/{run}/curves/epoch"], rate, color=BLUE, linewidth=1)
        axis.set(ylim=(-0.04, 1.04), title=name, xlabel="epoch")
        axis.title.set_fontsize(7)
        axis.locator_params(axis="x", integer=True)
    for axis in axes.flat[len(names):]:
        axis.set_axis_off()
    for axis in axes[:, 0]:
        axis.set_ylabel("success")
    save(figure, results, "success")


def phases(results, trials):
    bounds, shown = trials["phases"], trials.of_each_task()
    panels = (("input 1, 2", "true_inputs", (1, 2)), ("input 3, 4", "true_inputs", (3, 4)),
              ("output", "noisy/controlled", (1, 2)), ("target", "targets", (1, 2)))
    figure, axes = panel_grid(len(shown), 4, 1.5, 1.5)
    for number, (row, (task, trial)) in enumerate(zip(axes, shown.items())):
        for axis, (title, name, channels) in zip(row, panels):
            for (phase, colour), (begin, end) in zip(PHASES.items(), bounds[trial]):
                if begin >= 0:
                    axis.plot(*trials[name][trial, begin:end][:, channels].T, ".-", color=colour, markersize=2, linewidth=0.6, label=phase)
            axis.set(xlim=(-2, 2), ylim=(-2, 2), aspect="equal", xticks=(), yticks=())
            if number == 0:
                axis.set_title(title)
        row[0].set_ylabel(task, fontsize=6.5)
    figure.legend(handles=[plt.Line2D([], [], color=c, label=p) for p, c in PHASES.items()], loc="outside lower center", ncols=6)
    save(figure, results, "phases")


def reaches(results, trials):
    hands, targets, joints = trials["noisy/controlled"], trials["targets"], trials["noisy/joints"]
    moved = np.flatnonzero(trials["extra"][:, 1] >= 0)
    chosen = int(moved[0]) if len(moved) else 0
    steps = np.linspace(0, hands.shape[1] - 1, 7).astype(int)
    figure, axes = panel_grid(2, 4, 1.9, 1.9)
    axes = axes.ravel()
    for i in range(trials.n):
        axes[0].plot(*hands[i].T, color=GREY, linewidth=0.6)
        axes[0].plot(*targets[i, -1], "s", color=RED, markersize=3)
        axes[0].plot(*hands[i, -1], "o", color=BLUE, markersize=2)
    axes[0].set_title("all reaches")
    for axis, t in zip(axes[1:], steps):
        axis.plot(*hands[chosen, :t + 1].T, color=GREY, linewidth=0.6)
        axis.plot(*arm.points(joints[chosen, t]).T, "o-", color=BLUE, linewidth=2)
        axis.plot(*targets[chosen, t], "s", color=GREEN)
        force = trials["inputs_to_env"][chosen, t]
        if np.any(force):
            axis.annotate("", hands[chosen, t] + 0.02 * force, hands[chosen, t], arrowprops={"arrowstyle": "->", "color": ORANGE})
        axis.set_title(f"{(t + 1) * 10} ms")
    for axis in axes:
        arm.frame(axis)
    save(figure, results, "reaches")
    names = {name: name for name in ("targets", "true_inputs", "inputs_to_env")}
    names |= {name: "noisy/" + name for name in ("controlled", "joints", "actions")}
    film = [{name: trials[path][i] for name, path in names.items()} for i in moved[:3]]
    if film:
        arm.animate(results.path.with_name("reaches.gif"), film)


def recording(results, r):
    rates, counts = r["/train_activity"][0].T, r["/train_recon_data"][0].T
    valid = r["/valid_latents"]
    _, _, ratios = principal(valid.reshape(-1, valid.shape[2]))
    figure, axes = panel_grid(1, 3, 2.9, 2.3)
    for axis, values, title in ((axes[0, 0], rates, "rates of a trial"), (axes[0, 1], counts, "spikes")):
        image = axis.imshow(values, aspect="auto", cmap="Greys", interpolation="nearest")
        figure.colorbar(image, ax=axis, shrink=0.8)
        axis.set(title=title, xlabel="step", ylabel="neuron")
    axes[0, 2].plot(np.arange(1, min(10, len(ratios)) + 1), ratios[:10], "o-", color=BLUE)
    axes[0, 2].set(title="variance of latents", xlabel="principal component", ylabel="ratio", yscale="log")
    save(figure, results, "recording")


def subspaces(results, r):
    """How much of each task's variance in the memory phase lies in three components of its own, and of the other's."""
    names, cond, bounds, latents = list(r["/task_names"]), r["/valid_cond"], r["/valid_phases"][:, 2], r["/valid_latents"]
    tasks = ("MemoryPro", "MemoryAnti")
    if any(task not in names or not np.any(cond == names.index(task)) for task in tasks):
        return
    kept = {task: [latents[i, slice(*bounds[i])] for i in np.flatnonzero(cond == names.index(task))] for task in tasks}
    spaces = {task: principal(np.concatenate(kept[task])) for task in tasks}
    figure = plt.figure(figsize=(6.4, 6))
    for number, (shown, fitted) in enumerate((a, b) for b in tasks for a in tasks):
        mean, axes, _ = spaces[fitted]
        rows = np.concatenate(kept[shown])
        centred = rows - rows.mean(axis=0)
        share = np.square(centred @ axes.T).sum() / np.square(centred).sum()
        axis = figure.add_subplot(2, 2, number + 1, projection="3d")
        for course in kept[shown]:
            axis.plot(*((course - mean) @ axes.T).T, color=BLUE if shown == tasks[0] else ORANGE, linewidth=0.4, alpha=0.7)
        axis.set_title(f"{shown} in {fitted}'s space: {100 * share:.0f} %", fontsize=7.5)
    save(figure, results, "subspaces")


def around(course, cue, before=20, after=60):
    """Steps around the cue of each trial that has them, [trial, time, .]."""
    kept = [i for i, t in enumerate(cue) if t >= before and t + after <= course.shape[1]]
    return np.stack([course[i, int(cue[i]) - before:int(cue[i]) + after] for i in kept]) if kept else None


def decoded(fit, test):
    """Coefficients of determination of a linear regression, made on `fit`, on `test`: (latents, wanted) each."""
    fit, test = ([part[np.isfinite(np.hstack(pair)).all(axis=1)] for part in pair] for pair in (fit, test))
    with_bias = lambda x: np.hstack([x, np.ones((len(x), 1))])
    weights = np.linalg.lstsq(with_bias(fit[0]), fit[1], rcond=None)[0]
    guess = with_bias(test[0]) @ weights
    return guess, 1 - np.square(test[1] - guess).sum(axis=0) / np.square(test[1] - test[1].mean(axis=0)).sum(axis=0)


def cue(results, r):
    latents, hands, go = r["/valid_latents"], r["/valid_controlled"], r["/valid_timing"][:, 1]
    speed = np.linalg.norm(np.diff(hands, axis=1, prepend=hands[:, :1]), axis=2, keepdims=True) / arm.STEP
    mean, axes, _ = principal(latents.reshape(-1, latents.shape[2]))
    speeds, states = around(speed, go), around((latents - mean) @ axes.T, go)
    figure, panels = panel_grid(1, 4, 2.6, 2.3)
    if speeds is not None:
        time = 10 * np.arange(-20, 60)
        panels[0, 0].plot(time, speeds[:, :, 0].T, color=GREY, linewidth=0.3, alpha=0.5)
        panels[0, 0].plot(time, speeds[:, :, 0].mean(axis=0), color=BLUE)
        panels[0, 1].plot(time, states.mean(axis=0), label=["PC 1", "PC 2", "PC 3"])
        panels[0, 1].legend()
    panels[0, 0].set(title="speed of the hand", xlabel="ms from the cue", ylabel="m/s")
    panels[0, 1].set(title="latents", xlabel="ms from the cue")
    flat = lambda name: r[name].reshape(-1, r[name].shape[2])
    for panel, name, title in ((panels[0, 2], "controlled", "hand"), (panels[0, 3], "targets", "target")):
        guess, r2 = decoded((flat("/train_latents"), flat(f"/train_{name}")), (flat("/valid_latents"), flat(f"/valid_{name}")))
        some = slice(None, None, max(1, len(guess) // 3000))
        for c, colour in enumerate((BLUE, ORANGE)):
            panel.plot(flat(f"/valid_{name}")[some, c], guess[some, c], ".", color=colour, markersize=1, label=f"{'xy'[c]}: $R^2$ {r2[c]:.2f}")
        panel.set(title=f"{title}, decoded", xlabel="m", ylabel="from latents / m")
        panel.legend(markerscale=6)
    save(figure, results, "cue")


def draw(path):
    results = Results(path)
    learning(results)
    trials = Trials(results)
    runs = results.names("/runs")
    if trials.n > 0:
        courses(results, trials)
        latents(results, trials)
        if trials.task == "NBFF" and trials["targets"].shape[2] == 3:
            cube(results, trials)
        if trials.of_each_task():
            success(results, runs[0])
            phases(results, trials)
        if trials.task == "RandomTarget":
            reaches(results, trials)
    r = results.analysis("recording")
    if r is None:
        return
    recording(results, r)
    if trials.task == "MultiTask" and "/valid_phases" in r:
        subspaces(results, r)
    if trials.task == "RandomTarget":
        cue(results, r)


if __name__ == "__main__":
    draw_all(sys.argv[1:], draw)
