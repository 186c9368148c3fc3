#!/usr/bin/env python3
"""A comparison against scikit-learn, NumPy and PyTorch: check_compare.py SOURCE_DIR TSD. Exit 77 (skipped) without them."""
import importlib.util
import subprocess
import sys
import tempfile

missing = [name for name in ("h5py", "safetensors", "sklearn", "torch", "yaml") if importlib.util.find_spec(name) is None]
if missing:
    print(f"skipped: no {', '.join(missing)}")
    sys.exit(77)
source, tsd = sys.argv[1:]
with tempfile.TemporaryDirectory() as out:
    subprocess.run([tsd, "compare", "--config", "configs/compare/smoke.yaml", "--out", out, "--quiet"], cwd=source, check=True)
    done = subprocess.run([sys.executable, "scripts/reference/oracles/ctd/compare.py", f"{out}/compare_smoke/results.h5"], cwd=source)
sys.exit(done.returncode)
