#!/usr/bin/env python3
"""The dendritic microcircuit (BP, FA, PAL) in NumPy, one student at a time, and golden values for its options.

    scripts/reference/oracles/microcircuit/current.py --options     print the table and write tests/families/microcircuit/options.json

Written from the model's equations for reading and for checking, not for speed: 0.1 to 0.3 ms per Euler step. Lists
over layers are indexed as in the equations: r[0] is the input, l = 1 .. N the populations, hidden l = 1 .. N-1. Random
numbers are those of NumPy's legacy generator. microcircuit_published.py compares it with published numbers.
"""
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

DEFAULTS = dict(
    task="fw_bw", model_type="PAL", layers=[1, 1, 1], activation="logistic", random_seed=[123],
    dt=0.01, dtxi=0.01, Tpres=1.0, tauHP=0.1, tauLO=100.0, tauxi=0.1, taur=1.0,
    dataset_size=100, epochs=1, settling_time=100.0,
    noise_type="OU", noise_mode="const", noise_scale=[0.01],
    gl=0.03, gbas=0.1, gapi=0.06, gden=0.1, gnI=0.06, gntgt=0.06,
    eta_fw=[2, 0.5], eta_bw=[20], eta_IP=[10], eta_PI=[0.5], alpha=[1e-6],
    init_WPP_range=[-1, 0], init_WIP_range=[-1, 1], init_BPP_range=[-1, 0], init_BPI_range=[-1, 1],
    init_teacher_WPP_range=[0, 2], init_teacher_WIP_range=[-1, 1], init_teacher_BPP_range=[-1, 1],
    init_teacher_BPI_range=[-1, 1], init_in_SPS=True, copy_teacher_weights=False, copy_teacher_voltages=False,
    inter_low_pass=False, pyr_hi_pass=True, dWPP_low_pass=True, dWPP_r_low_pass=False, dWPP_post_low_pass=False,
    dWPP_use_activation=True, gate_regularizer=False, varphi_regularizer=False)


def params(**overrides):
    unknown = set(overrides) - set(DEFAULTS)
    if unknown:
        raise KeyError(f"unknown parameters: {sorted(unknown)}")
    return SimpleNamespace(**{**DEFAULTS, **overrides})


def logistic(x):
    return 1 / (1 + np.exp(-x))


# name: (phi, phi')
ACTIVATIONS = {
    "linear": (lambda x: x, np.ones_like),
    "relu": (lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 1.0, 0.0)),
    "soft_relu": (lambda x: np.log(1 + np.exp(x)), logistic),
    "logistic": (logistic, lambda x: logistic(x) * (1 - logistic(x))),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "hard_sigmoid": (lambda x: np.clip(x / 6 + 0.5, 0, 1), lambda x: np.where(np.abs(x) < 3, 1 / 6, 0.0)),
}


