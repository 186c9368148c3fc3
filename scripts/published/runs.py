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
        self.folder = folder / "smoke" if level == "smoke" else folder
        self.done = {index: self._done(index) for index in self.indices}

    def run(self, index):
        base = self.folder / Path(self.result.config).stem
        return base if index is None else base / str(index)

    def _done(self, index):
        """Of the run's steps, from 0 to 1; 1: finished, with results."""
        run = self.run(index)
        try:
            status = json.loads((run / "status.json").read_text(encoding="utf-8"))
            given = (run / "overrides.txt").read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return 0.0
        words = self.result.smoke if self.level == "smoke" else []
        if (other := [word for word in given if not word.startswith("run.")]) != words:
            raise Mistake(f"{run}: a run with {' '.join(other) or 'no words'} behind its config; expected {' '.join(words) or 'none'}; "
                          f"remove it, or give other --results")
        if status["state"] in ENDED and (run / "results.h5").exists():
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
        return text if self.finished() else f"{text}; {self.hours_left():.2g} h left"


def train(result, level, folder, jobs):
    """Trains what is missing. Whether all runs have ended."""
    state = State(result, level, folder)
    if not state.finished():
        words = ["--config", str(ROOT / result.config), "--out", str(state.folder)]
        if level == "smoke":
            first = state.indices[0]
            words += [*([] if first is None else ["--index", str(first)]), *result.smoke]
        elif len(state.indices) > 1:
            words += ["--jobs", str(jobs)]
        command("train", *words)
    return State(result, level, folder).finished()  # not by the exit code: some published runs diverge


def command(*words):
    print("  tsd", *words, flush=True)
    call(*words, "--quiet")


def call(*words, **options):
    try:
        return subprocess.run([TSD, *words], **options)
    except OSError as error:
        raise Mistake(f"{TSD}: {error.strerror}; TSD names the program") from None
