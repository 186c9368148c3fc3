#!/usr/bin/env python3
"""How many times faster is an update of the published settings than the same in eager PyTorch, on this machine?

    tests/bench/ctd_update_ratios.py build/dev/tests/bench_ctd_update [rounds]        rounds: 3

Each round times every task natively, as plain LibTorch, and in eager PyTorch (scripts/reference/timings/ctd_task_step.py), one after
the other on two threads; the table has medians over rounds and ratios of times taken in the same round. Needs torch, and
motornet 0.2.0 for the reaches.
"""
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/reference/timings"))
import ctd_task_step  # noqa: E402
import torch  # noqa: E402


def milliseconds(program, case):
    """Medians of the benchmarks of one case, by their last word."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([program, f"--benchmark_filter=^{case}_", f"--benchmark_out={file.name}", "--benchmark_out_format=json"],
                       check=True, capture_output=True)
        runs = json.load(file)["benchmarks"]
    return {run["run_name"].split("/")[0].removeprefix(case + "_"): run["real_time"] for run in runs if run["aggregate_name"] == "median"}


def main(program, rounds):
    torch.set_num_threads(2)
    taken = {}
    for _ in range(rounds):
        for name, net, loss in ctd_task_step.cases():
            times = milliseconds(program, name)
            times["eager"] = 1e3 * ctd_task_step.update_seconds(net, loss, 2)
            taken.setdefault(name, []).append(times)
    print("| task | native | plain LibTorch | eager PyTorch | plain / native | eager / native |\n|---|---|---|---|---|---|")
    for name, rows in taken.items():
        median = lambda number: statistics.median(number(row) for row in rows)
        ms = (median(lambda row: row[kind]) for kind in ("native", "plain", "eager"))
        ratios = (median(lambda row: row[kind] / row["native"]) for kind in ("plain", "eager"))
        print(f"| {name} | " + " | ".join([f"{t:.0f} ms" for t in ms] + [f"{r:.1f}" for r in ratios]) + " |")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3)