class Microcircuit:
    """State, weights and one Euler step. `role` is "student" or "teacher"."""

    def __init__(self, p, seed, role="student", init=None):
        """`init`: a generator for all initial draws, in place of one that is seeded before potentials and weights."""
        self.p, self.n, self.N = p, p.layers, len(p.layers) - 1
        self.all, self.hidden = range(1, self.N + 1), range(1, self.N)
        names = [p.activation] * self.N if isinstance(p.activation, str) else p.activation
        self.phi, self.dphi = ([None] + [ACTIVATIONS[name][k] for name in names] for k in (0, 1))
        self.taur = p.taur if role == "student" else 1.0

        tauP = 1 / (p.gl + p.gbas + p.gapi)
        self.tau = [None] + [tauP] * (self.N - 1) + [1 / (p.gl + p.gbas + p.gntgt)]
        self.tauN_notgt, self.tauI = 1 / (p.gl + p.gbas), 1 / (p.gl + p.gden + p.gnI)
        self.cH, self.cO, self.cD = p.gbas * tauP, p.gbas * self.tauN_notgt, p.gden / (p.gl + p.gden)
        self.c = [None] + [self.cH] * (self.N - 1) + [self.cO]

        self.draw_initial_state(init or np.random.RandomState(seed))
        self.draw_initial_weights(init or np.random.RandomState(seed), "init_" if role == "student" else "init_teacher_")
        self.rng = np.random.RandomState(seed)  # shuffles and noise
        if p.model_type == "BP":
            self.BPP = [None] + [self.WPP[l + 1].T.copy() for l in self.hidden]
        if p.init_in_SPS or role == "teacher":
            self.set_self_predicting()

    def draw_initial_state(self, rng):
        n, p = self.n, self.p
        self.u = [None] + [rng.normal(0, 1, n[l]) for l in self.all]
        self.uI = [None] + [rng.normal(0, 1, n[l + 1]) for l in self.hidden]
        self.u_prev, self.uI_prev, self.ub, self.ubI = self.u, self.uI, self.u, self.uI
        self.r = [np.zeros(n[0])] + [self.phi[l](self.u[l]) for l in self.all]
        self.rI = [None] + [self.phi[l + 1](self.uI[l]) for l in self.hidden]
        self.vbas = [None] + [np.zeros(n[l]) for l in self.all]
        self.vden = [None] + [np.zeros(n[l + 1]) for l in self.hidden]
        self.vapi = [None] + [np.zeros(n[l]) for l in self.hidden]
        self.xi = [None] + [np.zeros(n[l]) for l in self.hidden]
        self.noise_counter = [0] * self.N
        self.noise_interval = round(p.dtxi / p.dt)
        self.rHI = list(self.r)  # high-passed rates
        self.rLO = [np.zeros(k) for k in n]  # low-passed presynaptic rates
        self.postLO = [None] + [np.zeros(n[l]) for l in self.all]  # low-passed postsynaptic differences
        self.D = [None] + [np.zeros((n[l], n[l - 1])) for l in self.all]  # low-passed dWPP

    def draw_initial_weights(self, rng, prefix):
        n = self.n
        def draw(name, shapes):
            return [None] + [rng.uniform(*getattr(self.p, f"{prefix}{name}_range"), shape) for shape in shapes]
        self.WPP = draw("WPP", [(n[l], n[l - 1]) for l in self.all])
        self.WIP = draw("WIP", [(n[l + 1], n[l]) for l in self.hidden])
        self.BPP = draw("BPP", [(n[l], n[l + 1]) for l in self.hidden])
        self.BPI = draw("BPI", [(n[l], n[l + 1]) for l in self.hidden])

    def set_self_predicting(self):
        """Lateral weights with which interneurons predict, and cancel, the feedback from the layer above."""
        p = self.p
        self.BPI = [None] + [-self.BPP[l] for l in self.hidden]
        self.WIP = [None] + [(p.gl + p.gden) / p.gden * self.c[l + 1] * self.WPP[l + 1] for l in self.hidden]

    def copy_teacher(self, teacher):
        if self.p.copy_teacher_weights:
            for name in ("WPP", "WIP", "BPP", "BPI"):
                setattr(self, name, [w if w is None else w.copy() for w in getattr(teacher, name)])
        if self.p.copy_teacher_voltages:  # the rates stay until the first step
            for name in ("u", "u_prev", "ub", "uI", "uI_prev", "ubI"):
                setattr(self, name, list(getattr(teacher, name)))

    def step(self, r0, target=None, forward=False, lateral=False, backward=False):
        """Step t: potentials and rates of t, then the increments that lead to t + 1."""
        p, dt, pal = self.p, self.p.dt, self.p.model_type == "PAL"
        old = SimpleNamespace(r=self.r, rI=self.rI, vbas=self.vbas, vden=self.vden, vapi=self.vapi)

        def lookahead(u, u_prev, tau):
            return u_prev + self.taur * tau * (u - u_prev) / dt
        self.ub = [None] + [lookahead(self.u[l], self.u_prev[l], self.tau[l]) for l in self.all]
        self.ubI = [None] + [lookahead(self.uI[l], self.uI_prev[l], self.tauI) for l in self.hidden]
        self.r = [np.array(r0)] + [self.phi[l](self.ub[l]) for l in self.all]
        self.rI = [None] + [self.phi[l + 1](self.ubI[l]) for l in self.hidden]
        self.u_prev, self.uI_prev = self.u, self.uI

        self.vbas = [None] + [self.WPP[l] @ self.r[l - 1] for l in self.all]
        self.vden = [None] + [self.WIP[l] @ self.r[l] for l in self.hidden]
        if pal and p.inter_low_pass:
            self.vden = [None] + [old.vden[l] + dt / p.tauLO * (self.vden[l] - old.vden[l]) for l in self.hidden]
        self.vapi = [None] + [self.BPP[l] @ self.r[l + 1] + self.BPI[l] @ self.rI[l] for l in self.hidden]

        apical = self.vapi
        if pal and backward:  # the noise of t - 1 acts, that of t is drawn
            apical = [None] + [self.vapi[l] + self.xi[l] for l in self.hidden]
            self.draw_noise()
        du, duI = self.somatic_increments(apical, target)

        self.dWPP = self.forward_increments(old)
        self.dWIP = [None] + [dt * p.eta_IP[l - 1] * np.outer(
            self.rI[l] - self.phi[l + 1](self.cD * old.vden[l]), old.r[l]) for l in self.hidden]
        self.dBPI = [None] + [dt * p.eta_PI[l - 1] * np.outer(-old.vapi[l], old.rI[l]) for l in self.hidden]
        self.dBPP = self.backward_increments() if pal and backward else None
        if p.model_type == "BP":  # in every step, with WPP from before its update
            self.BPP = [None] + [self.WPP[l + 1].T.copy() for l in self.hidden]
            self.BPI = [None] + [-self.BPP[l] for l in self.hidden]

        self.u = [None] + [self.u[l] + du[l] for l in self.all]
        self.uI = [None] + [self.uI[l] + duI[l] for l in self.hidden]
        if forward and pal and p.dWPP_low_pass:
            self.D = [None] + [self.D[l] + dt / p.tauLO * (self.dWPP[l] - self.D[l]) for l in self.all]
        for l in self.all if forward else []:
            self.WPP[l] = self.WPP[l] + (self.D[l] if pal and p.dWPP_low_pass else self.dWPP[l])
        for l in self.hidden if lateral else []:
            self.WIP[l] = self.WIP[l] + self.dWIP[l]
            self.BPI[l] = self.BPI[l] + self.dBPI[l]
        for l in self.hidden if self.dBPP else []:
            self.BPP[l] = self.BPP[l] + self.dBPP[l]
        self.rHI = [None] + [
            self.rHI[l] + (self.r[l] - old.r[l]) - dt / p.tauHP * self.rHI[l] for l in self.all]

    def somatic_increments(self, apical, target):
        p, dt, top = self.p, self.p.dt, self.N
        drive = [None] + [self.tau[l] * (p.gbas * self.vbas[l] + p.gapi * apical[l]) for l in self.hidden]
        if target is None:
            drive.append(self.tauN_notgt * p.gbas * self.vbas[top])
        else:
            drive.append(self.tau[top] * (p.gbas * self.vbas[top] + p.gntgt * target))
        driveI = [None] + [self.tauI * (p.gden * self.vden[l] + p.gnI * self.ub[l + 1]) for l in self.hidden]
        return ([None] + [dt * (drive[l] - self.u[l]) / self.tau[l] for l in self.all],
                [None] + [dt * (driveI[l] - self.uI[l]) / self.tauI for l in self.hidden])

    def draw_noise(self):
        """A layer's noise is renewed every dtxi."""
        p = self.p
        for l in self.hidden:
            if self.noise_counter[l] % self.noise_interval == 0:
                self.noise_counter[l] = 0
                spread = {"const": np.ones(self.n[l]), "uP": self.u[l], "uP_breve": self.ub[l], "vapi": self.vapi[l]}
                white = p.noise_scale[l - 1] * self.rng.normal(0, np.abs(spread[p.noise_mode]))
                if p.noise_type == "OU":
                    self.xi[l] = self.xi[l] + (-p.dtxi * self.xi[l] + np.sqrt(p.dtxi * p.tauxi) * white) / p.tauxi
                else:
                    self.xi[l] = white
            self.noise_counter[l] += 1

    def forward_increments(self, old):
        """New rates against the dendritic prediction and the presynaptic rates of the step before."""
        p, rate, pal = self.p, self.p.dt / self.p.tauLO, self.p.model_type == "PAL"
        pre = old.r
        if p.dWPP_use_activation:
            post = [None] + [self.r[l] - self.phi[l](self.c[l] * old.vbas[l]) for l in self.all]
        else:
            post = [None] + [self.ub[l] - self.c[l] * old.vbas[l] for l in self.all]
        if pal and p.dWPP_r_low_pass:
            pre = self.rLO = [lo + rate * (r - lo) for lo, r in zip(self.rLO, old.r)]
        elif pal and p.dWPP_post_low_pass:
            post = self.postLO = [None] + [self.postLO[l] + rate * (post[l] - self.postLO[l]) for l in self.all]
        return [None] + [p.dt * p.eta_fw[l - 1] * np.outer(post[l], pre[l - 1]) for l in self.all]

    def backward_increments(self):
        """Noise of t times the high-passed rate above as step t - 1 left it, less the regulariser."""
        p, increments = self.p, [None]
        for l in self.hidden:
            h = self.rHI[l + 1] if p.pyr_hi_pass else self.r[l + 1]
            decay = p.dt * p.alpha[l - 1] * p.eta_bw[l - 1] * self.BPP[l]
            if p.gate_regularizer:
                decay = decay * (h > 0)
            elif p.varphi_regularizer:
                decay = self.dphi[l](self.ub[l])[:, None] * decay * self.dphi[l + 1](self.ub[l + 1])
            increments.append(p.dt * p.eta_bw[l - 1] * np.outer(self.xi[l], h) - decay)
        return increments


