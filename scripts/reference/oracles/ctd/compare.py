#!/usr/bin/env python3
"""A comparison's scores, alignment, Jacobians and operators again, by scikit-learn, NumPy and PyTorch, from the files it read:

    python scripts/reference/oracles/ctd/compare.py results/compare_smoke/results.h5

Prints the largest differences, and ends with 1 where one is larger than other orders of sums explain. Paths in /models/file are taken
from the current directory.
"""
import sys

import h5py
import numpy as np
import torch
import yaml
from safetensors.numpy import load_file
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score


def counted(series, lengths):
    return np.concatenate([trial[:n] for trial, n in zip(series, lengths)]).astype(np.float64)


class Reference:
    def __init__(self, path):
        with h5py.File(path) as file:
            self.raw = {name: file[name][()] for name in file if isinstance(file[name], h5py.Dataset)}
        steps = self.raw["train_latents"].shape[1]
        self.lengths = {part: self.raw.get(f"{part}_trial_len", np.full(len(self.raw[f"{part}_latents"]), steps))
                        for part in ("train", "valid")}

    def __getitem__(self, name):
        return counted(self.raw[name], self.lengths[name.split("_")[0]])

    @property
    def heldin(self):
        return self.raw["valid_encod_data"].shape[-1]


def regression_r2(x, y, x_val, y_val):
    return r2_score(y_val, LinearRegression().fit(x, y).predict(x_val), multioutput="variance_weighted")


def bits_per_spike(rates, spikes):
    null = spikes.mean(axis=0, keepdims=True)
    poisson = (rates - spikes * np.log(rates)).sum()
    return ((null - spikes * np.log(null + 1e-8)).sum() - poisson) / (spikes.sum() * np.log(2))


def cycle(train, log_rates, val, left_out):
    """As the reference writes it: both principal components, a regression between them, a truncated pseudo-inverse."""
    latents, rates = PCA().fit(train), PCA().fit(log_rates)
    fit = LinearRegression().fit(latents.transform(train), rates.transform(log_rates))
    u, s, vt = np.linalg.svd(fit.coef_, full_matrices=False)
    k = 1 + np.argmax(np.cumsum(s ** 2) / np.sum(s ** 2) >= 1 - left_out)
    inside = latents.transform(val)
    back = (fit.predict(inside) - fit.intercept_) @ u[:, :k] @ np.diag(1 / s[:k]) @ vt[:k]
    return r2_score(inside, back, multioutput="variance_weighted")


def scores(reference, path, external_inputs, left_out, group="/"):
    with h5py.File(path) as file:
        outputs = file[group] if group in file else file
        raw = {name: outputs[name][()] for name in outputs if isinstance(outputs[name], h5py.Dataset)}
    part = {"train": "train", "eval": "valid"}
    m = {name: counted(raw[name], reference.lengths[part[name.split("_")[0]]]) for name in raw}
    found = {
        "rate_r2": r2_score(reference["valid_activity"], m["eval_rates"], multioutput="variance_weighted"),
        "state_r2": regression_r2(reference["train_latents"], m["train_latents"], reference["valid_latents"], m["eval_latents"]),
        "co_bps": bits_per_spike(m["eval_rates"][:, external_inputs:], reference["valid_recon_data"][:, external_inputs:]),
        "co_bps_heldout": bits_per_spike(m["eval_rates"][:, reference.heldin:], reference["valid_recon_data"][:, reference.heldin:]),
        "cycle_con": cycle(m["train_latents"], np.log(m["train_rates"]), m["eval_latents"], left_out),
    }
    if "valid_targets" in reference.raw:
        fit = LinearRegression().fit(m["eval_latents"], reference["valid_targets"])
        found["performance"] = r2_score(reference["valid_targets"], fit.predict(m["eval_latents"]))
    if "eval_inferred_inputs" in m:
        train, val = m["train_inferred_inputs"], m["eval_inferred_inputs"]
        found["input_r2"] = regression_r2(reference["train_inputs"], train, reference["valid_inputs"], val)
        found["input_r2_reverse"] = regression_r2(train, reference["train_inputs"], val, reference["valid_inputs"])
    return found, m


def gru_jacobians(network, states, inputs):
    """By automatic differentiation of PyTorch's cell."""
    w = {name: torch.tensor(network[f"cell.{name}"], dtype=torch.float64) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}

    def step(h, u):
        return torch.gru_cell(u[None], h[None], w["weight_ih"], w["weight_hh"], w["bias_ih"], w["bias_hh"])[0]

    pairs = [(torch.tensor(h), torch.tensor(u)) for h, u in zip(states, inputs)]
    q = [0.5 * ((step(h, u) - h) ** 2).sum().item() for h, u in pairs]
    return np.array(q), np.stack([torch.func.jacrev(step)(h, u).numpy() for h, u in pairs])


def operator(series, delays, rank):
    """HAVOK by the singular value decomposition of the embedding itself."""
    k, steps, _ = series.shape
    rows = steps - delays + 1
    h = np.concatenate([series[:, delays - 1 - j:delays - 1 - j + rows] for j in range(delays)], axis=2).astype(np.float64)
    v = np.linalg.svd(h.reshape(k * rows, -1).T, full_matrices=False)[2].T.reshape(k, rows, -1)[:, :, :rank]
    before, after = v[:, :-1].reshape(-1, rank), v[:, 1:].reshape(-1, rank)
    return np.linalg.lstsq(before, after, rcond=None)[0].T


