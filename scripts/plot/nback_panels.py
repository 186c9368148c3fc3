"""Panels of what tsd analyze found in N-back runs, and the pages made of them; bands are the SD over runs."""

from style import BLUE, CHANCE, GREEN, GREY, ORANGE, PURPLE, heat_map, np, plt, save_in

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


def band(axes, x, values, colour, label):
    """Mean over runs with the SD as a band."""
    mean, sd = values.mean(axis=0), values.std(axis=0)
    axes.fill_between(x, mean - sd, mean + sd, color=colour, alpha=0.2, linewidth=0)
    axes.plot(x, mean, "o-", color=colour, label=label)


def draw_learning(axes, runs):
    shortest = min(len(run["/train/epoch"]) for run in runs)
    for name, path, colour in (("train", "/train/train_masked_acc", BLUE), ("novel angle", "/train/val_novel_angle/acc_masked", ORANGE),
                               ("novel identity", "/train/val_novel_identity/acc_masked", GREEN)):
        values = [run[path][:shortest] for run in runs if path in run]
        if values:
            band(axes, np.arange(1, shortest + 1), np.stack(values), colour, name)
    axes.axhline(float(runs[0]["/train/chance_masked"]), **CHANCE)
    axes.set(title="Learning", xlabel="epoch", ylabel="accuracy, t ≥ n")
    axes.legend(loc="lower right")


def draw_levels(axes, runs):
    """Accuracy over n on novel angles, levels never trained included."""
    values, levels = stacked(runs, "behaviour", "/behaviour/accuracy"), names_of(runs, "behaviour", "/behaviour/n")
    for i, task in enumerate(names_of(runs, "behaviour", "/behaviour/tasks")):
        band(axes, levels, values[:, 1, i], TASK_COLOURS[task], task)
    axes.axhline(stacked(runs, "behaviour", "/behaviour/chance").mean(), **CHANCE)
    axes.set(title="Novel angle, by n", xlabel="n (trained: 1 to 3)", ylabel="accuracy, t ≥ n")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend()


def draw_relevance(axes, runs):
    values = stacked(runs, "task_relevance", "/task_relevance/accuracy")
    tasks, properties = (names_of(runs, "task_relevance", "/task_relevance/" + name) for name in ("tasks", "properties"))
    mean, sd = values.mean(axis=0), values.std(axis=0)
    labels = np.array([[f"{m:.2f}\n±{s:.2f}" for m, s in zip(*row)] for row in zip(mean, sd)])
    heat_map(axes, mean, labels=labels)
    axes.set(title="Decoding at t = 0", xlabel="property", ylabel="task")
    axes.set_xticks(range(len(properties)), properties)
    axes.set_yticks(range(len(tasks)), tasks, rotation=90, va="center")


def draw_orthogonalization(axes, runs):
    encoding, perceptual = (stacked(runs, "orthogonalization", "/orthogonalization/" + name) for name in ("encoding", "perceptual"))
    simplex = stacked(runs, "orthogonalization", "/orthogonalization/null_simplex").mean(axis=(0, 1))
    random = stacked(runs, "orthogonalization", "/orthogonalization/null_random").mean()
    low = min(encoding.min(), perceptual.min()) - 0.03
    axes.plot([low, 1], [low, 1], color=GREY, linewidth=0.8)
    axes.axhline(random, **CHANCE)
    axes.annotate("random", (low, random), fontsize=6, color=GREY, va="bottom")
    for p, name in enumerate(names_of(runs, "orthogonalization", "/orthogonalization/properties")):
        axes.plot(perceptual[:, :, p].ravel(), encoding[:, :, p].ravel(), "o", color=TASK_COLOURS[name], markersize=3, alpha=0.7, label=name)
        axes.axhline(simplex[p], color=TASK_COLOURS[name], linestyle=":", linewidth=0.8, zorder=0)
    axes.set(title="Orthogonalisation", xlabel="perceptual", ylabel="encoding", xlim=(low, 1), ylim=(low, 1))
    axes.legend(loc="lower right")


