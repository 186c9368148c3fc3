#!/usr/bin/env python3
"""Figures of a ctd_task run beside its results, PNG and PDF each.

    tsd plot results/ctd_task
    python scripts/plot/ctd_task.py results/ctd_task/results.h5

learning   losses and how well the task is done, over epochs, every network
courses    inputs, targets and outputs of a few validation trials (first network); MultiTask: a trial of each task
latents    latent trajectories in their first three principal components
cube       NBFF of three bits: outputs in space
success    MultiTask: success by task over epochs
phases     MultiTask: targets and outputs in the plane, coloured by phase of the trial, a trial of each task
reaches    RandomTarget: paths of the hand, and frames of the arm in one reach; reaches.gif: three reaches as a film
bumps      RandomTarget: what a push to the hand does: force, hand, muscles and latents around its onset, every pushed trial and
           their mean

From recording.h5, after tsd analyze:
recording  rates, spikes and principal components of the simulated neurons and of the latents that they read
subspaces  MultiTask: latents of MemoryPro and MemoryAnti in the first memory phase, each in its own principal components and
           in the other's
cue        RandomTarget: speed and latents around the cue, and hand and target decoded from latents
"""
import sys

from panels import arm
from style import (BLUE, COLOURS, GREEN, GREY, ORANGE, PURPLE, SKY, YELLOW, Results, components, draw_all, entitle, finite_span, name_ends,
                   np, plt, principal, save, space, trajectory)

PHASES = {"context": "black", "stim1": ORANGE, "mem1": YELLOW, "stim2": BLUE, "mem2": SKY, "response": GREEN}
METRICS = {"bit_accuracy": "bit accuracy", "success": "success", "strict_success": "strict success",
           "endpoint_error": "end-point error (m)", "hold_error": "hold error (m)"}
CEILINGS = {"bit_accuracy": 1, "success": 1, "strict_success": 1}
CEILING = {"color": "black", "linestyle": (0, (1, 2)), "linewidth": 0.9, "zorder": 1}
FEW = 5  # trials of a panel
BEFORE, AFTER = 10, 40  # steps around a push


def panel_grid(rows, columns, width, height):
    figure, axes = plt.subplots(rows, columns, figsize=(width * columns, height * rows), squeeze=False)
    return figure, axes


def learning(results):
    runs = results.names("/runs")
    metrics = [name for name in METRICS if f"/runs/{runs[0]}/metrics/{name}" in results]
    figure, axes = panel_grid(1, 1 + len(metrics), 2.9, 2.3)
    entitle(figure, named(results, f"{len(runs)} networks" if len(runs) > 1 else ""))
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
    axes[0, 0].set(yscale="log", ylabel="loss", xlabel="epoch")
    for axis, name in zip(axes[0, 1:], metrics):
        axis.set(ylabel=METRICS[name], xlabel="epoch")
        if name in CEILINGS:
            axis.axhline(CEILINGS[name], **CEILING)
    save(figure, results, "learning")


def named(results, more=""):
    """The run, its task and its network."""
    size = f"{results.setting('model.type')} of {results.setting('model.latent_size')} units"
    return f"{results.title}: {', '.join(part for part in (results.attribute('/runs', 'task'), size, more) if part)}"


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


def channels(trials):
    """Names of outputs, where they are few."""
    n = trials["targets"].shape[2]
    names = {"NBFF": [f"bit {k + 1}" for k in range(n)], "RandomTarget": ["x (m)", "y (m)", "go"]}
    return names.get(trials.task, [])


def courses(results, trials):
    """Outputs over their dashed targets; inputs as the network had them, and black those without noise where there are few."""
    shown = trials.of_each_task() or {f"trial {trials['index'][i]}": i for i in range(min(FEW, trials.n))}
    for first in range(0, len(shown), FEW):
        some = list(shown.items())[first:first + FEW]
        figure, axes = plt.subplots(2, len(some), figsize=(1.75 * len(some) + 0.6, 3), sharex="col", sharey="row", squeeze=False)
        for column, (title, trial) in zip(axes.T, some):
            end = trials.length(trial)
            draw_course(column, trials, trial, end)
            column[0].set_title(title, fontsize=8)
            column[-1].set(xlabel="step", xlim=(0, end))
        for axis, name in zip(axes[:, 0], ("output\n(dashed: target)", "input")):
            axis.set_ylabel(name)
        names = channels(trials)
        handles = [plt.Line2D([], [], color=colour, label=name) for name, colour in zip(names, COLOURS)]
        if trials.task == "MultiTask":
            handles = [plt.Line2D([], [], color=c, linestyle=":", label=f"{p} begins") for p, c in PHASES.items()]
        if handles:
            figure.legend(handles=handles, loc="outside lower center", ncols=6, handlelength=1.2)
        entitle(figure, named(results))
        save(figure, results, "courses" if first == 0 else f"courses_{first // FEW + 1}")


