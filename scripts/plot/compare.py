#!/usr/bin/env python3
"""Figures of a comparison beside its results, PNG and PDF each.

    tsd plot results/compare
    python scripts/plot/compare.py results/compare/results.h5

scores        scores against the size of the latents, groups with their standard deviations; and two pairs of scores; dotted: what the
              true rates and latents get
fixed_points  fixed points in principal components, stable ones green, unstable ones orange, slow ones purple and hollow; lines and
              rings that they make; behind them a few trajectories, points far off these only counted; how far each search came; and the eigenvalues of the Jacobians
              there
flow          latents, their mean steps and fixed points in the plane of the reference's first two principal components
eigenvalues   leading eigenvalues at fixed points, joined with those of the reference's nearest point
bifurcation   fixed points on the way from the input of one task or phase to that of another, filled where they are stable
hands         where the hand is in the fixed points of network and arm together, joined with where it should be, stable ones green,
              unstable ones orange, slow ones purple and hollow; and how far from there
jpca          latents and rates in the plane that they turn fastest in; below, how fast, and R2 of rotations alone of that of all linear
              dynamics
dpca          the leading demixed component of each part of latents and rates, a line for each condition; and how much of them each part
              is
dsa           distances of operators, and their eigenvalues
dsa_sweep     for ranks and delays that were tried: distance of the reference's operator to the identity, and between halves of its
              trials; a frame around what is suggested
scree         variance of the latents' principal components
trajectories  validation trials in the reference's first principal components
"""
import sys

from panels import compare_demixed, compare_dynamics
from style import (BLUE, COLOURS, GREEN, GREY, ORANGE, PURPLE, Results, draw_all, entitle, name_ends, np, plt, save, space, trajectory)

SCORES = {"rate_r2": "rate R$^2$", "state_r2": "state R$^2$", "co_bps": "co-bps", "cycle_con": "cycle consistency",
          "input_r2": "input R$^2$"}
CEILINGS = {"rate_r2": 1, "state_r2": 1, "cycle_con": 1, "input_r2": 1}
CEILING = {"color": "black", "linestyle": (0, (1, 2)), "linewidth": 0.9}
FEW = 6  # models of a figure with a panel each


def sizes(results):
    """Latents of each model, by its scree."""
    return [len(results[f"/scree/{name}"]) if f"/scree/{name}" in results else 0 for name in results["/models/name"]]


