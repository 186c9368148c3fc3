"""Figures of dual-stream runs: learning curves and losses, attention and recruitment, maps of answers.

    tsd plot results/shj/*
    python scripts/plot/dual_stream.py results/shj/1/results.h5

lc           probability of error of both streams together and of each, over epochs
loss         their losses
recruitment  units of the fast stream in use, and attention
maps         answers over the plane of two features, with the items (after tsd analyze, from maps.h5)
items        own items, the units that stand for them, Gaussians and attention, in every pair of features
human        errors by block beside people's (after tsd analyze, from human.h5)
transfer     answers to every item after training beside people's (likewise)
profile      of a fit: the fall of the likelihood about each parameter, and where its interval ends (fit.profile)

Of several runs also, in the folder that holds them all:

human_sweep  distance to people of every run, the nearest first
lesions      error over time, intact and with either stream lesioned, where some runs replay or gate
"""
import sys

from panels import dual_stream_fit, dual_stream_items, dual_stream_lesions, dual_stream_people
from style import BLUE, CHANCE, GREEN, GREY, ORANGE, SKY, YELLOW, Results, draw_all, entitle, h5py, np, plt, save

STREAMS = {"total": ("both", GREEN), "fast": ("fast", BLUE), "slow": ("slow", ORANGE)}
TYPES = {"type1": BLUE, "type2": YELLOW, "type3": "#222222", "type4": GREEN, "type5": ORANGE, "type6": SKY}


def named(results):
    """The run and its streams."""
    parts = [results.setting(stream) for stream in ("fast", "slow")]
    parts = [part for part in parts if part not in ("", "none", "null")]
    return results.title + (f": {' with '.join(parts)}" if parts else "")


def problems(results):
    """Groups with learning curves; that of a user's own items is called stimuli, as the group of the items is."""
    return [name for name in results.names("/") if f"/{name}/lc_total" in results]


def chance(results):
    return 1 - 1 / (results["/stimuli/class"].max() + 1)


def dots(curve):
    """A curve of one epoch is a point, not a line."""
    return {"marker": "o"} if len(curve) == 1 else {}


def tell_divergence(axes, results, name):
    """Where a problem ended because its numbers were no longer finite, there is nothing to draw."""
    if not np.isfinite(results[f"/{name}/lc_total"]).any():
        axes.text(0.5, 0.5, "diverged", transform=axes.transAxes, ha="center", color=GREY)


def streams(results, problem):
    """The streams that a run has, the sum first; of a model of other authors its answers, which stand as the sum."""
    state = results.names(f"/{problem}/final") if f"/{problem}/final" in results else []
    alone = [stream for stream in ("fast", "slow") if stream in state]
    return alone if len(alone) == 1 else ["total", *alone]


def band(axes, results, problem, curve, colour, label):
    """Mean curve, and the spread of the runs around it."""
    mean = results[f"/{problem}/{curve}"]
    runs = results[f"/{problem}/per_run/{curve}"]
    epochs = np.arange(len(mean))
    if len(runs) > 1:
        spread = runs.std(axis=0)
        axes.fill_between(epochs, mean - spread, mean + spread, color=colour, alpha=0.15, linewidth=0)
    axes.plot(epochs, mean, color=colour, label=label, **dots(mean))


def curves_of_types(results, quantity, label, top):
    names = problems(results)
    shown = streams(results, names[0])
    figure, rows = plt.subplots(len(shown), 1, figsize=(4.4, 1.9 * len(shown) + 0.4), sharex=True, squeeze=False)
    for axes, stream in zip(rows[:, 0], shown):
        for name in names:
            mean = results[f"/{name}/{quantity}_{stream}"]
            diverged = "" if np.isfinite(mean).any() else " (diverged)"
            axes.plot(mean, color=TYPES.get(name, GREY), linewidth=1.2, label=name.replace("type", "type ") + diverged,
                      **dots(mean))
        axes.set_title(STREAMS[stream][0] if len(shown) > 1 else "" if stream == "total" else f"{stream} alone")
        axes.set_ylabel(label)
        axes.set_ylim(0, top)
        if quantity == "lc":
            axes.axhline(0.5, **CHANCE)
    rows[-1, 0].set_xlabel("epoch")
    figure.legend(*rows[0, 0].get_legend_handles_labels(), loc="outside right upper", handlelength=1)
    return figure


