"""What scripts/bench measures: benchmarks by their names, the peers' cases, and the least time that the machine could take."""
from typing import Callable, NamedTuple

PRODUCT_1 = {"product": ("bench_plastic_step", "sgemm_1024 operation")}  # seconds of a floating-point operation, one core


class Workload(NamedTuple):
    name: str
    title: str
    cores: int
    program: str
    native: str
    plain: str
    family: str  # of the peers
    case: str
    limits: dict  # name: (program, benchmark)
    # Seconds: of the readings of `limits` and of the native benchmark.
    least: Callable
    growth: tuple = ()  # (label, native benchmark, peers' case)


def of_product(limit, native):
    """Both count the floating-point operations that they need."""
    return native["seconds"] * native["gflops"] / limit["product"]["gflops"]


def counted(operations):
    return lambda limit, native: operations * limit["product"]["seconds"]


def two_cores(name, title, program, case, family, growth=()):
    return Workload(name, title, 2, program, f"{case}_native", f"{case}_plain", family, case, {"product": (program, "sgemm_1024")},
                    of_product, growth)


def sizes(case):
    return tuple((f"{n} trials", f"{case}_of_{n}", case if n == 250 else f"{case}_of_{n}") for n in (25, 50, 250))


def plastic(width, growth=()):
    case = f"Memo M_A {width}_{width}"
    synapses = 25 * width + width * width
    return Workload(f"plastic_{width}", f"plastic {case}, iteration", 1, "bench_plastic_step", f"{case}, native", f"{case}, plain", "plastic",
                    case, PRODUCT_1, counted(22.0 * synapses * 400), growth)


def microcircuit(name, case, gaussians, operations):
    def least(limit, native):
        return gaussians * limit["gaussian"]["seconds"] + operations * limit["product"]["seconds"]
    program = "bench_microcircuit_step"
    return Workload(name, f"microcircuit {case}, ten seeds, Euler step of one", 1, program, f"{case}, ten in lanes", f"{case}, plain",
                    "microcircuit", case, {"gaussian": (program, "gaussian"), "product": (program, "dgemm_1024 operation")}, least)


def dual_stream():
    case, n = "multi-unit, 25", 25
    weights = 2 * n * n + 7 * n + 2
    program = "bench_dual_stream_trial"
    growth = tuple((f"{k} hidden units, ten runs", f"multi-unit, {k}, ten runs, native", f"multi-unit, {k}, ten runs") for k in (25, 128))
    return Workload("dual_stream", "dual stream, several units at once, 25 hidden, trial", 1, program, f"{case}, native", f"{case}, plain",
                    "dual_stream", case, {"product": (program, "sgemm_1024 multiply-add")},
                    lambda limit, native: 3 * weights * limit["product"]["seconds"], growth)


def compare(name, title, operations):
    least = counted(operations) if operations else None
    return Workload(name, title, 1, "bench_compare", f"{name}_native", f"{name}_plain", "compare", name, PRODUCT_1 if operations else {}, least)


WORKLOADS = [
    two_cores("nbff", "flip-flop GRU, gradient of 256 trials", "bench_ctd_update", "nbff", "ctd_task"),
    two_cores("sae_gru", "auto-encoder, GRU 128, gradient of 250 trials", "bench_ctd_data_step", "sae_gru", "ctd_data", sizes("sae_gru")),
    two_cores("sae_node", "auto-encoder, NODE 8, gradient of 250 trials", "bench_ctd_data_step", "sae_node", "ctd_data", sizes("sae_node")),
    two_cores("lfads", "LFADS, gradient of 500 trials", "bench_ctd_data_step", "lfads", "ctd_data"),
    two_cores("nback", "N-back, step of 16 sequences", "bench_nback_step", "stsf_mobilenet", "nback",
              tuple((label, f"{case}_native", case) for label, case in
                    (("16 sequences, 2048 features", "stsf_resnet"), ("32 sequences, 2048 features", "current_stsf_resnet")))),
    plastic(50, (("25 and 25 units", "Memo M_A 25_25, native", "Memo M_A 25_25"),
                 ("50 and 50 units", "Memo M_A 50_50, native", "Memo M_A 50_50"),
                 ("100 and 100 units", "Memo M_A 100_100, native", "Memo M_A 100_100"))),
    plastic(100),
    microcircuit("circuit_large", "5-20-10-20-5 PAL bw_only", 50, 7800),  # docs/models/microcircuit.md 10.1
    microcircuit("circuit_small", "1-1-1 PAL", 1, 60),
    dual_stream(),
    # Forward and backward product of [1024, 64] with [64, 192].
    compare("search", "fixed points, update of 1024 states", 2 * 2 * 1024 * 64 * 192),
    compare("jacobians", "1024 Jacobians of 64 units and their eigenvalues", None),
    # 1500 updates of two optimisations; about 15.5 products of [50, 50]: nine of the layers, three and a third of the
    # solution and its adjoint, three of the rotation.
    compare("distance", "distance of two operators of rank 50", 3000 * 15.5 * 2 * 50**3),
]
