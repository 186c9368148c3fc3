"""Packages of others, each in an environment of its own, and commands that have to end well."""
import os
import subprocess
import sys


def python_with(name, venv, *installs):
    """A Python that has them, each of `installs` words of one pip install; exit code 77 where that is not possible."""
    python = venv / "bin/python"
    if not (venv / "ready").exists():
        for words in ([sys.executable, "-m", "venv", venv], *([python, "-m", "pip", "install", "-q", *install] for install in installs)):
            done = subprocess.run(words, capture_output=True, text=True)
            if done.returncode != 0:
                print(f"skipped: no {name}:", done.stderr.strip().splitlines()[-1:])
                sys.exit(77)
        (venv / "ready").touch()
    return python


def run(*words, folder, **environment):
    """What it said on both streams."""
    done = subprocess.run([str(word) for word in words], cwd=folder, text=True, capture_output=True, env=os.environ | environment)
    assert done.returncode == 0, (words, done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout, done.stderr
