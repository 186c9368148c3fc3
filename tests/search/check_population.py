#!/usr/bin/env python3
"""Populations of scripts/tune: check_population.py SOURCE_DIR TSD [--killed]. The rules of the schedule, on members without networks, and
what is told of a wrong file. --killed: a population that is killed many times keeps its lineage and its bytes. Exit 77 (skipped) where
the packages cannot be installed."""
import csv
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

SOURCE, TSD = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
TUNE, PYTHON = SOURCE / "scripts/tune", SOURCE / ".cache/search/bin/python"
ENVIRONMENT = os.environ | {"TSD": str(TSD)}

POPULATION = f"""config: {SOURCE}/configs/ctd/smoke_lfads.yaml
settings: {{train: {{epochs: 11, lr_scheduler: false, early_stopping_patience: 0}}}}
space:
  train.lr: {{log_uniform: [1.0e-4, 5.0e-2]}}
  model.dropout: {{uniform: [0, 0.6]}}
  augment.cd_rate: {{uniform: [0.01, 0.7]}}
  train.kl_co_scale: {{log_uniform: [1.0e-6, 1.0e-4]}}
metric: recon_smth
direction: minimize
population:
  members: 4
  unit: epochs
  first: 3
  every: 2
  moves: {{train.lr: {{start: 4.0e-3}}, train.kl_co_scale: {{by: 0.8, bounded: false}}}}
seed: 3
"""


def tune(*words):
    return subprocess.run([sys.executable, TUNE, *map(str, words)], text=True, capture_output=True, env=ENVIRONMENT)


def written(folder, text, name="lfads.yaml"):
    (folder / name).write_text(text)
    return folder / name


# Members without networks, after AutoLFADS' rules (docs/start/autolfads.md).

def plan_of(members=20, stop=None, exploit="tournament", direction="minimize"):
    from search.plan import Range
    from search.plan_population import Move, Population
    space = {"h": Range("log_uniform", (1e-3, 1e3)), "p": Range("uniform", (0.0, 0.6)), "n": Range("integer", (2, 40)),
             "c": Range("choice", ("a", "b", "c"))}
    moves = {"h": Move(0.8, None, False), "p": Move(0.3), "n": Move(0.3), "c": Move()}
    rules = Population(members, 25, 105, "epochs", exploit, moves=moves, stop=stop)
    limits = {key: (0, math.inf) for key in space} | {"p": (0, 0.999)}
    return SimpleNamespace(population=rules, space=space, limits=limits, seed=7, direction=direction,
                           better=lambda a, b: a < b if direction == "minimize" else a > b)


def distance(piece):
    return abs(math.log(float(piece.values["h"]) / 3))


def improves_by_halves():
    from search import population
    plan = plan_of()
    assert [population.end_of(plan, generation, 1000 * 4, 4) for generation in (0, 1, 2, 36)] == [420, 520, 620, 4000]
    pieces = population.first_generation(plan, 420)
    assert len({piece.values["seed"] for piece in pieces}) == len({piece.values["h"] for piece in pieces}) == 20
    first = min(map(distance, pieces))
    for generation in range(1, 12):
        scores = [distance(piece) for piece in pieces]
        best = population.best(plan, scores)
        after = population.next_generation(plan, pieces, scores, 0)
        assert [piece.number for piece in after] == list(range(20 * generation, 20 * generation + 20))
        replaced = [piece for piece in after if piece.parent != pieces[piece.member].number]
        assert len(replaced) == 10, len(replaced)
        assert after[best].parent == pieces[best].number and after[best].values == pieces[best].values
        by_number = {piece.number: piece for piece in pieces}
        for piece in after:
            origin = by_number[piece.parent]
            assert piece.values["seed"] == origin.values["seed"]
            if piece not in replaced:
                assert piece.values == origin.values
                continue
            assert distance(origin) <= distance(pieces[piece.member])
            factor = float(piece.values["h"]) / float(origin.values["h"])
            assert 1 + 0.002 * 0.8 - 1e-5 <= max(factor, 1 / factor) <= 1.8 + 1e-5, factor
            assert 0 < float(piece.values["p"]) <= 0.6 and 2 <= int(piece.values["n"]) <= 40
            assert piece.values["n"] != origin.values["n"] or origin.values["n"] in ("2", "40")
            assert abs("abc".index(piece.values["c"]) - "abc".index(origin.values["c"])) <= 1
        again = population.next_generation(plan, pieces, scores, 0)
        assert again == after
        pieces = after
    assert min(map(distance, pieces)) <= first and sum(map(distance, pieces)) / 20 < 0.3 * 20 ** 0.5, "did not come near"