class Experiment:
    """Input, teacher and one student (`index` in random_seed), with the schedule: settle, then train epoch by epoch."""

    def __init__(self, p, index=0):
        self.p, first = p, p.random_seed[0]
        self.hold, self.settling = round(p.Tpres / p.dt), round(p.settling_time / p.dt)
        self.teacher_seed = np.random.RandomState(first).randint(100000, 999999)
        input_seed = first if p.task == "bw_only" else self.teacher_seed
        self.input = np.random.RandomState(input_seed).uniform(0, 1, (p.dataset_size, p.layers[0]))
        self.student = Microcircuit(p, p.random_seed[index])
        self.targets = None
        if p.task == "fw_bw":
            self.teacher = Microcircuit(p, self.teacher_seed, "teacher")
            self.student.copy_teacher(self.teacher)
            self.targets = self.simulate_teacher(self.teacher)[self.hold - 1::self.hold]
        self.order = np.arange(p.dataset_size)

    def settle(self, circuit):
        for t in range(self.settling):
            circuit.step(self.input[t // self.hold])
            yield t

    def simulate_teacher(self, teacher):
        """The output's lookahead potential as it stands before each step."""
        for _ in self.settle(teacher):
            pass
        series = []
        for r0 in self.input:
            for _ in range(self.hold):
                series.append(teacher.ub[teacher.N])
                teacher.step(r0)
        return np.array(series)

    def train(self):
        """Yields the sample after each training step."""
        for _ in range(self.p.epochs):
            self.student.rng.shuffle(self.order)  # permutes the order of the epoch before
            for sample in self.order:
                target = None if self.targets is None else self.targets[sample]
                for _ in range(self.hold):
                    self.student.step(self.input[sample], target, self.p.task == "fw_bw", True, True)
                    yield sample

    def run(self):
        for _ in self.settle(self.student):
            pass
        for _ in self.train():
            pass
        return self.student


# --- golden values, one case per option -----------------------------------------------------------------------------

# Rates differ between layers, and are so large that every term of every rule shows in the first digits.
OPTIONS_BASE = dict(
    task="fw_bw", model_type="PAL", layers=[2, 4, 3, 2], random_seed=[7], dataset_size=5, epochs=2, Tpres=0.2, dt=0.01,
    dtxi=0.01, settling_time=0.1, tauHP=0.1, tauLO=0.5, tauxi=0.1, activation="logistic", noise_type="OU",
    noise_mode="const", noise_scale=[0.3, 0.2], gl=0.03, gbas=0.1, gapi=0.06, gden=0.1, gnI=0.06, gntgt=0.06,
    eta_fw=[4, 3, 2], eta_bw=[200, 150], eta_IP=[6, 4], eta_PI=[5, 3], alpha=[1e-3, 2e-3], init_WPP_range=[-1, 1],
    init_WIP_range=[-1, 1], init_BPP_range=[-1, 1], init_BPI_range=[-1, 1], init_teacher_WPP_range=[-2, 2],
    init_teacher_WIP_range=[-1, 1], init_teacher_BPP_range=[-1, 1], init_teacher_BPI_range=[-1, 1], init_in_SPS=True,
    inter_low_pass=False, pyr_hi_pass=True, dWPP_low_pass=True, dWPP_r_low_pass=False, dWPP_post_low_pass=False,
    dWPP_use_activation=True, gate_regularizer=False, varphi_regularizer=False, copy_teacher_weights=False,
    copy_teacher_voltages=False)

OPTIONS = {
    "pal": {},
    "pal_bw_only": dict(task="bw_only"),
    "bp": dict(model_type="BP"),
    "bp_bw_only": dict(model_type="BP", task="bw_only"),
    "fa": dict(model_type="FA"),
    "hold_white_noise": dict(noise_type="hold_white_noise"),
    "hold_white_noise_dtxi": dict(noise_type="hold_white_noise", dtxi=0.04),
    "ou_dtxi": dict(dtxi=0.03),
    "noise_uP": dict(noise_mode="uP"),
    "noise_uP_breve": dict(noise_mode="uP_breve"),
    "noise_vapi": dict(noise_mode="vapi", init_in_SPS=False),
    "taur_half": dict(taur=0.5),
    "taur_zero": dict(taur=0.0),
    "gate_regularizer": dict(gate_regularizer=True),
    "varphi_regularizer": dict(varphi_regularizer=True),
    "no_dWPP_low_pass": dict(dWPP_low_pass=False),
    "dWPP_r_low_pass": dict(dWPP_r_low_pass=True, dWPP_low_pass=False),
    "dWPP_post_low_pass": dict(dWPP_post_low_pass=True),
    "dWPP_potentials": dict(dWPP_use_activation=False),
    "dWPP_potentials_post_low_pass": dict(dWPP_use_activation=False, dWPP_post_low_pass=True, dWPP_low_pass=False),
    "no_pyr_hi_pass": dict(pyr_hi_pass=False),
    "inter_low_pass": dict(inter_low_pass=True),
    "fa_filters_ignored": dict(model_type="FA", inter_low_pass=True, dWPP_r_low_pass=True),
    "no_SPS": dict(init_in_SPS=False),
    "tanh_soft_relu_hard_sigmoid": dict(activation=["tanh", "soft_relu", "hard_sigmoid"], varphi_regularizer=True),
    "relu_linear_logistic": dict(activation=["relu", "linear", "logistic"], varphi_regularizer=True),
    "copy_teacher_weights": dict(copy_teacher_weights=True),
    "copy_teacher_voltages": dict(copy_teacher_voltages=True),
}


def entries(student, names):
    return {f"{name}_{l}[0][0]": getattr(student, name)[l][0, 0] for name, l in names}


def sums(student):
    return {f"sum|{name}|": sum(np.abs(w).sum() for w in getattr(student, name)[1:]) for name in ("BPP", "WPP")}


def option_values(overrides):
    student = Experiment(params(**{**OPTIONS_BASE, **overrides})).run()
    names = (("WPP", 1), ("WPP", 3), ("WIP", 1), ("BPP", 1), ("BPI", 1), ("BPP", 2))
    return {**entries(student, names), **sums(student)}


def write_options(name, base, options, values):
    """Prints a table and writes a file, in which every case has all its parameters: nothing rests on defaults."""
    print("// common:", " ".join(f"{k}={json.dumps(v)}" for k, v in base.items()))
    cases = []
    for case, overrides in options.items():
        expected = {key: float(f"{value:.15g}") for key, value in values(overrides).items()}
        if not cases:
            print("//", ", ".join(expected))
        cases.append(json.dumps({"name": case, "overrides": {**base, **overrides}, "expected": expected}))
        own = ", ".join(f'R"({k}={json.dumps(v)})"' for k, v in overrides.items())
        print(f'{{"{case}", {{{own}}}, {{{", ".join(f"{v:.15g}" for v in expected.values())}}}}},')
    file = Path(__file__).resolve().parents[4] / "tests/families/microcircuit" / name
    file.write_text("[\n" + ",\n".join(cases) + "\n]\n")


if __name__ == "__main__":
    if sys.argv[1:] != ["--options"]:
        sys.exit(__doc__)
    write_options("options.json", OPTIONS_BASE, OPTIONS, option_values)
