#!/usr/bin/env python3
"""Figures of plastic networks beside their results, PNG and PDF each.

    tsd plot results/plastic
    python scripts/plot/plastic.py results/plastic/results.h5

learning         loss and accuracy over iterations, seed by seed
staircase        repeat interval over iterations, seed by seed
matrices         static weights, learning rates and readout of a model
spectra          their singular values, stage by stage (after tsd analyze, from matrices.h5)
generalisation   accuracy, hits and false alarms on other intervals (after tsd analyze, from generalisation.h5)
activity         input, hidden activity and output, frame by frame (after tsd analyze, from states.h5)
plastic          plastic matrices and effective weights of some frames (likewise)
output           output of a whole sequence (likewise)
mechanism        what neurons, weights and memory tell familiar scenes by, and lesions (after tsd analyze, from mechanism.h5)

Of several runs also, in the folder that holds them all:

R_curves         repeat interval over iterations of every network
capacity         largest intervals attempted and mastered

A model is that of the largest interval mastered, of the first seed; where there is none, the latest.
"""
import re
import sys

from panels.plastic_capacity import capacity
from panels.plastic_mechanism import mechanism
from style import BLUE, CHANCE, GREY, ORANGE, Results, colours_of, common_folder, draw_all, entitle, finite_span, np, plt, save, save_in

NETWORK = re.compile(r"(?P<type>.+?)-(?P<rules>[MA](?:_[MA])*)-in\d+-hid(?P<dims>[\d_]+)-eta-(?P<rates>[\d._]+)-")
BEHIND = {"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5}  # of words over lines
ROW = 100  # scenes of a row of the output
SHOWN = 5  # frames of which matrices are drawn


class Run:
    """A results file, its seeds and their colours."""

    def __init__(self, path):
        self.results = Results(path)
        self.seeds = [int(seed) for seed in self.results["/summary/seed"]]
        self.colours = dict(zip(self.seeds, colours_of(len(self.seeds))))
        found = NETWORK.match(self.results.attribute("/summary", "reference_name"))
        self.rule = found["rules"][0] if found else None
        self.size = sum(int(n) for n in found["dims"].split("_")) if found else 0
        self.label = self.describe(found) if found else self.results.title

    @staticmethod
    def describe(found):
        """As in Memo MA 50-50; rates of another kind than one per synapse are told."""
        rates = found["rates"].split("_")
        other = "" if set(rates) == {"1"} else f", η {'-'.join(rates)}"
        return f"{found['type']} {found['rules'].replace('_', '')} {found['dims'].replace('_', '-')}{other}"

    def stages(self, seed, column):
        return self.results[f"/runs/{seed}/stages/{column}"]

    def model(self):
        """Name and description of the one that is drawn."""
        seed = self.seeds[0]
        mastered = self.stages(seed, "R")[self.stages(seed, "mastered") == 1]
        name = f"R_{mastered.max()}" if len(mastered) else "latest"
        return name, f"seed {seed}, " + (f"after R = {mastered.max()}" if len(mastered) else "latest model")

    def save(self, figure, name, detail=""):
        entitle(figure, f"{self.results.title}: {self.label}" + (f", {detail}" if detail else ""))
        save(figure, self.results, name)


def thousands(axes):
    axes.set_xlabel("iterations (thousands)")
    axes.autoscale(axis="x", tight=True)
    axes.set_xlim(0, max(axes.get_xlim()[1], 1e-3))


def name_seeds(run, axes):
    if len(run.seeds) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), handlelength=1)


