#!/usr/bin/env python3
"""Figures of a sweep beside its sweep.h5, PNG and PDF each.

    tsd plot results/sweep
    python scripts/plot/sweep.py results/sweep/sweep.h5

sweep_maps      the metric that the family judges by, in the plane of every two swept keys: means over all else, and over seeds;
                where keys take too many values for a table, a point for each run. Of one key: against it. Keys that go together,
                as in a list, are one
sweep_parallel  every run as a line through its settings, coloured by the metric
"""
import itertools
import sys
import textwrap

from style import BLUE, GREY, NotDrawn, Results, draw_all, entitle, heat_map, np, plt, save

MOST_LEVELS, MOST_KEYS = 12, 6
LONGEST, MOST_LINES = 8, 3  # letters of a value beside another's; lines of such values
MAP = "viridis"  # the metric has the same colours in both figures


def is_seed(key):
    return key == "seed" or key.endswith(("_seed", ".seed"))


class Axis:
    """A key: its values as numbers, and how they are shown. Keys that go with it, as in a list, are told beside it."""

    def __init__(self, name, values):
        self.name, self.is_text = name, values.dtype.kind in "US"
        self.levels = np.array(list(dict.fromkeys(values))) if self.is_text else np.unique(values[np.isfinite(values)])
        place = {level: number for number, level in enumerate(self.levels)}
        self.values = np.array([place[value] for value in values], float) if self.is_text else values.astype(float)
        self.is_log = not self.is_text and len(self.levels) > 2 and self.levels.min() > 0 and self.levels.max() / self.levels.min() > 50
        self.followers = []

    @property
    def is_kinds(self):
        """Nothing is between its values, as other keys change with it or there is no order."""
        return self.is_text or bool(self.followers)

    def texts(self):
        return [str(level) if self.is_text else f"{level:.4g}" for level in self.levels]

    def beside(self):
        """For each follower its values at the levels of this key."""
        at = [np.flatnonzero(self.level() == number)[0] for number in range(len(self.levels))]
        return {other.name: [dict(enumerate(other.texts())).get(other.level()[run], "") for run in at] for other in self.followers}

    def described(self):
        """Names of the key and of its levels, a line for each key whose values are short; the others are only named."""
        lines = {self.name: self.texts()}
        short = {name: texts for name, texts in self.beside().items() if max(map(len, texts)) <= LONGEST}
        lines |= dict(list(short.items())[:MOST_LINES - 1])
        others = [other.name for other in self.followers if other.name not in lines]
        names = "\n".join(lines) + (textwrap.fill(f"(with {', '.join(others)})", 28, initial_indent="\n") if others else "")
        return names, ["\n".join(level) for level in zip(*lines.values())]

    def level(self):
        """The number of each run's value; NaN has none."""
        return self.values if self.is_text else np.where(np.isfinite(self.values), np.searchsorted(self.levels, self.values), np.nan)

    def between(self, values):
        """From 0 to 1 over the axis."""
        on_scale = np.log if self.is_log else np.asarray
        low, high = on_scale(np.nanmin(self.values)), on_scale(np.nanmax(self.values))
        return (on_scale(values) - low) / (high - low) if high > low else np.full(np.shape(values), 0.5)

    def leads(self, other):
        """Whether it tells the other's values. Of numbers drawn at random each does: then only where both rise, or fall, together."""
        mine, theirs = self.level(), other.level()
        if not np.isfinite(mine).all() or len(np.unique(np.stack([mine, np.nan_to_num(theirs, nan=-1)], axis=1), axis=0)) > len(self.levels):
            return False
        steps = np.diff(theirs[np.argsort(mine, kind="stable")])
        return self.is_text or len(self.levels) < len(mine) or bool((steps >= 0).all() or (steps <= 0).all())


