#!/usr/bin/env python3
"""Losses and gradients of the data-trained models (ctd_data) from torch.nn.GRU, GRUCell, autograd and torch.distributions, on
made-up parameters, spikes and inputs; the random numbers are those of tsd, from a Philox generator written here in NumPy.

    scripts/reference/oracles/ctd/auto_encoders.py tests/golden/ctd_data.safetensors

The file has for each case <case>/loss (reconstruction, KL of initial states, KL of inferred inputs), <case>/latents
[trial, time, unit] and <case>/gradient/<parameter>; tests/families/ctd/data/test_reference.cpp compares.
"""
import hashlib
import math
import sys

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.distributions import Gamma, Independent, Normal, StudentT, kl_divergence
from torch.nn import functional as F

B, T, N_IN, N_ALL, U = 3, 7, 4, 6, 2
PASS, SEED = 5, 11
KINDS = ["spike_jitter", "spike_jitter_recon", "temporal_shift", "temporal_shift_recon", "coordinated_dropout", "pass_mask", "encoded",
         "encoding", "initial", "external", "controller", "generator", "ic_sample", "co_sample", "co_prior_sample"]


class Numbers:
    """tsd's random numbers of one pass (src/families/ctd/data/data/noise.hpp)."""

    def __init__(self):
        digest = hashlib.sha256(f"{SEED}:ctd-data noise".encode()).hexdigest()
        key = (int(digest[:8], 16), int(digest[8:16], 16))
        self.key = self.philox(key, 0, 0)[:2]

    @staticmethod
    def philox(key, low, high):
        c = [low & 0xFFFFFFFF, low >> 32, high & 0xFFFFFFFF, high >> 32]
        k0, k1 = key
        for _ in range(10):
            p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
            c = [(p1 >> 32) ^ c[1] ^ k0, p1 & 0xFFFFFFFF, (p0 >> 32) ^ c[3] ^ k1, p0 & 0xFFFFFFFF]
            k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
        return c

    def words(self, kind, row, step, n):
        blocks = (n + 3) // 4
        first = (row * 2**20 + step) * blocks
        high = PASS * len(KINDS) + KINDS.index(kind)
        drawn = np.array([self.philox(self.key, first + k, high) for k in range(blocks)], dtype=np.uint64)  # [blocks, 4]
        return drawn

    def mask(self, kind, row, step, n, drop, kept):
        keep = self.words(kind, row, step, n) >= int(drop * 2**32)
        return np.where(keep, kept, 0.0).T.reshape(-1)[:n]

    def normal(self, kind, row, step, n):
        w = (self.words(kind, row, step, n) >> np.uint64(8)).astype(float)
        out = np.empty((4, len(w)))
        for j in (0, 2):
            radius = np.sqrt(-2 * np.log((w[:, j] + 0.5) * 2.0**-24))
            angle = w[:, j + 1] * (2 * math.pi * 2.0**-24)
            out[j], out[j + 1] = radius * np.cos(angle), radius * np.sin(angle)
        return out.reshape(-1)[:n]

    def student(self, kind, row, step, n, df):
        out = []
        high = PASS * len(KINDS) + KINDS.index(kind)
        for i in range(n):
            stream = self.uniforms((n * (row * 2**20 + step) + i) * 1024, high)
            z = self.gauss(stream)
            out.append(z / math.sqrt(2 * self.gamma(stream, df / 2) / df))
        return np.array(out)

    def uniforms(self, counter, high):
        while True:
            for word in self.philox(self.key, counter, high):
                yield (word + 0.5) * 2.0**-32
            counter += 1

    @staticmethod
    def gauss(stream):
        radius = math.sqrt(-2 * math.log(next(stream)))
        return radius * math.cos(2 * math.pi * next(stream))

    def gamma(self, stream, shape):
        d = shape - 1 / 3
        c = 1 / math.sqrt(9 * d)
        while True:
            x = self.gauss(stream)
            v = (1 + c * x)**3
            if v > 0 and math.log(next(stream)) < 0.5 * x * x + d - d * v + d * math.log(v):
                return d * v


