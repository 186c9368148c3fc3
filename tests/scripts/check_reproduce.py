#!/usr/bin/env python3
"""scripts/reproduce: manifests, numbers beside published ones, and shortened runs: check_reproduce.py SOURCE_DIR TSD."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

SOURCE, TSD = Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, str(SOURCE / "scripts"))

from published import manifest, numbers, pages, runs  # noqa: E402

NUMBER = {"what": "error", "in": "results.h5:/students/*/error[-2:]", "take": "mean", "published": 2.0, "within": 0.1, "source": "Figure 1"}
RESULT = {"name": "made", "shows": "something", "config": "configs/stsf.yaml", "hours": 1}


def mistake(work):
    try:
        work()
    except manifest.Mistake as told:
        return str(told)
    sys.exit("expected a mistake to be told")


def manifests():
    assert "results have no key hour;" in mistake(lambda: manifest.result_of("f", {**RESULT, "hour": 1}, "f.yaml: results[0]"))
    assert "there is no configs/x.yaml" in mistake(lambda: manifest.result_of("f", {**RESULT, "config": "configs/x.yaml"}, ""))
    assert "without it nothing is compared" in mistake(lambda: manifest.number_of({k: v for k, v in NUMBER.items() if k != "within"}, ""))
    assert "expected published, or expected, or unpublished" in mistake(lambda: manifest.number_of({**NUMBER, "unpublished": True}, ""))
    assert "expected within, or at_least" in mistake(lambda: manifest.number_of({**NUMBER, "at_most": 3}, ""))
    assert "within: expected a number, got '1e-5'" in mistake(lambda: manifest.number_of({**NUMBER, "within": "1e-5"}, ""))
    assert "nothing that takes up to an hour" in mistake(lambda: manifest.choose(["nine"], "day"))
    assert "expected FILE:/DATASET[ELEMENT], got loss" in mistake(lambda: manifest.number_of({**NUMBER, "in": "loss"}, ""))
    assert "there is no result or family x" in mistake(lambda: manifest.choose(["x"], "full"))
    assert manifest.number_of({**NUMBER, "in": "a.h5:/b[-1, :, 2:5]"}, "").element == (-1, slice(None), slice(2, 5))
    order = [result.name for result in manifest.choose(["sae_3bff", "ctd_task"], "full")]
    assert order == ["ctd_task", "sae_3bff", "randomtarget", "multitask"], order  # each once, after what it needs
    families = {result.family for result in manifest.load()}
    for family in families:  # each page has a place for its table
        page = (SOURCE / f"docs/measured/{family}.md").read_text(encoding="utf-8")
        assert "| new |" in pages.replaced(page, "| new |"), family


def rows():
    columns = {"rate R2": {"in": "scores:/metrics/rate_r2[1]", "within": 0.05}, "state R2": {"in": "scores:/metrics/state_r2[1]", "within": 0.02}}
    given = {"row": "GRU", "indices": [3], "source": "Figure 4", "rate R2": {"published": 0.97, "at_least": 0.96}}
    result = manifest.result_of("f", {**RESULT, "rows": [given, {**given, "rate R2": 0.5}]}, "", columns)
    one, none, two, _ = result.numbers
    assert (one.row, one.column, one.value, one.at_least, one.within, one.indices) == ("GRU", "rate R2", 0.97, 0.96, None, [3])
    assert (two.value, two.within, two.holds(0.54), two.holds(0.56)) == (0.5, 0.05, True, False)
    assert none.value is None and none.holds(7.0)
    cells = [pages.cell(numbers.Comparison(number, value), judged=True) for number, value in
             ((one, None), (one, 0.9712), (one, 0.5), (none, float("nan")), (none, 0.25))]
    assert cells == ["0.97", "0.97 / 0.9712", "0.97 / **0.5**", "–", "– / 0.25"], cells
    assert "rows have no key rate;" in mistake(lambda: manifest.result_of("f", {**RESULT, "rows": [{**given, "rate": 1}]}, "f", columns))


class Made:
    """Two finished runs and one under way, whose students' last two errors are 1 and 2, 2 and 3."""
    done = {0: 1.0, 1: 1.0, 2: 0.5}

    def __init__(self, folder):
        self.folder = folder
        for index in self.done:
            self.run(index).mkdir()
            with h5py.File(self.run(index) / "results.h5", "w") as file:
                for student, last in (("7", 1.0), ("8", 2.0)):
                    file[f"students/{student}/error"] = np.array([100.0, last, last + 1])

    def run(self, index):
        return self.folder / str(index)

    def file(self, index, name):
        return self.run(index) / name