def swept(results):
    axes = [Axis(key, results[f"/settings/{key}"]) for key in results.names("/settings") if not is_seed(key)]
    return [axis for axis in axes if len(axis.levels) > 1 and not (axis.is_text and len(axis.levels) > MOST_LEVELS)][:MOST_KEYS]


def independent(axes):
    """Keys that lead, most values first, each with those that follow it."""
    leaders = []
    for axis in sorted(axes, key=lambda axis: (-len(axis.levels), not axis.is_text)):
        leader = next((leader for leader in leaders if leader.leads(axis)), None)
        (leader.followers if leader else leaders).append(axis)
    return sorted(leaders, key=axes.index)


def judged(results):
    """Name and values of what runs are judged by."""
    for group in ("best", "final"):
        if f"/{group}" in results and results.names(f"/{group}"):
            name = results.names(f"/{group}")[0]
            return f"{group} {name}", results[f"/{group}/{name}"]
    raise NotDrawn(f"{results.path}: no run has told a metric yet")


def means(one, other, metric):
    """Of the metric in every cell of two keys."""
    table = np.full((len(one.levels), len(other.levels)), np.nan)
    for cell in np.ndindex(table.shape):
        inside = (one.level() == cell[0]) & (other.level() == cell[1]) & np.isfinite(metric)
        if inside.any():
            table[cell] = metric[inside].mean()
    return table


def name_levels(panel, axis, side):
    """Categories at their places; a scale where there is one."""
    names, levels = axis.described()
    panel.set(**{f"{side}label": names})
    if axis.is_kinds:
        getattr(panel, f"set_{side}ticks")(range(len(levels)), levels)
        getattr(panel, f"set_{side}lim")(-0.5, len(levels) - 0.5)
    elif axis.is_log:
        getattr(panel, f"set_{side}scale")("log")


def table_panel(panel, one, other, metric, limits):
    heat_map(panel, table := means(one, other, metric), np.vectorize(lambda value: f"{value:.3g}")(table), limits, MAP)
    (rows, row_names), (columns, column_names) = one.described(), other.described()
    longest = max(len(line) for name in column_names for line in name.split("\n"))
    panel.set_xticks(range(len(column_names)), column_names, **({"rotation": 90} if longest * len(column_names) > 36 else {}))
    panel.set_yticks(range(len(row_names)), row_names)
    panel.set(xlabel=columns, ylabel=rows)


def points_panel(panel, one, other, metric, limits):
    shown = np.isfinite(metric)
    at = [axis.level() if axis.is_kinds else axis.values for axis in (other, one)]
    panel.scatter(at[0][shown], at[1][shown], c=metric[shown], cmap=MAP, vmin=limits[0], vmax=limits[1], s=14)
    for side, axis in (("x", other), ("y", one)):
        name_levels(panel, axis, side)


def fit_numbers(figure, panels):
    """Numbers of cells as long as they have room; False where some had not and are left out."""
    figure.draw_without_rendering()  # lays it out
    fit = True
    for panel in panels:
        texts = [text for text in panel.texts if text.get_visible()]
        left, right = panel.transData.transform([(0, 0), (1, 0)])[:, 0]
        for digits in (3, 2):
            for text in texts:
                text.set_text(f"{float(text.get_text()):.{digits}g}")
            if all(text.get_window_extent().width < 0.85 * (right - left) for text in texts):
                break
        else:
            fit = False
            for text in texts:
                text.set_visible(False)
    return fit


def one_key(figure, axis, name, metric):
    """Every run, and means of several: joined where values have an order and something between them."""
    panel = figure.add_subplot()
    at = axis.level() if axis.is_kinds else axis.values
    panel.plot(at, metric, "o", color=GREY, markersize=3)
    levels = [level for level in np.unique(at[np.isfinite(at)]) if np.isfinite(metric[at == level]).any()]
    means = [np.nanmean(metric[at == level]) for level in levels]
    if axis.is_kinds and len(levels) < np.isfinite(metric).sum():
        panel.plot(levels, means, "_", color=BLUE, markersize=11)
    elif not axis.is_kinds and len(levels) <= MOST_LEVELS:
        panel.plot(levels, means, color=BLUE)
    name_levels(panel, axis, "x")
    panel.set(ylabel=name)