NUMBERS = Numbers()


def rows(draw):
    return torch.tensor(np.stack([draw(b) for b in range(B)]), dtype=torch.float64)


def dropout(x, kind, step, p):
    return x if p == 0 else x * rows(lambda b: NUMBERS.mask(kind, b, step, x.shape[1], p, 1 / (1 - p)))


def spikes():
    k = np.arange(B * T * N_ALL, dtype=float)
    return torch.tensor(np.floor(1.6 + 1.6 * np.sin(2.3 * k)).reshape(B, T, N_ALL))


def inputs():
    k = np.arange(B * T * U, dtype=float)
    return torch.tensor(np.cos(0.7 * k).reshape(B, T, U))


LENGTHS = [7, 4, 5]


def fill(module):
    """Made-up parameters by name."""
    with torch.no_grad():
        for name, p in module.named_parameters():
            k = torch.arange(p.numel(), dtype=torch.float64)
            p.copy_((0.4 * torch.sin(1.7 * (k + 1) + 0.01 * sum(name.encode()))).reshape(p.shape))


def mlp(sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class Node(nn.Module):
    def __init__(self, latent, hidden, layers):
        super().__init__()
        self.vf_net = mlp([latent + U, *[hidden] * layers, latent])

    def forward(self, u, h):
        return h + 0.1 * self.vf_net(torch.cat([h, u], 1))


class Lds(nn.RNNCell):
    def forward(self, u, h):
        return F.linear(u, self.weight_ih, self.bias_ih) + F.linear(h, self.weight_hh, self.bias_hh)


class Flow(nn.Module):
    def __init__(self, hidden, layers, steps):
        super().__init__()
        self.flow, self.steps = mlp([N_ALL, *[hidden] * layers, N_ALL]), steps

    def forward(self, x):
        x = F.pad(x, (0, N_ALL - x.shape[-1]))
        for _ in range(self.steps):
            x = x + 0.1 * self.flow(x)
        return x

    def reverse(self, x, latent):
        for _ in range(self.steps):
            x = x - 0.1 * self.flow(x)
        return x[..., :latent]


class Decoder(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell


class Sae(nn.Module):
    def __init__(self, cell, readout="linear", latent=5, encoder=3, window=-1, p=0.2):
        super().__init__()
        self.encoder = nn.GRU(N_IN, encoder, batch_first=True, bidirectional=True)
        self.ic_linear = nn.Linear(2 * encoder, N_ALL if readout == "flow" else latent)
        cells = {"gru": lambda: nn.GRUCell(U, latent), "vanilla": lambda: nn.RNNCell(U, latent), "lds": lambda: Lds(U, latent),
                 "node": lambda: Node(latent, 4, 2)}
        self.decoder = Decoder(cells[cell]())
        self.readout = {"linear": lambda: nn.Linear(latent, N_ALL), "mlp": lambda: mlp([latent, 4, N_ALL]), "flow": lambda: Flow(4, 1, 3)}[readout]()
        self.kind, self.latent, self.window, self.p = cell, latent, window, p

    def forward(self, x, u):
        _, h = self.encoder(x[:, :self.window])
        e = dropout(torch.cat([h[0], h[1]], 1), "encoding", 0, self.p)
        h = self.ic_linear(e)
        if isinstance(self.readout, Flow):
            h = self.readout.reverse(h, self.latent)
        if self.kind != "node":
            h = dropout(h, "initial", 0, self.p)
        states = []
        for t in range(T):
            h = self.decoder.cell(u[:, t], h)
            states.append(h)
        states = torch.stack(states, 1)
        return self.readout(states), states


def sae(case, **options):
    multitask, forward = options.pop("multitask", False), options.pop("forward", 0)
    model = Sae(**options).double()
    fill(model)
    y = spikes()
    outputs, latents = model(y[:, :T - forward, :N_IN], inputs())
    each = torch.exp(outputs) - y * outputs
    if multitask:
        loss = sum((each[i, :n] / n).sum() for i, n in enumerate(LENGTHS)) / each.numel()
    else:
        loss = each.mean()
    loss.backward()
    return record(case, model, [loss.item(), 0, 0], latents)


class ClippedGru(nn.Module):
    def __init__(self, inputs, hidden, clip):
        super().__init__()
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden, inputs))
        self.weight_hh = nn.Parameter(torch.empty(3 * hidden, hidden))
        self.bias_ih = nn.Parameter(torch.empty(3 * hidden))
        self.bias_hh = nn.Parameter(torch.empty(3 * hidden), requires_grad=False)
        self.clip = clip

    def forward(self, x, h):
        n = h.shape[1]
        x_z, x_r, x_n = (F.linear(x, self.weight_ih, self.bias_ih)).chunk(3, 1)
        h_z, h_r = F.linear(h, self.weight_hh[:2 * n], self.bias_hh[:2 * n]).chunk(2, 1)
        z, r = torch.sigmoid(x_z + h_z), torch.sigmoid(x_r + h_r)
        candidate = torch.tanh(x_n + F.linear(r * h, self.weight_hh[2 * n:], self.bias_hh[2 * n:]))
        return torch.clamp(z * h + (1 - z) * candidate, -self.clip, self.clip)


