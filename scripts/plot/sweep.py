#!/usr/bin/env python3
"""Figures of a sweep beside its sweep.h5, PNG and PDF each.

    tsd plot results/sweep
    python scripts/plot/sweep.py results/sweep/sweep.h5

sweep_maps      the metric that the family judges by, in the plane of every two swept keys: means over all else, and over seeds;
                where keys take too many values for a table, a point for each run. Of one key: against it
sweep_parallel  every run as a line through its settings, coloured by the metric
"""
import itertools
import sys

from style import BLUE, GREY, NotDrawn, Results, draw_all, entitle, heat_map, np, plt, save

MOST_LEVELS, MOST_KEYS = 12, 6


def is_seed(key):
    return key == "seed" or key.endswith(("_seed", ".seed"))


class Axis:
    """A key: its values as numbers, and how they are shown."""

    def __init__(self, name, values):
        self.name, self.is_text = name, values.dtype.kind in "US"
        self.levels = np.unique(values if self.is_text else values[np.isfinite(values)])
        self.values = np.searchsorted(self.levels, values).astype(float) if self.is_text else values.astype(float)
        self.is_log = not self.is_text and len(self.levels) > 2 and self.levels.min() > 0 and self.levels.max() / self.levels.min() > 50

    @property
    def names(self):
        return [str(level) if self.is_text else f"{level:.4g}" for level in self.levels]

    def level(self):
        """The number of each run's value; NaN has none."""
        return self.values if self.is_text else np.where(np.isfinite(self.values), np.searchsorted(self.levels, self.values), np.nan)

    def between(self, values):
        """From 0 to 1 over the axis."""
        on_scale = np.log if self.is_log else np.asarray
        low, high = on_scale(np.nanmin(self.values)), on_scale(np.nanmax(self.values))
        return (on_scale(values) - low) / (high - low) if high > low else np.full(np.shape(values), 0.5)


def swept(results):
    axes = [Axis(key, results[f"/settings/{key}"]) for key in results.names("/settings") if not is_seed(key)]
    return [axis for axis in axes if len(axis.levels) > 1 and not (axis.is_text and len(axis.levels) > MOST_LEVELS)][:MOST_KEYS]


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


def table_panel(axis, one, other, metric, limits):
    table = means(one, other, metric)
    heat_map(axis, table, np.vectorize(lambda value: f"{value:.3g}")(table), limits)
    axis.set_xticks(range(len(other.levels)), other.names, rotation=45 if len(other.levels) > 4 else 0)
    axis.set_yticks(range(len(one.levels)), one.names)
    axis.set(xlabel=other.name, ylabel=one.name)


def points_panel(axis, one, other, metric, limits):
    shown = np.isfinite(metric)
    axis.scatter(other.values[shown], one.values[shown], c=metric[shown], cmap="viridis", vmin=limits[0], vmax=limits[1], s=14)
    for name, key in (("x", other), ("y", one)):
        if key.is_log:
            getattr(axis, f"set_{name}scale")("log")
        if key.is_text:
            getattr(axis, f"set_{name}ticks")(range(len(key.levels)), key.names)
            axis.margins(**{name: 0.2})
    axis.set(xlabel=other.name, ylabel=one.name)


def maps(results, axes, name, metric):
    limits = (np.nanmin(metric), np.nanmax(metric))
    if limits[0] == limits[1]:
        limits = (limits[0] - 0.5, limits[1] + 0.5)
    if len(axes) == 1:
        figure, axis = plt.subplots(figsize=(3, 2.4))
        at = axes[0].values
        axis.plot(at, metric, "o", color=GREY, markersize=3)
        levels = np.unique(at[np.isfinite(at)])
        if len(levels) <= MOST_LEVELS:
            axis.plot(levels, [np.nanmean(metric[at == level]) if np.isfinite(metric[at == level]).any() else np.nan for level in levels], color=BLUE)
        if axes[0].is_log:
            axis.set_xscale("log")
        if axes[0].is_text:
            axis.set_xticks(range(len(axes[0].levels)), axes[0].names)
        axis.set(xlabel=axes[0].name, ylabel=name)
        return save(figure, results, "sweep_maps")
    pairs = list(itertools.combinations(axes, 2))
    columns = min(3, len(pairs))
    rows = -(-len(pairs) // columns)
    figure, panels = plt.subplots(rows, columns, figsize=(3 * columns, 2.6 * rows), squeeze=False)
    points = False
    for (one, other), panel in zip(pairs, panels.flat):
        if max(len(one.levels), len(other.levels)) <= MOST_LEVELS:
            table_panel(panel, one, other, metric, limits)
        else:
            points_panel(panel, one, other, metric, limits)
            points = True
    for panel in panels.flat[len(pairs):]:
        panel.set_axis_off()
    if points:
        scale(figure, panels.ravel().tolist(), limits, name)
    else:
        entitle(figure, f"{results.path.resolve().parent.name}: {name}")
    return save(figure, results, "sweep_maps")


def scale(figure, axes, limits, name):
    figure.colorbar(plt.cm.ScalarMappable(plt.Normalize(*limits), "viridis"), ax=axes, label=name, fraction=0.04, pad=0.02)


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
        for mark, text in zip(order, axis.names if few else [f"{mark:.3g}" for mark in marks]):
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
    maps(results, axes, name, metric)
    parallel(results, axes, name, metric)


if __name__ == "__main__":
    draw_all(sys.argv[1:], draw)
