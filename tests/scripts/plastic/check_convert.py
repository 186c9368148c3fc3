#!/usr/bin/env python3
"""A state dict of the original through plastic_convert.py into a run: check_convert.py SOURCE_DIR TSD.

Exit 77 (skipped) without torch or safetensors.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

try:
    import safetensors  # noqa: F401
    import torch
    from torch import nn
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


class Memo(nn.Module):
    """Parameters in the original's order and under its names: two layers of 6 and 5, rates per synapse and one for all."""

    def __init__(self):
        super().__init__()
        made = lambda *shape: nn.Parameter(torch.randn(*shape) / 4)  # noqa: E731
        self.w_final, self.b_final = made(1, 5), made(1, 1)
        self.lambda_list = nn.ParameterList([nn.Parameter(torch.tensor(1.25)), nn.Parameter(torch.tensor(0.5))])
        self.weight_matrix_list = nn.ParameterList([made(6, 10), made(5, 6)])
        self.bias_matrix_list = nn.ParameterList([made(6, 1), made(5, 1)])
        self.eta_matrix_list = nn.ParameterList([made(6, 10), nn.Parameter(torch.tensor(-0.5))])


def run(*words, **options):
    return subprocess.run([str(word) for word in words], text=True, capture_output=True, **options)


def main(source, tsd, folder):
    torch.manual_seed(3)
    state = Memo().state_dict()
    (folder / "R_7").mkdir()
    torch.save(state, folder / "R_7/Model")
    convert = source / "scripts/reference/converters/plastic_convert.py"
    done = run(sys.executable, convert, folder / "R_7/Model", "--out", folder)
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    assert words == [f"init_file={folder}/R_7_Model.safetensors", "hidden_dims=[6,5]", "vec_len=10", "hetero_rates=[1,0]"], words

    # A step too small for single precision: what the run ends with is what it was given.
    done = run(tsd, "train-plastic", "--config", source / "configs/plastic/smoke.yaml", *words, "n_runs=1", "lr=1e-30",
               "max_total_iterations=1", "--out", folder / "run", "--quiet")
    assert done.returncode == 0, done.stderr
    found = [path for path in (folder / "run").rglob("results.h5")]
    with h5py.File(found[0]) as results:
        latest = results["/runs/1/models/latest"]
        assert set(latest) == set(state), (set(latest), set(state))
        for name, value in state.items():
            assert np.array_equal(latest[name][()], value.numpy()), name

    (folder / "notes.txt").write_text("no model\n")
    done = run(sys.executable, convert, folder / "notes.txt")
    assert done.returncode == 1 and done.stderr.startswith(f"{folder}/notes.txt: "), done.stderr
    torch.save({"fc.weight": torch.zeros(2, 2)}, folder / "other")
    done = run(sys.executable, convert, folder / "other")
    assert done.returncode == 1 and "keys: fc.weight" in done.stderr, done.stderr


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        main(Path(sys.argv[1]), Path(sys.argv[2]), Path(scratch))
    print("state dict -> safetensors -> run, bit for bit")
