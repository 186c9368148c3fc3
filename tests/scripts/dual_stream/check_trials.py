#!/usr/bin/env python3
"""The published trial-level run against NumPy, trial by trial: check_trials.py SOURCE_DIR TSD.

dual_stream.md 11.5 gives what an independent program kept: 5e-7 over 100 epochs, 3e-4 over 35000 trials with logits up to 24.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

source, tsd = Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, str(source / "scripts/reference/oracles/dual_stream"))
import trials  # noqa: E402

with tempfile.TemporaryDirectory() as out:
    subprocess.run([tsd, "train-dual-stream", "--config", source / "configs/dual_stream/trial_level.yaml", "--out", out, "--quiet"],
                   check=True)
    ((difference, largest, same),) = trials.compare(Path(out, "trial_level"))
    assert len(difference) == 35000 and same
    assert difference[:10000].max() < 1e-6, difference[:10000].max()
    assert difference.max() < 1e-3 and 20 < largest < 30, (difference.max(), largest)
