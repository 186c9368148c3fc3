"""Figures of a comparison's dynamics: latents with their flow and fixed points in a plane, fixed points' eigenvalues beside the
reference's, and where the hand is in those of network and arm together."""
from style import BLUE, GREEN, GREY, ORANGE, PURPLE, entitle, np, plt, save

CELLS = 14  # of the plane, along each side
LEAST = 5   # steps in a cell whose mean is drawn
LEADING = 10  # eigenvalues of a point that are paired


def searches(results, name, coupled=False):
    """Kinds of searches of a network alone; or of network and arm together, which tell where the hand is."""
    if "/fp" not in results or f"/fp/{name}" not in results:
        return []
    return [kind for kind in results.names(f"/fp/{name}") if (f"/fp/{name}/{kind}/hand" in results) == coupled]


def at_zero(results, name):
    """The search at zero input, or the first there is; None without."""
    found = sorted(searches(results, name), key=lambda kind: (kind != "zeros", kind))
    return f"/fp/{name}/{found[0]}/" if found else None


def points(results, group):
    """Starts whose ends stand for a fixed point, and how many unstable directions each has."""
    unique, unstable = results[group + "unique_index"], results[group + "n_unstable"]
    kept = np.flatnonzero(unique == np.arange(len(unique)))
    return kept, unstable[kept]


def mean_steps(courses, low, high):
    """Centres of cells of the plane, and the mean step of the latents in each that has some."""
    here, step = courses[:, :-1].reshape(-1, 2), np.diff(courses, axis=1).reshape(-1, 2)
    there = np.isfinite(here).all(axis=1) & np.isfinite(step).all(axis=1)
    here, step = here[there], step[there]
    cell = np.clip(((here - low) / np.maximum(high - low, 1e-12) * CELLS).astype(int), 0, CELLS - 1)
    flat = cell[:, 0] * CELLS + cell[:, 1]
    count = np.bincount(flat, minlength=CELLS**2)
    mean = np.stack([np.bincount(flat, step[:, k], CELLS**2) for k in (0, 1)], axis=1) / np.maximum(count, 1)[:, None]
    kept = np.flatnonzero(count >= LEAST)
    centres = low + (np.stack([kept // CELLS, kept % CELLS], axis=1) + 0.5) * (high - low) / CELLS
    return centres, mean[kept]


def draw_flow(axes, results, name, low, high):
    courses = results[f"/align/{name}/projected_val"][..., :2]
    for course in courses[:12]:
        axes.plot(*course.T, color=GREY, linewidth=0.3, alpha=0.5, zorder=1)
    centres, mean = mean_steps(courses, low, high)
    speed = np.linalg.norm(mean, axis=1, keepdims=True)
    arrows = mean / np.maximum(speed, 1e-12) * (high - low).max() / CELLS * np.sqrt(speed / max(speed.max(initial=0), 1e-12))
    axes.quiver(*centres.T, *arrows.T, color=BLUE, angles="xy", scale_units="xy", scale=1, width=0.006, zorder=2)
    group = at_zero(results, name)
    if group:
        kept, unstable = points(results, group)
        place = results[group + "xstar"][kept] @ results[f"/align/{name}/coef"].T + results[f"/align/{name}/intercept"]
        axes.plot(*place[unstable > 0, :2].T, "X", color=ORANGE, markersize=5, markeredgecolor="white", markeredgewidth=0.4, label="unstable", zorder=4)
        axes.plot(*place[unstable == 0, :2].T, "o", color=GREEN, markersize=4.5, markeredgecolor="white", markeredgewidth=0.4, label="stable", zorder=4)


def flow(results, few):
    """In the reference's first two components: the mean step of the latents in each cell of the plane, arrows as long as its root."""
    shown = [name for name in results["/models/name"] if f"/align/{name}/projected_val" in results][:few]
    if not shown or results[f"/align/{shown[0]}/projected_val"].shape[-1] < 2:
        return
    every = np.concatenate([results[f"/align/{name}/projected_val"][..., :2].reshape(-1, 2) for name in shown])
    low, high = np.nanmin(every, axis=0), np.nanmax(every, axis=0)
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(2.3 * columns + 0.3, 2.3 * rows + 0.6), sharex=True, sharey=True, squeeze=False)
    for axis, name in zip(axes.flat, shown):
        draw_flow(axis, results, name, low, high)
        axis.set_title(name)
    for axis in axes.flat[len(shown):]:
        axis.set_axis_off()
    ratio = results["/align/pca_ref/explained_variance_ratio"]
    for k, axis in enumerate(axes.flat[:len(shown)]):
        last = k + columns >= len(shown)
        axis.set_xlabel(f"reference's PC 1 ({100 * ratio[0]:.0f} %)" if last else "")
        axis.tick_params(labelbottom=last)
    for axis in axes[:, 0]:
        axis.set_ylabel(f"reference's PC 2 ({100 * ratio[1]:.0f} %)")
    handles = [plt.Line2D([], [], color=BLUE, marker=r"$\rightarrow$", linestyle="", markersize=9, label="mean step"),
               plt.Line2D([], [], color=GREEN, marker="o", linestyle="", label="stable"),
               plt.Line2D([], [], color=ORANGE, marker="X", linestyle="", label="unstable")]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, handlelength=1)
    entitle(figure, f"{results.title}: mean steps of latents and fixed points at zero input")
    save(figure, results, "flow")


def paired(values, others):
    """Indices of values and others so that each has the nearest that is left, nearest pairs first."""
    distance = np.abs(values[:, None] - others[None, :])
    pairs = []
    for _ in range(min(distance.shape)):
        a, b = np.unravel_index(np.argmin(distance), distance.shape)
        pairs.append((a, b))
        distance[a, :], distance[:, b] = np.inf, np.inf
    return pairs


def draw_pairs(axes, own, other):
    """Eigenvalues of a point, [eigenvalue, part], and of the reference's nearest one, joined."""
    own, other = (values[:LEADING, 0] + 1j * values[:LEADING, 1] for values in (own, other))
    for a, b in paired(own, other):
        axes.plot([own[a].real, other[b].real], [own[a].imag, other[b].imag], color=GREY, linewidth=0.5, zorder=1)
    axes.plot(other.real, other.imag, "o", color="black", markerfacecolor="none", markersize=4, markeredgewidth=0.7, label="reference", zorder=2)
    axes.plot(own.real, own.imag, ".", color=BLUE, markersize=3.5, label="model", zorder=3)


def eigenvalues(results, few):
    """Leading eigenvalues of the Jacobian at every fixed point, joined with those of the reference's nearest one; a row of stable
    points, and one of unstable ones."""
    names = results["/models/name"]
    reference = at_zero(results, names[0])
    shown = [(name, at_zero(results, name)) for name in names[1:]]
    shown = [(name, group) for name, group in shown if group and f"{group}match/point" in results and len(results[f"{group}match/point"])][:few]
    if not shown or reference is None:
        return
    figure, axes = plt.subplots(2, len(shown), figsize=(max(3.2, 1.75 * len(shown) + 0.5), 4.2), sharex=True, sharey=True, squeeze=False)
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, 200))
    theirs = results[reference + "eigval"]
    for column, (name, group) in zip(axes.T, shown):
        own, unstable = results[group + "eigval"], results[group + "n_unstable"]
        matched = list(zip(results[group + "match/point"], results[group + "match/reference_point"]))
        for axis, kind in zip(column, ("stable", "unstable")):
            axis.plot(circle.real, circle.imag, color=GREY, linewidth=0.7, zorder=0)
            chosen = [(point, other) for point, other in matched if (unstable[point] > 0) == (kind == "unstable") and other >= 0]
            for point, other in chosen:
                draw_pairs(axis, own[point], theirs[other])
            axis.set(aspect="equal")
            axis.set_title(f"{name}: {len(chosen)} {kind}", fontsize=8)
        column[-1].set_xlabel("real part")
    for row in axes:
        row[0].set_ylabel("imaginary part")
    handles = [plt.Line2D([], [], color="black", marker="o", markerfacecolor="none", linestyle="", label="reference's nearest point"),
               plt.Line2D([], [], color=BLUE, marker=".", linestyle="", label="model")]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, handlelength=1)
    entitle(figure, f"{results.title}: leading eigenvalues at fixed points")
    save(figure, results, "eigenvalues")


