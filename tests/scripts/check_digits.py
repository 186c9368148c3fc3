#!/usr/bin/env python3
"""scripts/digits, then configs/layered/digits.yaml as shipped: check_digits.py SOURCE_DIR TSD.

What an independent NumPy program of the original's layers gave from the same stream (docs/measured/layered.md): accuracy of the
nearest class mean and squared error on the test images at the start and after 1, 10 and 20 epochs. Rounding grows with time; so the
first two to 1e-4, later errors to 3 %, and the order of the rules.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

EXPECTED = {  # rule, seed: accuracy at the start and after one epoch, then the four errors
    ("BP", 1): (.229, .212, .23175, .07579, .06247, .05456), ("BP", 3): (.378, .326, .24137, .07588, .05613, .05180),
    ("BP", 5): (.302, .253, .24109, .07589, .06545, .05475), ("FA", 1): (.389, .399, .24295, .07540, .07522, .06819),
    ("FA", 3): (.299, .306, .23765, .07531, .07499, .06537), ("FA", 5): (.354, .389, .23925, .07538, .07531, .07406),
    ("PAL", 1): (.181, .198, .24273, .07568, .06870, .05761), ("PAL", 3): (.194, .156, .24622, .07550, .05979, .05774),
    ("PAL", 5): (.184, .233, .24042, .07553, .05969, .05601)}
ANGLES = {"FA": 95, "PAL": 60}  # degrees, none larger after 20 epochs

source, tsd = Path(sys.argv[1]), sys.argv[2]
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.executable, source / "scripts/digits", f"{folder}/digits"], check=True)
    subprocess.run([tsd, "train", "--config", source / "configs/layered/digits.yaml", f"data.folder={folder}/digits", "--jobs", "2",
                    "--out", folder, "--quiet"], check=True)
    last = {}
    for results in sorted(Path(folder).glob("*/*/results.h5")):
        with h5py.File(results) as file:
            rule, seed = file["learning"].attrs["rule"], int(file.attrs["seed"])
            mse, accuracy = file["evaluation/test/mse"][()], file["evaluation/test/readout"][()]
            assert list(file["evaluation/test/epoch"]) == [0, 1, 10, 20]
            expected = EXPECTED.pop((rule, seed))
            assert np.abs(accuracy[:2] - expected[:2]).max() < 5.1e-4 + 1 / 288, (rule, seed, accuracy)  # told to 5e-4; one image
            assert np.abs(mse[:2] - expected[2:4]).max() < 1e-4, (rule, seed, mse)
            assert np.abs(mse[2:] / expected[4:] - 1).max() < 0.03, (rule, seed, mse)
            if rule in ANGLES:
                assert file["angles/degrees"][-1].max() < ANGLES[rule], (rule, seed, file["angles/degrees"][-1])
            last.setdefault(rule, []).append(mse[-1])
    assert not EXPECTED, f"no results: {sorted(EXPECTED)}"
    means = {rule: np.mean(values) for rule, values in last.items()}
    assert means["BP"] < means["PAL"] < means["FA"], means
    print("error after 20 epochs, mean of three seeds:", ", ".join(f"{rule} {mean:.5f}" for rule, mean in means.items()))