def draw_course(column, trials, trial, end):
    for axis in column if trials.task == "MultiTask" else ():
        for colour, (begin, _) in zip(PHASES.values(), trials["phases"][trial]):
            axis.axvline(max(begin, 0), color=colour, linewidth=0.8, linestyle=":", zorder=0)
    for values, looks in ((trials["noisy/controlled"], {"linewidth": 0.9}), (trials["targets"], {"linewidth": 0.8, "linestyle": (0, (3, 2)), "alpha": 0.8})):
        for channel, course in enumerate(values[trial, :end].T):
            column[0].plot(course, color=COLOURS[channel % len(COLOURS)], **looks)
    column[1].plot(trials["inputs"][trial, :end], linewidth=0.6)
    true = trials["true_inputs"][trial, :end]
    if true.shape[1] <= 3:
        column[1].plot(true, color="black", linewidth=0.5)


def cube(results, trials):
    figure = plt.figure(figsize=(3.4, 3.2))
    axis = space(figure, 111, [f"output {k}" for k in (1, 2, 3)])
    for i in range(trials.n):
        axis.plot(*trials["noisy/controlled"][i].T, color=BLUE, linewidth=0.3, alpha=0.5)
    corners = np.stack(np.meshgrid(*[(0, 1)] * 3), -1).reshape(-1, 3)
    axis.plot(*corners.T, "s", color=ORANGE, markersize=4, label="memories")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center")
    entitle(figure, named(results))
    save(figure, results, "cube")


def latents(results, trials):
    kept = slice(5, -1) if trials.task == "RandomTarget" else slice(None)
    courses = [trials["noisy/latents"][i, :trials.length(i)][kept] for i in range(trials.n)]
    mean, axes, ratios = principal(np.concatenate(courses))
    if len(axes) < 3:
        return
    figure = plt.figure(figsize=(3.4, 3.2))
    axis = space(figure, 111, components(ratios))
    for course in courses:
        trajectory(axis, (course - mean) @ axes.T, color=GREY, linewidth=0.4, alpha=0.7)
    name_ends(figure)
    entitle(figure, named(results, "latents"))
    save(figure, results, "latents")


