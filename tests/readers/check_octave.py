#!/usr/bin/env python3
"""scripts/matlab/read_tsd.m in Octave, beside h5py; and ncread of octave-netcdf, where it is, on the same file.

Exit code 77: Octave is not there.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

HERE = Path(__file__).parent


def octave(source, code):
    environment = {**os.environ, "TSD_PYTHON": sys.executable, "TSD_STAND_IN": str(HERE / "octave/stand_in.py")}
    command = ["octave-cli", "--no-gui", "--no-init-file", "--path", HERE / "octave", "--path", source / "scripts/matlab", "--eval", code]
    done = subprocess.run(command, env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def expected(file):
    """Path, axes, size and sum, as values.m prints them."""
    found = {}

    def visit(name, item):
        if not isinstance(item, h5py.Dataset) or item.attrs.get("NAME", b"").startswith(b"This is a netCDF dimension"):
            return
        path = "/" + "/".join(re.sub(r"^(?=\d)", "x", re.sub(r"\W", "_", part)) for part in name.split("/"))  # names of fields
        if item.dtype.kind == "S":
            text = np.atleast_1d(item[()])
            found[path] = (item.attrs["dims"], "text", text[0].decode().replace("\n", " ") if text.size else "")
        else:
            size = list(item.shape) + [1] * (2 - item.ndim)
            found[path] = (item.attrs["dims"], "[" + " ".join(map(str, size)) + "]", float(item[()].astype(float).sum()))

    with h5py.File(file) as opened:
        opened.visititems(visit)
    return found


def check_values(source, file):
    want = expected(file)
    lines = [line.split("|") for line in octave(source, f"values('{file}')").splitlines()]
    got = {path: (axes, size, value) for path, axes, size, value in lines}
    assert got.keys() == want.keys(), sorted(got.keys() ^ want.keys())
    for path, (axes, size, value) in got.items():
        assert (axes, size) == want[path][:2], f"{path}: {axes} {size}, h5py: {want[path]}"
        if size != "text":
            assert np.isclose(float(value), want[path][2], rtol=1e-6, equal_nan=True), f"{path}: {value}, h5py: {want[path]}"
        else:
            assert value.split() == want[path][2].split(), f"{path}: {value}, h5py: {want[path]}"
    return len(got)


def check_ncread(source, file, path):
    """The axes are reversed, as of MATLAB's own."""
    has = subprocess.run(["octave-cli", "--no-gui", "--eval", "pkg load netcdf"], capture_output=True).returncode == 0
    if not has:
        return "ncread not tried: no package netcdf in Octave"
    with h5py.File(file) as opened:
        values = opened[path][()]
    got = octave(source, f"pkg load netcdf; x = ncread('{file}', '{path}'); printf('%s %.9g', mat2str(size(x)), sum(x(:)))")
    size, _, total = got.rpartition(" ")
    assert size == "[" + " ".join(map(str, values.shape[::-1])) + "]" and np.isclose(float(total), values.sum(), rtol=1e-6), got
    return "ncread agrees"


def main(source, tsd):
    if not shutil.which("octave-cli"):
        print("skipped: no octave-cli")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([tsd, "train", "--config", source / "configs/microcircuit/smoke.yaml", "rec_WPP=true", "--out", out, "--quiet"], check=True)
        file = Path(out, "microcircuit_smoke/results.h5")
        number = check_values(source, file)
        print(f"{number} datasets as h5py reads them; {check_ncread(source, file, '/students/1/record/WPP_1')}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
