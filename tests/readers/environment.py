"""The Python of these tests: .cache/readers of the checkout, made on the first call, with what requirements.txt names."""
import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FOLDER = ROOT / ".cache/readers"
SKIPPED = 77


def wanted():
    files = [HERE / "requirements.txt", ROOT / "scripts/report/requirements.txt", ROOT / "scripts/trackers/requirements.txt",
             *sorted((ROOT / "scripts/python").rglob("*.py")), ROOT / "scripts/python/pyproject.toml"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def prepare():
    FOLDER.parent.mkdir(exist_ok=True)
    with open(FOLDER.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = FOLDER / "stamp"
        if stamp.exists() and stamp.read_text() == wanted():
            return
        pip = [FOLDER / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        try:
            if not (FOLDER / "bin/python").exists():
                subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True, stdout=subprocess.DEVNULL)
            subprocess.run([*pip, "-r", HERE / "requirements.txt"], check=True)
            # as a user installs it; the copy keeps what setuptools writes out of the checkout
            subprocess.run(["cp", "-rT", ROOT / "scripts/python", FOLDER / "tsd_results"], check=True)
            subprocess.run([*pip, "--no-deps", "--force-reinstall", FOLDER / "tsd_results"], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"skipped: {FOLDER} cannot be made (no network?): {error}")
            sys.exit(SKIPPED)
        stamp.write_text(wanted())


def enter():
    """Goes on in that environment; figures are drawn by the Python of this call."""
    if Path(sys.prefix) != FOLDER:
        os.environ.setdefault("TSD_PYTHON", sys.executable)
        prepare()
        os.execv(FOLDER / "bin/python", [str(FOLDER / "bin/python"), *sys.argv])
