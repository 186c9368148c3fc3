#!/usr/bin/env python3
"""scripts/reference/converters/ctd_task_weights.py on made-up models: check_task_weights.py SOURCE_DIR TSD."""
import math
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import torch
from safetensors.numpy import load_file
from torch import nn

source, tsd = Path(sys.argv[1]), sys.argv[2]
SCRIPT = [sys.executable, source / "scripts/reference/converters/ctd_task_weights.py"]


class Network(nn.Module):
    """In the names and hierarchy of the reference's models."""

    def __init__(self, kind, units=6, inputs=3, outputs=3):
        super().__init__()
        if kind == "gru":
            self.cell = nn.GRUCell(inputs, units)
        else:
            self.generator = nn.Module()
            self.generator.vf_net = nn.Sequential(nn.Linear(units + inputs, 5), nn.ReLU(), nn.Linear(5, units))
        self.readout = nn.Linear(units, outputs)
        self.latent_ics = nn.Parameter(torch.arange(float(units))[None])


class Wrapper(nn.Module):
    """What is pickled: the network among other things."""

    def __init__(self, network):
        super().__init__()
        self.environment = {"noise": 0.1, "limits": torch.tensor([3, 4])}
        self.model = network
        self.scale = torch.arange(3.0, dtype=torch.float64)


def refused(*words):
    done = subprocess.run([*SCRIPT, *words], capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    return done.stderr


with tempfile.TemporaryDirectory() as folder:
    folder = Path(folder)
    models = {kind: Network(kind) for kind in ("gru", "node")}
    for kind, network in models.items():
        (folder / kind).mkdir()
        with open(folder / kind / "model.pkl", "wb") as file:
            pickle.dump(Wrapper(network), file, protocol=4)
    subprocess.run([*SCRIPT, folder / "out", *(folder / kind / "model.pkl" for kind in models)], check=True, stdout=subprocess.PIPE)
    for kind, network in models.items():
        got = load_file(folder / "out" / f"{kind}.safetensors")
        expected = {name: p.detach().numpy().reshape(got[name].shape) for name, p in network.named_parameters()}
        assert got.keys() == expected.keys(), got.keys() ^ expected.keys()
        assert all(numpy.array_equal(got[name], expected[name]) for name in got)
        words = ["model.type=GRU_RNN"] if kind == "gru" else ["model.type=NODE", "model.layer_hidden_size=5", "model.num_layers=2"]
        subprocess.run([tsd, "ctd-simulate", "--config", source / "configs/ctd_task.yaml", *words, "model.latent_size=6",
                        "nbff.n_timesteps=20", "data_sim.n_samples=20", "simulator.n_neurons_heldin=5",
                        "simulator.n_neurons_heldout=2", f"weights={folder}/out/{kind}.safetensors", "--out", folder / "data" / kind],
                       check=True, capture_output=True)
    (folder / "pointer.pkl").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 59762\n")
    assert "Git LFS pointer" in refused(folder / "out", folder / "pointer.pkl")
    (folder / "other.pkl").write_bytes(pickle.dumps({"a": 1}))
    assert "expected a model with read-out" in refused(folder / "out", folder / "other.pkl")
    (folder / "text.pkl").write_text("no pickle")
    assert "expected a pickled model" in refused(folder / "out", folder / "text.pkl")
    assert "text.pkl: expected a folder" in refused(folder / "text.pkl", folder / "other.pkl")

# The table of norms takes what rounds to it.
sys.dont_write_bytecode = True
sys.path.insert(0, str(source / "scripts/reference/converters"))
from ctd_task_weights import BLOBS  # noqa: E402

assert math.isclose(BLOBS["randomtarget_20240605"][1][-1], 0.1185098530794321, rel_tol=1e-6)
