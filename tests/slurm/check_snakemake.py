#!/usr/bin/env python3
"""check_snakemake.py SOURCE TSD VENV: the rule of docs/start/clusters.md makes its four runs, goes on after an interruption, and has
nothing left to do then. Snakemake is installed by pip into an environment of its own; exit 77 (skipped) where it cannot."""
import re
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

SKIPPED = 77


def snakemake_of(folder):
    program = folder / "bin/snakemake"
    if not program.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin/pip", "install", "--quiet", "snakemake"], capture_output=True, check=False)
    return program if program.exists() else None


def main(source, tsd, environment):
    snakemake = snakemake_of(environment)
    if snakemake is None:
        print("skipped: Snakemake cannot be installed here (pip install snakemake)")
        return SKIPPED
    rule = re.search(r"```snakemake\n(.*?)```", (source / "docs/start/clusters.md").read_text(), re.S)[1]
    assert len(rule.splitlines()) <= 10, "the page says ten lines"
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "Snakefile").write_text(rule)
        (folder / "configs").symlink_to(source / "configs")
        (folder / "scripts").mkdir()
        (folder / "scripts/tsd").symlink_to(tsd)
        words = [snakemake, "--cores", "2", "--rerun-incomplete"]
        first = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not list(folder.glob("results/seeds/*/status.json")) and first.poll() is None:
            time.sleep(0.05)
        first.terminate()
        first.wait()
        subprocess.run([snakemake, "--unlock"], cwd=folder, check=True, capture_output=True)
        done = subprocess.run(words, cwd=folder, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
        states = [path.read_text().count('"state": "done"') for path in folder.glob("results/seeds/*/status.json")]
        assert states == [1] * 4, states
        again = subprocess.run(words, cwd=folder, text=True, capture_output=True, check=True)
        assert "Nothing to be done" in again.stderr + again.stdout, again.stderr
    print("four runs by Snakemake, interrupted once")
    return 0


if __name__ == "__main__":
    sys.exit(main(*(Path(word).resolve() for word in sys.argv[1:])))