def scores(results):
    names, groups, size = results["/models/name"], results["/models/group"], np.array(sizes(results))
    shown = [s for s in SCORES if np.isfinite(results[f"/metrics/{s}"][1:]).any()]
    if not shown:
        return
    panels = len(shown) + 2
    columns = 3 if panels in (5, 6) else min(4, panels)
    rows = -(-panels // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(2.3 * columns, 2 * rows + 0.3), squeeze=False)
    axes = [list(grid.flat)[:panels]]
    for axis in grid.flat[panels:]:
        axis.set_axis_off()
    order = sorted(dict.fromkeys(groups[1:]), key=lambda g: size[groups == g].mean())
    kinds = {g: g.rstrip("0123456789") for g in order}  # gru8, gru16: one line
    colour = {kind: COLOURS[k % len(COLOURS)] for k, kind in enumerate(dict.fromkeys(kinds.values()))}
    for axis, score in zip(axes[0], shown):
        values = results[f"/metrics/{score}"]
        for kind in colour:
            members = [g for g in order if kinds[g] == kind]
            x = [size[groups == g].mean() for g in members]
            mean = np.array([values[groups == g].mean() for g in members])
            sd = np.array([values[groups == g].std(ddof=1) if (groups == g).sum() > 1 else 0 for g in members])
            axis.plot(x, mean, "o-", color=colour[kind])
            axis.fill_between(x, mean - sd, mean + sd, color=colour[kind], alpha=0.2, linewidth=0)
        ceiling = CEILINGS.get(score, values[0])  # the reference's row
        if np.isfinite(ceiling):
            axis.axhline(ceiling, zorder=1, **CEILING)
        axis.set(ylabel=SCORES[score], xlabel="latents", xscale="log")
        axis.set_xticks(sorted(set(size[1:])), [str(s) for s in sorted(set(size[1:]))])
        axis.minorticks_off()
        axis.set_xlim(0.85 * min(size[1:]), 1.18 * max(size[1:]))
        if np.ptp(axis.get_ylim()) < 1e-3:  # all alike, up to their last digits
            axis.set_ylim(0, 1.1 * max(1, axis.get_ylim()[1]))
    for axis, (a, b) in zip(axes[0][-2:], (("rate_r2", "state_r2"), ("co_bps", "cycle_con"))):
        for k in range(1, len(names)):
            axis.plot(results[f"/metrics/{a}"][k], results[f"/metrics/{b}"][k], "o", color=colour[kinds[groups[k]]])
        axis.set(xlabel=SCORES[a], ylabel=SCORES[b])
    for axis in axes[0]:
        axis.margins(y=0.08)
    handles = [plt.Line2D([], [], marker="o", color=colour[kind], label=kind) for kind in colour]
    handles.append(plt.Line2D([], [], label="true rates and latents", **CEILING))
    figure.legend(handles=handles, loc="outside lower center", ncols=min(6, len(handles)), handlelength=1.4)
    entitle(figure, f"{results.title}: scores of {', '.join(colour)}; mean and SD over the models of a size, then a dot for each model")
    save(figure, results, "scores")


def searches(results):
    """Name and input of each, constant inputs of zero first."""
    if "/fp" not in results:
        return []
    found = [(n, i) for n in results["/models/name"] if f"/fp/{n}" in results for i in results.names(f"/fp/{n}")]
    return sorted(found, key=lambda search: search[1] != "zeros")


def distinct(results, group, index):
    """Starts whose ends stand for themselves among fixed (unique_index) or slow points (slow_index)."""
    if group + index not in results:
        return np.zeros(0, int)
    stands = results[group + index]
    return np.flatnonzero(stands == np.arange(len(stands)))


def draw_sets(results, axis, group, space):
    """Lines and rings that points belong to; of a single one the eigenvalue along it is told."""
    if group + "sets/kind" not in results:
        return
    kinds, along = np.char.strip(results[group + "sets/kind"]), results[group + "sets/along"]
    for kind in ("line", "ring"):
        which = np.flatnonzero(kinds == kind)
        for k in which:
            path = results[group + "sets/path"][k]
            path = path[path >= 0]
            path = np.append(path, path[0]) if kind == "ring" else path
            label = f"{kind}, {along[k]:.3f} along" if len(which) == 1 else f"{len(which)} {kind}s"
            axis.plot(*space[path].T, "-", color="black", linewidth=0.9, label=label if k == which[0] else None)


def near(points, courses):
    """Which points are at most half of the courses' largest span away from where these are."""
    low, high = np.nanmin(courses, axis=(0, 1)), np.nanmax(courses, axis=(0, 1))
    margin = 0.5 * max(high - low)
    return ((points >= low - margin) & (points <= high + margin)).all(axis=1)


def counted(kind, inside):
    """As in 3 stable, 1 far off: what is not in the picture is told."""
    return f"{len(inside)} {kind}" + (f", {np.sum(~inside)} far off" if not inside.all() else "")


def draw_points(results, figure, row, rows, name, kind):
    group = f"/fp/{name}/{kind}/"
    x, unique, unstable = results[group + "xstar"], results[group + "unique_index"], results[group + "n_unstable"]
    kept = np.flatnonzero(unique == np.arange(len(unique)))
    coef, intercept = results[f"/align/{name}/coef"], results[f"/align/{name}/intercept"]
    space = (x[:, :coef.shape[1]] @ coef.T + intercept)[:, :3]  # of coupled states the latents
    axis = figure.add_subplot(rows, 3, 3 * row + 1, projection="3d" if space.shape[1] > 2 else None)
    if space.shape[1] > 2:
        axis.set_box_aspect(None, zoom=0.85)
    courses = results[f"/align/{name}/projected_val"][:, :, :space.shape[1]]
    for trial in courses[:8]:
        axis.plot(*trial.T, color=GREY, linewidth=0.3, alpha=0.6)
    inside = near(space, courses)
    space[~inside] = np.nan
    slow = distinct(results, group, "slow_index")
    axis.plot(*space[slow].T, "o", markersize=2.5, markerfacecolor="none", markeredgecolor=PURPLE, markeredgewidth=0.5,
              label=counted("slow", inside[slow])) if len(slow) else None
    for points, colour, label in ((kept[unstable[kept] == 0], GREEN, "stable"), (kept[unstable[kept] > 0], ORANGE, "unstable")):
        axis.plot(*space[points].T, "o", color=colour, label=counted(label, inside[points]))
    draw_sets(results, axis, group, space)
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02 if space.shape[1] > 2 else -0.15), ncols=2, handlelength=1, columnspacing=1)
    axis.set_title(f"{name}, {kind}")
    for side in "xyz"[:space.shape[1]]:
        getattr(axis, f"set_{side}label")(f"PC {'xyz'.index(side) + 1}", labelpad=-12 if space.shape[1] > 2 else None)
        getattr(axis, f"set_{side}ticklabels")([])
    axis = figure.add_subplot(rows, 3, 3 * row + 2)
    for values, colour, label in ((results[group + "qstar"], GREY, "search"), (results[group + "q_final"], BLUE, "end")):
        axis.hist(np.log10(np.maximum(values[np.isfinite(values)], 1e-35)), bins=100, color=colour, alpha=0.7, label=label)
    axis.legend(loc="upper center")
    axis.set(xlabel="log$_{10}$ q", ylabel="starts")
    axis = figure.add_subplot(rows, 3, 3 * row + 3)
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, 200))
    axis.plot(circle.real, circle.imag, color=GREY, linewidth=0.7)
    values = results[group + "eigval"][kept]
    of_slow = results[group + "eigval"][slow]
    axis.plot(of_slow[..., 0].ravel(), of_slow[..., 1].ravel(), ".", color=PURPLE, markersize=1, zorder=1)
    for points, colour in ((unstable[kept] == 0, GREEN), (unstable[kept] > 0, ORANGE)):
        axis.plot(values[points, :, 0].ravel(), values[points, :, 1].ravel(), ".", color=colour, markersize=2)
    axis.set(aspect="equal", xlabel="real", ylabel="imaginary")


