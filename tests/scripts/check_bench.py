#!/usr/bin/env python3
"""scripts/bench: its arithmetic on made-up readings, and that every benchmark that it names exists.

    tests/scripts/check_bench.py SOURCE [FOLDER OF THE BENCHMARKS]
"""
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tests/bench"))
import performance  # noqa: E402
from workloads import WORKLOADS  # noqa: E402

MACHINE = {"model": "Made-up", "cores": 2, "avx512": True, "date": "2026-01-02"}


def reads_reports():
    def run(name, **more):
        return {"run_name": name, "time_unit": "ms", "real_time": 4.0, "cpu_time": 3.0, **more}
    report = {"benchmarks": [run("a/repeats:3/real_time", aggregate_name="mean", real_time=9.0), run("b/repeats:3", aggregate_name="median"),
                             run("a/repeats:3/real_time", aggregate_name="median", **{"GFLOP/s": 50.0}),
                             run("c/iterations:1", aggregate_name="median", step=2e-6)]}
    assert performance.reading(report, "a") == {"seconds": 4e-3, "gflops": 50.0}
    assert performance.reading(report, "b") == {"seconds": 3e-3}
    assert performance.reading(report, "c") == {"seconds": 2e-6}
    try:
        performance.reading(report, "d")
    except ValueError as error:
        assert "no benchmark d" in str(error)
    else:
        raise AssertionError("a missing benchmark was read")


def nback_round(native, jax, torch, plain, limit):
    row = {"load": 0.3, "native": {"seconds": native, "gflops": 60.0, "memory_mb": 150.4, "first_result_s": 0.21}}
    row |= {"jax": {"seconds": jax, "compile_s": 2.5, "first_result_s": 4.0, "memory_mb": 400.0}, "plain": {"seconds": plain},
            "product": {"seconds": 1.0, "gflops": limit}}
    return row | ({"torch": {"seconds": torch, "compile_s": 30.0, "first_result_s": 41.0, "memory_mb": 500.0}} if torch else {})


