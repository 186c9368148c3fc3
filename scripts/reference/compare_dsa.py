#!/usr/bin/env python3
"""The change of basis of dynamical similarity analysis as plain PyTorch with automatic differentiation, like the DSA package:
losses of ten updates and the angular distance after them, from made-up layers. tests/families/compare asserts these numbers.

    python scripts/reference/compare_dsa.py
"""
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


for group in ("O", "GL"):
    losses, angle = course(group)
    print(group, [round(loss, 9) for loss in losses], round(angle, 9))
