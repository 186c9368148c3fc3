#!/usr/bin/env python3
"""scripts/bootstrap against stand-ins for the programs that it calls; which files of scripts/ are programs."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def stand_in(folder, name, body):
    (folder / name).write_text(f"#!/bin/bash\n{body}\n")
    (folder / name).chmod(0o755)


def checkout(source, folder):
    """A copy of what bootstrap needs, and a folder of stand-ins that comes first on the path."""
    (folder / "scripts").mkdir()
    (folder / "bin").mkdir()
    for name in ("bootstrap", "requirements.txt"):
        shutil.copy(source / "scripts" / name, folder / "scripts" / name)
    stand_in(folder / "scripts", "fetch_weights", "exit 1")
    return {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}


def bootstrap(folder, environment):
    return subprocess.run([folder / "scripts/bootstrap"], env=environment, text=True, capture_output=True, stdin=subprocess.DEVNULL)


def names_what_is_missing(source, folder):
    environment = checkout(source, folder)
    stand_in(folder / "bin", "dpkg-query", '[[ ${*: -1} == libhwy-dev ]] || echo installed')
    stand_in(folder / "bin", "apt-get", "exit 100")
    stand_in(folder / "bin", "sudo", "exit 1")
    done = bootstrap(folder, environment)
    assert done.returncode == 69, done
    assert "apt-get install --no-install-recommends libhwy-dev\n" in done.stderr, done.stderr
    assert not (folder / ".venv").exists()


def uses_conda_and_remembers(source, folder):
    environment = checkout(source, folder)
    prefix = folder / "conda"
    (prefix / "share/cmake/Torch").mkdir(parents=True)
    (prefix / "share/cmake/Torch/TorchConfig.cmake").touch()
    for program in ("apt-get", "python3"):
        stand_in(folder / "bin", program, "exit 100")
    environment["CONDA_PREFIX"] = str(prefix)
    done = bootstrap(folder, environment)
    assert done.returncode == 0 and "warning: no backbone weights" in done.stderr, done
    assert (folder / ".cache/environment").read_text().strip() == str(prefix)
    again = bootstrap(folder, environment)
    assert again.returncode == 0 and again.stderr == "", again
    (folder / "scripts/requirements.txt").write_text("something else\n")
    assert bootstrap(folder, environment).stderr != "", "changed inputs, but nothing done"


def is_program(path):
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def programs_can_be_called_and_others_not(source, _):
    files = [path for path in (source / "scripts").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    wrong = [str(path.relative_to(source)) for path in files if is_program(path) != bool(path.stat().st_mode & 0o100)]
    assert len(files) > 100 and not wrong, "#! without x, or x without #!: " + ", ".join(wrong)


if __name__ == "__main__":
    for check in (names_what_is_missing, uses_conda_and_remembers, programs_can_be_called_and_others_not):
        with tempfile.TemporaryDirectory() as scratch:
            check(Path(sys.argv[1]), Path(scratch))
        print(check.__name__.replace("_", " "))
