#!/usr/bin/env python3
"""scripts/export: what is written is read back by the trackers' own readers; a second call and a run that went on bring no doubles."""
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import environment

environment.enter()
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"  # else it wants a data base

from mlflow.tracking import MlflowClient  # noqa: E402
from wandb.proto import wandb_internal_pb2  # noqa: E402

METRIC = "train_loss"


def call(*words, code=0):
    done = subprocess.run([sys.executable, *map(str, words)], text=True, capture_output=True)
    assert done.returncode == code, f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout if code == 0 else done.stderr


def expected(run):
    """(step, value) of the metric."""
    lines = [line.split(",") for line in (run / "metrics.csv").read_text().splitlines()]
    at = lines[0].index(METRIC)
    return [(int(line[0]), float(line[at])) for line in lines[1:]]


def records(file):
    """Of W&B's file: seven bytes, then LevelDB's log: blocks of 32 KiB with pieces of checksum, length, kind, data. Its messages are
    read by W&B's own classes."""
    data, at, parts = file.read_bytes(), 7, b""
    assert data.startswith(b":W&B")
    while at + 7 <= len(data):
        if 32768 - at % 32768 < 7:  # the rest of a block is left empty
            at += 32768 - at % 32768
            continue
        length, kind = struct.unpack_from("<HB", data, at + 4)
        parts += data[at + 7:at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last piece
            record = wandb_internal_pb2.Record()
            record.ParseFromString(parts)
            yield record
            parts = b""


def by_wandb(out):
    """One run of one folder: its rows, configuration, files of its artifact, and the keys of its pictures."""
    (folder,) = (out / "wandb").glob("offline-run-*")
    (file,) = folder.glob("*.wandb")
    rows, config, pictures, kept, identity = [], {}, set(), set(), None
    for record in records(file):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            identity = record.run.run_id
            config.update({item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.run.config.update})
        elif kind == "history":
            items = {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item}
            if METRIC in items:
                rows.append((record.history.step.num, items[METRIC]))
            pictures |= {key.removesuffix("/_type") for key, value in items.items() if value == "image-file"}
        elif kind in ("artifact", "request"):
            artifact = record.artifact if kind == "artifact" else record.request.log_artifact.artifact
            kept |= {entry.path for entry in artifact.manifest.contents}
    return identity, rows, config, pictures, kept


def check_wandb(export, run, out):
    identity, rows, config, pictures, kept = by_wandb(out)
    assert rows == expected(run), f"{rows}\n{expected(run)}"
    assert config["hidden_size"] == 24 and config["stimuli.source"] == "synthetic", config
    names = {f"figures/{file.name}" for file in run.glob("*.png")}
    assert pictures == names, f"{pictures} {names}"
    return identity


def check_parts(export, run, out, state):
    """Of a run whose first half was sent: the rest goes into a further folder, all of it, however often that is made anew."""
    if state == "stopped":
        call(export, "wandb", run, "--out", out)
        next((out / "wandb").glob("offline-run-*")).joinpath("run.wandb.synced").touch()
        return
    half = len(by_wandb(out)[1])
    rest = f"{len(expected(run)) - half} rows"
    assert rest in call(export, "wandb", run, "--out", out)
    (run / "one_more.png").write_bytes(next(run.glob("*.png")).read_bytes())  # a figure more
    assert rest in call(export, "wandb", run, "--out", out)
    (run / "one_more.png").unlink()


def check_mlflow(run, out):
    client = MlflowClient(tracking_uri=(out / "mlruns").resolve().as_uri())
    (tracked,) = client.search_runs([client.get_experiment_by_name("tsd").experiment_id])
    history = sorted((entry.step, entry.value) for entry in client.get_metric_history(tracked.info.run_id, METRIC))
    assert history == expected(run), f"{history}\n{expected(run)}"
    assert tracked.data.params["hidden_size"] == "24" and tracked.data.tags["tsd.state"] == json.loads((run / "status.json").read_text())["state"]
    there = {item.path for item in client.list_artifacts(tracked.info.run_id, "figures")}
    assert there == {f"figures/{file.name}" for file in run.glob("*.png")}
    return tracked.info.run_id, client


def main(source, tsd):
    export = source / "scripts/export"
    with tempfile.TemporaryDirectory() as folder:
        out, run = Path(folder), Path(folder, "runs/nback_smoke")
        train = [tsd, "train", "--config", source / "configs/nback/smoke.yaml", "hidden_size=24", "num_train=64", "--out", out / "runs", "--quiet"]
        subprocess.run([*train, "--until", "20"], check=True)  # one epoch and a bit
        identities = {}
        for state in ("stopped", "done"):  # half of it, then the whole
            if state == "done":
                subprocess.run(train, check=True)
                subprocess.run([tsd, "plot", run], check=True, capture_output=True)
            check_parts(export, run, out / "parts", state)
            for tracker in ("wandb", "mlflow"):
                assert "id" in call(export, tracker, run, "--out", out)
                assert "nothing new" in call(export, tracker, out / "runs", "--out", out)
            for tracker, identity in (("wandb", check_wandb(export, run, out)), ("mlflow", check_mlflow(run, out)[0])):
                assert identities.setdefault(tracker, identity) == identity, f"{tracker}: another run"
        number, client = check_mlflow(run, out)
        copy = Path(client.download_artifacts(number, "results/results.h5", str(out)))
        assert copy.read_bytes() == (run / "results.h5").read_bytes()
        assert {"results/results.h5", "results/config.yaml", "results/status.json"} <= by_wandb(out)[4], by_wandb(out)[4]

        sent = next((out / "wandb").glob("offline-run-*"))  # as `wandb sync` marks it
        (sent / "run.wandb.synced").touch()
        (run / "learning.png").unlink(missing_ok=True)
        assert "0 rows" in call(export, "wandb", run, "--out", out) and sent.exists()

        assert call(export, "wandb", out / "nothing", "--out", out, code=66).count("\n") == 1
    print("W&B and MLflow have each row once, configuration, figures and results")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
