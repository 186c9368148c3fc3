#!/usr/bin/env python3
"""A result folder as the original leaves it, through plastic_run.py into a run: check_run.py SOURCE_DIR TSD.

Two stages with records every 100 iterations, one start that was given up, and a file cut off in the middle of a record.
"""
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import torch

SOURCE, TSD = Path(sys.argv[1]), Path(sys.argv[2])
sys.path.insert(0, str(SOURCE / "scripts/reference/converters"))
from event_file import checksum, scalars  # noqa: E402

NAME = "Memo-M_A-in10-hid6_5-eta-1_0-fr-4-var0.1"
TAGS = ["Performance/Training Loss", "Performance/Accuracy", "wb/Norm of w_1", "wb/Norm of w_2", "Synapse/Norm of Eta_1", "Synapse/Eta_2",
        "Synapse/Lambda_1", "Synapse/Lambda_2", "FPFN/false positive rate"]


def varint(value):
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def text(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def event(wall, step, tag, value):
    summary = text(1, text(1, tag.encode()) + b"\x15" + struct.pack("<f", value))
    return b"\x09" + struct.pack("<d", wall) + b"\x10" + varint(step) + text(5, summary)


def framed(record):
    length = struct.pack("<Q", len(record))
    return length + struct.pack("<I", checksum(length)) + record + struct.pack("<I", checksum(record))


def written(folder, start, steps, shift, spaces=False):
    """As the original's writer: an event for each scalar; each tag's value is its number plus step / 1000."""
    folder.mkdir(parents=True, exist_ok=True)
    data = framed(b"\x09" + struct.pack("<d", start) + text(3, b"brain.Event:2"))
    for step in steps:
        for number, tag in enumerate(TAGS):
            tag = tag.replace("/", " / ") if spaces else tag
            data += framed(event(start + step, step, tag, number + (step + shift) / 1000))
    (folder / f"events.out.tfevents.{start}.host.0").write_bytes(data)
    return folder / f"events.out.tfevents.{start}.host.0"


def model(folder, name, seed):
    torch.manual_seed(seed)
    made = lambda *shape: torch.randn(*shape) / 4  # noqa: E731
    state = {"w_final": made(1, 5), "b_final": made(1, 1), "lambda_list.0": torch.tensor(1.25), "lambda_list.1": torch.tensor(0.5),
             "weight_matrix_list.0": made(6, 10), "weight_matrix_list.1": made(5, 6), "bias_matrix_list.0": made(6, 1),
             "bias_matrix_list.1": made(5, 1), "eta_matrix_list.0": made(6, 10), "eta_matrix_list.1": torch.tensor(-0.5)}
    torch.save(state, folder / name)
    return state


def imported(folder, out):
    done = subprocess.run([sys.executable, SOURCE / "scripts/reference/converters/plastic_run.py", folder, "--out", out, "--tsd", TSD],
                          text=True, capture_output=True)
    return done, out / NAME


def check(run, first, last):
    """What the result file says: stages from 0 and 400, records up to 600."""
    with h5py.File(run / "results.h5") as results:
        steps = np.arange(0, 700, 100)
        found = results["/runs/1/scalars"]
        assert np.array_equal(found["step"], steps) and np.array_equal(found["R"], [1, 1, 1, 1, 2, 2, 2])
        for number, column in enumerate((found["loss"], found["accuracy"], found["w_norm"][:, 0], found["w_norm"][:, 1],
                                         found["eta_norm"][:, 0], found["eta_scalar"][:, 1], found["lambda_raw"][:, 0],
                                         found["lambda_raw"][:, 1], found["fpr"])):
            assert np.array_equal(column[()], (number + steps / 1000).astype(np.float32)), TAGS[number]
        assert np.isnan(found["fnr"]).all() and np.isnan(found["eta_norm"][:, 1]).all() and found["step"].dims[0][0].shape == (7,)
        assert np.allclose(found["lambda"], 1 / (1 + np.exp(-found["lambda_raw"][()])), rtol=1e-12)
        stages = {name: list(values) for name, values in results["/runs/1/stages"].items() if name != "stage"}
        assert stages == {"R": [1, 2], "T": [100, 100], "iter_first": [0, 400], "iterations": [400, 201], "mastered": [1, 0],
                          "capped": [0, 0]}, stages
        summary = {name: np.ravel(values).tolist() for name, values in results["/summary"].items()}
        assert summary["max_R_attempted"] == [2] and summary["max_R_mastered"] == [1] and summary["total_iterations"] == [601], summary
        assert summary["iterations_to_R"][0] == 400 and np.isnan(summary["iterations_to_R"][1]), summary
        for group, state in (("R_1", first), ("latest", last)):
            for name, value in state.items():
                assert np.array_equal(results[f"/runs/1/models/{group}/{name}"], value.numpy()), (group, name)


def main(scratch):
    folder = scratch / "Result/Memo" / NAME
    written(folder / "R_1/Training_Log", 100, [0], 50)  # given up
    written(folder / "R_1/Training_Log", 200, [0, 100, 200, 300], 0)
    cut = written(folder / "R_2/Training_Log", 900, [400, 500, 600], 0)
    with cut.open("ab") as file:
        file.write(framed(event(1700, 700, TAGS[0], 1))[:-7])
    first, last = model(folder / "R_1", "Model", 1), model(folder / "R_2", "Model_tmp", 2)
    (folder / "metadata.txt").write_text("mode: train\nnetwork_type: Memo\nlr_rate: 0.002\nacc_threshold: 0.98\nacc_num: 4\nout_dim: 1\n")
    done, run = imported(folder, scratch / "out")
    assert done.returncode == 0 and "R_1: 1 earlier start(s) left out" in done.stderr, done.stderr
    check(run, first, last)
    config = (run / "config.yaml").read_text()
    assert all(word in config for word in ("lr: 0.002", "acc_threshold: 0.98", "acc_num: 4", "R_start: 2")), config

    # Beside a run of tsd: figures of both, and analyses of the original's model.
    words = [TSD, "analyze", run, "--only", "matrices"]
    assert subprocess.run(words, stdout=subprocess.DEVNULL).returncode == 0
    with h5py.File(run / "matrices.h5") as results:
        assert np.array_equal(results["/runs/1/latest/W_1/values"], last["weight_matrix_list.0"].numpy())
    own = [TSD, "train", "--config", SOURCE / "configs/plastic/smoke.yaml", "--out", scratch / "out", "--quiet"]
    assert subprocess.run(own, stderr=subprocess.DEVNULL).returncode == 0
    done = subprocess.run([TSD, "plot", run, scratch / "out/plastic_smoke"], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert (run / "staircase.png").exists() and (scratch / "out/R_curves.png").exists(), list((scratch / "out").iterdir())

    # The version of 2023: steps of each stage, tags with spaces.
    older = scratch / "older/Memo" / NAME
    written(older / "R_1/Training_Log", 200, [100, 200, 300], 0, spaces=True)
    written(older / "R_2/Training_Log", 900, [100, 200], 300, spaces=True)
    model(older / "R_2", "Model_tmp", 2)
    done, run = imported(older, scratch / "older_out")
    assert done.returncode == 0, done.stderr
    with h5py.File(run / "results.h5") as results:
        assert list(results["/runs/1/scalars/step"]) == [100, 200, 300, 400, 500]
        assert np.array_equal(results["/runs/1/scalars/loss"], np.float32([0.1, 0.2, 0.3, 0.4, 0.5]))

    data = bytearray(cut.read_bytes())
    data[200] ^= 1
    cut.write_bytes(data)
    done, _ = imported(folder, scratch / "bad")
    assert done.returncode == 1 and f"{cut}: byte " in done.stderr, done.stderr

    # And tsd's own event files, of the same tags.
    own = [TSD, "train", "--config", SOURCE / "configs/plastic/smoke.yaml", "--out", scratch / "own", "--quiet", "run.tensorboard=true",
           "n_runs=1"]
    assert subprocess.run(own, stderr=subprocess.DEVNULL).returncode == 0
    own = scratch / "own/plastic_smoke"
    told = [found for _, _, found in scalars((own / "events.out.tfevents.tsd").read_bytes())]
    losses = list({found["iteration"]: found["Performance/Training Loss"] for found in told}.values())
    with h5py.File(own / "results.h5") as results:
        expected = results["/runs/1/scalars/loss"][()]
    assert np.array_equal(losses, expected.astype(np.float32)), (losses, expected)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        main(Path(scratch))
    print("event files and models -> run, value for value")
