#!/usr/bin/env python3
"""Beside bench_microcircuit_step: an Euler step of PAL circuits in double precision, ten students side by side. Equations:
docs/models/microcircuit.md 3.3, 3.6, 3.8, 4.2, 4.3. Students are the last axis of every array, so that products are sums of
rows that XLA makes vector loops of."""
import functools

import jax
import jax.numpy as jnp
import numpy as np
import peer

STEPS = 1000
DT, TAU_XI, TAU_HP, TAU_LO = 0.01, 0.1, 0.1, 100.0
GL, GBAS, GAPI, GDEN, GNI, GNTGT = 0.03, 0.1, 0.06, 0.1, 0.06, 0.06
TAU_P, TAU_N, TAU_0, TAU_I = 1 / (GL + GBAS + GAPI), 1 / (GL + GBAS + GNTGT), 1 / (GL + GBAS), 1 / (GL + GDEN + GNI)
C_H, C_O, C_D = GBAS * TAU_P, GBAS * TAU_0, GDEN / (GL + GDEN)
RATES = {"noise": 0.05, "fw": 1.0, "bw": 50.0, "IP": 10.0, "PI": 5.0, "alpha": 1e-5}
CASES = {"5-20-10-20-5 PAL bw_only": ((5, 20, 10, 20, 5), False), "5-20-10-20-5 PAL fw_bw": ((5, 20, 10, 20, 5), True),
         "1-1-1 PAL": ((1, 1, 1), True)}


def phi(x):
    return 1 / (1 + jnp.exp(-x))


def times(W, r):
    return (W * r[None]).sum(1)


def outer(a, b):
    return a[:, None] * b[None]


def euler(s, r0, target, white, taught, rates=RATES):
    """With lookahead; `white`: standard normal numbers of the hidden cells, layer by layer. Lists are by population."""
    N = len(s["drive"])
    hidden, every = range(N - 1), range(N)
    r = [phi(u) for u in s["drive"]]
    rI = [phi(u) for u in s["driveI"]]
    below = [r0, *r[:-1]]
    old_below = [s["r0"], *s["r"][:-1]]
    vbas = [times(s["WPP"][l], below[l]) for l in every]
    vden = [times(s["WIP"][l], r[l]) for l in hidden]
    vapi = [times(s["BPP"][l], r[l + 1]) + times(s["BPI"][l], rI[l]) for l in hidden]
    a, first, xi = DT / TAU_XI, 0, []
    for l in hidden:
        n = len(s["xi"][l])
        xi.append((1 - a) * s["xi"][l] + np.sqrt(a) * rates["noise"] * white[first:first + n])
        first += n
    top = TAU_N * (GBAS * vbas[-1] + GNTGT * target) if taught else TAU_0 * GBAS * vbas[-1]
    drive = [TAU_P * (GBAS * vbas[l] + GAPI * (vapi[l] + s["xi"][l])) for l in hidden] + [top]
    driveI = [TAU_I * (GDEN * vden[l] + GNI * s["drive"][l + 1]) for l in hidden]
    new = {"r0": r0, "r": r, "rI": rI, "vbas": vbas, "vden": vden, "vapi": vapi, "xi": xi, "drive": drive, "driveI": driveI}
    if not taught:  # the top cell relaxes with another time constant than its drive has, and its lookahead shows that
        new["drive"][-1] = drive[-1]
    new["BPP"] = [s["BPP"][l] + DT * rates["bw"] * (outer(xi[l], s["rHP"][l + 1]) - rates["alpha"] * s["BPP"][l]) for l in hidden]
    new["BPI"] = [s["BPI"][l] - DT * rates["PI"] * outer(s["vapi"][l], s["rI"][l]) for l in hidden]
    new["WPP"], new["WIP"], new["D"] = s["WPP"], s["WIP"], s["D"]
    if taught:
        c = [C_H] * (N - 1) + [C_O]
        post = [DT * rates["fw"] * (r[l] - phi(c[l] * s["vbas"][l])) for l in every]
        new["D"] = [s["D"][l] + DT / TAU_LO * (outer(post[l], old_below[l]) - s["D"][l]) for l in every]
        new["WPP"] = [s["WPP"][l] + new["D"][l] for l in every]
        new["WIP"] = [s["WIP"][l] + DT * rates["IP"] * outer(rI[l] - phi(C_D * s["vden"][l]), s["r"][l]) for l in hidden]
    new["rHP"] = [s["rHP"][l] + (r[l] - s["r"][l]) - DT / TAU_HP * s["rHP"][l] for l in every]
    return new


