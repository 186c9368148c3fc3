"""What nback_findings.py takes from the analyses of a run: one number for each finding of the paper.

W(i, j) is the decoder of the item seen at step i from the states of step j. Accuracies are normalised: 0 is chance, 1 is always right.
Of memory, each task's own property is looked at, in the contexts of that task.
"""
import sys
from dataclasses import dataclass
from typing import Callable

import h5py
import numpy as np

NEEDED = ("behaviour", "task_relevance", "cross_task", "orthogonalization", "decoding", "temporal", "dynamics")


class Findings:
    """The analyses of a run."""

    def __init__(self, folder):
        self._folder = folder

    def __call__(self, analysis, path):
        with h5py.File(self._folder / f"{analysis}.h5") as file:
            group = path.strip("/").split("/")[0]
            if file[group].attrs.get("mode") != "paper":
                sys.exit(f"{self._folder / analysis}.h5: made in mode {file[group].attrs.get('mode')}; expected analysis.mode paper")
            return file[path][()]

    def contexts(self, analysis, path):
        """Task and n of each."""
        names = [name.decode().split(" n=") for name in self(analysis, path)]
        return [(task, int(n)) for task, n in names]

    def of_tasks(self, analysis, group, dataset):
        """n and the values of each context's own property."""
        contexts = self.contexts(analysis, f"{group}/contexts")
        return [(n, self(analysis, f"{group}/{task}/{dataset}")[c]) for c, (task, n) in enumerate(contexts)]


def irrelevant(found):
    accuracy = found("task_relevance", "task_relevance/accuracy")
    tasks, properties = (list(found("task_relevance", f"task_relevance/{name}")) for name in ("tasks", "properties"))
    other = np.array([[task != prop for prop in properties] for task in tasks])
    return np.nanmean(accuracy[other]) - 0.85


def carried_over(found):
    contexts = found.contexts("cross_task", "cross_task/contexts")
    other_task = np.array([[a[0] != b[0] for b in contexts] for a in contexts])
    own = np.eye(len(contexts), dtype=bool)
    properties = {task for task, _ in contexts}
    values = np.stack([found("cross_task", f"cross_task/{prop}/normalised") for prop in sorted(properties)])
    return np.nanmean(values[:, other_task]) / np.nanmean(values[:, own])


def orthogonalised(found):
    return np.nanmean(found("orthogonalization", "orthogonalization/encoding") - found("orthogonalization", "orthogonalization/perceptual"))


def lags(n, shape):
    """Which (item, step) lie one to n steps apart: the item is still needed."""
    lag = np.arange(shape[1])[None, :] - np.arange(shape[0])[:, None]
    return (lag >= 1) & (lag <= n)


def slot(found):
    fitted = found.of_tasks("decoding", "memory", "normalised")
    encoder = found.of_tasks("temporal", "temporal", "item/normalised")
    return np.mean([np.nanmean((own - first)[lags(n, own.shape)]) for (n, own), (_, first) in zip(fitted, encoder)])


def realigned(found):
    """Lags of 1 to n - 1, which occur on both kinds of steps."""
    rows = [by_step[1:n] for n, by_step in found.of_tasks("temporal", "temporal", "item_by_step") if n > 1]
    return np.nanmean(np.concatenate([row[:, 1] - row[:, 0] for row in rows]))


def shared(found):
    values = np.stack([screen for _, screen in found.of_tasks("temporal", "temporal", "screen/normalised")])
    same = np.eye(values.shape[1], dtype=bool)
    return np.nanmean(values[:, ~same]) / np.nanmean(values[:, same])


def rotated(first, second):
    """Difference of two kinds of rotation, over the memories that have both."""
    def measure(found):
        one, other = (np.stack([v for _, v in found.of_tasks("dynamics", "rotation", kind)]) for kind in (first, second))
        return np.nanmean(one - other)
    return measure


@dataclass
class Finding:
    name: str
    title: str  # what the paper says
    sign: int  # published, of the effect
    measure: Callable
    label: str
    text: str
    cells: tuple = ()  # of networks that are compared; (): all runs against 0


IRRELEVANT = Finding(
    "irrelevant", "properties that a task does not need stay decodable, above 85 %", 1, irrelevant, "irrelevant properties, less 0.85",
    "accuracy at the first step of decoders of the two properties that a task does not ask for, less 0.85 (`task_relevance`).")
CARRIED = ("decoders carried over", "what decoders of a property at the first step, fitted in one task, keep of their normalised "
           "accuracy in the other tasks; 1 is all, 0 is chance (`cross_task`).")
FINDINGS = [
    IRRELEVANT,
    Finding("rnn_gru", "decoders carry over to other tasks in vanilla RNNs, more than in GRUs", 1, carried_over, *CARRIED, ("rnn", "gru")),
    Finding("rnn_lstm", "and more than in LSTMs", 1, carried_over, *CARRIED, ("rnn", "lstm")),
    Finding("orthogonal", "values of a property are less orthogonal in the state than in the perceptual input", -1, orthogonalised,
            "orthogonalisation, state less input", "index O in the state less that in the perceptual input, at the first step, mean over properties "
            "(`orthogonalization`)."),
    Finding("slot", "no slot of an item of its own: its first decoder W(i, i) fails later, where W(i, j) finds it", 1, slot,
            "memory hypothesis 1, W(i, j) less W(i, i)", "normalised accuracy of W(i, j) less that of W(i, i) on the states of j, while the item is needed, j "
            "one to n steps after i (`decoding`, `temporal`). A slot for each item would give 0."),
    Finding("realigned", "W(i, i) works better again on executive steps", 1, realigned, "realignment",
            "accuracy of W(i, i) on executive steps less that on trivial ones, at lags that both have (`temporal`)."),
    Finding("shared", "items share one encoding space: W(i, i) reads what is on screen at other steps", 1, shared,
            "memory hypothesis 2, shared encoding", "what W(i, i) keeps of its normalised accuracy on the stimulus on screen at other steps; 1 is "
            "one space for all items, 0 one of its own for each (`temporal`)."),
    Finding("equal_age", "a memory turns as that of another item of equal age does, not as at a later age", 1, rotated("other_item", "later_age"),
            "rotation, other item less later age", "accuracy of W(i, j) at the next step after the rotation of W(i + 1, j + 1), less that after "
            "the rotation of W(i, j + 1) (`dynamics`)."),
    Finding("turned", "and that rotation helps", 1, rotated("other_item", "unrotated"), "rotation, other item less none",
            "the same, less the accuracy of W(i, j) as it is."),
]
