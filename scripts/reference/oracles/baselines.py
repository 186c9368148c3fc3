#!/usr/bin/env python3
"""Ridge regression, factor analysis and Gaussian-process factor analysis of made-up data by scikit-learn and elephant.

    scripts/reference/oracles/baselines.py tests/golden/baselines.safetensors

needs scikit-learn, elephant and safetensors; tests/math/test_baselines.cpp compares.
"""
import sys

import numpy as np
from elephant.gpfa import gpfa_core
from safetensors.numpy import save_file
from sklearn.decomposition import FactorAnalysis
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV

SEQUENCES, STEPS, NEURONS, FACTORS = 12, 20, 7, 2


def data():
    """[sequence, step, neuron]: two slow courses seen by seven neurons, and what looks like noise."""
    i, t, n = np.meshgrid(np.arange(SEQUENCES), np.arange(STEPS), np.arange(NEURONS), indexing="ij")
    slow = np.sin(0.35 * t + 1.3 * i) * np.cos(1.1 * n) + np.cos(0.2 * t + 0.7 * i * i) * np.sin(0.8 * n + 0.3)
    rough = np.sin(1e3 * np.sin(12.9898 * i + 78.233 * t + 37.719 * n))
    return (2 + slow + 0.5 * rough).astype(np.float32)


def gpfa(x):
    sequences = np.array([(STEPS, s.T.astype(float)) for s in x], dtype=[("T", int), ("y", object)])
    model, fit = gpfa_core.fit(sequences, x_dim=FACTORS, bin_width=20.0, tau_init=100.0, em_max_iters=40, em_tol=1e-8, freq_ll=1)
    latents, _ = gpfa_core.exact_inference_with_ll(sequences, model)
    return {"gpfa/log_likelihood": np.array(fit["log_likelihoods"]), "gpfa/gamma": model["gamma"], "gpfa/offset": model["d"],
            "gpfa/noise": np.diag(model["R"]), "gpfa/loadings": model["C"].T,
            "gpfa/factors": np.stack([z.T for z in latents["latent_variable"]])}


def main(path):
    x = data()
    rows = x.reshape(-1, NEURONS).astype(float)
    fa = FactorAnalysis(FACTORS, svd_method="lapack").fit(rows)
    given, wanted = rows[:, :5], rows[:, 5:]
    ridge = Ridge(alpha=3.0).fit(given, wanted)
    search = GridSearchCV(Ridge(), {"alpha": [1e-2, 1e-1, 1, 1e1, 1e2, 1e3]}).fit(given, wanted)
    found = {"data": x, "factor_analysis/loadings": fa.components_, "factor_analysis/noise": fa.noise_variance_,
               "factor_analysis/factors": fa.transform(rows), "ridge/weights": ridge.coef_.T, "ridge/chosen": search.best_estimator_.coef_.T,
               "ridge/predicted": search.predict(given), **gpfa(x)}
    save_file({name: np.ascontiguousarray(values) for name, values in found.items()}, path)
    print("penalty", search.best_params_, "log-likelihood", found["gpfa/log_likelihood"][-1])


if __name__ == "__main__":
    main(sys.argv[1])
