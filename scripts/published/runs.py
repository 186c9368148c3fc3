"""Runs of a result: which there are, how far they are, and training what is missing."""
import json
import os
import subprocess
from pathlib import Path

from published.manifest import ROOT

TSD = os.environ.get("TSD", str(ROOT / "scripts/tsd"))


def indices_of(result):
    """Of the config's sweep; [None] of a config without one."""
    rows = subprocess.run([TSD, "sweep", "--csv", "--config", str(ROOT / result.config)], capture_output=True, text=True)
    if rows.returncode:
        return [None]
    there = [int(row.split(",")[0]) for row in rows.stdout.strip().splitlines()[1:]]
    return [index for index in there if result.indices is None or index in result.indices]


ENDED = ("done", "diverged")  # some published runs diverge, too


class State:
    """How far the runs of a result are. At level smoke: those of the shortened run."""

    def __init__(self, result, level, folder):
        self.result, self.level = result, level
        self.indices = indices_of(result)[:1 if level == "smoke" else None]
        self.folder = folder / "smoke" if level == "smoke" else folder
        self.done = {index: self._done(index) for index in self.indices}

    def run(self, index):
        base = self.folder / Path(self.result.config).stem
        return base if index is None else base / str(index)

    def _done(self, index):
        """Of the run's steps, from 0 to 1; 1: finished, with results."""
        try:
            status = json.loads((self.run(index) / "status.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0.0
        if status["state"] in ENDED and (self.run(index) / "results.h5").exists():
            return 1.0
        return min(0.999, status["step"] / max(1, status["total"]))

    def finished(self):
        return all(done == 1 for done in self.done.values())

    def hours_left(self):
        return self.result.hours * sum(1 - done for done in self.done.values()) / max(1, len(self.done))

    def text(self):
        finished = sum(done == 1 for done in self.done.values())
        under_way = sum(0 < done < 1 for done in self.done.values())
        text = f"{finished} of {len(self.done)} runs"
        text += f", {under_way} under way" if under_way else ""
        return text if self.finished() else f"{text}; {self.hours_left():.1f} h left"


def train(result, level, folder, jobs):
    """Trains and analyses what is missing. Whether every command ended well."""
    state = State(result, level, folder)
    words = [*result.words, *(result.smoke if level == "smoke" else [])]
    well = True
    for index in state.indices:
        if state.done[index] == 1:
            continue
        if index is not None and result.indices is None and level != "smoke":  # all of them at once, side by side
            well = command("train", "--config", str(ROOT / result.config), "--out", str(state.folder), "--jobs", str(jobs), *words)
            break
        one = [] if index is None else ["--index", str(index)]
        well = command("train", "--config", str(ROOT / result.config), *one, "--out", str(state.folder), *words) and well
    state = State(result, level, folder)
    for analysis in result.analyses:
        missing = [str(state.run(i)) for i, done in state.done.items() if done == 1 and not (state.run(i) / f"{analysis}.h5").exists()]
        if missing:
            well = command("analyze", *missing, "--only", analysis) and well
    return well


def command(*words):
    print("  tsd", *words, flush=True)
    return subprocess.run([TSD, *words, *(["--quiet"] if words[0] == "train" else [])]).returncode == 0