def fixed_points(results):
    shown = [s for s in searches(results) if f"/align/{s[0]}/coef" in results][:FEW]
    if not shown:
        return
    figure = plt.figure(figsize=(8, 2.6 * len(shown)))
    for row, (name, kind) in enumerate(shown):
        draw_points(results, figure, row, len(shown), name, kind)
    entitle(figure, f"{results.title}: fixed points in the reference's components, how far searches came, eigenvalues")
    save(figure, results, "fixed_points")


def ways(results):
    """Models with fixed points on the way from one input to another, and the labels of the searches."""
    if "/way" not in results:
        return []
    names = [n for n in results["/models/name"] if f"/way/{n}" in results and f"/align/{n}/coef" in results]
    return [(n, sorted(i for i in results.names(f"/fp/{n}") if i.startswith("between_"))) for n in names][:FEW]


def bifurcation(results):
    shown = ways(results)
    if not shown:
        return
    figure, axes = plt.subplots(2, len(shown), figsize=(2.8 * len(shown), 3.6), sharex=True, squeeze=False, height_ratios=(2, 1))
    for (upper, lower), (name, labels) in zip(axes.T, shown):
        coef, intercept, part = results[f"/align/{name}/coef"], results[f"/align/{name}/intercept"], results[f"/way/{name}/part"]
        points = []  # part of the way, number of unstable directions, place
        for where, label in zip(part, labels):
            group = f"/fp/{name}/{label}/"
            for index, slow in (("slow_index", True), ("unique_index", False)):
                for k in distinct(results, group, index):
                    place = results[group + "xstar"][k] @ coef.T + intercept
                    points.append((where, -1 if slow else results[group + "n_unstable"][k], *place))
        points = np.array(points)
        if len(points) == 0:
            continue
        axis = points[:, 2:] @ np.linalg.svd(points[:, 2:] - points[:, 2:].mean(0), full_matrices=False)[2][0]
        for kind, style, label in ((points[:, 1] == 0, {"color": GREEN}, "stable"),
                                   (points[:, 1] > 0, {"markerfacecolor": "none", "markeredgecolor": ORANGE}, "unstable"),
                                   (points[:, 1] < 0, {"markerfacecolor": "none", "markeredgecolor": PURPLE, "markersize": 1.5,
                                                       "markeredgewidth": 0.4}, "slow")):
            if kind.any():
                upper.plot(points[kind, 0], axis[kind], "o", label=label, **style)
        upper.set(title=name, ylabel="along their first component" if name == shown[0][0] else None)
        for count, colour, label in (("n_stable", GREEN, "stable"), ("n_unstable", ORANGE, "unstable")):
            lower.plot(part, results[f"/way/{name}/{count}"], "o-", color=colour, linewidth=0.9, markersize=2.5)
        lower.set(xlabel="part of the way between the inputs", ylabel="points" if name == shown[0][0] else None, ylim=(0, None))
    axes[0, -1].legend(loc="upper left", bbox_to_anchor=(1, 1))
    entitle(figure, f"{results.title}: fixed points on the way between two inputs")
    save(figure, results, "bifurcation")


