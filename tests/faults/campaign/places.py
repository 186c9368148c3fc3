"""Places that cannot be written to any more: full, limited, read-only, removed; and data that is gone."""
import re
import signal
import subprocess
import time
from collections import Counter

import runs
import sameness
from kills import Clock, under_way, wait_for
from lab import Row, expect, one_line

FULL, CANNOT_CREATE = 74, 73
TAKEN = "is missing, which the run had kept"
MISSING = (66, 78)  # while it is read, or as the settings are checked
PAGE = 4096
REASONS = ("No space left on device", "File too large", "is the disk full?")


WRITERS = len(runs.SHORT) + 6


def writers(subjects):
    """Commands that write."""
    of = [runs.train(subjects.lab, family) for family in runs.SHORT]
    of.append(runs.train(subjects.lab, "dual_stream", "run.tensorboard=true"))
    of[-1].name = "train with tensorboard"
    of += [subjects.analyze("dual_stream"), subjects.analyze("nback"), subjects.simulate(), subjects.task_data(), subjects.plot("microcircuit")]
    assert len(of) == WRITERS
    return of


def told(done, out):
    """Path, bytes and reason."""
    line = one_line(done)
    expect(done.code == FULL, f"expected exit {FULL}: {done}")
    expect(any(reason in line for reason in REASONS) and str(out) in line, f"expected a path and a reason: {done}")
    return "path and bytes told" if re.search(r"\d+ bytes", line) else "path told"


