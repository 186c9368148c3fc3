#!/usr/bin/env python3
"""Figures of a ctd_data run beside its results, PNG and PDF each.

    tsd plot results/ctd_data
    python scripts/plot/ctd_data.py results/ctd_data/results.h5

learning       losses, step size and, where the model was compared with the truth, the scores, over epochs; dotted: what true rates get
rates          inferred rates of a validation trial, and beside true ones of a few neurons where the recording is at hand
latents        validation trials in the latents' first three principal components
scree          variance of the latents by principal component
inputs         inferred inputs of a few validation trials (LFADS with controller), and over them the true ones

Where the recording is at hand:
single_trials  inferred and true rates of a few neurons over their spikes, trial by trial
rasters        spikes of a few neurons by condition, trial by trial, and their means beside inferred and true rates (recordings with
               conditions)
averages       inferred condition averages beside those of true rates, and of all neurons beside those of spikes (likewise)
"""
import sys

from panels import ctd_data_trials as trials
from style import (BLUE, GREY, Results, components, draw_all, entitle, finite_span, name_ends, np, plt, principal, save, space, trajectory)

SCORES = {"rate_r2": "rate $R^2$", "state_r2": "state $R^2$ (in sample)", "input_r2": "input $R^2$ (in sample)",
          "hi_bps": "held-in bits per spike", "ho_bps": "held-out bits per spike"}
CEILING = {"color": "black", "linestyle": (0, (1, 2)), "linewidth": 0.9, "zorder": 1}
FEW = 5  # neurons of a panel
CELLS = {"gru": "GRU", "vanilla": "vanilla RNN", "node": "NODE", "lds": "linear dynamics"}


def named(results):
    """The run and its model."""
    size = "x".join(str(n) for n in results["/eval_latents"].shape[2:])
    kind = "LFADS" if results.setting("model.family") == "lfads" else CELLS.get(results.setting("model.cell"), "model")
    return f"{results.title}: {kind} of {size} latents"


def learning(results, recording):
    epochs = results["/history/epoch"]
    if len(epochs) == 0:
        return
    scores = [name for name in SCORES if f"/metrics/{name}" in results and np.isfinite(results[f"/metrics/{name}"]).any()]
    columns = 3 if len(scores) in (3, 4) else min(4, 2 + len(scores))
    rows = -(-(2 + len(scores)) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(1.85 * columns, 1.9 * rows + 0.3), squeeze=False)
    panels = list(axes.flat)
    for name, colour, label in (("train_loss", GREY, "training"), ("valid_loss", BLUE, "validation")):
        panels[0].plot(epochs, results[f"/history/{name}"], color=colour, label=label)
    panels[0].set(ylabel="loss")
    panels[0].legend()
    panels[1].plot(epochs, results["/history/lr"], color=BLUE)
    panels[1].set(ylabel="step size", yscale="log")
    ceilings = trials.ceilings(results, recording)
    for axis, name in zip(panels[2:], scores):
        axis.plot(results["/metrics/epoch"], results[f"/metrics/{name}"], "o-", color=BLUE)
        if name in ceilings:
            axis.axhline(ceilings[name], **CEILING)
        axis.set(ylabel=SCORES[name])
    for axis in panels[2 + len(scores):]:
        axis.set_axis_off()
    for axis in panels[:2 + len(scores)]:
        axis.set_xlabel("epoch")
    entitle(figure, named(results))
    save(figure, results, "learning")


def rates(results, recording):
    inferred, true = results["/eval_rates"], recording.rates if recording else None
    neurons = np.linspace(0, inferred.shape[2] - 1, FEW).astype(int)
    figure, axes = plt.subplots(1, 2, figsize=(6.4, 2.6))
    image = axes[0].imshow(inferred[0].T, aspect="auto", cmap="Greys", interpolation="nearest", vmin=0)
    figure.colorbar(image, ax=axes[0], shrink=0.8, label="spikes per step")
    axes[0].set(title="inferred rates of a trial", xlabel="step", ylabel="neuron")
    offset = 1.2 * finite_span(inferred[0][:, neurons])[1]
    for row, neuron in enumerate(neurons):
        if true is not None:
            axes[1].plot(true[0, -inferred.shape[1]:, neuron] + row * offset, color="black", linewidth=0.9, label="true")
        axes[1].plot(inferred[0, :, neuron] + row * offset, color=BLUE, label="inferred")
    handles, labels = axes[1].get_legend_handles_labels()
    figure.legend(handles[:2], labels[:2], loc="outside lower right", ncols=2, handlelength=1)
    axes[1].set(title="of five neurons", xlabel="step", ylabel="neuron")
    axes[1].set_yticks(offset * np.arange(FEW), neurons)
    entitle(figure, named(results))
    save(figure, results, "rates")


def latents(results):
    states = results["/eval_latents"]
    mean, axes, ratios = principal(states.reshape(-1, states.shape[2]))
    figure, axis = plt.subplots(figsize=(3.4, 2.4))
    shown = np.arange(1, min(20, len(ratios)) + 1)
    axis.plot(shown, ratios[:20], "o-", color=BLUE, label="each")
    axis.plot(shown, np.cumsum(ratios)[:20], "o-", color=GREY, label="up to it")
    axis.set(xlabel="principal component of the latents", ylabel="part of the variance", ylim=(0, 1.05))
    axis.legend(loc="center right")
    entitle(figure, named(results))
    save(figure, results, "scree")
    if states.shape[2] < 3:
        return
    figure = plt.figure(figsize=(3.4, 3.2))
    axis = space(figure, 111, components(ratios))
    for trial in states[:20]:
        trajectory(axis, (trial - mean) @ axes.T, color=BLUE, linewidth=0.4, alpha=0.7)
    name_ends(figure)
    entitle(figure, named(results))
    save(figure, results, "latents")


def draw(path):
    results = Results(path)
    scored = len(results["/eval_rates"]) > 0
    recording = trials.recording_of(results) if scored else None
    learning(results, recording)
    if not scored:  # no validation trial
        return
    rates(results, recording)
    latents(results)
    if "/eval_inferred_inputs" in results:
        trials.inputs(results, recording, named(results))
    if recording is not None:
        trials.single_trials(results, recording, named(results))
        if recording.conditions:
            trials.rasters(results, recording, named(results))
            trials.averages(results, recording, named(results))


if __name__ == "__main__":
    draw_all(sys.argv[1:], draw)