def draw_matrix(axes, values, title, x, y):
    heat_map(axes, values)
    axes.set(title=title, xlabel=x, ylabel=y)


def draw_memory(axes, runs, prop):
    """The item seen at t = 0, read at later steps: by its own decoder, and from what is on screen."""
    item, chance = (stacked(runs, "temporal", f"/temporal/{prop}/item/{name}") for name in ("accuracy", "chance"))
    for c, task in enumerate(names_of(runs, "temporal", "/temporal/contexts")):
        band(axes, np.arange(item.shape[-1]), item[:, c, 0], TASK_COLOURS.get(task.split()[0], PURPLE), task)
    axes.axhline(np.nanmean(chance), **CHANCE)
    axes.set(title=f"First item's {prop}", xlabel="read at step", ylabel="accuracy", ylim=(0, 1.02))
    axes.legend()


def draw_perturbation(axes, runs):
    mean, distance = (stacked(runs, "perturbation", "/perturbation/" + name) for name in ("p_mean", "distance"))
    for response, colour in enumerate((GREY, ORANGE, BLUE)):
        band(axes, distance[0], mean[:, 1, :, response], colour, RESPONSES[response])
    for line in axes.lines:
        line.set_marker("")
    axes.set(title="Push along the normal", xlabel="distance (SD)", ylabel="probability", ylim=(0, 1))
    axes.legend()


def draw_propagated(axes, runs):
    """P(match) after a push along the normal of the value on screen, at the steps that follow."""
    mean, distance = (stacked(runs, "perturbation", "/perturbation/" + name) for name in ("propagated/p_mean", "distance"))
    at = stacked(runs, "perturbation", "/perturbation/p_mean")
    pushed = int(runs[0].analysis("perturbation").attribute("/perturbation", "time"))
    curves = [(f"step {pushed}", at[:, 1, :, 2])]
    curves += [(f"step {pushed + 1 + later}", mean[:, 1, :, later, 2]) for later in range(mean.shape[3])]
    for (label, values), colour in zip(curves, (BLUE, ORANGE, GREEN, PURPLE, GREY)):
        band(axes, distance[0], values, colour, label)
    for line in axes.lines:
        line.set_marker("")
    axes.set(title=f"Push at step {pushed}, read later", xlabel="distance (SD)", ylabel="P(match)", ylim=(0, 1))
    axes.legend()


def draw_efficiency(axes, runs):
    value, contexts = stacked(runs, "efficiency", "/efficiency/participation_ratio/value"), names_of(runs, "efficiency", "/efficiency/contexts")
    for task in dict.fromkeys(name.split()[0] for name in contexts):
        at = [i for i, name in enumerate(contexts) if name.startswith(task)]
        band(axes, [int(contexts[i].split("=")[1]) for i in at], value[:, at], TASK_COLOURS[task], task)
    axes.set(title="Dimensions", xlabel="n", ylabel="participation ratio", ylim=(0, None))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend()


def draw_temporal(axes, runs, prop):
    values = stacked(runs, "temporal", f"/temporal/{prop}/screen/accuracy").mean(axis=(0, 1))
    draw_matrix(axes, values, f"On screen: {prop}", "tested at step", "fitted at step")


def draw_procrustes(axes, runs, prop):
    values = stacked(runs, "procrustes", f"/procrustes/{prop}/nuclear_norm").mean(axis=0)
    classes = float(stacked(runs, "procrustes", f"/procrustes/{prop}/n_classes").mean())
    draw_matrix(axes, values / classes, f"Alignment: {prop}", "to step", "from step")


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
            band(axes, np.arange(accuracy.shape[-1]), accuracy[:, s], SET_COLOURS[name], name.replace("_", " "))
    axes.axhline(np.nanmean(chance), **CHANCE)
    axes.set(title=f"{prop.capitalize()} of new objects", xlabel="step", ylabel="accuracy", ylim=(0, 1.02))
    axes.legend()


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
    axes.legend()


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
    axes.set_xticks(range(len(ROTATIONS)), ROTATIONS.values(), fontsize=5.5)


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
    axes.xaxis.get_major_locator().set_params(integer=True)


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
    axes.legend()


