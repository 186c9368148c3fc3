#!/usr/bin/env python3
"""Is tsd well-mannered beside other programs, and does that cost nothing on a free machine?

    tests/bench/beside_load.py build/release/tsd [--against OTHER_TSD] [--rounds 3]

Runs of a small and of a large N-back network and of a flip-flop network, in turn with default threads and with one,
idle and beside two busy loops per processor; with --against also by another build, idle. Medians over rounds of
ratios that were taken in the same round: speed (steps per second, start-up left out) and processor time (all of it).
Then a sweep of two runs with --jobs 2 and with --jobs 1.

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
        child = subprocess.Popen([tsd, *words, "--out", out, "--quiet"], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"{tsd} {' '.join(words)}: exit {child.returncode}")
        seconds = max(json.loads(file.read_text())["wall_seconds"] for file in Path(out).rglob("status.json"))
        return seconds, usage.ru_utime + usage.ru_stime


def medians(rounds, first, second):
    """Of first's speed over second's, and of first's processor time over second's."""
    pairs = [(first(), second()) for _ in range(rounds)]
    return [statistics.median(values) for values in zip(*((b[0] / a[0], a[1] / b[1]) for a, b in pairs))]


def report(what, speed, processor, kept):
    print(f"{what:58} {speed:8.2f} {processor:10.2f}   {'' if kept else 'missed'}", flush=True)
    return kept


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tsd")
    parser.add_argument("--against")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    processors = len(os.sched_getaffinity(0))
    kept = True
    print(f"{'':58} {'speed':>8} {'processor':>10}")
    for name, words in WORKLOADS.items():
        one = lambda: run(asked.tsd, [*words, "--threads", "1"])
        default = lambda: run(asked.tsd, words)
        report(f"{name}, idle, default / one thread", *medians(asked.rounds, default, one), True)
        if asked.against:
            ratios = medians(asked.rounds, default, lambda: run(asked.against, words))
            kept &= report(f"{name}, idle, this / the other", *ratios, ratios[0] >= 0.95)
        with busy_loops(2 * processors):
            ratios = medians(asked.rounds, default, one)
        kept &= report(f"{name}, beside load, default / one thread", *ratios, ratios[0] >= 0.5 and ratios[1] <= 2)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        config.write(SWEEP.replace("CONFIG", str(ROOT / "configs/nback/smoke.yaml")))
        config.flush()
        words = ["train", "--config", config.name]
        ratios = medians(asked.rounds, lambda: run(asked.tsd, [*words, "--jobs", "2"]), lambda: run(asked.tsd, words))
        kept &= report("two runs, idle, --jobs 2 / --jobs 1", *ratios, ratios[1] <= 1.1)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