def comparisons(folder):
    result = manifest.result_of("f", {**RESULT, "numbers": [
        NUMBER, {**NUMBER, "published": 3.0}, {**NUMBER, "in": "results.h5:/students/7/error[1]", "indices": [1], "published": 1.0},
        {**NUMBER, "in": "results.h5:/students/7/error[9]", "take": "mean"}, {**NUMBER, "indices": [2]}]}, "")
    right, wrong, one, beyond, absent = numbers.compare(result, Made(folder))
    assert (right.value, right.runs, right.holds) == (2.0, 4, True)  # (1.5 + 2.5 + 1.5 + 2.5) / 4
    assert abs(right.deviation - np.sqrt(1 / 3)) < 1e-15
    assert not wrong.holds and wrong.text(judged=True).endswith("published 3 ± 0.1  NOT as published")
    assert (one.value, one.deviation) == (1.0, None)
    assert np.isnan(beyond.value) and not beyond.holds
    assert absent.value is None and absent.measured() == "not run"
    missing = manifest.result_of("f", {**RESULT, "numbers": [{**NUMBER, "in": "results.h5:/students/9/error[0]"}]}, "")
    assert "there is no dataset /students/9/error" in mistake(lambda: list(numbers.compare(missing, Made(folder / "again"))))


def diverged_runs(folder):
    """A published run may diverge: that it has ended counts, not the exit code of the program."""
    program = folder / "tsd"
    program.write_text("#!/bin/sh\n[ $1 = sweep ] && echo error: it has no sweep >&2\nexit 76\n")
    program.chmod(0o755)
    runs.TSD = str(program)
    result = manifest.result_of("f", RESULT, "")
    assert not runs.make(result, "full", folder, 1)
    (folder / "stsf").mkdir()
    (folder / "stsf/results.h5").touch()
    (folder / "stsf/overrides.txt").write_text("run.threads=1\n")
    (folder / "stsf/status.json").write_text('{"state": "diverged", "step": 3, "total": 9}')
    assert runs.make(result, "full", folder, 1) and runs.State(result, "full", folder).finished()
    (folder / "stsf/overrides.txt").write_text("epochs=2\n")
    assert "a run with epochs=2 behind its config; expected none" in mistake(lambda: runs.State(result, "full", folder))


def shortened_runs(folder):
    command = [str(SOURCE / "scripts/reproduce"), "dual_stream", "microcircuit", "plastic", "--level", "smoke", "--results", str(folder)]
    environment = {**os.environ, "TSD": TSD, "TSD_PYTHON": sys.executable}
    first = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.rstrip().endswith("nothing left to do"), first.stdout
    assert "NOT as published" not in first.stdout and "88.2" in first.stdout  # an angle of the first epoch, not judged
    again = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert again.returncode == 0 and "tsd train" not in again.stdout, again.stdout


def chain(folder):
    """Network, recording, fits and their scores; what is gone is made again, and nothing else."""
    def reproduce():
        command = [str(SOURCE / "scripts/reproduce"), "sae_3bff", "lfads_3bff", "--level", "smoke", "--results", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TSD": TSD, "TSD_PYTHON": sys.executable})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
    first = reproduce()
    assert first.index("configs/ctd_task.yaml") < first.index("ctd-simulate") < first.index("sae_3bff.yaml") < first.index("scores.yaml")
    row = next(line for line in first.splitlines() if line.startswith("| flip-flop, GRU |"))
    with h5py.File(folder / "smoke/scores/sae_3bff/0/scores/results.h5") as file:
        assert f"| 0.9689 / {file['metrics/rate_r2'][1]:.4g} |" in row and row.endswith("| shortened |"), row
    assert "| flip-flop, linear | 0.2437 | 0.4882 |" in first and "lfads_3bff: 1 of 1 runs" in first
    (folder / "smoke/scores/lfads_3bff/scores/results.h5").unlink()
    (folder / "smoke/scores/lfads_3bff/scores/status.json").unlink()
    again = reproduce()
    assert again.count("  tsd") == 1 and "scores/lfads_3bff" in again and again.rstrip().endswith("nothing left to do"), again
    next((folder / "smoke/data/ctd").glob("*.h5")).unlink()
    assert reproduce().count("  tsd") == 1


manifests()
rows()
with tempfile.TemporaryDirectory() as temporary:
    (Path(temporary) / "again").mkdir()
    comparisons(Path(temporary))
with tempfile.TemporaryDirectory() as temporary:
    diverged_runs(Path(temporary))
with tempfile.TemporaryDirectory() as temporary:
    shortened_runs(Path(temporary))
with tempfile.TemporaryDirectory() as temporary:
    chain(Path(temporary))
