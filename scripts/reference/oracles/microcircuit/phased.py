#!/usr/bin/env python3
"""The phased microcircuit (BP, FA, DTPDRL, LDRL) in NumPy: feedback from the output, one noisy layer at a time.

    scripts/reference/oracles/microcircuit/phased.py              compare with published numbers; prints the largest differences
    scripts/reference/oracles/microcircuit/phased.py --options    print golden values of its options and write them to
                                                          tests/families/microcircuit/phased_options.json

It shares potentials, forward rule and schedule with microcircuit.py. Every hidden layer l gets feedback from the output
layer N, and there is one population of interneurons, tied to layer N-1 (uI, vden, rI, WIP are no lists here). Noise adds
to the apical potential in every step, and is zero in all layers but the active one.
"""
import sys
from types import SimpleNamespace

import numpy as np

from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "agreement"))
from current import Experiment, Microcircuit, entries, params, sums, write_options
from microcircuit_published import compare


def phased_params(tausyn=0.01, Tbw=1.0, taueps=1.0, noise_deg=30.0, **overrides):
    p = params(**{"dWPP_low_pass": False, "tauHP": tausyn, "tauLO": tausyn, **overrides})
    p.Tbw, p.taueps, p.noise_deg = Tbw, taueps, noise_deg
    return p


