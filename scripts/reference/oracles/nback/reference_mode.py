#!/usr/bin/env python3
"""NumPy and scikit-learn beside the analyses of a finished GRU run in mode reference.

    for a in extract decoding temporal task_relevance cross_task procrustes efficiency perturbation; do
        tsd analyze RUN --only $a analysis.mode=reference; done
    tsd analyze RUN --only orthogonalization analysis.mode=reference analysis.contexts=pooled
    python scripts/reference/oracles/nback/reference_mode.py RUN

Everything is computed again from the states of extract.h5 and the weights of results.h5: decoders fitted and tested on
the same sequences (nback.md 7.1, 7.4), on scikit-learn's stratified split (7.5 2a, 2b), indices and rotations of the
normals of all sequences (7.2, 7.3), the swap test (7.3, Q10, Q12, Q15), activity with ddof 0 (7.6), and answers after a
push (7.5 5, Q14). Exit 1 where an accuracy differs by more than two samples or another number by more than 5e-6,
which is what LinearSVC reaches; 77 where scikit-learn is missing.
"""
import hashlib
import sys
from itertools import combinations
from pathlib import Path

import h5py
import numpy as np

try:
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC, LinearSVC
except ImportError:
    sys.exit(77)

PROPERTIES = ["location", "identity", "category"]


class Run:
    def __init__(self, folder):
        self.folder = folder
        with h5py.File(folder / "extract.h5") as file:
            group = file["/extract"]
            self.states, self.cnn = group["hidden"][()].astype(float), group["cnn"][()].astype(float)
            self.shown, self.feature, self.n = group["stimulus"][()], group["feature"][()], group["n"][()]
        with h5py.File(folder / "results.h5") as file:
            self.values = {name: file["/stimuli/" + name][()] for name in PROPERTIES}
            self.identities = file["/stimuli/identity_names"].asstr()[()]
            self.weights = {name: w[()].astype(float) for name, w in file["/model/best"].items()}

    def labels(self, name, t):
        return self.values[name][self.shown[:, t]]

    def contexts(self):
        return {PROPERTIES[f]: np.flatnonzero(self.feature == f) for f in np.unique(self.feature)}

    def found(self, name):
        return h5py.File(self.folder / (name + ".h5"))


class Judge:
    """Compares, prints the largest difference of each measure, and counts what is too far off."""

    def __init__(self):
        self.wrong = 0

    def accuracies(self, what, right, got, n_test):
        self.note(what, np.abs(np.asarray(right) - np.round(np.asarray(got) * np.asarray(n_test))), 2, "samples")

    def numbers(self, what, expected, got, tolerance=5e-6):
        self.note(what, np.abs(np.asarray(expected) - np.asarray(got)), tolerance, "")

    def note(self, what, difference, tolerance, unit):
        bad = not np.all(difference <= tolerance)
        print(f"{'WRONG ' if bad else ''}{what}: {difference.size} numbers, largest difference {difference.max():.2g} {unit}")
        self.wrong += bad


def numbered(labels):
    """Values numbered in the order in which they appear: splits and the votes of decoders depend on it."""
    number = {value: i for i, value in enumerate(dict.fromkeys(labels.tolist()))}
    return number, np.array([number[value] for value in labels.tolist()])


def renumbered(labels, number):
    return np.array([number.get(value, -1) for value in labels.tolist()])


def decoder(x, labels):
    return make_pipeline(StandardScaler(), SVC(kernel="linear", C=1, class_weight="balanced")).fit(x, labels)


def right(model, x, labels):
    return int((model.predict(x) == labels).sum())


def normals(x, labels):
    """Unit rows, by ascending value."""
    svc = LinearSVC(C=1, class_weight="balanced", dual=False, tol=1e-10, max_iter=100000)
    z = StandardScaler().fit_transform(x)
    rows = np.array([svc.fit(z, labels == value).coef_[0] for value in np.unique(labels)])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def nearest(x, rows, labels):
    """How many standardised rows of x have the largest product with the normal of their value."""
    return int((np.unique(labels)[(StandardScaler().fit_transform(x) @ rows.T).argmax(axis=1)] == labels).sum())


def orthogonality(rows):
    return 1 - np.mean([abs(a @ b) for a, b in combinations(rows, 2)])


def isometry(a, b):
    """The part of the rotation from a to b that is determined."""
    u, s, vt = np.linalg.svd(a.T @ b, full_matrices=False)
    rank = (s > 1e-9 * s[0]).sum()
    return u[:, :rank] @ vt[:rank], s.sum()