def moves_are_unbiased():
    """The mean of the logarithm is 0, which it is not where 1 +- d is the factor; here to four standard errors."""
    from search import population
    plan = plan_of()
    logs = [math.log(population.moved(plan, "h", "1.0", population.generator(plan, n))) for n in range(4000)]
    low, high = math.log1p(0.0016), math.log1p(0.8)
    spread = math.sqrt((low * low + low * high + high * high) / 3)  # of a uniform size with a random sign
    assert abs(sum(logs) / 4000) < 4 * spread / math.sqrt(4000)
    assert abs(math.sqrt(sum(x * x for x in logs) / 4000) / spread - 1) < 0.05
    bounded = [population.moved(plan, "p", "0.59", population.generator(plan, n)) for n in range(500)]
    assert max(bounded) <= 0.6 and min(bounded) < 0.5
    assert population.moved(plan, "p", "0", population.generator(plan, 1)) == 0


def moves_stay_where_tsd_allows():
    from search import population, runs
    from search.plan_population import Move
    limits = runs.Tsd(TSD).fork_limits("ctd_data")
    assert (limits["augment.cd_rate"], limits["train.kl_co_scale"]) == ((0, 0.999), (0, math.inf))
    low, high = runs.Tsd(TSD).fork_limits("nback")["label_smoothing"]
    assert low == 0 and 0.99 < high < 1 and float(population.text(high)) < 1
    plan = plan_of()
    plan.population.moves["p"] = Move(0.8, None, False)
    free = [population.moved(plan, "p", "0.59", population.generator(plan, n)) for n in range(500)]
    assert 0.6 < max(free) <= 0.999


def lost_members_win_nothing():
    from search import population
    plan = plan_of(5)
    pieces = population.first_generation(plan, 420)
    for lost in ([0], [4], [1, 2], [0, 1, 2, 3]):
        scores = [None if member in lost else 1.0 + member for member in range(5)]
        after = population.next_generation(plan, pieces, scores, 0)
        assert not {piece.parent for piece in after} & set(lost), (lost, after)
    rules = plan_of(8, exploit="truncation", direction="maximize")
    origin = population.origins(rules, 1, [1, 8, 2, 7, 3, 6, 4, 5])
    assert origin[0] in (1, 3) and origin[2] in (1, 3) and [origin[m] for m in (1, 3, 4, 5, 6, 7)] == [1, 3, 4, 5, 6, 7], origin


def stops_when_nothing_is_gained():
    from search import population
    from search.plan_population import Stop
    plan = plan_of(stop=Stop(4, 5e-4))
    assert not population.stands_still(plan, [2.0, 2.0, 2.0])
    assert population.stands_still(plan, [3.0, 2.0, 2.0, 1.9995, 1.9992])
    assert not population.stands_still(plan, [3.0, 2.0, 2.0, 2.1, 1.9989])
    assert population.stands_still(plan, [-3.0, -2.0, -2.0, -2.0, -2.0])
    assert not population.stands_still(plan_of(), [1.0] * 9)


