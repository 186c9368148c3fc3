#!/usr/bin/env python3
"""Time an update of a ctd_task network in eager PyTorch, as the Python original runs it: a cell, noise and a readout per
step, the loss, backward, clip, Adam. For reaches MotorNet's arm and sensors' noise too.

    scripts/reference/timings/ctd_task_step.py [threads]        threads: 2

The counterpart of tests/bench/bench_ctd_update.cpp, with the same shapes; tests/bench/ctd_update_ratios.py runs both in turn.
Reaches need motornet 0.2.0 (pip install motornet==0.2.0); without it they are left out.
"""
import statistics
import sys
import time

import numpy as np
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, inputs, latent, outputs):
        super().__init__()
        self.latent_ics = nn.Parameter(torch.zeros(latent))
        self.cell = nn.GRUCell(inputs, latent)
        self.readout = nn.Linear(latent, outputs)

    def start(self, batch):
        ics = self.latent_ics.expand(batch, -1)
        return ics + 0.05 * torch.randn_like(ics)

    def forward(self, x, h):
        g = self.cell(x, h)
        return self.readout(g), g + 0.01 * torch.randn_like(g)


def open_loop(net, x, target):
    h, outputs = net.start(len(x)), []
    for t in range(x.shape[1]):
        y, h = net(x[:, t], h)
        outputs.append(y)
    return (torch.stack(outputs, 1) - target).square().mean()


def closed_loop(net, context, target, arm):
    batch = len(context)
    start = torch.tensor([[0.9, 1.4, 0, 0]]).expand(batch, -1)
    arm.reset(options={"batch_size": batch, "joint_state": start})
    force = torch.zeros(batch, 2)

    def sense():
        muscles = arm.states["muscle"]
        felt = torch.cat([muscles[:, 1:2] / arm.muscle.l0_ce, muscles[:, 2:3] / arm.muscle.vmax], -1).squeeze(1)
        noise = [torch.from_numpy(np.random.normal(0, 0.005, (batch, 1)).astype("f4")) for _ in range(2)]
        return arm.states["fingertip"] + noise[0], felt + noise[1]

    vision, body = [sense()] * 5, [sense()] * 2
    h, hands, actions, latents = net.start(batch), [], [], []
    for t in range(context.shape[1]):
        seen, felt = sense()
        vision, body = vision[1:] + [(seen, felt)], body[1:] + [(seen, felt)]
        y, h = net(torch.cat([vision[0][0], body[0][1], context[:, t]], 1), h)
        arm.step(y + torch.from_numpy(np.random.normal(0, 0.005, tuple(y.shape)).astype("f4")), endpoint_load=force)
        hands.append(arm.states["fingertip"])
        actions.append(y)
        latents.append(h)
    norms = torch.stack(latents, 1).flatten(1).norm(dim=1).mean()
    return (torch.stack(hands, 1) - target).square().mean() + torch.stack(actions, 1).square().mean() + 5e-5 * norms


def arm_and_muscles():
    from motornet.effector import RigidTendonArm26
    from motornet.muscle import MujocoHillMuscle
    return RigidTendonArm26(muscle=MujocoHillMuscle(), timestep=0.01)


def cases():
    """By the names of the benchmarks: a network and its loss on made-up trials of the published sizes."""
    def open_case(inputs, latent, batch, steps):
        net, x, target = Net(inputs, latent, 3), torch.randn(batch, steps, inputs), torch.rand(batch, steps, 3)
        return net, lambda: open_loop(net, x, target)

    yield "nbff", *open_case(3, 64, 256, 500)
    yield "multitask", *open_case(20, 128, 64, 320)
    try:
        arm = arm_and_muscles()
    except ImportError:
        return
    mover, context, goal = Net(17, 128, 6), torch.randn(880, 300, 3), torch.rand(880, 300, 2)
    yield "randomtarget", mover, lambda: closed_loop(mover, context, goal, arm)


def update_seconds(net, loss, repeats):
    """Median over the updates after the first."""
    optimiser, times = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=1e-8), []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        value = loss()
        optimiser.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        times.append(time.perf_counter() - begin)
    return statistics.median(times[1:])


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    for name, net, loss in cases():
        print(f"{name}: {update_seconds(net, loss, 3):.3f} s", flush=True)
