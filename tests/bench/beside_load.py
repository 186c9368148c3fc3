#!/usr/bin/env python3
"""Is tsd well-mannered beside other programs, and does that cost nothing on a free machine?

    tests/bench/beside_load.py build/release/tsd [--against OTHER_TSD] [--rounds 3] [--write PAGE]

Runs of a small and of a large N-back network and of a flip-flop network, in turn with default threads and with one,
idle and beside two busy loops per processor; with --against also by another build, idle. Medians over rounds of
ratios that were taken in the same round: speed (steps per second, start-up left out) and processor time (all of it).
Then a sweep of two runs with --jobs 2 and with --jobs 1. Four minutes on two cores. The table is added to the results of scripts/bench,
build/bench.json; --write makes the page of all of them again.

Asked: beside load, default threads have half the speed of one thread or more, for twice its processor time at most; idle,
0.95 of the other build's speed or more; --jobs 2 takes at most 1.1 times the processor time of --jobs 1. Exits with 1 where
something that was asked for is missed. On a machine that is not free the rows named idle are what they can be.
"""
import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/bench"))
import performance  # noqa: E402

NBACK = ["train-nback", "--config", str(ROOT / "configs/nback/smoke.yaml"), "num_val=16", "save_hidden=false"]
WORKLOADS = {
    "small N-back (16 units)": NBACK + ["num_train=8000", "epochs=2"],
    "large N-back (256 units)": NBACK + ["hidden_size=256", "batch_size=32", "num_train=3200", "epochs=2"],
    "flip-flop (64 units)": ["ctd-task", "--config", str(ROOT / "configs/ctd_task.yaml"), "train.epochs=4"],
}
SWEEP = """extends: CONFIG
num_train: 8000
num_val: 16
save_hidden: false
sweep:
  blocks:
    - grid: {seed: [1, 2]}
"""


@contextlib.contextmanager
def busy_loops(count):
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def run(tsd, words):
    """Seconds of work, as the runs' status says, and processor time of the process."""
    with tempfile.TemporaryDirectory() as out:
        with tempfile.TemporaryFile("w+") as errors:
            child = subprocess.Popen([tsd, *words, "--out", out, "--quiet"], stdout=subprocess.DEVNULL, stderr=errors)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                errors.seek(0)
                sys.exit(f"{tsd} {' '.join(words)}: exit {child.returncode}\n{errors.read()}")
        seconds = max(json.loads(file.read_text())["wall_seconds"] for file in Path(out).rglob("status.json"))
        return seconds, usage.ru_utime + usage.ru_stime


def medians(rounds, first, second):
    """Of first's speed over second's, and of first's processor time over second's."""
    pairs = [(first(), second()) for _ in range(rounds)]
    return [statistics.median(values) for values in zip(*((b[0] / a[0], a[1] / b[1]) for a, b in pairs))]


class Report:
    """Rows of what, ratio of speed, ratio of processor time, what is asked for, kept or not."""

    def __init__(self):
        self.rows = []
        print(f"{'':58} {'speed':>8} {'processor':>10}")

    def add(self, what, speed, processor, asked="", kept=True):
        self.rows.append([what, speed, processor, asked, kept])
        print(f"{what:58} {speed:8.2f} {processor:10.2f}   {'' if kept else 'missed'}", flush=True)

    def kept(self):
        return all(row[-1] for row in self.rows)


def measure(tsd, against, rounds):
    report = Report()
    for name, words in WORKLOADS.items():
        one = lambda: run(tsd, [*words, "--threads", "1"])
        default = lambda: run(tsd, words)
        report.add(f"{name}, idle, default / one thread", *medians(rounds, default, one))
        if against:
            ratios = medians(rounds, default, lambda: run(against, words))
            report.add(f"{name}, idle, this / the other", *ratios, "speed 0.95", ratios[0] >= 0.95)
        with busy_loops(2 * len(os.sched_getaffinity(0))):
            ratios = medians(rounds, default, one)
        report.add(f"{name}, beside load, default / one thread", *ratios, "speed 0.5, processor time 2", ratios[0] >= 0.5 and ratios[1] <= 2)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        config.write(SWEEP.replace("CONFIG", str(ROOT / "configs/nback/smoke.yaml")))
        config.flush()
        words = ["train", "--config", config.name]
        ratios = medians(rounds, lambda: run(tsd, [*words, "--jobs", "2"]), lambda: run(tsd, words))
        report.add("two runs, idle, --jobs 2 / --jobs 1", *ratios, "processor time 1.1", ratios[1] <= 1.1)
    return report


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tsd")
    parser.add_argument("--against")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=ROOT / "build/bench.json")
    parser.add_argument("--write", type=Path, metavar="PAGE")
    asked = parser.parse_args()
    results = json.loads(asked.results.read_text()) if asked.results.exists() else None
    if asked.write and not results:
        parser.error(f"--write: the page needs the results of scripts/bench, {asked.results}")
    load = os.getloadavg()[0]
    report = measure(asked.tsd, asked.against, asked.rounds)
    if results:
        results["beside_load"] = {"load": load, "rounds": asked.rounds, "rows": report.rows}
        asked.results.write_text(json.dumps(results, indent=1))
    if asked.write:
        asked.write.write_text(performance.page(results))
    return 0 if report.kept() else 1


if __name__ == "__main__":
    sys.exit(main())
