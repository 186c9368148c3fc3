"""Many processes at once, and little memory."""
import json
from collections import Counter

import runs
import sameness
from lab import Row, expect, one_line

PROCESSES, INDICES = 16, 100
OUT_OF_MEMORY, IN_USE = 81, 75
SETTINGS = ("epochs=3", "run.checkpoint_every=60")


def crowd(subjects, random, k):
    """Processes with the same command share out a sweep."""
    lab = subjects.lab
    command = subjects.sweep("dual_stream", INDICES, 1, *SETTINGS)
    command.name += " of 100"
    whole, _ = subjects.undisturbed(command)
    words = [word for word in command.words if word != "--quiet"]  # the log tells who began what
    with lab.folder() as out:
        children = [lab.start(*words, "--out", out) for _ in range(PROCESSES)]
        ends = Counter(child.wait(600).code for child in children)
        expect(set(ends) <= {0, IN_USE}, f"exit codes {dict(ends)}")
        lab.run(*command.line(out), code=0)
        folders = sorted(path.parent for path in out.rglob("status.json"))
        expect(len(folders) == INDICES, f"{len(folders)} folders")
        for folder in folders:
            begun = (folder / "run.log").read_text().count(" steps on cpu")
            expect(begun == 1, f"{folder.name}: begun {begun} times")
            expect(json.loads((folder / "status.json").read_text())["state"] == "done", f"{folder.name}: not done")
        sameness.tidy(out)
        sameness.same(whole, out)
    return Counter({f"exit {code}": number for code, number in ends.items()})


def least(lab):
    """Address space with which tsd says its version: less, and the system cannot even load it."""
    low, high = 1 << 20, 1 << 30
    while high - low > 1 << 20:
        middle = (low + high) // 2
        if lab.run("--version", before=("prlimit", f"--as={middle}")).code == 0:
            high = middle
        else:
            low = middle
    return high


def needed(lab, command, folder):
    """Address space with which the command ends well."""
    low, high = 1 << 26, 1 << 34
    while high > 1.2 * low:
        middle = (low + high) // 2
        out = folder / str(middle)
        if lab.run(*command.line(out), before=("prlimit", f"--as={middle}")).code == 0:
            high = middle
        else:
            low = middle
    return high


def memory(subjects, random, k):
    """A size at random, for each family in turn, from what loads the program to a little more than is enough."""
    lab, families = subjects.lab, list(runs.SHORT)
    command = runs.train(lab, families[k % len(families)])
    whole, _ = subjects.undisturbed(command)
    if "least" not in subjects.known:
        subjects.known["least"] = least(lab)
    if command.name not in subjects.known:
        with lab.folder() as folder:
            subjects.known[command.name] = needed(lab, command, folder)
    low, high = subjects.known["least"], subjects.known[command.name]
    size = round(low + (high - low) * random.uniform(0, 1.1))
    with lab.folder() as out:
        done = lab.run(*command.line(out), before=("prlimit", f"--as={size}"))
        sameness.opens(out)
        expect(done.code in (0, OUT_OF_MEMORY), f"{size >> 20} MB: expected exit 0 or {OUT_OF_MEMORY}: {done}")
        if done.code:
            line = one_line(done)
            expect("reduce" in line or "too large for this machine" in line, f"expected what to reduce: {done}")
        lab.run(*command.line(out), code=0)
        sameness.same(whole, out)
    return Counter({f"exit {done.code}": 1})


ROWS = [
    Row("crowd", "16 processes on one sweep of 100 indices", "each index done exactly once, none mixed", 16, crowd),
    Row("memory", "limit of address space, for each family sizes at random from what loads the program to what suffices",
        "exit 81 with what to reduce, or success; never an abort", 20 * len(runs.SHORT), memory),
]
