#!/usr/bin/env python3
"""check_install.py BUILD_DIR [--package]: tsd installed under a prefix, or unpacked from its tarball, trains and
plots from another folder; the tarball brings every library but the C library's."""
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

C_LIBRARY = ("linux-vdso", "ld-linux", "libc.so", "libm.so", "libdl.so", "librt.so", "libpthread.so")


def installed(build, folder):
    subprocess.run(["cmake", "--install", build, "--prefix", folder / "prefix"], check=True, stdout=subprocess.DEVNULL)
    return folder / "prefix"


def unpacked(build, folder):
    subprocess.run(["cpack", "--config", build / "CPackConfig.cmake", "-B", folder / "package"], check=True, stdout=subprocess.DEVNULL)
    (archive,) = (folder / "package").glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "unpacked")
    (root,) = (folder / "unpacked").iterdir()
    return root


def strangers(root):
    """Libraries that a program of the package would take from the machine."""
    for program in ("tsd", "tsd-compute"):
        for line in subprocess.run(["ldd", root / "bin" / program], capture_output=True, text=True, check=True).stdout.splitlines():
            if str(root) not in line and not any(name in line for name in C_LIBRARY):
                yield f"{program}: {line.strip()}"


def main(build, package):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder).resolve()
        root = (unpacked if package else installed)(build, folder)
        found = list(strangers(root)) if package else []
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TSD_PYTHON": sys.executable}
        for words in (["train", "--config", root / "share/tsd/configs/plastic/smoke.yaml", "--quiet"], ["plot", "results/plastic_smoke"]):
            subprocess.run([root / "bin/tsd", *words], cwd=folder, env=environment, check=True)
        if not list((folder / "results/plastic_smoke").glob("*.png")):
            found.append("no figure in results/plastic_smoke")
    return "\n".join(found) or None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "--package" in sys.argv))
