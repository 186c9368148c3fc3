"""Figures of a ctd_data run that need its recording: spikes, true rates and conditions of validation trials beside what was inferred."""
import hashlib
import sys
from pathlib import Path

from style import BLUE, COLOURS, GREY, entitle, h5py, np, plt, save

FEW_NEURONS, FEW_TRIALS, FEW_CONDITIONS = 4, 3, 6
KERNEL = 2  # steps, SD of the Gaussian that averages of spikes are smoothed by
TRUE = {"color": "black", "linewidth": 0.9}
INFERRED = {"color": BLUE, "linewidth": 1.2}


def file_of(results):
    """Its path may be relative to the folder that training was started in, which is above the run as a rule. None where no such
    file is the one that was trained on, which is told."""
    named = Path(results.attribute("/data", "file"))
    for folder in [Path(), *results.path.resolve().parents]:
        path = folder / named
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == results.attribute("/data", "sha256"):
            return path
    print(f"tsd plot: {results.path}: nothing of its recording is drawn: {named}, which the run was trained on, is not here as it was",
          file=sys.stderr)
    return None


class Recording:
    """Validation trials of the recording, in the order of the results."""

    def __init__(self, file):
        first = lambda *names: next((file[name][()] for name in names if name in file), None)
        self.spikes, self.rates = first("valid_recon_data"), first("valid_activity", "eval_truth", "valid_truth")
        if self.spikes is None and "eval_spikes_heldout" in file:  # as of the Neural Latents Benchmark
            parts = ("", "_forward") if "eval_spikes_heldin_forward" in file else ("",)
            self.spikes = np.concatenate([np.concatenate([file[f"eval_spikes_{neurons}{part}"] for neurons in ("heldin", "heldout")], axis=2)
                                          for part in parts], axis=1)
        self.inputs, self.train_inputs = first("valid_true_inputs", "valid_inputs"), first("train_true_inputs", "train_inputs")
        self.lengths = first("valid_trial_len")
        self.conditions = self._conditions(file)

    @staticmethod
    def _conditions(file):
        """Name: trials."""
        if "task_names" in file and "valid_cond" in file:
            names = [name.decode() for name in file["task_names"][()]]
            cond = file["valid_cond"][()]
            return {name: np.flatnonzero(cond == k) for k, name in enumerate(names) if np.any(cond == k)}
        if "eval_cond_idx" in file and file["eval_cond_idx"].dtype == object:
            return {f"condition {k + 1}": trials for k, trials in enumerate(file["eval_cond_idx"][()])}
        return {}

    def common_length(self, trials, steps):
        """Steps that all of these trials have."""
        steps = min(steps, self.spikes.shape[1])
        return steps if self.lengths is None else int(min(self.lengths[trials].min(), steps))


def recording_of(results):
    """None where the recording is gone, was split anew, or does not have these trials."""
    if results.setting("data.reshuffle_tv_seed", "null") != "null" or results.setting("data.sessions", "[]") not in ("[]", "null", ""):
        return None
    path = file_of(results)
    if path is None:
        return None
    with h5py.File(path) as file:
        found = Recording(file)
    alike = found.spikes is not None and len(found.spikes) == len(results["/eval_rates"])
    return found if alike else None


def lively(rates, n):
    """Neurons whose rates vary most, in their order."""
    return np.sort(np.argsort(-np.nanstd(rates, axis=(0, 1)))[:n])


def smooth(course):
    """Along time, [time, ...]; as many steps as before, edges by what is there."""
    reach = 3 * KERNEL
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / KERNEL) ** 2)
    along = lambda values: np.convolve(values, kernel, "same")
    return np.apply_along_axis(along, 0, course) / np.apply_along_axis(along, 0, np.ones_like(course, dtype=float))