def success(results, run):
    names, rates = results[f"/runs/{run}/metrics/task_names"], results[f"/runs/{run}/metrics/success_rate"]
    columns = min(5, len(names))
    rows = -(-len(names) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(1.5 * columns + 0.3, 1.3 * rows + 0.3), sharex=True, sharey=True, squeeze=False)
    entitle(figure, named(results))
    for axis, name, rate in zip(axes.flat, names, rates.T):
        axis.plot(results[f"/runs/{run}/curves/epoch"], rate, color=BLUE, linewidth=1)
        axis.axhline(1, **CEILING)
        axis.set(ylim=(-0.04, 1.06))
        axis.set_title(name, fontsize=7)
    for axis in axes.flat[len(names):]:
        axis.set_axis_off()
    for axis in axes[:, 0]:
        axis.set_ylabel("success")
    for column in range(columns):  # the last panel of each
        last = axes[(len(names) - 1 - column) // columns, column]
        last.set_xlabel("epoch")
        last.tick_params(labelbottom=True)
    save(figure, results, "success")


def phases(results, trials):
    bounds, shown = trials["phases"], trials.of_each_task()
    panels = (("input 1, 2", "true_inputs", (1, 2)), ("input 3, 4", "true_inputs", (3, 4)),
              ("output", "noisy/controlled", (1, 2)), ("target", "targets", (1, 2)))
    figure, axes = panel_grid(len(shown), 4, 1.2, 1.2)
    entitle(figure, named(results, "both axes from −2 to 2"))
    for number, (row, (task, trial)) in enumerate(zip(axes, shown.items())):
        for axis, (title, name, channels) in zip(row, panels):
            for (phase, colour), (begin, end) in zip(PHASES.items(), bounds[trial]):
                if begin >= 0:
                    axis.plot(*trials[name][trial, begin:end][:, channels].T, ".-", color=colour, markersize=2, linewidth=0.6, label=phase)
            axis.set(xlim=(-2, 2), ylim=(-2, 2), aspect="equal", xticks=(), yticks=())
            if number == 0:
                axis.set_title(title)
        row[0].set_ylabel(task, fontsize=7)
    figure.legend(handles=[plt.Line2D([], [], color=c, label=p) for p, c in PHASES.items()], loc="outside lower center", ncols=3)
    save(figure, results, "phases")


def reaches(results, trials):
    hands, targets, joints = trials["noisy/controlled"], trials["targets"], trials["noisy/joints"]
    moved = np.flatnonzero(trials["extra"][:, 1] >= 0)
    chosen = int(moved[0]) if len(moved) else 0
    steps = np.linspace(0, hands.shape[1] - 1, 7).astype(int)
    figure, axes = panel_grid(2, 4, 1.75, 1.6)
    axes = axes.ravel()
    for i in range(trials.n):
        axes[0].plot(*hands[i].T, color=GREY, linewidth=0.6)
        axes[0].plot(*targets[i, -1], "s", color=GREEN, markersize=3, label="goal")
        axes[0].plot(*hands[i, -1], "o", color=BLUE, markersize=2, label="hand at the end")
    axes[0].set_title("all reaches")
    handles = [*axes[0].get_legend_handles_labels()[0][:2], plt.Line2D([], [], color=BLUE, marker="o", linewidth=2, label="arm"),
               plt.Line2D([], [], color=ORANGE, label="push"), plt.Line2D([], [], color="black", linewidth=2, label="0.2 m")]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, handlelength=1.2)
    entitle(figure, named(results))
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
        axis.plot([0.45, 0.65], [-0.25, -0.25], color="black", linewidth=2)
    save(figure, results, "reaches")
    names = {name: name for name in ("targets", "true_inputs", "inputs_to_env")}
    names |= {name: "noisy/" + name for name in ("controlled", "joints", "actions")}
    film = [{name: trials[path][i] for name, path in names.items()} for i in moved[:3]]
    if film:
        arm.animate(results.path.with_name("reaches.gif"), film)


def pushes(trials):
    """Trial, onset and direction of pushes to a hand at rest, before the cue; of all, where there are none."""
    force, go = trials["inputs_to_env"], trials["extra"][:, 1]
    found = [(i, int(np.flatnonzero(force[i].any(axis=1))[0])) for i in range(trials.n) if force[i].any()]
    at_rest = [(i, t) for i, t in found if t + AFTER <= go[i] or go[i] < 0]
    return [(i, t, force[i, t] / np.linalg.norm(force[i, t])) for i, t in at_rest or found if BEFORE <= t < force.shape[1] - 5]


def around_push(trials):
    """Force, hand along the push, and how far commands and latents are from where they were: [trial, time] each, NaN after the cue."""
    rows = {name: [] for name in ("push (N)", "hand along it (cm)", "change of commands", "change of latents")}
    for i, onset, along in pushes(trials):
        window = slice(onset - BEFORE, onset + AFTER)
        hand, command, latent = (trials[f"noisy/{name}"][i, window] for name in ("controlled", "actions", "latents"))
        values = (trials["inputs_to_env"][i, window] @ along, 100 * (hand - hand[BEFORE - 1]) @ along,
                  np.linalg.norm(command - command[BEFORE - 1], axis=1), np.linalg.norm(latent - latent[BEFORE - 1], axis=1))
        for row, course in zip(rows.values(), values):
            row.append(np.pad(course, (0, BEFORE + AFTER - len(course)), constant_values=np.nan))
    return {name: np.array(row) for name, row in rows.items()}


def bumps(results, trials):
    if not pushes(trials):
        return
    rows, time = around_push(trials), 1000 * arm.STEP * np.arange(-BEFORE, AFTER)
    figure, axes = plt.subplots(1, len(rows), figsize=(7.2, 2), sharex=True)
    for axis, (name, courses) in zip(axes, rows.items()):
        axis.plot(time, courses.T, color=GREY, linewidth=0.5, alpha=0.7)
        counted = np.isfinite(courses).sum(axis=0)
        axis.plot(time, np.nansum(courses, axis=0) / np.maximum(counted, 1), color=BLUE)
        axis.axvline(0, color=GREY, linewidth=0.8, linestyle=":")
        axis.set(ylabel=name, xlabel="from the push (ms)")
    entitle(figure, named(results, f"{len(courses)} pushes and their mean"))
    save(figure, results, "bumps")


