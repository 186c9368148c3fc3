"""Processes under fire, and folders for them to leave things in."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

BESIDES = "besides: "  # begins the name of an outcome that is no try of its own
PATIENCE = 300  # s; a process that takes longer hangs


class Lost(Exception):
    """What must hold did not. `outcomes`: of the tries beside it; `lost`: how many are."""

    def __init__(self, what, lost=1, outcomes=()):
        super().__init__(what)
        self.lost, self.outcomes = lost, Counter(outcomes)


@dataclass(frozen=True)
class Row:
    """A kind of fault. trial(subjects, random, k) does some of them and returns how many ended how; it raises Lost."""
    name: str
    fault: str
    holds: str
    count: int  # of a full campaign
    trial: callable
    mounts: bool = False  # needs the right to mount a small disk


def expect(holds, what):
    if not holds:
        raise Lost(what)


@dataclass
class Done:
    words: list
    code: int  # minus the signal that ended it
    out: str
    err: str
    seconds: float

    def __str__(self):
        return f"{' '.join(self.words)}: exit {self.code}: {self.err.strip()[-600:] or self.out.strip()[-200:]}"


class Child:
    """A process, in a group of its own. What it says goes into files, so that no pipe holds it up; under a limit of file size, which
    counts for these as well, it goes into pipes."""

    def __init__(self, words, pipes=False, **options):
        self.words = [str(word) for word in words]
        self.files = [] if pipes else [tempfile.TemporaryFile("w+", errors="replace") for _ in range(2)]
        out, err = self.files or (subprocess.PIPE, subprocess.PIPE)
        self.start = time.monotonic()
        self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, text=True, errors="replace",
                                        process_group=0, **options)

    def running(self):
        return self.process.poll() is None

    def send(self, sent):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(sent)

    def kill(self):
        """With everything that it has started, as when the machine goes down."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def wait(self, timeout=PATIENCE):
        try:
            texts = list(self.process.communicate(timeout=timeout))
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.communicate()
            raise Lost(f"{' '.join(self.words)}: still there after {timeout} s") from None
        for i, file in enumerate(self.files):
            file.seek(0)
            texts[i] = file.read()
            file.close()
        return Done(self.words, self.process.returncode, *texts, time.monotonic() - self.start)


class Lab:
    def __init__(self, source, tsd, scratch):
        self.source, self.tsd, self.scratch = source, tsd, scratch
        self.environment = {**os.environ, "TSD_CACHE": str(scratch / "cache"), "OMP_NUM_THREADS": "1"}

    @contextlib.contextmanager
    def folder(self):
        path = Path(tempfile.mkdtemp(dir=self.scratch))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def disk(self, size):
        """A small disk of its own: a folder that holds `size` bytes and no more."""
        with self.folder() as path:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tsd-faults", path], check=True, stderr=subprocess.PIPE)
            try:
                yield path
            finally:
                subprocess.run(["umount", "--lazy", path], check=True)

    def can_mount(self):
        try:
            with self.disk(1 << 16):
                return True
        except (subprocess.CalledProcessError, FileNotFoundError):
            return False

    def resize(self, disk, size):
        subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)

    def start(self, *words, before=(), **options):
        """`before`: a program that starts tsd, as prlimit does."""
        options.setdefault("env", self.environment)
        return Child([*before, self.tsd, *words], **options)

    def run(self, *words, before=(), code=None, **options):
        """`code`: the exit code that is expected."""
        done = self.start(*words, before=before, **options).wait()
        expect(code is None or done.code == code, f"expected exit {code}: {done}")
        return done

    def build(self):
        """Version and commit of the program."""
        return re.search(r"tsd +(\S+) \((\w+)", self.run("info", code=0).out).groups()


def one_line(done):
    """The one error that was told."""
    lines = [line for line in done.err.splitlines() if line.startswith("error: ")]
    expect(len(lines) == 1, f"expected one line that begins with 'error:', got {len(lines)}: {done}")
    return lines[0]
