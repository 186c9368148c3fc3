#!/usr/bin/env python3
"""Loss and gradients of the plasticity rules and memories of plastic.md 13, in PyTorch in double precision, each written
as its equations say, frame by frame and sequence alone. Sequence and parameters are those of plastic_baselines.py.
Writes the expected values of tests/families/plastic/test_rules.cpp.

    scripts/reference/oracles/plastic/rules.py > tests/families/plastic/rules.inc
"""
import math

import torch
from baselines import D, FRAMES, N, sequence, wave

frames, labels = sequence()
frames = frames.to(torch.float64)


def single(value):
    return torch.tensor(float(value), requires_grad=True)


def base(*extra):
    """Parameters that all layers have, with the waves of plastic.md 11.2; then the layer's own, phases 0.2, 0.7, .."""
    p = {"w_final": wave(1, N, 0.8, 0.5), "b_final": wave(1, 1, 0.3, 0.9), "weight_matrix_list.0": wave(N, D, 0.4, 0.3),
         "bias_matrix_list.0": wave(N, 1, 0.2, 0.7)}
    for k, (name, shape) in enumerate(extra):
        p[f"{name}_list.0"] = wave(*shape, 0.3, 0.2 + 0.5 * k) if shape else single(0.3 * math.sin(0.2 + 0.5 * k))
    return p


def plastic(rule="A", change="hebbian", bound="none", decays=None, start=False):
    p = base(*[("initial_P", (N, D))] if start else [])
    p["eta_matrix_list.0"] = wave(N, D, 0.5, 0.11)
    p["lambda_list.0"] = {None: lambda: single(1), "neuron": lambda: wave(N, 1, 0.5, 1), "synapse": lambda: wave(N, D, 0.5, 1)}[decays]()
    W, b, eta = p["weight_matrix_list.0"], p["bias_matrix_list.0"], p["eta_matrix_list.0"]

    def hidden():
        P, rows = p["initial_P_list.0"] if start else torch.zeros(N, D), []
        for u in frames:
            h = torch.sigmoid((W + P if rule == "A" else W * (1 + P)) @ u + b[:, 0])
            rows.append(h)
            step = {"hebbian": torch.outer(h, u), "oja": torch.outer(h, u) - torch.diag(h**2) @ P,
                    "presynaptic": u.expand(N, D)}[change]
            P = torch.sigmoid(p["lambda_list.0"]) * P + eta * step
            if bound == "tanh":
                P = torch.tanh(P)
            if bound == "rows":
                P = torch.stack([row / max(row.norm(), torch.tensor(1.0)) for row in P])
        return torch.stack(rows)
    return p, hidden


def recurrent(*own):
    return base(*own) | {"recurrent_matrix_list.0": wave(N, N, 0.3, 0.4)}


def trace():
    p = recurrent(("alpha", (N, N)), ("trace_rate", ()))

    def hidden():
        h, H, rows = torch.zeros(N), torch.zeros(N, N), []
        for u in frames:
            before = h
            h = torch.tanh(p["weight_matrix_list.0"] @ u + p["bias_matrix_list.0"][:, 0]
                           + (p["recurrent_matrix_list.0"] + p["alpha_list.0"] * H) @ before)
            H = H + p["trace_rate_list.0"] * (torch.outer(h, before) - H)
            rows.append(h)
        return torch.stack(rows)
    return p, hidden


def modulated(retroactive):
    own = [("alpha", (N, N)), ("modulator", (1, N)), ("modulator_bias", (1, 1))]
    p = recurrent(*own, *[("trace_rate", ())] if retroactive else [])

    def hidden():
        h, H, E, rows = torch.zeros(N), torch.zeros(N, N), torch.zeros(N, N), []
        for u in frames:
            before = h
            h = torch.tanh(p["weight_matrix_list.0"] @ u + p["bias_matrix_list.0"][:, 0]
                           + (p["recurrent_matrix_list.0"] + p["alpha_list.0"] * H) @ before)
            M = torch.tanh(p["modulator_list.0"][0] @ h + p["modulator_bias_list.0"][0, 0])
            if retroactive:
                H = (H + M * E).clamp(-1, 1)
                E = E + p["trace_rate_list.0"] * (torch.outer(h, before) - E)
            else:
                H = (H + M * torch.outer(h, before)).clamp(-1, 1)
            rows.append(h)
        return torch.stack(rows)
    return p, hidden


def fast_weights():
    p = recurrent(("fast_decay", ()), ("fast_rate", ()))
    norm = torch.nn.LayerNorm(N, elementwise_affine=False)

    def hidden():
        rows, h = [], torch.zeros(N)
        for u in frames:
            slow = p["recurrent_matrix_list.0"] @ h + p["weight_matrix_list.0"] @ u + p["bias_matrix_list.0"][:, 0]
            g = torch.tanh(norm(slow))
            # A g without A: what earlier states have in common with g, as in the paper's equation 4
            attended = sum((p["fast_rate_list.0"] * p["fast_decay_list.0"] ** (len(rows) - 1 - k) * (past @ g) * past
                            for k, past in enumerate(rows)), torch.zeros(N))
            h = torch.tanh(norm(slow + attended))
            rows.append(h)
        return torch.stack(rows)
    return p, hidden