def hands(results):
    """Hands at rest beside their targets, of each coupled search: in the plane of the arm, and how far apart."""
    name = results["/models/name"][0]
    shown = searches(results, name, coupled=True)[:3]
    if not shown:
        return
    figure, axes = plt.subplots(len(shown), 2, figsize=(5.6, 2.5 * len(shown) + 0.3), squeeze=False)
    for (left, right), kind in zip(axes, shown):
        group = f"/fp/{name}/{kind}/"
        hand, target = 100 * results[group + "hand"], 100 * results[group + "target"]
        fixed, unstable = results[group + "unique_index"] >= 0, results[group + "n_unstable"] > 0
        slow = results[group + "slow_index"] >= 0
        kinds = [(fixed & ~unstable, {"color": GREEN}, "stable"), (fixed & unstable, {"color": ORANGE}, "unstable"),
                 (slow, {"markerfacecolor": "none", "markeredgecolor": PURPLE, "markeredgewidth": 0.6}, "slow")]
        found = fixed | slow
        left.plot(*np.stack([hand[found], target[found]], axis=1).T, color=GREY, linewidth=0.4, zorder=1)
        left.plot(*target[found].T, "s", markerfacecolor="none", markeredgecolor="black", markersize=3, markeredgewidth=0.5, label="target", zorder=2)
        span = max(1, np.hypot(*(hand - target)[found].T).max(initial=0))
        for which, looks, label in kinds:
            if which.any():
                left.plot(*hand[which].T, "o", markersize=2.8, label=f"{which.sum()} {label}", zorder=3, **looks)
                right.hist(np.hypot(*(hand - target)[which].T), bins=np.linspace(0, span, 25), alpha=0.7, label=label,
                           color=looks.get("color", PURPLE))
        left.set(aspect="equal", adjustable="datalim", xlabel="x (cm)", ylabel="y (cm)", title=kind.removesuffix("_coupled"))
        left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=4, handlelength=0.8, columnspacing=0.8, handletextpad=0.3)
        right.set(xlabel="hand from target (cm)", ylabel="searches", xlim=(0, None))
    entitle(figure, f"{results.title}: hands at rest, network and arm together")
    save(figure, results, "hands")
