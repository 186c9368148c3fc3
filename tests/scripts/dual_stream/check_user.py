#!/usr/bin/env python3
"""Dual-stream runs as their users have them: own items, diverged, minimal and several runs in figures and exports, the original's
commands, its files and its checkpoints: check_user.py SOURCE_DIR TSD."""
import collections
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

NESTED = """config_version: config{0}
optim: sgd
loss_fn: bcelogits
fast: clustering
slow: dnn
random_seed: 999
num_blocks: 2
num_runs: 2
fast_config: {{max_num_clusters: 8, in_features: 3, out_features: 3, num_clusters: 8, optim: sgd, loss_fn: bcelogits}}
slow_config: {{act_func: relu, lr_dnn: 0.{0}, n_units: 4, mom: 0., networks_depth: 3, input_size: 3, output_size: 2, bias: True}}
"""


FIGURES = Path(__file__).resolve().parents[1] / "figures"  # its sitecustomize.py looks at every figure


def start(*words, folder=None):
    return subprocess.run([str(word) for word in words], text=True, capture_output=True, cwd=folder,
                          env=dict(os.environ, TSD_PYTHON=sys.executable, PYTHONPATH=str(FIGURES)))


def run(*words, folder=None):
    done = start(*words, folder=folder)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done


def trained(tsd, folder, name, *words, code=0):
    done = start(tsd, "train-dual-stream", "--out", folder / name, "--config", *words)
    assert done.returncode == code, (words, done.stderr)
    (directory,) = (file.parent for file in (folder / name).rglob("results.h5"))
    return directory, done.stderr


def own_items(folder):
    """pandas' CSV with an index and numbers for names, three classes, beyond the unit square."""
    items = folder / "items.csv"
    x = np.random.RandomState(1).normal(size=(12, 2))
    rows = [f"{i},{a:.3f},{b:.3f},{i % 3}" for i, (a, b) in enumerate(x)]
    items.write_text("\n".join([",0,1,2", *rows]) + "\n")
    return items


def figures_and_exports(source, tsd, folder):
    smoke = source / "configs/dual_stream/smoke.yaml"
    own, told = trained(tsd, folder, "own", smoke, "task=file", "held_out=[]", f"stimuli_file={own_items(folder)}")
    assert "items.csv: 12 items, 2 features, 3 classes" in told, told
    (folder / "cube.yaml").write_text(NESTED.format(1))
    cube = [folder / "cube.yaml", "problem_types=[1,6]"]
    diverged, _ = trained(tsd, folder, "diverged", *cube, "slow_config.lr=1e20", code=80)
    dropped, _ = trained(tsd, folder, "dropped", *cube, "slow_config.lr=1e20", "on_divergence=drop")
    minimal, _ = trained(tsd, folder, "minimal", smoke, "n_runs=1", "epochs=1")
    run(tsd, "analyze", own, "--only", "maps", "map_points=5")
    runs = [own, diverged, dropped, minimal]
    done = run(tsd, "plot", *runs)
    for one in runs:
        drawn = {file.name for file in one.glob("*.png")}
        assert {"lc.png", "loss.png", "recruitment.png"} <= drawn, (one, drawn)
    assert (own / "maps.png").exists()
    assert "Warning" not in done.stderr and "figure " not in done.stderr, done.stderr
    run(sys.executable, source / "scripts/reference/converters/dual_stream_npy.py", own, folder / "npy")
    with h5py.File(own / "results.h5") as results:
        assert np.array_equal(np.load(folder / "npy/dual_stream_smoke/lc_total.npy"), results["stimuli/lc_total"][()])
    without = start(sys.executable, "-S", source / "scripts/plot/dual_stream.py", own / "results.h5")
    assert without.returncode != 0 and without.stderr.startswith("tsd plot: "), without.stderr
    assert "pip install" in without.stderr and "Traceback" not in without.stderr, without.stderr