def size_of(folder):
    return sum(-(-path.stat().st_size // PAGE) * PAGE + PAGE for path in sameness.files_below(folder)) + 4 * PAGE


def judged(subjects, command, out, whole, done, repair):
    """Of a command that found no room: what it said, and that it goes on."""
    sameness.opens(out)
    if done.code == 0:
        repair()
        outcome = "all fitted"
    elif command.name.startswith("plot"):
        expect("Traceback" not in done.err and "cannot be written" in done.err and done.code == FULL, f"expected a path: {done}")
        repair()
        outcome = "path told"
    else:
        outcome = told(done, out)
        repair()
    subjects.lab.run(*command.line(out), code=0)
    sameness.tidy(out)
    sameness.same(whole, out)
    return Counter({outcome: 1})


def full_disk(subjects, random, k):
    lab, all_of_them = subjects.lab, writers(subjects)
    command = all_of_them[k % len(all_of_them)]
    whole, _ = subjects.undisturbed(command)
    ready = size_of(command.ready) if command.ready else 0
    with lab.disk(64 << 20) as out:
        subjects.begin(command, out)
        lab.resize(out, random.randrange(ready + PAGE, size_of(whole) + PAGE, PAGE))
        done = lab.run(*command.line(out))
        return judged(subjects, command, out, whole, done, lambda: lab.resize(out, 64 << 20))


def file_limit(subjects, random, k):
    lab, all_of_them = subjects.lab, writers(subjects)
    command = all_of_them[k % len(all_of_them)]
    whole, _ = subjects.undisturbed(command)
    sizes = [path.stat().st_size for path in sameness.files_below(whole)]
    limit = random.choice([random.randrange(1, max(sizes)), max(1, random.choice(sizes) + random.randrange(-64, 64))])
    with lab.folder() as out:
        subjects.begin(command, out)
        done = lab.run(*command.line(out), before=("prlimit", f"--fsize={limit}"), pipes=True)
        return judged(subjects, command, out, whole, done, lambda: None)


def immutable(path, yes):
    subprocess.run(["chattr", "-R", "+i" if yes else "-i", path], check=True, capture_output=True)


def spoilt(subjects, random, family, spoil, repair):
    """A run whose folder is spoilt at a random moment tells of it in one line, and after repair goes on to the same bytes."""
    lab, command = subjects.lab, runs.train(subjects.lab, family)
    whole, seconds = subjects.undisturbed(command)
    with lab.folder() as out:
        child = lab.start(*command.line(out))
        folder = under_way(child, out)
        wait_for(child, random.uniform(0, seconds / 4))
        if folder:
            spoil(folder)
        try:
            done = child.wait()
        finally:
            if folder:
                repair(folder)
        if done.code:
            codes = (CANNOT_CREATE, FULL)
            expect(done.code in codes, f"expected exit {codes}: {done}")
            expect(str(out) in one_line(done), f"expected a path: {done}")
        outcome = f"exit {done.code}" if done.code else "done before"
        again = lab.run(*command.line(out), code=0)
        if TAKEN in again.err:  # some of it alone was removed, and the rest says so
            outcome += ", then told what is gone"
            subprocess.run(["rm", "-rf", *out.iterdir()], check=True)
            lab.run(*command.line(out), code=0)
        sameness.tidy(out)
        sameness.same(whole, out)
    return outcome


def read_only(subjects, random, family):
    return spoilt(subjects, random, family, lambda folder: immutable(folder, True), lambda folder: immutable(folder, False))


def removed(subjects, random, family):
    return spoilt(subjects, random, family, lambda folder: subprocess.run(["rm", "-rf", folder], check=False), lambda folder: None)


def remount_read_only(disk):
    """Once whatever the killed process had open for writing is closed."""
    for patience in (0.1, 0.3, 1, 3):
        if subprocess.run(["mount", "-o", "remount,ro", disk], capture_output=True).returncode == 0:
            return
        time.sleep(patience)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)


def read_only_disk(subjects, random, family):
    """From the start: a mount without the right to write."""
    lab, command = subjects.lab, runs.train(subjects.lab, family)
    whole, _ = subjects.undisturbed(command)
    with lab.disk(64 << 20) as out:
        child = lab.start(*command.line(out))
        wait_for(child, Clock(command, 1).moment(random))
        child.send(signal.SIGKILL)
        child.wait()
        remount_read_only(out)
        done = lab.run(*command.line(out))
        expect(done.code == CANNOT_CREATE or done.code == 0, f"expected exit {CANNOT_CREATE}: {done}")
        if done.code:
            expect(str(out) in one_line(done), f"expected a path: {done}")
        subprocess.run(["mount", "-o", "remount,rw", out], check=True)
        lab.run(*command.line(out), code=0)
        sameness.same(whole, out)
    return f"exit {done.code}" if done.code else "done before"


def unplugged(subjects, random, family):
    """The data lies on a disk that is taken away at a random moment of the run, and later is plugged in again."""
    lab = subjects.lab
    with lab.folder() as home:
        data = home / "data"
        data.mkdir()
        words = plugged(lab, family, data)
        command = runs.train(lab, family, *words)
        whole, parts = home / "whole", home / "parts"
        seconds = lab.run(*command.line(whole), code=0).seconds
        child = lab.start(*command.line(parts))
        wait_for(child, random.uniform(0, seconds))
        data.rename(home / "away")
        done = child.wait()
        outcomes = [done.code]
        if done.code == 0:  # it had read all it needs
            expect(not sameness.differing(whole, parts), "another result without its data")
        else:
            expect(done.code in MISSING and str(data) in done.err, f"expected exit {MISSING} and a path: {done}")
            again = lab.run(*command.line(parts))
            expect(again.code in MISSING and str(data) in again.err, f"expected exit {MISSING} and a path: {again}")
        (home / "away").rename(data)
        lab.run(*command.line(parts), code=0)
        sameness.same(whole, parts)
    return f"exit {outcomes[0]}" if outcomes[0] else "needed no more of it"


def plugged(lab, family, data):
    """Overrides that name the family's data in that folder."""
    if family == "ctd_data":
        sameness.copy_file(lab.source / "configs/ctd_data/smoke_recording.h5", data)
        return (f"data.file={data}/smoke_recording.h5",)
    sameness.copy(lab.source / "configs/compare/smoke", data)
    names = ("node_0.h5", "node_1.h5", "lfads.h5", "external.h5")
    return (f"reference.recording={data}/recording.h5", f"reference.task_model={data}/network.safetensors",
            f"models.files=[{','.join(f'{data}/{name}' for name in names)}]")


def places(subjects, random, k):
    kinds = (("made read-only", read_only, list(runs.SHORT)), ("removed", removed, list(runs.SHORT)),
             ("on a read-only disk", read_only_disk, list(runs.SHORT)), ("its data unplugged", unplugged, ["ctd_data", "compare"]))
    name, try_it, families = kinds[k % len(kinds)]
    return Counter({f"{name}: {try_it(subjects, random, families[k // len(kinds) % len(families)])}": 1})


ROWS = [
    Row("disk", f"disk full at a random byte, 50 times for each of {WRITERS} writers", "exit 74 with path and bytes, no damaged final file, "
        "goes on after space is made", 50 * WRITERS, full_disk, mounts=True),
    Row("filesize", f"limit of file size, 50 times for each of {WRITERS} writers", "the same", 50 * WRITERS, file_limit),
    Row("places", "folder made read-only or removed, read-only disk, data file unplugged, in the middle of a run",
        "one line, right code, exact resume after repair", 100, places, mounts=True),
]