def curves_of_streams(results, quantity, label, top):
    names = problems(results)
    figure, (row,) = plt.subplots(1, len(names), figsize=(4.4 * len(names), 2.7), sharey=True, squeeze=False)
    for axes, name in zip(row, names):
        for stream in streams(results, name):
            band(axes, results, name, f"{quantity}_{stream}", STREAMS[stream][1], STREAMS[stream][0])
        if quantity == "lc":
            axes.axhline(chance(results), **CHANCE)
        tell_divergence(axes, results, name)
        axes.set(xlabel="epoch", ylim=(-0.01 * top, top))
        if len(names) > 1:
            axes.set_title(name)
    row[0].set_ylabel(label)
    figure.legend(*row[-1].get_legend_handles_labels(), loc="outside right upper", handlelength=1)
    return figure


def curves(results):
    draw = curves_of_types if problems(results)[0].startswith("type") else curves_of_streams
    losses = np.concatenate([results[f"/{name}/loss_{stream}"] for name in problems(results) for stream in streams(results, name)])
    highest = losses[np.isfinite(losses)].max(initial=0) or 1
    for quantity, label, top in (("lc", "probability of error", max(0.7, 1.1 * chance(results))),
                                 ("loss", "loss (nat)", 1.05 * highest)):
        figure = draw(results, quantity, label, top)
        entitle(figure, named(results))
        save(figure, results, quantity)


def recruitment(results):
    """Units in use, and attention where the stream has one for all units."""
    names = [name for name in problems(results) if "n_active" in results.names(f"/{name}/per_run")]
    if not names:
        return
    attentive = "attention" in results.names(f"/{names[0]}/per_run")
    figure, (row,) = plt.subplots(1, 1 + attentive, figsize=(3.6 * (1 + attentive), 2.6), squeeze=False)
    for name in names:
        units = results[f"/{name}/per_run/n_active"]
        colour = TYPES.get(name, BLUE)
        row[0].plot(units.mean(axis=0), **dots(units.T), color=colour, label=name.replace("type", "type "))
        row[0].fill_between(np.arange(units.shape[1]), *np.quantile(units, [0.1, 0.9], axis=0), color=colour, alpha=0.12, linewidth=0)
        if attentive:
            for m, values in enumerate(results[f"/{name}/per_run/attention"].mean(axis=0).T):
                row[1].plot(values, **dots(values), color=colour, linestyle=("-", "--", ":")[m % 3], linewidth=1)
    row[0].set(xlabel="epoch", ylabel="units in use")
    if attentive:
        row[1].set(xlabel="epoch", ylabel="attention", ylim=(0, 1))
        row[1].set_title("solid, dashed, dotted: features", fontsize=7.5, fontweight="normal")
    if len(names) > 1:
        figure.legend(*row[0].get_legend_handles_labels(), loc="outside right upper", handlelength=1)
    entitle(figure, named(results))
    save(figure, results, "recruitment")


def maps(results):
    """p(class 0) over the plane (tsd analyze --only maps), the items and the first run's units on it."""
    path = results.path.with_name("maps.h5")
    if not path.exists():
        return
    with h5py.File(path) as file:
        for name in problems(results):
            if name not in file:
                continue
            shown = streams(results, name)
            figure, (row,) = plt.subplots(1, len(shown), figsize=(2.7 * len(shown) + 0.5, 2.7), sharey=True, squeeze=False)
            x, label = results["/stimuli/x"], results["/stimuli/class"][problems(results).index(name)]
            for axes, stream in zip(row, shown):
                low, high = file["/axis"][0], file["/axis"][-1]
                image = axes.imshow(file[f"/{name}/map_{stream}"][()].T, origin="lower", extent=(low, high, low, high), vmin=0, vmax=1,
                                    cmap="RdBu")
                for kind, marker in ((0, "o"), (1, "^")):
                    axes.scatter(*x[(label > 0) == kind].T, c="white" if kind == 0 else "#ffd92f", marker=marker, s=9, linewidth=0.5, edgecolor="black",
                                 label=f"class {kind}" if label.max() < 2 else "class 0" if kind == 0 else "others")
                axes.set(title=STREAMS[stream][0], xlabel="feature 1", xlim=(low, high), ylim=(low, high))
            row[0].set_ylabel("feature 2")
            figure.colorbar(image, ax=row, label="p(class 0)", shrink=0.8)
            figure.legend(*row[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
            entitle(figure, named(results))
            save(figure, results, f"maps_{name}" if len(problems(results)) > 1 else "maps")


def draw(file):
    results = Results(file)
    curves(results)
    recruitment(results)
    maps(results)
    dual_stream_items.learnt(results)
    dual_stream_people.human(results)
    dual_stream_people.transfer(results)
    dual_stream_fit.profile(results)
    return results


def together(all_results):
    dual_stream_people.sweep(all_results)
    dual_stream_lesions.lesions(all_results)


if __name__ == "__main__":
    draw_all(sys.argv[1:], draw, together)
