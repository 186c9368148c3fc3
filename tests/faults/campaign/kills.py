"""Processes that are ended, stopped and told to stop."""
import json
import signal
import subprocess
import time
from collections import Counter

import runs
import sameness
from lab import Row, expect

FAMILIES = ("dual_stream", "microcircuit", "nback", "dual_stream", "plastic", "microcircuit", "ctd_task", "ctd_data", "compare",
            "layered")
STOPS = {signal.SIGTERM: 75, signal.SIGUSR1: 75, signal.SIGHUP: 75, signal.SIGINT: 130}
AT_MOST = 10  # s from a signal to the end


class Clock:
    """How long a command takes, as far as we know; others may use the machine, too."""
    known = {}

    def __init__(self, command, seconds):
        self.name = command.name
        self.known.setdefault(self.name, seconds)

    def moment(self, random):
        return random.uniform(0, 1.05 * self.known[self.name])

    def ended(self, seconds, undisturbed):
        known = self.known[self.name]
        self.known[self.name] = seconds if undisturbed else max(known, seconds)


def wait_for(child, seconds):
    """Whether it is still there then."""
    try:
        child.process.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        return True


def under_way(child, out):
    """Its folder, once there is a checkpoint; None where it ended before."""
    while child.running():
        for file in out.glob("*/checkpoints/last.safetensors"):
            return file.parent.parent
        time.sleep(0.001)
    return None


def writing(out):
    """Whether a file is being written: its temporary is there."""
    try:
        return any(sameness.TEMPORARY.search(path.name) for path in out.rglob("*.tmp*"))
    except FileNotFoundError:
        return False


def strike(child, out, random, clock):
    """A third of the kills fall into the writing of a file."""
    aimed = random.random() < 1 / 3
    if not wait_for(child, clock.moment(random) * (0.8 if aimed else 1)):
        return False
    until = time.monotonic() + 5
    while aimed and child.running() and not writing(out) and time.monotonic() < until:
        pass
    there = child.running()
    child.kill()
    return there


def finished(out):
    """What a finished index has left, and when."""
    found = {}
    for status in out.rglob("status.json"):
        if json.loads(status.read_text())["state"] == "done":
            files = [status.parent / "results.h5", status.parent / "metrics.csv", status.parent / "checkpoints/last.safetensors"]
            found[status.parent] = [(file.stat().st_ino, file.stat().st_mtime_ns) for file in files]
    return found


def killed(subjects, random, command, kills=4, untouched=False):
    """A command killed some times and then left alone ends as one that was always left alone, and clears away what the killed ones
    were writing. `untouched`: runs that are finished are never written again."""
    lab = subjects.lab
    whole, seconds = subjects.undisturbed(command)
    clock, outcomes = Clock(command, seconds), Counter()
    with lab.folder() as out:
        subjects.begin(command, out)
        before = finished(out) if untouched else {}
        for kill in range(kills):
            child = lab.start(*command.line(out))
            there = strike(child, out, random, clock)
            done = child.wait()
            if not there:
                clock.ended(done.seconds, kill == 0)
                expect(done.code == 0, f"expected exit 0: {done}")
                break
            outcomes[command.name] += 1
            sameness.opens(out)
            now = finished(out) if untouched else {}
            changed = [folder for folder in before if now.get(folder) != before[folder]]
            expect(not changed, f"finished, and written again: {changed}")
            before = now
        clock.ended(lab.run(*command.line(out), code=0).seconds, False)
        sameness.opens(out)
        sameness.tidy(out)
        sameness.same(whole, out)
    return +outcomes


def kill_runs(subjects, random, k):
    return killed(subjects, random, runs.train(subjects.lab, FAMILIES[k % len(FAMILIES)]))


def kill_others(subjects, random, k):
    kind = k % 6
    if kind == 1:
        return killed(subjects, random, subjects.analyze(random.choice(list(runs.ANALYSES))))
    if kind == 3:
        return killed(subjects, random, subjects.plot(random.choice(["microcircuit", "dual_stream"])))
    if kind == 5:
        return killed(subjects, random, subjects.simulate())
    return killed(subjects, random, subjects.sweep(random.choice(["dual_stream", "microcircuit", "ctd_task"]), 6, 2), untouched=True)


def catches(child, sent):
    """Whether the program is loaded so far that it knows what to do with the signal."""
    try:
        with open(f"/proc/{child.process.pid}/status") as file:
            caught = next(line for line in file if line.startswith("SigCgt:")).split()[1]
    except (FileNotFoundError, ProcessLookupError, StopIteration):
        return True
    return bool(int(caught, 16) >> (sent - 1) & 1)


def state(child):
    try:
        with open(f"/proc/{child.process.pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "gone"


def pause(child, random):
    """SIGTSTP, as Ctrl-Z sends it, and SIGCONT."""
    child.send(signal.SIGTSTP)
    until = time.monotonic() + AT_MOST
    while state(child) not in ("T", "Z", "gone"):
        expect(time.monotonic() < until, f"SIGTSTP does not stop it: state {state(child)}")
        time.sleep(0.001)
    time.sleep(random.uniform(0, 0.5))
    expect(state(child) in ("T", "Z", "gone"), "it does not stay stopped")
    child.send(signal.SIGCONT)


def stop(child, random):
    """The outcome, and whether the run is done."""
    sent = random.choice(list(STOPS))
    caught = catches(child, sent)
    asked = time.monotonic()
    child.send(sent)
    done = child.wait(AT_MOST + 20)
    seconds = time.monotonic() - asked
    expect(seconds < AT_MOST, f"{sent.name}: ended only after {seconds:.1f} s")
    if done.code == -sent and not caught:
        return "ended by the signal itself, before the program was loaded", False
    expect(done.code in (0, STOPS[sent]), f"{sent.name}: expected exit {STOPS[sent]}: {done}")
    return (f"{sent.name}, exit {done.code}" if done.code else "done before"), done.code == 0


def signalled(subjects, random, k):
    lab = subjects.lab
    command = runs.train(lab, FAMILIES[k % len(FAMILIES)])
    whole, seconds = subjects.undisturbed(command)
    clock, outcomes = Clock(command, seconds), Counter()
    with lab.folder() as out:
        for _ in range(3):
            child = lab.start(*command.line(out))
            if not wait_for(child, clock.moment(random)):
                expect((done := child.wait()).code == 0, f"expected exit 0: {done}")
                clock.ended(done.seconds, True)
                break
            if random.random() < 1 / 5:
                pause(child, random)
                outcomes["SIGTSTP and SIGCONT"] += 1
                if not wait_for(child, clock.moment(random)):
                    expect((done := child.wait()).code == 0, f"expected exit 0: {done}")
                    break
            outcome, is_done = stop(child, random)
            outcomes[outcome] += outcome != "done before"
            sameness.opens(out)
            if is_done:
                break
        lab.run(*command.line(out), code=0)
        sameness.tidy(out)
        sameness.same(whole, out)
    return +outcomes


ROWS = [
    Row("kills", "SIGKILL at random moments of a run of every family, then the same command",
        "results, metrics and checkpoints equal the undisturbed run's byte for byte; every file on disk opens after every kill", 500,
        kill_runs),
    Row("sweeps", "SIGKILL of a sweep with `--jobs 2`, of `tsd analyze`, `tsd plot` and `ctd-simulate`",
        "finished indices untouched, nothing half-written under a final name", 100, kill_others),
    Row("signals", "SIGTERM, SIGINT, SIGUSR1, SIGHUP at random moments; SIGTSTP and SIGCONT",
        "documented exit code within 10 s, exact resume", 100, signalled),
]