MISTAKES = (
    ("members: 4", "members: 1", "members: expected an integer from 2, got '1'"),
    ("first: 3", "frst: 3", "frst: unknown key; did you mean first?"),
    ("every: 2", "every: 0", "every: expected an integer from 1, got '0'"),
    ("unit: epochs", "unit: hours", "unit: expected one of steps, epochs, got 'hours'"),
    ("start: 4.0e-3", "start: 4", "moves.train.lr.start: expected a number from 0.0001 to 0.05, got '4'"),
    ("by: 0.8", "by: -1", "moves.train.kl_co_scale.by: expected a number above 0, to 100, got '-1'"),
    ("bounded: false", "bounded: 1", "moves.train.kl_co_scale.bounded: expected true or false, got '1'"),
    ("moves: {train.lr", "moves: {train.lrr", "moves.train.lrr: unknown key; did you mean train.lr?"),
    ("every: 2", "every: 2\n  quantile: 0.1", "quantile: is for truncation; with exploit tournament it says nothing"),
    ("every: 2", "every: 2\n  stop: {after: 1}", "stop.after: expected an integer from 2, got '1'"),
    ("  augment.cd_rate", "  augment.cd_rat", "augment.cd_rat: unknown key; did you mean cd_rate?"),
    ("uniform: [0, 0.6]", "uniform: [0, 1.6]", "model.dropout: out of range"),
    ("  model.dropout", "  model.fac_dim: {integer: [2, 5]}\n  model.dropout", "5:3: population: a fork cannot change model.fac_dim; expected keys among"),
    ("0}}\nspace:\n", "0}, model: {likelihood: zero_inflated_gamma}}\nspace:\n  model.scale_prior: {uniform: [-1, 1]}\n",
     "4:3: space.model.scale_prior: a population moves numbers by factors"),
    ("seed: 3", "sampler: tpe", "sampler: a population moves its settings; leave it out"),
    ("seed: 3", "budget: {hours: 3}", "budget: a population trains its members to the end of their runs"),
    ("seed: 3", "take: best", "take: a population is judged by what its members are now"),
    ("seed: 3", "engine: ray", "engine: is a flag: scripts/tune FILE --engine local or ray"),
    ("settings: {", "settings: {data: {file: mine.h5}, ", "expected a path that exists, got mine.h5; a search names files by their whole path"),
    ("settings: {", "settings: {seed: 4, ", "settings.seed: members have seeds of their own"))


def tells_what_is_wrong(folder):
    for old, new, told in MISTAKES:
        assert old in POPULATION, old
        done = tune(written(folder, POPULATION.replace(old, new)), "--check")
        lines = done.stderr.splitlines()
        assert done.returncode == 78 and len(lines) == 1 and told in lines[0] and "lfads.yaml" in lines[0], (told, done)
    assert tune(written(folder, POPULATION), "--check").returncode == 0
    plastic = POPULATION.replace("ctd/smoke_lfads", "plastic/smoke").replace("settings: ", "#").split("space:")[0] + """space:
  lr: {log_uniform: [1.0e-4, 1.0e-2]}
metric: R
direction: maximize
population: {members: 2, every: 3, unit: epochs}
"""
    done = tune(written(folder, plastic), "--check")
    assert done.returncode == 78 and "lfads.yaml:7:36: population.unit: a fork of this family cannot change a number of epochs" in done.stderr, done


def judges_by_numbers_of_its_own(folder):
    """With a row each 25 steps, generations of 2 steps have none; and one of all steps is none."""
    short = POPULATION.replace("ctd/smoke_lfads", "nback/smoke").split("settings:")[0] + """settings: {num_train: 176, epochs: 2, save_hidden: false}
space:
  lr: {log_uniform: [1.0e-4, 1.0e-2]}
metric: val_novel_angle_loss
direction: minimize
population:
  members: 2
  first: 30
  every: 2
"""
    done = tune(written(folder, short, "short.yaml"), "--out", folder)
    assert done.returncode == 78 and "short.yaml:10:3: population.every: " in done.stderr and \
        "has no number in val_novel_angle_loss in steps 31 to 32; expected more" in done.stderr, done
    whole = tune(written(folder, short.replace("first: 30", "first: 50"), "whole.yaml"), "--out", folder)
    told = "whole.yaml:9:3: population.first: expected less than 50, the steps of a run, got 50"
    assert whole.returncode == 78 and whole.stderr.splitlines() == [f"tune: {folder / told}"], whole
    mended = tune(written(folder, short.replace("first: 30", "first: 25").replace("every: 2", "every: 25"), "whole.yaml"), "--out", folder)
    assert mended.returncode == 0 and {row["generation"] for row in lineage(folder / "whole")} == {"0", "1"}, mended