def jpca(results):
    shown = [(n, w) for n in results["/models/name"] for w in ("latents", "rates") if f"/jpca/{n}/{w}" in results][:2 * FEW]
    if not shown:
        return
    columns = min(4, len(shown))
    rows = -(-len(shown) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(2.1 * columns, 2.3 * rows), squeeze=False)
    for axis in axes.flat[len(shown):]:
        axis.set_visible(False)
    for axis, (name, what) in zip(axes.flat, shown):
        group = f"/jpca/{name}/{what}/"
        if len(results[group + "frequency"]) == 0:
            continue
        courses = results[group + "projected"]
        order = np.argsort(courses[:, 0, 0])
        some = order[::max(1, len(order) // 40)]
        for k, colour in zip(some, plt.cm.viridis(np.linspace(0, 0.9, len(some)))):
            axis.plot(*courses[k, :, :2].T, color=colour, linewidth=0.6)
            axis.plot(*courses[k, :1, :2].T, "o", color=colour, markersize=2)
        explained = f"R$^2$ {results[group + 'r2']:.2f} of {results[group + 'r2_free']:.2f}"
        axis.set(aspect="equal", adjustable="datalim", title=f"{name}, {what}", xticks=[], yticks=[])
        axis.set(xlabel=f"jPC 1\n{results[group + 'frequency'][0]:.3f} rad/step; {explained}", ylabel="jPC 2")
        axis.spines[:].set_visible(False)
    begin = plt.Line2D([], [], marker="o", linestyle="", color=GREY, markersize=2, label="begin")
    kinds = [plt.Line2D([], [], color=plt.cm.viridis(place), label=f"begins at {side} jPC 1") for place, side in ((0, "low"), (0.9, "high"))]
    figure.legend(handles=[begin, *kinds], loc="outside lower center", ncols=3, handlelength=1)
    entitle(figure, f"{results.title}: trials in the plane that turns fastest")
    save(figure, results, "jpca")


def dsa(results):
    if "/dsa/sims" not in results:
        return
    names, distances = results["/models/name"], results["/dsa/sims"]
    side = max(2.6, 0.18 * len(names) + 1.2)
    figure, (left, right) = plt.subplots(1, 2, figsize=(2 * side + 0.6, side))
    image = left.imshow(distances, cmap="viridis", vmin=0)
    left.set_xticks(range(len(names)), names, rotation=90)
    left.set_yticks(range(len(names)), names)
    left.spines[:].set_visible(False)
    figure.colorbar(image, ax=left, shrink=0.8, label="distance")
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, 200))
    right.plot(circle.real, circle.imag, color=GREY, linewidth=0.7)
    for k, name in enumerate(names[:FEW]):
        operator = results["/dsa/A_v"][k]
        rank = np.isfinite(operator[0]).sum()
        square = operator[:rank, :rank]
        values = np.linalg.eigvals(square) if np.isfinite(square).all() else np.zeros(0)
        right.plot(values.real, values.imag, "o", color=[GREY, *COLOURS][k % 7], markersize=2.5, label=name)
    right.set(aspect="equal", title="operators' eigenvalues", xlabel="real", ylabel="imaginary")
    right.legend(loc="upper left", bbox_to_anchor=(1, 1))
    left.set_title("distances of operators")
    entitle(figure, results.title)
    save(figure, results, "dsa")


