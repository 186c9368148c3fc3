#!/usr/bin/env python3
"""Beside bench_ctd_update: the gradient of an update of the flip-flop's NoisyGRU, 256 trials of 500 steps. Equations:
docs/models/ctd_task.md 3.1, 3.3, 4.2. The mask is 1 throughout, which costs as much as the published one."""
import functools

import jax
import jax.numpy as jnp
import numpy as np
import peer

INPUTS, OUTPUTS, STEPS = 3, 3, 500
INITIAL, NOISE = 0.05, 0.01


def parameters(units, seed=0):
    uniform = np.random.default_rng(seed).uniform
    side = 1 / np.sqrt(units)
    return {"start": np.zeros(units), "W": uniform(-side, side, (INPUTS, 3 * units)), "U": uniform(-side, side, (units, 3 * units)),
            "b": uniform(-side, side, 3 * units), "c": uniform(-side, side, 3 * units),
            "readout": uniform(-side, side, (units, OUTPUTS)), "offset": uniform(-side, side, OUTPUTS)}


def trials(batch, steps, seed=1):
    """Inputs, targets [step, trial, ..] and the mask."""
    generator = np.random.default_rng(seed)
    x, target = generator.normal(size=(steps, batch, INPUTS)), generator.uniform(size=(steps, batch, OUTPUTS))
    return {"x": x, "target": target, "mask": np.ones((steps, batch, OUTPUTS))}


def loss(p, trial, initial, noise):
    """`noise` [step, trial, unit], standard normal like `initial` [trial, unit]."""
    n = p["start"].shape[0]

    def cell(h, now):
        x, e = now
        a, u = x @ p["W"] + p["b"], h @ p["U"] + p["c"]
        gates = jax.nn.sigmoid(a[:, :2 * n] + u[:, :2 * n])
        r, z = gates[:, :n], gates[:, n:]
        g = (1 - z) * jnp.tanh(a[:, 2 * n:] + r * u[:, 2 * n:]) + z * h
        return g + NOISE * e, g @ p["readout"] + p["offset"]
    _, y = jax.lax.scan(cell, p["start"] + INITIAL * initial, (trial["x"], noise))
    return (trial["mask"] * jnp.square(y - trial["target"])).mean()


def nbff(batch=256, units=64):
    jax.config.update("jax_default_prng_impl", "rbg")  # the fast one

    def step(state, data):
        key, one, two = jax.random.split(state["key"], 3)
        noise = jax.random.normal(one, (STEPS, batch, units)), jax.random.normal(two, (batch, units))
        value, gradient = jax.value_and_grad(loss)(data["p"], data["trial"], noise[1], noise[0])
        return {"key": key, "gradient": gradient}, value
    p, trial = (jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), tree) for tree in (parameters(units), trials(batch, STEPS)))
    gradient = jax.tree.map(jnp.zeros_like, p)
    return peer.Case(step, {"key": jax.random.key(0), "gradient": gradient}, {"p": p, "trial": trial}, 1, peer.finite)


def module(p):
    """torch.nn.GRUCell and a linear readout with these parameters."""
    import torch
    net = torch.nn.Module()
    net.cell, net.readout = torch.nn.GRUCell(INPUTS, len(p["start"])), torch.nn.Linear(len(p["start"]), OUTPUTS)
    net.start = torch.nn.Parameter(torch.tensor(p["start"]))
    net.double()
    with torch.no_grad():
        for to, value in ((net.cell.weight_ih, p["W"].T), (net.cell.weight_hh, p["U"].T), (net.cell.bias_ih, p["b"]),
                          (net.cell.bias_hh, p["c"]), (net.readout.weight, p["readout"].T), (net.readout.bias, p["offset"])):
            to.copy_(torch.tensor(value))
    return net


def torch_loss(net, advance, trial, initial, noise):
    h, outputs = net.start + INITIAL * initial, []
    for x, e in zip(trial["x"], noise):
        y, h = advance(x, h, e)
        outputs.append(y)
    import torch
    return (trial["mask"] * (torch.stack(outputs) - trial["target"]).square()).mean()


def torch_nbff(batch=256, units=64):
    """A compiled step in a loop: 500 steps in one graph take minutes to compile."""
    import torch
    net, trial = module(parameters(units)).float(), {k: torch.tensor(v, dtype=torch.float32) for k, v in trials(batch, STEPS).items()}

    @torch.compile
    def advance(x, h, e):
        g = net.cell(x, h)
        return net.readout(g), g + NOISE * e

    def step(*_):
        net.zero_grad()
        value = torch_loss(net, advance, trial, torch.randn(batch, units), torch.randn(STEPS, batch, units))
        value.backward()
        return value
    return peer.Case(step, None, None, 1, peer.finite)


def eager_task(*sizes):
    def make():
        import eager
        return eager.task(*sizes)
    return make


def eager_reaches():
    import eager
    return eager.reaches()


def verify():
    import torch
    jax.config.update("jax_enable_x64", True)
    p, trial = parameters(5), trials(4, 9)
    normal = np.random.default_rng(2).normal
    initial, noise = normal(size=(4, 5)), normal(size=(9, 4, 5))
    value, gradient = jax.value_and_grad(loss)(p, trial, initial, noise)
    net = module(p)

    def advance(x, h, e):
        g = net.cell(x, h)
        return net.readout(g), g + NOISE * e
    expected = torch_loss(net, advance, {k: torch.tensor(v) for k, v in trial.items()}, torch.tensor(initial), torch.tensor(noise))
    expected.backward()
    peer.near("flip-flop: loss", value, expected.item(), 1e-12)
    for name, of in (("U", net.cell.weight_hh), ("W", net.cell.weight_ih), ("readout", net.readout.weight)):
        peer.near(f"flip-flop: gradient of {name}", gradient[name].T, of.grad, 1e-12)
    peer.near("flip-flop: gradient of the start", gradient["start"], net.start.grad, 1e-12)


if __name__ == "__main__":
    sizes = {f"nbff{'' if batch == 256 else f'_of_{batch}'}": batch for batch in (128, 256, 512)}
    peer.main({name: functools.partial(nbff, batch) for name, batch in sizes.items()}, {"nbff": torch_nbff}, verify,
              eager_cases={"nbff": eager_task(3, 64, 256, 500), "multitask": eager_task(20, 128, 64, 320), "randomtarget": eager_reaches})
