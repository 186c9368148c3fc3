#!/usr/bin/env python3
"""scripts/ctd_pipeline with everything small: check_pipeline.py SOURCE_DIR TSD."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy

source, tsd = Path(sys.argv[1]), sys.argv[2]
TASK = "train.epochs=2 model.latent_size=16 nbff.n_timesteps=60 data_task.n_samples=100 data_sim.n_samples=100"
FIT = "train.epochs=2 model.vf_hidden_size=8 model.vf_num_layers=2 model.encoder_size=8"
COMPARE = "fixed_points.max_iters=20 fixed_points.n_inits=16 dsa.n_delays=2 dsa.rank=3 dsa.percent_data=0.5 dsa.iters=10"

with tempfile.TemporaryDirectory() as folder:
    words = ["--task", TASK, "--fit", FIT, "--compare", COMPARE]
    done = []
    for _ in range(2):  # the second time all is there
        subprocess.run([source / "scripts/ctd_pipeline", *words], cwd=folder, env=os.environ | {"TSD": tsd}, check=True)
        done.append({path: path.stat().st_mtime_ns for path in Path(folder).rglob("*.h5")})
    assert done[0] == done[1]
    assert len(list(Path(folder, "results/sae_node_short").glob("*/results.h5"))) == 18
    assert len(list(Path(folder, "results/compare").glob("*.png"))) == 5
    with h5py.File(Path(folder, "results/compare/results.h5")) as found:
        names = [name.decode() for name in found["models/name"]]
        assert names[0] == "reference" and len(names) == 19, names
        three = [name.startswith("node3_") for name in names]
        cycle = found["metrics/cycle_con"][:]
        # Three latents say no more than 60 neurons do.
        assert numpy.allclose(cycle[three], 1, atol=1e-9), cycle