def dsa_sweep(results):
    if "/dsa/sweep" not in results:
        return
    table = {name: results[f"/dsa/sweep/{name}"] for name in ("rank", "n_delays", "to_identity", "between_halves", "suggested")}
    ranks, delays = np.unique(table["rank"]), np.unique(table["n_delays"])
    row, column = np.searchsorted(ranks, table["rank"]), np.searchsorted(delays, table["n_delays"])
    best = int(np.argmax(table["suggested"]))
    figure, axes = plt.subplots(1, 2, figsize=(2 * (0.5 * len(delays) + 1.8), 0.4 * len(ranks) + 1.2))
    for axis, name, title in zip(axes, ("to_identity", "between_halves"), ("to the identity", "between halves")):
        image = np.full((len(ranks), len(delays)), np.nan)
        image[row, column] = table[name]
        shown = axis.imshow(image, cmap="viridis", vmin=0, origin="lower")
        axis.add_patch(plt.Rectangle((column[best] - 0.5, row[best] - 0.5), 1, 1, fill=False, edgecolor=ORANGE, linewidth=1.5))
        axis.set_xticks(range(len(delays)), delays)
        axis.set_yticks(range(len(ranks)), ranks)
        axis.set(title=title, xlabel="delays", ylabel="rank")
        axis.spines[:].set_visible(False)
        figure.colorbar(shown, ax=axis, shrink=0.8, label="angle (rad)")
    entitle(figure, f"{results.title}: operators of the reference")
    save(figure, results, "dsa_sweep")


def scree(results):
    shown = [name for name in results["/models/name"] if f"/scree/{name}" in results]
    if not shown:
        return
    figure, (left, right) = plt.subplots(1, 2, figsize=(5.4, 2.3))
    for k, name in enumerate(shown):
        ratio = results[f"/scree/{name}"]
        style = {"color": GREY, "linewidth": 2.2} if k == 0 else {"color": COLOURS[(k - 1) % len(COLOURS)], "linewidth": 0.9}
        left.plot(np.arange(1, len(ratio) + 1), ratio, label=name, **style)
        right.plot(np.arange(1, len(ratio) + 1), np.cumsum(ratio), **style)
    left.set(yscale="log", xlabel="principal component", ylabel="part of the variance", ylim=(1e-6, 1.5))
    right.set(xlabel="principal component", ylabel="summed up", ylim=(None, 1.03))
    if len(shown) <= 2 * FEW:
        figure.legend(*left.get_legend_handles_labels(), loc="outside right upper", handlelength=1)
    entitle(figure, f"{results.title}: latents")
    save(figure, results, "scree")


def trajectories(results):
    shown = [n for n in results["/models/name"] if f"/align/{n}/projected_val" in results][:FEW]
    if not shown:
        return
    width = results[f"/align/{shown[0]}/projected_val"].shape[-1]
    if width < 2:
        return
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    figure = plt.figure(figsize=(2.4 * columns, 2.3 * rows + 0.5))
    for place, name in enumerate(shown):
        at = (rows, columns, place + 1)
        axis = space(figure, at, ["PC 1", "PC 2", "PC 3"], name) if width > 2 else figure.add_subplot(*at, title=name, xlabel="PC 1", ylabel="PC 2")
        for trial in results[f"/align/{name}/projected_val"][:12]:
            trajectory(axis, trial[np.isfinite(trial).all(axis=1)][:, :3], color=BLUE, linewidth=0.4, alpha=0.7)
    name_ends(figure)
    entitle(figure, f"{results.title}: latents in the reference's components")
    save(figure, results, "trajectories")


def draw(path):
    results = Results(path)
    scores(results)
    fixed_points(results)
    compare_dynamics.flow(results, FEW)
    compare_dynamics.eigenvalues(results, FEW)
    compare_dynamics.hands(results)
    bifurcation(results)
    jpca(results)
    compare_demixed.dpca(results, FEW)
    dsa(results)
    dsa_sweep(results)
    scree(results)
    trajectories(results)


if __name__ == "__main__":
    draw_all(sys.argv[1:], draw)
