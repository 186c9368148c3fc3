#!/usr/bin/env python3
"""scripts/tune: check_tune.py SOURCE_DIR TSD [--ray]. Searches that are killed and called again end as those that were not; what is wrong
is told in one place. --ray: a population, killed and called again. Exit 77 (skipped) where the packages cannot be installed."""
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
engine: ray
population: {{members: 4, every: 64}}
seed: 1
"""
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


LOST = """
import sys
from types import SimpleNamespace
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/plot"]
from search.with_ray import Member
member = Member.__new__(Member)
member.plan = SimpleNamespace(population=SimpleNamespace(every=5), direction="minimize")
member.folder = SimpleNamespace(total=lambda number: 12)
member.at, member.run, member.lost, member.values = 0, 3, True, {}
print([member._population_step()["done"] for _ in range(3)])
"""


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
    fits_not = SEARCH.replace("direction: minimize", "direction: minimize\npopulation: {members: 3, every: 5}")
    assert "population: is for engine ray" in tune(written(folder, fits_not, "w2.yaml")).stderr
    empty = SEARCH.replace("budget: {trials: 8}", "budget: {}").replace("pruning: {rule: asha, from_step: 3, factor: 2}", "pruning: {}")
    told = tune(written(folder, empty, "w6.yaml")).stderr
    assert "pruning.rule: required key is missing" in told and "budget.trials: required key is missing" in told, told
    for text, line in ((SEARCH.replace("rule: asha", "rule: median"), "pruning.factor: is for asha; with rule median it says nothing"),
                       (POPULATION + "budget: {trials: 9}\n", "budget: a population has as many trials as members; leave budget.trials out"),
                       (POPULATION + "sampler: tpe\n", "sampler: engine ray draws at random; expected sampler: random, got tpe")):
        done = tune(written(folder, text, "w7.yaml"), "--check")
        assert done.returncode == 78 and line in done.stderr, done
    target = SEARCH.replace("metric: lc_total", "metric: {column: lc_total, target: none.csv}")
    assert "none.csv: No such file" in tune(written(folder, target, "w3.yaml")).stderr
    assert "w4.yaml:2:1: " in tune(written(folder, "a: [1\n", "w4.yaml")).stderr
    fixed = POPULATION.replace("  lr:", "  hidden_size: {integer: [8, 9]}\n  lr:")
    done = tune(written(folder, fixed, "w5.yaml"), "--out", folder / "w5")
    assert done.returncode != 0 and ("a fork cannot change hidden_size; expected keys among" in done.stderr or
                                     done.stderr.endswith("install it with: scripts/tune --setup ray\n")), done


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


def ends_lost_members():
    """One that diverged, and is replaced by nobody, ends where its run would have ended."""
    done = subprocess.run([SOURCE / ".cache/search/bin/python", "-c", LOST, SOURCE / "scripts"], text=True, capture_output=True)
    assert done.stdout == "[False, False, True]\n", done


def population(folder):
    file, out = written(folder, POPULATION), folder / "population"
    ended = lambda: sum("value" in link.read_text() for link in (out / "found/search/links").glob("*.json"))
    kills = killed_until_done(file, out, "--workers", "2", until=lambda kills: kills < 2 and ended() >= 3 + 6 * kills)
    assert kills == 2
    links = {int(f.stem): json.loads(f.read_text()) for f in (out / "found/search/links").glob("*.json")}
    done = [n for n, link in links.items() if link["state"] == "done"]
    assert {links[n]["member"] for n in done} == {0, 1, 2, 3}, links
    for number, link in links.items():  # lineage is in the runs themselves
        status = json.loads((out / "found" / str(number) / "status.json").read_text())
        assert status["state"] == link["state"] and status["step"] == link["until"], (number, status)
        parent = None if link["parent"] is None else str((out / "found" / str(link["parent"])).resolve())
        assert (status["parent"] or {"directory": None})["directory"] == parent, status
        if link["parent"] is not None:
            changed = {c["key"] for c in status["parent"]["changed"]}
            assert changed == {key for key in link["values"] if links[link["parent"]]["values"][key] != link["values"][key]}, (number, link)
    forked = [n for n, link in links.items() if link["parent"] is not None and links[link["parent"]]["member"] != link["member"]]
    assert forked, "no member was replaced by another"
    assert len([row for row in table(out) if row["state"] == "complete"]) == len(done)
    processes = subprocess.run(["ps", "-eo", "args"], text=True, capture_output=True).stdout
    assert str(out) not in processes, processes


def main():
    with_ray = "--ray" in sys.argv
    made = subprocess.run([sys.executable, TUNE, "--setup", *(["ray"] if with_ray else [])], text=True, capture_output=True)
    if made.returncode:
        print(made.stderr.strip().splitlines()[-1])
        sys.exit(77)
    sys.path.insert(0, str(SOURCE / "scripts"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if with_ray:
            ends_lost_members()
            return population(folder)
        measures_distance()
        tells_all_mistakes(folder)
        says_what_to_install(folder)
        rows = ends_as_undisturbed(folder)
        is_made_of_runs(folder, rows)
        keeps_what_is_there(folder, rows)
        shares_a_storage(folder)


if __name__ == "__main__":
    main()
