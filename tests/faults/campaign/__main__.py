"""The campaign: faults of every kind, many times over, and what must hold after each.

    scripts/faults                        everything, a few hours on two cores
    scripts/faults --scale 0.01           a hundredth of it
    scripts/faults --kills 50 --only kills signals
    scripts/faults --seed 7 --only kills --try 12      once more what failed

It needs the right to mount small disks (root) for `disk` and `places`, and says what it leaves out without it. A seed
repeats choices and moments; what a process has done by a moment depends on the machine, so that a rare failure may need a few
repetitions.
"""
import argparse
import concurrent.futures
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import crowd
import flips
import kills
import machines
import page
import places
import runs
from lab import BESIDES, Lab, Lost

ROWS = [*kills.ROWS, *places.ROWS, *crowd.ROWS, *flips.ROWS, *machines.ROWS]
LOG_SECONDS = 60


def chosen(options, lab):
    rows, mounts = [row for row in ROWS if not options.only or row.name in options.only], lab.can_mount()
    for row in rows:
        if row.mounts and not mounts:
            print(f"{row.name}: left out, since small disks cannot be mounted here (root can)", file=sys.stderr)
    return [row for row in rows if mounts or not row.mounts]


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, default=Path(__file__).resolve().parents[3], help=argparse.SUPPRESS)
    parser.add_argument("--tsd", type=Path, help="the program; default: build/release/tsd")
    parser.add_argument("--only", nargs="+", choices=[row.name for row in ROWS], help="these rows")
    parser.add_argument("--scale", type=float, default=1, help="of the full counts")
    for row in ROWS:
        parser.add_argument(f"--{row.name}", type=int, metavar="N", help=f"{row.fault} ({row.count})")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--try", dest="k", type=int, help="this try alone")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="at most, for each row")
    parser.add_argument("--jobs", type=int, default=1, help="tries at a time")
    parser.add_argument("--scratch", type=Path, help="a folder for what the runs leave; default: one for temporary files")
    parser.add_argument("--results", type=Path, help="where the last result of each row is kept; default: build/faults.json")
    parser.add_argument("--write", action="store_true", help="write docs/measured/reliability.md from what is kept")
    options = parser.parse_args()
    options.tsd = (options.tsd or options.source / "build/release/tsd").resolve()
    options.results = options.results or options.source / "build/faults.json"
    return options


def count_of(row, options):
    asked = getattr(options, row.name)
    return asked if asked is not None else max(1, round(row.count * options.scale))


class Tally:
    def __init__(self, row):
        self.row, self.start = row, time.monotonic()
        self.outcomes, self.lost, self.failures = Counter(), 0, []

    @property
    def tries(self):
        return sum(number for outcome, number in self.outcomes.items() if not outcome.startswith(BESIDES)) + self.lost

    def add(self, k, outcomes, failure):
        self.outcomes.update(outcomes)
        if failure:
            self.lost += failure.lost
            self.failures.append((k, str(failure)))


def attempt(row, subjects, options, k):
    """The outcomes, and what was lost."""
    try:
        return row.trial(subjects, random.Random(f"{options.seed} {row.name} {k}"), k), None
    except Lost as lost:
        return lost.outcomes, lost
    except Exception:  # a defect of the campaign is told as one
        return Counter(), Lost("the campaign failed: " + traceback.format_exc())


def report(row, failure, k, options):
    print(f"{row.name}: {failure}\n  again: scripts/faults --seed {options.seed} --only {row.name} --try {k}", flush=True)


def fire(row, subjects, options):
    """Tries, some at a time, until there are enough."""
    tally, told, k = Tally(row), time.monotonic(), 0 if options.k is None else options.k
    wanted = 1 if options.k is not None else count_of(row, options)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        open_tries = {}
        while open_tries or tally.tries < wanted:
            in_time = time.monotonic() - tally.start < 60 * options.minutes and (options.k is not None or k < 20 * wanted)  # tries may come to nothing
            while in_time and len(open_tries) < options.jobs and tally.tries < wanted and (options.k is None or k == options.k):
                open_tries[pool.submit(attempt, row, subjects, options, k)] = k
                k += 1
            if not open_tries:
                break
            for future in concurrent.futures.wait(open_tries, return_when=concurrent.futures.FIRST_COMPLETED).done:
                outcomes, failure = future.result()
                tally.add(open_tries[future], outcomes, failure)
                if failure:
                    report(row, failure, open_tries[future], options)
                del open_tries[future]
            if time.monotonic() - told > LOG_SECONDS:
                told = time.monotonic()
                print(f"  {row.name}: {tally.tries} of {wanted}, {tally.lost} lost", file=sys.stderr, flush=True)
    return page.result(tally, options)


def main():
    options, results = arguments(), []
    signal.signal(signal.SIGHUP, lambda *_: None)  # and not ignored, as under nohup: runs would ignore it, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))  # disks are unmounted on the way out
    with tempfile.TemporaryDirectory(dir=options.scratch, prefix="faults-", ignore_cleanup_errors=True) as scratch:
        lab = Lab(options.source, options.tsd, Path(scratch))
        build, subjects = lab.build(), runs.Subjects(lab)
        for row in chosen(options, lab):
            results.append(fire(row, subjects, options) | {"tsd": build})
            if options.k is None:
                page.keep(options.results, row.name, results[-1])
    print(page.table(ROWS, {result["row"]: result for result in results}))
    if options.write:
        page.write(options.source / "docs/measured/reliability.md", ROWS, page.kept(options.results))
    sys.exit(any(result["lost"] for result in results))


if __name__ == "__main__":
    main()
