"""Panels of what tsd analyze found in N-back runs, and the pages made of them; bands are the SD over runs."""
import re

from style import BLUE, CHANCE, GREEN, GREY, ORANGE, PURPLE, entitle, heat_map, np, plt, save_in

RESPONSES = ["no action", "non-match", "match"]
PROPERTIES = ["location", "identity", "category"]
TASK_COLOURS = dict(zip(PROPERTIES, (BLUE, ORANGE, GREEN)))
SET_COLOURS = {"train": BLUE, "novel_angle": ORANGE, "novel_identity": GREEN}


def stacked(runs, name, path):
    """A dataset of an analysis over the runs that have it, as the first does: [run, ...]; None where none has."""
    found = [found[path] for found in (run.analysis(name) for run in runs) if found is not None and path in found]
    return np.stack(alike(found)) if found else None


def alike(found):
    """Those of the first one's shape: runs of other tasks or levels have no mean with it."""
    return [one for one in found if one.shape == found[0].shape]


def names_of(runs, name, path):
    for run in runs:
        found = run.analysis(name)
        if found is not None and path in found:
            return list(found[path])
    return []


def band(axes, x, values, colour, label, low=None, high=None, **style):
    """Mean over runs with the SD as a band; of a single run its intervals, where the analysis has them."""
    mean, sd = values.mean(axis=0), values.std(axis=0)
    if len(values) > 1:
        axes.fill_between(x, mean - sd, mean + sd, color=colour, alpha=0.2, linewidth=0)
    elif low is not None:
        axes.fill_between(x, low[0], high[0], color=colour, alpha=0.2, linewidth=0)
    axes.plot(x, mean, **{"marker": "o", "linestyle": "-", "color": colour, "label": label, **style})


def intervals(runs, name, group):
    """Ends of the bootstrap intervals beside an accuracy: [run, ...] twice."""
    return stacked(runs, name, group + "/ci_low"), stacked(runs, name, group + "/ci_high")


