#!/usr/bin/env python3
"""The first iterations of continual scene detection in PyTorch with automatic differentiation: loss and accuracy of
each, for several seeds, from the random streams of the original (plastic.md 2.5, 3, 4). What tsd train-plastic's
early course (plastic.md 11.6) is compared with.

    scripts/reference/oracles/plastic/course.py Memo MA 50 50 --seeds 10 --iterations 301 > course.csv
"""
import argparse
import random

import numpy as np
import torch

D, FRAMES, SCENES, FLIPS, R = 25, 4, 100, 2, 1


class Stream:
    """Sequences of one seed; torch's generator comes from the initial parameters."""

    def __init__(self, seed, generator):
        self.torch, self.python, self.numpy = generator, random.Random(seed), np.random.RandomState(seed)

    def scene(self):
        p = torch.empty(D).uniform_(0, 1, generator=self.torch)
        base = 2 * torch.bernoulli(p, generator=self.torch) - 1
        frames = base.repeat(FRAMES, 1)
        for k in range(1, FRAMES):
            frames[k, self.python.sample(range(D), FLIPS)] *= -1
        return frames

    def sequence(self):
        scenes, labels = [], []
        for s in range(SCENES):
            again = s >= R and self.numpy.rand() >= 0.5 and labels[s - R] != 1
            scenes.append(scenes[s - R][self.python.sample(range(FRAMES), FRAMES)] if again else self.scene())
            labels.append(int(again))
        return torch.cat(scenes), torch.tensor(labels, dtype=torch.float32)


def initial(kind, widths, seed):
    """Parameters of one seed in the order in which they are drawn: W, w_f, b, b_f, eta, and l last."""
    generator = torch.Generator().manual_seed(seed)
    stacked = kind == "Stack"
    fans = [D if i == 0 or stacked else widths[i - 1] for i in range(len(widths))]
    plastic = 1 if kind == "Nonl_RO" else len(widths)

    def xavier(rows, columns):
        return torch.empty(rows, columns).normal_(0, (2 / (rows + columns)) ** 0.5, generator=generator)

    W = [xavier(n, m) for n, m in zip(widths, fans)]
    wf = xavier(1, sum(widths) if stacked else widths[-1])
    b = [xavier(n, 1) for n in widths]
    bf = xavier(1, 1)
    eta = [xavier(n, m) for n, m in zip(widths[:plastic], fans)]
    return W + [wf] + b + [bf] + eta + [torch.ones(1, 1)] * plastic, generator


class Networks:
    """All seeds at once: every parameter has a leading axis of seeds."""

    def __init__(self, kind, types, widths, parameters):
        k, self.kind, self.types = len(widths), kind, types
        self.W, self.wf = parameters[:k], parameters[k]
        self.b, self.bf = parameters[k + 1:2 * k + 1], parameters[2 * k + 1]
        p = len(types)
        self.eta, self.l = parameters[2 * k + 2:2 * k + 2 + p], parameters[2 * k + 2 + p:]

    def outputs(self, frames):
        P = [torch.zeros_like(eta) for eta in self.eta]
        y = []
        for t in range(frames.shape[1]):
            x = frames[:, t, :, None]
            h, below = [], x
            for i in range(len(self.W)):
                u = x if self.kind == "Stack" else below
                below = self.layer(i, u, P)
                h.append(below)
            if t % FRAMES == FRAMES - 1:
                top = torch.cat(h, 1) if self.kind == "Stack" else below
                y.append(torch.sigmoid(self.wf @ top + self.bf).reshape(-1))
        return torch.stack(y, 1)

    def layer(self, i, u, P):
        plastic, last = i < len(self.types), i + 1 == len(self.W)
        a = self.W[i] @ u + self.b[i]
        if plastic:
            a = a + (P[i] @ u if self.types[i] == "A" else (self.W[i] * P[i]) @ u)
        tanh = i == 0 if self.kind == "Nonl_RO" else not last and self.kind != "Stack"
        h = torch.tanh(a) if tanh else torch.sigmoid(a)
        if plastic:
            kept = 0 if self.kind == "Dyn_RO" and i > 0 else torch.sigmoid(self.l[i]) * P[i]
            P[i] = kept + self.eta[i] * (h @ u.transpose(1, 2))
        return h


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=["Memo", "Dyn_RO", "Nonl_RO", "Stack"])
    parser.add_argument("types", help="a letter per plastic layer: MA, M, ..")
    parser.add_argument("widths", type=int, nargs="+")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--iterations", type=int, default=301)
    a = parser.parse_args()
    starts = [initial(a.network, a.widths, a.first_seed + s) for s in range(a.seeds)]
    parameters = [torch.stack(p).requires_grad_() for p in zip(*(start[0] for start in starts))]
    streams = [Stream(a.first_seed + s, start[1]) for s, start in enumerate(starts)]
    networks = Networks(a.network, a.types, a.widths, parameters)
    adam = torch.optim.Adam(parameters, lr=1e-3)
    print("iteration,seed,loss,accuracy,l_1")
    for iteration in range(a.iterations):
        data = [stream.sequence() for stream in streams]
        frames, labels = torch.stack([d[0] for d in data]), torch.stack([d[1] for d in data])
        y = networks.outputs(frames)
        loss = torch.nn.functional.binary_cross_entropy(y, labels, reduction="none").mean(1)
        adam.zero_grad()
        loss.sum().backward()
        adam.step()
        accuracy = ((y >= 0.5) == (labels > 0)).float().mean(1)
        for s in range(a.seeds):
            print(f"{iteration},{a.first_seed + s},{loss[s]:.9g},{accuracy[s]:.9g},{networks.l[0][s].item():.9g}",
                  flush=True)


if __name__ == "__main__":
    main()
