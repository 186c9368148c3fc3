#!/usr/bin/env python3
"""Independent components of made-up mixtures by scikit-learn's FastICA; tests/math/test_ica.cpp asserts these rows, up to order and
sign.

    python scripts/reference/oracles/independent_components.py
"""
import numpy as np
from sklearn.decomposition import FastICA

k = np.arange(600)
sources = np.stack([np.sign(np.sin(0.3 * k + 0.1)), (0.17 * k) % 1 - 0.5, np.sin(0.05 * k) ** 3], axis=1)
mixing = np.array([[1.0, 0.4, -0.3], [0.2, 2.0, 0.5], [-0.6, 0.1, 1.0]])
x = (sources @ mixing.T + [1, -2, 0.5]).astype(np.float32).astype(float)
ica = FastICA(fun="logcosh", tol=1e-14, max_iter=2000, whiten="unit-variance", random_state=0).fit(x)
for row in ica.components_:
    print(*(f"{value:.9f}" for value in row))
