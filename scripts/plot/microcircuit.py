#!/usr/bin/env python3
"""Figures of a microcircuit run beside its results, PNG and PDF each.

    tsd plot results/fig3abc
    python scripts/plot/microcircuit.py results/fig3abc/results.h5

angles         mean and s.d. over seeds of the angles between backward and forward weights
angles_seeds   the same and the Jacobians' angle, seed by seed
weights        every recorded weight, seed by seed; of many weights the first seed's, coloured by where they end
activity       potentials, rates and noise of the first seed, likewise
error          squared error against the teacher, seed by seed (with a teacher)
updates        angle of the forward updates to backprop (after tsd analyze, from updates_bp.h5)
tests          accuracy on test samples, seed by seed, and the answers to points of the plane (of samples with classes)
rules          of several runs that differ in model_type: angles and error over time, test accuracy

Time counts from the start of training; what was recorded while the network settled is left out.
"""
import sys

from panels import microcircuit_rules
from panels.microcircuit_rules import label_angles
from style import BLUE, GREEN, ORANGE, NotDrawn, Results, colours_of, draw_all, entitle, np, plt, save

# B: backward weights (BPP) of a layer, W: forward weights (WPP) of the layer above
ANGLES = {
    "angle_WPPT_BPP": (r"$B$ to $W^{T}$", BLUE),
    "angle_BPP_RHS": (r"$B$ to $\varphi' W^{T} \varphi'$", ORANGE),
    "angle_jacobians": (r"$B\,\varphi'$ to $\varphi' W^{T}$", GREEN),
}
WEIGHTS = {"WPP": "forward", "BPP": "backward", "WIP": "to interneurons", "BPI": "from interneurons", "BPP+BPI": "sum"}
ACTIVITY = {
    "uP": "soma", "uP_breve": "soma, lookahead", "rP_breve": "rate", "rP_breve_HI": "rate, high-passed",
    "uI": "interneuron", "uI_breve": "interneuron,\nlookahead", "rI_breve": "interneuron rate",
    "vbas": "basal", "vapi": "apical", "vapi_noise": "apical, noisy", "noise": "injected",
    "lat_mismatch": "interneuron\n− prediction",
}
FEW = 40  # lines of one panel up to which every seed is drawn
POINTS = 1000  # of a line


