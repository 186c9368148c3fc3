#!/usr/bin/env python3
"""scripts/bootstrap and the SLURM template against stand-ins for the programs that they call."""
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
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


def requeues_when_out_of_time(source, folder):
    (folder / "build/release").mkdir(parents=True)
    stand_in(folder / "build/release", "tsd", 'trap "sleep 0.2; exit 75" USR1 TERM; echo "$@" >words; while :; do sleep 0.05; done')
    stand_in(folder, "scontrol", f'echo "$@" >>{folder}/scontrol.log')
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "SLURM_SUBMIT_DIR": str(folder), "SLURM_ARRAY_JOB_ID": "7",
                   "SLURM_ARRAY_TASK_ID": "3", "SLURM_CPUS_PER_TASK": "2"}
    for sent in (signal.SIGTERM, signal.SIGUSR1):  # a cancelled task stays out of the queue
        (folder / "words").unlink(missing_ok=True)
        assert not (folder / "scontrol.log").exists()
        job = subprocess.Popen(["bash", source / "scripts/slurm/array.sbatch", "a.yaml", "seed=1"], env=environment,
                               start_new_session=True)
        try:
            while not (folder / "words").exists() or not (folder / "words").read_text():
                time.sleep(0.01)
            job.send_signal(sent)
            assert job.wait(timeout=60) == 75
        finally:  # the stand-in may have outlived it
            with contextlib.suppress(ProcessLookupError):
                os.killpg(job.pid, signal.SIGKILL)
    assert (folder / "words").read_text() == "train --config a.yaml --index 3 --threads 2 seed=1\n"
    assert (folder / "scontrol.log").read_text() == "requeue 7_3\n"


if __name__ == "__main__":
    for check in (names_what_is_missing, uses_conda_and_remembers, requeues_when_out_of_time):
        with tempfile.TemporaryDirectory() as scratch:
            check(Path(sys.argv[1]), Path(scratch))
        print(check.__name__.replace("_", " "))