def single_trials(results, recording, titled):
    """Spikes as bars, true rates black, inferred ones over them."""
    rates = results["/eval_rates"]
    neurons, trials = lively(rates, FEW_NEURONS), np.linspace(0, len(rates) - 1, FEW_TRIALS).astype(int)
    figure, axes = plt.subplots(len(neurons), len(trials), figsize=(7.2, 1.05 * len(neurons) + 0.9), sharex="col", sharey="row", squeeze=False)
    for row, neuron in zip(axes, neurons):
        for axis, trial in zip(row, trials):
            end = recording.common_length([trial], rates.shape[1])
            counts, steps = recording.spikes[trial, :end, neuron], np.arange(end)
            axis.vlines(steps[counts > 0], 0, counts[counts > 0], color=GREY, linewidth=0.5, alpha=0.6, label="spikes")
            if recording.rates is not None:
                axis.plot(recording.rates[trial, :end, neuron], label="true rate", **TRUE)
            axis.plot(rates[trial, :end, neuron], label="inferred rate", **INFERRED)
        row[0].set_ylabel(f"neuron {neuron}\n(per step)", fontsize=7)
    for axis, trial in zip(axes[0], trials):
        axis.set_title(f"validation trial {trial}", fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel("step")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    entitle(figure, titled)
    save(figure, results, "single_trials")


def rasters(results, recording, titled):
    """By condition: a dot for each spike of each trial, and below the mean of the trials."""
    rates = results["/eval_rates"]
    conditions = dict(list(recording.conditions.items())[:FEW_TRIALS + 1])
    neurons = lively(rates, 2)
    figure, axes = plt.subplots(2 * len(neurons), len(conditions), figsize=(1.75 * len(conditions) + 0.7, 2 * len(neurons) + 0.9), sharex="col",
                                squeeze=False, gridspec_kw={"height_ratios": [1.3, 1] * len(neurons)})
    for column, (name, trials) in zip(axes.T, conditions.items()):
        end = recording.common_length(trials, rates.shape[1])
        for raster, mean, neuron in zip(column[::2], column[1::2], neurons):
            spikes = recording.spikes[trials, :end, neuron]
            raster.plot(*np.nonzero(spikes.T), "|", color="black", markersize=1.6, markeredgewidth=0.5)
            raster.set(ylim=(len(trials) - 0.5, -0.5), xlim=(0, end))
            mean.plot(smooth(spikes.mean(axis=0)), color=GREY, linewidth=0.9, label="spikes, smoothed")
            if recording.rates is not None:
                mean.plot(recording.rates[trials, :end, neuron].mean(axis=0), label="true rate", **TRUE)
            mean.plot(rates[trials, :end, neuron].mean(axis=0), label="inferred rate", **INFERRED)
        column[0].set_title(name, fontsize=8)
        column[-1].set_xlabel("step")
    for k, neuron in enumerate(neurons):
        axes[2 * k, 0].set_ylabel(f"neuron {neuron}\ntrial", fontsize=7)
        axes[2 * k + 1, 0].set_ylabel("spikes\nper step", fontsize=7)
        top = max(axis.get_ylim()[1] for axis in axes[2 * k + 1])
        for axis in axes[2 * k + 1]:
            axis.set_ylim(0, top)
        for axis in axes[2 * k:2 * k + 2, 1:].flat:
            axis.set_yticklabels([])
    figure.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    entitle(figure, titled)
    save(figure, results, "rasters")


def explained(values, by):
    return 1 - np.square(values - by).sum() / np.square(values - values.mean()).sum()


def averages(results, recording, titled):
    """Of a few neurons over time, a colour for each of a few conditions; and of all neurons, conditions and steps."""
    rates = results["/eval_rates"]
    conditions = recording.conditions
    end = min(recording.common_length(trials, rates.shape[1]) for trials in conditions.values())
    average = lambda values: np.array([values[trials, :end].mean(axis=0) for trials in conditions.values()])  # condition, time, neuron
    inferred, counted = average(rates), np.array([smooth(course) for course in average(recording.spikes)])
    true = average(recording.rates) if recording.rates is not None else None
    figure, axes = plt.subplots(1, FEW_NEURONS + 1, figsize=(1.55 * (FEW_NEURONS + 1), 2.3))
    for axis, neuron in zip(axes, lively(inferred, FEW_NEURONS)):
        for k, name in enumerate(list(conditions)[:FEW_CONDITIONS]):
            axis.plot((true if true is not None else counted)[k, :, neuron], color=COLOURS[k], linewidth=0.8, linestyle=(0, (3, 2)))
            axis.plot(inferred[k, :, neuron], color=COLOURS[k], linewidth=1.1, label=name)
        axis.set(xlabel="step")
        axis.set_title(f"neuron {neuron}", fontsize=8)
        axis.sharey(axes[0])
        axis.tick_params(labelleft=axis is axes[0])
    axes[0].set_ylabel("spikes per step")
    last, shown = axes[-1], slice(None, None, max(1, counted.size // 4000))
    last.plot(counted.ravel()[shown], inferred.ravel()[shown], ".", color=BLUE, markersize=1)
    span = [0, max(counted.max(), inferred.max())]
    last.plot(span, span, color="black", linewidth=0.8)
    ceiling = f"\n(true rates: {explained(counted, true):.2f})" if true is not None else ""
    last.set(xlabel="smoothed spikes", ylabel="inferred", aspect="equal")
    last.set_title(f"all: $R^2$ {explained(counted, inferred):.2f}{ceiling}", fontsize=7)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, handlelength=1, columnspacing=0.8)
    entitle(figure, f"{titled}; dashed: " + ("true rates" if true is not None else "smoothed spikes"))
    save(figure, results, "averages")


def affine(values, wanted):
    """The map that brings values closest to what is wanted, both [trial, time, .]."""
    rows = values.reshape(-1, values.shape[2])
    weights = np.linalg.lstsq(np.hstack([rows, np.ones((len(rows), 1))]), wanted.reshape(len(rows), -1), rcond=None)[0]
    return lambda course: course @ weights[:-1] + weights[-1]


def inputs(results, recording, titled):
    """True inputs over inferred ones, which are known but for an affine map: that of training trials."""
    means = results["/eval_inferred_inputs"]
    trials = np.linspace(0, len(means) - 1, FEW_TRIALS).astype(int)
    train = results["/train_inferred_inputs"]
    known = recording is not None and recording.train_inputs is not None and recording.train_inputs.shape[2] <= 6 \
        and recording.train_inputs.shape[:2] == train.shape[:2]
    shown, true = means, None
    if known:
        true = recording.inputs
        shown = affine(train, recording.train_inputs)(means)
    rows = shown.shape[2]
    figure, axes = plt.subplots(rows, len(trials), figsize=(7.2, 0.95 * rows + 1), sharex="col", sharey="row", squeeze=False)
    for k, row in enumerate(axes):
        for axis, trial in zip(row, trials):
            axis.plot(shown[trial, :, k], label="inferred, in the true ones' coordinates" if known else "inferred", **INFERRED)
            if known:
                axis.plot(true[trial, :, k], label="true", **{**TRUE, "linewidth": 0.7})
        score = f"\n$R^2$ {explained(true[:, :, k], shown[:, :, k]):.2f}" if known else ""
        row[0].set_ylabel(f"input {k + 1}{score}", fontsize=7)
    for axis, trial in zip(axes[0], trials):
        axis.set_title(f"validation trial {trial}", fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel("step")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    entitle(figure, titled)
    save(figure, results, "inputs")


def bits_per_spike(spikes, rates):
    """Gain of these rates over each neuron's mean."""
    mean = np.maximum(spikes.mean(axis=(0, 1)), 1e-9)
    rates = np.maximum(rates, 1e-9)
    gain = (mean - spikes * np.log(mean)).sum() - (rates - spikes * np.log(rates)).sum()
    return gain / (np.log(2) * max(spikes.sum(), 1))


def ceilings(results, recording):
    """What true rates score, by the name of the score."""
    known = {"rate_r2": 1, "state_r2": 1, "input_r2": 1}
    if recording is None or recording.rates is None or recording.rates.shape != recording.spikes.shape:
        return known
    if recording.lengths is not None and np.any(recording.lengths < recording.spikes.shape[1]):
        return known  # scores leave the padding out
    heldin = int(results.attribute("/data", "heldin"))
    for name, part in (("hi_bps", slice(heldin)), ("ho_bps", slice(heldin, None))):
        if recording.spikes[..., part].any():
            known[name] = bits_per_spike(recording.spikes[..., part], recording.rates[..., part])
    return known
