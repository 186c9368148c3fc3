"""The figure of a population: scores and settings of all members over generations, and the line of the best one."""
import math

from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from style import BLUE, GREY, ORANGE, plt, save_in

SPREAD = 0.18  # of a move, in generations: it is made at the end of the one before


def draw(folder, trials, line, title):
    plan = folder.plan
    ended = [trial for trial in trials if trial["score"] is not None]
    panels = [lambda axis: scores(axis, plan, ended, line, title)]
    panels += [lambda axis, key=key: settings(axis, key, plan.space[key], trials, line) for key in plan.space]
    columns = min(4 if len(panels) > 6 else 3, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(2.5 * columns, 2.1 * rows), squeeze=False, sharex=True)
    for panel, axis in zip(panels, axes.flat):
        panel(axis)
    for axis in axes.flat[len(panels):]:
        axis.set_axis_off()
    for at in range(columns):  # the lowest of each column
        lowest = [axis for axis in axes[:, at] if axis.axison][-1]
        lowest.set_xlabel("generation")
        lowest.tick_params(labelbottom=True)
    save_in(folder.path, figure, "search")


def scores(axis, plan, ended, line, title):
    begin_of = {trial["number"]: trial for trial in ended}
    for trial in ended:
        parent = begin_of.get(trial["parent"])
        best = trial["number"] in line
        colour, width, over = (ORANGE, 1.6, 4) if best else (GREY, 0.6, 2)
        if parent:
            at, values = [parent["generation"], trial["generation"]], [parent["score"], trial["score"]]
            axis.plot(at, values, color=colour, linewidth=width, zorder=over)
        axis.plot(trial["generation"], trial["score"], ".", color=ORANGE if best else BLUE, markersize=4 if best else 2.5, zorder=over + 1)
    axis.set(title="scores", ylabel=title)
    within(axis, plan, [trial["score"] for trial in ended])
    axis.locator_params(axis="x", integer=True)
    member = Line2D([], [], color=GREY, linewidth=0.6, marker=".", markerfacecolor=BLUE, markeredgecolor=BLUE)
    handles = [Line2D([], [], color=ORANGE), member]
    axis.legend(handles, ["the model's line", "members"], loc="best", handlelength=1.2, borderpad=0)


def within(axis, plan, values):
    """The better part of the scores: a few that failed would flatten the rest."""
    values = sorted(values, reverse=plan.direction == "maximize")
    if len(values) < 8:
        return
    best, rest = values[0], values[int(0.9 * len(values))]
    room = 0.05 * abs(rest - best)
    if room and abs(values[-1] - best) > 2 * abs(rest - best):
        axis.set_ylim(min(best, rest) - room, max(best, rest) + room)


def logarithmic(axis, decades):
    """With a few labels, as one writes these numbers in a config."""
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1,) if decades > 2 else (1, 3) if decades > 1 else (1, 2, 5)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0e}".replace("e-0", "e-") if value < 1e-3 else f"{value:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())


def settings(axis, key, of, trials, line):
    names = list(dict.fromkeys(of.values)) if of.kind == "choice" else None
    at = {trial["number"]: names.index(trial["values"][key]) if names else float(trial["values"][key]) for trial in trials}
    for trial in trials:
        best = trial["number"] in line
        colour, width, over = (ORANGE, 1.8, 4) if best else (GREY, 0.6, 2)
        here, value = trial["generation"], at[trial["number"]]
        before = at.get(trial["parent"], value)
        begin = here - (1 - SPREAD if trial["parent"] is not None else 0.5)
        if before != value:
            axis.plot([here - 1, begin], [before, value], color=colour, linewidth=width, zorder=over)
        axis.plot([begin if before != value else max(here - 1, -0.5), here], [value] * 2, color=colour, linewidth=width, zorder=over)
    axis.set_title(key)
    if names:
        return axis.set_yticks(range(len(names)), names)
    shown = [value for value in at.values() if value > 0]
    if of.kind == "log_uniform" and shown:
        logarithmic(axis, math.log10(max(shown) / min(shown)))
        if math.log10(max(shown) / min(shown)) < 1:
            axis.set_ylim(min(shown) / 2, max(shown) * 2)
