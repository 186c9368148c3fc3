#!/usr/bin/env python3
"""States that the original's N-back program left (hidden_states/epoch_EEE/<split>/batch_BBBB.pt) as one HDF5 file.

    scripts/reference/converters/nback_states.py experiments/wm_mtmf/hidden_states --out states.h5

Under the paths of results.h5: /hidden/<split>/epoch_<e>/hidden, cnn, gates, logits, and /sequences/<split> once, where location, category
and identity (indices of /stimuli/category_names and identity_names) stand for the images, which the files do not name. Nothing but
tensors, numbers, texts, lists and mappings is read from the files, and none of their code is run.
"""
import argparse
import sys
from pathlib import Path

import h5py
import numpy as np
import torch

STATES = {"hidden": "hidden", "cnn_activations": "cnn", "gates": "gates", "logits": "logits"}
SEQUENCES = {"targets": ("target", np.uint8), "task_index": ("feature", np.uint8), "n": ("n", np.uint8),
             "task_vector": ("task_vector", np.float32), "locations": ("location", np.uint8)}
NAMES = {"categories": "category", "identities": "identity"}


def read(path):
    try:
        batch = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever torch finds in a file that is none of its own
        sys.exit(f"{path}: cannot be read: {error}")
    missing = [name for name in ("hidden", *SEQUENCES, *NAMES) if name not in batch]
    if missing:
        sys.exit(f"{path}: no states of the main task; expected {', '.join(missing)} too")
    return batch


def joined(batches, name):
    return np.concatenate([np.asarray(batch[name]) for batch in batches])


def labels_of(batches, name):
    """[sequence, time]; the original's loader may turn them about, steps first. A batch of another size than a sequence tells."""
    length = batches[0]["hidden"].shape[1]
    tables = [np.asarray(batch[name]) for batch in batches]
    turned = any(len(table) == length != len(batch["hidden"]) for table, batch in zip(tables, batches))
    return np.concatenate([table.T if turned else table for table in tables])


def store_sequences(file, group, batches):
    for name, (path, dtype) in SEQUENCES.items():
        file[f"{group}/{path}"] = joined(batches, name).astype(dtype)
    for name, path in NAMES.items():
        file[f"{group}/{path}"] = np.searchsorted(file[f"stimuli/{path}_names"].asstr()[()], labels_of(batches, name)).astype(np.int32)


def list_names(file, batches):
    for name, path in NAMES.items():
        file[f"stimuli/{path}_names"] = sorted({str(label) for batch in batches for label in np.asarray(batch[name]).flat})


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("states", type=Path, metavar="hidden_states")
    arguments.add_argument("--out", type=Path, default=Path("states.h5"))
    words = arguments.parse_args()
    folders = sorted(words.states.glob("epoch_*/*/"))
    if not folders:
        sys.exit(f"{words.states}: expected folders epoch_<e>/<split>, found none")
    batches = {folder: [read(path) for path in sorted(folder.glob("batch_*.pt"))] for folder in folders}
    empty = [str(folder) for folder, found in batches.items() if not found]
    if empty:
        sys.exit(f"{empty[0]}: expected batch_<b>.pt, found none")
    with h5py.File(words.out, "w") as file:
        list_names(file, [batch for found in batches.values() for batch in found])
        for folder, found in batches.items():
            epoch, split = folder.parent.name, folder.name
            for name, path in STATES.items():
                if found[0].get(name) is not None:
                    file[f"hidden/{split}/{epoch}/{path}"] = joined(found, name).astype(np.float32)
            if f"sequences/{split}" not in file:
                store_sequences(file, f"sequences/{split}", found)
            print(f"{folder}: {sum(len(batch['hidden']) for batch in found)} sequences")


if __name__ == "__main__":
    main()
