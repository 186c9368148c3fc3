#!/usr/bin/env python3
"""Files of the original's N-back program, made here in its layout, as a run and as states: check_convert.py SOURCE_DIR TSD.

The run's states, gates and outputs are those of the same network in PyTorch.
"""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import nn

FEATURES, UNITS, GATE, OBJECTS = 20, 12, 9, 2
CATEGORIES = ("airplane", "car", "chair", "table")
CONFIG = {"experiment_name": "wm_mtmf", "scenario": "MTMF", "use_real_stimuli": True, "n_values": [1, 2, 3],
          "task_features": ["location", "identity", "category"], "sequence_length": 6, "batch_size": 32, "num_train": 30000, "num_val": 40,
          "num_test": 200, "num_workers": 4, "match_probability": 0.5, "model_type": "attention", "attention_mode": "task_only",
          "attention_hidden_dim": GATE, "attention_dropout": 0.1, "rnn_type": "gru", "hidden_size": UNITS, "num_layers": 1, "dropout": 0.0,
          "pretrained_backbone": True, "freeze_backbone": True, "classifier_layers": [], "epochs": 45, "lr": 1e-4, "weight_decay": 1e-4,
          "milestones": [20, 25], "gamma": 0.1, "grad_clip": 1.0, "label_smoothing": 0.0, "no_action_loss_weight": 0.1,
          "mask_trivial_steps": True}


class Network(nn.Module):
    """The original's modules after the image network, under its names."""

    def __init__(self):
        super().__init__()
        self.perceptual, self.cognitive, self.attention = nn.Module(), nn.Module(), nn.Module()
        self.perceptual.reduce = nn.Conv2d(FEATURES, UNITS, 1)
        self.cognitive.pre = nn.Sequential(nn.Linear(UNITS + 6, UNITS), nn.LayerNorm(UNITS), nn.ReLU())
        self.cognitive.rnn = nn.GRU(UNITS, UNITS, batch_first=True)
        self.attention.task_bias = nn.Parameter(torch.randn(6, UNITS))
        self.attention.gate_network = nn.Sequential(nn.Linear(6, GATE), nn.ReLU(), nn.Dropout(0.1), nn.Linear(GATE, GATE), nn.ReLU(),
                                                    nn.Dropout(0.1), nn.Linear(GATE, UNITS))
        self.classifier = nn.Linear(UNITS, 3)

    def forward(self, features, task):
        seen = self.perceptual.reduce(features.flatten(0, 1)[..., None, None]).view(*features.shape[:2], UNITS)
        gate = torch.sigmoid(self.attention.gate_network(task) + task @ self.attention.task_bias)[:, None].expand_as(seen)
        task = task[:, None].expand(-1, features.shape[1], -1)
        hidden, _ = self.cognitive.rnn(self.cognitive.pre(torch.cat([gate * seen, task], -1)))
        return {"cnn": seen, "gates": gate, "hidden": hidden, "logits": self.classifier(hidden)}


def feature_table(path):
    rows = [(c, i, l, a) for c in range(4) for i in range(OBJECTS) for l in range(4) for a in range(4)]
    with h5py.File(path, "w") as file:
        file["features"] = np.random.default_rng(1).random((len(rows), FEATURES), np.float32)
        file["path"] = [f"stimulus_{CATEGORIES[c]}_{i:03}_loc{l}_angle{a}.png" for c, i, l, a in rows]
        for column, name in enumerate(("category", "identity", "location", "angle")):
            file[name] = np.array([row[column] + (OBJECTS * row[0] if column == 1 else 0) for row in rows], np.int32)
        file.attrs.update(backbone="resnet50", weights="made", bn_mode="imagenet", preprocessing="none")


def convert(source, script, *words, fails=False):
    done = subprocess.run([sys.executable, source / "scripts/reference/converters" / script, *map(str, words)], text=True, capture_output=True)
    assert (done.returncode != 0) == fails, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr


