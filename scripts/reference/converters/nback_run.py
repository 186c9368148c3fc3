#!/usr/bin/env python3
"""A trained network of the original's N-back program (best_model.pt) as a run that `tsd analyze` takes.

    scripts/reference/converters/nback_run.py experiments/wm_mtmf/best_model.pt --images data/stimuli --out results
    scripts/reference/converters/nback_run.py best_model.pt --features features.h5
    scripts/tsd analyze results/wm_mtmf

Its ResNet50 is stored with the batch-norm statistics of its training, which the original evaluates with, as
<out>/<name>_backbone.safetensors, and looks at the original's images; or the features of a table are taken as they are.
The folder is made by a run of one sequence, whose weights are then replaced; metrics of training are not those of the original and
are left empty. Nothing but tensors, numbers, texts, lists and mappings is read from the file, and none of its code is run.
"""
import argparse
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import torch
import yaml
from checkpoint import replace_tensors, shapes_of
from safetensors.torch import save_file

KEYS = ("n_values", "task_features", "sequence_length", "match_probability", "batch_size", "num_val", "num_val_novel_angle",
        "num_val_novel_identity", "model_type", "rnn_type", "hidden_size", "num_layers", "dropout", "classifier_layers",
        "attention_hidden_dim", "attention_dropout", "attention_mode", "label_smoothing", "no_action_loss_weight", "mask_trivial_steps")
TRAINED = ("perceptual.reduce.", "cognitive.", "attention.", "classifier.")
BACKBONE = "perceptual.backbone."
GATED = ("attention_hidden_dim", "attention_dropout", "attention_mode")


def read(path):
    """Weights, config and epoch of a best_model.pt."""
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever torch finds in a file that is none of its own
        sys.exit(f"{path}: cannot be read: {error}")
    if not isinstance(stored, dict) or not {"model_state_dict", "config", "epoch"} <= set(stored):
        sys.exit(f"{path}: no best_model.pt of the original; expected model_state_dict, config and epoch")
    return stored["model_state_dict"], stored["config"], int(stored["epoch"])


def backbone_of(state, path):
    """The image network under torchvision's names, running means and variances included."""
    tensors = {name.removeprefix(BACKBONE): value.contiguous().clone() for name, value in state.items()
               if name.startswith(BACKBONE) and not name.endswith("num_batches_tracked")}
    if "layer4.2.bn3.running_var" not in tensors:
        sys.exit(f"{path}: {BACKBONE}layer4.2.bn3.running_var: not there; expected a ResNet50 with its batch-norm statistics")
    return tensors


def config_of(config, epoch, seen):
    """As tsd writes it: the original's model and tasks, and one sequence to make the folder with."""
    kept = {key: config[key] for key in KEYS if config.get(key) is not None}
    if kept.get("model_type") != "attention":
        kept = {key: value for key, value in kept.items() if key not in GATED} | {"model_type": "baseline"}
    return {"description": f"a network of the original, epoch {epoch}", "family": "nback", **kept, **seen, "num_train": 1, "epochs": 1,
            "milestones": [], "save_hidden": False}


def check(expected, weights):
    """The network that the config describes has the weights of the file, all of them."""
    got = {name: value.shape for name, value in weights.items()}
    for name in sorted(expected.keys() | got.keys()):
        if expected.get(name) != got.get(name):
            sys.exit(f"{name}: expected {expected.get(name, 'no such weight')} from the config, got {got.get(name, 'none')}")


def replace_results(file, weights, epoch):
    with h5py.File(file, "a") as results:
        for group in results["model"].values():
            for name, values in weights.items():
                group[name][...] = values
        results["train/epoch"][...] = epoch

        def empty(_, dataset):
            if isinstance(dataset, h5py.Dataset) and dataset.shape[:1] == (1,) and dataset.dtype.kind == "f":
                dataset[...] = np.nan
        results["train"].visititems(empty)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=Path, metavar="best_model.pt")
    source = arguments.add_mutually_exclusive_group(required=True)
    source.add_argument("--images", type=Path, help="the original's folder of PNG files")
    source.add_argument("--features", type=Path, help="a feature table (model page, 6.4)")
    arguments.add_argument("--name", help="of the run; default: the folder of the file")
    arguments.add_argument("--out", type=Path, default=Path("results"))
    arguments.add_argument("--tsd", type=Path, default=Path(__file__).resolve().parents[2] / "tsd")
    words = arguments.parse_args()
    state, config, epoch = read(words.model)
    name = words.name or words.model.resolve().parent.name
    words.out.mkdir(parents=True, exist_ok=True)
    seen = {"stimuli": {"source": "features", "path": str((words.features or Path()).resolve())}, "backbone": {"standardize": "none"}}
    if words.images:
        weights_file = words.out.resolve() / f"{name}_backbone.safetensors"
        save_file(backbone_of(state, words.model), weights_file)
        seen = {"stimuli": {"source": "images", "path": str(words.images.resolve())},
                "backbone": {"arch": "resnet50", "weights": str(weights_file), "bn": "imagenet", "standardize": "none"}}
    file = words.out / f"{name}.yaml"
    file.write_text(yaml.safe_dump(config_of(config, epoch, seen), sort_keys=False))
    done = subprocess.run([words.tsd, "train", "--config", file, "--out", words.out, "--quiet"])
    if done.returncode:
        sys.exit(done.returncode)
    weights = {key: value.numpy().astype(np.float32) for key, value in state.items() if key.startswith(TRAINED)}
    for checkpoint in ("last", "best"):
        if (stored := words.out / name / f"checkpoints/{checkpoint}.safetensors").exists():
            check({key: shape for key, shape in shapes_of(stored).items() if key.startswith(TRAINED)}, weights)
            replace_tensors(stored, weights)
    replace_results(words.out / name / "results.h5", weights, epoch)
    print(f"{words.out / name}: weights of epoch {epoch}")


if __name__ == "__main__":
    main()