def cells(page, start):
    line = next(line for line in page.splitlines() if line.startswith(f"| {start}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def makes_the_page():
    # Ratios within a round: JAX 2, 3, 4, PyTorch 4, 3, 6, so the best peer 2, 3, 4; plain 5; of the limit 60/100, 60/120, 60/75.
    rounds = [nback_round(2e-3, 4e-3, 8e-3, 1e-2, 100), nback_round(4e-3, 12e-3, 12e-3, 2e-2, 120), nback_round(1e-3, 4e-3, 6e-3, 5e-3, 75)]
    circuit = {"load": 0.3, "native": {"seconds": 5e-7}, "gaussian": {"seconds": 4e-9}, "product": {"seconds": 5e-12}}
    results = {"machine": MACHINE, "versions": {"jax": "1.2", "torch": "3.4"}, "rounds": {"nback": rounds, "circuit_large": [circuit]}, "growth": {}}
    page = performance.page(results)
    assert cells(page, "N-back, step")[1:] == ["2 ms", "3", "3", "4", "-", "60%"], page
    times = page[page.index("## Times"):]
    assert cells(times, "N-back, step")[1:] == ["2 ms", "10 ms", "4 ms", "8 ms", "-"], times
    # 50 Gaussians at 4 ns and 7800 operations at 5 ps are 239 ns of 500.
    assert cells(page, "microcircuit 5-20")[1:] == ["500 ns"] + ["-"] * 4 + ["48%"], page
    assert "Made-up, 2 cores, AVX-512; 2026-01-02; jax 1.2, torch 3.4; medians of 3 rounds" in page and "The machine was quiet" in page
    assert "- microcircuit 5-20-10-20-5 PAL bw_only, ten seeds, Euler step of one: 48% of the limit" in page and "- N-back" not in page
    start = page[page.index("## Start"):]
    assert cells(start, "N-back, step")[1:] == ["0.21", "2.5", "4", "30", "41", "150", "400", "500"], start


def has_other_parts():
    rows = [{"load": 0.3, "native, 25 trials": {"seconds": 2e-3}, "jax, 25 trials": {"seconds": 5e-3}}]
    one = nback_round(2e-3, 3e-3, None, 1e-2, 100) | {"torch": {"unfinished_s": 120}}
    page = performance.page({"machine": MACHINE, "versions": {}, "rounds": {"nback": [one]}, "growth": {"sae_gru": rows}, "beside_load": {
        "load": 0.1, "rounds": 3, "rows": [["small, idle", 1.5, 1.0, "", True], ["small, beside load", 0.4, 2.0, "speed 0.5", False]]}})
    times = page[page.index("## Times"):]
    assert cells(times, "N-back, step")[4] == "did not finish in 120 s" and cells(page, "N-back, step")[4] == "-", page
    assert cells(page[page.index("## Growth"):], "auto-encoder")[1:] == ["25 trials", "2 ms", "5 ms", "2.5"], page
    assert cells(page, "small, beside load")[1:] == ["0.40", "2.00", "speed 0.5: missed"], page


def says_what_it_lacks():
    row = nback_round(2e-3, 3e-3, None, 1e-2, 100) | {"load": 7.5}
    page = performance.page({"machine": MACHINE, "versions": {}, "rounds": {"nback": [row]}, "growth": {}})
    assert "**The machine was not quiet**: its load was up to 7.5 on 2 cores" in page and "no peers" in page and "1 round in turn" in page
    assert cells(page[page.index("## Times"):], "N-back, step")[4] == "-" and "1.5 times the best peer's speed" in page


def fails_with_one_line():
    def bench(*words):
        return subprocess.run([sys.executable, SOURCE / "scripts/bench", *words], text=True, capture_output=True)
    assert bench("--list").stdout.split() == [w.name for w in WORKLOADS]
    wrong = bench("no_such")
    assert wrong.returncode == 2 and "got no_such" in wrong.stderr, wrong
    with tempfile.TemporaryDirectory() as folder:
        done = bench("search", "--programs", folder)
        assert done.returncode == 1 and done.stderr == (
            "bench: not built: bench_compare bench_plastic_step; scripts/build bench_compare bench_plastic_step\n"), done


def goes_on_without_peers():
    """A stand-in for the benchmarks answers with the same number to all."""
    with tempfile.TemporaryDirectory() as folder:
        report = {"run_name": "NAME/repeats:5", "aggregate_name": "median", "time_unit": "ms", "real_time": 1, "cpu_time": 1, "step": 2e-3}
        for name in ("bench_compare", "bench_plastic_step"):
            program = Path(folder, name)
            program.write_text("#!/usr/bin/env python3\nimport json, sys\n"
                               "words = dict(word.lstrip('-').split('=', 1) for word in sys.argv[1:])\n"
                               f"report = {report!r}\nreport['run_name'] = words['benchmark_filter'].lstrip('^') + 'repeats:5'\n"
                               "if 'benchmark_out' in words:\n    json.dump({'benchmarks': [report]}, open(words['benchmark_out'], 'w'))\n")
            program.chmod(0o755)
        done = subprocess.run([sys.executable, SOURCE / "scripts/bench", "search", "--rounds", "2", "--programs", folder, "--python",
                               f"{folder}/none", "--results", f"{folder}/r.json"], text=True, capture_output=True)
        assert done.returncode == 0 and done.stderr == "no peers: scripts/bench --setup installs them\n", done
        times = done.stdout[done.stdout.index("## Times"):]
        assert cells(times, "fixed points")[1:] == ["2 ms", "2 ms", "-", "-", "-"], done.stdout
        assert len(json.loads(Path(folder, "r.json").read_text())["rounds"]["search"]) == 2


def names_what_is_there(programs):
    wanted = {}
    for w in WORKLOADS:
        for program, name in ((w.program, w.native), (w.program, w.plain), *w.limits.values(), *((w.program, name) for _, name, _ in w.growth)):
            wanted.setdefault(program, set()).add(name)
    for program, names in wanted.items():
        listed = subprocess.run([programs / program, "--benchmark_list_tests"], text=True, capture_output=True, check=True).stdout
        there = {line.split("/")[0] for line in listed.splitlines()}
        assert names <= there, f"{program} lacks {sorted(names - there)}"


def names_cases_that_peers_have():
    for w in WORKLOADS:
        text = (SOURCE / f"tests/bench/peers/{w.family}.py").read_text()
        for case in (w.case, *(case for _, _, case in w.growth if case)):
            stem = case.partition("_of_")[0]  # sizes are put behind it
            assert re.search(rf"\b{re.escape(stem)}\b", text), f"{w.family}.py has no {case}"


def main():
    checks = [reads_reports, makes_the_page, has_other_parts, says_what_it_lacks, fails_with_one_line, goes_on_without_peers, names_cases_that_peers_have]
    for check in checks:
        check()
        print(check.__name__.replace("_", " "))
    if len(sys.argv) > 2:
        names_what_is_there(Path(sys.argv[2]))
        print("names what is there")


main()
