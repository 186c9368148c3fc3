#!/usr/bin/env python3
"""How alike two sets of states are, by SciPy, scikit-learn and NumPy: the numbers of tests/math/test_likeness.cpp, and jPCA's
of tests/math/test_jpca.cpp by the published regression in its own words; demixed components of tests/math/test_dpca.cpp by their
package. Needs numpy, scipy, scikit-learn, dPCA."""
import numpy as np
from dPCA.dPCA import dPCA
from scipy.spatial import procrustes
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score


def waves(rows, columns, a, b):
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return np.sin(a * i + b * j + 0.01 * i * j).astype(np.float32).astype(np.float64)


def cka(x, y):
    x, y = x - x.mean(0), y - y.mean(0)
    return np.linalg.norm(x.T @ y) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))


def canonical(x, y):
    (qx, _), (qy, _) = (np.linalg.qr(z - z.mean(0)) for z in (x, y))
    return np.linalg.svd(qx.T @ qy)[1]


def likeness():
    x, y = waves(60, 4, 0.7, 1.3), waves(60, 3, 0.9, 0.4)
    y[:, 0] += x[:, 1]
    y = y.astype(np.float32).astype(np.float64)
    print("cka", repr(cka(x, y)))
    print("procrustes", repr(procrustes(x, np.c_[y, np.zeros(60)])[2]))
    print("canonical", canonical(x, y).tolist())
    fit = LinearRegression().fit(y[:40], x[:40])
    print("r2 of columns", r2_score(x[40:], fit.predict(y[40:]), multioutput="raw_values").tolist())
    pca = PCA().fit(x[40:])
    print("r2 of components", r2_score(pca.transform(x[40:]), pca.transform(fit.predict(y[40:])), multioutput="raw_values").tolist())


def jpca():
    c, t, n = np.meshgrid(np.arange(4), np.arange(12), np.arange(5), indexing="ij")
    d = 5 + 2 * np.cos(.35 * t + .8 * c + 1.1 * n) + .5 * n * np.sin(.6 * t - .5 * c) + .3 * np.cos(.2 * t * n) + .2 * c * np.sin(.9 * n + .15 * t)
    d = d.astype(np.float32).astype(np.float64)
    flat = d.reshape(-1, 5)
    d = d / (flat.max(0) - flat.min(0) + 5)
    d -= d.mean(0)
    flat = d.reshape(-1, 5)
    pca = PCA(4).fit(flat)
    states = pca.transform(flat).reshape(4, 12, 4)
    x, dx = states[:, :-1].reshape(-1, 4), np.diff(states, axis=1).reshape(-1, 4)
    # Least squares over the six numbers of a skew-symmetric matrix.
    pairs = [(i, j) for i in range(4) for j in range(i)]
    design = np.zeros((x.size, len(pairs)))
    for k, (i, j) in enumerate(pairs):
        m = np.zeros((4, 4))
        m[i, j], m[j, i] = 1, -1
        design[:, k] = (x @ m.T).ravel()
    w = np.linalg.lstsq(design, dx.ravel(), rcond=None)[0]
    m = np.zeros((4, 4))
    for k, (i, j) in enumerate(pairs):
        m[i, j], m[j, i] = w[k], -w[k]
    values, vectors = np.linalg.eig(m)
    order = np.argsort(-values.imag)[:2]
    print("variance ratios", (pca.explained_variance_ratio_).tolist())
    print("frequencies", values.imag[order].tolist())
    print("r2", 1 - ((dx - x @ m.T) ** 2).sum() / (dx ** 2).sum())
    free = np.linalg.lstsq(x, dx, rcond=None)[0]
    print("r2 free", 1 - ((dx - x @ free) ** 2).sum() / (dx ** 2).sum())
    for k in order:
        plane = np.stack([vectors[:, k].real, vectors[:, k].imag]) * np.sqrt(2)
        print("plane variance", ((states.reshape(-1, 4) @ plane.T) ** 2).sum() / (states ** 2).sum())


def dpca():
    n, s, t = np.meshgrid(np.arange(5), np.arange(3), np.arange(8), indexing="ij")
    x = np.cos(.9 * n + .5 * t) + .7 * np.sin(1.3 * n + 1.1 * s) + .3 * np.cos(.4 * n * s + .6 * t) + .1 * n
    x -= x.reshape(5, -1).mean(1)[:, None, None]
    for regulariser, join in ((None, None), (None, {"s": ["s", "st"]}), (1e-4, None), (1e-2, {"s": ["s", "st"]})):
        settings = {"join": join} if join else {}
        model = dPCA(labels="st", n_components=2, regularizer=regulariser, n_iter=20, **settings)
        courses = model.fit_transform(x)
        print("dpca", regulariser, join)
        for part in model.P:
            shown = {"ratio": model.explained_variance_ratio_[part], "encoder": abs(model.P[part][:, 0]), "decoder": abs(model.D[part][:, 0]),
                     "course": abs(courses[part][0]).ravel()[:2]}
            print("   ", part, {name: np.asarray(values).tolist() for name, values in shown.items()})


if __name__ == "__main__":
    likeness()
    jpca()
    dpca()