def commands_of_the_original(source, tsd, folder):
    configs = folder / "configs"
    configs.mkdir()
    for number in (1, 2, 10, 1000):
        (configs / f"config{number}.yaml").write_text(NESTED.format(number))
    (configs / "notes.txt").write_text("no config")
    run(tsd, "validate", *sorted(configs.glob("*.yaml")))
    for name, command in (("a", "train"), ("b", "train-dual-stream")):
        run(tsd, command, "--config", "None", "--begin", 0, "--end", 999, "--out", name, folder=folder)
        assert {entry.name for entry in (folder / name).iterdir()} == {"config1", "config2", "config10"}
    run(tsd, "train", "--config", configs, "--begin", 1000, "--end", 1000, "--out", folder / "a")
    assert (folder / "a/config1000/results.h5").exists()
    nothing = start(tsd, "train", "--config", configs, "--begin", 3, "--end", 9)
    assert nothing.returncode == 64 and "got none" in nothing.stderr, nothing.stderr
    indexed = start(tsd, "train", "--config", configs, "--index", 3)
    assert indexed.returncode == 64 and "is a folder" in indexed.stderr, indexed.stderr


def checkpoints_of_the_original(source, tsd, folder):
    """States of a finished run as the original saves them; another run begins where it ended."""
    try:
        import torch
        import safetensors  # noqa: F401
    except ImportError:
        return print("checkpoints of the original: skipped, no torch or safetensors")
    (folder / "cube.yaml").write_text(NESTED.format(1))
    words = [folder / "cube.yaml", "problem_types=[2]"]
    done, _ = trained(tsd, folder, "before", *words)
    names = {"position": "Distance.weight", "association": "ClsLayer.weight"}
    files = []
    with h5py.File(done / "results.h5") as results:
        final = results["type2/final"]
        for participant in range(2):
            tensor = lambda path: torch.tensor(final[path][participant].astype("f4"))  # noqa: E731
            state = {f"FastModel.{name}": tensor(f"fast/{ours}") for ours, name in names.items()}
            state["FastModel.DimensionWiseAttnLayer.weight"] = tensor("fast/attention")[None]
            state["FastModel.MaskNonRecruit.weight"] = tensor("fast/active")[None]
            for layer in range(4):
                state[f"SlowModel.layers.{layer}.weight"] = tensor(f"slow/W{layer}")
                state[f"SlowModel.layers.{layer}.bias"] = tensor(f"slow/b{layer}")
            files.append(folder / f"type2_run{participant}.pth.tar")
            torch.save({"state_dict": collections.OrderedDict(state)}, files[-1])
        expected = results["type2/test/lc_total"][()]
    convert = source / "scripts/reference/converters/dual_stream_convert.py"
    told = run(sys.executable, convert, *files, "--out", folder / "start.safetensors").stdout
    assert "fast=clustering" in told and "slow_config.n_units=4" in told, told
    still = ["fast_config.lr_clustering=0", "slow_config.lr=0", "fast_config.thr=-2"]
    after, _ = trained(tsd, folder, "after", *words, *still, f"init_file={folder / 'start.safetensors'}")
    with h5py.File(after / "results.h5") as results:
        # Nothing was learnt nor recruited; attention, which each answer constrains again, may differ in its last bit.
        assert np.allclose(results["type2/test/lc_total"][()], expected, rtol=0, atol=2e-6)
    bad = folder / "bad.pth.tar"
    torch.save({"state_dict": {"ClsLayer.weight": Path("x")}}, bad)  # an object that is no tensor
    refused = start(sys.executable, convert, bad)
    assert refused.returncode != 0 and "expected a checkpoint of torch.save" in refused.stderr, refused.stderr
    gone = start(sys.executable, convert, folder / "gone.pth.tar")
    assert gone.returncode != 0 and gone.stderr == f"{folder / 'gone.pth.tar'}: No such file or directory\n", gone.stderr


def main(source, tsd):
    for check in (figures_and_exports, commands_of_the_original, checkpoints_of_the_original):
        with tempfile.TemporaryDirectory() as folder:
            check(source, tsd, Path(folder))
        print(check.__name__.replace("_", " "))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
