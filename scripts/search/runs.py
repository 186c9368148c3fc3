"""The folder of a search, and runs of tsd in it.

    OUT/NAME/<number>/     a run of tsd, as any other
    OUT/NAME/search/       what the search knows: search.json, the engine's storage, a config of each run, locks of workers
"""
import contextlib
import csv
import ctypes
import fcntl
import json
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from search import configs
from search.plan import Mistake
from whole import write_whole

LOCKED = 75
DIVERGED, CONFIG = 80, 78


class Stopped(Exception):
    """Asked to stop; what was under way has a checkpoint."""


class Tsd:
    """The program."""

    def __init__(self, program):
        self.program = str(program)

    def answer(self, *words):
        try:
            return subprocess.run([self.program, *map(str, words)], text=True, capture_output=True, stdin=subprocess.DEVNULL)
        except OSError as error:
            raise Mistake(f"{self.program}: cannot be started: {error.strerror}", 66) from None

    def problems(self, config):
        """What is wrong with a config, a line each."""
        done = self.answer("validate", config)
        if done.returncode == 0:
            return []
        lines = [line.removeprefix("error: ") for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        return lines or [f"{config}: tsd validate failed with exit code {done.returncode}"]

    def facts(self, config):
        """Family of a config, and digest of its settings."""
        done = self.answer("train", "--config", config, "--dry-run")
        if done.returncode:
            raise Mistake(done.stderr.strip().removeprefix("error: "), done.returncode)
        told = done.stdout.rsplit("  (", 1)[1]
        return told.split(",")[0], told.rsplit("config ", 1)[1].split(")")[0]

    def fork_limits(self, family):
        """Keys of a family that a fork may change, and between which numbers."""
        return dict(forkable(json.loads(self.answer("schema").stdout)["$defs"][family]))

    def start(self, *words):
        return Running([self.program, *map(str, words)])


def forkable(schema, within=""):
    for key, field in schema.get("properties", {}).items():
        if field.get("x-fork"):
            yield within + key, limits(field)
        yield from forkable(field, f"{within}{key}.")


def limits(field):
    """Least and greatest number; where the end itself is not one, the last with six digits before it."""
    of = next((kind for kind in field.get("anyOf", [field]) if kind.get("type") in ("number", "integer")), {})
    low, high = of.get("minimum", of.get("exclusiveMinimum", -math.inf)), of.get("maximum", of.get("exclusiveMaximum", math.inf))
    if "exclusiveMinimum" in of:
        low += 1e-5 * abs(low)
    if "exclusiveMaximum" in of:
        high -= 1e-6 * abs(high)
    return low, high


def dies_with_parent():
    """SIGTERM to a run whose search was killed: it leaves a checkpoint and gives its folder back."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Running:
    """A run of tsd under way."""

    def __init__(self, command):
        self._out, self._errors = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        try:
            self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._errors, text=True,
                                           preexec_fn=dies_with_parent, start_new_session=True)  # Ctrl-C comes to it through the search
        except OSError as error:
            raise Mistake(f"{command[0]}: cannot be started: {error.strerror}", 66) from None

    def ended(self):
        return self._child.poll() is not None

    def stop(self):
        """At its next step, with a checkpoint."""
        if not self.ended():
            self._child.terminate()

    def result(self):
        """Exit code and the last line of JSON."""
        code = self._child.wait()
        self._out.seek(0)
        self._errors.seek(0)
        lines = self._out.read().strip().splitlines()
        told = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
        told.setdefault("message", "")
        told["message"] = told["message"] or self._errors.read().strip().removeprefix("error: ")
        return code, told


class Folder:
    def __init__(self, plan, out):
        self.plan, self.out = plan, Path(out).absolute()
        self.path = self.out / plan.name
        self.own = self.path / "search"

    def begin(self, digest, makes_way):
        """Made, or found again. `makes_way()`: whether nothing depends yet on the rules that are written there; what is left of it goes."""
        rules = {"config": digest} | self.plan.rules()
        rules = json.loads(json.dumps(rules))
        self.own.mkdir(parents=True, exist_ok=True)
        with self.claim():
            file = self.own / "search.json"
            before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
            if before is not None and before != rules:
                if not makes_way():
                    raise Mistake(self._other_rules(before, rules))
                before = None
            if before is None:
                write_whole(file, json.dumps(rules, indent=1) + "\n")

    def _other_rules(self, before, now):
        words = {"config": "config or settings: another model than before"}
        told = [words.get(key, f"{key}: {shown(before.get(key))} there, {shown(now.get(key))} here")
                for key in now if before.get(key) != now[key]]
        free = "nothing" if self.plan.population else "only budget"
        return (f"{self.plan.file}: {self.path} holds a search with other settings: {'; '.join(told)}; {free} may change; "
                "give another --out, or the file another name")

    @contextlib.contextmanager
    def claim(self):
        """One worker at a time decides what is to be run."""
        with open(self.own / "claim.lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def worker(self):
        """The name of a lock that is held as long as this process lives."""
        name = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
        (self.own / "workers").mkdir(exist_ok=True)
        self._held = getattr(self, "_held", []) + [open(self.own / "workers" / name, "w")]
        fcntl.flock(self._held[-1], fcntl.LOCK_EX)
        return name

    def is_alive(self, worker):
        if not worker:  # killed before it could sign
            return False
        try:
            with open(self.own / "workers" / worker, "r+") as file:  # NFS locks for writing only what is open for it
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        (self.own / "workers" / worker).unlink(missing_ok=True)
        return False

    def run(self, number):
        return self.path / str(number)

    def total(self, number):
        """Steps of a run; 0 where it has not said yet."""
        try:
            return json.loads((self.run(number) / "status.json").read_text(encoding="utf-8"))["total"]
        except FileNotFoundError:
            return 0

    def train(self, tsd, number, values, *words):
        """Begins run `number`, or goes on with it."""
        config = self.own / "runs" / str(number) / f"{self.plan.name}.yaml"
        config.parent.mkdir(parents=True, exist_ok=True)
        text = configs.of_run(self.plan, number, values)
        if not config.exists() or config.read_text(encoding="utf-8") != text:
            write_whole(config, text)
        return tsd.start("train", "--config", config, "--index", number, "--out", self.out, "--threads", self.plan.threads, "--quiet",
                         "--json", *words)

    def train_to_end(self, tsd, number, values, stop, *words):
        """The same, to where `words` have it end. Exit code, 0 or that of a run that diverged, and the last line of JSON."""
        return self.to_end(lambda: self.train(tsd, number, values, *words), self.run(number), stop)

    def to_end(self, start, run, stop):
        for _ in range(60):
            running = start()
            while not running.ended() and not stop.wait(0.05):
                pass
            running.stop()
            code, told = running.result()
            if code in (0, DIVERGED):
                return code, told
            if stop.wait(0.5):
                raise Stopped
            if code != LOCKED:  # of a search that was killed, and is on its way to its end
                break
        raise Mistake(f"{run}: {told['message'] or f'tsd ended with exit code {code}'}", code if code > 0 else 70)


def shown(rule):
    text = json.dumps(rule)
    return text if len(text) < 100 else text[:97] + ".."


class Rows:
    """Whole rows of metrics.csv as they come: (step, value) where the column has a number."""

    def __init__(self, run, column):
        self._file, self._column = run / "metrics.csv", column
        self._seen, self._names = 0, None
        self.rows = []

    def new(self):
        try:
            with open(self._file, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size < self._seen:  # cut back to a checkpoint; the same rows come again
                    self._seen, self._names, self.rows = 0, None, []
                file.seek(self._seen)
                text = file.read()
        except FileNotFoundError:
            return []
        whole = text[:text.rfind(b"\n") + 1]
        self._seen += len(whole)
        fresh = [row for row in map(self._row, csv.reader(whole.decode().splitlines())) if row]
        self.rows += fresh
        return fresh

    def _row(self, cells):
        if self._names is None:
            self._names = cells
            if self._column not in cells:
                raise Mistake(f"metric: {self._file} has no column {self._column}; expected one of {', '.join(cells[1:])}")
            return None
        text = cells[self._names.index(self._column)]
        value = float(text) if text else float("nan")
        return (int(cells[0]), value) if value - value == 0 else None


class Score:
    """What a run is judged by, of the rows so far. None: nothing yet."""

    def __init__(self, plan):
        self.plan, self.target = plan, dict(plan.metric.target)
        self.value, self._last, self._squares = None, 0, []

    def add(self, step, value):
        """The score after this row; None where the row has no part in it."""
        if step <= self._last:
            return None
        self._last = step
        if self.target:
            if step not in self.target:
                return None
            self._squares.append((value - self.target[step]) ** 2)
            value = (sum(self._squares) / len(self._squares)) ** 0.5
        elif self.plan.take == "best" and self.value is not None and not self.plan.better(value, self.value):
            value = self.value
        self.value = value
        return value


def score_of(plan, run, after=0):
    """None: no row later than step `after` has a part in it. A fork's first rows are its parent's."""
    rows, score, last = Rows(run, plan.metric.column), Score(plan), 0
    for step, value in rows.new():
        if score.add(step, value) is not None:
            last = step
    if score.value is None and rows.rows and plan.metric.target:
        raise Mistake(f"metric.target: none of its steps is one of {run / 'metrics.csv'}: {', '.join(str(s) for s, _ in rows.rows[:5])} ..", 65)
    return score.value if last > after else None
