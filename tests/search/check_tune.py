#!/usr/bin/env python3
"""scripts/tune: check_tune.py SOURCE_DIR TSD [--ray]. Searches that are killed and called again end as those that were not; what is wrong
is told in one place. --ray: the same with Ray's workers, also of a population. Exit 77 (skipped) where the packages cannot be installed."""
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE, TSD = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
TUNE = SOURCE / "scripts/tune"
ENVIRONMENT = os.environ | {"TSD": str(TSD)}

SEARCH = f"""
config: {SOURCE}/configs/dual_stream/smoke_shj.yaml
settings: {{problem_types: [6], epochs: 12, save_trials: false}}
space:
  fast_config.lr_clustering: {{log_uniform: [1.0e-3, 1.0]}}
  slow_config.lr: {{uniform: [0.01, 3]}}
  slow_config.n_units: {{integer: [3, 12]}}
metric: lc_total
direction: minimize
pruning: {{rule: asha, from_step: 3, factor: 2}}
budget: {{trials: 8}}
seed: 4
"""
POPULATION = f"""
config: {SOURCE}/configs/nback/smoke.yaml
settings: {{num_train: 800, epochs: 6, save_hidden: false}}
space:
  lr: {{log_uniform: [1.0e-4, 3.0e-2]}}
  weight_decay: {{log_uniform: [1.0e-6, 1.0e-1]}}
metric: val_novel_angle_loss
direction: minimize
population: {{members: 3, every: 2, unit: epochs}}
seed: 1
"""
# Whose trials depend on nothing but their numbers: workers that Ray has still to end may take some.
ANY_ORDER = SEARCH.replace("pruning: {rule: asha, from_step: 3, factor: 2}", "sampler: random").replace("trials: 8", "trials: 24")
MISTAKES = f"""config: {SOURCE}/configs/nback/smoke.yaml
settings: {{epochs: two}}
space:
  lrr: {{log_uniform: [1.0e-4, 1.0e-2]}}
  rnn_type:
    choice: [rnn, xx]
  hidden_size:   {{uniform: [8, 9]}}
metric: val_loss
direction: smaller
budget: {{trials: 0, hour: 3}}
"""
TOLD = ["2:20: epochs: wrong type; expected an integer from 1 to 1000000, got two", "4:3: lrr: unknown key; did you mean lr?",
        "6:19: rnn_type: unknown choice; expected one of rnn, gru, lstm, got xx",
        "7:19: space.hidden_size: the key takes no such number; expected integer or choice, got uniform",
        "9:12: direction: expected one of minimize, maximize, got 'smaller'", "10:18: budget.trials: expected an integer from 1, got '0'",
        "10:21: budget.hour: unknown key; did you mean hours?"]


def tune(*words, **options):
    return subprocess.run([sys.executable, TUNE, *map(str, words)], text=True, capture_output=True, env=ENVIRONMENT, **options)


def written(folder, text, name="found.yaml"):
    (folder / name).write_text(text)
    return folder / name


def table(out, name="found"):
    with open(out / name / "trials.csv", newline="") as rows:
        return [{key: value for key, value in row.items() if key != "run"} for row in csv.DictReader(rows)]


def killed_until_done(file, out, *words, until):
    """Killed each time when `until(number of kills)` says so, for as long as it does; then left alone."""
    kills = 0
    while True:
        with open(out.with_suffix(".log"), "w") as log:
            child = subprocess.Popen([sys.executable, TUNE, file, "--out", out, *words], env=ENVIRONMENT, stdout=log, stderr=log)
        while child.poll() is None and not until(kills):
            time.sleep(0.02)
        if child.poll() is not None:
            assert child.returncode == 0, out.with_suffix(".log").read_text()
            return kills
        child.send_signal(signal.SIGKILL)
        child.wait()
        kills += 1


def tells_all_mistakes(folder):
    file = written(folder, MISTAKES, "wrong.yaml")
    done = tune(file, "--check")
    assert done.returncode == 78, done
    assert done.stderr.splitlines() == [f"tune: {file}:{line}" for line in TOLD], done.stderr
    empty = SEARCH.replace("budget: {trials: 8}", "budget: {}").replace("pruning: {rule: asha, from_step: 3, factor: 2}", "pruning: {}")
    told = tune(written(folder, empty, "w6.yaml")).stderr
    assert "pruning.rule: required key is missing" in told and "budget.trials: required key is missing" in told, told
    done = tune(written(folder, SEARCH.replace("rule: asha", "rule: median"), "w7.yaml"), "--check")
    assert done.returncode == 78 and "pruning.factor: is for asha; with rule median it says nothing" in done.stderr, done
    target = SEARCH.replace("metric: lc_total", "metric: {column: lc_total, target: none.csv}")
    assert "none.csv: No such file" in tune(written(folder, target, "w3.yaml")).stderr
    assert "w4.yaml:2:1: " in tune(written(folder, "a: [1\n", "w4.yaml")).stderr