def unit(a):
    return a / np.linalg.norm(a)


def angle_of_planes(a, b):
    """Angular distance of 2 x 2 operators over O(2): rotations and reflections one by one."""
    t = np.linspace(0, 2 * np.pi, 200001)
    turn = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]).transpose(2, 0, 1)
    a, b = unit(a), unit(b)
    cosines = [np.einsum("ij,nik,kl,njl->n", a, c, b, c).max() for c in (turn, turn @ np.diag([1, -1]))]
    return np.arccos(min(1, max(cosines)))


class Differences:
    def __init__(self):
        self.failed = False

    def check(self, what, got, expected, allowed):
        off = float(np.max(np.abs(np.asarray(got) - np.asarray(expected))))
        self.failed |= not off <= allowed
        print(f"{what:40} {off:.1e} of {allowed:.0e}{'' if off <= allowed else '  FAILED'}")


def check_sweep(table, series, differences):
    half = len(series) // 2
    for k, (rank, delays) in enumerate(zip(table["rank"], table["n_delays"])):
        what, a = f"rank {rank}, {delays} delays", operator(series, delays, rank)
        angle = np.arccos(np.trace(unit(a)) / np.sqrt(rank))
        differences.check(f"{what}: to the identity", table["to_identity"][k], angle, 1e-7)
        if rank == 2:  # found by Adam
            expected = angle_of_planes(operator(series[:half], delays, 2), operator(series[half:], delays, 2))
            differences.check(f"{what}: between halves", table["between_halves"][k], expected, 1e-6)


def main(path):
    results, differences = h5py.File(path), Differences()
    config = yaml.safe_load(results["provenance/config_yaml"][()].decode())
    names, files = ([x.decode() for x in results[f"models/{column}"]] for column in ("name", "file"))
    reference = Reference(files[0])
    pca = PCA().fit(reference["valid_latents"])
    differences.check("reference's components", results["align/pca_ref/components"], pca.components_, 1e-10)
    differences.check("explained variance", results["align/pca_ref/explained_variance_ratio"], pca.explained_variance_ratio_, 1e-10)
    for k, (name, file) in enumerate(zip(names, files)):
        if k == 0:
            continue
        external = reference.raw["valid_inputs"].shape[-1]
        with h5py.File(file) as model:
            if "params" in model and "eval_inferred_inputs" in model:
                cell = "decoder.rnn.cell.gen_cell" if "params/decoder.rnn.cell.gen_cell.weight_ih" in model else "decoder.gen_cell"
                external = model[f"params/{cell}.weight_ih"].shape[1] - model["eval_inferred_inputs"].shape[-1]
        plain = "metrics"
        if config["metrics"]["eval_dropout"] == "reference":
            plain = "metrics_nodropout"
            for metric, value in scores(reference, file, external, config["metrics"]["cycle_con_var"], "dropout")[0].items():
                differences.check(f"{name} {metric}, dropout on", results[f"metrics/{metric}"][k], value, 1e-10)
        found, m = scores(reference, file, external, config["metrics"]["cycle_con_var"])
        for metric, value in found.items():
            differences.check(f"{name} {metric}", results[f"{plain}/{metric}"][k], value, 1e-10)
        fit = LinearRegression().fit(m["eval_latents"], pca.transform(reference["valid_latents"]))
        differences.check(f"{name} alignment", results[f"align/{name}/coef"], fit.coef_, 1e-10)
        scree = PCA().fit(np.concatenate([m["train_latents"], m["eval_latents"]])).explained_variance_ratio_
        differences.check(f"{name} scree", results[f"scree/{name}"], scree, 1e-10)
    if "fp/reference/zeros/J" in results:
        group = results["fp/reference/zeros"]
        q, jacobians = gru_jacobians(load_file(config["reference"]["task_model"]), group["xstar"][()], group["inputs"][()])
        differences.check("q", group["q_final"], q, 1e-12)
        differences.check("Jacobians", group["J"], jacobians, 1e-6)  # stored in float32
        moduli = np.sort(np.abs(np.linalg.eigvals(jacobians)))[:, ::-1]
        differences.check("eigenvalues' moduli", np.hypot(group["eigval"][..., 0], group["eigval"][..., 1]), moduli, 1e-10)
    if "dsa/A_v" in results and config["dsa"]["phase"] == "val" and config["dsa"]["delay_interval"] == 1:
        kept = int(config["dsa"]["percent_data"] * len(reference.raw["valid_latents"]))
        expected = operator(reference.raw["valid_latents"][:kept], config["dsa"]["n_delays"], config["dsa"]["rank"])
        differences.check("operator, up to signs", np.abs(results["dsa/A_v"][0]), np.abs(expected), 1e-10)
        if "dsa/sweep" in results:
            check_sweep(results["dsa/sweep"], reference.raw["valid_latents"][:kept], differences)
    return differences.failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
