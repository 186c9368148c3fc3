#!/usr/bin/env python3
"""Rivals of PAL in the same circuit, in NumPy: Kolen-Pollack, weight mirror, sign-symmetric and direct feedback alignment.

    scripts/reference/oracles/microcircuit/rivals.py      print golden values and write tests/families/microcircuit/rivals.json

Subclasses of microcircuit.py, written from section 4.7 of docs/models/microcircuit.md.
"""
import numpy as np

import current as base


class KolenPollack(base.Microcircuit):
    """The increment of WPP_{l+1}, transposed, for BPP_l too, and one decay for both."""

    def step(self, r0, target=None, forward=False, lateral=False, backward=False):
        W, B, p = [None if w is None else w.copy() for w in self.WPP], list(self.BPP), self.p
        super().step(r0, target, forward, lateral, backward)
        for l in self.hidden if forward else []:
            decay = p.dt * p.alpha[l - 1] * p.eta_fw[l]
            self.WPP[l + 1] = self.WPP[l + 1] - decay * W[l + 1]
            self.BPP[l] = B[l] + self.dWPP[l + 1].T - decay * B[l]


class SignSymmetric(base.Microcircuit):
    """The size of BPP stays, its signs are those of WPP^T, in every step."""

    def step(self, r0, target=None, forward=False, lateral=False, backward=False):
        W = list(self.WPP)
        super().step(r0, target, forward, lateral, backward)
        for l in self.hidden:
            self.BPP[l] = np.where(W[l + 1].T >= 0, 1.0, -1.0) * np.abs(self.BPP[l])
            self.BPI[l] = -self.BPP[l] + (self.dBPI[l] if lateral else 0)


class Mirror(base.Microcircuit):
    """PAL's product in the mirror phases alone, and noise in them alone."""
    mirrors = False

    def draw_noise(self):
        if self.mirrors:
            super().draw_noise()
        else:
            self.xi = [None] + [np.zeros(self.n[l]) for l in self.hidden]

    def backward_increments(self):
        return super().backward_increments() if self.mirrors else [None] + [0 * self.BPP[l] for l in self.hidden]


class DirectFeedback(base.Microcircuit):
    """Fixed feedback from the output, and one population of interneurons, beside the last hidden layer."""

    def draw_initial_state(self, rng):
        super().draw_initial_state(_Only(rng, self))
        top = self.N - 1
        self.uI = self.uI_prev = self.ubI = [None] * top + [self.uI[top]]
        self.rI = [None] * top + [self.phi[self.N](self.uI[top])]
        self.vden = [None] * top + [np.zeros(self.n[self.N])]

    def draw_initial_weights(self, rng, prefix):
        n, N, top = self.n, self.N, self.N - 1
        def draw(name, *shape):
            return rng.uniform(*getattr(self.p, f"{prefix}{name}_range"), shape)
        self.WPP = [None] + [draw("WPP", n[l], n[l - 1]) for l in self.all]
        self.WIP = [None] * top + [draw("WIP", n[N], n[top])]
        self.BPP = [None] + [draw("BPP", n[l], n[N]) for l in self.hidden]
        self.BPI = [None] + [draw("BPI", n[l], n[N]) for l in self.hidden]

    def set_self_predicting(self):
        p, top = self.p, self.N - 1
        self.BPI = [None] + [-self.BPP[l] for l in self.hidden]
        self.WIP = [None] * top + [(p.gl + p.gden) / p.gden * self.cO * self.WPP[self.N]]

    def step(self, r0, target=None, forward=False, lateral=False, backward=False):
        p, dt, N, top = self.p, self.p.dt, self.N, self.N - 1
        old_r, old_rI, old_vbas, old_vden, old_vapi = self.r, self.rI, self.vbas, self.vden, self.vapi
        self.ub = [None] + [self.u_prev[l] + self.tau[l] * (self.u[l] - self.u_prev[l]) / dt for l in self.all]
        ubI = self.uI_prev[top] + self.tauI * (self.uI[top] - self.uI_prev[top]) / dt
        self.r = [np.array(r0)] + [self.phi[l](self.ub[l]) for l in self.all]
        self.rI = [None] * top + [self.phi[N](ubI)]
        self.u_prev, self.uI_prev = self.u, self.uI
        self.vbas = [None] + [self.WPP[l] @ self.r[l - 1] for l in self.all]
        self.vden = [None] * top + [self.WIP[top] @ self.r[top]]
        self.vapi = [None] + [self.BPP[l] @ self.r[N] + self.BPI[l] @ self.rI[top] for l in self.hidden]
        drive = [None] + [self.tau[l] * (p.gbas * self.vbas[l] + p.gapi * self.vapi[l]) for l in self.hidden]
        drive.append(self.tauN_notgt * p.gbas * self.vbas[N] if target is None else
                     self.tau[N] * (p.gbas * self.vbas[N] + p.gntgt * target))
        driveI = self.tauI * (p.gden * self.vden[top] + p.gnI * self.ub[N])
        self.u = [None] + [self.u[l] + dt * (drive[l] - self.u[l]) / self.tau[l] for l in self.all]
        self.uI = [None] * top + [self.uI[top] + dt * (driveI - self.uI[top]) / self.tauI]
        if forward:
            self.WPP = [None] + [self.WPP[l] + dt * p.eta_fw[l - 1] * np.outer(
                self.r[l] - self.phi[l](self.c[l] * old_vbas[l]), old_r[l - 1]) for l in self.all]
        if lateral:
            self.WIP = [None] * top + [self.WIP[top] + dt * p.eta_IP[0] * np.outer(
                self.rI[top] - self.phi[N](self.cD * old_vden[top]), old_r[top])]
            self.BPI = [None] + [self.BPI[l] - dt * p.eta_PI[l - 1] * np.outer(old_vapi[l], old_rI[top]) for l in self.hidden]


