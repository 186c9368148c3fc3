#!/usr/bin/env python3
"""Beside bench_dual_stream_trial: a trial of one participant, several units at once beside a network of three hidden layers.
Equations: docs/models/dual_stream.md 3.1, 3.4, 3.5, 4.1. Units that were recruited together stay equal: one stands for its group,
as in tsd. Participants are the last axis of every array, so that products are sums of rows that XLA makes vector loops of."""
import functools

import jax
import jax.numpy as jnp
import numpy as np
import peer

UNITS, AT_ONCE, VARIANCE, ITEMS = 500, 5, 0.05, 100
LR_NN, LR_UNITS, LR_ATTENTION, LR_SLOW = 0.001, 0.002, 0.002, 0.1
CASES = {"multi-unit, 25": (25, 16, 40), "multi-unit, 25, ten runs": (25, 10, 40), "multi-unit, 128, ten runs": (128, 10, 40)}


def rows_summed(W, x):
    """[row, column, participant], [column, participant] -> [row, participant]. XLA's own sum over columns is scalar."""
    if len(x) <= 32:
        return sum(W[:, k] * x[k] for k in range(len(x)))
    at = jax.lax.dynamic_index_in_dim
    return jax.lax.fori_loop(0, len(x), lambda k, a: a + at(W, k, 1, False) * at(x, k, 0), jnp.zeros((W.shape[0], W.shape[2]), W.dtype))


def trial(s, shown):
    """A unit just recruited adds nothing to the answer: its weights are 0."""
    x, target = shown  # [feature, participant], [class, participant]
    L, V, slots = jnp.maximum(s["L"], 1e-6), s["V"], jnp.arange(len(s["U"]))[:, None]
    area, e = 2 * jnp.pi * L[:, 0] * L[:, 1], (x[None] - s["U"]) / L  # [group, participant], [group, feature, participant]
    density = jnp.exp(-0.5 * (jnp.square(e[:, 0]) + jnp.square(e[:, 1]))) / area * s["active"]
    z = AT_ONCE * (density[:, None] * V).sum(0)  # [class, participant]
    wrong = ((z[0] >= z[1]) != (target[0] >= target[1])) | ((z[0] == 0) & (z[1] == 0))
    new = wrong & (slots == s["used"])  # no group is left where `used` is their number
    used = s["used"] + (wrong & (s["used"] < len(slots)))
    density, e = jnp.where(new, 1 / area, density), jnp.where(new[:, None], 0, e)

    states = [x]
    for l, (W, b) in enumerate(zip(s["W"], s["b"])):
        a = rows_summed(W, states[-1]) + b
        states.append(jax.nn.relu(a) if l + 1 < len(s["W"]) else a)
    both = z + states[-1]
    delta = (jax.nn.sigmoid(both) - target) / 2
    loss = (jnp.maximum(both, 0) - both * target + jnp.log1p(jnp.exp(-jnp.abs(both)))).mean(0)

    G = (density * (V[:, 0] * delta[0] + V[:, 1] * delta[1]))[:, None] / L
    fast = {"V": V - LR_NN * density[:, None] * delta[None], "U": jnp.where(new[:, None], x[None], s["U"]) - LR_UNITS * G * e,
            "L": L - LR_ATTENTION * G * (jnp.square(e) - 1), "active": jnp.where(new, 1.0, s["active"]), "used": used}
    W, b = list(s["W"]), list(s["b"])
    for l in reversed(range(len(W))):
        below = rows_summed(W[l].swapaxes(0, 1), delta) * (states[l] > 0)
        W[l], b[l] = W[l] - LR_SLOW * delta[:, None] * states[l][None], b[l] - LR_SLOW * delta
        delta = below
    return fast | {"W": W, "b": b}, loss


def start(network, participants):
    """`network`: weights and biases by layer, of a participant each or of all."""
    groups, P = UNITS // AT_ONCE, participants
    return {"U": jnp.zeros((groups, 2, P)), "L": jnp.full((groups, 2, P), np.sqrt(VARIANCE)), "V": jnp.zeros((groups, 2, P)),
            "active": jnp.zeros((groups, P)), "used": jnp.zeros(P, jnp.int32), "W": [jnp.asarray(W) for W, _ in network],
            "b": [jnp.asarray(b) for _, b in network]}


def items():
    """Two Gaussians; features and classes."""
    g = np.random.default_rng(999)
    x = np.vstack([g.multivariate_normal(mean, [[0.009, c], [c, 0.006]], ITEMS // 2) for mean, c in (((0.35, 0.70), 0.004), ((0.65, 0.50), -0.004))])
    return np.round(x, 2), np.repeat([0, 1], ITEMS // 2)


def presented(x, label, order):
    """order [trial, participant]"""
    one_hot = np.eye(2)[label]
    return tuple(jnp.asarray(a[order].swapaxes(1, 2), jnp.zeros(()).dtype) for a in (x, one_hot))


def step_of(name):
    width, participants, epochs = CASES[name]
    g, sizes = np.random.default_rng(0), (2, width, width, width, 2)
    draw = lambda n, *shape: (g.uniform(-1, 1, (*shape, participants)) / np.sqrt(n)).astype(np.float32)
    network = [(draw(n, m, n), draw(n, m)) for n, m in zip(sizes, sizes[1:])]
    order = np.stack([np.concatenate([g.permutation(ITEMS) for _ in range(epochs)]) for _ in range(participants)], 1)

    def step(count, data):
        _, losses = jax.lax.scan(trial, start(data["network"], participants), data["shown"])
        return count + 1, losses[-ITEMS:].mean()
    data = {"network": jax.tree.map(jnp.asarray, network), "shown": presented(*items(), order)}
    return peer.Case(step, jnp.zeros((), jnp.int32), data, len(order) * participants, learnt)


def learnt(values):
    peer.finite(values)
    assert values[0] < 0.3, f"loss in the last epoch {values[0]}, expected below 0.3 (chance: 0.69)"


def verify():
    """Losses of a participant's first trials beside scripts/reference/oracles/dual_stream/autograd.py."""
    import torch
    other = peer.oracle("dual_stream/autograd")
    torch.manual_seed(3)
    fast, slow = other.Fast(UNITS, VARIANCE, AT_ONCE), other.network(25)
    linear = [layer for layer in slow if isinstance(layer, torch.nn.Linear)]
    network = [tuple(p.detach().numpy().copy()[..., None] for p in (layer.weight, layer.bias)) for layer in linear]
    x, label = items()
    order = np.concatenate([np.random.default_rng(k).permutation(ITEMS) for k in range(2)])
    _, losses = jax.lax.scan(trial, start(network, 1), presented(x, label, order[:, None]))
    optimiser = torch.optim.SGD(other.groups(fast, slow, 0.0), lr=1)
    x = torch.tensor(x, dtype=torch.float32)
    expected = [other.trial(fast, slow, optimiser, x[item], int(label[item]))[5] for item in order]
    peer.near("dual stream: losses of two epochs", losses[:, 0], expected, 2e-5)  # single precision


if __name__ == "__main__":
    peer.main({name: functools.partial(step_of, name) for name in CASES}, {}, verify, peer.SMALL_LOOPS)