def says_what_to_install(folder):
    copy = folder / "elsewhere"
    shutil.copytree(SOURCE / "scripts", copy / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run([sys.executable, "-S", copy / "scripts/tune", "x.yaml"], text=True, capture_output=True)
    assert done.returncode == 1 and "is missing in" in done.stderr and done.stderr.endswith("install it with: scripts/tune --setup\n"), done


def ends_as_undisturbed(folder):
    file = written(folder, SEARCH)
    whole = tune(file, "--out", folder / "whole")
    assert whole.returncode == 0, whole
    rows = table(folder / "whole")
    assert [row["number"] for row in rows] == [str(n) for n in range(8)]
    assert {row["state"] for row in rows} == {"complete", "pruned"}, rows
    assert len({row["slow_config.lr"] for row in rows}) == 8

    out = folder / "killed"
    files = lambda: len(list((out / "found").glob("[0-9]*/metrics.csv")))
    kills = killed_until_done(file, out, until=lambda kills: kills < 3 and files() > kills)
    assert kills == 3
    assert table(out) == rows
    best = min(float(row["value"]) for row in rows if row["value"])
    assert f"lc_total {best:.6g} in run" in (out / "found/best.yaml").read_text()
    assert (out / "found/search.png").stat().st_size > 10000
    return rows


def is_made_of_runs(folder, rows):
    listed = json.loads(subprocess.run([TSD, "list", folder / "whole", "--format", "json"], text=True, capture_output=True, check=True).stdout)
    assert [run["index"] for run in listed] == list(range(8))
    for run, row in zip(listed, rows):
        assert run["state"] in (("done",) if row["state"] == "complete" else ("stopped", "done")), run  # a short one may end before the rule's word
        assert float(run["swept"]["slow_config.lr"]) == float(row["slow_config.lr"])
        if row["value"]:
            assert float(row["value"]) == run["row"]["lc_total"]
    again = subprocess.run([TSD, "train", "--config", folder / "whole/found/best.yaml", "--out", folder / "again", "--threads", "1", "--quiet", "--json"],
                           text=True, capture_output=True, check=True)
    assert json.loads(again.stdout)["row"]["lc_total"] == min(float(row["value"]) for row in rows if row["value"])


def keeps_what_is_there(folder, rows):
    other = tune(written(folder, SEARCH.replace("seed: 4", "seed: 5")), "--out", folder / "whole")
    assert other.returncode == 78 and "seed: 4 there, 5 here; only budget may change" in other.stderr, other
    model = tune(written(folder, SEARCH.replace("epochs: 12", "epochs: 11")), "--out", folder / "whole")
    assert model.returncode == 78 and "another model than before" in model.stderr, model
    assert table(folder / "whole") == rows
    more = tune(written(folder, SEARCH.replace("trials: 8", "trials: 9")), "--out", folder / "whole")
    assert more.returncode == 0 and table(folder / "whole")[:8] == rows and len(table(folder / "whole")) == 9, more
    none = tune(written(folder, SEARCH.replace("metric: lc_total", "metric: lc")), "--out", folder / "wrong")
    assert none.returncode == 78 and "has no column lc; expected one of lc_fast, lc_slow, lc_total, loss_total" in none.stderr, none
    assert tune(written(folder, SEARCH.replace("trials: 8", "trials: 1")), "--out", folder / "wrong").returncode == 0


def shares_a_storage(folder):
    """Two programs, two workers each."""
    file = written(folder, SEARCH.replace("seed: 4", "seed: 4\nstorage: sqlite\nsampler: cmaes"))
    both = [subprocess.Popen([sys.executable, TUNE, file, "--out", folder / "shared", "--workers", "2"], text=True, env=ENVIRONMENT,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    told = [child.communicate() for child in both]
    assert [child.returncode for child in both] == [0, 0], told
    lines = [line.split(":")[0] for out, _ in told for line in out.splitlines() if line.startswith("found/")]
    assert sorted(lines) == sorted(f"found/{n}" for n in range(8)), told


def measures_distance():
    from search.plan import Metric
    from search.runs import Score
    from types import SimpleNamespace
    better = lambda a, b: a < b
    score = Score(SimpleNamespace(metric=Metric("x", ((2, 1.0), (4, 3.0))), take="last", better=better))
    assert [score.add(step, value) for step, value in ((1, 9.0), (2, 4.0), (3, 9.0), (4, 7.0))] == [None, 3.0, None, 12.5 ** 0.5]
    best = Score(SimpleNamespace(metric=Metric("x"), take="best", better=better))
    assert [best.add(step, value) for step, value in ((1, 9.0), (2, 4.0), (2, 1.0), (3, 5.0))] == [9.0, 4.0, None, 4.0]


def is_at_work(out):
    return str(out) in subprocess.run(["ps", "-eo", "args"], text=True, capture_output=True).stdout


def by_ray(folder, text, workers):
    """Killed and stopped, with Ray's workers; then the same table as without Ray. No process is left."""
    file, out = written(folder, text), folder / "by_ray"
    alone = tune(file, "--out", folder / "alone", "--workers", "1")
    assert alone.returncode == 0, alone
    begun = lambda: len(list((out / "found").glob("[0-9]*/metrics.csv")))
    ended = []
    for kill in (signal.SIGKILL, signal.SIGTERM, None):
        with open(out.with_suffix(".log"), "w") as log:
            child = subprocess.Popen([sys.executable, TUNE, file, "--out", out, "--engine", "ray", "--workers", workers],
                                     env=ENVIRONMENT, stdout=log, stderr=log)
        log = out.with_suffix(".log")
        while kill and child.poll() is None and not (begun() if kill == signal.SIGKILL else log.read_text()):
            time.sleep(0.02)  # SIGTERM once it has told of a run: by then its signals are its own
        if kill:
            child.send_signal(kill)
        ended.append(child.wait())
        while is_at_work(out):  # what a killed one has left ends by itself
            time.sleep(0.1)
        told = out.with_suffix(".log").read_text()
        assert "Traceback" not in told and (kill != signal.SIGTERM or told.splitlines()[-1] == "tune: stopped; the same command goes on"), told
    assert ended == [-9, 75, 0], (ended, told)
    assert table(out) == table(folder / "alone")
    assert "found/" in told, told  # of runs that ended meanwhile
    shutil.rmtree(out)
    shutil.rmtree(folder / "alone")


def tells_mistakes_of_ray(folder):
    """One line, though it comes from a worker's process."""
    done = tune(written(folder, SEARCH.replace("metric: lc_total", "metric: lc")), "--out", folder / "wrong", "--engine", "ray", "--workers", "1")
    assert done.returncode == 78 and len(done.stderr.splitlines()) == 1 and "has no column lc; expected one of" in done.stderr, done


def asks_for_no_more_processors_than_there_are():
    """Without --workers: one worker whose threads take them all."""
    code = "from search.crew import processors\nfrom search.with_ray import ray, start\nprint(start(None, processors()))\nray.shutdown()"
    done = subprocess.run([SOURCE / ".cache/search/bin/python", "-c", code], text=True, capture_output=True,
                          env={key: value for key, value in os.environ.items() if key != "RAY_ADDRESS"} | {"PYTHONPATH": str(SOURCE / "scripts")})
    assert done.returncode == 0 and done.stdout.split() == ["1"], done


def main():
    with_ray = "--ray" in sys.argv
    made = subprocess.run([sys.executable, TUNE, "--setup", *(["ray"] if with_ray else [])], text=True, capture_output=True)
    if made.returncode:
        print(made.stderr.strip().splitlines()[-1])
        sys.exit(77)
    sys.path[:0] = [str(SOURCE / "scripts"), str(SOURCE / "scripts/plot")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if with_ray:
            asks_for_no_more_processors_than_there_are()
            by_ray(folder, POPULATION, "2")
            by_ray(folder, ANY_ORDER, "1")
            return tells_mistakes_of_ray(folder)
        measures_distance()
        tells_all_mistakes(folder)
        says_what_to_install(folder)
        rows = ends_as_undisturbed(folder)
        is_made_of_runs(folder, rows)
        keeps_what_is_there(folder, rows)
        shares_a_storage(folder)


if __name__ == "__main__":
    main()
