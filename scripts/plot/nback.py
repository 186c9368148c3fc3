#!/usr/bin/env python3
"""Figures of N-back runs: learning, behaviour and sequences beside each run's results, and pages of what tsd analyze
found (analyses, codes, detection, similarity, layers, compare), beside the results of one run or, with bands, above several.

    tsd plot results/stsf
    tsd plot results/seeds/*
    python scripts/plot/nback.py results/stsf/results.h5

learning    accuracy and loss over epochs
behaviour   answers, and accuracy by task, n and step
sequences   the first sequences of each validation split, with what was answered

After tsd analyze; of several runs at once, means and SDs:
analyses    learning, levels, decoding by task, orthogonalisation, decoding over time, perturbation, dimensions
codes       decoding across tasks, of new objects and of remembered items, rotated memories, gates, pushes
detection   d', criterion, hits and false alarms, by lure, load and step
similarity  CKA and representational similarity of steps and tasks
layers      what can be read from the images, block by block of the image network
compare     differences to another model (tsd analyze RUN --only compare analysis.against=OTHER)
"""
import sys

from panels.nback_detection import detection_page
from panels.nback_layers import layers_page
from panels.nback_panels import PROPERTIES, RESPONSES, analysis_pages
from panels.nback_similarity import similarity_page
from style import BLUE, CHANCE, GREEN, GREY, ORANGE, Results, common_folder, draw_all, entitle, finite_span, heat_map, np, plt, save

def named(results, title=None):
    """The run, or whatever the title says, and its network."""
    return f"{title or results.title}: {results.setting('model_type')}, {results.setting('rnn_type', results.setting('cell'))} of {results.setting('hidden_size')} units"


SPLITS = {"novel_angle": ("novel angle", ORANGE), "novel_identity": ("novel identity", GREEN)}


def validation_splits(results):
    return [split for split in SPLITS if f"val_{split}" in results.names("/train")]


def draw_curve(axes, results, train, validation):
    """One metric over epochs; `train` and `validation` are dataset names within /train and /train/val_<split>."""
    epoch = results["/train/epoch"]
    axes.plot(epoch, results[f"/train/{train}"], "o-", color=BLUE, label="train")
    for split in validation_splits(results):
        label, colour = SPLITS[split]
        axes.plot(epoch, results[f"/train/val_{split}/{validation}"], "o-", color=colour, label=label)
    axes.set_xlabel("epoch")


def draw_chance(axes, results, dataset):
    level = float(results[f"/train/{dataset}"])
    axes.axhline(level, **CHANCE)
    axes.annotate("chance", (1, level), xycoords=("axes fraction", "data"), xytext=(0, -2), textcoords="offset points",
                  ha="right", va="top", color=GREY, fontsize=7)


def mark_learning_rate(axes, results):
    """A tick on top where the step size falls."""
    lr, epoch = results["/train/lr"], results["/train/epoch"]
    for fall in np.flatnonzero(np.diff(lr) < 0):
        x = (epoch[fall] + epoch[fall + 1]) / 2
        axes.axvline(x, color=GREY, alpha=0.35, linewidth=0.8, zorder=0)
        axes.annotate(f"lr {lr[fall + 1]:.0e}".replace("e-0", "e-"), (x, 1), xycoords=("data", "axes fraction"), xytext=(2, -1),
                      textcoords="offset points", color=GREY, fontsize=6.5, rotation=90, va="top")


def learning(results):
    figure, (masked, every, loss) = plt.subplots(1, 3, figsize=(7.2, 2.5))
    draw_curve(masked, results, "train_masked_acc", "acc_masked")
    draw_chance(masked, results, "chance_masked")
    masked.set(title="Executive steps (t ≥ n)", ylabel="accuracy", ylim=(min(0.45, masked.get_ylim()[0]), 1.01))
    draw_curve(every, results, "train_acc", "acc")
    draw_chance(every, results, "chance_all")
    every.set(title="All steps", ylabel="accuracy", ylim=(min(0.45, every.get_ylim()[0]), 1.01))
    draw_curve(loss, results, "train_loss", "total_loss")
    loss.set(title="Loss", ylabel="cross entropy (nat)", ylim=(0, None))
    mark_learning_rate(loss, results)
    figure.legend(*every.get_legend_handles_labels(), loc="outside upper right", ncols=3)
    entitle(figure, named(results))
    save(figure, results, "learning")


def draw_confusion(axes, counts, title):
    """Rows sum to one; counts of executive steps, on which no_action is never right."""
    rows = counts[1:]
    shares = rows / np.maximum(rows.sum(axis=1, keepdims=True), 1)
    heat_map(axes, shares, labels=np.array([[f"{s:.2f}\n({c:.0f})" for s, c in zip(*row)] for row in zip(shares, rows)]))
    axes.set(title=title, xlabel="answer", ylabel="target")
    axes.set_xticks(range(3), RESPONSES)
    axes.set_yticks(range(2), RESPONSES[1:], rotation=90, va="center")


