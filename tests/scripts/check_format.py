#!/usr/bin/env python3
"""Every C++ source is as .clang-format says: check_format.py SOURCE_DIR. Exit 77 (skipped) without clang-format 14.0.6,
whose output other versions do not repeat; it is the one of scripts/requirements.txt."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "14.0.6"


def main():
    beside_python = os.path.dirname(sys.executable)
    program = shutil.which("clang-format", path=beside_python + os.pathsep + os.environ["PATH"])
    found = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout if program else "none"
    if VERSION not in found.split():
        print(f"skipped: expected clang-format {VERSION}, got {found.strip()}")
        return 77
    source = Path(sys.argv[1])
    files = sorted(path for folder in ("include", "src", "tests") for path in (source / folder).rglob("*.[ch]pp"))
    assert len(files) > 200, f"only {len(files)} sources in {source}"
    done = subprocess.run([program, "--dry-run", "-Werror", *files], capture_output=True, text=True)
    bad = [str(path.relative_to(source)) for path in files if f"{path}:" in done.stderr]
    print(f"{len(bad)} of {len(files)} sources are not formatted")
    if done.returncode:
        print(f"to mend: {program} -i {' '.join(bad)}" if bad else done.stderr)
    return done.returncode


sys.exit(main())