def shipped_ones_are_fine(folder):
    """Their recordings are not here: another one in their place."""
    for file in sorted((SOURCE / "configs/ctd").glob("autolfads_*.yaml")):
        text = file.read_text().replace("config: ", f"config: {SOURCE}/configs/ctd/")
        text = text.replace("settings:\n", f"settings:\n  data: {{file: {SOURCE}/configs/ctd_data/smoke_recording.h5}}\n", 1)
        done = tune(written(folder, text, file.name), "--check")
        assert done.returncode == 0, done


# Killed and called again.

def bytes_of(run):
    """Of all that a run leaves but what tells of times and places."""
    names = ["metrics.csv", *(f"checkpoints/{file.name}" for file in (run / "checkpoints").glob("*.safetensors") if file.stem != "prev")]
    return {name: (run / name).read_bytes() for name in names}


def datasets_of(file):
    import h5py
    found = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset) and name not in ("provenance/config_yaml", "provenance/parent/directory", "provenance/lineage/directory"):
            found[name] = item[()].tobytes()
    with h5py.File(file) as results:
        results.visititems(keep)
    return found


def lineage(search):
    with open(search / "trials.csv", newline="") as rows:
        return [{key: value for key, value in row.items() if key != "run"} for row in csv.DictReader(rows)]


def interrupted(file, out, kills):
    """Ended in different ways as soon as two more runs have begun; two workers. In between the folder is moved. Where it is, and how
    each call ended."""
    signals, ended = [signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT], []
    begun = lambda: sum(1 for _ in (out / "lfads").glob("[0-9]*/metrics.csv"))
    while True:
        with open(out.with_suffix(".log"), "w") as log:
            child = subprocess.Popen([sys.executable, TUNE, file, "--out", out, "--workers", "2"], env=ENVIRONMENT, stdout=log, stderr=log)
        before = begun()
        while child.poll() is None and (len(ended) == kills or begun() < before + 2):
            time.sleep(0.01)
        if child.poll() is None:
            child.send_signal(signals[len(ended) % 4])
        ended.append(child.wait())
        if ended[-1] == 0:
            return out, ended[:-1]
        assert ended[-1] in (-9, 75, 130) and len(ended) <= kills, (ended, out.with_suffix(".log").read_text())
        if len(ended) == kills // 2:
            while str(out) in subprocess.run(["ps", "-eo", "args"], text=True, capture_output=True).stdout:
                time.sleep(0.1)  # they leave their checkpoints
            out = out.rename(out.with_name("moved"))


def keeps_its_lineage(folder):
    file = written(folder, POPULATION)
    whole, killed = folder / "whole", folder / "killed"
    done = tune(file, "--out", whole, "--workers", "1")
    assert done.returncode == 0, done
    killed, ended = interrupted(file, killed, 6)
    assert ended.count(-9) >= 3 and 75 in ended and 130 in ended, ended
    rows = lineage(whole / "lfads")
    assert lineage(killed / "lfads") == rows and len(rows) == 20
    for row in rows:
        a, b = (bytes_of(out / "lfads" / row["number"]) for out in (whole, killed))
        assert a.keys() == b.keys() and all(a[name] == b[name] for name in a), row["number"]
        assert (len(a) > 1) == (row["generation"] == "4"), "states of generations that are over take no room"
    for number in ("16", "model"):
        a, b = (datasets_of(out / "lfads" / number / "results.h5") for out in (whole, killed))
        assert a == b, number
    return rows


