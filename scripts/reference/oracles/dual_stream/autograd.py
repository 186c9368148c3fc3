#!/usr/bin/env python3
"""Distribution learners beside a network once more, with PyTorch's gradients, optimisers and denormal numbers.

Prints the six curves of the first epochs and the units in use, as tests/families/dual_stream/test_autograd.cpp has them: of several
units at once whose density has a variance of 0.004, so small that items in the distance have densities below 1.2e-38; and of one unit
at a time with momenta of 0.5. As in the original, each stream makes an optimiser of its own for its parameter groups, which writes
the momentum into them; the optimiser of both then finds it there.
"""
import numpy as np
import torch

CLASSES = (((0.35, 0.70), [[0.009, 0.004], [0.004, 0.006]]), ((0.65, 0.50), [[0.009, -0.004], [-0.004, 0.006]]))
RUNS, BLOCKS = 10, 350  # of the published configs, which rule the orders of items


class Fast(torch.nn.Module):
    def __init__(self, units, variance, at_once):
        super().__init__()
        self.U = torch.nn.Parameter(torch.zeros(units, 2))
        self.L = torch.nn.Parameter(torch.eye(2).repeat(units, 1, 1) * variance ** 0.5)
        self.W = torch.nn.Parameter(torch.zeros(units, 2))
        self.active, self.at_once = torch.zeros(units), at_once

    def answer(self, x):
        self.L.data = torch.diag_embed(torch.diagonal(self.L.data, dim1=1, dim2=2).clamp(min=1e-6))
        density = torch.distributions.MultivariateNormal(self.U, scale_tril=self.L, validate_args=False).log_prob(x).exp()
        return density, (density * self.active) @ self.W

    def recruit(self, x, density):
        rest = density.detach() * (1 - self.active)
        found = torch.topk(rest, self.at_once).indices
        found = found[rest[found] != 0]
        self.active[found] = 1
        self.U.data[found] = x

    def forward(self, x, label):
        density, z = self.answer(x)
        if z.argmax() == label and z.any():
            return z
        self.recruit(x, density)
        return self.answer(x)[1]


def network(width):
    sizes = (2, width, width, width, 2)
    layers = [torch.nn.Linear(n, m) for n, m in zip(sizes, sizes[1:])]
    return torch.nn.Sequential(*[part for layer in layers for part in (layer, torch.nn.ReLU())][:-1])


def groups(fast, slow, momentum):
    of_fast = [{"params": [p], "lr": lr} for p, lr in ((fast.L, 0.002), (fast.U, 0.002), (fast.W, 0.001))]
    of_slow = [{"params": list(slow.parameters()), "lr": 0.1}]
    for some in (of_fast, of_slow):
        torch.optim.SGD(some, lr=1, momentum=momentum)
    return of_fast + of_slow


def trial(fast, slow, optimiser, x, label):
    fast_z, slow_z = fast(x, label), slow(x)
    z = torch.stack((fast_z, slow_z, fast_z + slow_z))
    target = torch.nn.functional.one_hot(torch.tensor(label), 2).float()
    losses = torch.nn.functional.binary_cross_entropy_with_logits(z, target.expand(3, 2), reduction="none").mean(1)
    optimiser.zero_grad()
    losses[2].backward()
    optimiser.step()
    return torch.cat((1 - z.softmax(1)[:, label], losses)).detach().double().numpy()


def curves(runs, epochs, seed, passed_over, units, variance, at_once, momentum=0.0):
    numpy = np.random.RandomState(999)
    x = torch.tensor(np.round(np.vstack([numpy.multivariate_normal(*c, 50) for c in CLASSES]), 2), dtype=torch.float32)
    numpy = np.random.RandomState(999)
    orders = [[numpy.permutation(100) for _ in range(BLOCKS)] for _ in range(RUNS)]
    torch.manual_seed(seed)
    torch.rand(passed_over)
    sums, used = np.zeros((6, epochs)), []
    for run in range(runs):
        fast, slow = Fast(units, variance, at_once), network(25)
        optimiser = torch.optim.SGD(groups(fast, slow, momentum), lr=1)
        for epoch in range(epochs):
            for item in orders[run][epoch]:
                sums[:, epoch] += trial(fast, slow, optimiser, x[item], int(item >= 50))
        used.append(int(fast.active.sum()))
    return sums / (100 * runs), used


def main():
    torch.set_num_threads(1)
    np.set_printoptions(precision=9, suppress=True, linewidth=120)
    print("variance 0.004, five units at once:", *curves(3, 4, 2609583565, 14270, 500, 0.004, 5), sep="\n")
    print("momenta of 0.5:", *curves(2, 3, 126277751, 0, 50, 0.05, 1, momentum=0.5), sep="\n")


if __name__ == "__main__":
    main()