def legend_above(axes, columns=None):
    """Entries in a row between the title and the axes, where no line is."""
    handles, labels = axes.get_legend_handles_labels()
    columns = columns or len(labels)
    rows = -(-len(labels) // columns)
    legend = axes.legend(handles, labels, loc="lower left", bbox_to_anchor=(-0.02, 0.99), ncols=columns, borderaxespad=0,
                         handlelength=1.1, columnspacing=0.7, handletextpad=0.3, fontsize=6.5, labelspacing=0.2)
    legend.set_in_layout(False)  # the title leaves room for it, and it must not squeeze the axes
    axes.set_title(axes.get_title(loc="left"), pad=4 + 10 * rows)


MARKERS = {1: ("o", "-"), 2: ("s", (0, (4, 1.5))), 3: ("^", (0, (1, 1))), 4: ("D", (0, (5, 1, 1, 1))), 5: ("v", (0, (6, 3)))}


def style_of(context):
    """Colour by task, marker and dashes by n."""
    task, _, n = context.partition(" n=")
    marker, dashes = MARKERS.get(int(n or 1), MARKERS[1])
    return {"color": TASK_COLOURS.get(task, PURPLE), "marker": marker, "linestyle": dashes}


def trained_levels(runs):
    """The N-back levels that were trained, as a text."""
    values = {n for run in runs for n in re.search(r"^n_values: *\[(.*)\]", str(run["/provenance/config_yaml"].astype(str)), re.M)[1].split(",")}
    return ", ".join(sorted(n.strip() for n in values))


def draw_learning(axes, runs):
    shortest = min(len(run["/train/epoch"]) for run in runs)
    for name, path, colour in (("train", "/train/train_masked_acc", BLUE), ("novel angle", "/train/val_novel_angle/acc_masked", ORANGE),
                               ("novel identity", "/train/val_novel_identity/acc_masked", GREEN)):
        values = [run[path][:shortest] for run in runs if path in run]
        if values:
            band(axes, np.arange(1, shortest + 1), np.stack(values), colour, name)
    axes.axhline(float(runs[0]["/train/chance_masked"]), **CHANCE)
    axes.set(title="Learning", xlabel="epoch", ylabel="accuracy, t ≥ n")
    legend_above(axes)


def draw_levels(axes, runs):
    """Accuracy over n on novel angles, levels never trained included."""
    values, levels = stacked(runs, "behaviour", "/behaviour/accuracy"), names_of(runs, "behaviour", "/behaviour/n")
    low, high = intervals(runs, "behaviour", "/behaviour")
    for i, task in enumerate(names_of(runs, "behaviour", "/behaviour/tasks")):
        ends = (None, None) if low is None else (low[:, 1, i], high[:, 1, i])
        band(axes, levels, values[:, 1, i], TASK_COLOURS[task], task, *ends)
    axes.axhline(stacked(runs, "behaviour", "/behaviour/chance").mean(), **CHANCE)
    axes.set(title="Novel angle, by n", xlabel=f"n (trained: {trained_levels(runs)})", ylabel="accuracy, t ≥ n")
    legend_above(axes)


def draw_relevance(axes, runs):
    values = stacked(runs, "task_relevance", "/task_relevance/accuracy")
    tasks, properties = (names_of(runs, "task_relevance", "/task_relevance/" + name) for name in ("tasks", "properties"))
    mean, low, high = interval(runs, "task_relevance", *("/task_relevance/" + name for name in ("accuracy", "ci_low", "ci_high")))
    if len(values) > 1:
        labels = np.array([[f"{m:.2f}\n±{m - l:.2f}" for m, l in zip(*row)] for row in zip(mean, low)])
    else:
        labels = np.array([[f"{m:.2f}\n{l:.2f}–{h:.2f}" for m, l, h in zip(*row)] for row in zip(mean, low, high)])
    heat_map(axes, mean, labels=labels)
    axes.set(title="Decoding at t = 0", xlabel="property", ylabel="task")
    axes.set_xticks(range(len(properties)), properties)
    axes.set_yticks(range(len(tasks)), tasks, rotation=90, va="center")


def draw_orthogonalization(axes, runs):
    encoding, perceptual = (stacked(runs, "orthogonalization", "/orthogonalization/" + name) for name in ("encoding", "perceptual"))
    contexts = names_of(runs, "orthogonalization", "/orthogonalization/contexts")
    simplex = stacked(runs, "orthogonalization", "/orthogonalization/null_simplex").mean(axis=(0, 1))
    random = stacked(runs, "orthogonalization", "/orthogonalization/null_random").mean()
    low = min(encoding.min(), perceptual.min(), simplex.min()) - 0.05
    axes.plot([low, 1], [low, 1], color=GREY, linewidth=0.8)
    axes.axhline(random, **CHANCE)
    axes.annotate("random", (1, random), fontsize=6.5, color=GREY, ha="right", va="bottom")
    for p, name in enumerate(names_of(runs, "orthogonalization", "/orthogonalization/properties")):
        for c, context in enumerate(contexts):
            axes.plot(perceptual[:, c, p], encoding[:, c, p], linestyle="", marker=style_of(context)["marker"], color=TASK_COLOURS[name],
                      markersize=3.5, alpha=0.7, label=name if c == 0 else None)
        axes.axhline(simplex[p], color=TASK_COLOURS[name], linestyle=":", linewidth=0.8, zorder=0)
    axes.set(title="Orthogonalisation", xlabel="perceptual (dotted: simplex)", ylabel="encoding", xlim=(low, 1), ylim=(low, 1))
    legend_above(axes)


def draw_matrix(axes, values, title, x, y):
    heat_map(axes, values)
    axes.set(title=title, xlabel=x, ylabel=y)


def draw_memory(axes, runs, prop):
    """The item seen at t = 0, read at later steps: by its own decoder, and from what is on screen."""
    item, chance = (stacked(runs, "temporal", f"/temporal/{prop}/item/{name}") for name in ("accuracy", "chance"))
    low, high = intervals(runs, "temporal", f"/temporal/{prop}/item")
    contexts = names_of(runs, "temporal", "/temporal/contexts")
    for c, context in enumerate(contexts):
        band(axes, np.arange(item.shape[-1]), item[:, c, 0], style_of(context)["color"], short(context), low[:, c, 0], high[:, c, 0],
             **style_of(context))
    axes.axhline(np.nanmean(chance), **CHANCE)
    axes.set(title=f"First item's {prop}", xlabel="read at step", ylabel="accuracy", ylim=(0, 1.02))
    legend_above(axes, min(len(contexts), 3))


PUSHES = ("mean of the normals", "normal of the value on screen", "mean of the value on screen")


def draw_perturbation(axes, runs, push):
    """P(match) at once (solid) and one step later (dashed) after a push, by task; trials answered with match when nothing moves."""
    at, distance = (stacked(runs, "perturbation", "/perturbation/" + name) for name in ("p_mean", "distance"))
    later = stacked(runs, "perturbation", "/perturbation/propagated/p_mean")
    moved, norm = (stacked(runs, "perturbation", "/perturbation/" + name) for name in ("moved", "norm"))
    for i, task in enumerate(names_of(runs, "perturbation", "/perturbation/tasks")):
        band(axes, distance[0], at[:, i, push, :, 2], TASK_COLOURS[task], task, marker="")
        if later is not None:
            band(axes, distance[0], later[:, i, push, :, 0, 2], TASK_COLOURS[task], None, marker="", linestyle=(0, (3, 1.5)))
    share = np.nanmean(moved[:, :, push, -1] / norm)
    unit = "SD" if push < 2 else "distances between means"
    axes.set(title="Push: " + ("normals" if push == 0 else "own normal" if push == 1 else "own mean"),
             xlabel=f"{unit}; at the end {share:.1f} of the norm" + ("" if later is None else "\n(dashed: a step later)"), ylabel="P(match)", ylim=(-0.02, 1.02))
    legend_above(axes)


def draw_propagated(axes, runs):
    """P(match) after a push towards or away from the value's mean, at the steps that follow, mean over tasks."""
    mean, distance = (stacked(runs, "perturbation", "/perturbation/" + name) for name in ("propagated/p_mean", "distance"))
    at = stacked(runs, "perturbation", "/perturbation/p_mean")
    pushed = int(runs[0].analysis("perturbation").attribute("/perturbation", "time"))
    curves = [(f"step {pushed}", at[:, :, 2, :, 2])]
    curves += [(f"step {pushed + 1 + later}", mean[:, :, 2, :, later, 2]) for later in range(mean.shape[4])]
    for (label, values), colour in zip(curves, (BLUE, ORANGE, GREEN, PURPLE, GREY)):
        band(axes, distance[0], np.nanmean(values, axis=1), colour, label, marker="")
    axes.set(title=f"Push at step {pushed}, read later", xlabel="distances between means", ylabel="P(match)", ylim=(-0.02, 1.02))
    legend_above(axes)


def draw_efficiency(axes, runs):
    value, contexts = stacked(runs, "efficiency", "/efficiency/participation_ratio/value"), names_of(runs, "efficiency", "/efficiency/contexts")
    for task in dict.fromkeys(name.split()[0] for name in contexts):
        at = [i for i, name in enumerate(contexts) if name.startswith(task)]
        band(axes, [int(contexts[i].split("=")[1]) for i in at], value[:, at], TASK_COLOURS[task], task,
             *(stacked(runs, "efficiency", f"/efficiency/participation_ratio/{end}")[:, at] for end in ("ci_low", "ci_high")))
    axes.set(title="Dimensions", xlabel="n", ylabel="participation ratio", ylim=(0, None))
    legend_above(axes)


def draw_temporal(axes, runs, prop):
    values = stacked(runs, "temporal", f"/temporal/{prop}/screen/accuracy").mean(axis=(0, 1))
    draw_matrix(axes, values, f"On screen: {prop}", "tested at step", "fitted at step")


def draw_procrustes(axes, runs, prop):
    """What a rotation leaves of the distance between two sets of normals, beside the same for random directions."""
    norms = stacked(runs, "procrustes", f"/procrustes/{prop}/nuclear_norm").mean(axis=0)
    classes = int(stacked(runs, "procrustes", f"/procrustes/{prop}/n_classes").mean())
    left, null = np.maximum(1 - norms / classes, 0), random_misalignment(classes, width_of(runs[0]))
    heat_map(axes, left, labels=np.vectorize(lambda v: f"{v:.3f}".removeprefix("0"))(left), limits=(0, max(2 * null, np.nanmax(left))))
    axes.set(title=f"Misaligned {prop}", xlabel=f"to step (of random normals: {null:.3f})", ylabel="from step")


def width_of(run):
    return run["/model/last/classifier." + ("weight" if "/model/last/classifier.weight" in run else "0.weight")].shape[1]


def random_misalignment(classes, width, pairs=20):
    """1 - nuclear norm / K of K random directions and K others, mean over pairs; always the same ones."""
    rng, left = np.random.default_rng(1), []
    for _ in range(pairs):
        a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in rng.standard_normal((2, classes, width)))
        left.append(1 - np.linalg.norm(a.T @ b, "nuc") / classes)
    return float(np.mean(left))


