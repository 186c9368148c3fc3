#!/usr/bin/env python3
"""scikit-learn beside tsd's decoders, on the states that `tsd analyze RUN --only extract` wrote.

    python scripts/reference/oracles/nback/decoders.py RUN

Prints, per task and property at t = 0, the held-out accuracies of SVC (linear, as nback.md 7) and of decoding.h5, in
samples; and the orthogonalisation index of LinearSVC's normals beside orthogonalization.h5. Exit 1 where an accuracy
differs by more than two samples, an index by more than 1e-6, or a measure of efficiency.h5, behaviour.h5 or similarity.h5 by more
than 1e-9 of NumPy's and SciPy's (1e-8 where ranks are compared); 77 where scikit-learn is missing.
"""
import sys
from itertools import combinations
from pathlib import Path

import h5py
import numpy as np

try:
    from scipy.spatial.distance import pdist
    from scipy.stats import norm, spearmanr
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC, LinearSVC
except ImportError:
    sys.exit(77)

PROPERTIES = ["location", "identity", "category"]


def index_of(x, labels):
    """1 - mean |cos| between unit normals of one-vs-rest L2-SVC on standardised states."""
    svc = LinearSVC(C=1, class_weight="balanced", dual=False, tol=1e-10, max_iter=100000)
    z = StandardScaler().fit_transform(x)
    normals = []
    for value in np.unique(labels):
        w = svc.fit(z, labels == value).coef_[0]
        normals.append(w / np.linalg.norm(w))
    return 1 - np.mean([abs(a @ b) for a, b in combinations(normals, 2)])


def measures_of(x, group):
    """Norm, participation ratio, sparsity, Fano factor and squared coefficient of variation (nback.md 7.6; ddof 1)."""
    size = np.abs(x)
    eigenvalues = np.linalg.eigvalsh(np.cov(x.T))
    largest = size.max(axis=0)
    fano, cv2 = [], []
    for value in np.unique(group):
        rows = size[group == value]
        if len(rows) < 3:
            continue
        mean, variance = rows.mean(axis=0), rows.var(axis=0, ddof=1)
        active = mean > 1e-6
        fano.extend(variance[active] / mean[active])
        cv2.extend(variance[active] / mean[active] ** 2)
    return {"magnitude": np.linalg.norm(x, axis=1).mean(), "participation_ratio": eigenvalues.sum() ** 2 / (eigenvalues ** 2).sum(),
            "sparsity": (size < 0.05 * np.where(largest > 0, largest, 1)).mean(), "fano": np.mean(fano), "cv2": np.mean(cv2)}


def check_efficiency(run, states, shown, feature, level, values):
    wrong = 0
    with h5py.File(run / "efficiency.h5") as file:
        for row, context in enumerate(file["/efficiency/contexts"].asstr()[()]):
            task, n = context.split(" n=")
            mine = (feature == PROPERTIES.index(task)) & (level == int(n))
            x = states[mine].astype(np.float64)
            group = values[task][shown[mine]] + 1000 * np.arange(x.shape[1])
            for name, expected in measures_of(x.reshape(-1, x.shape[2]), group.ravel()).items():
                got = file[f"/efficiency/{name}/value"][row]
                if abs(got - expected) > 1e-9 * abs(expected):
                    print(f"{context}: {name}: {expected} {got}")
                    wrong += 1
    return wrong


def far(what, expected, got, tolerance=1e-9):
    """Whether they differ, which is told."""
    difference = np.nanmax(np.abs(np.asarray(expected) - got))
    bad = not difference <= tolerance or not np.array_equal(np.isnan(expected), np.isnan(got))
    print(f"{'WRONG ' if bad else ''}{what}: {np.size(got)} numbers, largest difference {difference:.2g}")
    return bad