def draw_by_task(axes, values, title):
    """Accuracy per property and n, tasks that were run only."""
    properties, levels = (np.flatnonzero(np.isfinite(values).any(axis=axis)) for axis in (1, 0))
    heat_map(axes, values[np.ix_(properties, levels)], limits=(0.5, 1))
    axes.set(title=title, xlabel="n")
    axes.set_xticks(range(len(levels)), levels + 1)
    axes.set_yticks(range(len(properties)), [PROPERTIES[p] for p in properties])


def behaviour(results, epoch):
    """Who errs where, in one epoch (0-based): one row per validation split."""
    splits = validation_splits(results)
    figure, rows = plt.subplots(len(splits), 3, figsize=(7.2, 2.3 * len(splits)), squeeze=False)
    for split, (confusion, by_task, by_time) in zip(splits, rows):
        label, colour = SPLITS[split]
        group = f"/train/val_{split}/"
        draw_confusion(confusion, results[group + "confusion"][epoch], f"{label.capitalize()}: answers")
        draw_by_task(by_task, results[group + "acc_by_task_n"][epoch], "Accuracy by task")
        over_time = results[group + "acc_by_t"][epoch]
        by_time.plot(range(len(over_time)), over_time, "o-", color=colour)
        by_time.set(title="Accuracy by step", xlabel="step t", ylabel="accuracy", ylim=(min(0.45, finite_span(over_time)[0] - 0.02), 1.02))
        by_time.set_xticks(range(len(over_time)))
    entitle(figure, f"{named(results)}, epoch {epoch + 1}")
    save(figure, results, "behaviour")


def draw_step(axes, x, seen, target, answer):
    """One step: the image, or a letter for the category at its location, framed green where the answer is right."""
    right = target == answer
    if isinstance(seen, np.ndarray):
        axes.imshow(seen, extent=(x, x + 0.9, 0, 0.9), interpolation="antialiased")
    else:
        location, category = seen
        axes.add_patch(plt.Rectangle((x, 0), 0.9, 0.9, facecolor="black"))
        axes.text(x + (0.25 if location % 2 == 0 else 0.65), 0.65 if location < 2 else 0.25, category[:2], color="white",
                  ha="center", va="center", fontsize=8)
    axes.add_patch(plt.Rectangle((x, 0), 0.9, 0.9, fill=False, edgecolor=GREEN if right else ORANGE, linewidth=2))
    label = RESPONSES[target] if right else f"{RESPONSES[answer]},\nnot {RESPONSES[target]}"
    axes.text(x + 0.45, -0.06, label, ha="center", va="top", fontsize=6.5, color="black" if right else ORANGE)


def what_is_seen(results, split):
    """Of each of the first sequences and each step, its image, or its location and category where there are no images."""
    group = f"/sequences/{split}/"
    if group + "image" in results:
        return results[group + "image"]
    location, category, names = (results["/stimuli/" + name] for name in ("location", "category", "category_names"))
    return [[(location[i], names[category[i]]) for i in row] for row in results[group + "stimulus"]]


def sequences(results, per_split=6):
    """The first sequences of each validation split with what was answered."""
    splits = [split for split in validation_splits(results) if "/hidden" in results and split in results.names("/hidden")]
    if not splits or results["/hidden/" + splits[0] + "/" + results.names("/hidden/" + splits[0])[-1] + "/logits"].shape[2] != 3:
        return
    L = results[f"/sequences/{splits[0]}/stimulus"].shape[1]
    figure, axes = plt.subplots(per_split, len(splits), figsize=(0.8 * (L + 0.3) * len(splits), 0.8 * 1.85 * per_split), squeeze=False)
    for column, split in enumerate(splits):
        epoch = results.names(f"/hidden/{split}")[-1]
        answers = results[f"/hidden/{split}/{epoch}/logits"].argmax(axis=-1)
        seen, target = what_is_seen(results, split), results[f"/sequences/{split}/target"]
        for i, one in enumerate(axes[:, column]):
            there = i < min(len(seen), len(target))
            for t in range(L if there else 0):
                draw_step(one, t, seen[i][t], target[i, t], answers[i, t])
            if there:
                task = PROPERTIES[results[f"/sequences/{split}/feature"][i]]
                head = f"{SPLITS[split][0].capitalize()}, epoch {int(epoch[-3:])}: " if i == 0 else ""
                one.set_title(f"{head}{task}, n = {results[f'/sequences/{split}/n'][i]}", fontsize=7.5)
            one.set(xlim=(-0.05, L), ylim=(-0.5, 0.95), aspect="equal")
            one.axis("off")
    save(figure, results, "sequences")


def pages(runs, folder, title):
    for page in (analysis_pages, detection_page, similarity_page, layers_page):
        page(runs, folder, title)


def draw(file):
    results = Results(file)
    learning(results)
    sequences(results)
    if validation_splits(results):
        model = "/model/best" if "/model/best" in results else "/model/last"
        behaviour(results, int(results.attribute(model, "epoch")) - 1)
    return results


def draw_alone(run):
    pages([run], run.path.parent, f"{named(run)}; 95 % bootstrap intervals, where there are some")


def draw_together(runs):
    pages(runs, common_folder(runs), f"{named(runs[0], runs[0].config_name)}; mean and SD over {len(runs)} runs")


if __name__ == "__main__":
    draw_all(sys.argv[1:], draw, draw_together, draw_alone)
