#!/usr/bin/env python3
"""Loss and gradients of small ctd_task models by PyTorch's own cells and MotorNet's own arm, in double precision.

Prints the numbers that tests/families/ctd/task/test_models.cpp expects. Parameters, inputs and targets are sines, so that
both sides make the same ones. Needs torch; for the reaches also motornet 0.2.0 (pip install motornet==0.2.0).
"""
import math

import torch

H, I, B, T = 5, 3, 3, 12


def parameters(shapes):
    """p[k] = 0.4 sin(1.7 (k + 1)) over all of them in order."""
    values, at = {}, 0
    for name, shape in shapes:
        n = math.prod(shape)
        values[name] = torch.tensor([0.4 * math.sin(1.7 * (at + k + 1)) for k in range(n)], dtype=torch.float64).view(shape).requires_grad_()
        at += n
    return values


def trials(width, steps, phase):
    return torch.tensor([[[math.cos(0.3 * (1 + c + 2 * t) + 5 * b + phase) for c in range(width)] for t in range(steps)] for b in range(B)],
                        dtype=torch.float64)


def linear(p, name, x):
    return torch.nn.functional.linear(x, p[name + ".weight"], p.get(name + ".bias"))


def cell_shapes(gates, inputs):
    return [("cell.weight_ih", (gates * H, inputs)), ("cell.weight_hh", (gates * H, H)), ("cell.bias_ih", (gates * H,)),
            ("cell.bias_hh", (gates * H,))]


def readout(outputs):
    return [("readout.weight", (outputs, H)), ("readout.bias", (outputs,))]


def cell(kind, p, inputs):
    made = {"gru": torch.nn.GRUCell, "tanh": torch.nn.RNNCell}[kind](inputs, H).double()
    return lambda x, h: torch.func.functional_call(made, {name[5:]: p[name] for name in p if name.startswith("cell.")}, (x, h))


def open_loop(name):
    """The six models on a flip-flop of three bits without noise; every error counts."""
    first = [("latent_ics", (H,))]
    hidden = 4
    shapes = {"GRU": first + cell_shapes(3, I), "Vanilla": cell_shapes(1, I),
              "Driscoll": [("recW.weight", (H, H)), ("inpW.weight", (H, I)), ("bias", (H,))],
              "NODE": first + [("generator.vf_net.0.weight", (hidden, H + I)), ("generator.vf_net.0.bias", (hidden,)),
                               ("generator.vf_net.2.weight", (hidden, hidden)), ("generator.vf_net.2.bias", (hidden,)),
                               ("generator.vf_net.4.weight", (H, hidden)), ("generator.vf_net.4.bias", (H,))]}[name] + readout(I)
    p = parameters(shapes)
    x, target = trials(I, T, 0), trials(I, T, 1)
    h = (p["latent_ics"] if "latent_ics" in p else torch.zeros(H, dtype=torch.float64)).expand(B, H)
    step = cell("gru" if name == "GRU" else "tanh", p, I)
    outputs, latents = [], []
    for t in range(T):
        if name in ("GRU", "Vanilla"):
            h = step(x[:, t], h)
            y = linear(p, "readout", h)
        elif name == "Driscoll":
            y = linear(p, "readout", h)
            u = linear(p, "recW", h)
            h = 0.8 * u + 0.2 * torch.tanh(u + linear(p, "inpW", x[:, t]) + p["bias"])
        else:
            f = torch.cat([h, x[:, t]], 1)
            for layer in (0, 2, 4):
                f = linear(p, f"generator.vf_net.{layer}", f)
                f = torch.relu(f) if layer < 4 else f
            h = h + 0.1 * f
            y = linear(p, "readout", h)
        outputs.append(y)
        latents.append(h)
    y, h = torch.stack(outputs, 1), torch.stack(latents, 1)
    loss = (y - target).square().mean()
    show(name, p, loss, y[1, 7, 2])
    if name == "GRU":
        show("GRU with l2_wt 0.01", p, loss + 0.01 * h.flatten(1).norm(dim=1).mean(), y[1, 7, 2])


def closed_loop(steps=40, position_steps=30, seen=2, felt=5):
    """A GRU moves MotorNet's arm; delays of `felt` - 1 steps for the hand, `seen` - 1 for the muscles; no noise."""
    from motornet.effector import RigidTendonArm26
    from motornet.muscle import MujocoHillMuscle
    p = parameters([("latent_ics", (H,))] + cell_shapes(3, 17) + readout(6))
    arm = RigidTendonArm26(muscle=MujocoHillMuscle(), timestep=0.01).double()
    start = torch.tensor([[0.9 + 0.2 * b, 1.2 + 0.3 * b, 0, 0] for b in range(B)], dtype=torch.float64)
    arm.reset(options={"batch_size": B, "joint_state": start})
    for key in arm.states:
        arm.states[key] = arm.states[key].double()
    context, target, force = trials(3, steps, 0), 0.3 * trials(2, steps, 1), 4 * trials(2, steps, 2)
    optimal = arm.muscle.l0_ce

    def sense():
        muscles = arm.states["muscle"]
        return arm.states["fingertip"], torch.cat([muscles[:, 1:2] / optimal, muscles[:, 2:3] / arm.muscle.vmax], -1).squeeze(1)

    samples = [sense(), sense()]
    h = p["latent_ics"].expand(B, H)
    step = cell("gru", p, 17)
    hands, actions = [], []
    for t in range(steps):
        x = torch.cat([samples[max(t + 2 - felt, 0)][0], samples[max(t + 2 - seen, 0)][1], context[:, t]], 1)
        h = step(x, h)
        y = linear(p, "readout", h)
        arm.step(y, endpoint_load=force[:, t])
        samples.append(sense())
        hands.append(arm.states["fingertip"])
        actions.append(y)
    position = (torch.stack(hands, 1) - target)[:, :position_steps].square().mean()
    effort = torch.stack(actions, 1).square().mean()
    print(f"reach: position {position.item():.9g}, effort {effort.item():.9g}, hand of trial 2 at the end "
          f"{hands[-1][2, 0].item():.9g} {hands[-1][2, 1].item():.9g}")
    show("reach", p, position + effort, hands[-1][2, 0])


def show(name, p, loss, value):
    gradients = torch.autograd.grad(loss, list(p.values()), retain_graph=True, allow_unused=True)
    print(f"{name}: loss {loss.item():.9g}, a value {value.item():.9g}")
    for key, g in zip(p, gradients):
        print(f"    {key}: {g.norm().item():.7g}, first {g.flatten()[0].item():.7g}")


if __name__ == "__main__":
    for model in ("GRU", "Vanilla", "Driscoll", "NODE"):
        open_loop(model)
    try:
        closed_loop()
    except ImportError:
        print("no reaches: motornet is not there")
