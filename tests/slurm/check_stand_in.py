#!/usr/bin/env python3
"""check_stand_in.py SOURCE TSD: who is charged and what a task gets, as a strict sbatch reads it, and the workers of a population as an
array of tasks. tests/slurm/campaign.py has a real SLURM, of one account and without GPUs."""
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE, TSD = (Path(word).resolve() for word in sys.argv[1:3])
STAND_IN = Path(__file__).resolve().parent / "stand_in"

SWEEP = f"extends: {SOURCE}/configs/dual_stream/smoke_shj.yaml\nepochs: 2\nsweep: {{grid: {{seed: [1, 2, 3]}}}}\n"
POPULATION = f"""config: {SOURCE}/configs/dual_stream/smoke.yaml
settings: {{n_runs: 1, epochs: 4}}
space: {{slow_config.lr: {{log_uniform: [1.0e-3, 1.0]}}}}
metric: lc_total
direction: minimize
population: {{members: 4, every: 1}}
seed: 3
"""


class Queue:
    """Where sbatch puts jobs, and what runs them."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("SBATCH_", "SLURM_"))}
        self.environment |= {"STAND_IN": str(folder), "PATH": f"{STAND_IN}:{os.environ['PATH']}", "TSD": str(TSD)}

    def said(self, *words, code=0, **variables):
        done = subprocess.run([*map(str, words)], text=True, capture_output=True, env=self.environment | variables, cwd=self.folder.parent)
        assert done.returncode == code, done
        return done.stdout + done.stderr

    def job(self, number):
        return json.loads((self.folder / f"{number}.json").read_text())

    def run(self, number):
        """All tasks at a time, each from a copy of the script, as SLURM does it."""
        job = self.job(number)
        script = self.folder / f"{number}.sh"
        script.write_text(job["script"])
        script.chmod(0o700)
        options, children = job["options"], []
        for task in tasks_of(options.get("array")):
            ids = {"SLURM_JOB_ID": str(number)}
            if task is not None:
                ids |= {"SLURM_ARRAY_JOB_ID": str(number), "SLURM_ARRAY_TASK_ID": str(task)}
            log = options.get("output", "slurm-%A_%a.out").replace("%A", str(number)).replace("%j", str(number)).replace("%a", str(task))
            with open(Path(job["folder"]) / log, "a") as out:
                children.append((log, subprocess.Popen([script, *job["words"]], cwd=options.get("chdir", job["folder"]), stdout=out,
                                                       stderr=out, env=self.environment | ids)))
        for log, child in children:
            assert child.wait() == 0, (log, (Path(job["folder"]) / log).read_text())


def tasks_of(array):
    if array is None:
        return [None]
    ranges = [part.split("-") for part in array.partition("%")[0].split(",")]
    return [task for ends in ranges for task in range(int(ends[0]), int(ends[-1]) + 1)]


def charges_and_gives_what_is_asked(folder):
    queue = Queue(folder / "queue")
    (folder / "sweep.yaml").write_text(SWEEP)
    words = [TSD, "sweep", "--engine", "slurm", "--config", "sweep.yaml", "--out", "my results", "--account", "lab", "--gpus", "a100:1",
             "--partition", "long", "--mem", "4G", "--time", "1:00:00", "--threads", "1", "--pack", "2", "--then", "collect"]
    queue.said(*words, SBATCH_ACCOUNT="another", SBATCH_GPUS="4", SBATCH_PARTITION="short")  # as in a user's profile
    asked = {"account": "lab", "gpus": "a100:1", "partition": "long", "mem": "4G", "time": "1:00:00"}
    for number in (17, 18):
        options = queue.job(number)["options"]
        assert {name: options.get(name) for name in asked} == asked, options
    assert queue.job(17)["options"]["array"] == "0-1" and queue.job(18)["options"]["dependency"] == "afterany:17"
    queue.run(17)
    queue.run(18)
    place = folder / "my results/sweep"
    assert len((place / "sweep.csv").read_text().splitlines()) == 4
    assert "nothing left to submit; done: 3" in queue.said(*words)
    refused = queue.said(*words, "--device", "cpu", "epochs=3", code=64)
    assert refused == "error: --gpus: the runs compute on the CPU; expected none, got a100:1\n", refused
    words[words.index("a100:1")] = "a100:"
    words[words.index("my results")] = "others"
    refused = queue.said(*words, code=64)
    assert "sbatch refused" in refused and "Invalid --gpus specification: a100:" in refused and len(refused.splitlines()) == 1, refused


def lineage(search):
    with open(search / "trials.csv", newline="") as rows:
        return [{key: value for key, value in row.items() if key != "run"} for row in csv.DictReader(rows)]


def array_of_workers_is_one_population(folder):
    """By docs/start/search.md: as one process has it, whoever took which member."""
    queue = Queue(folder / "workers")
    (folder / "population.yaml").write_text(POPULATION)
    tune = f"{sys.executable} {SOURCE}/scripts/tune population.yaml --workers 1"
    (folder / "worker.sh").write_text(f"#!/bin/sh\nexec {tune} --out array\n")
    queue.said("sh", "-c", f"{tune} --out alone")
    queue.said("sbatch", "--array=1-3", "--account=lab", "worker.sh")
    queue.run(17)
    rows = lineage(folder / "alone/population")
    assert len(rows) == 16 and lineage(folder / "array/population") == rows, rows
    for run in ("12", "13", "14", "15", "model"):
        alone, shared = ((folder / out / "population" / run / "metrics.csv").read_bytes() for out in ("alone", "array"))
        assert alone == shared, run
    assert json.loads((folder / "array/population/model/status.json").read_text())["state"] == "done"
    workers = [file.read_text() for file in folder.glob("slurm-17_*.out")]
    assert len(workers) == 3 and sum("(generation" in text for text in workers) >= 2, workers


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        charges_and_gives_what_is_asked(folder)
        array_of_workers_is_one_population(folder)


if __name__ == "__main__":
    main()
