"""The page of hits, false alarms, d' and criterion of N-back runs, on novel angles."""
from panels.nback_panels import TASK_COLOURS, band, legend_above, names_of, page, stacked, trained_levels
from style import BLUE, CHANCE, GREEN, GREY, ORANGE, PURPLE, np

NOVEL_ANGLE = 1
LURES = {"none": GREY, "n - 1": ORANGE, "n + 1": BLUE}
LEVELS = dict(zip(range(1, 6), (BLUE, ORANGE, GREEN, PURPLE, GREY)))


def found(runs, path):
    """On novel angles: [run, task, level, ...]."""
    return stacked(runs, "behaviour", "/behaviour/detection/" + path)[:, NOVEL_ANGLE]


def levels_of(runs):
    return names_of(runs, "behaviour", "/behaviour/n")


def tasks_of(runs):
    return list(enumerate(names_of(runs, "behaviour", "/behaviour/tasks")))


def over_tasks(values):
    """Mean over tasks of [run, task, ...], where there is a value."""
    return np.ma.masked_invalid(values).mean(axis=1).filled(np.nan)


def draw_by_n(axes, runs, measure, title):
    values = found(runs, measure)
    low, high = found(runs, measure + "_ci_low"), found(runs, measure + "_ci_high")
    for i, task in tasks_of(runs):
        band(axes, levels_of(runs), values[:, i], TASK_COLOURS[task], task, low[:, i], high[:, i])
    axes.axhline(0, **CHANCE)
    axes.set(title=title, xlabel=f"n (trained: {trained_levels(runs)})", ylabel=measure.replace("d_prime", "d′"))
    legend_above(axes)


def draw_lures(axes, runs):
    """False alarms by what made the stimulus look familiar, mean over tasks."""
    values = over_tasks(found(runs, "by_lure/false_alarms"))
    for i, (lure, colour) in enumerate(LURES.items()):
        there = np.isfinite(values[:, :, i]).all(axis=0)
        band(axes, np.array(levels_of(runs))[there], values[:, there, i], colour, "no lure" if lure == "none" else lure)
    axes.set(title="False alarms to lures", xlabel="n", ylabel="false alarms", ylim=(-0.02, 1.02))
    legend_above(axes)


def draw_along(axes, runs, group, first, title, label):
    """d' over load or step by level that was trained, mean over tasks."""
    values = over_tasks(found(runs, group + "/d_prime"))
    trained = [int(n) for n in trained_levels(runs).split(", ")]
    for i, n in enumerate(levels_of(runs)):
        there = np.flatnonzero(np.isfinite(values[:, i]).all(axis=0))
        if n in trained and len(there):
            band(axes, first + there, values[:, i, there], LEVELS[n], f"n = {n}")
    axes.axhline(0, **CHANCE)
    axes.set(title=title, xlabel=label, ylabel="d′")
    legend_above(axes)


def draw_rates(axes, runs):
    for measure, colour in (("hits", GREEN), ("false_alarms", ORANGE)):
        band(axes, levels_of(runs), over_tasks(found(runs, measure)), colour, measure.replace("_", " "))
    axes.set(title="Hits and false alarms", xlabel="n", ylabel="rate, mean over tasks", ylim=(-0.02, 1.02))
    legend_above(axes)


def detection_page(runs, folder, title):
    panels = [(draw_by_n, ("d_prime", "Sensitivity")), (draw_by_n, ("criterion", "Criterion")), (draw_rates, ()), (draw_lures, ()),
              (draw_along, ("by_load", 1, "By load", "different values to remember")),
              (draw_along, ("by_step", 0, "By serial position", "step t"))]
    page(runs, folder, "detection", title, [("behaviour", "/behaviour/detection", draw, words) for draw, words in panels])
