#!/usr/bin/env python3
"""Recordings as others read them: check_recordings.py SOURCE_DIR TSD.

Loaders as those of the reference and of lfads-torch work (ctd_data.md 2.2, 2.3): they read every
member of the root as a dataset, before they take those they know. Attributes they don't see."""
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy

source, tsd = Path(sys.argv[1]), sys.argv[2]
RUNS = [("ctd_task/smoke.yaml", ["n_runs=1"]), ("ctd/smoke_multitask.yaml", []), ("ctd/smoke_randomtarget.yaml", [])]


def command(*words):
    subprocess.run([tsd, *map(str, words)], check=True, capture_output=True)


def validated(config, folder):
    return subprocess.run([tsd, "validate", str(source / "configs" / config)], cwd=folder, check=True, capture_output=True, text=True).stdout


def everything(path):
    with h5py.File(path) as file:
        return {key: numpy.asarray(member[()]) for key, member in file.items()}  # a group has no [()]


def floats(array):
    assert array.dtype.kind in "fiu", array.dtype
    return array.astype(numpy.float32)


def lfads_torch(path):
    """Data and supplied inputs of each side; other members with one row for each trial go along when the split is drawn anew."""
    data, sides = everything(path), {}
    for side in ("train", "valid"):
        encod, recon, ext = (floats(data[f"{side}_{name}"]) for name in ("encod_data", "recon_data", "ext_input"))
        assert encod.ndim == recon.ndim == ext.ndim == 3 and ext.shape[:2] == encod.shape[:2]
        assert (recon[:, :encod.shape[1], :encod.shape[2]] == encod).all()
        assert f"{side}_truth" not in data  # would need a conversion_factor
        sides[side] = ext
    for key in data:
        if key.startswith("train_"):
            both = [data[key.replace("train_", side + "_", 1)] for side in ("train", "valid")]
            assert [len(part) for part in both] == [len(sides["train"]), len(sides["valid"])], key
            numpy.concatenate(both)
    return sides


def reference(path):
    """What its two data modules take: the seven tensors of a batch, numbers to undo the standardisation, and inputs for LFADS."""
    data = everything(path)
    for side in ("train", "valid"):
        rows = [len(floats(data[f"{side}_{name}"]))
                for name in ("encod_data", "recon_data", "inputs", "extra", "latents", "inds", "activity")]
        assert len(set(rows)) == 1, rows
    for name in ("orig_mean", "orig_std", "readout"):
        floats(data[name])
    return data


with tempfile.TemporaryDirectory() as folder:
    # A recording that is a default has yet to be made, maybe.
    (ok, yet) = validated("ctd/sae_3bff.yaml", folder).splitlines()
    assert ok.endswith(": ok") and ": not there yet: data.file, data/ctd/heldin_50" in yet, yet
    Path(folder, "data/ctd").mkdir(parents=True)
    Path(folder, yet.split(", ")[1]).touch()
    assert validated("ctd/sae_3bff.yaml", folder).splitlines() == [ok]

    for config, words in RUNS:
        path = source / "configs" / config
        command("train", "--config", path, *words, "--out", folder + "/runs", "--quiet")
        (run,) = (file.parent for file in Path(folder, "runs").glob(f"*{path.stem}/status.json"))
        command("analyze", run, "--only", "recording")
        made = Path(folder, "made", config)
        command("ctd-simulate", "--config", path, *words, f"weights={run}/checkpoints/final.safetensors", "--out", made)
        for file in (run / "recording.h5", *made.glob("*.h5")):
            data = reference(file)
            for side, ext in lfads_torch(file).items():
                assert (ext == data[f"{side}_inputs"]).all()
            with h5py.File(file) as members:
                assert {"simulation_seed", "simulation_fr_scaling", "simulation_file_name"} <= set(members.attrs), file
            fit = ["ctd-data", "--config", source / "configs/ctd_data/smoke.yaml", "train.epochs=1", "--quiet"]
            command(*fit, f"data.file={file}", "--out", file.parent / f"fit_{file.stem}")
        # Files of earlier versions have groups, too.
        former = made / "former.h5"
        former.write_bytes(file.read_bytes())
        with h5py.File(former, "a") as members:
            members.create_group("simulation").attrs["seed"] = 0
            for side in ("train", "valid"):
                del members[f"{side}_ext_input"]
        command(*fit, f"data.file={former}", "--out", made / "fit_former")
