"""Runs of a result: which there are, how far they are, and training what is missing."""
import functools
import json
import os
import subprocess
from pathlib import Path

from published.manifest import ROOT, Mistake

TSD = os.environ.get("TSD", str(ROOT / "scripts/tsd"))


@functools.cache
def indices_of(config):
    """Of the config's sweep; [None] of a config without one."""
    rows = call("sweep", "--csv", "--config", str(ROOT / config), capture_output=True, text=True)
    if rows.stderr.strip().endswith("has no sweep"):  # its own, or one that it extends
        return [None]
    if rows.returncode:
        raise Mistake(rows.stderr.strip())
    return [int(row.split(",")[0]) for row in rows.stdout.strip().splitlines()[1:]]


ENDED = ("done", "diverged")  # some published runs diverge, too


class State:
    """How far the runs of a result are. At level smoke: those of the shortened run."""

    def __init__(self, result, level, folder):
        self.result, self.level = result, level
        self.indices = indices_of(result.config)[:1 if level == "smoke" else None]
        self.words = [*result.words, *(result.smoke if level == "smoke" else ())]
        self.folder = folder / "smoke" if level == "smoke" else folder
        self.done = {index: self._done(index) for index in self.indices}

    def run(self, index):
        return self._within(self.folder, index)

    def scores(self, index):
        """Folder of the comparison of a run with what was recorded."""
        return self._within(self.folder / "scores", index)

    def file(self, index, name):
        return self.scores(index) / Path(self.result.scored_by).stem / "results.h5" if name == "scores" else self.run(index) / name

    def recorded(self):
        return not self.result.record or any((self.folder / self.result.record).glob("*.h5"))

    def _within(self, folder, index):
        base = folder / Path(self.result.config).stem
        return base if index is None else base / str(index)

    def _done(self, index):
        """Of the run's steps, from 0 to 1; 1: finished, with results, and scored."""
        run = self.run(index)
        try:
            status = json.loads((run / "status.json").read_text(encoding="utf-8"))
            given = (run / "overrides.txt").read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return 0.0
        if (other := [word for word in given if not word.startswith("run.")]) != self.words:
            raise Mistake(f"{run}: a run with {' '.join(other) or 'no words'} behind its config; expected "
                          f"{' '.join(self.words) or 'none'}; remove it, or give other --results")
        if status["state"] in ENDED and (run / "results.h5").exists():
            return 1.0 if not self.result.scored_by or self.file(index, "scores").exists() else 0.999
        return min(0.999, status["step"] / max(1, status["total"]))

    def trained(self, index):
        return self.done[index] >= 0.999 and (self.run(index) / "results.h5").exists()

    def finished(self):
        return all(done == 1 for done in self.done.values()) and self.recorded()

    def hours_left(self):
        return self.result.hours * sum(1 - done for done in self.done.values()) / max(1, len(self.done))

    def text(self):
        finished = sum(done == 1 for done in self.done.values())
        under_way = sum(0 < done < 1 for done in self.done.values())
        text = f"{finished} of {len(self.done)} runs"
        text += f", {under_way} under way" if under_way else ""
        text += "" if self.recorded() else ", not recorded"
        return text if self.finished() else f"{text}; {self.hours_left():.2g} h left"


def make(result, level, folder, jobs):
    """Trains, records and scores what is missing. Whether all of it is there."""
    state = State(result, level, folder)
    if not all(map(state.trained, state.indices)):
        train(state, jobs)
        state = State(result, level, folder)
    if state.trained(state.indices[0]) and not state.recorded():
        record(state)
    for index in state.indices if result.scored_by else ():
        if state.trained(index) and not state.file(index, "scores").exists():
            score(state, index)
    return State(result, level, folder).finished()  # not by the exit code: some published runs diverge


def train(state, jobs):
    words = ["--config", str(ROOT / state.result.config), "--out", str(state.folder.resolve() if state.result.needs else state.folder)]
    if state.level == "smoke" and state.indices[0] is not None:
        words += ["--index", str(state.indices[0])]
    elif len(state.indices) > 1:
        words += ["--jobs", str(jobs)]
    command("train", *words, *state.words, "--quiet", at=state.folder if state.result.needs else None)


def record(state):
    """A network, as `ctd_data` has its recordings: below the folder that it is called in."""
    command("ctd-simulate", "--config", str(ROOT / state.result.config), *state.words,
            f"weights={state.run(state.indices[0])}/checkpoints/final.safetensors", "--out", str(state.folder / state.result.record))


def score(state, index):
    inputs = json.loads((state.run(index) / "status.json").read_text(encoding="utf-8"))["inputs"]
    recording = next(one["path"] for one in inputs if one["key"] == "data.file")
    command("train", "--config", str(ROOT / state.result.scored_by), "--out", str(state.scores(index)), "--quiet",
            f"reference.recording={recording}", f"models.files=[{state.run(index)}]")


def command(*words, at=None):
    """In a folder, where paths of the config are from there."""
    print(f"  tsd{f' (in {at})' if at else ''}", *words, flush=True)
    if at:
        at.mkdir(parents=True, exist_ok=True)
    call(*words, cwd=at)


def call(*words, **options):
    program = os.path.abspath(TSD) if "/" in TSD else TSD
    try:
        return subprocess.run([program, *words], **options)
    except OSError as error:
        raise Mistake(f"{TSD}: {error.strerror}; TSD names the program") from None
