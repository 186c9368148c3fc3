#!/usr/bin/env python3
"""Compare microcircuit.py with published numbers of the PAL microcircuit; prints the largest differences.

    scripts/reference/agreement/microcircuit_published.py [FOLDER]         about 80 s

FOLDER holds Fig3abc_data_angle_{WPPT_BPP,BPP_RHS}_lin.npy; without it only the numbers listed here are compared.
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles/microcircuit"))
from current import Experiment, Microcircuit, params

FIG3ABC = dict(task="bw_only", layers=[5, 20, 10, 20, 5], random_seed=[123, 456, 789, 111, 222, 1, 3, 5, 7, 9], epochs=100,
               noise_scale=[0.05] * 3, eta_fw=[1] * 4, eta_bw=[50] * 3, eta_IP=[0] * 3, eta_PI=[5] * 3, alpha=[1e-5] * 3,
               init_teacher_WPP_range=[-1, 1], **{f"init_{w}_range": [-1, 1] for w in ("WPP", "WIP", "BPP", "BPI")})
FIG4AB = dict(layers=[1, 1, 1], epochs=2, init_teacher_WPP_range=[2, 2], init_WPP_range=[-1, 0])


def compare(name, got, expected, absolute=False):
    """Relative difference, or absolute where the numbers are angles or printed with fixed decimals."""
    got, expected = np.ravel(got), np.ravel(expected)
    difference = np.abs(got - expected) / (1 if absolute else np.abs(expected))
    print(f"{name:58} {'absolute' if absolute else 'relative'} {difference.max():.1e}")


def angle(a, b):
    return np.degrees(np.arccos(np.clip(np.sum(a * b) / (np.linalg.norm(a) * np.linalg.norm(b)), -1, 1)))


def angles_WPPT_BPP(m):
    return [angle(m.WPP[l + 1].T, m.BPP[l]) for l in m.hidden]


def angles_BPP_RHS(m):
    """Derivatives at the dendritic prediction, with the hidden layers' factor in the output layer too."""
    d = [None] + [m.dphi[l](m.cH * m.vbas[l]) for l in m.all]
    return [angle(m.BPP[l], d[l][:, None] * m.WPP[l + 1].T * d[l + 1]) for l in m.hidden]


def backprop_updates(m, r0, target):
    """Backprop in a feedforward network with the microcircuit's forward weights; the output error has no phi'."""
    v, x = [None], [np.array(r0)]
    for l in m.all:
        v.append(m.c[l] * m.WPP[l] @ x[l - 1])
        x.append(m.phi[l](v[l]))
    error, updates = target - v[m.N], []
    for l in reversed(m.all):
        updates.append(np.outer(error, x[l - 1]))
        if l > 1:
            error = m.dphi[l - 1](v[l - 1]) * (m.WPP[l].T @ error)
    return [None] + updates[::-1]


def update_angles(run, m, weights, samples):
    """Angles of dWPP to backprop's update with these weights made self-predicting, after each presentation."""
    targets = run.simulate_teacher(Microcircuit(run.p, run.teacher_seed, "teacher"))
    m.xi = [None] + [0 * xi for xi in m.xi[1:]]
    m.WPP, m.WIP, m.BPP, m.BPI = weights
    m.set_self_predicting()
    rows = []
    for sample in range(samples):
        for i in range(run.hold):
            target = targets[sample * run.hold + i]
            m.step(run.input[sample], target)
        updates = backprop_updates(m, run.input[sample], target)
        rows.append([angle(m.dWPP[l], updates[l]) for l in m.all])
    return rows


def generator():
    rng = np.random.RandomState(123)
    compare("11.1 uniforms", rng.uniform(-1, 1, 3), [0.3929383711957233, -0.4277213300992411, -0.5462970928715938])
    rng.seed(123)
    compare("11.1 Gaussians", rng.normal(0, 1, 3), [-1.0856306033005612, 0.9973454465835858, 0.282978498051992])
    seeds = [np.random.RandomState(s).randint(100000, 999999) for s in (123, 325551)]
    compare("11.1 teacher seeds", seeds, [873630, 403825])
    rng.seed(123)
    order = np.arange(100)
    rng.shuffle(order)
    compare("11.1 shuffle", order[:10], [8, 70, 82, 28, 63, 0, 5, 50, 81, 4], absolute=True)
    compare("11.1 Gaussians after it", rng.normal(0, 1, 2), [0.4684391194456443, -0.8311549842432792])


