#!/usr/bin/env python3
"""Trained weights of the original's streams as one safetensors file, for `init_file`.

    scripts/reference/converters/dual_stream_convert.py results/NAME/*run*.pth.tar [--out FILE]

Each CHECKPOINT is a torch file with a state_dict, of two streams or of one alone; nothing else than tensors is unpickled. Its
tensors keep their names, behind that of the file: type1_run0/SlowModel.layers.0.weight. The flags of units in use, which the
distribution learners' files do not have, follow from what is not 0; those in use come first. The words of the config that
follow from the shapes are printed.
"""
import argparse
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

OLD = {"ClusteringModel.": "FastModel.", "NeuralNetwork.": "SlowModel."}  # names of the oldest files
SINGLE = {"layers.": "SlowModel.layers."}  # a network alone; everything else is a fast stream alone
ACTIVE = "FastModel.MaskNonRecruit.active_units"


def renamed(name):
    for old, new in OLD.items():
        if name.startswith(old):
            return new + name[len(old):]
    if name.startswith(("FastModel.", "SlowModel.")):
        return name
    for old, new in SINGLE.items():
        if name.startswith(old):
            return new + name[len(old):]
    return "FastModel." + name


def stack_clusters(tensors):
    """The oldest files have a layer per cluster: one tensor of all centres instead."""
    old = "FastModel.DistanceLayerCollections.cluster"
    rows = {int(name[len(old):].split(".")[0]): tensors.pop(name) for name in list(tensors) if name.startswith(old)}
    if rows:
        tensors["FastModel.Distance.weight"] = torch.cat([rows[j].reshape(1, -1) for j in sorted(rows)])


def flag_units(tensors):
    """Distribution learners: which units are in use, and those first."""
    names = [f"FastModel.{name}" for name in ("MultiVariateAttn.units", "MultiVariateAttn.attn", "ClsLayer.weight")]
    if names[0] not in tensors:
        return
    used = (tensors[names[0]] != 0).any(1) | (tensors[names[2]] != 0).any(1)
    first = torch.argsort((~used).to(torch.int8), stable=True)
    for name in names:
        tensors[name] = tensors[name][first]
    tensors[ACTIVE] = used[first].to(torch.float32)


def converted(state):
    tensors = {renamed(name): value.detach().to("cpu", torch.float32) for name, value in state.items()}
    stack_clusters(tensors)
    flag_units(tensors)
    if not any(name.endswith(("ClsLayer.weight", "layers.0.weight")) for name in tensors):
        raise ValueError(f"no state dict of these streams; keys: {', '.join(state) or 'none'}")
    return {name: value.clone().contiguous() for name, value in tensors.items()}


def words(tensors):
    """Streams and sizes of a config for these tensors."""
    said = []
    first = tensors.get("SlowModel.layers.0.weight")
    if first is None:
        said.append("slow=none")
    else:
        said.append(f"slow_config.n_units={first.shape[0]}")
    if "FastModel.MultiVariateAttn.units" in tensors:
        said.append(f"fast_config.max_nunits={len(tensors['FastModel.MultiVariateAttn.units'])}")
    elif "FastModel.MaskLayer.active_units" in tensors:
        said.append(f"fast=multiunit_clustering fast_config.n_units={len(tensors['FastModel.Distance.weight'])}")
    elif "FastModel.Distance.weight" in tensors:
        said.append(f"fast=clustering fast_config.max_num_clusters={len(tensors['FastModel.Distance.weight'])}")
    else:
        said.append("fast=none")
    return " ".join(said)


def name_of(file):
    return file.name.removesuffix(".tar").removesuffix(".pth")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("checkpoints", nargs="+", type=Path, metavar="CHECKPOINT")
    arguments.add_argument("--out", type=Path, default=Path("start.safetensors"), metavar="FILE")
    options = arguments.parse_args()
    everything = {}
    for file in options.checkpoints:
        try:
            content = torch.load(file, map_location="cpu", weights_only=True)  # refuses whatever is no tensor
            tensors = converted(content.get("state_dict", content))
        except OSError as error:
            sys.exit(f"{file}: {error.strerror or error}")
        except Exception as error:  # whatever torch finds in a file that is none of its own
            sys.exit(f"{file}: expected a checkpoint of torch.save, got something else ({type(error).__name__}: {error})")
        everything.update({f"{name_of(file)}/{name}": value for name, value in tensors.items()})
    try:
        save_file(everything, options.out)
    except OSError as error:
        sys.exit(f"{options.out}: {error}")
    print(f"init_file={options.out} {words(tensors)}")


if __name__ == "__main__":
    main()