def short(context):
    """"location n=2" -> "loc 2"."""
    task, _, n = context.partition(" n=")
    return f"{task[:3]} {n}" if n else task


def label_contexts(axes, rows, columns):
    axes.set_xticks(range(len(columns)), [short(c) for c in columns], rotation=90 if len(columns) > 3 else 0)
    if len(rows) > 3:
        axes.set_yticks(range(len(rows)), [short(c) for c in rows])
    else:
        axes.set_yticks(range(len(rows)), rows, rotation=90, va="center")


def draw_cross_task(axes, runs, prop):
    values = stacked(runs, "cross_task", f"/cross_task/{prop}/accuracy").mean(axis=0)
    contexts = names_of(runs, "cross_task", "/cross_task/contexts")
    small = len(contexts) > 4
    heat_map(axes, values, labels=np.vectorize(lambda v: f"{100 * v:.0f}")(values) if small else None)
    axes.set(title=f"{prop.capitalize()} across tasks" + (" (%)" if small else ""), xlabel="tested on", ylabel="fitted on")
    label_contexts(axes, contexts, contexts)


def draw_generalisation(axes, runs, prop):
    """Decoders of training objects on the same and on new ones, over time."""
    accuracy, chance = (stacked(runs, "dynamics", f"/generalisation/{prop}/{name}") for name in ("accuracy", "chance"))
    for s, name in enumerate(names_of(runs, "dynamics", "/generalisation/sets")):
        if np.isfinite(accuracy[:, s]).any():
            band(axes, np.arange(accuracy.shape[-1]), accuracy[:, s], SET_COLOURS[name], name.replace("_", " "),
                 *(end[:, s] for end in intervals(runs, "dynamics", f"/generalisation/{prop}")))
    axes.axhline(np.nanmean(chance), **CHANCE)
    axes.set(title=f"{prop.capitalize()} of new objects", xlabel="step", ylabel="accuracy", ylim=(0, 1.02))
    legend_above(axes)