def positive(x):
    return torch.nn.functional.elu(x) + 1


def linear_attention():
    p = base(("key", (N, D)), ("query", (N, D)), ("value", (N, D)))

    def hidden():
        A, z, rows = torch.zeros(N, N), torch.zeros(N), []
        for u in frames:
            k, q, v = positive(p["key_list.0"] @ u), positive(p["query_list.0"] @ u), p["value_list.0"] @ u
            rows.append(torch.sigmoid(p["weight_matrix_list.0"] @ u + p["bias_matrix_list.0"][:, 0] + A @ q / (z @ q + 1e-6)))
            A, z = A + torch.outer(v, k), z + k
        return torch.stack(rows)
    return p, hidden


def delta_rule():
    p = base(("key", (N, D)), ("query", (N, D)), ("value", (N, D)), ("write", (1, D)), ("write_bias", (1, 1)))

    def hidden():
        A, rows = torch.zeros(N, N), []
        for u in frames:
            k, q, v = positive(p["key_list.0"] @ u), positive(p["query_list.0"] @ u), p["value_list.0"] @ u
            k, q = k / k.sum(), q / q.sum()
            rows.append(torch.sigmoid(p["weight_matrix_list.0"] @ u + p["bias_matrix_list.0"][:, 0] + A @ q))
            write = torch.sigmoid(p["write_list.0"][0] @ u + p["write_bias_list.0"][0, 0])
            A = A @ (torch.eye(N) - write * torch.outer(k, k)) + write * torch.outer(v, k)
        return torch.stack(rows)
    return p, hidden


def transformer():
    p = base(*[(name, (N, N)) for name in ("key", "query", "value", "out")], ("up", (2 * N, N)), ("up_bias", (2 * N, 1)),
             ("down", (N, 2 * N)), ("down_bias", (N, 1)), ("recency", ()))
    norm = torch.nn.LayerNorm(N, elementwise_affine=False)

    def hidden():
        x = frames @ p["weight_matrix_list.0"].T + p["bias_matrix_list.0"][:, 0]
        k, q, v = (norm(x) @ p[f"{name}_list.0"].T for name in ("key", "query", "value"))
        rows = []
        for t in range(len(x)):
            age = torch.arange(t, -1, -1)
            share = torch.softmax(k[:t + 1] @ q[t] / math.sqrt(N) - torch.nn.functional.softplus(p["recency_list.0"]) * age, 0)
            read = x[t] + p["out_list.0"] @ (share @ v[:t + 1])
            up = torch.nn.functional.gelu(p["up_list.0"] @ norm(read) + p["up_bias_list.0"][:, 0])
            rows.append(norm(read + p["down_list.0"] @ up + p["down_bias_list.0"][:, 0]))
        return torch.stack(rows)
    return p, hidden


def report(setting, p, hidden):
    h = hidden()[FRAMES - 1::FRAMES]
    y = torch.sigmoid(h @ p["w_final"][0] + p["b_final"][0, 0])
    loss = torch.nn.functional.binary_cross_entropy(y, labels)
    loss.backward()
    numbers = ", ".join(f"{v:.12f}" for v in y[[1, 5, 10, 19]].tolist())
    gradients = ",\n  ".join(f'{{"{name}", {{{v.grad.norm().item():.14f}, {v.grad.sum().item():.14f}}}}}' for name, v in p.items())
    print(f'{{"{setting}", {loss.item():.14f}, {{{numbers}}},\n {{{gradients}}}}},')


if __name__ == "__main__":
    report("change=oja", *plastic(change="oja"))
    report("change=presynaptic", *plastic(change="presynaptic"))
    report("bound=tanh", *plastic(bound="tanh"))
    report("bound=rows", *plastic(bound="rows"))
    report("decays=neuron", *plastic(decays="neuron"))
    report("decays=synapse", *plastic(decays="synapse"))
    report("train_initial_P=true", *plastic(start=True))
    report("plastic_types=[M] change=oja bound=rows decays=synapse train_initial_P=true",
           *plastic("M", "oja", "rows", "synapse", True))
    report("network_type=Trace_RNN", *trace())
    report("network_type=Modulated_RNN", *modulated(False))
    report("network_type=Retroactive_RNN", *modulated(True))
    report("network_type=FastWeights", *fast_weights())
    report("network_type=LinearAttention", *linear_attention())
    report("network_type=DeltaRule", *delta_rule())
    report("network_type=Transformer", *transformer())