def start(layers, students, seed=0):
    g, S = np.random.default_rng(seed), students
    pairs = list(zip(layers[1:], layers))
    up = list(zip(layers[1:-1], layers[2:]))
    u, uI = [g.normal(size=(n, S)) for n in layers[1:]], [g.normal(size=(m, S)) for _, m in up]
    rate = lambda x: 1 / (1 + np.exp(-x))
    WPP, BPP = [g.uniform(-1, 0, (*s, S)) for s in pairs], [g.uniform(-1, 0, (*s, S)) for s in up]
    factor = [(GL + GDEN) / GDEN * c for c in [C_H] * (len(up) - 1) + [C_O]]
    return {"r0": np.zeros((layers[0], S)), "r": [rate(x) for x in u], "rI": [rate(x) for x in uI], "drive": u, "driveI": uI,
            "vbas": [np.zeros_like(x) for x in u], "vden": [np.zeros_like(x) for x in uI], "vapi": [np.zeros((n, S)) for n, _ in up],
            "xi": [np.zeros((n, S)) for n, _ in up], "WPP": WPP, "D": [np.zeros_like(W) for W in WPP], "BPP": BPP,
            "BPI": [-B for B in BPP], "WIP": [f * W for f, W in zip(factor, WPP[1:])], "rHP": [rate(x) for x in u]}


def step_of(name, students=10):
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_default_prng_impl", "rbg")  # the fast one
    layers, taught = CASES[name]
    cells = sum(layers[1:-1])

    def step(state, data):
        key, now = jax.random.split(state["key"])
        white = jax.random.normal(now, (STEPS, cells, students), float)
        one = lambda s, w: (euler(s, data["input"], data["target"], w, taught), None)
        s, _ = jax.lax.scan(one, state["s"], white)
        return {"s": s, "key": key}, sum(jnp.square(B).sum() for B in s["BPP"])
    data = {"input": jnp.full((layers[0], students), 0.5), "target": jnp.full((layers[-1], students), 0.5)}
    state = {"s": jax.tree.map(jnp.array, start(layers, students)), "key": jax.random.key(0)}
    return peer.Case(step, state, data, STEPS * students, peer.finite)


def numpy_step_of(name):
    """One student at a time, as the original."""
    other, (layers, taught) = peer.oracle("microcircuit/current"), CASES[name]
    student, some = student_of(other, layers, taught), 200
    r0, target = np.full(layers[0], 0.5), np.full(layers[-1], 0.5) if taught else None

    def step(*_):
        for _ in range(some):
            student.step(r0, target, forward=taught, lateral=True, backward=True)
        return student.BPP[1].sum()
    return peer.Case(step, None, None, some, peer.finite)


def rates_of(taught):
    return RATES | {"IP": RATES["IP"] if taught else 0}


def student_of(other, layers, taught):
    n, rates = len(layers) - 2, rates_of(taught)
    p = other.params(layers=list(layers), noise_scale=[rates["noise"]] * n, eta_fw=[rates["fw"]] * (n + 1), eta_bw=[rates["bw"]] * n,
                     eta_IP=[rates["IP"]] * n, eta_PI=[rates["PI"]] * n, alpha=[rates["alpha"]] * n)
    return other.Microcircuit(p, 7)


def verify():
    """Beside scripts/reference/oracles/microcircuit/current.py, from its start and with its noise."""
    jax.config.update("jax_enable_x64", True)
    other = peer.oracle("microcircuit/current")
    for layers, taught in CASES.values():
        steps, rates = 200, rates_of(taught)
        student, white = student_of(other, layers, taught), np.random.RandomState(7).normal(size=(steps, sum(layers[1:-1]), 1))
        column = lambda xs: [jnp.asarray(x)[..., None] for x in xs]
        s = {"r0": jnp.zeros((layers[0], 1)), "r": column(student.r[1:]), "rI": column(student.rI[1:]), "drive": column(student.u[1:]),
             "driveI": column(student.uI[1:]), "rHP": column(student.rHI[1:])}
        s |= {name: column(getattr(student, name)[1:]) for name in ("vbas", "vden", "vapi", "xi", "WPP", "WIP", "BPP", "BPI", "D")}
        r0, target = np.full(layers[0], 0.5), np.full(layers[-1], 0.5)
        for _ in range(steps):
            student.step(r0, target if taught else None, forward=taught, lateral=True, backward=True)
        one = lambda s, w: (euler(s, jnp.asarray(r0)[:, None], jnp.asarray(target)[:, None], w, taught, rates), None)
        s, _ = jax.lax.scan(one, s, jnp.asarray(white))
        for name in ("WPP", "WIP", "BPP", "BPI", "xi"):
            for got, expected in zip(s[name], getattr(student, name)[1:]):
                peer.near(f"microcircuit {layers}: {name}", got[..., 0], expected, 1e-10)


if __name__ == "__main__":
    peer.main({name: functools.partial(step_of, name) for name in CASES}, {}, verify, peer.SMALL_LOOPS,
              {name: functools.partial(numpy_step_of, name) for name in CASES})
