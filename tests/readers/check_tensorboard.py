#!/usr/bin/env python3
"""Event files of a sweep in TensorBoard's own readers: scalars, settings and metrics of the HParams page, figures.

    check_tensorboard.py SOURCE TSD [FOLDER]     leaves a picture of the page in FOLDER
"""
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import environment

environment.enter()

from tensorboard import program  # noqa: E402
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402

SWEEP = "family: nback\nextends: {}/configs/nback/smoke.yaml\nsweep: {{grid: {{lr: [1.0e-3, 3.0e-3], rnn_type: [gru, rnn]}}}}\n"
METRIC = "val_novel_angle_acc"


def ask(url, name, **request):
    """As the page asks its server."""
    data = json.dumps(request).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}data/plugin/hparams/{name}", data, {"Content-Type": "application/json"})) as answer:
        return json.load(answer)


def serve(folder):
    server = program.TensorBoard()
    server.configure(argv=[None, "--logdir", str(folder), "--port", "0", "--load_fast", "false"])
    return server.launch()


def picture(url, file):
    """For people: the page HParams in a browser."""
    browser = shutil.which("chromium")
    if browser:
        subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1500,1000", "--virtual-time-budget=30000",
                        f"--screenshot={file}", f"{url}#hparams"], capture_output=True, timeout=240)


def main(source, tsd, keep=None):
    with tempfile.TemporaryDirectory() as out:
        out = Path(out)
        (out / "sweep.yaml").write_text(SWEEP.format(source))
        words = ["num_train=64", "epochs=2", "milestones=[]", "run.tensorboard=true", "--out", out / "board", "--quiet"]
        train = [tsd, "train", "--config", out / "sweep.yaml", *words]
        subprocess.run([*train, "--until", "5"], check=True)  # interrupted, and gone on with
        subprocess.run(train, check=True)
        run = out / "board/sweep/0"
        for _ in range(2):
            subprocess.run([tsd, "plot", run], check=True, capture_output=True)

        url = serve(out / "board")
        experiment = ask(url, "experiment", experimentName="", includeMetrics=True)
        assert {info["name"] for info in experiment["hparamInfos"]} == {"lr", "rnn_type"}, experiment
        assert METRIC in {info["name"]["tag"] for info in experiment["metricInfos"]}, experiment
        groups = ask(url, "session_groups", experimentName="", startIndex=0, sliceSize=100, allowedStatuses=["STATUS_SUCCESS"],
                     colParams=[{"metric": info["name"]} for info in experiment["metricInfos"]])["sessionGroups"]
        assert len(groups) == 4, f"{len(groups)} sessions"
        for group in groups:
            status = json.loads((out / "board" / group["sessions"][0]["name"] / "status.json").read_text())
            assert group["hparams"] == {"lr": float(status["swept"]["lr"]), "rnn_type": status["swept"]["rnn_type"]}, group["hparams"]
            (value,) = [m["value"] for m in group["metricValues"] if m["name"]["tag"] == METRIC]
            assert abs(value - status["row"][METRIC]) < 1e-6
        if keep:
            picture(url, Path(keep) / "hparams.png")

        events = EventAccumulator(str(run), size_guidance={"scalars": 0, "images": 0})
        events.Reload()
        assert [event.step for event in events.Scalars(METRIC)] == [int(line.split(",")[0]) for line in (run / "metrics.csv").read_text().splitlines()[1:]]
        figures = {file.stem for file in run.glob("*.png")}
        assert {tag.removeprefix("figures/") for tag in events.Tags()["images"]} == figures and figures
        for name in figures:
            (image,) = events.Images(f"figures/{name}")
            assert image.encoded_image_string == (run / f"{name}.png").read_bytes() and image.width > image.height / 10
    print(f"4 sessions with settings and metrics, {len(figures)} figures")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), *sys.argv[3:])