def check_decoding(run, judge):
    L = run.states.shape[1]
    decoding, temporal = run.found("decoding"), run.found("temporal")
    for name in PROPERTIES:
        counts = np.zeros((len(run.contexts()), L, L), int)
        for c, rows in enumerate(run.contexts().values()):
            for t in range(L):
                number, labels = numbered(run.labels(name, t)[rows])
                model = decoder(run.states[rows, t], labels)
                counts[c, t] = [right(model, run.states[rows, k], renumbered(run.labels(name, k)[rows], number)) for k in range(L)]
        group = decoding["/decoding/" + name]
        judge.accuracies(f"decoding {name}", counts.diagonal(axis1=1, axis2=2), group["accuracy"][()], group["n_test"][()])
        group = temporal[f"/temporal/{name}/screen"]
        judge.accuracies(f"temporal {name}", counts, group["accuracy"][()], group["n_test"][()])


def check_contexts(run, judge):
    contexts = run.contexts()
    relevance = run.found("task_relevance")["/task_relevance"]
    tests, counts = [], {name: np.zeros((len(contexts),) * 2, int) for name in PROPERTIES}
    for a, rows in enumerate(contexts.values()):
        for name in PROPERTIES:
            number, own = numbered(run.labels(name, 0)[rows])
            labels = renumbered(run.labels(name, 0), number)
            train, test = train_test_split(rows, test_size=0.2, random_state=42, stratify=own)
            model = decoder(run.states[train, 0], labels[train])
            tests.append(len(test))
            for b, others in enumerate(contexts.values()):
                tested = test if a == b else others
                counts[name][a, b] = right(model, run.states[tested, 0], labels[tested])
    shape = (len(contexts), len(PROPERTIES))
    judge.numbers("task_relevance n_test", np.reshape(tests, shape), relevance["n_test"][()], 0)
    judge.accuracies("task_relevance", np.stack([counts[name].diagonal() for name in PROPERTIES], axis=1),
                     relevance["accuracy"][()], relevance["n_test"][()])
    for name in PROPERTIES:
        group = run.found("cross_task")["/cross_task/" + name]
        judge.accuracies(f"cross_task {name}", counts[name], group["accuracy"][()], group["n_test"][()])


def check_orthogonalization(run, judge):
    group = run.found("orthogonalization")["/orthogonalization"]
    for key, x in (("encoding", run.states), ("perceptual", run.cnn)):
        judge.numbers(f"orthogonalization {key}", [[orthogonality(normals(x[:, 0], run.labels(name, 0))) for name in PROPERTIES]],
                      group[key][()])


def check_procrustes(run, judge):
    L, N = run.states.shape[1], len(run.states)
    for name in PROPERTIES:
        group = run.found("procrustes")["/procrustes/" + name]
        rows = [normals(run.states[:, t], run.labels(name, t)) for t in range(L)]
        nuclear, rebuilt, as_is = np.zeros((L, L)), np.zeros((L, L)), np.zeros((L, L))
        for i in range(L):
            for j in range(L):
                rotation, nuclear[i, j] = isometry(rows[i], rows[j])
                rebuilt[i, j] = nearest(run.states[:, j], unit(rows[i] @ rotation), run.labels(name, j))
                as_is[i, j] = nearest(run.states[:, j], rows[i], run.labels(name, j))
        judge.numbers(f"procrustes {name} nuclear_norm", nuclear, group["nuclear_norm"][()])
        judge.numbers(f"procrustes {name} residual", 2 * len(rows[0]) - 2 * nuclear, group["residual"][()])
        for key, counts in (("reconstructed", rebuilt), ("unrotated", as_is), ("fitted", as_is.diagonal())):
            judge.accuracies(f"procrustes {name} {key}", counts, group[key][()], N)


def check_swap(run, judge):
    """Accuracy, at the next step, of one half's normals of location, by rotations of all, of later steps, of the other half."""
    L = run.states.shape[1]
    half = np.array([int(hashlib.sha256(name.encode()).hexdigest()[:16], 16) % 2 for name in run.identities])
    swap = run.found("procrustes")["/procrustes/swap"]

    def of(rows, t):
        return normals(run.states[rows, t], run.labels("location", t)[rows])

    everyone = np.arange(len(run.states))
    pooled = [of(everyone, t) for t in range(L)]
    for j in range(L - 1):
        own = half[run.values["identity"][run.shown[:, j]]] == 1
        here, tested, labels = of(own, j), run.states[own, j + 1], run.labels("location", j + 1)[own]
        others = isometry(of(~own, j), of(~own, j + 1))[0]
        common = [nearest(tested, unit(here @ isometry(pooled[j], pooled[j + 1])[0]), labels)]
        rest = [nearest(tested, unit(here @ others), labels), nearest(tested, of(own, j + 1), labels), nearest(tested, here, labels)]
        counts = [common + [nearest(tested, unit(here @ isometry(pooled[i], pooled[i + 1])[0]), labels)] + rest
                  for i in range(j + 1, L - 1)]
        if counts:
            judge.accuracies(f"swap from {j}", counts, swap["accuracy"][j, :len(counts)], swap["n_test"][j])


