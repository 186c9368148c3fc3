#!/usr/bin/env python3
"""What `quirks: original` brings back, in NumPy: golden values where the original's arithmetic parts from what it means.

    scripts/reference/oracles/microcircuit/original.py    print them and write tests/families/microcircuit/quirks.json
                                                          and phased_quirks.json

Subclasses of current.py and phased.py, written from the description of the original (quirks Q2, Q6 to Q9, Q17
and Q27 of docs/models/microcircuit.md). What they change is all that is here.
"""
import numpy as np

import current
import phased

UNIT_SLOPE = (current.ACTIVATIONS["hard_sigmoid"][0], lambda x: np.where(np.abs(x) < 3, 1.0, 0.0))  # Q9


def truncated(time, dt):
    return int(time / dt)  # Q2


def with_unit_slope(circuit):
    names = circuit.p.activation
    names = [names] * circuit.N if isinstance(names, str) else names
    circuit.dphi = [None] + [UNIT_SLOPE[1] if name == "hard_sigmoid" else circuit.dphi[l + 1] for l, name in enumerate(names)]


class OriginalMicrocircuit(current.Microcircuit):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        with_unit_slope(self)
        self.calls = 0  # Q6: one counter for all layers

    def draw_noise(self):
        p = self.p
        for l in self.hidden:
            if not self.xi[l].any() or self.calls % self.noise_interval == 0:
                self.calls = 0
                spread = {"const": np.ones(self.n[l]), "uP": self.u[l], "uP_breve": self.ub[l], "vapi": self.vapi[l]}
                white = p.noise_scale[l - 1] * self.rng.normal(0, np.abs(spread[p.noise_mode]))
                if p.noise_type == "OU":  # Q7: dt, though it is applied every dtxi
                    self.xi[l] = self.xi[l] + (-p.dt * self.xi[l] + np.sqrt(p.dt * p.tauxi) * white) / p.tauxi
                else:
                    self.xi[l] = white
            self.calls += 1

    def backward_increments(self):
        increments = super().backward_increments()
        p, top = self.p, self.N - 1
        if p.varphi_regularizer and not p.gate_regularizer:  # Q8: the output's slopes stay 0
            h = self.rHI[self.N] if p.pyr_hi_pass else self.r[self.N]
            increments[top] = p.dt * p.eta_bw[top - 1] * np.outer(self.xi[top], h)
        return increments


class OriginalExperiment(current.Experiment):
    def __init__(self, p, index=0):
        mended = current.Microcircuit
        current.Microcircuit = OriginalMicrocircuit
        times = p.Tpres, p.settling_time
        p.Tpres, p.settling_time = (truncated(time, p.dt) * p.dt for time in times)
        super().__init__(p, index)
        current.Microcircuit = mended


class OriginalPhasedMicrocircuit(phased.PhasedMicrocircuit):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        with_unit_slope(self)
        self.time, self.decimals = 0.0, round(-np.log10(self.p.dt))
        self.vapi_noise = [None] + [np.zeros(self.n[l]) for l in self.hidden]

    def step(self, r0, target=None, learn=False):
        p, N = self.p, self.N
        noisy = learn and p.model_type in ("DTPDRL", "LDRL")
        if noisy and self.time % p.Tbw == 0:  # Q27
            self.active, self.noise_counter = (self.active + 1) % (N - 1), 0
        self.phase = self.steps + 1  # the mended test for a new phase never holds
        super().step(r0, target, learn)
        self.time = np.round(self.time + p.dt, self.decimals)

    def draw_noise(self):
        p, a = self.p, self.active + 1
        if not self.xi[a].any() or self.noise_counter % self.noise_interval == 0:
            self.noise_counter, scale = 0, p.noise_scale[a - 1]
            aligned = False
            if p.noise_mode == "uP_adaptive":
                self.xi = [None] + [np.zeros(self.n[l]) for l in self.hidden]
                self.vapi_noise = [None] + [self.vapi[l].copy() for l in self.hidden]
                misalignment = self.misalignment(a)
                aligned, scale = misalignment == 0, scale * misalignment
            if not aligned:
                spread = self.vapi[a] if p.noise_mode == "vapi" else self.u[a]
                self.xi[a] = scale * self.rng.normal(0, np.abs(spread))
                self.vapi_noise[a] = self.vapi[a] + self.xi[a]
        self.noise_counter += 1

    def somatic_increments(self, apical, target):
        noisy = apical is not self.vapi and any(np.any(apical[l] is not self.vapi[l]) for l in self.hidden)
        return super().somatic_increments(self.vapi_noise if noisy else self.vapi, target)  # Q17


