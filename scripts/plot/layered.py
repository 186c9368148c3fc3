#!/usr/bin/env python3
"""Figures of layered networks beside their results, PNG and PDF each.

    tsd plot results/layered
    python scripts/plot/layered.py results/layered/results.h5

learning   error, accuracy and read-out, and angles between forward and backward weights, over epochs
example    images of the last batch, and what the network made of them (autoencoders)
latents    rates of the read-out layer, each label at the mean of its samples (two units)

Of several runs also, in the folder that holds them all:

rules      the same over epochs, mean and range over the runs of each rule
"""
import sys

from style import (BLUE, CHANCE, COLOURS, GREEN, GREY, ORANGE, PURPLE, NotDrawn, Results, common_folder, configs, draw_all, entitle,
                   finite_span, np, plt, save, save_in)
from matplotlib.patheffects import withStroke

SETS = {"train": BLUE, "validation": GREEN, "test": ORANGE}
RULES = {"BP": GREY, "FA": ORANGE, "DFA": PURPLE, "PAL": BLUE}
OUTLINED = [withStroke(linewidth=2, foreground="white")]  # numbers among points
SHOWN = 8  # images of the example


class Run:
    def __init__(self, path):
        self.results = Results(path)
        self.path = self.results.path
        self.rule = self.results.attribute("/learning", "rule")
        sets = self.results.names("/evaluation") if "/evaluation" in self.results else []
        self.sets = [name for name in SETS if name in sets]
        self.has_angles = "/angles/degrees" in self.results

    def course(self, place, what):
        """Epochs and values; nothing where there is no such dataset. While it learns a number is that of the epoch's middle."""
        if f"{place}/{what}" not in self.results:
            return None
        epochs = self.results[f"{place}/epoch"]
        return (epochs - 0.5 if place == "/learning" else epochs), self.results[f"{place}/{what}"]

    @property
    def scores(self):
        """What is drawn beside the error, of what there is."""
        return [what for what in ("accuracy", "readout") if any(f"/evaluation/{name}/{what}" in self.results for name in self.sets)]


TITLES = {"mse": ("Error", "squared error, mean"), "accuracy": ("Accuracy", "fraction right"),
          "readout": ("Read-out", "fraction right")}


def add_legend(axes):
    """Below the panel, where it covers nothing."""
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.24), ncols=2, handlelength=1, columnspacing=1)


def name_panel(axes, what):
    title, label = TITLES[what]
    axes.set(title=title, xlabel="epoch", ylabel=label, xlim=(0, None))
    add_legend(axes)


def draw_angles(axes, run):
    degrees, epochs = run.results["/angles/degrees"], run.results["/angles/epoch"]
    for k, layer in enumerate(run.results["/angles/layer"]):
        axes.plot(epochs, degrees[:, k], color=COLOURS[k % len(COLOURS)], label=f"layer {layer}")
    name_angles(axes)


def name_angles(axes):
    axes.axhline(90, **CHANCE)
    axes.set(title=r"Angle of $B$ to $W^{T}$", xlabel="epoch", ylabel="degrees", xlim=(0, None), ylim=(0, None))
    add_legend(axes)


def learning(run):
    panels = ["mse", *run.scores] + (["angles"] if run.has_angles else [])
    figure, row = plt.subplots(1, len(panels), figsize=(2.5 * len(panels), 3.1), squeeze=False)
    for axes, what in zip(row[0], panels):
        if what == "angles":
            draw_angles(axes, run)
            continue
        course = run.course("/learning", what)
        if course and what != "readout":
            axes.plot(*course, color=GREY, label="while learning")
        for name in run.sets:
            if drawn := run.course(f"/evaluation/{name}", what):
                axes.plot(*drawn, "o-", color=SETS[name], label=name)
        name_panel(axes, what)
    entitle(figure, f"{run.results.title}: {run.rule}")
    save(figure, run.results, "learning")


def picture(values, shape):
    """Channels last, as matplotlib takes them; signed pixels moved to 0 .. 1."""
    image = values.reshape(shape).transpose(1, 2, 0)
    return image[:, :, 0] if shape[0] == 1 else np.clip(image if values.min() >= 0 else (image + 1) / 2, 0, 1)


