"""How a program of JAX or PyTorch is measured beside tsd: rounds of at least so many seconds of a step that repeats itself, the
compilation apart; one line of JSON.

    tests/bench/peers/FAMILY.py CASE [--framework jax|torch|eager] [--cores 2] [--repeats 3] [--seconds 0.5]
    tests/bench/peers/FAMILY.py --verify | --list

A family's file calls main() with functions that make a Case, by the name of the benchmark that it stands beside, and with one that
compares its equations with others, on small sizes.
"""
import argparse
import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple

# XLA compiles loops of so few bytes as one function; others pay for each operation of each step what a small one costs itself. With
# vectors of 256 bits it leaves sums over rows scalar.
SMALL_LOOPS = "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=1000000000 --xla_cpu_prefer_vector_width=512"
ORACLES = Path(__file__).resolve().parents[3] / "scripts/reference/oracles"


class Case(NamedTuple):
    """JAX: step(state, data) -> (state, value), compiled, its state donated. PyTorch and eager Python: step(state, data) -> value, in
    place."""
    step: Callable
    state: Any
    data: Any
    things: float  # done in a call: times are per thing
    check: Callable  # of the values of all calls, in order; raises AssertionError


def finite(values):
    import numpy as np
    assert np.isfinite(values).all(), f"not finite: {values[:3]}"


def decreasing(values):
    finite(values)
    assert values[-1] < values[0], f"no decrease: {values[0]} at first, {values[-1]} at last"


def near(what, got, expected, tolerance):
    import numpy as np
    error = float(np.max(np.abs(np.asarray(got, float) - np.asarray(expected, float))))
    assert error <= tolerance, f"{what}: differs by {error:.3g}, allowed {tolerance:.3g}"


def oracle(path):
    """A module below scripts/reference/oracles; what it prints is nobody's business here."""
    import contextlib
    import importlib
    import io
    sys.path.insert(0, str((ORACLES / path).parent))
    with contextlib.redirect_stdout(io.StringIO()):
        return importlib.import_module(Path(path).name)


def since_start():
    """Seconds since this process began."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return float(Path("/proc/uptime").read_text().split()[0]) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def prepared_jax(case):
    """A call without arguments that gives the next value, and the seconds that compilation took."""
    import jax
    begin = time.perf_counter()
    step = jax.jit(case.step, donate_argnums=0).lower(case.state, case.data).compile()
    compiled = time.perf_counter() - begin
    state = [case.state]

    def call():
        state[0], value = step(state[0], case.data)
        return jax.block_until_ready(value)
    return call, compiled


def prepared_python(case):
    """Compilation is what the first call takes beyond the second."""
    def call():
        return float(case.step(case.state, case.data))
    return call, None


def measured(case, framework, repeats, seconds):
    call, compiled = (prepared_jax if framework == "jax" else prepared_python)(case)
    begin = time.perf_counter()
    values = [call()]
    first, first_result = time.perf_counter() - begin, since_start()
    begin = time.perf_counter()
    values.append(call())
    if compiled is None:
        compiled = max(0.0, first - (time.perf_counter() - begin))
        values += [call() for _ in range(3 if framework == "torch" else 0)]  # torch.compile may do so again
    wall, processor = [], []
    for _ in range(repeats):
        calls, begin, used = 0, time.perf_counter(), time.process_time()
        while calls == 0 or time.perf_counter() - begin < seconds:
            values.append(call())
            calls += 1
        wall.append((time.perf_counter() - begin) / calls / case.things)
        processor.append((time.process_time() - used) / calls / case.things)
    case.check([float(value) for value in values])
    return {"seconds": statistics.median(wall), "processor_seconds": statistics.median(processor), "compile_s": compiled,
            "first_result_s": first_result, "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main(jax_cases, torch_cases, verify, xla_flags="", eager_cases={}):
    if xla_flags:
        os.environ["XLA_FLAGS"] = f"{xla_flags} {os.environ.get('XLA_FLAGS', '')}"  # read when JAX is first used
    parser = argparse.ArgumentParser()
    parser.add_argument("case", nargs="?")
    parser.add_argument("--framework", choices=["jax", "torch", "eager"], default="jax")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--verify", action="store_true")
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    if asked.list:
        print(json.dumps({"jax": list(jax_cases), "torch": list(torch_cases), "eager": list(eager_cases)}))
        return
    if asked.verify:
        verify()
        print(f"{Path(sys.argv[0]).name}: verified")
        return
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:asked.cores])  # before a framework counts processors
    os.environ["OMP_NUM_THREADS"] = str(asked.cores)
    cases = {"jax": jax_cases, "torch": torch_cases, "eager": eager_cases}[asked.framework]
    if asked.case not in cases:
        sys.exit(f"no case {asked.case}; {asked.framework} has: {', '.join(cases) or 'none'}")
    found = measured(cases[asked.case](), asked.framework, asked.repeats, asked.seconds)
    print(json.dumps({"case": asked.case, "framework": asked.framework, "cores": asked.cores, **found}))