class Run:
    """A results file and what all panels share: training time in ms or s, seeds and their colours."""

    def __init__(self, path):
        self.results = Results(path)
        self.settling = int(self.results.attribute("/time", "TPRE"))
        ms = self.results["/time/ms"]
        start = self.settling * self.results.attribute("/time", "rec_per_steps") * self.results.attribute("/time", "dt")
        time = ms[self.settling:] - start
        if len(time) == 0:
            raise NotDrawn(f"{path}: no record after settling, so nothing to draw; expected a smaller rec_per_steps or more epochs")
        long = time[-1] >= 5000
        self.time, self.unit = (time / 1000, "s") if long else (time, "ms")
        self.seeds = [int(seed) for seed in self.results["/seeds"]]
        self.colours = dict(zip(self.seeds, colours_of(len(self.seeds))))
        diverged = self.results["/diverged_epoch"] if "/diverged_epoch" in self.results else [-1] * len(self.seeds)
        self.labels = {seed: f"seed {seed}" + (f",\ndiverged in epoch {epoch}" if epoch >= 0 else "")
                       for seed, epoch in zip(self.seeds, diverged)}
        self.layers = {}  # name of a series: its layers

        record = f"/students/{self.seeds[0]}/record"
        for name in self.names(record):
            series, _, layer = name.rpartition("_")
            if layer.isdigit():
                self.layers.setdefault(series, []).append(int(layer))
        if {"BPP", "BPI"} <= self.layers.keys():  # they cancel in the self-predicting state
            self.layers["BPP+BPI"] = self.layers["BPP"]

    def names(self, group):
        """What is in a group; nothing where there is no such group."""
        try:
            return self.results.names(group)
        except KeyError:
            return []

    def training(self, path):
        """A series without its settling records: [record, ...]."""
        return self.results[path][self.settling:]

    def draw(self, axes, values, **looks):
        """Lines over training time, thinned; values: [record] or [record, line]."""
        thin = slice(None, None, max(1, len(values) // POINTS))
        return axes.plot(self.time[-len(values):][thin], values[thin], **{"rasterized": True, **looks})

    def label_time(self, axes):
        axes.set_xlabel(f"training time ({self.unit})")
        axes.set_xlim(0, self.time[-1])

    def save(self, figure, name, detail=""):
        layers = self.results.setting("layers").strip("[]").replace(", ", "-")
        entitle(figure, f"{self.results.title}: {self.results.setting('model_type')} {layers}{detail.replace(': ', ', ', 1)}")
        save(figure, self.results, name)


def panels(rows, columns, height, sharey):
    width = max(1.9 * columns, 2.6) + 0.7
    return plt.subplots(rows, columns, figsize=(width, height * rows), sharex=True, sharey=sharey, squeeze=False)


def band(mean, std):
    """Angles between a s.d. below and above the mean, as far as there are such angles."""
    return np.clip((mean - std, mean + std), 0, 180)


def draw_band(axes, x, mean, std, colour, label=None):
    axes.fill_between(x, *band(mean, std), color=colour, alpha=0.22, linewidth=0)
    axes.plot(x, mean, color=colour, label=label)


def angles(run):
    drawn = {name: [run.training(f"/summary/{of}_{name}") for of in ("mean", "std")] for name in ("angle_WPPT_BPP", "angle_BPP_RHS")
             if f"mean_{name}" in run.names("/summary")}
    if not drawn:
        return
    hidden = next(iter(drawn.values()))[0].shape[1]
    figure, (row,) = panels(1, hidden, 2.5, sharey=True)
    for name, (mean, std) in drawn.items():
        label, colour = ANGLES[name]
        for l, axes in enumerate(row):
            draw_band(axes, run.time, mean[:, l], std[:, l], colour, label)
    for l, axes in enumerate(row):
        axes.set_title(f"Hidden layer {l + 1}")
        label_angles(axes, [band(*one) for one in drawn.values()])
        run.label_time(axes)
    row[0].set_ylabel("angle of backward\nto forward weights (°)")
    row[-1].legend(loc="best")
    seeds = len(run.seeds)
    run.save(figure, "angles", f": mean ± s.d. of {seeds} seeds" if seeds > 1 else f": seed {run.seeds[0]}")


def angles_seeds(run):
    names = [name for name in ANGLES if name in run.names(f"/students/{run.seeds[0]}/metrics")]
    if not names:
        return
    series = {(name, seed): run.training(f"/students/{seed}/metrics/{name}") for name in names for seed in run.seeds}
    hidden = next(iter(series.values())).shape[1]
    figure, rows = panels(len(names), hidden, 1.9, sharey=True)
    for name, row in zip(names, rows):
        for l, axes in enumerate(row):
            for seed in run.seeds:
                run.draw(axes, series[name, seed][:, l], color=run.colours[seed], linewidth=0.9, label=run.labels[seed])
            label_angles(axes, np.array(list(series.values())))
        row[0].set_ylabel(f"{ANGLES[name][0]} (°)")
    label_columns(run, rows, [f"Hidden layer {l + 1}" for l in range(hidden)])
    name_seeds(figure, rows[0, 0])
    run.save(figure, "angles_seeds")


def label_columns(run, rows, titles):
    for axes, title in zip(rows[0], titles):
        axes.set_title(title)
    for axes in rows[-1]:
        run.label_time(axes)


def name_seeds(figure, axes):
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > 1:
        figure.legend(handles, labels, loc="outside right upper", handlelength=1)


def draw_fan(run, axes, values):
    """Many lines of one seed, [record, line], coloured by where they end, or were when all were finite for the last time."""
    finite = np.flatnonzero(np.isfinite(values).all(axis=1))
    last = values[finite[-1]] if len(finite) else np.zeros(values.shape[1])
    colours = plt.get_cmap("coolwarm")(0.5 + 0.5 * last / (np.abs(last).max() or 1))
    for line in np.argsort(np.abs(last)):
        run.draw(axes, values[:, line], color=colours[line], linewidth=0.5, alpha=0.8)


def draw_series(run, axes, series, layer, seeds):
    """All entries of a series, a colour a seed; where one seed has too many lines for that, a fan of the first's."""
    for seed in seeds:
        values = sum(run.training(f"/students/{seed}/record/{part}_{layer}") for part in series.split("+"))
        values = values.reshape(len(values), -1)
        if values.shape[1] * len(seeds) > FEW or len(seeds) == 1 < values.shape[1]:
            return draw_fan(run, axes, values)
        labels = [run.labels[seed]] + ["_"] * (values.shape[1] - 1)
        run.draw(axes, values, color=run.colours[seed], linewidth=0.8, label=labels)
    teacher = f"{series}_{layer}"
    if series in WEIGHTS and teacher in run.names("/teacher"):
        for k, value in enumerate(np.ravel(run.results[f"/teacher/{teacher}"])):
            axes.axhline(value, color="black", linestyle="--", linewidth=0.9, label="_" if k else "teacher")


def place(layers):
    """Cells (series, layer) row by row: a series a row, or, of shallow networks, one after the other."""
    deepest = max(max(of_series) for of_series in layers.values())
    if deepest > 2:
        return [[(series, l) if l in layers[series] else None for l in range(1, deepest + 1)] for series in layers]
    cells = [(series, l) for series in layers for l in layers[series]]
    columns = 3 if len(cells) <= 6 else 4
    return [(cells[k:k + columns] + [None] * columns)[:columns] for k in range(0, len(cells), columns)]


def grid_of_series(run, described, name, height, seeds):
    layers = {series: sorted(run.layers[series]) for series in described if series in run.layers}
    if not layers:
        return
    cells = place(layers)
    figure, grid = panels(len(cells), len(cells[0]), height, sharey=False)
    shown = [(cell, axes) for row, cell_row in zip(grid, cells) for axes, cell in zip(row, cell_row) if cell]
    for (series, layer), axes in shown:
        draw_series(run, axes, series, layer, seeds)
        axes.set_title(f"{series} {layer}")
        if layer == layers[series][0] or axes in grid[:, 0]:
            axes.set_ylabel(described[series])
    for column, column_cells in zip(grid.T, zip(*cells)):
        present = [axes for axes, cell in zip(column, column_cells) if cell or axes.set_axis_off()]
        for axes in present[-1:]:  # the time axis of a column
            axes.tick_params(labelbottom=True)
            run.label_time(axes)
    name_seeds(figure, grid[0, 0])
    run.save(figure, name, f": seed {seeds[0]}" if len(grid[0, 0].get_legend_handles_labels()[1]) < 2 else "")


def error(run):
    if "MSE" not in run.names(f"/students/{run.seeds[0]}/record"):
        return
    series = [run.results[f"/students/{seed}/record/MSE"] for seed in run.seeds]
    window = max(min(10, len(series[0]) // 10), len(series[0]) // 200, 1)
    figure, axes = plt.subplots(figsize=(4.2, 2.6))
    for seed, values in zip(run.seeds, series):
        mean = np.convolve(values, np.ones(window) / window, "valid")
        run.draw(axes, mean, color=run.colours[seed], linewidth=1, label=run.labels[seed])
    span = window * (run.time[1] - run.time[0]) if window > 1 else 0
    axes.set(yscale="log", ylabel="squared error" + (f"\n(mean over {span:g} {run.unit})" if span else ""))
    run.label_time(axes)
    name_seeds(figure, axes)
    run.save(figure, "error")


def updates(run):
    """Mean and s.d. over seeds and samples of every weight set."""
    analysis = run.results.analysis("updates_bp")
    if analysis is None:
        return
    seeds = [seed for seed in run.seeds if f"/students/{seed}" in analysis]  # without those that diverged
    values = np.array([analysis[f"/students/{seed}/angle_updates_BP"] for seed in seeds])  # seed, set, sample, layer
    mean, std = np.nanmean(values, axis=(0, 2)), np.nanstd(values, axis=(0, 2))
    sets, layers = mean.shape
    figure, (row,) = panels(1, layers, 2.5, sharey=True)
    for l, axes in enumerate(row):
        draw_band(axes, np.arange(sets), mean[:, l], std[:, l], BLUE)
        axes.set(title=f"Layer {l + 1}", xlabel="epoch", xlim=(0, max(sets - 1, 1)))
        label_angles(axes, band(mean, std))
    row[0].set_ylabel("forward update to backprop (°)")
    run.save(figure, "updates", ": mean ± s.d. of seeds and samples")


def draw(file):
    run = Run(file)
    angles(run)
    angles_seeds(run)
    grid_of_series(run, WEIGHTS, "weights", 1.5, run.seeds)
    grid_of_series(run, ACTIVITY, "activity", 1.3, run.seeds[:1])
    error(run)
    updates(run)
    microcircuit_rules.tests(run)
    return run


if __name__ == "__main__":
    draw_all(sys.argv[1:], draw, microcircuit_rules.rules)