class Direction(nn.Module):
    def __init__(self, m, hidden):
        super().__init__()
        self.cell = ClippedGru(m["n_in"], hidden, m["clip"])


class BothWays(nn.Module):
    def __init__(self, m, hidden):
        super().__init__()
        self.fwd_gru, self.bwd_gru = Direction(m, hidden), Direction(m, hidden)

    def forward(self, x, h0):
        rows, n = x.shape[:2]
        ahead, back = [None] * n, [None] * n
        h = h0[0].expand(rows, -1)
        for t in range(n):
            h = ahead[t] = self.fwd_gru.cell(x[:, t], h)
        h = h0[1].expand(rows, -1)
        for t in reversed(range(n)):
            h = back[t] = self.bwd_gru.cell(x[:, t], h)
        return ahead, back


class Encoder(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.ic_enc_h0 = nn.Parameter(torch.empty(2, 1, m["ic_enc"]))
        self.ic_enc = BothWays(m, m["ic_enc"])
        self.ic_linear = nn.Linear(2 * m["ic_enc"], 2 * m["ic"])
        if m["co"]:
            self.ci_enc_h0 = nn.Parameter(torch.empty(2, 1, m["ci_enc"]))
            self.ci_enc = BothWays(m, m["ci_enc"])


class DecoderCell(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.gen_cell = ClippedGru(m["co"] + m["u"], m["gen"], m["clip"])
        self.fac_linear = nn.Linear(m["gen"], m["fac"], bias=False)
        if m["co"]:
            self.con_cell = ClippedGru(2 * m["ci_enc"] + m["fac"], m["con"], m["clip"])
            self.co_linear = nn.Linear(m["con"], 2 * m["co"])


class DecoderRnn(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.cell = DecoderCell(m)


class LfadsDecoder(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.ic_to_g0 = nn.Linear(m["ic"], m["gen"])
        self.rnn = DecoderRnn(m)
        self.con_h0 = nn.Parameter(torch.empty(1, m["con"] if m["co"] else 0))  # there without a controller, too


class Prior(nn.Module):
    def __init__(self, names, n, frozen=()):
        super().__init__()
        for name in names:
            self.register_parameter(name, nn.Parameter(torch.empty(n), requires_grad=name not in frozen))


class Lfads(nn.Module):
    """Modules and parameters have the names of the reference's, so that its state_dict is this one's."""
    SIZES = {"ic_enc": 3, "ic": 2, "ci_enc": 2, "con": 3, "co": 2, "gen": 4, "fac": 3, "n_in": N_IN, "n_all": N_ALL, "u": U, "clip": 0.6}
    P, CD, PASS_RATE, POST_MIN, DF, LAG = 0.2, 0.3, 0.25, 1e-2, 3.0, 1

    def __init__(self, prior, per_neuron=1, own_steps=0, sizes=None):
        super().__init__()
        m = self.m = {**(sizes or self.SIZES), **({} if prior else {"co": 0})}
        self.encoder, self.decoder = Encoder(m), LfadsDecoder(m)
        self.readout = nn.Linear(m["fac"], m["n_all"] * per_neuron)
        self.ic_prior = Prior(["mean", "logvar"], m["ic"], ["logvar"])
        self.prior, self.own_steps, self.samples = prior, own_steps, True
        self.co_prior = Prior({"ar": ["logtaus", "lognvars"], "student": ["loc", "logscale"]}[prior or "ar"], m["co"])

    def draw(self, kind, step, n):
        if not self.samples:
            return torch.zeros(1, n, dtype=torch.float64)
        if self.prior == "student" and kind != "ic_sample":
            return rows(lambda b: NUMBERS.student(kind, b, step, n, self.DF))
        return rows(lambda b: NUMBERS.normal(kind, b, step, n))

    def factors(self, gen, step):
        weight = F.normalize(self.decoder.rnn.cell.fac_linear.weight, dim=1)
        return F.linear(dropout(gen, "generator", step, self.P), weight)

    def forward(self, x, u):
        m, own, cell = self.m, self.own_steps, self.decoder.rnn.cell
        x = torch.stack([dropout(x[:, t], "encoded", t, self.P) for t in range(x.shape[1])], 1)
        ahead, back = self.encoder.ic_enc(x[:, :own] if own else x, self.encoder.ic_enc_h0)
        code = self.encoder.ic_linear(dropout(torch.cat([ahead[-1], back[0]], 1), "encoding", 0, self.P))
        mean, logvar = code.chunk(2, 1)
        std = torch.sqrt(torch.exp(logvar) + self.POST_MIN)
        gen = self.decoder.ic_to_g0(mean + std * self.draw("ic_sample", 0, m["ic"]))
        prior = Independent(Normal(self.ic_prior.mean, torch.exp(0.5 * self.ic_prior.logvar)), 1)
        self.kl_ic = kl_divergence(Independent(Normal(mean, std), 1), prior).mean()
        steps, encoded = u.shape[1] - own, x.shape[1] - own
        if m["co"]:
            f, b = self.encoder.ci_enc(x[:, own:], self.encoder.ci_enc_h0)
            none = torch.zeros_like(f[0])
            at = lambda all, t, source: all[source] if t < encoded and 0 <= source < encoded else none
            con, factors = self.decoder.con_h0.expand(len(x), -1), self.factors(gen, 0)
        states, all_factors, means, stds = [], [], [], []
        for t in range(steps):
            gen_in = dropout(u[:, own + t], "external", t, self.P)
            if m["co"]:
                seen = torch.cat([at(f, t, t - self.LAG), at(b, t, t + self.LAG), factors], 1)
                con = cell.con_cell(dropout(seen, "controller", t, self.P), con)
                co_mean, co_logvar = cell.co_linear(con).chunk(2, 1)
                means.append(co_mean)
                stds.append(torch.sqrt(torch.exp(co_logvar)))
                gen_in = torch.cat([co_mean + stds[-1] * self.draw("co_sample", t, m["co"]), gen_in], 1)
            gen = cell.gen_cell(gen_in, gen)
            factors = self.factors(gen, t + 1)
            states.append(gen)
            all_factors.append(factors)
        self.kl_co = self.co_divergence(torch.stack(means, 1), torch.stack(stds, 1)) if m["co"] else torch.zeros(())
        return self.readout(torch.stack(all_factors, 1)), torch.stack(states, 1)

    def co_divergence(self, mean, std):
        s = mean + std * torch.stack([self.draw("co_prior_sample", t, self.m["co"]) for t in range(mean.shape[1])], 1)
        p = self.co_prior
        if self.prior == "student":
            q = Independent(StudentT(self.DF, mean, std), 1)
            return (q.log_prob(s) - Independent(StudentT(self.DF, p.loc, torch.exp(p.logscale)), 1).log_prob(s)).mean()
        alpha = torch.exp(-1 / torch.exp(p.logtaus))
        before = torch.cat([torch.zeros_like(s[:, :1]), s[:, :-1]], 1)
        noise = torch.exp(p.lognvars)
        variance = torch.stack([noise / (1 - alpha**2)] + [noise] * (s.shape[1] - 1))
        log_p = Normal(alpha * before, torch.sqrt(variance)).log_prob(s).sum((1, 2))
        return (Independent(Normal(mean, std), 2).log_prob(s) - log_p).mean()


def nll(kind, y, outputs, scale):
    parts = outputs.chunk({"poisson": 1, "mse": 1, "gaussian": 2, "gamma": 2, "zero_inflated_gamma": 3}[kind], 2)
    if kind == "poisson":
        return F.poisson_nll_loss(parts[0], y, full=True, reduction="none")
    if kind == "mse":
        return (y - parts[0])**2
    if kind == "gaussian":
        return F.gaussian_nll_loss(parts[0], y, torch.exp(parts[1]), reduction="none")
    if kind == "gamma":
        return -Gamma(torch.exp(parts[0]), torch.exp(parts[1])).log_prob(y)
    alpha, beta, q = (torch.sigmoid(p).clamp_min(1e-5) for p in parts)
    gamma = Gamma(alpha * scale[0], beta * scale[1])
    some = -gamma.log_prob(torch.where(y == 0, torch.ones_like(y), y - 0.1)) - torch.log(q)
    return torch.where(y == 0, -torch.log(1 - q), some)


class Recon(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.empty(2, N_ALL))


def lfads(case, prior=None, kind="poisson", own_steps=0, masked=False, forward=0):
    model = Lfads(prior, {"gaussian": 2, "gamma": 2, "zero_inflated_gamma": 3}.get(kind, 1), own_steps)
    if kind == "zero_inflated_gamma":
        model.recon = Recon()
    model.double()
    fill(model)
    if kind == "zero_inflated_gamma":
        with torch.no_grad():
            model.recon.scale.abs_().add_(0.5)
    y = spikes() + (0.5 if kind == "gamma" else 0)
    x, learnt = y[:, :T - forward, :N_IN].clone(), torch.ones(B, T, N_ALL, dtype=torch.float64)
    for t in range(own_steps, T - forward):
        seen = rows(lambda b: NUMBERS.mask("coordinated_dropout", b, t, N_IN, model.CD, 1 / (1 - model.CD)))
        passed = rows(lambda b: NUMBERS.mask("pass_mask", b, t, N_IN, 1 - model.PASS_RATE, 1))
        x[:, t] *= seen
        learnt[:, t, :N_IN] = ((seen == 0) | (passed > 0)).double()
    outputs, latents = model(x, inputs())
    each = nll(kind, y[:, own_steps:], outputs, model.recon.scale if kind == "zero_inflated_gamma" else None)
    learnt = learnt[:, own_steps:]
    if masked:
        each = each * torch.tensor([[float(t < n) for t in range(T)] for n in LENGTHS])[..., None] / np.mean(LENGTHS)
    each = each * learnt + (each * (1 - learnt)).detach()
    (10 * each.mean() + 0.3 * model.kl_ic + 0.2 * model.kl_co).backward()
    return record(case, model, [each.mean().item(), model.kl_ic.item(), model.kl_co.item()], latents)


def record(case, model, loss, latents):
    found = {f"{case}/loss": np.array(loss), f"{case}/latents": latents.detach().numpy().copy()}
    for name, p in model.named_parameters():
        gradient = torch.zeros_like(p) if p.grad is None else p.grad
        found[f"{case}/gradient/{name}"] = gradient.numpy().copy()
    return found


def clip_and_step(model, loss, optimiser):
    optimiser.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 0.01)
    optimiser.step()
    return norm.item()


def course(case, model, loss_of, optimiser, decays):
    """Losses, gradient norms and last parameters of five updates on all trials, without any random number."""
    found = []
    for decay in decays:
        if decay is not None:
            optimiser.param_groups[0]["weight_decay"] = decay
        loss = loss_of()
        found.append([loss.item(), clip_and_step(model, loss, optimiser)])
    return {f"{case}/course": np.array(found),
            **{f"{case}/parameters/{name}": p.detach().numpy().copy() for name, p in model.named_parameters()}}


def sae_course():
    model = Sae("gru", p=0).double()
    fill(model)
    y = spikes()

    def loss():
        outputs, _ = model(y[..., :N_IN], inputs())
        return (torch.exp(outputs) - y * outputs).mean()
    return course("course_sae", model, loss, torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=0.003), [None] * 5)


def lfads_dropout(case):
    """In training mode, but with the data as they are and the means of the posteriors: how the reference compares models."""
    model = Lfads("ar").double()
    fill(model)
    model.samples = False
    with torch.no_grad():
        outputs, latents = model(spikes()[..., :N_IN], inputs())
    return {f"{case}/rates": torch.exp(outputs).numpy().copy(), f"{case}/latents": latents.numpy().copy()}


class Deterministic(Lfads):
    P, POST_MIN = 0, 1e-2

    def draw(self, kind, step, n):
        return torch.zeros(1, n, dtype=torch.float64)

    def co_divergence(self, mean, std):
        return torch.zeros(())


def lfads_course():
    """The decay and the penalty of the generator's recurrent weights rise over three epochs."""
    model = Deterministic("ar").double()
    fill(model)
    y, ramps = spikes(), [1 / 3, 2 / 3, 1, 1, 1]
    trained = [p for name, p in model.named_parameters() if p.requires_grad and not name.startswith(("ic_prior", "co_prior"))]
    optimiser = torch.optim.AdamW(trained, lr=0.02, eps=1e-7)
    epoch = iter(ramps)

    def loss():
        outputs, _ = model(y[..., :N_IN], inputs())
        weights = model.decoder.rnn.cell.gen_cell.weight_hh
        l2 = 0.7 * 0.5 * (weights**2).sum() / (weights.numel() + 1e-8)
        return 100 * (F.poisson_nll_loss(outputs, y, full=True) + next(epoch) * l2)
    return course("course_lfads", model, loss, optimiser, [r * 0.1 for r in ramps])


def initial():
    """What PyTorch's layers draw with seed 0: first elements of a GRU and a NODE model, built in the reference's order."""
    found = {}
    torch.manual_seed(0)
    encoder, readout, ic, cell = nn.GRU(50, 100, batch_first=True, bidirectional=True), nn.Linear(8, 60), nn.Linear(200, 8), nn.GRUCell(3, 8)
    for name, p in [("encoder.weight_ih_l0", encoder.weight_ih_l0), ("encoder.bias_hh_l0_reverse", encoder.bias_hh_l0_reverse),
                    ("readout.weight", readout.weight), ("ic_linear.bias", ic.bias), ("decoder.cell.weight_hh", cell.weight_hh)]:
        found[f"initial/{name}"] = p.detach().numpy().reshape(-1)[:5].copy()
    return found


def main(path):
    found = {**initial(), **sae_course(), **lfads_course()}
    for cell in ("gru", "vanilla", "node", "lds"):
        found |= sae(f"sae_{cell}", cell=cell)
    found |= sae("sae_mlp", cell="gru", readout="mlp")
    found |= sae("sae_flow", cell="gru", readout="flow")
    found |= sae("sae_multitask", cell="gru", multitask=True)
    found |= lfads("lfads_supplied")
    found |= lfads("lfads_ar", prior="ar")
    found |= lfads("lfads_student", prior="student")
    found |= lfads_dropout("lfads_dropout")
    found |= lfads("lfads_own_steps", prior="ar", own_steps=2)
    found |= lfads("lfads_masked", masked=True)
    found |= sae("sae_forward", cell="gru", forward=2)
    for prior, own_steps in ((None, 0), ("ar", 1)):
        found |= lfads(f"lfads_forward_{prior or 'supplied'}", prior=prior, own_steps=own_steps, forward=2)
    for kind in ("mse", "gaussian", "gamma", "zero_inflated_gamma"):
        found |= lfads(f"lfads_{kind}", kind=kind)
    save_file(found, path)
    for name, loss in found.items():
        if name.endswith("/loss"):
            print(name, *loss)


if __name__ == "__main__":
    main(sys.argv[1])
