#!/usr/bin/env python3
"""A result folder of the original's plastic networks (event files, models) as a run that `tsd plot` and `tsd analyze` take.

    scripts/reference/converters/plastic_run.py Result/Memo/Memo-M_A-in25-hid100_100-eta-1_1-fr-4-var0.1 --out results
    scripts/tsd plot results/plastic/memo_ma results/Memo-M_A-in25-hid100_100-eta-1_1-fr-4-var0.1

The folder's name says which network it is, metadata.txt how it was trained. The run is made by one iteration of tsd from the
last model; then stages, scalars and models are replaced by the original's. A stage begins with its first record, since the
original writes no other beginning (every 100 iterations); of a stage that was begun anew the last start is taken. Nothing but
tensors is read from a model, and none of its code is run.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import torch
import yaml
from checkpoint import replace_tensors, tensor_of
from event_file import scalars
from plastic_convert import converted
from results_file import replace
from safetensors.torch import save_file

NAME = re.compile(r"(?P<network_type>[A-Za-z_]+)-(?P<plastic_types>[MA](?:_[MA])*)-in(?P<vec_len>\d+)-hid(?P<hidden_dims>[\d_]+)"
                  r"-eta-(?P<hetero_rates>[\d._]+)-fr-(?P<scene_time>\d+)-var(?P<VAR>[\d.]+)")
TRAINED = {"lr_rate": "lr", "acc_threshold": "acc_threshold", "acc_num": "acc_num"}
LOGGED, CAP = 100, 1_000_000  # iterations: between records, and of a stage at most
SINGLE = {"loss": "Performance/Training Loss", "accuracy": "Performance/Accuracy", "fpr": "FPFN/false positive rate",
          "fnr": "FPFN/false negative rate", "w_final_norm": "wb/Norm of w_final", "w_final_var": "wb/Var of w_final",
          "b_final_norm": "wb/Norm of b_final", "b_final_var": "wb/Var of b_final"}
LAYERED = {"w_norm": "wb/Norm of w_", "w_var": "wb/Var of w_", "b_norm": "wb/Norm of b_", "b_var": "wb/Var of b_",
           "eta_norm": "Synapse/Norm of Eta_", "eta_var": "Synapse/Var of Eta_", "eta_scalar": "Synapse/Eta_",
           "lambda_raw": "Synapse/Lambda_"}


class Start:
    """An event file: {step: {tag: value}}, and when it begins; each scalar is an event of its own."""

    def __init__(self, file):
        self.records, self.wall = {}, None
        try:
            for step, wall, found in scalars(file.read_bytes()):
                self.wall = self.wall or wall
                self.records.setdefault(step, {}).update({re.sub(r" */ *", "/", tag): value for tag, value in found.items()})
        except (ValueError, KeyError, IndexError) as error:
            sys.exit(f"{file}: {error}")


class Stage:
    """A folder R_<R>: its records, numbered from the run's first iteration, and its model, if one was stored."""

    def __init__(self, folder, before):
        self.folder, self.R = folder, int(folder.name.removeprefix("R_"))
        starts = [start for start in map(Start, folder.glob("Training_Log/events.out.tfevents.*")) if start.records]
        starts.sort(key=lambda start: start.wall)
        self.records = list(starts[-1].records.items()) if starts else []
        self.left_out = len(starts[:-1])
        if self.records and self.records[0][0] <= before:  # an earlier version counted the steps of each stage
            self.records = [(step + before, found) for step, found in self.records]
        model = next((folder / name for name in ("Model", "Model_tmp") if (folder / name).exists()), None)
        self.closed = model is not None and model.name == "Model"
        self.model = model and self.load(model)

    @staticmethod
    def load(file):
        try:
            return converted(torch.load(file, map_location="cpu", weights_only=True))
        except Exception as error:  # whatever torch finds in a file that is none of its own
            sys.exit(f"{file}: {error}")

    @property
    def first(self):
        return self.records[0][0]

    @property
    def last(self):
        return self.records[-1][0]


def stages_of(folder):
    found = []
    for path in sorted(folder.glob("R_*"), key=lambda path: int(path.name.removeprefix("R_"))):
        stage = Stage(path, found[-1].last if found else -1)
        if stage.left_out:
            print(f"{path}: {stage.left_out} earlier start(s) left out", file=sys.stderr)
        if stage.records:
            found.append(stage)
    if not found:
        sys.exit(f"{folder}: no records; expected R_<R>/Training_Log/events.out.tfevents.*")
    if found[-1].model is None:
        sys.exit(f"{found[-1].folder}: no model; expected Model or Model_tmp")
    return found


def config_of(folder, last):
    """As tsd writes it; one iteration from the last model."""
    name = NAME.fullmatch(folder.name)
    if not name:
        sys.exit(f"{folder.name}: no name of the original; expected one like Memo-M_A-in25-hid100_100-eta-1_1-fr-4-var0.1")
    words = {key: [yaml.safe_load(part) for part in text.split("_")] if key.endswith(("dims", "rates")) else
             text.split("_") if key == "plastic_types" else text if key == "network_type" else yaml.safe_load(text)
             for key, text in name.groupdict().items()}
    metadata = folder / "metadata.txt"
    lines = [line.split(":", 1) for line in metadata.read_text().splitlines() if ":" in line] if metadata.exists() else []
    trained = {TRAINED[key.strip()]: yaml.safe_load(value) for key, value in lines if key.strip() in TRAINED}
    return {"description": "a network of the original", "family": "plastic", **words, **trained, "R_start": last.R, "n_runs": 1,
            "max_total_iterations": 1, "log_every": LOGGED}


