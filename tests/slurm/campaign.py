#!/usr/bin/env python3
"""campaign.py TOY TSD [--only ROW...] [--page FILE]: sweeps of 100 runs on a real SLURM on loopback, under everything that
interrupts tasks there. Whatever happens, every run is done in the end, once, with the bytes of a run on this machine."""
import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "faults/campaign")]

from cluster import Cluster, missing, said
from rows import COUNT, ROWS
from sameness import differing, temporaries

STEPS = 300  # of a run; each sleeps
SOURCE = Path(__file__).resolve().parents[2]
SKIPPED = 77


class Sweep:
    """What a row does: the sweep of a config in a folder of its own, submitted from there."""

    def __init__(self, row, cluster, programs, folder):
        self.row, self.cluster, self.folder = row, cluster, folder
        self.program = programs["toy" if row.sleeps else "tsd"]
        seeds = ", ".join(map(str, range(COUNT)))
        (folder / "sweep.yaml").write_text(f"extends: {SOURCE / row.config}\nsweep: {{grid: {{seed: [{seeds}]}}}}\n")
        self.settings = [f"epochs={STEPS // 5}", f"pause={1000 * row.seconds / STEPS}"] if row.sleeps else []
        self.place = folder / "out/sweep"

    def submit(self):
        """The number of the job; none where nothing was left."""
        text = said(self.program, "sweep", "--engine", "slurm", "--config", "sweep.yaml", "--out", "out", "--pack", self.row.pack,
                    "--threads", self.row.threads, *self.row.flags, "--then", "analyze" if self.row.sleeps else "collect",
                    *self.settings, cwd=self.folder)
        job = re.match(r"job (\d+)_", text)
        return job and job[1]

    def unfinished(self):
        return [run for run in map(str, range(COUNT)) if not (self.place / run / "results.h5").exists()]


def logs(sweep):
    return [(sweep.place / str(index) / "run.log").read_text() for index in range(COUNT)]


def check(sweep, whole):
    """Done, once, and the same; all that is left of it collected."""
    assert not sweep.unfinished(), f"not done: {sweep.unfinished()}"
    ends = Counter(len(re.findall(r"info: done at step", log)) for log in logs(sweep))
    assert ends == {1: COUNT}, f"runs by how often they ended: {dict(ends)}"
    for index in map(str, range(COUNT)):
        found = differing(whole / index, sweep.place / index)
        assert not found, f"index {index}: {'; '.join(found)}"
    assert not temporaries(sweep.place), temporaries(sweep.place)
    rows = (sweep.place / "sweep.csv").read_text().splitlines()
    assert len(rows) == COUNT + 1 and all(",done," in row for row in rows[1:]), "sweep.csv has not all"
    interrupted = [log.count("going on after step") for log in logs(sweep)]
    assert min(interrupted) >= sweep.row.interrupted, f"a run was interrupted {min(interrupted)} times only"
    return interrupted


def run(row, cluster, programs, whole):
    with tempfile.TemporaryDirectory(prefix="tsd slurm %j ") as folder:
        sweep, begun = Sweep(row, cluster, programs, Path(folder).resolve()), time.monotonic()
        row.trial(sweep)
        cluster.until_empty()
        again = said(sweep.program, "list", "out", "--format", "csv", cwd=folder)
        assert again.count(",done,") == COUNT, f"tsd list: {again[:2000]}"
        assert sweep.submit() is None, "a finished sweep was submitted again"
        cluster.until_empty()
        interrupted = check(sweep, whole)
        jobs = len(list((sweep.place / "slurm").glob("[0-9]*.log")))
        return {"runs": COUNT, "tasks": jobs, "interrupted": f"{min(interrupted)} to {max(interrupted)}",
                "sessions": COUNT + sum(interrupted), "seconds": round(time.monotonic() - begun)}


def page(results):
    rows = "\n".join(f"| {row.what} | {result['tasks']} | {result['sessions']} | {result['interrupted']} | {result['seconds']} |"
                     for row, result in results)
    return f"""# A real cluster

SLURM {said("sinfo", "--version").split()[-1]} with two nodes on one machine, started and ended by `tests/slurm/campaign.py`. Each row is a sweep of {COUNT} runs, submitted
by `tsd sweep --engine slurm --then analyze` from a folder whose name has spaces and a `%`; where nothing else is said, of the tests'
toy, which sleeps in each of its {STEPS} steps. In the end the same command says that nothing is left; every run is done, its log says
so once, and metrics, checkpoints, results and analyses have the bytes of `tsd train` on this machine, times aside; `sweep.csv` has
them all.

| what happens | tasks begun | sessions | interruptions of a run | seconds |
|---|---|---|---|---|
{rows}

A session is a start of a run, afresh or from its checkpoint; one that ended before its first checkpoint
is not counted. The two families' rows have `--then collect`. Runs not done, done twice, or with other bytes: none.

```text
tests/slurm/campaign.py build/release/tests/tsd_toy build/release/tsd --page docs/measured/clusters.md
```
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("toy", type=Path, help="tsd_toy of the tests, whose runs sleep")
    parser.add_argument("tsd", type=Path)
    parser.add_argument("--only", nargs="+", choices=[row.name for row in ROWS])
    parser.add_argument("--page", type=Path, help="where the table is written")
    options = parser.parse_args()
    programs, why = {"toy": options.toy.resolve(), "tsd": options.tsd.resolve()}, missing()
    if why:
        print(f"skipped: {why}")
        return SKIPPED
    results = []
    with tempfile.TemporaryDirectory() as folder, Cluster(Path(folder)) as cluster:
        whole = Path(folder) / "whole"
        for row in ROWS:
            if options.only and row.name not in options.only:
                continue
            result = run(row, cluster, programs, local(programs, row, whole / row.name))
            print(f"{row.what}: {result}", flush=True)
            results.append((row, result))
        if options.page:
            options.page.write_text(page(results))
    return 0


def local(programs, row, folder):
    """The same sweep by tsd train, with the same threads for each run, since the files name them."""
    sweep = Sweep(row, None, programs, folder_of(folder))
    said(sweep.program, "train", "--config", "sweep.yaml", "--out", "out", "--threads", row.threads, "--jobs",
         COUNT if row.sleeps else 2, "--quiet", *sweep.settings, cwd=folder)
    if row.sleeps:
        said(sweep.program, "analyze", *(sweep.place / str(index) for index in range(COUNT)), "--threads", row.threads,
             "--jobs", row.threads, cwd=folder)
    return sweep.place


def folder_of(path):
    path.mkdir(parents=True)
    return path


if __name__ == "__main__":
    sys.exit(main())