def draw_lag(axes, runs, prop):
    """An item read at later steps by decoders made for that lag."""
    by_context = np.ma.masked_invalid(stacked(runs, "decoding", f"/memory/{prop}/by_step"))
    by_step = by_context.mean(axis=1).filled(np.nan)  # run, lag, executive
    chance = np.nanmean(stacked(runs, "decoding", f"/memory/{prop}/chance"))
    for kind, (name, colour) in enumerate((("trivial steps", ORANGE), ("executive steps", BLUE))):
        there = np.isfinite(by_step[:, :, kind]).all(axis=0)
        band(axes, np.flatnonzero(there), by_step[:, there, kind], colour, name)
    axes.axhline(chance, **CHANCE)
    axes.set(title=f"Memory of {prop}", xlabel="steps since the item", ylabel="accuracy", ylim=(0, 1.02))
    legend_above(axes)


ROTATIONS = {"fitted": "fitted at\nthe step", "own": "own\nrotation", "later_age": "of a later\nage", "other_item": "of another\nitem",
             "unrotated": "not\nrotated"}


def draw_rotation(axes, runs, prop):
    """Normals of a memory carried to the next step; means over contexts, items and steps where all kinds exist."""
    values = np.stack([stacked(runs, "dynamics", f"/rotation/{prop}/{kind}") for kind in ROTATIONS], axis=1)
    values = values[:, :, np.isfinite(values).all(axis=(0, 1))].mean(axis=-1)  # run, kind
    classes = len(np.unique(runs[0]["/stimuli/" + prop]))
    axes.bar(range(len(ROTATIONS)), values.mean(axis=0), yerr=values.std(axis=0) if len(runs) > 1 else None,
             color=[GREY, BLUE, ORANGE, GREEN, GREY], width=0.7, error_kw={"linewidth": 1})
    axes.axhline(1 / classes, **CHANCE)
    axes.set(title=f"Rotated memory of {prop}", ylabel="accuracy", ylim=(0, 1.02))
    axes.set_xticks(range(len(ROTATIONS)), ROTATIONS.values(), fontsize=6)