def fig3abc_states():
    run = Experiment(params(**FIG3ABC))
    m, settle, train = run.student, run.settle(run.student), run.train()
    compare("11.2 init", [*run.input[0, :3], m.WIP[1][0, 0], *m.BPP[1][0, :3], m.WPP[2][0, 0]],
            [0.696469185598, 0.28613933495, 0.226851453564, 0.0179648425881,
             -0.624612113986, 0.146637780109, -0.407073405301, 0.026256308398])
    next(settle)
    compare("11.2 settling step 1", [*m.vbas[1][:3], *m.vden[1][:2], *m.vapi[1][:2], *m.rHI[1][:2]],
            [0.39973668816, 0.075619678772, -0.747453194703, -0.157312822242, 0.47728572036,
             0.728520525757, 0.431349939134, 0.227197761202, 0.657482707566])
    for _ in settle:
        pass
    compare("11.2 after settling", [*m.ub[1][:3], *m.ub[4][:3], *m.u[4][:2]],
            [-0.0658226687324, 0.453333924806, -0.280998337667, 1.05859282568, -0.471067275924, -0.528110467844,
             1.05976888178, -0.470385867194])
    print(f"11.2 after settling: largest |vapi| {max(np.abs(v).max() for v in m.vapi[1:]):.1e}")
    BPI = m.BPI[1].copy()
    sample = next(train)
    compare("11.2 training step 1",
            [*run.input[sample], *m.xi[1][:3], m.xi[2][0], m.xi[3][0], m.dBPP[1][0, 0], m.BPP[1][0, 0]],
            [0.623952951792, 0.115618395079, 0.31728548182, 0.414826211954, 0.866309157883, 0.00740667281286,
             -0.0131417141941, 0.0183760595051, 0.018186346459, 0.0101517760025, 3.12250989401e-06, -0.624608991476])
    print(f"11.2 training step 1: largest change of BPI_1 {np.abs(m.BPI[1] - BPI).max():.1e}")
    for _ in range(99):
        next(train)
    compare("11.2 training step 100",
            [*m.BPP[1][0, :3], m.BPP[3][0, 0], m.BPI[1][0, 0], m.dWPP[1][0, 0], m.rHI[2][0], m.xi[3][1]],
            [-0.63210027241, 0.146328755708, -0.410568514842, -0.0790103586013, 0.627903812428, -1.72392519386e-06,
             -0.00304649903428, 0.108187896677])


def fig3abc_angles(folder, index, records):
    """Against the published arrays, and the first update angles (seed 123)."""
    run = Experiment(params(**FIG3ABC), index)
    got, weights, step = ([], []), [], 0
    for phase in (run.settle(run.student), run.train()):
        for _ in phase:
            step += 1
            if step % 1000 == 0:
                got[0].append(angles_WPPT_BPP(run.student))
                got[1].append(angles_BPP_RHS(run.student))
                if step in (11000, 21000):
                    m = run.student
                    weights.append([list(w) for w in (m.WPP, m.WIP, m.BPP, m.BPI)])
                if step == 1000 * records:
                    break
    seed = run.p.random_seed[index]
    for name, values in zip(("WPPT_BPP", "BPP_RHS"), got):
        expected = np.load(folder / f"Fig3abc_data_angle_{name}_lin.npy")[index, :records]
        compare(f"Fig3abc seed {seed} {name}, {records} records", values, expected, absolute=True)
    if seed == 123 and records > 20:
        rows = update_angles(run, run.student, weights[0], 2) + update_angles(run, run.student, weights[1], 1)
        compare("11.2 update angles, rows 0, 1, 100", rows,
                [[91.1343513593, 106.2404608297, 90.2535178214, 3.3369489441],
                 [90.867476007, 108.4789069742, 90.1103013942, 3.3668463712],
                 [90.4063816723, 105.3019476653, 88.9627916799, 3.3398450571]], absolute=True)


def fig4ab_teacher_and_steps():
    run = Experiment(params(**FIG4AB))
    m, t = run.student, run.teacher
    compare("11.3 teacher", [t.WPP[1][0, 0], t.WPP[2][0, 0], t.WIP[1][0, 0], t.BPP[1][0, 0]], [2, 2, 2, -0.168434070396])
    compare("11.3 input", run.input[:5], [0.3565078295, 0.127975370582, 0.274887818049, 0.415782964802, 0.480566974984])
    compare("11.3 targets", run.targets[:5],
            [0.9118955656, 0.820964449415, 0.87975133127, 0.934927402171, 0.959746854324])
    series = Experiment(params(**FIG4AB)).simulate_teacher(Microcircuit(run.p, run.teacher_seed, "teacher"))
    compare("11.3 targets, first of the full series", series[:3], [0.796727012022] * 3)
    compare("11.3 student", [m.WPP[1], m.WPP[2], m.WIP[1], m.BPP[1], m.BPI[1]],
            [-0.303530814402, -0.71386066505, -0.71386066505, -0.448685230917, 0.448685230917])
    for _ in run.settle(m):
        pass
    train = run.train()
    sample = next(train)
    compare("11.3 PAL step 1", [run.input[sample][0], run.targets[sample][0], m.xi[1][0], m.dBPP[1][0, 0]],
            [0.466823668421, 0.954514786971, 0.00148133456257, 8.97089666712e-08])
    next(train)
    compare("11.3 PAL step 2", [m.ub[2][0], m.dWPP[2][0, 0], m.D[2][0, 0]],
            [0.114587182804, 0.000239847069521, 2.39847069521e-08])
    next(train)
    compare("11.3 PAL step 3", [m.dBPP[1], m.dBPI[1], m.dWIP[1]], [4.85057748743e-05, 9.35204926917e-05, 0.00142461090313])
    for _ in range(97):
        next(train)
    compare("11.3 PAL step 100", [m.WPP[1], m.WPP[2], m.WIP[1], m.BPP[1], m.BPI[1]],
            [-0.303541047912, -0.713747427306, -0.581407266636, -0.449306238941, 0.454795917333])


