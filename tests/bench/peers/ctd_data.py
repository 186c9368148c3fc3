#!/usr/bin/env python3
"""Beside bench_ctd_data_step: the gradient of an update of data-trained models on the flip-flop's recording, auto-encoders with GRU
of 128 units and NODE of 8 latents (250 trials), LFADS (500), dropouts included. Equations: docs/models/ctd_data.md 3, 4."""
import functools

import jax
import jax.numpy as jnp
import numpy as np
import peer

STEPS, N_IN, N_ALL, U = 500, 50, 60, 3
DROPOUT = {"sae": 0.05, "lfads": 0.02}
CD_RATE, POST_MIN, PRIOR_VARIANCE, KL = 0.3, 1e-4, 0.1, 1e-6


def drop(key, x, p):
    return x if key is None or p == 0 else jnp.where(jax.random.uniform(key, x.shape) < p, 0, x / (1 - p))


def keys(key, n):
    return [None] * n if key is None else list(jax.random.split(key, n))


def gru(p, x, h):
    """PyTorch's; x is projected already."""
    n, u = h.shape[-1], h @ p["U"] + p["c"]
    gates = jax.nn.sigmoid(x[:, :2 * n] + u[:, :2 * n])
    return (1 - gates[:, n:]) * jnp.tanh(x[:, 2 * n:] + gates[:, :n] * u[:, 2 * n:]) + gates[:, n:] * h


@functools.partial(jax.checkpoint, policy=jax.checkpoint_policies.dots_saveable)
def clipped_gru(p, x, h, clip=5.0):
    """Only its products are saved for the way back, the rest is done again."""
    n = h.shape[-1]
    gates = jax.nn.sigmoid(x[:, :2 * n] + h @ p["U"][:, :2 * n] + p["c"][:2 * n])
    z, r = gates[:, :n], gates[:, n:]
    candidate = jnp.tanh(x[:, 2 * n:] + (r * h) @ p["U"][:, 2 * n:] + p["c"][2 * n:])
    return jnp.clip(z * h + (1 - z) * candidate, -clip, clip)


def project(p, x):
    return x @ p["W"] + p["b"]


def both_ways(cell, ahead, back, x, start):
    """Last states of both directions, side by side."""
    def one(h, now):
        return (cell(ahead, now[0], h[0]), cell(back, now[1], h[1])), None
    last, _ = jax.lax.scan(one, start, (project(ahead, x), project(back, x)[::-1]))
    return jnp.concatenate(last, 1)


def node(p, u, h):
    x = jnp.concatenate([h, u], 1)
    for k, layer in enumerate(p):
        x = x @ layer["W"] + layer["b"]
        x = jax.nn.relu(x) if k + 1 < len(p) else x
    return h + 0.1 * x


def sae(p, trial, key, dropout=DROPOUT["sae"]):
    """Mean of exp(l) - y l, and the latents [step, trial, unit]; without a key nothing is dropped."""
    one, two = keys(key, 2)
    x, rows, n = trial["spikes"][:-1, :, :trial["n_in"].shape[0]], trial["spikes"].shape[1], p["ahead"]["U"].shape[0]
    start = (jnp.zeros((rows, n), x.dtype),) * 2
    h = drop(one, both_ways(gru, p["ahead"], p["back"], x, start), dropout) @ p["ic"]["W"] + p["ic"]["b"]
    if isinstance(p["cell"], list):
        _, states = jax.lax.scan(lambda h, u: (node(p["cell"], u, h),) * 2, h, trial["inputs"])
    else:
        _, states = jax.lax.scan(lambda h, u: (gru(p["cell"], u, h),) * 2, drop(two, h, dropout), project(p["cell"], trial["inputs"]))
    l = states @ p["readout"]["W"] + p["readout"]["b"]
    return (jnp.exp(l) - trial["spikes"] * l).mean(), states


def stirling(y):
    some = jnp.where(y > 1, y, 2)
    return jnp.where(y > 1, y * jnp.log(some) - y + 0.5 * jnp.log(2 * jnp.pi * some), 0)


