#!/usr/bin/env python3
"""Predictions and scores against nlb_tools, whose evaluation takes tsd's file as it is: check_nlb.py SOURCE_DIR TSD VENV.

nlb_tools is installed into VENV, where it stays; exit code 77 where that is not possible."""
import json
import sys
import tempfile
from pathlib import Path

import peers

source, tsd, venv = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()
PACKAGES = ["numpy", "scipy", "scikit-learn", "h5py", "pandas<3", "pynwb", "pyyaml"]  # nlb_tools itself asks for a pandas of 2021
EVALUATE = """
import json, sys
from nlb_tools.evaluation import evaluate
print(json.dumps(evaluate(*sys.argv[1:3])))
"""
TO_TARGET = """
import sys
import h5py
from nlb_tools.make_tensors import save_to_h5
with h5py.File(sys.argv[1]) as file:
    data = {name: file[name][()] for name in file if name.startswith(("eval_", "train_behavior", "train_cond", "psth"))}
masks = {side: data[f"{side}_behavior"][:, 0, :1] > m for side, m in (("train", 0), ("eval", 0))}
for side, mask in masks.items():
    import numpy
    data[f"{side}_decode_mask"] = numpy.concatenate([mask, ~mask], axis=1)
save_to_h5({sys.argv[3]: data}, sys.argv[2])
"""


def run(*words, folder):
    return "".join(peers.run(*words, folder=folder, OMP_NUM_THREADS="1"))


def scores_of(python, target, predictions, folder):
    return json.loads(run(python, "-c", EVALUATE, target, predictions, folder=folder).splitlines()[-1])[0]


SCORES = """
import json, sys
import h5py
with h5py.File(sys.argv[1]) as file:
    scores = {name: file["scores"][name][()].tolist() for name in file["scores"] if name not in ("models", "behaviors")}
    scores["models"] = [name.decode().strip("\\0 ") for name in file["scores/models"][()].ravel()]
    print(json.dumps(scores))
"""


def check(python, folder, name, words, recording, target):
    out = folder / name
    run(tsd, "ctd-data", "--config", source / "configs/ctd_data/nlb.yaml", "--out", out, f"data.file={recording}",
        "train.epochs=20", "posterior_samples=2", *words, folder=folder)
    (out,) = out.iterdir()
    told = run(tsd, "analyze", out, "nlb.dataset=mc_maze_20", f"nlb.target={target}", folder=folder)
    found = json.loads(run(python, "-c", SCORES, out / "nlb.h5", folder=folder))
    expected = scores_of(python, target, out / "nlb.h5", folder)["mc_maze_20_split"]
    ours = {"co-bps": found["co_bps"][0], "fp-bps": found["fp_bps"][0], "psth R2": found["psth_r2"][0], "vel R2": found["behavior_r2"][0][0]}
    for score, value in ours.items():
        assert abs(value - expected[score]) < 1e-6, (name, score, value, expected)
    assert set(expected) == set(ours), expected
    print(name, expected)
    print(told)
    return found


def main():
    python = peers.python_with("nlb_tools", venv, PACKAGES, ["--no-deps", "nlb_tools==0.0.4"])
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make = [python, "-c", "import sys; sys.path.insert(0, sys.argv[1]); import h5py, nlb_recording as r\n"
                "file = h5py.File(sys.argv[2], 'w'); r.write(file, r.make(steps=35, later=10))", source / "scripts/reference/oracles/ctd"]
        run(*make, "whole.h5", folder=folder)
        run(python, "-c", TO_TARGET, "whole.h5", "target.h5", "mc_maze_20", folder=folder)
        found = check(python, folder, "scored", [], "whole.h5", "target.h5")
        assert found["models"] == ["model", "smoothing", "factor_analysis", "gpfa", "true_rates"], found["models"]
        ceiling = found["co_bps"][-1]
        for name, score in zip(found["models"], found["co_bps"]):
            assert name == "model" or 0 < score <= ceiling, (name, score, ceiling)
        # The test phase: nothing but held-in spikes is known of the trials to be scored.
        drop = "import h5py, shutil\nshutil.copy('whole.h5', 'test.h5')\nwith h5py.File('test.h5', 'a') as f:\n" \
               " [f.pop(n) for n in list(f) if n.startswith('eval_') and n != 'eval_spikes_heldin' or n in ('psth', 'train_behavior')]"
        run(python, "-c", drop, folder=folder)
        check(python, folder, "test_phase", ["data.reshuffle_tv_seed=0", "data.reshuffle_tv_ratio=0.2"], "test.h5", "target.h5")


main()