def draw_gate_profile(axes, runs):
    """Mean gates in ascending order; shades from n = 1 to the largest."""
    gate = stacked(runs, "gate_suppression", "/gate_suppression/mean_gate")
    share = np.linspace(0, 1, gate.shape[-1])
    for task, at in contexts_by_task(runs, "gate_suppression", "/gate_suppression/contexts").items():
        for place, (i, n) in enumerate(at):
            axes.plot(share, np.sort(gate[:, i], axis=-1).mean(axis=0), color=TASK_COLOURS[task], alpha=0.4 + 0.6 * place / max(1, len(at) - 1),
                      label=task if place == len(at) - 1 else None)
    axes.set(title="Gates (darker: larger n)", xlabel="share of units", ylabel="mean gate", ylim=(0, 1))
    axes.legend()


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
        axes.legend()


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
    figure, axes = plt.subplots(rows, 3, figsize=(7.8, 2.55 * rows), squeeze=False)
    for one in axes.flat[len(there):]:
        one.axis("off")
    for one, (draw, words) in zip(axes.flat, there):
        draw(one, runs, *words)
    figure.suptitle(title, x=0.01, ha="left", fontsize=9)
    save_in(folder, figure, name)


def pages(runs, folder, title):
    decoded = names_of(runs, "task_relevance", "/task_relevance/properties")
    prop = decoded[-1] if decoded else "category"
    page(runs, folder, "analyses", title, [
        ("results", "", draw_learning, ()), ("behaviour", "/behaviour", draw_levels, ()),
        ("task_relevance", "/task_relevance", draw_relevance, ()), ("orthogonalization", "/orthogonalization", draw_orthogonalization, ()),
        ("temporal", f"/temporal/{prop}", draw_temporal, (prop,)), ("temporal", f"/temporal/{prop}", draw_memory, (prop,)),
        ("procrustes", f"/procrustes/{prop}", draw_procrustes, (prop,)), ("perturbation", "/perturbation", draw_perturbation, ()),
        ("efficiency", "/efficiency", draw_efficiency, ())])
    page(runs, folder, "codes", title, [
        (analysis, group + p, draw, (p,)) for analysis, group, draw in (
            ("cross_task", "/cross_task/", draw_cross_task), ("dynamics", "/generalisation/", draw_generalisation),
            ("decoding", "/memory/", draw_lag), ("dynamics", "/rotation/", draw_rotation)) for p in PROPERTIES
    ] + [("gate_suppression", "/gate_suppression/index", draw_gates, ()), ("gate_suppression", "/gate_suppression/index", draw_gate_profile, ()),
         ("perturbation", "/perturbation/propagated", draw_propagated, ())])
    comparison = runs[0].analysis("compare")
    if len(runs) > 1 or comparison is None or "/compare" not in comparison:
        return
    relevance, spread = "task_relevance", "orthogonalization"
    page(runs, folder, "compare", f"{title} less {comparison.attribute('/compare', 'against')}", [
        ("compare", "/compare/behaviour/accuracy", draw_behaviour_difference, (1, "Accuracy, novel angle")),
        ("compare", "/compare/behaviour/accuracy", draw_behaviour_difference, (2, "Accuracy, novel identity")),
        ("compare", "/compare/task_relevance/normalised", draw_difference,
         ("/task_relevance/normalised", "Decoding (normalised)", (relevance, "/task_relevance/tasks"), (relevance, "/task_relevance/properties"))),
        ("compare", "/compare/orthogonalization/encoding", draw_difference,
         ("/orthogonalization/encoding", "Orthogonalisation", (spread, "/orthogonalization/contexts"), (spread, "/orthogonalization/properties"))),
        *(("compare", f"/compare/efficiency/{m}", draw_activity_difference, (m,))
          for m in MEASURES),
        ("compare", "/compare/gate_suppression/index", draw_gate_difference, ())])
