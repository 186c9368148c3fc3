#!/usr/bin/env python3
"""The change of basis of dynamical similarity analysis as plain PyTorch with automatic differentiation, like the DSA package:
losses of ten updates and the angular distance after them, from made-up layers; and operators of linear trials by the singular
value decomposition of their embedding, for several delays and ranks. tests/families/ctd/compare asserts these numbers.

    python scripts/reference/oracles/ctd/dsa.py
"""
import numpy as np
import torch

N = 4


def filled(c, scale=0.5):
    return scale * torch.sin(1.7 * torch.arange(N * N, dtype=torch.float64) + c).reshape(N, N)


def course(group, updates=10, lr=5e-3):
    a, b = (m / m.norm() for m in (filled(0.1), filled(0.7)))
    one = torch.eye(N, dtype=torch.float64)
    parameters = [one.clone(), *(filled(c) + one for c in (1.0, 2.0, 3.0))]  # filled() alone has rank 2
    for p in parameters:
        p.requires_grad_()
    optimiser = torch.optim.Adam(parameters, lr=lr)

    def basis():
        x, l1, l2, l3 = parameters
        x = torch.tanh(torch.tanh(x @ l1.T) @ l2.T) @ l3.T
        if group == "GL":
            return x
        k = x - x.T
        return torch.linalg.solve(one + k, one - k)

    losses = []
    for _ in range(updates):
        optimiser.zero_grad()
        c = basis()
        moved = c @ b @ (torch.linalg.inv(c) if group == "GL" else c.T)
        loss = ((a - moved) ** 2).sum()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    c = basis().detach()
    moved = c @ b @ (torch.linalg.inv(c) if group == "GL" else c.T)
    return losses, torch.arccos((a * moved).sum() / (a.norm() * b.norm())).item()


def linear_trials(trials=8, steps=30):
    m, all_trials = np.array([[0.9, -0.2], [0.2, 0.9]]), []
    for k in range(trials):
        x = [np.cos(1.3 * k + np.arange(2))]
        while len(x) < steps:
            x.append(m @ x[-1])
        all_trials.append(x)
    return np.array(all_trials, dtype=np.float32).astype(float)


def to_identity(series, delays, rank):
    """Angular distance of the operator to the identity, and the variance within the rank."""
    k, steps, _ = series.shape
    rows = steps - delays + 1
    h = np.concatenate([series[:, delays - 1 - j:delays - 1 - j + rows] for j in range(delays)], axis=2)
    _, s, vt = np.linalg.svd(h.reshape(k * rows, -1).T, full_matrices=False)
    v = vt.T.reshape(k, rows, -1)[:, :, :rank]
    a = np.linalg.lstsq(v[:, :-1].reshape(-1, rank), v[:, 1:].reshape(-1, rank), rcond=None)[0]
    return np.arccos(np.trace(a) / (np.linalg.norm(a) * np.sqrt(rank))), (s[:rank]**2).sum() / (s**2).sum()


for delays in (1, 4):
    for rank in (2, 1):
        print("sweep", delays, rank, *(round(x, 9) for x in to_identity(linear_trials(), delays, rank)))
print("joined", 1, 2, *(round(x, 9) for x in to_identity(linear_trials().reshape(1, -1, 2), 1, 2)))
for group in ("O", "GL"):
    losses, angle = course(group)
    print(group, [round(loss, 9) for loss in losses], round(angle, 9))
