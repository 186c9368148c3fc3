#!/usr/bin/env python3
"""Figures of a ctd_data run beside its results, PNG and PDF each.

    tsd plot results/ctd_data
    python scripts/plot/ctd_data.py results/ctd_data/results.h5

learning  losses, step size and, where the model was compared with the truth, the scores, over epochs
rates     inferred rates of a validation trial, and beside true ones of a few neurons where the recording is at hand
latents   validation trials in the latents' first three principal components; begin green, end red
scree     variance of the latents by principal component
inputs    inferred inputs of a few validation trials (LFADS with controller)
"""
import hashlib
import sys
from pathlib import Path

from style import BLUE, GREEN, GREY, ORANGE, Results, draw_all, finite_span, h5py, np, plt, save

SCORES = {"rate_r2": "rate R2", "state_r2": "state R2", "input_r2": "input R2", "hi_bps": "held-in bits per spike",
          "ho_bps": "held-out bits per spike"}
FEW = 5  # neurons and trials of a panel


def learning(results):
    epochs = results["/history/epoch"]
    if len(epochs) == 0:
        return
    scores = [name for name in SCORES if f"/metrics/{name}" in results and np.isfinite(results[f"/metrics/{name}"]).any()]
    figure, axes = plt.subplots(1, 2 + len(scores), figsize=(2.6 * (2 + len(scores)), 2.3), squeeze=False)
    panels = list(axes[0])
    for name, colour, label in (("train_loss", GREY, "training"), ("valid_loss", BLUE, "validation")):
        panels[0].plot(epochs, results[f"/history/{name}"], color=colour, label=label)
    panels[0].set(title="loss", xlabel="epoch")
    panels[0].legend()
    panels[1].plot(epochs, results["/history/lr"], color=BLUE)
    panels[1].set(title="step size", xlabel="epoch", yscale="log")
    for axis, name in zip(panels[2:], scores):
        axis.plot(results["/metrics/epoch"], results[f"/metrics/{name}"], "o-", color=BLUE)
        axis.set(title=SCORES[name], xlabel="epoch")
    save(figure, results, "learning")


def recording_of(results):
    """Its path may be relative to the folder that training was started in, which is above the run as a rule. None where no such
    file is the one that was trained on, which is told."""
    named = Path(results.attribute("/data", "file"))
    for folder in [Path(), *results.path.resolve().parents]:
        path = folder / named
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == results.attribute("/data", "sha256"):
            return path
    print(f"tsd plot: {results.path}: no true rates are drawn: {named}, which the run was trained on, is not here as it was",
          file=sys.stderr)
    return None


def true_rates(results):
    """Of validation trials, [trial, time, neuron]; None where the recording is gone, was split anew, or has none."""
    if "reshuffle_tv_seed: null" not in str(results["/provenance/config_yaml"]):
        return None
    path = recording_of(results)
    if path is None:
        return None
    with h5py.File(path) as file:
        return file["valid_activity"][()] if "valid_activity" in file else None


def rates(results):
    inferred, true = results["/eval_rates"], true_rates(results)
    neurons = np.linspace(0, inferred.shape[2] - 1, FEW).astype(int)
    figure, axes = plt.subplots(1, 2, figsize=(6.4, 2.6))
    image = axes[0].imshow(inferred[0].T, aspect="auto", cmap="Greys", interpolation="nearest")
    figure.colorbar(image, ax=axes[0], shrink=0.8)
    axes[0].set(title="inferred rates of a trial", xlabel="step", ylabel="neuron")
    offset = 1.2 * finite_span(inferred[0][:, neurons])[1]
    for row, neuron in enumerate(neurons):
        if true is not None:
            axes[1].plot(true[0, -inferred.shape[1]:, neuron] + row * offset, color=GREY, linewidth=0.9, label="true")
        axes[1].plot(inferred[0, :, neuron] + row * offset, color=BLUE, label="inferred")
    handles, labels = axes[1].get_legend_handles_labels()
    figure.legend(handles[:2], labels[:2], loc="outside lower right", ncols=2, handlelength=1)
    axes[1].set(title="rates of five neurons", xlabel="step", yticks=[])
    save(figure, results, "rates")


def principal(values):
    values = values[np.isfinite(values).all(axis=1)]
    mean = values.mean(0)
    _, sizes, components = np.linalg.svd(values - mean, full_matrices=False)
    return mean, components, sizes**2 / max((sizes**2).sum(), 1e-30)


def latents(results):
    states = results["/eval_latents"]
    mean, components, ratios = principal(states.reshape(-1, states.shape[2]))
    figure, axis = plt.subplots(figsize=(3.4, 2.4))
    shown = np.arange(1, min(20, len(ratios)) + 1)
    axis.plot(shown, ratios[:20], "o-", color=BLUE, label="each")
    axis.plot(shown, np.cumsum(ratios)[:20], "o-", color=GREY, label="up to it")
    axis.set(title="variance of latents", xlabel="principal component", ylabel="ratio", ylim=(0, 1.05))
    axis.legend()
    save(figure, results, "scree")
    if states.shape[2] < 3:
        return
    figure = plt.figure(figsize=(3.6, 3.2))
    axis = figure.add_subplot(projection="3d")
    for trial in states[:20]:
        path = (trial - mean) @ components[:3].T
        axis.plot(*path.T, color=BLUE, linewidth=0.5)
        axis.scatter(*path[0], color=GREEN, s=8)
        axis.scatter(*path[-1], color="#CC3311", s=8)
    axis.set_title("latents in their principal components")
    save(figure, results, "latents")


def inputs(results):
    if "/eval_inferred_inputs" not in results:
        return
    means = results["/eval_inferred_inputs"][:FEW]
    figure, axes = plt.subplots(len(means), 1, figsize=(4.2, 1.1 * len(means)), sharex=True, squeeze=False)
    for axis, course in zip(axes[:, 0], means):
        axis.plot(course, linewidth=0.9)
    axes[0, 0].set_title("inferred inputs", color=ORANGE)
    axes[-1, 0].set_xlabel("step")
    save(figure, results, "inputs")


def draw(path):
    results = Results(path)
    learning(results)
    if len(results["/eval_rates"]) == 0:  # no validation trial
        return
    rates(results)
    latents(results)
    inputs(results)


if __name__ == "__main__":
    draw_all(sys.argv[1:], draw)
