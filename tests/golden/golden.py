#!/usr/bin/env python3
"""Smoke runs of every family against tests/golden/<family>.json: no number changes without being seen in review.

    golden.py SOURCE TSD [family ...]           compare
    golden.py SOURCE TSD --write [family ...]   make them anew

Each dataset of results.h5 and of the analyses has its shape, type, mean, root mean square and SHA-256. On a processor with
the features that a file names, digests are compared. On another one the last bits differ, and mean and root mean square are
compared to 1 % of the latter: rounding moves a few updates of a smoke run by far less, a mistake by more.
"""
import argparse
import hashlib
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

RUNS = {"nback": ("nback/smoke.yaml", [], []),
        "microcircuit": ("microcircuit/smoke.yaml", [], []),
        "layered": ("layered/smoke.yaml", [], []),
        "plastic": ("plastic/smoke.yaml", [], []),
        "dual_stream": ("dual_stream/smoke.yaml", [], ["learning", "maps"]),
        "ctd_task": ("ctd_task/smoke.yaml", [], []),
        "ctd_data": ("ctd_data/smoke.yaml", [], []),
        "compare": ("compare/smoke.yaml", [], [])}
CLOSE = 0.01


def facts(item):
    """What is kept of a dataset. Text counts by its digest alone."""
    values = item[()]
    found = {"dtype": item.dtype.str, "shape": list(item.shape), "sha256": hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()}
    if np.issubdtype(item.dtype, np.number):
        finite = np.asarray(values, float).ravel()
        finite = finite[np.isfinite(finite)]
        found["mean"] = float(finite.mean()) if finite.size else 0.0
        found["rms"] = math.sqrt(float((finite**2).mean())) if finite.size else 0.0
    return found


def datasets(path):
    """Facts of every dataset but the provenance, which tells of the machine, and the paths of models, which tell of the checkout."""
    found = {}

    def visit(name, item):
        is_axis = item.attrs.get("NAME", b"").startswith(b"This is a netCDF dimension")  # a name and a length alone
        if isinstance(item, h5py.Dataset) and not is_axis and not name.startswith("provenance/") and name != "models/file":
            found[f"{path.name}/{name}"] = facts(item)

    with h5py.File(path) as file:
        file.visititems(visit)
        return found, file.attrs["processor"]


def run(source, tsd, family):
    config, words, analyses = RUNS[family]
    with tempfile.TemporaryDirectory() as out:
        command = [tsd, "train", "--config", source / "configs" / config, *words, "--threads", "1", "--out", out, "--quiet"]
        subprocess.run(command, check=True)
        (run_folder,) = (path.parent for path in Path(out).rglob("results.h5"))
        for analysis in analyses:
            subprocess.run([tsd, "analyze", run_folder, "--only", analysis], check=True, capture_output=True)
        found = {}
        for file in ("results", *analyses):
            new, processor = datasets(run_folder / f"{file}.h5")
            found.update(new)
    return {"processor": processor, "datasets": found}


def differences(expected, got, exact):
    for name in sorted(expected.keys() | got.keys()):
        if name not in got or name not in expected:
            yield f"{name}: {'gone' if name not in got else 'new'}"
            continue
        a, b = expected[name], got[name]
        if (a["dtype"], a["shape"]) != (b["dtype"], b["shape"]):
            yield f"{name}: expected {a['dtype']} {a['shape']}, got {b['dtype']} {b['shape']}"
        elif exact and a["sha256"] != b["sha256"]:
            yield f"{name}: other bits; mean {a.get('mean')} -> {b.get('mean')}, rms {a.get('rms')} -> {b.get('rms')}"
        elif not exact and "rms" in a and max(abs(a["mean"] - b["mean"]), abs(a["rms"] - b["rms"])) > CLOSE * max(a["rms"], 1e-6):
            yield f"{name}: mean {a['mean']} -> {b['mean']}, rms {a['rms']} -> {b['rms']}"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("source", type=Path)
    arguments.add_argument("tsd", type=Path)
    arguments.add_argument("families", nargs="*")
    arguments.add_argument("--write", action="store_true", help="make the files anew instead of comparing")
    options = arguments.parse_args()
    failed = False
    for family in options.families or RUNS:
        file, got = options.source / f"tests/golden/{family}.json", run(options.source, options.tsd, family)
        if options.write:
            file.write_text(json.dumps(got, indent=1, sort_keys=True) + "\n")
            continue
        expected = json.loads(file.read_text())
        exact = expected["processor"] == got["processor"]
        found = list(differences(expected["datasets"], got["datasets"], exact))
        print(f"{family}: {len(got['datasets'])} datasets, {'bit by bit' if exact else 'other processor: to 1 %'}, {len(found)} differ")
        print("".join(f"  {line}\n" for line in found[:20]), end="")
        failed |= bool(found)
    if failed:
        sys.exit("meant? then tests/golden/golden.py SOURCE TSD --write, and tell of it in CHANGELOG.md")


if __name__ == "__main__":
    main()