class _Only:
    """Draws potentials as if every population of interneurons but the last were empty."""

    def __init__(self, rng, circuit):
        self.rng, self.left = rng, [True] * circuit.N + [False] * (circuit.N - 2) + [True]

    def normal(self, mean, sd, n):
        return self.rng.normal(mean, sd, n) if self.left.pop(0) else np.zeros(n)


RULES = {"KP": KolenPollack, "SS": SignSymmetric, "DFA": DirectFeedback, "WM": Mirror}


class Rivalry(base.Experiment):
    """The same schedule; in WM each presentation begins with a mirror phase."""

    def __init__(self, p, index=0):
        self.mirror = round(getattr(p, "Tmirror", 0) / p.dt)
        usual, base.Microcircuit = base.Microcircuit, RULES[p.model_type]
        p.model_type = "PAL" if p.model_type == "WM" else p.model_type
        super().__init__(p, index)
        base.Microcircuit = usual

    def train(self):
        if not self.mirror:
            yield from super().train()
            return
        student, silence = self.student, np.zeros(self.p.layers[0])
        for _ in range(self.p.epochs):
            student.rng.shuffle(self.order)
            for sample in self.order:
                for step in range(self.hold):
                    student.mirrors = step < self.mirror
                    if student.mirrors:
                        student.step(silence, None, False, True, True)
                    else:
                        student.step(self.input[sample], self.targets[sample], True, True, True)
                    yield sample


BASE = {**base.OPTIONS_BASE, "dWPP_low_pass": False}
OPTIONS = {
    "kolen_pollack": dict(model_type="KP", alpha=[2e-2, 3e-2]),
    "kolen_pollack_wider": dict(model_type="KP", alpha=[2e-2, 3e-2], layers=[3, 5, 4, 2]),
    "sign_symmetric": dict(model_type="SS"),
    "sign_symmetric_no_SPS": dict(model_type="SS", init_in_SPS=False),
    "direct_feedback": dict(model_type="DFA", eta_IP=[6]),
    "direct_feedback_no_SPS": dict(model_type="DFA", eta_IP=[6], init_in_SPS=False),
    "direct_feedback_one_hidden_layer": dict(model_type="DFA", eta_IP=[6], layers=[2, 4, 2], eta_fw=[4, 2]),
    "mirror": dict(model_type="WM", Tmirror=0.1),
    "mirror_raw_rates": dict(model_type="WM", Tmirror=0.05, pyr_hi_pass=False),
}


def values_of(overrides):
    given = {**BASE, **overrides}
    mirror = given.pop("Tmirror", 0)
    p = base.params(**given)
    p.Tmirror = mirror
    student = Rivalry(p).run()
    last = student.N - 1
    names = (("WPP", 1), ("WPP", student.N), ("WIP", last), ("BPP", 1), ("BPI", 1), ("BPP", last))
    return {**base.entries(student, names), **base.sums(student)}


if __name__ == "__main__":
    base.write_options("rivals.json", BASE, OPTIONS, values_of)