def smooth(values):
    window = max(1, min(len(values) // 40, 25))
    return np.convolve(values, np.ones(window) / window, "valid"), window


def learning(run):
    figure, panels = plt.subplots(2, 1, figsize=(6.2, 3.8), sharex=True)
    for axes, column in zip(panels, ("loss", "accuracy")):
        smoothed = []
        for seed in run.seeds:
            scalars = f"/runs/{seed}/scalars/"
            step, values = run.results[scalars + "step"] / 1000, run.results[scalars + column]
            if len(values) == 0:  # diverged at once
                continue
            mean, window = smooth(values)
            start = window // 2
            smoothed.append(mean)
            axes.plot(step, values, color=run.colours[seed], alpha=0.22, linewidth=0.6, rasterized=True)
            axes.plot(step[start:start + len(mean)], mean, color=run.colours[seed], linewidth=1.2, label=f"seed {seed}")
        # the first few records, much worse than all others, may leave the panel
        low, high = finite_span(np.concatenate(smoothed or [[]]))
        axes.set(ylabel=column, ylim=(0, 1.4 * high) if column == "loss" else (min(0.62, low), 1.005))
    panels[0].set_ylabel("loss (nat)")
    panels[1].axhline(2 / 3, **CHANCE)
    panels[1].annotate("always novel", (1, 2 / 3), xycoords=("axes fraction", "data"), xytext=(0, 2),
                       textcoords="offset points", ha="right", color=GREY, fontsize=7, bbox=BEHIND)
    if len(run.seeds) == 1:
        for axes in panels:
            mark_stages(run, axes, numbered=axes is panels[0])
    thousands(panels[1])
    name_seeds(run, panels[0])
    run.save(figure, "learning")


def mark_stages(run, axes, numbered):
    """Where R rises, with its value above the stage where that is long enough."""
    R, first, length = (run.stages(run.seeds[0], column) for column in ("R", "iter_first", "iterations"))
    if len(R) == 0:
        return
    for number, x, iterations in zip(R, first / 1000, length):
        axes.axvline(x, color=GREY, alpha=0.35, linewidth=0.7, zorder=0)
        share = iterations / (first[-1] + length[-1])
        if numbered and share > 0.015:
            axes.annotate(f"R = {number}" if number == R[-1] and share > 0.05 else f"{number}", (x + iterations / 2000, 1),
                          xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points", color=GREY,
                          fontsize=7, ha="center")


def draw_staircase(axes, run, seed, shift=0, **looks):
    """R over thousands of iterations, with dots where stages were mastered, rings where capped; `shift`: for lines that are alike."""
    R, first, length = (run.stages(seed, column) for column in ("R", "iter_first", "iterations"))
    if len(R) == 0:  # diverged at once
        return
    R, ends = R + shift, (first + length) / 1000
    x = np.append(first / 1000, ends[-1])
    line, = axes.plot(np.repeat(x, 2)[1:-1], np.repeat(R, 2), **{"linewidth": 1.4, "solid_joinstyle": "miter", **looks})
    for column, face in (("mastered", line.get_color()), ("capped", "white")):
        chosen = run.stages(seed, column) == 1
        axes.plot(ends[chosen], R[chosen], "o", color=line.get_color(), markerfacecolor=face, markersize=3, zorder=3)


def label_staircase(axes):
    axes.set_ylabel("repeat interval R (scenes)")
    axes.set_ylim(0.5, None)
    thousands(axes)


def staircase(run):
    figure, axes = plt.subplots(figsize=(4.6, 2.8))
    for seed in run.seeds:
        draw_staircase(axes, run, seed, color=run.colours[seed], label=f"seed {seed}")
    label_staircase(axes)
    name_seeds(run, axes)
    run.save(figure, "staircase")


def clip(values):
    """Mean -+ two standard deviations, as the original clips."""
    finite = values[np.isfinite(values)]
    finite = finite.astype(float)  # squares of single precision may overflow
    mean, spread = (finite.mean(), 2 * finite.std()) if len(finite) else (0, 1)
    return mean - spread, mean + spread


def draw_matrix(axes, values, bounds, title):
    """Square cells, colours centred at 0."""
    values = np.clip(values, *bounds) if bounds else values
    limit = np.abs(finite_span(values if bounds is None else bounds)).max() or 1
    image = axes.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    axes.set_title(title)
    axes.spines[:].set_visible(True)
    axes.tick_params(length=2)
    return image


def attach_bar(figure, axes, image, width, label=""):
    """A colour bar right of a matrix, `width` of its height wide."""
    rows, columns = image.get_array().shape
    width *= rows * axes.get_aspect() / columns
    colours = figure.colorbar(image, cax=axes.inset_axes([1 + width, 0.1, width, 0.8]), label=label)
    colours.ax.tick_params(length=2, labelsize=7)


def draw_parameters(figure, axes, values, symbol):
    """A clipped matrix, one rate per neuron or for all, or nothing."""
    if values is None or values.ndim < 2:
        axes.set_axis_off()
        if values is not None:
            axes.text(0.3, 0.5, f"${symbol}$ = {float(values):.3f}", ha="center", va="center", transform=axes.transAxes)
        return
    image = draw_matrix(axes, values, clip(values), f"${symbol}$")
    axes.set(anchor="W", xlabel="presynaptic", ylabel="postsynaptic")
    if values.shape[1] == 1:
        axes.set(xticks=[], xlabel="", aspect=0.25)
    attach_bar(figure, axes, image, 0.045, "learning rate" if "η" in symbol else "weight")


def matrices(run):
    """Weights and rates clipped, the readout as it is."""
    model, detail = run.model()
    group = f"/runs/{run.seeds[0]}/models/{model}/"
    present = set(run.results.names(group))
    layers = sum(f"weight_matrix_list.{i}" in present for i in range(len(present)))
    if not layers:
        return
    figure, rows = plt.subplots(layers + 1, 2, figsize=(6.6, 3 * layers + 0.9), squeeze=False,
                                gridspec_kw={"height_ratios": [1] * layers + [0.15]})
    for l, row in enumerate(rows[:-1]):
        for axes, name, symbol in zip(row, ("weight_matrix_list", "eta_matrix_list"), "Wη"):
            draw_parameters(figure, axes, run.results[group + f"{name}.{l}"] if f"{name}.{l}" in present else None, f"{symbol}_{l + 1}")
    for axes in rows[-1]:
        axes.remove()
    readout = figure.add_subplot(rows[-1, 0].get_gridspec()[-1, :])
    image = draw_matrix(readout, run.results[group + "w_final"], None, "Readout")
    readout.set(aspect="auto", yticks=[], xlabel="neuron")
    colours = figure.colorbar(image, cax=readout.inset_axes([1.015, 0, 0.018, 1]))
    colours.ax.tick_params(length=2, labelsize=7)
    colours.locator = plt.MaxNLocator(2)
    run.save(figure, "matrices", detail)


class Stages:
    """Models of an analysis by the interval they were trained to, with the seeds that have each; rising, and the latest of the
    first seed, unless that is its last stage's."""

    def __init__(self, analysis, seeds):
        self.analysis = analysis
        self.seeds = [seed for seed in seeds if str(seed) in analysis.names("/runs")]
        trained = {seed: self._trained(seed) for seed in self.seeds}
        names = {name: R for of_seed in trained.values() for name, R in of_seed.items() if name != "latest"}
        self.models = [(R, name) for name, R in sorted(names.items(), key=lambda item: item[1])]
        if self.models and self.models[-1][0] < trained[self.seeds[0]]["latest"] or not self.models:
            self.models.append((trained[self.seeds[0]]["latest"], "latest"))
        self._groups = {name: [f"/runs/{seed}/{name}" for seed in (self.seeds[:1] if name == "latest" else self.seeds) if name in trained[seed]]
                        for _, name in self.models}

    def _trained(self, seed):
        group = f"/runs/{seed}"
        return {name: int(self.analysis.attribute(f"{group}/{name}", "R")) for name in self.analysis.names(group)
                if name.startswith("R_") or name == "latest"}

    def groups(self, name):
        """One of each seed that has the model."""
        return self._groups[name]

    def values(self, name, dataset):
        """[seed, entry], as far as all seeds reach."""
        all_seeds = [self.analysis[f"{group}/{dataset}"] for group in self.groups(name)]
        length = min(map(len, all_seeds))
        return np.array([values[:length] for values in all_seeds])

    def detail(self):
        return f"seed {self.seeds[0]}" if len(self.seeds) == 1 else f"{len(self.seeds)} seeds: mean; bands from smallest to largest"


def draw_band(axes, x, values, style="-", band=True, **looks):
    """Mean over seeds, and a band from the smallest to the largest."""
    axes.plot(x, values.mean(axis=0), style, **looks)
    if band and len(values) > 1:
        axes.fill_between(x, values.min(axis=0), values.max(axis=0), color=looks["color"], alpha=0.2, linewidth=0)


def shown_stages(stages):
    """Few enough to read: models, their colours, and which have a band (first, middle and last); the latest is among them."""
    step = -(-len(stages.models) // 12)
    models = stages.models[::-1][::step][::-1]
    banded = {0, len(models) // 2, len(models) - 1}
    return models, plt.get_cmap("viridis")(np.linspace(0, 0.9, len(models))), [i in banded for i in range(len(models))]


def name_stages(axes, models, colours):
    handles = [plt.Line2D([], [], color=colour) for colour in colours]
    labels = [f"{R}" + (" (unfinished)" if name == "latest" else "") for R, name in models]
    axes.legend(handles, labels, title="trained to R", loc="upper left", bbox_to_anchor=(1, 1), handlelength=1)


def spectra(run):
    analysis = run.results.analysis("matrices")
    if analysis is None:
        return
    stages = Stages(analysis, run.seeds)
    models, colours, banded = shown_stages(stages)
    names = [name for name in analysis.names(stages.groups(models[-1][1])[0]) if name != "w_final"]
    names.sort(key=lambda name: (name.split("_")[0] == "eta", name))
    figure, row = plt.subplots(1, len(names), figsize=(1.75 * len(names) + 1.2, 2.4), squeeze=False)
    for axes, name in zip(row[0], names):
        for (_, model), colour, band in zip(models, colours, banded):
            values = stages.values(model, f"{name}/S")
            draw_band(axes, np.arange(1, values.shape[1] + 1), values, band=band, color=colour, linewidth=1)
        axes.set(title=f"${name.replace('eta', 'η')}$", xlabel="mode", ylim=(0, None))
    row[0, 0].set_ylabel("singular value")
    name_stages(row[0, -1], models, colours)
    run.save(figure, "spectra", stages.detail())


def draw_trained(curve, rates, stages, name, R, colour, band):
    """A model on other intervals than its own: accuracy; hits and false alarms."""
    tested = stages.values(name, "curve/R")[0]
    accuracy = stages.values(name, "curve/accuracy")
    draw_band(curve, tested, accuracy, band=band, color=colour, linewidth=1.1)
    at = np.flatnonzero(tested == R)
    curve.plot(tested[at], accuracy.mean(axis=0)[at], "o", color=colour, markersize=4, zorder=3)
    for column, style in (("tpr", ".-"), ("fpr", ".:")):
        draw_band(rates, stages.values(name, "hebbff/R")[0], stages.values(name, f"hebbff/{column}"), style, band, color=colour,
                  linewidth=1.1, markersize=3)
    return accuracy.min() if band else accuracy.mean(axis=0).min()


def generalisation(run):
    analysis = run.results.analysis("generalisation")
    if analysis is None:
        return
    stages = Stages(analysis, run.seeds)
    models, colours, banded = shown_stages(stages)
    figure, (curve, rates) = plt.subplots(1, 2, figsize=(7.2, 2.7))
    lowest = min(draw_trained(curve, rates, stages, name, R, colour, band) for (R, name), colour, band in zip(models, colours, banded))
    last = models[-1][1]
    tested, chance = stages.values(last, "curve/R")[0], stages.values(last, "curve/chance")[0]
    curve.plot(tested, chance, **CHANCE)
    curve.annotate("always novel", (1, chance[-1]), xycoords=("axes fraction", "data"), xytext=(0, -2),
                   textcoords="offset points", ha="right", va="top", color=GREY, fontsize=7, bbox=BEHIND)
    curve.set(title="Accuracy", xlabel="tested R (scenes)", ylabel="fraction", xlim=(0, None), ylim=(min(0.6, lowest - 0.01), 1.01))
    rates.set(title="Hits (solid) and false alarms (dotted)", xlabel="tested R (scenes)", xscale="log", ylim=(-0.02, 1.02))
    rates.set_xlim(0.9, max(11, rates.get_xlim()[1]))
    reach = rates.get_xlim()[1]
    within = analysis["/idealised/R"] <= reach
    rates.plot(analysis["/idealised/R"][within], analysis["/idealised/tpr"][within], **CHANCE)
    R, tpr = (analysis[f"/idealised/{name}"][within][-1] for name in ("R", "tpr"))
    rates.annotate("idealised", (R, tpr), xytext=(0, -3), textcoords="offset points", ha="right" if R > 3 else "left", va="top", color=GREY,
                   fontsize=7)
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500) if tick <= rates.get_xlim()[1]]
    rates.set_xticks(ticks, ticks)
    rates.minorticks_off()
    name_stages(rates, models, colours)
    run.save(figure, "generalisation", f"{stages.detail()}; dots: the trained R")


class Recorded:
    """The model of states.h5 that is drawn: its arrays and the window of frames that has matrices."""

    def __init__(self, analysis, seed):
        names = analysis.names(f"/runs/{seed}")
        self.group = f"/runs/{seed}/" + max(names, key=lambda name: int(analysis.attribute(f"/runs/{seed}/{name}", "R")))
        self.analysis = analysis
        self.R = int(analysis.attribute(self.group, "R"))
        self.first = int(analysis.attribute(self.group, "first_frame"))
        self.frames = int(analysis.attribute(self.group, "frames"))
        self.layers = sum(name.startswith("h_") for name in analysis.names(self.group))

    def __getitem__(self, name):
        return self.analysis[f"{self.group}/{name}"]

    def __contains__(self, name):
        return name in self.analysis.names(self.group)

    def clip(self, name):
        return tuple(self.analysis.attribute(f"{self.group}/{name}", f"clip_{side}") for side in ("low", "high"))


def draw_answers(axes, frames, y, target):
    """y over frames, and at last frames a dot whose colour is the target; wrong answers are ringed."""
    axes.plot(frames, y, color=GREY, linewidth=0.7, zorder=1)
    axes.axhline(0.5, color=GREY, linewidth=0.5, linestyle=":", zorder=0)
    for label, value, colour in (("novel", 0, BLUE), ("familiar", 1, ORANGE)):
        axes.plot(frames[target == value], y[target == value], "o", color=colour, markersize=3, label=label, zorder=3)
    wrong = (target != 2) & ((y >= 0.5) != (target == 1))
    if wrong.any():
        axes.plot(frames[wrong], y[wrong], "o", color="black", markerfacecolor="none", markersize=6.5, markeredgewidth=0.8,
                  label="wrong", zorder=4)
    axes.set(ylim=(-0.08, 1.08), yticks=[0, 0.5, 1])


def activity(run, recorded, detail):
    """Neurons in order of their mean absolute activity; of few, too, a panel holds its name."""
    window = slice(recorded.first, recorded.first + recorded.frames)
    frames = np.arange(window.start, window.stop)
    panels = [("input", recorded["input"][window])] + [(f"h_{l}", recorded[f"h_{l}"][window]) for l in range(1, recorded.layers + 1)]
    heights = [max(values.shape[1], 16) for _, values in panels]
    figure, column = plt.subplots(len(panels) + 1, 1, figsize=(7.2, 1.2 + 0.028 * sum(heights) + 0.35 * len(panels)), sharex=True,
                                  gridspec_kw={"height_ratios": [*heights, max(16, 0.4 * max(heights))]})
    for axes, (name, values) in zip(column, panels):
        hidden = name != "input"
        order = np.argsort(-np.abs(values).mean(axis=0)) if hidden else slice(None)
        image = axes.imshow(values[:, order].T, cmap="RdBu_r" if hidden else "Greys", vmin=-1, vmax=1, aspect="auto",
                            extent=(frames[0] - 0.5, frames[-1] + 0.5, values.shape[1], 0), interpolation="nearest")
        axes.set_ylabel(f"$h_{name[2:]}$" if hidden else "input")
        axes.set_yticks([0, values.shape[1]])
    colours = figure.colorbar(image, ax=column[1:-1], aspect=30, pad=0.01, label="activity")
    colours.set_ticks([-1, 0, 1])
    colours.ax.tick_params(length=2, labelsize=7)
    draw_answers(column[-1], frames, recorded["y"][window], recorded["frame_target"][window])
    column[-1].set(xlabel="frame", ylabel="output", xlim=(frames[0] - 0.5, frames[-1] + 0.5))
    figure.legend(*column[-1].get_legend_handles_labels(), loc="outside lower right", ncols=3, handlelength=1)
    run.save(figure, "activity", f"{detail}; neurons from the most active one down")


def plastic(run, recorded, detail):
    """Plastic matrices after the update of a frame, and what multiplied the input in it."""
    rows = [name for l in range(1, recorded.layers + 1) for name in (f"P_{l}", f"effective_{l}") if name in recorded]
    if not rows:
        return
    shown = np.unique(np.linspace(0, recorded.frames - 1, SHOWN).astype(int))
    figure, grid = plt.subplots(len(rows), len(shown), figsize=(1.45 * len(shown) + 0.8, 1.75 * len(rows)), squeeze=False)
    for row, name in zip(grid, rows):
        values, letter, layer = recorded[name][shown], *name.split("_")
        multiplicative = f"product_{layer}" in recorded
        label = f"$P_{layer}$" if letter == "P" else rf"$W_{layer} \circ (1 + P_{layer})$" if multiplicative else f"$W_{layer} + P_{layer}$"
        for axes, frame, matrix in zip(row, shown, values):
            image = draw_matrix(axes, matrix, recorded.clip(name), "")
            axes.set(xticks=[], yticks=[])
            if name == rows[0]:
                axes.set_title(f"frame {recorded.first + frame}", fontweight="normal", fontsize=8)
        row[0].set_ylabel(label)
        colours = figure.colorbar(image, ax=row, aspect=14, pad=0.01, label="strength")
        colours.ax.tick_params(length=2, labelsize=7)
    run.save(figure, "plastic", detail)


def output(run, recorded, detail):
    y, target = recorded["y"], recorded["frame_target"]
    scene = np.flatnonzero(target != 2)[0] + 1  # frames
    length = ROW * scene
    parts = [slice(start, min(start + length, len(y))) for start in range(0, len(y), length)]
    figure, column = plt.subplots(len(parts), 1, figsize=(7.2, 1.25 * len(parts) + 0.5), squeeze=False)
    for axes, part in zip(column[:, 0], parts):
        draw_answers(axes, np.arange(part.start, part.stop) / scene, y[part], target[part])
        axes.set(xlim=(part.start / scene, (part.start + length) / scene), ylabel="output")
    column[-1, 0].set_xlabel("scene")
    column[0, 0].legend(loc="center left", bbox_to_anchor=(1, 0.5), handlelength=1)
    run.save(figure, "output", detail)


def states(run):
    analysis = run.results.analysis("states")
    if analysis is None or str(run.seeds[0]) not in analysis.names("/runs"):
        return
    recorded = Recorded(analysis, run.seeds[0])
    detail = f"seed {run.seeds[0]}, R = {recorded.R}"
    activity(run, recorded, detail)
    plastic(run, recorded, detail)
    output(run, recorded, detail)


def compare(runs, folder):
    """Small networks dotted."""
    sizes = sorted({run.size for run in runs})
    figure, axes = plt.subplots(figsize=(5.6, 3.4))
    for row, (run, colour) in enumerate(zip(runs, colours_of(len(runs)))):
        style = "-" if run.size == sizes[-1] else (0, (1, 1.2))
        draw_staircase(axes, run, run.seeds[0], 0.12 * (row / max(1, len(runs) - 1) - 0.5), color=colour, linestyle=style,
                       label=f"{run.label}, {run.results['/summary/max_R_attempted'][0]}")
    label_staircase(axes)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), title="network, R attempted", handlelength=1.6)
    entitle(figure, "first seed of each; lines a little apart")
    save_in(folder, figure, "R_curves")


def draw(file):
    run = Run(file)
    learning(run)
    staircase(run)
    matrices(run)
    spectra(run)
    generalisation(run)
    states(run)
    mechanism(run)
    return run


def draw_together(runs):
    folder = common_folder([run.results for run in runs])
    compare(runs, folder)
    capacity(runs, folder)


if __name__ == "__main__":
    draw_all(sys.argv[1:], draw, draw_together)
