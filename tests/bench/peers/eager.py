"""The loops of the Python originals, eager and with their shapes: a cell, noise and a readout per step, the loss, backward, clip,
optimiser; metrics where the original reads them off every step."""
import numpy as np
import peer
import torch
from torch import nn


class Recurrent(nn.Module):
    """Of task-trained networks."""

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


def updates(net, loss):
    """A Case of a network of tasks."""
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=1e-8)

    def step(*_):
        value = loss()
        optimiser.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        return value
    return peer.Case(step, None, None, 1, peer.finite)


def task(inputs, latent, batch, steps):
    net, x, target = Recurrent(inputs, latent, 3), torch.randn(batch, steps, inputs), torch.rand(batch, steps, 3)
    return updates(net, lambda: open_loop(net, x, target))


def reaches():
    """Needs motornet 0.2.0 beside the other packages."""
    from motornet.effector import RigidTendonArm26
    from motornet.muscle import MujocoHillMuscle
    arm = RigidTendonArm26(muscle=MujocoHillMuscle(), timestep=0.01)
    net, context, goal = Recurrent(17, 128, 6), torch.randn(880, 300, 3), torch.rand(880, 300, 2)
    return updates(net, lambda: closed_loop(net, context, goal, arm))


class NBack(nn.Module):
    """After the backbone."""

    def __init__(self, features, units):
        super().__init__()
        self.reduce = nn.Linear(features, units)
        self.pre = nn.Sequential(nn.Linear(units + 6, units), nn.LayerNorm(units), nn.ReLU())
        self.rnn = nn.GRU(units, units, batch_first=True)
        self.classifier = nn.Linear(units, 3)

    def forward(self, shown, task):  # [B, L, F], [B, 6] -> [B, L, 3]
        e = self.reduce(shown)
        x = torch.cat([e, task.unsqueeze(1).expand(-1, e.size(1), -1)], -1)
        return self.classifier(self.rnn(self.pre(x))[0])


def nback(batch, features, images, units=256, length=6, n=2):
    """From cached features."""
    model, table = NBack(features, units), torch.rand(images, features)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=1e-4)
    main_loss, trivial_loss = nn.CrossEntropyLoss(weight=torch.tensor([0.0, 1.0, 1.0])), nn.CrossEntropyLoss()
    shown_task = torch.zeros(batch, 6)
    shown_task[:, 2] = shown_task[:, 2 + n] = 1
    executive = (torch.arange(length) >= n).expand(batch, length).reshape(-1)

    def step(*_):
        shown = table[torch.randint(images, (batch, length))]
        target = torch.where(executive, torch.randint(1, 3, (batch * length,)), 0)
        optimiser.zero_grad()
        logits = model(shown, shown_task).reshape(-1, 3)
        loss = main_loss(logits[executive], target[executive])
        loss = loss + 0.1 * trivial_loss(logits[~executive], target[~executive])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        loss.item(), (logits.argmax(-1) == target).float().mean().item()
        return loss
    return peer.Case(step, None, None, 1, peer.finite)