def results_tell_it(folder, rows):
    """The model's results alone have every setting that changed on its way."""
    import h5py
    by_number = {row["number"]: row for row in rows}
    last = [row for row in rows if row["generation"] == "4"]
    best = min(last, key=lambda row: float(row["value"]))
    search = folder / "moved/lfads"
    status = json.loads((search / "model/status.json").read_text())
    assert status["state"] == "done" and Path(status["parent"]["directory"]).name == best["number"]
    assert status["row"]["recon_smth"] == float(best["value"])
    assert float(best["value"]) < min(float(row["value"]) for row in rows if row["generation"] == "0")
    line, expected = [best["number"]], []
    while by_number[line[-1]]["parent"]:
        line.append(by_number[line[-1]]["parent"])
        child, parent = by_number[line[-2]], by_number[line[-1]]
        expected += [(len(line) - 2, key, float(child[key])) for key in child if "." in key and child[key] != parent[key]]
    with h5py.File(search / best["number"] / "results.h5") as results:
        group = results["provenance/lineage"]
        assert [Path(name.decode()).name for name in group["directory"]] == line[1:]
        told = zip(group["changed/ancestor"][()], group["changed/key"][()], group["changed/now"][()])
        assert sorted((int(a), key.decode(), float(now)) for a, key, now in told) == sorted(expected) and expected


def stops_early_with_results(folder):
    text = POPULATION.replace("every: 2", "every: 2\n  keep: all\n  stop: {after: 2, gain: 1.0}")
    file = written(folder, text, "early.yaml")
    done = tune(file, "--out", folder)
    assert done.returncode == 0, done
    rows = lineage(folder / "early")
    assert {row["generation"] for row in rows} == {"0", "1"} and (folder / "early/0/checkpoints/last.safetensors").exists()
    best = min((row for row in rows if row["generation"] == "1"), key=lambda row: float(row["value"]))
    status = json.loads((folder / "early/model/status.json").read_text())
    assert (status["state"], status["step"]) == ("done", 15) and status["row"]["recon_smth"] == float(best["value"])
    assert (folder / "early/model/checkpoints/final.safetensors").exists()
    other = tune(written(folder, text.replace("every: 2", "every: 3"), "early.yaml"), "--out", folder)
    assert other.returncode == 78 and "holds a search with other settings: population: " in other.stderr and \
        "nothing may change" in other.stderr and len(other.stderr.splitlines()) == 1, other
    assert lineage(folder / "early") == rows


def goes_on_without_lost_members(folder):
    """Step sizes from 0.07 to millions: some diverge, and are replaced."""
    wild = POPULATION.replace("[1.0e-4, 5.0e-2]", "[1.0e-2, 1.0e8]").replace("train.lr: {start: 4.0e-3}, ", "").replace("seed: 3", "seed: 5")
    done = tune(written(folder, wild.replace("epochs: 11", "epochs: 5"), "wild.yaml"), "--out", folder)
    assert done.returncode == 0, done
    rows = lineage(folder / "wild")
    lost = {row["number"] for row in rows if row["generation"] == "0" and row["state"] == "diverged"}
    assert 0 < len(lost) < 4, rows
    assert len(rows) == 8 and not lost & {row["parent"] for row in rows}
    assert "wild/0: diverged  (generation 0, member 0)" in done.stdout, done
    all_lost = tune(written(folder, wild.replace("1.0e-2, ", "1.0e7, "), "wilder.yaml"), "--out", folder)
    assert all_lost.returncode == 80 and all_lost.stderr.endswith("all members of generation 0 diverged; expected a calmer space\n"), all_lost
    assert [row["state"] for row in lineage(folder / "wilder")] == ["diverged"] * 4


def main():
    made = subprocess.run([sys.executable, TUNE, "--setup"], text=True, capture_output=True)
    if made.returncode:
        print(made.stderr.strip().splitlines()[-1])
        sys.exit(77)
    if Path(sys.prefix) != SOURCE / ".cache/search":
        sys.exit(subprocess.run([PYTHON, *sys.argv]).returncode)
    sys.path[:0] = [str(SOURCE / "scripts"), str(SOURCE / "scripts/plot")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "--killed" in sys.argv:
            results_tell_it(folder, keeps_its_lineage(folder))
            stops_early_with_results(folder)
            return goes_on_without_lost_members(folder)
        improves_by_halves()
        moves_are_unbiased()
        moves_stay_where_tsd_allows()
        lost_members_win_nothing()
        stops_when_nothing_is_gained()
        tells_what_is_wrong(folder)
        judges_by_numbers_of_its_own(folder)
        shipped_ones_are_fine(folder)


if __name__ == "__main__":
    main()
