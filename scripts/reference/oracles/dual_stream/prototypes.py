#!/usr/bin/env python3
"""The fast streams that preceded the published ones, alone, in NumPy: dual_stream_prototypes.py.

The items of the two Gaussian categories are shown as they stand, ten times. A line per model: units in use, then share of
right answers and mean p(class) per epoch, both before a trial's recruitment. Single precision, a unit after the other.
"""
import numpy as np

F = np.float32


def stimuli():
    rng = np.random.RandomState(999)
    first = rng.multivariate_normal((0.35, 0.70), [[0.009, 0.004], [0.004, 0.006]], 50)
    second = rng.multivariate_normal((0.65, 0.50), [[0.009, -0.004], [-0.004, 0.006]], 50)
    return np.round(np.concatenate([first, second]), 2).astype(F), np.repeat([0, 1], 50)


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


class Learner:
    """Units in use are the first ones; those behind them are all alike. Gradients of the cross-entropy, or of the binary one."""

    def __init__(self, N=50, rates=(0.025, 0.005, 0.002), momentum=0.05, loss="crossentropy", recruits=1, rests_when_full=False):
        self.W, self.U = np.zeros((N, 2), F), np.zeros((N, 2), F)
        self.used, self.recruits, self.loss, self.rests = 0, recruits, loss, rests_when_full
        self.momentum, self.rates, self.velocity = F(momentum), dict(zip("WUS", map(F, rates))), {}

    def step(self, name, gradient):
        v = self.momentum * self.velocity.get(name, F(0)) + gradient.astype(F)
        self.velocity[name] = v
        getattr(self, name)[...] -= self.rates[name] * v

    def gradient_of_logits(self, z, y):
        t = np.eye(2, dtype=F)[y]
        return (F(1) / (1 + np.exp(-z)) - t) / 2 if self.loss == "bcelogits" else softmax(z) - t

    def due(self, x, z, y):
        return z.argmax() != y or not z.any()

    def trial(self, x, y):
        shown = self.logits(x)
        due = self.due(x, shown, y)
        z = shown
        if due and self.used < len(self.W):
            self.U[self.used:self.used + self.recruits] = x
            self.used = min(self.used + self.recruits, len(self.W))
            z = self.logits(x)
        elif due and self.rests:
            return shown
        self.learn(x, self.gradient_of_logits(z, y))
        return shown


class Gaussian(Learner):
    """Full covariances by their Cholesky factors S; `wta`: the densest of all units answers alone."""

    def __init__(self, variance=0.02, wta=False, **options):
        super().__init__(**options)
        self.S = np.tile(np.sqrt(F(variance)) * np.eye(2, dtype=F), (len(self.W), 1, 1))
        self.wta = wta

    def logits(self, x):
        S = self.S
        away = x - self.U
        self.e = np.empty_like(away)
        self.e[:, 0] = away[:, 0] / S[:, 0, 0]
        self.e[:, 1] = (away[:, 1] - S[:, 1, 0] * self.e[:, 0]) / S[:, 1, 1]
        self.a = np.exp(F(-0.5) * (self.e ** 2).sum(1)) / (F(2 * np.pi) * S[:, 0, 0] * S[:, 1, 1])
        answers = np.arange(len(S)) < self.used
        if self.wta:
            answers &= np.arange(len(S)) == self.a.argmax()
        self.o = np.where(answers, self.a, F(0))
        return self.o @ self.W

    def gradient_of_factors(self, G, v):
        d = G[:, None, None] * v[:, :, None] * self.e[:, None, :]
        for i in range(2):
            d[:, i, i] -= G / self.S[:, i, i]
        d[:, 0, 1] = 0
        return d

    def learn(self, x, dz):
        G = self.o * (self.W @ dz)
        v = np.empty_like(self.e)  # S^-T e
        v[:, 1] = self.e[:, 1] / self.S[:, 1, 1]
        v[:, 0] = (self.e[:, 0] - self.S[:, 1, 0] * v[:, 1]) / self.S[:, 0, 0]
        factors = self.gradient_of_factors(G, v)
        self.step("W", self.o[:, None] * dz)
        self.step("U", G[:, None] * v)
        self.step("S", factors)