def a_run(source, tsd, folder):
    torch.manual_seed(3)
    network = Network().eval()
    feature_table(folder / "features.h5")
    home = folder / "experiments/wm_mtmf"
    home.mkdir(parents=True)
    state = network.state_dict() | {"perceptual.backbone.bn1.num_batches_tracked": torch.tensor(7)}
    stored = {"epoch": 12, "model_state_dict": state, "optimizer_state_dict": {}, "val_novel_angle_acc": 0.8, "val_novel_identity_acc": 0.7,
              "config": CONFIG}
    torch.save(stored, home / "best_model.pt")
    words = ("--features", folder / "features.h5", "--out", folder / "out", "--tsd", tsd)
    convert(source, "nback_run.py", home / "best_model.pt", *words)
    run = folder / "out/wm_mtmf"
    for name, size in (("extract", "samples_per_task=30"), ("behaviour", "behaviour_sequences=20")):
        done = subprocess.run([tsd, "analyze", run, "--only", name, f"analysis.{size}"], text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
    with h5py.File(run / "extract.h5") as file, h5py.File(folder / "features.h5") as table:
        got = {name: values[()] for name, values in file["extract"].items()}
        features = torch.from_numpy(table["features"][()][got["stimulus"]])
    task = np.zeros((len(features), 6), np.float32)
    task[np.arange(len(task)), got["feature"]] = task[np.arange(len(task)), 2 + got["n"]] = 1
    with torch.no_grad():
        for name, expected in network(features, torch.from_numpy(task)).items():
            error = np.abs(got[name] - expected.numpy()).max()
            assert error < 1e-5, (name, error)
    with h5py.File(run / "results.h5") as results:
        assert results["train/epoch"][0] == 12 and np.isnan(results["train/train_loss"][0])
    other = stored | {"config": CONFIG | {"hidden_size": 8}}
    torch.save(other, home / "best_model.pt")
    said = convert(source, "nback_run.py", home / "best_model.pt", *words, "--name", "other", fails=True)
    assert "expected (8" in said, said


class Harm:
    def __reduce__(self):
        return os.mkdir, (str(Harm.folder),)


def harm(source, tsd, folder):
    Harm.folder = folder / "harmed"
    torch.save({"epoch": 1, "model_state_dict": {}, "config": Harm()}, folder / "best_model.pt")
    (folder / "hidden_states/epoch_001/novel_angle").mkdir(parents=True)
    torch.save({"hidden": Harm()}, folder / "hidden_states/epoch_001/novel_angle/batch_0000.pt")
    said = convert(source, "nback_run.py", folder / "best_model.pt", "--features", "x.h5", fails=True)
    said += convert(source, "nback_states.py", folder / "hidden_states", "--out", folder / "states.h5", fails=True)
    assert said.count("cannot be read") == 2 and not Harm.folder.exists(), said


def image_network(source):
    """All statistics are kept, under torchvision's names, and of each tensor one copy."""
    sys.path.insert(0, str(source / "scripts/reference/converters"))
    from nback_run import backbone_of
    names = ("conv1.weight", "bn1.running_mean", "layer4.2.bn3.running_var", "layer4.2.bn3.num_batches_tracked")
    state = {f"perceptual.{copy}.{name}": torch.ones(2) for copy in ("backbone", "feature_extractor") for name in names}
    assert set(backbone_of(state, "x")) == set(names[:3])


def batch_of(sequences, steps_first, rng):
    categories = rng.choice(CATEGORIES, (sequences, 6))
    identities = np.char.add(categories, "_000")
    turn = np.transpose if steps_first else np.asarray
    return {"hidden": torch.randn(sequences, 6, UNITS), "cnn_activations": torch.randn(sequences, 6, UNITS), "gates": None,
            "logits": torch.randn(sequences, 6, 3), "task_vector": torch.zeros(sequences, 6), "task_index": torch.arange(sequences) % 3,
            "n": torch.ones(sequences, dtype=torch.int64), "targets": torch.ones(sequences, 6, dtype=torch.int64),
            "locations": torch.randint(0, 4, (sequences, 6)), "categories": [list(map(str, row)) for row in turn(categories)],
            "identities": [list(map(str, row)) for row in turn(identities)], "split": "novel_angle"}


def states(source, tsd, folder):
    rng = np.random.default_rng(2)
    for steps_first in (False, True):
        batches = [batch_of(size, steps_first, rng) for size in (8, 6)]
        for epoch in ("epoch_001", "epoch_002"):
            place = folder / f"{steps_first}/{epoch}/novel_angle"
            place.mkdir(parents=True)
            for number, batch in enumerate(batches):
                torch.save(batch, place / f"batch_{number:04}.pt")
        convert(source, "nback_states.py", folder / str(steps_first), "--out", folder / "states.h5")
        with h5py.File(folder / "states.h5") as file:
            assert np.array_equal(file["hidden/novel_angle/epoch_002/hidden"], torch.cat([batch["hidden"] for batch in batches]))
            assert "gates" not in file["hidden/novel_angle/epoch_001"]
            names = file["stimuli/category_names"].asstr()[()][file["sequences/novel_angle/category"][()]]
            expected = np.concatenate([np.array(batch["categories"]).T if steps_first else batch["categories"] for batch in batches])
            assert np.array_equal(names, expected)
            assert file["sequences/novel_angle/feature"][()].tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 0, 1, 2, 0, 1, 2]


if __name__ == "__main__":
    where = Path(sys.argv[1]).resolve()
    image_network(where)
    for check in (a_run, harm, states):
        with tempfile.TemporaryDirectory() as scratch:
            check(where, sys.argv[2], Path(scratch))
