#!/usr/bin/env python3
"""Beside bench_compare: an update of the search for fixed points (GRU of 64 units, 1024 states), 1024 Jacobians with eigenvalues,
and the distance of two operators of rank 50. Equations: docs/models/compare.md 7.4, 7.5."""
import functools

import jax
import jax.numpy as jnp
import numpy as np
import peer
from optim import adam, adam_start

UNITS, INPUTS, STARTS, RANK, UPDATES = 64, 3, 1024, 50, 1500


def waves(rows, columns, scale):
    """The same numbers as in the benchmark."""
    k = np.arange(rows * columns, dtype=float)
    return (scale * np.sin(0.37 * k + 1e-5 * k * k)).reshape(rows, columns)


def gru():
    """Without input: recurrent weights as products want them, and both biases."""
    return {"W": waves(3 * UNITS, UNITS, 0.2).T.copy(), "b": np.full(3 * UNITS, 0.01), "c": np.full(3 * UNITS, 0.02)}


def next_state(p, h):
    n = h.shape[-1]
    a = h @ p["W"] + p["c"]
    gates = jax.nn.sigmoid(a[..., :2 * n] + p["b"][:2 * n])
    r, z = gates[..., :n], gates[..., n:]
    candidate = jnp.tanh(p["b"][2 * n:] + r * a[..., 2 * n:])
    return (1 - z) * candidate + z * h


def single(tree):
    return jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), tree)


def search():
    some = 100

    def speed(x, p):
        return (jnp.square(next_state(p, x) - x).sum(1) / 2).mean()

    def update(state, p):
        value, gradient = jax.value_and_grad(speed)(state["x"], p)
        x, moments = adam(state["x"], gradient, state["moments"], 1e-3)
        return {"x": x, "moments": moments}, value

    def step(state, p):
        state, values = jax.lax.scan(lambda s, _: update(s, p), state, length=some)
        return state, values[-1]
    x = single(waves(STARTS, UNITS, 0.8))
    return peer.Case(step, {"x": x, "moments": adam_start(x)}, single(gru()), some, peer.decreasing)


def jacobians():
    jax.config.update("jax_enable_x64", True)  # as tsd, which has spectra in double precision

    def step(state, p):
        J = jax.vmap(jax.jacfwd(lambda h: next_state(p, h)))(state)
        return state, jnp.abs(jnp.linalg.eigvals(J)).max(1).sum()
    return peer.Case(step, jnp.asarray(waves(STARTS, UNITS, 0.8)), jax.tree.map(jnp.asarray, gru()), 1, is_sum_of_radii)


def is_sum_of_radii(values):
    peer.near("spectral radii of the first states", values[0], sum_of_radii(), 1e-6)


@functools.cache
def sum_of_radii():
    """From the formula of the Jacobian (7.4) and NumPy."""
    p, h, n = gru(), waves(STARTS, UNITS, 0.8), UNITS
    W, a = p["W"].T, h @ p["W"] + p["c"]
    r, z = (1 / (1 + np.exp(-(a[:, k * n:(k + 1) * n] + 0.01))) for k in range(2))
    c = a[:, 2 * n:]
    m = np.tanh(0.01 + r * c)
    within = r[:, :, None] * W[2 * n:] + (c * r * (1 - r))[:, :, None] * W[:n]
    J = ((1 - z) * (1 - m * m))[:, :, None] * within + ((h - m) * z * (1 - z))[:, :, None] * W[n:2 * n]
    J[:, np.arange(n), np.arange(n)] += z
    return np.abs(np.linalg.eigvals(J)).max(1).sum()


def unit_norm(m):
    return m / np.linalg.norm(m)


def rotation(p):
    x = jnp.tanh(jnp.tanh(p[0] @ p[1].T) @ p[2].T) @ p[3].T
    K, one = x - x.T, jnp.eye(len(x), dtype=x.dtype)
    return jnp.linalg.solve(one + K, one - K)


def distance_update(state, ab):
    def loss(p):
        C = rotation(p)
        return jnp.square(ab[0] - C @ ab[1] @ C.T).sum()
    value, gradient = jax.value_and_grad(loss)(state["p"])
    p, moments = adam(state["p"], gradient, state["moments"], 5e-3)
    return {"p": p, "moments": moments}, value


def operators():
    """Of both optimisations: the second one with its first two rows and columns exchanged, another component of the group."""
    a, b = unit_norm(waves(RANK, RANK, 1)), unit_norm(waves(RANK, RANK, 0.5))
    b = b + 0.1 * unit_norm(waves(RANK, RANK, 1).T)  # other than a
    order = [1, 0, *range(2, RANK)]
    return np.stack([a, a]), np.stack([b, b[order][:, order]])