def example(run):
    given, made = run.results["/example/input"], run.results["/example/output"]
    shape = tuple(int(run.results.attribute("/example", name)) for name in ("channels", "rows", "columns"))
    if given.shape != made.shape or min(shape[1:]) < 2 or shape[0] not in (1, 3):
        return
    count = min(SHOWN, len(given))
    low, high = finite_span(given)
    figure, grid = plt.subplots(2, count, figsize=(0.75 * count, 1.9), squeeze=False)
    for row, values, name in zip(grid, (given, made), ("image", "output")):
        for axes, one in zip(row, values):
            axes.imshow(picture(one, shape), cmap="Greys", vmin=low, vmax=high)
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        row[0].set_ylabel(name)
    entitle(figure, f"{run.results.title}: {run.rule}")
    save(figure, run.results, "example")


def latents(run):
    if "/readout/rates" not in run.results or run.results["/readout/rates"].shape[1] != 2:
        return
    rates, labels = run.results["/readout/rates"], run.results["/readout/label"]
    figure, axes = plt.subplots(figsize=(3.4, 3.1))
    for k, kind in enumerate(np.unique(labels)):
        of_kind = rates[labels == kind]
        colour = COLOURS[k % len(COLOURS)]
        axes.plot(*of_kind.T, "o", color=colour, markersize=2.5, markeredgewidth=0, alpha=0.7)
        axes.text(*of_kind.mean(axis=0), str(kind), color=colour, ha="center", va="center", fontweight="bold", path_effects=OUTLINED)
    axes.set(xlabel="unit 1", ylabel="unit 2")
    entitle(figure, f"{run.results.title}: {run.rule}, rates by label")
    save(figure, run.results, "latents")


def draw(path):
    run = Run(path)
    learning(run)
    example(run)
    latents(run)
    return run


def alike(courses):
    """Epochs of the first course, and the values of those that have the same."""
    epochs = courses[0][0]
    return epochs, np.array([values for at, values in courses if np.array_equal(at, epochs)])


def draw_band(axes, epochs, values, colour, label, **style):
    """Mean over runs and their range."""
    axes.fill_between(epochs, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.15, linewidth=0)
    axes.plot(epochs, values.mean(axis=0), color=colour, label=label, **style)


def judged(run):
    return f"/evaluation/{run.sets[-1]}" if run.sets else "/learning"


def angles_of(group):
    """Layers and courses, layer by layer, of the runs of a rule."""
    layers = group[0].results["/angles/layer"]
    for run in group:
        if not np.array_equal(found := run.results["/angles/layer"], layers):
            raise NotDrawn(f"rules: runs of different layers: {run.path}: /angles/layer: expected {list(map(int, layers))}, got {list(map(int, found))}")
    return layers, [[(run.results["/angles/epoch"], run.results["/angles/degrees"][:, k]) for run in group] for k in range(len(layers))]


def rules(runs):
    groups = {rule: [run for run in runs if run.rule == rule] for rule in RULES}
    groups = {rule: group for rule, group in groups.items() if group}
    scores = [what for what in ("accuracy", "readout") if any(what in run.scores for run in runs)]
    with_angles = [rule for rule, group in groups.items() if group[0].has_angles]
    panels = ["mse", *scores, *with_angles]
    figure, row = plt.subplots(1, len(panels), figsize=(2.3 * len(panels), 3.3), squeeze=False)
    for axes, what in zip(row[0], panels):
        if what in with_angles:
            for k, (layer, courses) in enumerate(zip(*angles_of(groups[what]))):
                draw_band(axes, *alike(courses), COLOURS[k % len(COLOURS)], f"layer {layer}")
            name_angles(axes)
            axes.set(title=rf"{what}: angle of $B$ to $W^{{T}}$", ylim=(0, 110))
            if what != with_angles[0]:
                axes.get_legend().remove()
            continue
        for rule, group in groups.items():
            courses = [course for run in group if (course := run.course(judged(run), what))]
            if courses:
                epochs, values = alike(courses)
                draw_band(axes, epochs, values, RULES[rule], f"{rule} ({len(values)})", marker="o")
        name_panel(axes, what)
    entitle(figure, f"{configs(run.results for run in runs)}: rules, mean and range over runs")
    save_in(common_folder(runs), figure, "rules")


if __name__ == "__main__":
    draw_all(sys.argv[1:], draw, rules)