def lfads(p, trial, key, kl=KL, dropout=DROPOUT["lfads"]):
    """Reconstruction and the weighed KL term; (reconstruction, KL, states). Without a key nothing is dropped, and the code is the mean."""
    hide, encoded, encoding, sample, external, factor, first = keys(key, 7)
    y, n_in = trial["spikes"], trial["n_in"].shape[0]
    x, learnt = y[:, :, :n_in], jnp.ones((), bool)
    if key is not None:  # coordinated dropout
        seen = jax.random.uniform(hide, x.shape) >= CD_RATE
        x = jnp.where(seen, x / (1 - CD_RATE), 0)
        learnt = jnp.concatenate([~seen, jnp.ones((*y.shape[:2], y.shape[2] - n_in), bool)], 2)
    rows = y.shape[1]
    start = tuple(jnp.broadcast_to(h, (rows, h.shape[0])) for h in p["h0"])
    last = both_ways(clipped_gru, p["ahead"], p["back"], drop(encoded, x, dropout), start)
    mean, logvar = jnp.split(drop(encoding, last, dropout) @ p["ic"]["W"] + p["ic"]["b"], 2, 1)
    std = jnp.sqrt(jnp.exp(logvar) + POST_MIN)
    code = mean if key is None else mean + std * jax.random.normal(sample, mean.shape)
    variance = PRIOR_VARIANCE
    divergence = (0.5 * (jnp.log(variance) - 2 * jnp.log(std) + (jnp.square(std) + jnp.square(mean - p["prior"])) / variance - 1)).sum(1).mean()
    u = project(p["cell"], drop(external, trial["inputs"], dropout))
    _, states = jax.lax.scan(lambda h, now: (clipped_gru(p["cell"], now, h),) * 2, code @ p["g0"]["W"] + p["g0"]["b"], u)
    weight = p["factors"] / jnp.linalg.norm(p["factors"], axis=0)
    l = drop(factor, states, dropout) @ weight @ p["readout"]["W"] + p["readout"]["b"]
    each = jnp.exp(l) - y * l + trial["constant"]
    recon = jnp.where(learnt, each, jax.lax.stop_gradient(each)).mean()
    return recon + kl * divergence, (recon, divergence, states)


def linear(generator, m, n):
    return {"W": generator.uniform(-1, 1, (m, n)) / np.sqrt(m), "b": generator.uniform(-1, 1, n) / np.sqrt(m)}


def recurrent(generator, m, n):
    side = 1 / np.sqrt(n)
    return {"W": generator.uniform(-side, side, (m, 3 * n)), "U": generator.uniform(-side, side, (n, 3 * n)),
            "b": generator.uniform(-side, side, 3 * n), "c": generator.uniform(-side, side, 3 * n)}


def sae_parameters(cell, latent, encoder=100, sizes=(N_IN, N_ALL, U), hidden=128, layers=6):
    g, (n_in, n_all, u) = np.random.default_rng(0), sizes
    widths = [latent + u, *[hidden] * layers, latent]
    return {"ahead": recurrent(g, n_in, encoder), "back": recurrent(g, n_in, encoder), "ic": linear(g, 2 * encoder, latent),
            "cell": recurrent(g, u, latent) if cell == "gru" else [linear(g, a, b) for a, b in zip(widths, widths[1:])],
            "readout": linear(g, latent, n_all)}


def lfads_parameters(units=128, code=128, factors=128, sizes=(N_IN, N_ALL, U), generator_units=None):
    g, (n_in, n_all, u) = np.random.default_rng(0), sizes
    gen = generator_units or units
    return {"h0": [np.zeros(units), np.zeros(units)], "ahead": recurrent(g, n_in, units), "back": recurrent(g, n_in, units),
            "ic": linear(g, 2 * units, 2 * code), "prior": np.zeros(code), "g0": linear(g, code, gen), "cell": recurrent(g, u, gen),
            "factors": g.normal(size=(gen, factors)) / np.sqrt(gen), "readout": linear(g, factors, n_all)}


def trials(rows):
    """The same numbers as in the benchmark, [step, trial, neuron]."""
    def wave(columns, scale):
        k = np.arange(rows * STEPS * columns, dtype=float)
        return np.floor(scale + scale * np.sin(2.3 * k)).astype(np.float32).reshape(rows, STEPS, columns).swapaxes(0, 1).copy()
    return {"spikes": jnp.asarray(wave(N_ALL, 1.2)), "inputs": jnp.asarray(wave(U, 1))}


def case(loss, parameters, rows):
    jax.config.update("jax_default_prng_impl", "rbg")  # the fast one
    p = jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), parameters)
    trial = trials(rows) | {"n_in": jnp.zeros(N_IN)}
    trial["constant"] = jax.jit(stirling)(trial["spikes"])

    def step(state, data):
        key, now = jax.random.split(state["key"])
        (value, _), gradient = jax.value_and_grad(loss, has_aux=True)(data["p"], data["trial"], now)
        return {"key": key, "gradient": gradient}, value
    state = {"key": jax.random.key(0), "gradient": jax.tree.map(jnp.zeros_like, p)}
    return peer.Case(step, state, {"p": p, "trial": trial}, 1, peer.finite)


def torch_sae_gru(rows=250):
    """Its GRUs are PyTorch's own, which compilation leaves as they are."""
    import torch
    encoder, cell = torch.nn.GRU(N_IN, 100, bidirectional=True), torch.nn.GRU(U, 128)
    net = torch.nn.ModuleList([encoder, torch.nn.Linear(200, 128), cell, torch.nn.Linear(128, N_ALL)])
    y, u = (torch.tensor(np.asarray(trials(rows)[name])) for name in ("spikes", "inputs"))

    def step(*_):
        net.zero_grad()
        e = torch.nn.functional.dropout(torch.cat(tuple(encoder(y[:-1, :, :N_IN])[1]), 1), DROPOUT["sae"])
        states, _ = cell(u, torch.nn.functional.dropout(net[1](e), DROPOUT["sae"])[None])
        l = net[3](states)
        value = (torch.exp(l) - y * l).mean()
        value.backward()
        return value
    return peer.Case(step, None, None, 1, peer.finite)