def check_detection(run):
    wrong = 0
    with h5py.File(run / "behaviour.h5") as file:
        for group in ("detection", "detection/by_lure", "detection/by_load", "detection/by_step"):
            matches, hits, others, alarms = (file[f"/behaviour/{group}/{name}"][()] for name in ("matches", "hits", "non_matches", "false_alarms"))
            h, f = (norm.ppf((share * trials + 0.5) / (trials + 1)) for share, trials in ((hits, matches), (alarms, others)))
            wrong += far(f"{group} d'", h - f, file[f"/behaviour/{group}/d_prime"][()])
            wrong += far(f"{group} criterion", -(h + f) / 2, file[f"/behaviour/{group}/criterion"][()])
    return wrong


def cka(x, y):
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    return np.linalg.norm(y.T @ x) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))


def check_similarity(run, values):
    with h5py.File(run / "similarity.h5") as file:
        group = file["/similarity"]
        states, shown = group["hidden"][()].astype(float), group["stimulus"][()]
        C, L = states.shape[:2]
        apart = [[np.round(pdist(states[c, t], "correlation") * 2**32) for t in range(L)] for c in range(C)]  # equal states tie

        def rsa(a, b):
            return spearmanr(a, b).statistic

        wrong = far("CKA of steps", [[[cka(states[c, t], states[c, u]) for u in range(L)] for t in range(L)] for c in range(C)],
                    group["steps/cka"][()])
        wrong += far("CKA of tasks", [[[cka(states[c, t], states[d, t]) for d in range(C)] for c in range(C)] for t in range(L)],
                     group["tasks/cka"][()])
        wrong += far("RSA of steps", [[[rsa(apart[c][t], apart[c][u]) for u in range(L)] for t in range(L)] for c in range(C)],
                     group["steps/rsa"][()], 1e-8)
        wrong += far("RSA of tasks", [[[rsa(apart[c][t], apart[d][t]) for d in range(C)] for c in range(C)] for t in range(L)],
                     group["tasks/rsa"][()], 1e-8)
        models = [[pdist(values[name][shown[:, i]][:, None], "hamming") for i in range(L)] for name in group["properties"].asstr()[()]]
        expected = [[[[rsa(apart[c][t], model[i]) if i <= t else np.nan for i in range(L)] for model in models] for t in range(L)]
                    for c in range(C)]
        return wrong + far("RSA with models", expected, group["models/rsa"][()], 1e-8)


def main(run):
    with h5py.File(run / "extract.h5") as file:
        states, shown, feature, level, held_out = (
            file["/extract/" + name][()] for name in ("hidden", "stimulus", "feature", "n", "held_out"))
    with h5py.File(run / "results.h5") as file:
        values = {name: file["/stimuli/" + name][()] for name in PROPERTIES}
    wrong = check_efficiency(run, states, shown, feature, level, values) + check_detection(run) + check_similarity(run, values)
    with h5py.File(run / "decoding.h5") as decoding, h5py.File(run / "orthogonalization.h5") as orthogonal:
        for row, task in enumerate(decoding["/decoding/contexts"].asstr()[()]):
            for column, name in enumerate(orthogonal["/orthogonalization/properties"].asstr()[()]):
                mine = feature == PROPERTIES.index(task)
                train, test = mine & (held_out == 0), mine & (held_out == 1)
                x, labels = states[:, 0].astype(np.float64), values[name][shown[:, 0]]
                model = make_pipeline(StandardScaler(), SVC(kernel="linear", C=1, class_weight="balanced"))
                expected = (model.fit(x[train], labels[train]).predict(x[test]) == labels[test]).sum()
                got = round(decoding[f"/decoding/{name}/accuracy"][row, 0] * decoding[f"/decoding/{name}/n_test"][row, 0])
                O, O_got = index_of(x[train], labels[train]), orthogonal["/orthogonalization/encoding"][row, column]
                print(f"{task:9} {name:9} right of {test.sum()}: {expected} {got}   index: {O:.6f} {O_got:.6f}")
                wrong += abs(expected - got) > 2 or abs(O - O_got) > 1e-6
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])) if len(sys.argv) == 2 else __doc__)
