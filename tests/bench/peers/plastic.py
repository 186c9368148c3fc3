#!/usr/bin/env python3
"""Beside bench_plastic_step: an iteration of continual scene detection, Memo with rates per synapse: draw a sequence of 100 scenes of
four frames at R = 1, forward, backward, Adam. Equations: docs/models/plastic.md 2.1, 2.2, 3.2 to 3.4, 4.1."""
import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import peer
from optim import adam, adam_start

D, FRAMES, SCENES, FLIPS, REPEAT = 25, 4, 100, 2, 0.5
ORDERS = np.array(list(itertools.permutations(range(FRAMES))))
CASES = {"Memo M_A 50_50": ((50, 50), "MA"), "Memo M_A 100_100": ((100, 100), "MA"), "Memo M_A 25_25": ((25, 25), "MA")}


def scenes(key):
    """Frames [scene, frame, component] and labels, at R = 1."""
    bases, firsts, seconds, repeats, orders = jax.random.split(key, 5)
    base = jnp.where(jax.random.bernoulli(bases, shape=(SCENES, 1, D)), 1.0, -1.0)
    first = jax.random.randint(firsts, (SCENES, FRAMES - 1, 1), 0, D)
    second = jax.random.randint(seconds, (SCENES, FRAMES - 1, 1), 0, D - 1)
    second = second + (second >= first)
    flipped = (jnp.arange(D) == first) | (jnp.arange(D) == second)
    new = base * jnp.concatenate([jnp.ones((SCENES, 1, D)), jnp.where(flipped, -1.0, 1.0)], 1)
    due = jax.random.uniform(repeats, (SCENES,)) >= 1 - REPEAT
    due = due.at[0].set(False)
    _, familiar = jax.lax.scan(lambda before, u: (u & ~before,) * 2, jnp.zeros((), bool), due)
    order = jnp.asarray(ORDERS)[jax.random.randint(orders, (SCENES,), 0, len(ORDERS))]
    again = jnp.take_along_axis(jnp.roll(new, 1, 0), order[..., None], 1)
    return jnp.where(familiar[:, None, None], again, new), familiar.astype(base.dtype)


def loss(p, frames, labels, types):
    """Frames [scene, frame, component]. Logarithms at least -100. Only products are saved for the way back, the rest is done again."""
    last = len(p["W"]) - 1

    @functools.partial(jax.checkpoint, policy=jax.checkpoint_policies.dots_saveable)
    def frame(P, x):
        out = []
        for k, kind in enumerate(types):
            W = p["W"][k]
            a = (W * (1 + P[k]) if kind == "M" else W + P[k]) @ x + p["b"][k]
            h = jax.nn.sigmoid(a) if k == last else jnp.tanh(a)
            out.append(jax.nn.sigmoid(p["lambda"][k]) * P[k] + p["eta"][k] * jnp.outer(h, x))
            x = h
        return out, x
    _, h = jax.lax.scan(frame, [jnp.zeros_like(W) for W in p["W"]], frames.reshape(-1, frames.shape[-1]))
    y = jax.nn.sigmoid(h[frames.shape[1] - 1::frames.shape[1]] @ p["w_final"] + p["b_final"])
    logs = (jnp.maximum(jnp.log(v), -100) for v in (y, 1 - y))
    return -(labels * next(logs) + (1 - labels) * next(logs)).mean()


def iteration(state, frames, labels, types):
    value, gradient = jax.value_and_grad(loss)(state["p"], frames, labels, types)
    p, moments = adam(state["p"], gradient, state["moments"], 1e-3)
    return {"p": p, "moments": moments}, value


def parameters(hidden):
    normal = np.random.default_rng(0).normal
    shapes = list(zip(hidden, (D, *hidden)))
    xavier = lambda shape: normal(size=shape) * np.sqrt(2 / sum(shape))
    return {"W": [xavier(s) for s in shapes], "eta": [xavier(s) for s in shapes], "b": [normal(size=n) * np.sqrt(2 / (n + 1)) for n in hidden],
            "lambda": [np.ones(()) for _ in hidden], "w_final": xavier((1, hidden[-1]))[0], "b_final": normal(size=())}


def step_of(name):
    hidden, types = CASES[name]
    some = 8
    jax.config.update("jax_default_prng_impl", "rbg")  # the fast one

    def step(state, _):
        def one(state, __):
            key, now = jax.random.split(state["key"])
            state, value = iteration(state, *scenes(now), types)
            return state | {"key": key}, value
        state, values = jax.lax.scan(one, state, length=some)
        return state, values.mean()
    p = jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), parameters(hidden))
    return peer.Case(step, {"p": p, "moments": adam_start(p), "key": jax.random.key(0)}, None, some, check)


def check(values):
    """Of random scenes: the first losses are higher than the last."""
    peer.finite(values)
    some = max(1, len(values) // 4)
    assert np.mean(values[-some:]) < np.mean(values[:some]), f"no decrease: {values[0]} at first, {values[-1]} at last"


def verify():
    """docs/models/plastic.md 11.2: Memo [6, 5] A, M with rates per synapse, on the sequence of 11.1; what is drawn here, too."""
    jax.config.update("jax_enable_x64", True)
    other = peer.oracle("plastic/baselines")
    frames, labels = (jnp.asarray(a.numpy(), float) for a in other.sequence())
    wave = lambda rows, columns, c, phi: jnp.asarray(other.wave(rows, columns, c, phi).detach().numpy())
    sizes = ((6, D), (5, 6))
    p = {"W": [wave(*s, 0.4, 0.3 + k) for k, s in enumerate(sizes)], "eta": [wave(*s, 0.5, 0.11 + k) for k, s in enumerate(sizes)],
         "b": [wave(s[0], 1, 0.2, 0.7 + k)[:, 0] for k, s in enumerate(sizes)], "lambda": [jnp.ones(()) for _ in sizes],
         "w_final": wave(1, 5, 0.8, 0.5)[0], "b_final": wave(1, 1, 0.3, 0.9)[0, 0]}
    state, expected = {"p": p, "moments": adam_start(p)}, {0: 0.828487927930, 1: 0.824853239436, 10: 0.796865168154}
    for k in range(11):
        state, value = iteration(state, frames.reshape(-1, FRAMES, D), labels, "AM")
        if k in expected:
            peer.near(f"plastic: loss {k}", value, expected[k], 1e-11)
    drawn = [scenes(jax.random.key(seed)) for seed in range(40)]
    for frames, labels in drawn:
        frames, labels = np.asarray(frames), np.asarray(labels) > 0
        assert not (labels[1:] & labels[:-1]).any() and not labels[0]
        assert all(sorted(map(tuple, frames[s])) == sorted(map(tuple, frames[s - 1])) for s in np.flatnonzero(labels))
        assert all(((frames[s] != frames[s][:1]).sum(1)[1:] == FLIPS).all() for s in np.flatnonzero(~labels))
    peer.near("plastic: share of familiar scenes", np.mean([labels for _, labels in drawn]), 0.3311, 0.03)  # 2.2; its deviation is 0.006


if __name__ == "__main__":
    peer.main({name: functools.partial(step_of, name) for name in CASES}, {}, verify, peer.SMALL_LOOPS)