def maps(results, axes, name, metric):
    low, high = np.nanmin(metric), np.nanmax(metric)
    limits = (low, high) if low < high else (low - 0.5, high + 0.5)
    if len(axes) == 1:
        lines = sum(text.count("\n") for text in (axes[0].described()[0], axes[0].described()[1][0]))
        figure = plt.figure(figsize=(max(3.4, 0.55 * len(axes[0].levels) * axes[0].is_kinds + 0.8), 2.6 + 0.15 * lines))
        one_key(figure, axes[0], name, metric)
        entitle(figure, f"{results.path.resolve().parent.name}: runs and their means")
        return save(figure, results, "sweep_maps")
    pairs = list(itertools.combinations(axes, 2))
    columns = min(3, len(pairs))
    rows = -(-len(pairs) // columns)
    figure, panels = plt.subplots(rows, columns, figsize=(3.2 * columns, 2.6 * rows), squeeze=False)
    tables = [max(len(one.levels), len(other.levels)) <= MOST_LEVELS for one, other in pairs]
    for (one, other), panel, table in zip(pairs, panels.flat, tables):
        (table_panel if table else points_panel)(panel, one, other, metric, limits)
    for panel in panels.flat[len(pairs):]:
        panel.set_axis_off()
    entitle(figure, f"{results.path.resolve().parent.name}: {name}")
    if not all(tables) or not fit_numbers(figure, panels.flat):
        scale(figure, panels.ravel().tolist(), limits, name)
        fit_numbers(figure, panels.flat)  # it takes room
    return save(figure, results, "sweep_maps")


def scale(figure, axes, limits, name):
    figure.colorbar(plt.cm.ScalarMappable(plt.Normalize(*limits), MAP), ax=axes, label=name, fraction=0.04, pad=0.02)


def parallel(results, axes, name, metric):
    shown = np.isfinite(metric)
    told = Axis(name, metric)
    every = [*axes, told]
    figure, panel = plt.subplots(figsize=(max(3.6, 1.3 * len(every)), 2.8))
    heights = np.array([axis.between(axis.values) for axis in every])
    colours = plt.cm.viridis(told.between(metric))
    for run in np.flatnonzero(shown):
        panel.plot(range(len(every)), heights[:, run], color=colours[run], linewidth=0.9, alpha=0.8)
    for number, axis in enumerate(every):
        panel.axvline(number, color=GREY, linewidth=0.8, zorder=1)
        few = axis.is_text or len(axis.levels) <= 5
        marks = axis.levels if few else np.array([np.nanmin(axis.values), np.nanmax(axis.values)])
        order = np.arange(len(axis.levels)) if axis.is_text else marks
        for mark, text in zip(order, axis.texts() if few else [f"{mark:.3g}" for mark in marks]):
            panel.text(number + 0.04, float(axis.between(mark)), text, fontsize=6.5, va="center", zorder=4,
                       bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.6})
    panel.set_xticks(range(len(every)), [axis.name for axis in every])
    panel.set(yticks=(), xlim=(-0.1, len(every) - 0.6), ylim=(-0.05, 1.05))
    panel.spines[:].set_visible(False)
    entitle(figure, results.path.resolve().parent.name)
    save(figure, results, "sweep_parallel")


def draw(path):
    results = Results(path, "tsd-sweep")
    axes = swept(results)
    name, metric = judged(results)
    if not axes or not np.isfinite(metric).any():
        raise NotDrawn(f"{results.path}: " + ("no run has told a metric yet" if axes else "its runs differ in nothing but seeds"))
    maps(results, independent(axes), name, metric)
    parallel(results, axes, name, metric)


if __name__ == "__main__":
    draw_all(sys.argv[1:], draw)
