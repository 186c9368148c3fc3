#!/usr/bin/env python3
"""Time a training step of the N-back model after the backbone in eager PyTorch, from cached features.

    scripts/reference/timings/nback_step.py [threads]           threads: 2

The counterpart of tests/bench/bench_nback_step.cpp, with the same shapes and the loop that the Python original has:
forward, masked loss, backward, clip, AdamW, and the metrics it reads off every step. Run both on one machine, one after the other.
"""
import statistics
import sys
import time

import torch
from torch import nn

H, L, N = 256, 6, 2
CASES = [("stsf_mobilenet", 16, 1280, 144), ("stsf_resnet", 16, 2048, 144), ("current_stsf_resnet", 32, 2048, 480)]


class Model(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.reduce = nn.Linear(features, H)
        self.pre = nn.Sequential(nn.Linear(H + 6, H), nn.LayerNorm(H), nn.ReLU())
        self.rnn = nn.GRU(H, H, batch_first=True)
        self.classifier = nn.Linear(H, 3)

    def forward(self, shown, task):  # [B, L, F], [B, 6] -> [B, L, 3]
        e = self.reduce(shown)
        x = torch.cat([e, task.unsqueeze(1).expand(-1, e.size(1), -1)], -1)
        return self.classifier(self.rnn(self.pre(x))[0])


def main():
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    main_loss, trivial_loss = nn.CrossEntropyLoss(weight=torch.tensor([0.0, 1.0, 1.0])), nn.CrossEntropyLoss()
    for name, batch, features, images in CASES:
        torch.manual_seed(0)
        model, table = Model(features), torch.rand(images, features)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=1e-4)
        task = torch.zeros(batch, 6)
        task[:, 2] = task[:, 2 + N] = 1
        executive = (torch.arange(L) >= N).expand(batch, L).reshape(-1)

        def step():
            shown = table[torch.randint(images, (batch, L))]
            target = torch.where(executive, torch.randint(1, 3, (batch * L,)), 0)
            optimizer.zero_grad()
            logits = model(shown, task).reshape(-1, 3)
            loss = main_loss(logits[executive], target[executive])
            loss = loss + 0.1 * trivial_loss(logits[~executive], target[~executive])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            return loss.item(), (logits.argmax(-1) == target).float().mean().item()

        for _ in range(20):
            step()
        times = []
        for _ in range(300):
            start = time.perf_counter()
            step()
            times.append(1e3 * (time.perf_counter() - start))
        print(f"{name:20} median {statistics.median(times):6.2f} ms   fastest {min(times):6.2f} ms")


if __name__ == "__main__":
    main()
