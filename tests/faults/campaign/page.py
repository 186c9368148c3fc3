"""The table, and docs/measured/reliability.md, which is made from it."""
import json
import os
import platform
import time
from datetime import datetime, timezone
from pathlib import Path

HEAD = """# Reliability

What tsd promises to survive, tried by one script: [`tests/faults/campaign`](../develop/testing.md), run by `scripts/faults`. The
page is written by `scripts/faults --write`; no number on it is typed.
"""
TAIL = """
## What is compared

A run that was disturbed and one that was not must leave the same files with the same bytes, but for times: the root attribute
`created_utc` of an HDF5 file and `/CreationDate` of a PDF figure. Not compared are `run.log` and `status.json`, which tell people
what happened and when; `checkpoints/prev.safetensors`, the last checkpoint but one, since which step that is of depends on when
checkpoints were made; TensorBoard's events, which have their times; and the lock. After every kill each `*.h5` is read whole by
h5py, each `*.safetensors` by its header and size, each PNG by its checksums, each PDF by its end, and each CSV and JSON file as such.

A flipped byte is one byte at a random place of a file, changed to a random other value. It is lost where a command then ends well,
says nothing, and a value that a reader gets is another than before. Bytes that nothing reads may change.

Runs are the smoke configs of `configs/<family>/`, made shorter, with a checkpoint at each step.

## Time and leaks

A run of seven days, by a fake clock, is listed as running to its end, with a beat and a checkpoint at each step (`ctest -R faults`). A
process that makes a hundred runs of a family one after the other grows by less than 1 MB (`scripts/test --slow -R conformance`).
To see that the numbers of a step are finite takes at most 1 % of it (`build/release/tests/bench_guard` prints the share of each
family).

## To repeat it

```bash
scripts/faults                                # everything: hours
scripts/faults --scale 0.02                   # minutes
scripts/faults --seed 1 --only kills --try 12 # one try again
scripts/fuzz                                  # two hours
scripts/fuzz --seconds 60 yaml mesh
```
"""


def result(tally, options):
    return {"row": tally.row.name, "tries": tally.tries, "lost": tally.lost, "seconds": round(time.monotonic() - tally.start),
            "outcomes": dict(sorted(tally.outcomes.items())), "seed": options.seed, "failures": tally.failures[:20],
            "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"), "machine": machine()}


def machine():
    """Kind of processor, and how many: no names."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":")[1].strip()
            break
    else:
        model = platform.machine()
    return f"{model}, {len(os.sched_getaffinity(0))} processors, Linux {'.'.join(platform.release().split('.')[:2])}"


def kept(file):
    return json.loads(file.read_text()) if file.exists() else {}


def keep(file, name, found):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**kept(file), name: found}, indent=1) + "\n")


def said(found):
    return "; ".join(f"{count} {outcome}" for outcome, count in found["outcomes"].items())


def table(rows, results):
    lines = [f"{'fault':<10} {'tries':>6} {'lost':>5} {'seconds':>8}  of them"]
    for row in rows:
        if row.name in results:
            found = results[row.name]
            lines.append(f"{row.name:<10} {found['tries']:>6} {found['lost']:>5} {found['seconds']:>8}  {said(found)}")
    return "\n".join(lines)


def fuzzed(file):
    """The section that scripts/fuzz writes, as it is there."""
    text = file.read_text() if file.exists() else ""
    start = text.find("## Hostile input")
    return text[start:text.find("\n## ", start)].splitlines() if start >= 0 else []


def write(file, rows, results):
    hostile = fuzzed(file)
    lines = [HEAD, "| fault | must hold | wanted | tries | lost | seconds | seed | date |",
             "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        found = results.get(row.name)
        cells = [str(found[key]) for key in ("tries", "lost", "seconds", "seed", "date")] if found else ["not yet run", "", "", "", ""]
        lines.append(f"| `{row.name}`: {row.fault} | {row.holds} | {row.count} | " + " | ".join(cells) + " |")
    machines = sorted({f"tsd {found['tsd'][0]} ({found['tsd'][1][:7]}) on {found['machine']}" for found in results.values()})
    lines += ["", *(f"Run with {machine}." for machine in machines), "", "## What became of them", "", "| fault | outcomes |", "|---|---|"]
    lines += [f"| `{row.name}` | {said(results[row.name])} |" for row in rows if row.name in results]
    lost = [(row.name, k, what) for row in rows if row.name in results for k, what in results[row.name]["failures"]]
    if lost:
        lines += ["", "## Lost", ""]
        lines += [f"- `--only {name} --try {k}`" for name, k, _ in lost]
    if hostile:
        lines += ["", *hostile]
    file.write_text("\n".join(lines) + "\n" + TAIL)