def recording(results, r):
    rates, counts = r["/train_activity"][0].T, r["/train_recon_data"][0].T
    valid = r["/valid_latents"]
    _, _, ratios = principal(valid.reshape(-1, valid.shape[2]))
    figure, axes = plt.subplots(1, 3, figsize=(7.6, 2.3))
    for axis, values, title, unit in ((axes[0], rates, "rates of a trial", "spikes per step"), (axes[1], counts, "its spikes", "spikes")):
        image = axis.imshow(values, aspect="auto", cmap="Greys", interpolation="nearest", vmin=0)
        figure.colorbar(image, ax=axis, shrink=0.8, label=unit)
        axis.set(title=title, xlabel="step", ylabel="neuron")
    axes[2].plot(np.arange(1, min(10, len(ratios)) + 1), ratios[:10], "o-", color=BLUE)
    axes[2].set(title="latents", xlabel="principal component", ylabel="part of the variance", yscale="log")
    entitle(figure, named(results))
    save(figure, results, "recording")


def subspaces(results, r):
    """How much of each task's variance in the memory phase lies in three components of its own, and of the other's."""
    names, cond, bounds, latents = list(r["/task_names"]), r["/valid_cond"], r["/valid_phases"][:, 2], r["/valid_latents"]
    tasks = ("MemoryPro", "MemoryAnti")
    if any(task not in names or not np.any(cond == names.index(task)) for task in tasks):
        return
    kept = {task: [latents[i, slice(*bounds[i])] for i in np.flatnonzero(cond == names.index(task))] for task in tasks}
    spaces = {task: principal(np.concatenate(kept[task])) for task in tasks}
    figure = plt.figure(figsize=(5.4, 5.2))
    for number, (shown, fitted) in enumerate((a, b) for b in tasks for a in tasks):
        mean, axes, ratios = spaces[fitted]
        rows = np.concatenate(kept[shown])
        centred = rows - rows.mean(axis=0)
        share = np.square(centred @ axes.T).sum() / np.square(centred).sum()
        axis = space(figure, (2, 2, number + 1), components(ratios))
        for course in kept[shown]:
            axis.plot(*((course - mean) @ axes.T).T, color=BLUE if shown == tasks[0] else ORANGE, linewidth=0.4, alpha=0.7)
        axis.set_title(f"{shown} in {fitted}'s space: {100 * share:.0f} %", fontsize=7.5)
    entitle(figure, named(results, "latents in the memory phase"))
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
    figure, panels = panel_grid(1, 4, 1.9, 2.1)
    if speeds is not None:
        time = 10 * np.arange(-20, 60)
        panels[0, 0].plot(time, speeds[:, :, 0].T, color=GREY, linewidth=0.3, alpha=0.5)
        panels[0, 0].plot(time, speeds[:, :, 0].mean(axis=0), color=BLUE)
        panels[0, 1].plot(time, states.mean(axis=0), label=["PC 1", "PC 2", "PC 3"])
        figure.legend(*panels[0, 1].get_legend_handles_labels(), loc="outside lower left", ncols=3, handlelength=1)
    panels[0, 0].set(xlabel="from the cue (ms)", ylabel="speed of the hand (m/s)")
    panels[0, 1].set(xlabel="from the cue (ms)", ylabel="latents, mean over trials")
    flat = lambda name: r[name].reshape(-1, r[name].shape[2])
    for panel, name, title in ((panels[0, 2], "controlled", "hand"), (panels[0, 3], "targets", "target")):
        guess, r2 = decoded((flat("/train_latents"), flat(f"/train_{name}")), (flat("/valid_latents"), flat(f"/valid_{name}")))
        some = slice(None, None, max(1, len(guess) // 3000))
        for c, colour in enumerate((BLUE, ORANGE)):
            panel.plot(flat(f"/valid_{name}")[some, c], guess[some, c], ".", color=colour, markersize=1, label=f"{'xy'[c]}: $R^2$ {r2[c]:.2f}")
        span = finite_span(np.concatenate([flat(f"/valid_{name}")[some], guess[some]]))
        panel.plot(span, span, color="black", linewidth=0.8)
        panel.set(xlabel=f"{title} (m)", ylabel="decoded from latents (m)", aspect="equal")
        panel.legend(markerscale=6, loc="lower left", bbox_to_anchor=(-0.05, 1), handlelength=0.5)
    entitle(figure, named(results))
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
            bumps(results, trials)
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