class OriginalPhasedExperiment(phased.PhasedExperiment):
    def __init__(self, p, index=0):
        mended = phased.PhasedMicrocircuit
        phased.PhasedMicrocircuit = OriginalPhasedMicrocircuit
        p.Tpres, p.settling_time = (truncated(time, p.dt) * p.dt for time in (p.Tpres, p.settling_time))
        super().__init__(p, index)
        phased.PhasedMicrocircuit = mended


BASE = {**current.OPTIONS_BASE, "quirks": "original"}
OPTIONS = {
    "as_published": {},
    "dtxi_of_two_layers": dict(dtxi=0.03),  # two hidden layers, three steps: both are renewed, staggered
    "dtxi_that_layers_divide": dict(dtxi=0.04),  # the first layer keeps its first sample
    "dtxi_hold_white_noise": dict(dtxi=0.03, noise_type="hold_white_noise"),
    "dtxi_uP": dict(dtxi=0.05, noise_mode="uP"),
    "varphi_regularizer": dict(varphi_regularizer=True),
    "both_regularizers": dict(varphi_regularizer=True, gate_regularizer=True),
    "hard_sigmoid": dict(varphi_regularizer=True, activation="hard_sigmoid"),
    "Tpres_truncated": dict(Tpres=0.29),
    "Tpres_not_a_multiple": dict(Tpres=0.2071, settling_time=0.1053),
}
PHASED_BASE = {**phased.OPTIONS_BASE, "quirks": "original"}
PHASED_OPTIONS = {
    "uP_of_two_layers": {},
    "uP_of_one_layer": dict(layers=[2, 3, 2]),
    "vapi_of_two_layers": dict(noise_mode="vapi", init_in_SPS=False),
    "uP_adaptive_of_two_layers": dict(noise_mode="uP_adaptive"),
    "dtxi": dict(dtxi=0.05),
    "dtxi_uP_adaptive": dict(dtxi=0.05, noise_mode="uP_adaptive"),
    "ldrl_gated_hard_sigmoid": dict(model_type="LDRL", activation="hard_sigmoid", gate_regularizer=True),
    "Tbw_that_floats_miss": dict(Tbw=0.07, epochs=3),
}


def without_quirks(overrides):
    return {key: value for key, value in overrides.items() if key != "quirks"}


def values_of(overrides):
    p = current.params(**without_quirks({**BASE, **overrides}))
    student = OriginalExperiment(p).run()
    names = (("WPP", 1), ("WPP", 3), ("WIP", 1), ("BPP", 1), ("BPI", 1), ("BPP", 2))
    return {**current.entries(student, names), **current.sums(student)}


def phased_values_of(overrides):
    p = phased.phased_params(**without_quirks({**PHASED_BASE, **overrides}))
    student = OriginalPhasedExperiment(p).run()
    last = student.N - 1
    names = (("WPP", 1), ("WPP", last + 1), ("BPP", 1), ("BPI", 1), ("BPP", last), ("BPI", last))
    return {**current.entries(student, names), "WIP[0][0]": student.WIP[0, 0], **current.sums(student),
            "sum eps_LO": student.eps_LO.sum()}


if __name__ == "__main__":
    current.write_options("quirks.json", BASE, OPTIONS, values_of)
    current.write_options("phased_quirks.json", PHASED_BASE, PHASED_OPTIONS, phased_values_of)