def verify():
    """Loss, latents and gradients without dropout beside those of PyTorch's modules, on small sizes."""
    import torch
    jax.config.update("jax_enable_x64", True)
    other = peer.oracle("ctd/auto_encoders")
    other.NUMBERS.normal = lambda kind, row, step, n: np.zeros(n)
    y, u = other.spikes(), other.inputs()
    trial = {"spikes": jnp.asarray(y.numpy().swapaxes(0, 1)), "inputs": jnp.asarray(u.numpy().swapaxes(0, 1)),
             "n_in": jnp.zeros(other.N_IN)}
    trial["constant"] = stirling(trial["spikes"])

    def arrays(module):
        return {name: jnp.asarray(value.detach().numpy()) for name, value in module.state_dict().items()}

    def cell(w, prefix, suffix=""):
        return {"W": w[f"{prefix}weight_ih{suffix}"].T, "U": w[f"{prefix}weight_hh{suffix}"].T, "b": w[f"{prefix}bias_ih{suffix}"],
                "c": w[f"{prefix}bias_hh{suffix}"]}

    def map_of(w, name):
        return {"W": w[f"{name}.weight"].T, "b": w[f"{name}.bias"]}

    for kind in ("gru", "node"):
        model = other.Sae(kind, p=0).double()
        other.fill(model)
        w = arrays(model)
        own = cell(w, "decoder.cell.") if kind == "gru" else [map_of(w, f"decoder.cell.vf_net.{k}") for k in (0, 2, 4)]
        p = {"ahead": cell(w, "encoder.", "_l0"), "back": cell(w, "encoder.", "_l0_reverse"), "ic": map_of(w, "ic_linear"), "cell": own,
             "readout": map_of(w, "readout")}
        (value, states), gradient = jax.value_and_grad(sae, has_aux=True)(p, trial, None)
        outputs, latents = model(y[..., :other.N_IN], u)
        expected = (torch.exp(outputs) - y * outputs).mean()
        expected.backward()
        peer.near(f"{kind} auto-encoder: loss", value, expected.item(), 1e-12)
        peer.near(f"{kind} auto-encoder: latents", states.swapaxes(0, 1), latents.detach(), 1e-12)
        peer.near(f"{kind} auto-encoder: gradient of the encoder", gradient["ahead"]["U"].T, model.encoder.weight_hh_l0.grad, 1e-12)

    model = other.Lfads(None).double()
    other.Lfads.P, other.Lfads.POST_MIN = 0, POST_MIN
    model.m["clip"] = 5.0
    for module in model.modules():
        if isinstance(module, other.ClippedGru):
            module.clip = 5.0
    other.fill(model)
    with torch.no_grad():
        model.ic_prior.logvar.fill_(np.log(PRIOR_VARIANCE))
    w = arrays(model)
    p = {"h0": [w["encoder.ic_enc_h0"][k, 0] for k in (0, 1)], "ahead": cell(w, "encoder.ic_enc.fwd_gru.cell."),
         "back": cell(w, "encoder.ic_enc.bwd_gru.cell."), "ic": map_of(w, "encoder.ic_linear"), "prior": w["ic_prior.mean"],
         "g0": map_of(w, "decoder.ic_to_g0"), "cell": cell(w, "decoder.rnn.cell.gen_cell."),
         "factors": w["decoder.rnn.cell.fac_linear.weight"].T, "readout": map_of(w, "readout")}
    (_, (recon, divergence, states)), gradient = jax.value_and_grad(lfads, has_aux=True)(p, trial, None, 0.3)
    outputs, latents = model(y[..., :other.N_IN], u)
    expected = other.nll("poisson", y, outputs, None).mean()
    (expected + 0.3 * model.kl_ic).backward()
    peer.near("LFADS: reconstruction, KL", (recon, divergence), (expected.item(), model.kl_ic.item()), 1e-10)
    peer.near("LFADS: states", states.swapaxes(0, 1), latents.detach(), 1e-12)
    peer.near("LFADS: gradient of the encoder", gradient["ahead"]["U"].T, model.encoder.ic_enc.fwd_gru.cell.weight_hh.grad, 1e-12)


if __name__ == "__main__":
    cases = {"lfads": lambda: case(lfads, lfads_parameters(), 500)}
    for name, kind, latent in (("sae_gru", "gru", 128), ("sae_node", "node", 8)):
        for rows in (250, 25, 50):
            cases[name + ("" if rows == 250 else f"_of_{rows}")] = functools.partial(lambda k, l, r: case(sae, sae_parameters(k, l), r), kind, latent, rows)
    peer.main(cases, {"sae_gru": torch_sae_gru}, verify)