def check_efficiency(run, judge):
    group = run.found("efficiency")["/efficiency"]
    for row, context in enumerate(group["contexts"].asstr()[()]):
        task, n = context.split(" n=")
        mine = (run.feature == PROPERTIES.index(task)) & (run.n == int(n))
        size, L = np.abs(run.states[mine]), run.states.shape[1]
        fano = []
        for t in range(L):
            values = run.labels(task, t)[mine]
            for value in np.unique(values):
                rows = size[values == value, t]
                mean = rows.mean(axis=0)
                if len(rows) >= 3:
                    fano.extend((rows.var(axis=0) / mean)[mean > 1e-6])
        judge.numbers(f"efficiency fano {context}", np.mean(fano), group["fano/value"][row], 1e-9)


def network(weights):
    """One step of the GRU from state and input, and the answers' probabilities of a state."""
    def linear(name, x):
        return x @ weights[name + ".weight"].T + weights[name + ".bias"]

    def step(h, e, task):
        z = linear("cognitive.pre.0", np.concatenate([e, task], axis=1))
        z = (z - z.mean(axis=1, keepdims=True)) / np.sqrt(z.var(axis=1, keepdims=True) + 1e-5)
        z = np.maximum(z * weights["cognitive.pre.1.weight"] + weights["cognitive.pre.1.bias"], 0)
        i = z @ weights["cognitive.rnn.weight_ih_l0"].T + weights["cognitive.rnn.bias_ih_l0"]
        g = h @ weights["cognitive.rnn.weight_hh_l0"].T + weights["cognitive.rnn.bias_hh_l0"]
        (ir, iu, ic), (gr, gu, gc) = np.split(i, 3, axis=1), np.split(g, 3, axis=1)
        r, u = 1 / (1 + np.exp(-ir - gr)), 1 / (1 + np.exp(-iu - gu))
        return (1 - u) * np.tanh(ic + r * gc) + u * h

    def answers(h):
        p = np.exp(linear("classifier", h))
        return p / p.sum(axis=1, keepdims=True)

    return step, answers


def pushes(x, labels, everyone):
    """For distance 1: along the mean of the normals, along each row's own normal, and towards the mean of its value."""
    scaler = StandardScaler().fit(x)
    z, own = scaler.transform(x), normals(x, labels)
    values = np.unique(labels)
    steps = own * (z @ own.T).std(axis=0)[:, None] * scaler.scale_
    mean = unit(own.sum(axis=0, keepdims=True))
    means = np.array([x[labels == value].mean(axis=0) - x[labels != value].mean(axis=0) for value in values])
    at = np.searchsorted(values, everyone)
    return np.outer(np.ones(len(everyone)), mean[0] * (z @ mean[0]).std() * scaler.scale_), steps[at], means[at]


def check_perturbation(run, judge):
    group = run.found("perturbation")["/perturbation"]
    t, L = int(group.attrs["time"]), run.states.shape[1]
    step, answers = network(run.weights)
    expected, propagated, compared, moved, trials = [], [], [], [], []
    for rows, name in zip(run.contexts().values(), group["properties"].asstr()[()]):
        x, labels = run.states[rows, t], run.labels(name, t)[rows]
        task = np.zeros((len(x), 6))
        task[np.arange(len(x)), run.feature[rows]] = 1
        task[np.arange(len(x)), 2 + run.n[rows]] = 1
        match = [answers(run.states[rows, u]).argmax(axis=1) == 2 for u in range(L)]
        h = np.zeros_like(x)
        for u in range(t + 1):
            h = step(h, run.cnn[rows, u], task)
        for move in pushes(x, labels, labels):
            for distance in group["distance"][()]:
                expected.append(answers(x + distance * move)[match[t]].mean(axis=0))
                moved.append(np.linalg.norm(distance * move[match[t]], axis=1).mean())
                state, at_n = h + distance * move, []
                for u in range(t + 1, L):
                    state = step(state, run.cnn[rows, u], task)
                    propagated.append(answers(state)[match[u]].mean(axis=0))
                    at_n.append(answers(state)[match[u] & (run.n[rows] == u - t)])
                compared.append(np.concatenate(at_n).mean(axis=0))
        trials += [m.sum() for m in match[t + 1:]]
    judge.numbers("perturbation p_mean", np.ravel(expected), group["p_mean"][()].ravel())
    judge.numbers("perturbation moved", moved, group["moved"][()].ravel())
    judge.numbers("perturbation propagated", np.ravel(propagated), group["propagated/p_mean"][()].ravel(), 1e-5)
    judge.numbers("perturbation compared", np.ravel(compared), group["compared/p_mean"][()].ravel(), 1e-5)
    judge.numbers("perturbation trials", trials, group["propagated/n_trials"][()].ravel(), 0)


def main(folder):
    run, judge = Run(folder), Judge()
    for check in (check_decoding, check_contexts, check_orthogonalization, check_procrustes, check_swap, check_efficiency,
                  check_perturbation):
        check(run, judge)
    return int(judge.wrong > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])) if len(sys.argv) == 2 else __doc__)
