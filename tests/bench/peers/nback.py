#!/usr/bin/env python3
"""Beside bench_nback_step: a training step of the N-back model after the backbone. Equations: docs/models/nback.md 3.2, 4.1, 4.2."""
import functools

import jax
import jax.numpy as jnp
import numpy as np
import peer
from optim import adam, adam_start, clipped

UNITS, LENGTH, N, NO_ACTION = 256, 6, 2, 0.1
SIZES = {"stsf_mobilenet": (16, 1280, 144), "stsf_resnet": (16, 2048, 144), "current_stsf_resnet": (32, 2048, 480)}
CLASS_WEIGHTS = np.array([0.0, 1.0, 1.0])
SHAPES = (("reduce", "F H"), ("reduce_b", "H"), ("pre", "X H"), ("pre_b", "H"), ("gain", "H"), ("offset", "H"), ("W_ih", "H G"),
          ("W_hh", "H G"), ("b_ih", "G"), ("b_hh", "G"), ("classifier", "H C"), ("classifier_b", "C"))


def parameters(features, units, seed=0):
    size = {"F": features, "H": units, "X": units + 6, "G": 3 * units, "C": 3}
    uniform = np.random.default_rng(seed).uniform
    p = {name: uniform(-1, 1, [size[letter] for letter in shape.split()]) / np.sqrt(features if name.startswith("reduce") else units)
         for name, shape in SHAPES}
    return p | {"gain": np.ones(units), "offset": np.zeros(units)}


def logits(p, shown, task):
    """[B, L, F], [B, 6] -> [L, B, 3]"""
    n = p["gain"].shape[0]
    e = shown @ p["reduce"] + p["reduce_b"]
    a = e @ p["pre"][:n] + (task @ p["pre"][n:] + p["pre_b"])[:, None]
    a = a - a.mean(-1, keepdims=True)
    z = jax.nn.relu(a / jnp.sqrt(jnp.square(a).mean(-1, keepdims=True) + 1e-5) * p["gain"] + p["offset"])
    projected = (z @ p["W_ih"] + p["b_ih"]).swapaxes(0, 1)

    def cell(h, x):
        u = h @ p["W_hh"] + p["b_hh"]
        gates = jax.nn.sigmoid(x[:, :2 * n] + u[:, :2 * n])
        r, s = gates[:, :n], gates[:, n:]
        h = (1 - s) * jnp.tanh(x[:, 2 * n:] + r * u[:, 2 * n:]) + s * h
        return h, h
    _, states = jax.lax.scan(cell, jnp.zeros_like(projected[0, :, :n]), projected, unroll=LENGTH)
    return states @ p["classifier"] + p["classifier_b"]


def loss(p, shown, task, target, executive, weights=CLASS_WEIGHTS):
    """target, executive: [L, B]"""
    each = -jnp.take_along_axis(jax.nn.log_softmax(logits(p, shown, task)), target[..., None], -1)[..., 0]
    w = jnp.asarray(weights, each.dtype)[target] * executive
    return (w * each).sum() / w.sum() + NO_ACTION * (each * ~executive).sum() / (~executive).sum()


def update(state, batch, lr, decay, weights=CLASS_WEIGHTS):
    value, gradient = jax.value_and_grad(loss)(state["p"], *batch, weights)
    gradient, norm = clipped(gradient, 1.0)
    p, moments = adam(state["p"], gradient, state["moments"], lr, decay)
    return {"p": p, "moments": moments}, (value, norm)


def batches(some, B, images, seed=1):
    """Stimuli, tasks and answers of so many batches."""
    generator = np.random.default_rng(seed)
    target = generator.integers(1, 3, (some, LENGTH, B))
    target[:, :N] = 0
    task = np.zeros((B, 6))
    task[:, 2] = task[:, 2 + N] = 1
    return generator.integers(images, size=(some, B, LENGTH)), task, target


def step_of(name):
    B, features, images = SIZES[name]
    some = 16
    single = functools.partial(jnp.asarray, dtype=jnp.float32)
    stimuli, task, target = batches(some, B, images)
    executive = jnp.broadcast_to(jnp.arange(LENGTH)[:, None] >= N, (LENGTH, B))

    def step(state, data):
        def one(state, batch):
            return update(state, (data["table"][batch[0]], data["task"], batch[1], executive), 1e-4, 1e-4)
        state, (values, _) = jax.lax.scan(one, state, (data["stimuli"], data["target"]))
        return state, values[-1]
    p = jax.tree.map(single, parameters(features, UNITS))
    data = {"table": single(np.random.default_rng(2).uniform(size=(images, features))), "task": single(task),
            "stimuli": jnp.asarray(stimuli), "target": jnp.asarray(target)}
    return peer.Case(step, {"p": p, "moments": adam_start(p)}, data, some, peer.decreasing)


