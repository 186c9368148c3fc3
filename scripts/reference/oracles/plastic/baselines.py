#!/usr/bin/env python3
"""Loss and gradients of the networks that plastic ones are compared with (plastic.md 12), in PyTorch in double
precision: torch.nn.RNN and torch.nn.LSTM, and HebbFF written out. On the sequence of plastic.md 11.1 (R = 3, T = 20)
and parameters c sin(phi + 1.7 k + 0.01 k^2). Expected values of tests/families/plastic/test_baselines.cpp.

    scripts/reference/oracles/plastic/baselines.py
"""
import torch

torch.set_default_dtype(torch.float64)
D, FRAMES, SCENES, R, N = 25, 4, 20, 3, 6


def congruential():
    state = 1
    while True:
        state = (1103515245 * state + 12345) % 2**31
        yield state / 2**31


def sequence():
    u = congruential()
    scenes, labels = [], []
    for s in range(SCENES):
        if s >= R and next(u) >= 0.5 and labels[s - R] == 0:
            pool, order = list(range(FRAMES)), []
            for i in range(FRAMES):
                j = int(next(u) * (FRAMES - i))
                order.append(pool[j])
                pool[j] = pool[FRAMES - i - 1]
            scenes.append([scenes[s - R][k] for k in order])
            labels.append(1)
            continue
        base = [1.0 if next(u) >= 0.5 else -1.0 for _ in range(D)]
        frames = [base]
        for _ in range(FRAMES - 1):
            first, second = int(D * next(u)), int((D - 1) * next(u))
            frame = list(base)
            for k in (first, second + (second >= first)):
                frame[k] = -frame[k]
            frames.append(frame)
        scenes.append(frames)
        labels.append(0)
    return torch.tensor(scenes).reshape(-1, D), torch.tensor(labels, dtype=torch.float64)


def wave(rows, columns, c, phi):
    k = torch.arange(rows * columns, dtype=torch.float64)
    return (c * torch.sin(phi + 1.7 * k + 0.01 * k * k)).reshape(rows, columns).requires_grad_()


def readout():
    return {"w_final": wave(1, N, 0.8, 0.5), "b_final": wave(1, 1, 0.3, 0.9)}


def hebbff(sign):
    p = readout() | {"lambda": torch.tensor(0.9, requires_grad=True), "weight": wave(N, D, 0.4, 0.3),
                     "bias": wave(N, 1, 0.2, 0.7),
                     "eta": torch.tensor(-0.2 if sign == 0 else -1.5, requires_grad=True)}

    def hidden(frames):
        A, all_h = torch.zeros(N, D), []
        for x in frames:
            h = torch.sigmoid((p["weight"] + A) @ x[:, None] + p["bias"])
            A = p["lambda"] * A + (p["eta"] if sign == 0 else sign * p["eta"].exp()) * h @ x[None]
            all_h.append(h[:, 0])
        return torch.stack(all_h)
    return p, hidden


def recurrent(kind, gates):
    module = kind(D, N)
    p = readout() | {"weight": wave(gates * N, D, 0.4, 0.3), "bias": wave(gates * N, 1, 0.2, 0.7),
                     "recurrent": wave(gates * N, N, 0.3, 0.4)}
    if gates > 1:
        p["recurrent_bias"] = wave(gates * N, 1, 0.1, 0.2)
    second = p["recurrent_bias"][:, 0] if gates > 1 else torch.zeros(gates * N)
    parts = {"weight_ih_l0": p["weight"], "weight_hh_l0": p["recurrent"], "bias_ih_l0": p["bias"][:, 0],
             "bias_hh_l0": second}
    return p, lambda frames: torch.func.functional_call(module, parts, frames)[0]


def report(name, p, hidden):
    frames, labels = sequence()
    h = hidden(frames)[FRAMES - 1::FRAMES]
    y = torch.sigmoid(h @ p["w_final"][0] + p["b_final"][0, 0])
    loss = torch.nn.functional.binary_cross_entropy(y, labels)
    loss.backward()
    print(f"{name}: loss {loss.item():.12f}, y {' '.join(f'{v:.10f}' for v in y[[1, 5, 10, 19]].tolist())}")
    for key, value in p.items():
        print(f"  {key:15} norm {value.grad.norm().item():.12f} sum {value.grad.sum().item():.12f}")


if __name__ == "__main__":
    for sign, name in ((0, "HebbFF free"), (1, "HebbFF hebbian"), (-1, "HebbFF antihebbian")):
        report(name, *hebbff(sign))
    report("RNN", *recurrent(torch.nn.RNN, 1))
    report("LSTM", *recurrent(torch.nn.LSTM, 4))
