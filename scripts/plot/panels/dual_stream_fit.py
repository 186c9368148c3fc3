"""Figure of a fit with profiles of its likelihood (fit.profile)."""
from style import BLUE, CHANCE, GREY, entitle, np, plt, save

REACH = 3.841459  # 95 % quantile of chi2 with one degree of freedom


def ticks(values, scale):
    """Few enough to be read side by side."""
    ratio = values.max() / values.min() if scale == "log" else 1
    if ratio < 3:
        return plt.MaxNLocator(3)
    return plt.LogLocator(subs=(1,) if ratio > 12 else (1, 2, 5))


def profile(results):
    """Twice the fall of ln L as each parameter is held at a value and the others fitted anew; where it passes the line, the interval ends."""
    if "/fit/profile/held" not in results:
        return
    names, held = results["/fit/parameters"], results["/fit/profile/held"]
    fall = 2 * (results["/fit/profile/log_likelihood"].max() - results["/fit/profile/log_likelihood"])
    columns = min(4, len(names))
    rows = -(-len(names) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(1.7 * columns + 0.6, 1.7 * rows + 0.4), sharey=True, squeeze=False)
    linear = results.setting("fit.linear")
    for p, (name, axes) in enumerate(zip(names, grid.flat)):
        at, near = results["/fit/profile/best"][held == p, p], fall[held == p] < 4 * REACH
        low, high = results["/fit/profile/low"][p], results["/fit/profile/high"][p]
        ends = np.where(np.isnan([low, high]), results["/fit/bounds"][p], [low, high])  # an open end lies beyond the range
        axes.axvspan(*ends, color=BLUE, alpha=0.12, linewidth=0)
        axes.plot(at[near], fall[held == p][near], "o-", color=BLUE, linewidth=1.2)
        axes.axvline(results["/fit/best"][p], color=GREY, linewidth=0.8)
        axes.axhline(REACH, **CHANCE)
        axes.set(xlabel=name, ylim=(-0.3, 2.2 * REACH), xscale="linear" if name in linear else "log")
        axes.xaxis.set_major_locator(ticks(at[near], axes.get_xscale()))
        axes.xaxis.set_major_formatter("{x:.3g}")
        axes.xaxis.set_minor_formatter("")
    for axes in grid.flat[len(names):]:
        axes.axis("off")
    for row in grid:
        row[0].set_ylabel("2 (ln L max − ln L)")
    entitle(figure, f"{results.title}: 95 % intervals of what was fitted")
    save(figure, results, "profile")