def contexts_by_task(runs, name, path):
    """Per task: positions of its contexts and their n."""
    contexts = names_of(runs, name, path)
    tasks = dict.fromkeys(context.split()[0] for context in contexts)
    return {task: [(i, int(c.split("=")[1])) for i, c in enumerate(contexts) if c.startswith(task)] for task in tasks}


def draw_by_context(axes, places, mean, low, high):
    """A value with its interval for every task and n, tasks side by side."""
    for shift, (task, at) in enumerate(places.items()):
        rows = [i for i, _ in at]
        x = np.array([n for _, n in at]) + 0.15 * (shift - (len(places) - 1) / 2)
        axes.errorbar(x, mean[rows], yerr=np.maximum(0, [mean[rows] - low[rows], high[rows] - mean[rows]]), fmt="o",
                      color=TASK_COLOURS[task], label=task, elinewidth=1)
    axes.axhline(0, **CHANCE)
    axes.set_xlabel("n")


def interval(runs, name, value, low, high):
    """Mean over runs with its SD; of a single run the value with its bootstrap interval."""
    values = stacked(runs, name, value)
    if len(values) > 1:
        return values.mean(axis=0), values.mean(axis=0) - values.std(axis=0), values.mean(axis=0) + values.std(axis=0)
    return values[0], stacked(runs, name, low)[0], stacked(runs, name, high)[0]


def draw_gates(axes, runs):
    group = "/gate_suppression/"
    draw_by_context(axes, contexts_by_task(runs, "gate_suppression", group + "contexts"),
                    *interval(runs, "gate_suppression", group + "index", group + "ci_low", group + "ci_high"))
    axes.set(title="Gate suppression", ylabel="gate, least − most relevant")
    legend_above(axes)


def draw_gate_profile(axes, runs):
    """Mean gates in ascending order; shades from n = 1 to the largest."""
    gate = stacked(runs, "gate_suppression", "/gate_suppression/mean_gate")
    share = np.linspace(0, 1, gate.shape[-1])
    for task, at in contexts_by_task(runs, "gate_suppression", "/gate_suppression/contexts").items():
        for place, (i, n) in enumerate(at):
            axes.plot(share, np.sort(gate[:, i], axis=-1).mean(axis=0), **{**style_of(f"{task} n={n}"), "marker": ""},
                      label=task if place == 0 else None)
    dashes = ", ".join(f"{name} {n}" for n, name in zip(sorted({n for _, n in at}), ("solid", "dashed", "dotted")))
    axes.set(title="Gates", xlabel=f"share of units (n: {dashes})", ylabel="mean gate", ylim=(0, 1))
    legend_above(axes)


def signed_map(axes, values):
    """Differences: blue where this run has less, red where it has more."""
    limit = max(np.nanmax(np.abs(values)), 0.1)
    axes.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit)
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            axes.text(column, row, f"{value:+.2f}".replace("-", "−") if abs(value) >= 0.005 else "0", ha="center", va="center", fontsize=7.5,
                      color="white" if abs(value) > 0.6 * limit else "black")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def draw_difference(axes, runs, path, title, rows, columns):
    signed_map(axes, stacked(runs, "compare", "/compare" + path).mean(axis=0))
    axes.set(title=title)
    label_contexts(axes, names_of(runs, *rows), names_of(runs, *columns))


def draw_behaviour_difference(axes, runs, chosen, title):
    values = stacked(runs, "compare", "/compare/behaviour/accuracy").mean(axis=0)[chosen]
    signed_map(axes, values)
    axes.set(title=title, xlabel="n")
    tasks, levels = (names_of(runs, "behaviour", "/behaviour/" + name) for name in ("tasks", "n"))
    axes.set_xticks(range(len(levels)), levels)
    axes.set_yticks(range(len(tasks)), tasks)


MEASURES = {"magnitude": "Magnitude", "participation_ratio": "Participation ratio", "sparsity": "Sparsity", "fano": "Fano factor",
            "cv2": "Squared variation"}