class Winners(Gaussian):
    """Units at places given; the densest `winners` of all, in use or not, answer as far as they are in use. After an error as many are
    recruited where they stand as winners voted for another class (for the first, where they have no votes), and answer alone."""

    def __init__(self, places, winners=5, **options):
        super().__init__(N=len(places), rates=(0.025, 0.05, 0.002), **options)
        self.U[...] = places
        self.in_use, self.winners = np.zeros(len(places), bool), winners

    @property
    def units(self):
        return self.in_use.sum()

    def answer(self, units):
        self.o = np.zeros_like(self.a)
        self.o[units] = np.where(self.in_use[units], self.a[units], F(0))
        return self.o @ self.W

    def trial(self, x, y):
        self.logits(x)  # densities of all
        top = np.argsort(-self.a, kind="stable")[:self.winners]
        z = shown = self.answer(top)
        if self.due(x, z, y):
            if self.in_use.all():
                return shown
            wanted = (self.W[top].argmax(1) != y).sum()
            free = np.where(self.in_use, F(0), self.a)
            found = np.argsort(-free, kind="stable")[:wanted]
            found = found[free[found] > 0]
            self.in_use[found] = True
            z = self.answer(found)
        self.learn(x, self.gradient_of_logits(z, y))
        return shown


class Novelty:
    def due(self, x, z, y):
        return not (np.sqrt(((x - self.U[:self.used]) ** 2).sum(1)) < F(0.01)).any()


class Kde(Novelty, Gaussian):
    """Exemplars as Gaussians that stay where they are, with one factor for all or one each."""

    def __init__(self, single, **options):
        super().__init__(N=500, rates=(0.025, 0, 0.01), momentum=0, **options)
        self.single = single

    def gradient_of_factors(self, G, v):
        d = super().gradient_of_factors(G, v)
        return np.broadcast_to(d.sum(0), d.shape) if self.single else d


class Exemplar(Novelty, Learner):
    """Similarity exp(-6 d), d the distance weighted by attention S, which learns where `dim`."""

    def __init__(self, dim, **options):
        super().__init__(N=500, rates=(0.025, 0, 0.01 if dim else 0), momentum=0, **options)
        self.S = np.full(2, 0.5, F)

    def logits(self, x):
        self.squares = (x - self.U) ** 2
        self.d = np.sqrt((self.squares * self.S).sum(1))
        self.o = np.where(np.arange(len(self.d)) < self.used, np.exp(F(-6) * self.d), F(0))
        return self.o @ self.W

    def learn(self, x, dz):
        G = self.o * (self.W @ dz)
        slope = np.divide(F(-3), self.d, out=np.zeros_like(self.d), where=self.d > 0)
        attention = ((G * slope)[:, None] * self.squares).sum(0)
        self.step("W", self.o[:, None] * dz)
        self.step("S", attention)
        self.S[...] = np.maximum(self.S, 0)
        self.S /= self.S.sum()


def models():
    yield "distr_learner, momentum", Gaussian()
    yield "distr_learner, if_full: rest", Gaussian(N=8, rates=(0.025, 0.002, 0.002), momentum=0, loss="bcelogits", rests_when_full=True)
    yield "distr_learner_mu", Gaussian(N=500, rates=(0.025, 0.002, 0.002), momentum=0, loss="bcelogits", recruits=5)
    yield "distr_learner_wta", Gaussian(wta=True)
    import torch
    torch.manual_seed(5)
    yield "distr_learner_wta_mu, init_seed 5", Winners(torch.rand(500, 2).numpy())
    yield "exemplar, none", Exemplar(False)
    yield "exemplar, dim", Exemplar(True)
    yield "exemplar_mu, dim", Exemplar(True, recruits=5)
    yield "exemplar_kde, single", Kde(True)
    yield "exemplar_kde, pernode", Kde(False)


def main():
    items, classes = stimuli()
    np.seterr(all="ignore")
    for name, model in models():
        right, p = [], []
        for _ in range(10):
            z = np.array([model.trial(x, y) for x, y in zip(items, classes)])
            right.append((z.argmax(1) == classes).mean())
            p.append(np.mean([softmax(row)[y] for row, y in zip(z, classes)]))
        print(f"{name}: {getattr(model, 'units', model.used)} units")
        print("  right", *(f"{value:.2f}" for value in right))
        print("  p    ", *(f"{value:.6f}" for value in p))
        if model.S.ndim == 1 or getattr(model, "single", False):
            print("  S    ", (model.S if model.S.ndim == 1 else model.S[0]).tolist())


if __name__ == "__main__":
    main()
