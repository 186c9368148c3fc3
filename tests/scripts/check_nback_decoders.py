#!/usr/bin/env python3
"""tsd's decoders and measures of a small run beside scikit-learn's and NumPy's; skipped where scikit-learn is missing."""
import subprocess
import sys
import tempfile
from pathlib import Path


def main(source, binary):
    with tempfile.TemporaryDirectory() as out:
        run = Path(out, "smoke")
        subprocess.run([binary, "train", "--config", source / "configs/nback/smoke.yaml", "--out", out, "--quiet"], check=True)
        for analysis in ("extract", "decoding", "orthogonalization", "efficiency"):
            subprocess.run([binary, "analyze", run, "--only", analysis], check=True, capture_output=True)
        return subprocess.run([sys.executable, source / "scripts/reference/nback_decoders.py", run]).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