def draw_activity_difference(axes, runs, measure):
    group = f"/compare/efficiency/{measure}/"
    draw_by_context(axes, contexts_by_task(runs, "efficiency", "/efficiency/contexts"),
                    *interval(runs, "compare", group + "difference", group + "ci_low", group + "ci_high"))
    axes.set(title=MEASURES[measure], ylabel="difference")
    if measure == "magnitude":
        legend_above(axes)


def draw_gate_difference(axes, runs):
    values = stacked(runs, "compare", "/compare/gate_suppression/index")
    mean, sd = values.mean(axis=0), values.std(axis=0)
    draw_by_context(axes, contexts_by_task(runs, "gate_suppression", "/gate_suppression/contexts"), mean, mean - sd, mean + sd)
    axes.set(title="Gate suppression", ylabel="difference of indices")


def page(runs, folder, name, title, panels):
    """Panels (analysis, group in its file, drawing, further arguments) of what was run."""
    there = [(draw, words) for analysis, group, draw, words in panels
             if analysis == "results" or any(run.analysis(analysis) is not None and group in run.analysis(analysis) for run in runs)]
    if all(draw is draw_learning for draw, _ in there):
        return
    rows = -(-len(there) // 3)
    figure, axes = plt.subplots(rows, 3, figsize=(8.4, 2.75 * rows), squeeze=False)
    for one in axes.flat[len(there):]:
        one.axis("off")
    for one, (draw, words) in zip(axes.flat, there):
        draw(one, runs, *words)
    entitle(figure, title)
    save_in(folder, figure, name)


def analysis_pages(runs, folder, title):
    decoded = names_of(runs, "task_relevance", "/task_relevance/properties")
    prop = decoded[-1] if decoded else "category"
    page(runs, folder, "analyses", title, [
        ("results", "", draw_learning, ()), ("behaviour", "/behaviour", draw_levels, ()),
        ("task_relevance", "/task_relevance", draw_relevance, ()), ("orthogonalization", "/orthogonalization", draw_orthogonalization, ()),
        ("temporal", f"/temporal/{prop}", draw_temporal, (prop,)), ("temporal", f"/temporal/{prop}", draw_memory, (prop,)),
        ("procrustes", f"/procrustes/{prop}", draw_procrustes, (prop,)), ("perturbation", "/perturbation", draw_perturbation, (2,)),
        ("efficiency", "/efficiency", draw_efficiency, ())])
    page(runs, folder, "codes", title, [
        (analysis, group + p, draw, (p,)) for analysis, group, draw in (
            ("cross_task", "/cross_task/", draw_cross_task), ("dynamics", "/generalisation/", draw_generalisation),
            ("decoding", "/memory/", draw_lag), ("dynamics", "/rotation/", draw_rotation)) for p in PROPERTIES
    ] + [("gate_suppression", "/gate_suppression/index", draw_gates, ()), ("gate_suppression", "/gate_suppression/index", draw_gate_profile, ()),
         ("perturbation", "/perturbation", draw_perturbation, (0,)), ("perturbation", "/perturbation", draw_perturbation, (1,)),
         ("perturbation", "/perturbation/propagated", draw_propagated, ())])
    comparison = runs[0].analysis("compare")
    if len(runs) > 1 or comparison is None or "/compare" not in comparison:
        return
    relevance, spread = "task_relevance", "orthogonalization"
    other = "/".join(str(comparison.attribute("/compare", "against")).rstrip("/").split("/")[-2:])
    page(runs, folder, "compare", f"{title} less {other}", [
        ("compare", "/compare/behaviour/accuracy", draw_behaviour_difference, (1, "Accuracy, novel angle")),
        ("compare", "/compare/behaviour/accuracy", draw_behaviour_difference, (2, "Accuracy, novel identity")),
        ("compare", "/compare/task_relevance/normalised", draw_difference,
         ("/task_relevance/normalised", "Decoding (normalised)", (relevance, "/task_relevance/tasks"), (relevance, "/task_relevance/properties"))),
        ("compare", "/compare/orthogonalization/encoding", draw_difference,
         ("/orthogonalization/encoding", "Orthogonalisation", (spread, "/orthogonalization/contexts"), (spread, "/orthogonalization/properties"))),
        *(("compare", f"/compare/efficiency/{m}", draw_activity_difference, (m,))
          for m in MEASURES),
        ("compare", "/compare/gate_suppression/index", draw_gate_difference, ())])
