#!/usr/bin/env python3
"""Write tests/golden/rng_values.json: what Python, NumPy and PyTorch draw, for tests/engine/test_rng_reference.cpp.

usage: rng_values.py > tests/golden/rng_values.json        (needs numpy and torch)

A case is its first values and the SHA-256 of all its values as raw little-endian numbers: int64 for whole numbers,
float32 or float64 for the rest.
"""
import hashlib
import json
import platform
import random
import sys

import numpy as np
import torch

CASES = {}


def case(name, values):
    values = np.asarray(values)
    if values.dtype.kind in "iub":
        values = values.astype("<i8")
    CASES[name] = {
        "dtype": values.dtype.name,
        "count": values.size,
        "first": values.ravel()[:4].tolist(),
        "sha256": hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest(),
    }


def python():
    random.seed(42)
    case("python.random", [random.random() for _ in range(1000)])
    for bits in (40, 64):
        random.seed(2 ** (bits - 1) + 5)
        case(f"python.seed_{bits}_bits", [random.random() for _ in range(1000)])
    random.seed(42)
    case("python.choice", [random.choice(range(n)) for n in range(1, 1001)] +
         [random.choice(range(2**k + 3)) for k in range(30, 62)])
    random.seed(42)
    items = list(range(1000))
    random.shuffle(items)
    case("python.shuffle", items)
    random.seed(42)
    case("python.sample", [v for n in range(1, 120) for k in range(0, n + 1, 3) for v in random.sample(range(n), k)])


def numpy_legacy():
    r = np.random.RandomState(999)
    case("numpy_legacy.uniform", [r.uniform(-0.3, 1.7) for _ in range(1000)])
    r.seed(999)
    case("numpy_legacy.normal", r.normal(0.3, 1.7, 1001))
    r.seed([1, 2, 2**32 - 1])
    case("numpy_legacy.seed_array", r.random_sample(1000))
    r.seed(999)
    case("numpy_legacy.randint", [r.randint(-7, high) for high in range(-6, 994)] +
         [r.randint(0, 2**k + 3) for k in range(30, 62)] + [r.randint(0, 2**32), r.randint(5)])
    r.seed(999)
    case("numpy_legacy.permutation", np.concatenate([r.permutation(n) for n in range(1, 101)]))
    r.seed(999)
    case("numpy_legacy.choice", [r.choice(4, p=[0.1, 0.25, 0.05, 0.6]) for _ in range(1000)])
    r.seed(999)  # the cached Gaussian stays through other draws
    case("numpy_legacy.mixed", [v for _ in range(500) for v in (r.normal(), r.random_sample(), float(r.randint(10)))])


def numpy_generator():
    case("numpy_generator.seed_sequence", np.concatenate(
        [np.random.SeedSequence(s).generate_state(9, np.uint32) for s in (0, 42, 2**32, 2**63 + 7)]))
    g = np.random.default_rng(42)
    case("numpy_generator.random", g.random(1000))
    g = np.random.default_rng(2**40 + 1)
    case("numpy_generator.permutation", np.concatenate([g.permutation(n) for n in range(1, 101)]))
    for rate in (0.1, 1, 9.99, 10, 12, 300, 1e5):
        g = np.random.default_rng(42)
        case(f"numpy_generator.poisson_{rate:g}", g.poisson(rate, 20000))
    g = np.random.default_rng(42)  # the second half of a 64-bit word waits for the next permutation
    case("numpy_generator.mixed", [v for _ in range(300) for v in (g.permutation(5)[0], g.poisson(2), g.poisson(20))])


def pytorch():
    for dtype in (torch.float32, torch.float64):
        name = str(dtype).removeprefix("torch.")
        torch.manual_seed(5)
        case(f"torch.uniform_{name}", torch.empty(20000, dtype=dtype).uniform_(0.1, 0.7).numpy())
        torch.manual_seed(5)
        case(f"torch.normal_{name}", torch.empty(200005, dtype=dtype).normal_(0.21, 0.37).numpy())
        torch.manual_seed(5)  # both rules in turn, with and without a remainder, and a cached value between
        case(f"torch.randn_{name}", torch.cat([torch.randn(n, dtype=dtype) for n in range(100)]).numpy())
    torch.manual_seed(2**32 + 5)
    case("torch.seed_33_bits", torch.rand(100).numpy())
    torch.manual_seed(5)
    case("torch.randint", torch.cat([torch.randint(low, high, (100,)) for low, high in
                                     ((0, 100), (-7, 13), (0, 2**28 - 1), (0, 2**28), (-2**40, 2**41))]).numpy())
    torch.manual_seed(5)
    p = torch.rand(10000)
    case("torch.bernoulli_tensor", torch.bernoulli(p).numpy())
    torch.manual_seed(5)
    case("torch.bernoulli_number", torch.empty(10000).bernoulli_(0.3).numpy())
    torch.manual_seed(5)
    case("torch.dropout", torch.nn.functional.dropout(torch.ones(10000), 0.25).numpy())
    torch.manual_seed(5)
    case("torch.randperm", torch.cat([torch.randperm(n) for n in (0, 1, 2, 10, 5000)]).numpy())


python()
numpy_legacy()
numpy_generator()
pytorch()
versions = {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__,
            "capability": torch.backends.cpu.get_cpu_capability()}
rows = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in {"versions": versions, **CASES}.items()]
sys.stdout.write("{\n" + ",\n".join(rows) + "\n}\n")