def torch_step_of(name):
    import torch
    B, features, images = SIZES[name]
    stimuli, task, target = (torch.tensor(a) for a in batches(16, B, images))
    task, table = task.float(), torch.rand(images, features)
    p = {key: torch.tensor(value, dtype=torch.float32, requires_grad=True) for key, value in parameters(features, UNITS).items()}
    adamw = torch.optim.AdamW(p.values(), lr=1e-4, weight_decay=1e-4, fused=True)
    main, trivial = torch.nn.CrossEntropyLoss(torch.tensor(CLASS_WEIGHTS, dtype=torch.float32)), torch.nn.CrossEntropyLoss()

    @torch.compile
    def value_of(shown, target):
        e = shown @ p["reduce"] + p["reduce_b"]
        a = e @ p["pre"][:UNITS] + (task @ p["pre"][UNITS:] + p["pre_b"])[:, None]
        x = torch.relu(torch.nn.functional.layer_norm(a, (UNITS,), p["gain"], p["offset"])) @ p["W_ih"] + p["b_ih"]
        h, states = torch.zeros(B, UNITS), []
        for t in range(LENGTH):
            u = h @ p["W_hh"] + p["b_hh"]
            r, s = torch.sigmoid(x[:, t, :2 * UNITS] + u[:, :2 * UNITS]).chunk(2, 1)
            h = (1 - s) * torch.tanh(x[:, t, 2 * UNITS:] + r * u[:, 2 * UNITS:]) + s * h
            states.append(h)
        z = torch.stack(states) @ p["classifier"] + p["classifier_b"]
        return main(z[N:].reshape(-1, 3), target[N:].reshape(-1)) + NO_ACTION * trivial(z[:N].reshape(-1, 3), target[:N].reshape(-1))
    count = [0]

    def step(*_):
        k = count[0] = (count[0] + 1) % 16
        adamw.zero_grad()
        value = value_of(table[stimuli[k]], target[k])
        value.backward()
        torch.nn.utils.clip_grad_norm_(p.values(), 1.0)
        adamw.step()
        return value
    return peer.Case(step, None, None, 1, peer.decreasing)


def eager_step_of(name):
    import eager
    return eager.nback(*SIZES[name])


def verify():
    """docs/models/nback.md 11.2, GRU without attention."""
    jax.config.update("jax_enable_x64", True)
    features, units, B = 8, 4, 2
    order = ("reduce", "reduce_b", "pre", "pre_b", "gain", "offset", "W_ih", "W_hh", "b_ih", "b_hh", "classifier", "classifier_b")
    p = parameters(features, units)
    for q, name in enumerate(order):
        values = 0.5 * np.sin(1 + 0.7 * q + 0.3 * np.arange(p[name].size))
        p[name] = jnp.asarray(values.reshape(p[name].T.shape).T)  # PyTorch's linear layers have [out, in]
    p["gain"] = 1 + 0.2 * p["gain"]
    shown = np.abs(np.sin(0.37 * (np.arange(B * LENGTH * features) + 1))).reshape(B, LENGTH, features)
    task = np.zeros((B, 6))
    task[0, [0, 3]] = task[1, [1, 4]] = 1  # location n = 1, identity n = 2
    target = np.array([[0, 1, 2, 1, 2, 2], [0, 0, 2, 1, 1, 2]]).T
    executive = np.arange(LENGTH)[:, None] >= np.array([1, 2])
    batch = (jnp.asarray(shown), jnp.asarray(task), jnp.asarray(target), jnp.asarray(executive))
    state = {"p": p, "moments": adam_start(p)}
    for k in range(11):
        state, (value, norm) = update(state, batch, 0.01, 0.01, np.array([0, 1.1, 0.9]))
        if k == 0:
            peer.near("N-back: loss, gradient norm", (value, norm), (1.110442605, 0.493703911), 1e-9)
        if k in (1, 10):
            peer.near(f"N-back: loss after {k} steps", value, {1: 1.076471249, 10: 0.960217266}[k], 1e-9)


if __name__ == "__main__":
    peer.main({name: functools.partial(step_of, name) for name in SIZES},
              {name: functools.partial(torch_step_of, name) for name in SIZES}, verify,
              eager_cases={name: functools.partial(eager_step_of, name) for name in SIZES})