def layers(n, generator):
    return [np.eye(n), *(generator.uniform(-1, 1, (n, n)) / np.sqrt(n) for _ in range(3))]


def distance():
    some = 50

    def step(state, data):
        both = jax.vmap(distance_update)
        state, values = jax.lax.scan(lambda s, _: both(s, data), state, length=some)
        return state, values[-1].sum()
    generator = np.random.default_rng(0)
    p = [single(np.stack(two)) for two in zip(layers(RANK, generator), layers(RANK, generator))]
    moments = adam_start(p) | {"step": jnp.zeros(2, jnp.int32)}
    return peer.Case(step, {"p": p, "moments": moments}, tuple(single(operators())), some / UPDATES, peer.decreasing)


def torch_search():
    import torch
    p = {name: torch.tensor(value, dtype=torch.float32) for name, value in gru().items()}
    x = torch.tensor(waves(STARTS, UNITS, 0.8), dtype=torch.float32, requires_grad=True)
    adam_of = torch.optim.Adam([x], lr=1e-3, fused=True)

    @torch.compile
    def speed(x):
        a = x @ p["W"] + p["c"]
        gates = torch.sigmoid(a[:, :2 * UNITS] + p["b"][:2 * UNITS])
        r, z = gates[:, :UNITS], gates[:, UNITS:]
        new = (1 - z) * torch.tanh(p["b"][2 * UNITS:] + r * a[:, 2 * UNITS:]) + z * x
        return ((new - x).square().sum(1) / 2).mean()

    def step(x, _):
        x.grad = None
        value = speed(x)
        value.backward()
        adam_of.step()
        return value
    return peer.Case(step, x, None, 1, peer.decreasing)


def torch_jacobians():
    import torch
    p = {name: torch.tensor(value) for name, value in gru().items()}

    def new(h):
        a = h @ p["W"] + p["c"]
        r, z = torch.sigmoid(a[:2 * UNITS] + p["b"][:2 * UNITS]).chunk(2)
        return (1 - z) * torch.tanh(p["b"][2 * UNITS:] + r * a[2 * UNITS:]) + z * h
    all_of_them = torch.compile(torch.vmap(torch.func.jacfwd(new)))

    def step(x, _):
        return torch.linalg.eigvals(all_of_them(x)).abs().amax(1).sum()
    return peer.Case(step, torch.tensor(waves(STARTS, UNITS, 0.8)), None, 1, is_sum_of_radii)


def torch_distance():
    import torch
    a, b = (torch.tensor(m, dtype=torch.float32) for m in operators())
    generator, one = np.random.default_rng(0), torch.eye(RANK)
    p = [torch.tensor(np.stack(two), dtype=torch.float32, requires_grad=True)
         for two in zip(layers(RANK, generator), layers(RANK, generator))]
    adam_of = torch.optim.Adam(p, lr=5e-3, fused=True)

    @torch.compile
    def loss():
        x = torch.tanh(torch.tanh(p[0] @ p[1].mT) @ p[2].mT) @ p[3].mT
        K = x - x.mT
        C = torch.linalg.solve(one + K, one - K)
        return (a - C @ b @ C.mT).square().sum()

    def step(_, __):
        adam_of.zero_grad()
        value = loss()
        value.backward()
        adam_of.step()
        return value
    return peer.Case(step, None, None, 1 / UPDATES, peer.decreasing)


def verify():
    import torch
    jax.config.update("jax_enable_x64", True)
    dsa = peer.oracle("ctd/dsa")
    a, b = (jnp.asarray(unit_norm(dsa.filled(c).numpy())) for c in (0.1, 0.7))
    one = np.eye(dsa.N)
    p = [jnp.asarray(m) for m in (one, *(dsa.filled(c).numpy() + one for c in (1.0, 2.0, 3.0)))]
    _, losses = jax.lax.scan(lambda s, _: distance_update(s, (a, b)), {"p": p, "moments": adam_start(p)}, length=10)
    peer.near("distance: losses of ten updates", losses, dsa.course("O")[0], 1e-9)

    p = gru()
    cell = torch.nn.GRUCell(INPUTS, UNITS).double()
    with torch.no_grad():
        for to, value in ((cell.weight_hh, p["W"].T), (cell.bias_ih, p["b"]), (cell.bias_hh, p["c"])):
            to.copy_(torch.tensor(value))
    h = waves(5, UNITS, 0.8)
    peer.near("search: the next state", next_state(p, h), cell(torch.zeros(5, INPUTS).double(), torch.tensor(h)).detach(), 1e-12)


if __name__ == "__main__":
    peer.main({"search": search, "jacobians": jacobians, "distance": distance},
              {"search": torch_search, "jacobians": torch_jacobians, "distance": torch_distance}, verify)
