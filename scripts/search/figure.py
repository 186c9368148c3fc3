"""The figure of a search: what came out, how runs went, and where in the space the good ones are."""
from style import BLUE, GREY, ORANGE, np, plt, save_in


def draw(folder, trials, best, title):
    plan = folder.plan
    drawn = [lambda axis: history(axis, plan, trials, title), lambda axis: courses(axis, trials, best, title)]
    drawn += [lambda axis, key=key: by_key(axis, key, plan.space[key], trials, best, title) for key in plan.space]
    columns = min(3, len(drawn))
    rows = -(-len(drawn) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(2.7 * columns, 2.2 * rows), squeeze=False)
    for panel, axis in zip(drawn, axes.flat):
        panel(axis)
    for axis in axes.flat[len(drawn):]:
        axis.set_axis_off()
    save_in(folder.path, figure, "search")


def ended(trials):
    return [trial for trial in trials if trial["value"] is not None]


def history(axis, plan, trials, title):
    done = ended(trials)
    cut = [trial for trial in trials if trial["value"] is None and trial["course"]]
    axis.plot([t["number"] for t in cut], [t["course"][-1][1] for t in cut], ".", color=GREY, markersize=4, label="not to the end")
    axis.plot([t["number"] for t in done], [t["value"] for t in done], "o", color=BLUE, label="done")
    best = np.minimum if plan.direction == "minimize" else np.maximum
    if done:
        axis.step([t["number"] for t in done], best.accumulate([t["value"] for t in done]), where="post", color=ORANGE, linewidth=1, label="best")
    axis.set(xlabel="trial", ylabel=title)
    axis.set_title("trials", pad=14)
    axis.locator_params(axis="x", integer=True)
    axis.legend(loc="lower left", bbox_to_anchor=(-0.02, 0.98), ncols=3, borderpad=0, columnspacing=1, handletextpad=0.3, handlelength=1)
    wide(axis, [t["value"] for t in done] + [t["course"][-1][1] for t in cut])


def courses(axis, trials, best, title):
    for trial in trials:
        if not trial["course"]:
            continue
        is_best = best is not None and trial["number"] == best["number"]
        colour = ORANGE if is_best else BLUE if trial["value"] is not None else GREY
        axis.plot(*zip(*trial["course"]), color=colour, linewidth=1.4 if is_best else 0.8, alpha=1 if is_best else 0.6,
                  marker="" if len(trial["course"]) > 1 else ".", zorder=3 if is_best else 2)
    for trial in trials:  # where a rule ended it
        if trial["course"] and trial["value"] is None:
            axis.plot(*trial["course"][-1], "x", color=GREY, markersize=3)
    axis.set(title="courses", xlabel="step", ylabel=title)
    wide(axis, [value for t in trials for _, value in t["course"]])


def by_key(axis, key, of, trials, best, title):
    names = list(dict.fromkeys(of.values)) if of.kind == "choice" else None
    at = (lambda value: names.index(value)) if names else float
    for trial in trials:
        if trial["values"].get(key) is None or not (trial["value"] is not None or trial["course"]):
            continue
        value = trial["value"] if trial["value"] is not None else trial["course"][-1][1]
        colour = ORANGE if best is not None and trial["number"] == best["number"] else BLUE if trial["value"] is not None else GREY
        axis.plot(at(trial["values"][key]), value, "o" if trial["value"] is not None else ".", color=colour, alpha=0.8,
                  zorder=3 if colour == ORANGE else 2)
    axis.set(title=key, ylabel=title)
    if of.kind == "log_uniform":
        axis.set_xscale("log")
    if names:
        axis.set_xticks(range(len(names)), names)
        axis.margins(x=0.2)
    wide(axis, [t["value"] if t["value"] is not None else t["course"][-1][1] for t in trials if t["value"] is not None or t["course"]])


def wide(axis, values):
    """Logarithmic where the values span more than two powers of ten."""
    values = np.array([value for value in values if np.isfinite(value)])
    if len(values) and values.min() > 0 and values.max() / values.min() > 100:
        axis.set_yscale("log")