def made(tsd, folder, out, last):
    """Folder of a run of one iteration, and its seed."""
    out.mkdir(parents=True, exist_ok=True)
    init = out / f"{folder.name}.safetensors"
    save_file(last.model, init)
    file = out / f"{folder.name}.yaml"
    file.write_text(yaml.safe_dump({**config_of(folder, last), "init_file": str(init.resolve())}, sort_keys=False))
    done = subprocess.run([tsd, "train", "--config", file, "--out", out, "--quiet"])
    if done.returncode:
        sys.exit(done.returncode)
    return out / folder.name


def restore(checkpoint, after, before):
    """Parameters as they were before the iteration: each is found in the flat ones by its values after it."""
    flat = tensor_of(checkpoint, "runs/1/parameters").copy()
    old = flat.copy()
    for name, values in after.items():
        values = values.ravel()
        places = [at for at in np.flatnonzero(old == values[0]) if np.array_equal(old[at:at + len(values)], values)]
        assert places, name
        for at in places:
            flat[at:at + len(values)] = before[name].numpy().ravel()
    replace_tensors(checkpoint, {"runs/1/parameters": flat})


def columns_of(stages, layers, plastic):
    records = [(stage.R, *record) for stage in stages for record in stage.records]
    column = lambda tag: [found.get(tag, np.nan) for _, _, found in records]  # noqa: E731
    columns = {"step": [step for _, step, _ in records], "R": [R for R, _, _ in records], "grad_norm": [np.nan] * len(records)}
    columns |= {name: column(tag) for name, tag in SINGLE.items()}
    for name, tag in LAYERED.items():
        count = layers if name[0] in "wb" else plastic
        columns[name] = np.array([column(f"{tag}{l + 1}") for l in range(count)]).T
    columns["lambda"] = 1 / (1 + np.exp(-columns["lambda_raw"]))
    return columns


def rows_of(stages):
    """Stages, and when each interval was mastered."""
    first = np.array([stage.first for stage in stages])
    length = np.append(first[1:], stages[-1].last + 1) - first
    ended = np.array([*[True] * (len(stages) - 1), stages[-1].closed])
    R, mastered = np.array([stage.R for stage in stages]), ended & (length < CAP)
    return {"R": R, "T": np.maximum(100, 20 * R), "iter_first": first, "iterations": length, "mastered": mastered,
            "capped": ended & ~mastered}


def replace_results(path, stages):
    rows = rows_of(stages)
    R, mastered, ends = rows["R"], rows["mastered"], rows["iter_first"] + rows["iterations"]
    reached = np.full((1, R.max()), np.nan)
    reached[0, R[mastered] - 1] = ends[mastered]
    with h5py.File(path, "a") as results:
        layers, plastic = (results[f"/runs/1/scalars/{name}"].shape[1] for name in ("w_norm", "eta_norm"))
        replace(results, {f"/runs/1/scalars/{name}": values for name, values in columns_of(stages, layers, plastic).items()})
        replace(results, {f"/runs/1/stages/{name}": values for name, values in rows.items()})
        replace(results, {"/summary/R": np.arange(1, R.max() + 1), "/summary/iterations_to_R": reached})
        for name, value in {"max_R_attempted": R.max(), "max_R_mastered": R[mastered].max(initial=0),
                            "total_iterations": stages[-1].last + 1}.items():
            results[f"/summary/{name}"][...] = value
        replace_models(results["/runs/1/models"], stages, ends, mastered)


def replace_models(group, stages, ends, mastered):
    for name in [name for name in group if name != "latest"]:
        del group[name]
    for name, value in stages[-1].model.items():
        group["latest"][name][...] = value.numpy()
    for stage, end, whole in zip(stages, ends, mastered):
        if stage.model is None or not whole:
            continue
        group.copy("latest", f"R_{stage.R}")
        model = group[f"R_{stage.R}"]
        model.attrs["iter_global"], model.attrs["mastered"] = np.int64(end), np.int64(1)
        for name, value in stage.model.items():
            model[name][...] = value.numpy()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, metavar="FOLDER")
    arguments.add_argument("--out", type=Path, default=Path("results"))
    arguments.add_argument("--tsd", type=Path, default=Path(__file__).resolve().parents[2] / "tsd")
    options = arguments.parse_args()
    folder = options.folder.resolve()
    stages = stages_of(folder)
    run = made(options.tsd, folder, options.out, stages[-1])
    with h5py.File(run / "results.h5") as results:
        after = {name: values[()] for name, values in results["/runs/1/models/latest"].items()}
    restore(run / "checkpoints/last.safetensors", after, stages[-1].model)
    replace_results(run / "results.h5", stages)
    print(f"{run}: {len(stages)} stage(s), {sum(len(stage.records) for stage in stages)} records")


if __name__ == "__main__":
    main()
