#!/usr/bin/env python3
"""Without their packages, scripts/report and scripts/export say in one line what to install; a Python without any shows it."""
import subprocess
import sys
from pathlib import Path

source = Path(sys.argv[1])
for words, package in (([source / "scripts/report/report.py", "x"], "pip install plotly"),
                       ([source / "scripts/export", "wandb", "x"], "pip install wandb"),
                       ([source / "scripts/export", "mlflow", "x"], "pip install mlflow-skinny")):
    done = subprocess.run([sys.executable, "-S", *words], text=True, capture_output=True)
    assert done.returncode == 66 and done.stderr.count("\n") == 1 and package in done.stderr, f"{words}: {done.returncode} {done.stderr}"
