"""Other clocks, other numbers of threads, other machines."""
import json
import shutil
import signal
from collections import Counter

import runs
import sameness
from kills import under_way, wait_for
from lab import BESIDES, Row, expect

FAMILIES = list(runs.SHORT)
NO_FAKETIME = BESIDES + "the clock cannot be set: no faketime"  # not tried


def stopped(lab, command, out, random, seconds):
    """A run that was told to stop on its way; or that is done, if it was quick."""
    child = lab.start(*command.line(out))
    under_way(child, out)
    wait_for(child, random.uniform(0, seconds / 4))
    child.send(signal.SIGTERM)
    child.wait()


def clock_set_back(subjects, random, family):
    """Years back at half-way; the monotonic clock, which no administrator sets, goes on."""
    if not shutil.which("faketime"):
        return NO_FAKETIME
    lab, command = subjects.lab, runs.train(subjects.lab, family)
    whole, seconds = subjects.undisturbed(command)
    with lab.folder() as out:
        stopped(lab, command, out, random, seconds)
        environment = {**lab.environment, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        lab.run(*command.line(out), before=("faketime", "-f", "-9y"), env=environment, code=0)
        sameness.tidy(out)
        sameness.same(whole, out)
    return "equal bytes"


def other_threads(subjects, random, family):
    """The run says so, and goes on."""
    lab, command = subjects.lab, runs.train(subjects.lab, family)
    _, seconds = subjects.undisturbed(command)
    words = ["2" if before == "--threads" else word for before, word in zip(("", *command.words), command.words)]
    with lab.folder() as out:
        stopped(lab, command, out, random, seconds)
        states = [json.loads(status.read_text()) for status in out.glob("*/status.json")]
        begun = any(state["threads"] == 1 and state["state"] == "stopped" for state in states)
        done = lab.run(*words, "--out", out, code=0)
        expect(not begun or "2 thread(s) after cpu and 1" in done.err, f"expected a warning: {done}")
        sameness.opens(out)
    return "told" if begun else "done before"


def other_machine(subjects, random, family):
    """A run that was copied from a machine of another name, whose process is not here."""
    lab, command = subjects.lab, runs.train(subjects.lab, family)
    whole, seconds = subjects.undisturbed(command)
    with lab.folder() as home:
        stopped(lab, command, home / "there", random, seconds)
        sameness.copy(home / "there", home / "here")
        for status in (home / "here").glob("*/status.json"):
            state = json.loads(status.read_text()) | {"host": "elsewhere", "pid": 1}
            status.write_text(json.dumps(state))
        lab.run(*command.line(home / "here"), code=0)
        sameness.same(whole, home / "here")
    return "equal bytes"


KINDS = {"clock set back": clock_set_back, "other number of threads": other_threads, "another machine's run": other_machine}


def others(subjects, random, k):
    name = list(KINDS)[k % len(KINDS)]
    outcome = KINDS[name](subjects, random, FAMILIES[k // len(KINDS) % len(FAMILIES)])
    return Counter({outcome if outcome.startswith(BESIDES) else f"{name}: {outcome}": 1})


ROWS = [Row("others", "clock set back by years, another number of threads, a run copied from another machine",
            "as documented: equal bytes; a warning where threads differ", 42, others)]