FIG4AB_AFTER_2_EPOCHS = {  # WPP_1, WPP_2, WIP, BPP, BPI, mean squared error of epoch 2
    "BP": [-0.246594038685, 1.730655351359, 1.976139311725, 1.730632945936, -1.730632945936, 0.1067170326484],
    "FA": [-0.375161995254, 1.731571948209, 1.989110660222, -0.448685230917, 0.448685230917, 0.1101711189702],
    "PAL": [-0.31744022374, 1.419057196664, 1.777088817789, -0.446877419886, 0.45104621906, 0.2324965946957]}


def fig4ab_epochs():
    for model, expected in FIG4AB_AFTER_2_EPOCHS.items():
        own = {} if model == "PAL" else dict(eta_bw=[0], eta_PI=[0])
        run = Experiment(params(**FIG4AB, model_type=model, **own))
        m = run.student
        for _ in run.settle(m):
            pass
        errors = [(m.ub[2] - run.targets[sample])[0] ** 2
                  for step, sample in enumerate(run.train(), 1) if step % run.hold == 0]
        weights = np.ravel([m.WPP[1], m.WPP[2], m.WIP[1], m.BPP[1], m.BPI[1]])
        compare(f"11.3 {model} after 2 epochs", [*weights, np.mean(errors[-100:])], expected)


def no_lookahead():
    run = Experiment(params(**{**FIG3ABC, "taur": 0.0, "epochs": 2}))
    compare("11.4 taur 0, 2 epochs", angles_WPPT_BPP(run.run()), [89.321239113295, 93.377421482657, 89.219523252409], True)


def notebook(layers, steps=200000, **own):
    """One generator for all initial draws and the inputs; no settling, no shuffling, WPP frozen."""
    p = params(task="bw_only", layers=layers, dt=1e-3, dtxi=1e-3, tauxi=0.01, tauHP=0.01, tauLO=0.01, activation="relu",
               noise_mode="uP", noise_scale=[0.05], eta_fw=[0, 0], init_WPP_range=[0, 1], init_BPP_range=[-1, 0], **own)
    init = np.random.RandomState(12345)
    m = Microcircuit(p, 123, init=init)
    inputs = init.uniform(0, 1, (200, layers[0]))
    for step in range(steps):
        m.step(inputs[step // 1000], lateral=True, backward=True)
        if step == 9:
            first = m.BPP[1].copy()
    return m, first


def notebooks():
    m, first = notebook([1, 2, 1], eta_bw=[500], eta_IP=[20], eta_PI=[1], alpha=[5e-5], init_in_SPS=False)
    compare("11.5 [1,2,1] BPP, WPP_2", [*first[:, 0], *m.BPP[1][:, 0], *m.WPP[2][0]],
            [-0.25341632, -0.03769726, 0.06284681, 0.06784516, 0.96451452, 0.6531771], absolute=True)
    compare("11.5 [1,2,1] last increments", [*m.dWIP[1][0], *m.dBPP[1][:, 0], *m.dBPI[1][:, 0]],
            [7.14801588e-07, 7.26671244e-07, -1.85186672e-06, 7.21771287e-06, -7.77184676e-07, 2.44148695e-07])
    m, _ = notebook([2, 2, 2], eta_bw=[200], eta_IP=[0], eta_PI=[5], alpha=[2.5e-4])
    compare("11.5 [2,2,2] BPP", m.BPP[1], [0.05822141, 0.00049973, 0.03966429, 0.00532068], absolute=True)
    compare("11.5 [2,2,2] last dBPP", m.dBPP[1].T, [-4.03351297e-06, 2.78486972e-05, -1.23804963e-07, 2.36062745e-06])


if __name__ == "__main__":
    generator()
    fig3abc_states()
    fig4ab_teacher_and_steps()
    fig4ab_epochs()
    no_lookahead()
    notebooks()
    if len(sys.argv) > 1:
        fig3abc_angles(Path(sys.argv[1]), 0, 130)
        for other in range(1, 10):
            fig3abc_angles(Path(sys.argv[1]), other, 15)