def half_one_minus_cosine(a, b):
    return 0.5 * (1 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


class PhasedMicrocircuit(Microcircuit):
    def draw_initial_state(self, rng):
        n, N, p = self.n, self.N, self.p
        self.u = [None] + [rng.normal(0, 1, n[l]) for l in self.all]
        self.uI = rng.normal(0, 1, n[N])
        self.u_prev, self.uI_prev, self.ub, self.ubI = self.u, self.uI, self.u, self.uI
        self.r = [np.zeros(n[0])] + [self.phi[l](self.u[l]) for l in self.all]
        self.rI = self.phi[N](self.uI)
        self.vbas = [None] + [np.zeros(n[l]) for l in self.all]
        self.vden = np.zeros(n[N])
        self.vapi = [None] + [np.zeros(n[l]) for l in self.hidden]
        self.xi = [None] + [np.zeros(n[l]) for l in self.hidden]
        self.rHI = self.r[N]
        self.D = [None] + [np.zeros((n[l], n[l - 1])) for l in self.all]
        self.steps, self.active, self.noise_counter = 0, 0, 0  # active: hidden layer with noise, from 0
        self.noise_interval, self.phase = round(p.dtxi / p.dt), round(p.Tbw / p.dt)
        self.eps, self.eps_LO = np.ones(N - 1), np.ones(N - 1)

    def draw_initial_weights(self, rng, prefix):
        n, N, p = self.n, self.N, self.p  # the teacher has the students' ranges
        self.WPP = [None] + [rng.uniform(*p.init_WPP_range, (n[l], n[l - 1])) for l in self.all]
        self.WIP = rng.uniform(*p.init_WIP_range, (n[N], n[N - 1]))
        self.BPP = [None] + [rng.uniform(*p.init_BPP_range, (n[l], n[N])) for l in self.hidden]
        self.BPI = [None] + [rng.uniform(*p.init_BPI_range, (n[l], n[N])) for l in self.hidden]

    def set_self_predicting(self):
        p = self.p
        self.BPI = [None] + [-self.BPP[l] for l in self.hidden]
        self.WIP = (p.gl + p.gden) / p.gden * self.cO * self.WPP[self.N]

    def step(self, r0, target=None, learn=False):
        p, dt, N = self.p, self.p.dt, self.N
        noisy = learn and p.model_type in ("DTPDRL", "LDRL")
        if noisy and self.steps % self.phase == 0:
            self.active, self.noise_counter = (self.active + 1) % (N - 1), 0
            self.xi = [None] + [0 * self.xi[l] for l in self.hidden]
        old = SimpleNamespace(r=self.r, rI=self.rI, vbas=self.vbas, vden=self.vden)

        self.ub = [None] + [self.u_prev[l] + self.tau[l] * (self.u[l] - self.u_prev[l]) / dt for l in self.all]
        self.ubI = self.uI_prev + self.tauI * (self.uI - self.uI_prev) / dt
        self.r = [np.array(r0)] + [self.phi[l](self.ub[l]) for l in self.all]
        self.rI = self.phi[N](self.ubI)
        self.u_prev, self.uI_prev = self.u, self.uI
        self.vbas = [None] + [self.WPP[l] @ self.r[l - 1] for l in self.all]
        self.vden = self.WIP @ self.r[N - 1]
        if p.inter_low_pass and p.model_type not in ("BP", "FA"):
            self.vden = old.vden + dt / p.tauLO * (self.vden - old.vden)
        self.vapi = [None] + [self.BPP[l] @ self.r[N] + self.BPI[l] @ self.rI for l in self.hidden]
        if noisy:  # acts in the same step
            self.draw_noise()
        apical = [None] + [self.vapi[l] + self.xi[l] if noisy else self.vapi[l] for l in self.hidden]
        du, duI = self.somatic_increments(apical, target)

        self.rHI = self.rHI + (self.r[N] - old.r[N]) - dt / p.tauHP * self.rHI
        if learn:
            self.learn(old, noisy)
        self.u = [None] + [self.u[l] + du[l] for l in self.all]
        self.uI = self.uI + duI
        self.steps += 1

    def learn(self, old, noisy):
        p, dt, N = self.p, self.p.dt, self.N
        dWPP = self.forward_increments(old)
        dWIP = dt * p.eta_IP[0] * np.outer(self.rI - self.phi[N](self.cD * old.vden), old.r[N - 1])
        dBPI = [None] + [-dt * p.eta_PI[l - 1] * np.outer(self.vapi[l], old.rI) for l in self.hidden]
        if p.model_type == "BP":
            self.BPP = [None] + [self.WPP[l + 1].T.copy() for l in self.hidden]
        if noisy:
            a = self.active + 1
            self.BPP[a] = self.BPP[a] + self.backward_increment(a)
            if p.dWPP_low_pass:
                dWPP = self.D = [None] + [self.D[l] + dt / p.tauLO * (dWPP[l] - self.D[l]) for l in self.all]
        self.WPP = [None] + [self.WPP[l] + dWPP[l] for l in self.all]
        self.WIP = self.WIP + dWIP
        self.BPI = [None] + [self.BPI[l] + dBPI[l] for l in self.hidden]

    def somatic_increments(self, apical, target):
        p, dt, N = self.p, self.p.dt, self.N
        drive = [None] + [self.tau[l] * (p.gbas * self.vbas[l] + p.gapi * apical[l]) for l in self.hidden]
        if target is None:
            drive.append(self.tauN_notgt * p.gbas * self.vbas[N])
        else:
            drive.append(self.tau[N] * (p.gbas * self.vbas[N] + p.gntgt * target))
        driveI = self.tauI * (p.gden * self.vden + p.gnI * self.ub[N])
        return [None] + [dt * (drive[l] - self.u[l]) / self.tau[l] for l in self.all], dt * (driveI - self.uI) / self.tauI

    def draw_noise(self):
        p, a = self.p, self.active + 1
        if not self.xi[a].any() or self.noise_counter % self.noise_interval == 0:
            self.noise_counter, scale = 0, p.noise_scale[a - 1]
            if p.noise_mode == "uP_adaptive":
                scale *= self.misalignment(a)
            spread = self.vapi[a] if p.noise_mode == "vapi" else self.u[a]
            aligned = p.noise_mode == "uP_adaptive" and scale == 0  # then nothing is drawn
            self.xi[a] = 0 * spread if aligned else scale * self.rng.normal(0, np.abs(spread))
        self.noise_counter += 1

    def misalignment(self, a):
        """eps_LO, or 0 where the layer counts as aligned."""
        p, eps = self.p, half_one_minus_cosine(self.ub[a], self.BPP[a] @ self.r[self.N])
        self.eps[a - 1] = eps
        self.eps_LO[a - 1] += p.dt / p.taueps * (eps - self.eps_LO[a - 1])
        return self.eps_LO[a - 1] if self.eps_LO[a - 1] > 0.5 * (1 - np.cos(np.radians(p.noise_deg))) else 0

    def backward_increment(self, a):
        p, B, xi = self.p, self.BPP[a], self.xi[a]
        rate, h = p.dt * p.eta_bw[a - 1], self.rHI if p.pyr_hi_pass else self.r[self.N]
        decay = rate * p.alpha[a - 1] * B
        if p.model_type == "LDRL":
            gate = self.dphi[self.N](h) if p.gate_regularizer else 1
            return rate * np.outer(xi, h) - decay * gate
        if not p.pyr_hi_pass:
            return -rate * np.outer(B @ h + self.BPI[a] @ self.rI - xi, h) - decay
        return -rate * np.outer(B @ h - xi, h) * xi.any() - decay


class PhasedExperiment(Experiment):
    """No shuffling; targets step by step; the noise goes on where the input's draws ended."""

    def __init__(self, p, index=0):
        self.p, first = p, p.random_seed[0]
        self.hold, self.settling = round(p.Tpres / p.dt), round(p.settling_time / p.dt)
        self.teacher_seed = np.random.RandomState(first).randint(100000, 999999)
        shared = np.random.RandomState(first if p.task == "bw_only" else self.teacher_seed)
        self.input = shared.uniform(0, 1, (p.dataset_size, p.layers[0]))
        self.student = PhasedMicrocircuit(p, p.random_seed[index])
        self.student.rng = shared
        self.targets = None
        if p.task == "fw_bw":
            self.teacher = PhasedMicrocircuit(p, self.teacher_seed, "teacher")
            self.targets = self.simulate_teacher(self.teacher)

    def train(self):
        for _ in range(self.p.epochs):
            for i in range(self.p.dataset_size * self.hold):
                target = None if self.targets is None else self.targets[i]
                self.student.step(self.input[i // self.hold], target, learn=True)
                yield i


# --- published numbers ------------------------------------------------------------------------------------------------

UNIT_RANGES = {f"init_{w}_range": [-1, 1] for w in ("WPP", "WIP", "BPP", "BPI")}
SMALL = dict(task="bw_only", model_type="DTPDRL", layers=[2, 3, 2], random_seed=[325551], settling_time=1.0, eta_fw=[0] * 3,
             noise_scale=[0.1] * 2, alpha=[0] * 2, eta_bw=[2000] * 2, eta_IP=[0] * 2, eta_PI=[50] * 2, **UNIT_RANGES)
AFTER_100_SAMPLES = {  # BPP, then eps and eps_LO
    "uP": ([-0.1404041605, -0.3571429898, -0.7735030585, -0.651120743, -0.3020372636, 0.4212457468], [1, 1]),
    "vapi": ([-0.1383704209, -0.4193686903, -0.8557306917, -0.7597066804, -0.344566238, 0.439613035], [1, 1]),
    "uP_adaptive": ([-0.1367419233, -0.3854046782, -0.8340366995, -0.7193920136, -0.3185445827, 0.4298676095],
                    [0.31038404885, 0.40716889655])}


def main():
    for mode, (BPP, eps) in AFTER_100_SAMPLES.items():
        m = PhasedExperiment(phased_params(noise_mode=mode, **SMALL)).run()
        compare(f"DTPDRL {mode}: BPP", m.BPP[1], BPP, absolute=True)
        compare(f"DTPDRL {mode}: eps, eps_LO", [m.eps[0], m.eps_LO[0]], eps, absolute=True)
    compare("WPP_2", m.WPP[2].T, [-0.8673059688, -0.9059905646, -0.7621437187, 0.5362438969, 0.8335910941, -0.083170359],
            absolute=True)
    m = PhasedExperiment(phased_params(noise_mode="uP_adaptive", **{**SMALL, "layers": [2, 4, 3, 2]})).run()
    compare("DTPDRL, two hidden layers: BPP_1", m.BPP[1],
            [-0.4473393973, -0.0745976544, 0.0880525659, 0.8870673505, -0.222437944, -0.2315701425, -0.6299376663,
             0.2280640832], absolute=True)
    compare("DTPDRL, two hidden layers: BPP_2", m.BPP[2],
            [0.7508709089, 0.5634345112, -0.9668053629, 0.3695766116, 0.9419934471, 0.1716765391], absolute=True)
    compare("DTPDRL, two hidden layers: eps_LO, active", [*m.eps_LO, m.active], [0.4318801632, 0.4429144160, 0],
            absolute=True)

    run = PhasedExperiment(phased_params(
        task="fw_bw", model_type="FA", layers=[1, 1, 1], random_seed=[325551], activation="soft_relu", epochs=2,
        settling_time=1.0, eta_fw=[50, 10], eta_bw=[0], eta_IP=[20], eta_PI=[0], alpha=[0, 0], **UNIT_RANGES))
    m = run.student
    for _ in run.settle(m):
        pass
    errors = [(m.ub[2] - run.targets[i])[0] ** 2 for i in run.train() if m.steps % 100 == 0]
    compare("FA with teacher: weights", [m.WPP[1], m.WPP[2], m.WIP, m.BPP[1], m.BPI[1]],
            [0.8397859588, 0.3808198543, 0.3806761285, 0.5075625148, -0.5075625148], absolute=True)
    compare("FA with teacher: teacher", run.teacher.WPP[1:], [0.9715281236, 0.3718233936], absolute=True)
    compare("FA with teacher: error", np.mean(errors[-100:]), 2.0929e-06)


# --- golden values, one case per option -------------------------------------------------------------------------------

OPTIONS_BASE = dict(
    task="fw_bw", model_type="DTPDRL", layers=[2, 4, 3, 2], random_seed=[7], dataset_size=5, epochs=2, Tpres=0.2, dt=0.01,
    dtxi=0.01, settling_time=0.1, tausyn=0.05, taueps=0.5, Tbw=0.3, noise_deg=30.0, activation="logistic",
    noise_mode="uP", noise_scale=[0.3, 0.2], gl=0.03, gbas=0.1, gapi=0.06, gden=0.1, gnI=0.06, gntgt=0.06,
    eta_fw=[4, 3, 2], eta_bw=[2000, 1500], eta_IP=[6], eta_PI=[5, 3], alpha=[1e-4, 2e-4], init_in_SPS=True,
    inter_low_pass=False, pyr_hi_pass=True, dWPP_low_pass=False, gate_regularizer=False, **UNIT_RANGES)

OPTIONS = {
    "dtpdrl": {},
    "dtpdrl_bw_only": dict(task="bw_only"),
    "bp_one_hidden_layer": dict(model_type="BP", layers=[2, 3, 2]),
    "fa": dict(model_type="FA"),
    "ldrl": dict(model_type="LDRL"),
    "ldrl_gated_relu": dict(model_type="LDRL", activation="relu", gate_regularizer=True),
    "ldrl_gated_hard_sigmoid": dict(model_type="LDRL", activation="hard_sigmoid", gate_regularizer=True),
    "ldrl_no_pyr_hi_pass": dict(model_type="LDRL", pyr_hi_pass=False, eta_bw=[200, 150]),
    "no_pyr_hi_pass": dict(pyr_hi_pass=False, eta_bw=[20, 15]),
    "noise_vapi": dict(noise_mode="vapi", init_in_SPS=False),
    "noise_uP_adaptive": dict(noise_mode="uP_adaptive"),
    "noise_uP_adaptive_aligned": dict(noise_mode="uP_adaptive", noise_deg=120.0),
    "dtxi": dict(dtxi=0.05),
    "dtxi_uP_adaptive": dict(dtxi=0.05, noise_mode="uP_adaptive"),
    "dWPP_low_pass": dict(dWPP_low_pass=True),
    "inter_low_pass": dict(inter_low_pass=True),
    "no_SPS": dict(init_in_SPS=False),
}


def option_values(overrides):
    student = PhasedExperiment(phased_params(**{**OPTIONS_BASE, **overrides})).run()
    last = student.N - 1
    values = entries(student, (("WPP", 1), ("WPP", last + 1), ("BPP", 1), ("BPI", 1), ("BPP", last), ("BPI", last)))
    return {**values, "WIP[0][0]": student.WIP[0, 0], **sums(student), "sum eps_LO": student.eps_LO.sum()}


if __name__ == "__main__":
    if sys.argv[1:] == ["--options"]:
        write_options("phased_options.json", OPTIONS_BASE, OPTIONS, option_values)
    else:
        main()
