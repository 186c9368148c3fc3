#!/usr/bin/env python3
"""scripts/import_nwb against nlb_tools' reading of the same NWB file, then a run on it: check_nwb.py SOURCE_DIR TSD VENV.

VENV is that of check_nlb.py, made there; exit code 77 without it."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

source, tsd, venv = (Path(word).resolve() for word in sys.argv[1:4])
python = venv / "bin/python"
MAKE = """
from datetime import datetime, timezone
import numpy as np
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
rng = np.random.default_rng(3)
nwb = NWBFile("made up", "one", datetime(2020, 1, 1, tzinfo=timezone.utc))
for name, text in (("split", "side"), ("move_onset_time", "s"), ("trial_type", "target")):
    nwb.add_trial_column(name, text)
nwb.add_unit_column("heldout", "not seen")
trials, length = 40, 1.5
for k in range(trials):
    nwb.add_trial(start_time=0.5 + length * k, stop_time=0.5 + length * k + 1.4, split="val" if k % 4 == 0 else "train",
                  move_onset_time=np.nan if k == 7 else round(0.5 + length * k + 0.4 + 0.001 * rng.integers(0, 50), 3), trial_type=k % 3)
end = 0.5 + length * trials + 2
t = np.arange(0, end, 0.001).round(6)
for n in range(6):
    rate = 0.02 * (1 + np.sin(2 * np.pi * 0.7 * t + n))
    nwb.add_unit(spike_times=t[rng.random(len(t)) < rate] + 0.0003, heldout=n >= 4, obs_intervals=[[0, end]])
velocity = np.stack([np.sin(2 * np.pi * 0.7 * t), np.cos(2 * np.pi * 1.1 * t)], 1) + 0.1 * rng.standard_normal((len(t), 2))
module = nwb.create_processing_module("behavior", "of the hand")
module.add(TimeSeries(name="hand_vel", data=velocity, unit="m/s", timestamps=t, comments="columns=[x,y]"))
module.add(TimeSeries(name="pupil", data=velocity[::7, 0], unit="mm", rate=143.1, starting_time=0.00037))
with NWBHDF5IO("session.nwb", "w") as file:
    file.write(nwb)
"""
COMPARE = """
import h5py, numpy as np
import pandas
exactly = pandas.to_timedelta
def rounded(times, unit=None):  # as the pandas of its day did
    found = exactly(times, unit=unit)
    return found.dt.round("us") if isinstance(found, pandas.Series) else found.round("us")
pandas.to_timedelta = rounded
from nlb_tools.nwb_interface import NWBDataset
from nlb_tools.make_tensors import make_stacked_array, _make_psth
dataset = NWBDataset("session.nwb", skip_fields=["pupil"])
dataset.resample(20)
window = {"align_field": "move_onset_time", "align_range": (-200, 400), "allow_overlap": True}
sides = {"train": (dataset.trial_info.split == "train").to_numpy(), "eval": (dataset.trial_info.split == "val").to_numpy()}
with h5py.File("recording.h5") as file:
    for side, chosen in sides.items():
        spikes = make_stacked_array(dataset, ["spikes", "heldout_spikes"], dict(window), chosen)
        assert (file[f"{side}_spikes_heldin"][()] == spikes["spikes"]).all()
        assert (file[f"{side}_spikes_heldout"][()] == spikes["heldout_spikes"]).all()
        later = make_stacked_array(dataset, "spikes", {**window, "align_range": (400, 600)}, chosen)["spikes"]
        assert (file[f"{side}_spikes_heldin_forward"][()] == later).all()
        moved = make_stacked_array(dataset, "hand_vel", {**window, "align_range": (-100, 500), "allow_nans": True}, chosen)["hand_vel"]
        assert np.allclose(file[f"{side}_hand_vel"][()], moved, atol=1e-6)
        assert file[f"{side}_pupil"].shape == (*spikes["spikes"].shape[:2], 1)
    lists, psth, conditions = _make_psth(dataset, sides["train"], sides["eval"], ~(sides["train"] | sides["eval"]), dict(window), ["trial_type"], 50)
    assert np.allclose(file["psth"][()], psth, atol=2e-3 * psth.max()), abs(file["psth"][()] - psth).max()  # summed in half precision there
    for side, wanted in zip(("train", "eval"), lists):
        assert all((a == b).all() for a, b in zip(file[f"{side}_cond_idx"][()], wanted))
"""
IMPORT = ["bin_width=20", "align=move_onset_time", "window=[-200, 400]", "forward=200", "behaviors={hand_vel: 100, pupil: 0}", "conditions=[trial_type]"]


def start(*words, folder):
    return subprocess.run([str(w) for w in words], cwd=folder, text=True, capture_output=True, env=dict(os.environ, PYTHONWARNINGS="ignore"))


def run(*words, folder):
    done = start(*words, folder=folder)
    assert done.returncode == 0, (words, done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout


def main():
    if not (venv / "ready").exists():
        print("skipped: no", venv)
        sys.exit(77)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run(python, "-c", MAKE, folder=folder)
        print(run(python, source / "scripts/import_nwb", "session.nwb", "recording.h5", *IMPORT, folder=folder))
        run(python, "-c", COMPARE, folder=folder)
        run(python, source / "scripts/import_nwb", "session.nwb", "blind.h5", *IMPORT, "phase=test", folder=folder)
        for name, words, target in (("recording", [], []), ("blind", ["data.reshuffle_tv_seed=0", "data.reshuffle_tv_ratio=0.2"],
                                                              [f"nlb.target={folder}/blind_target.h5"])):
            run(tsd, "ctd-data", "--config", source / "configs/ctd_data/nlb.yaml", f"data.file={name}.h5", "train.epochs=2", "posterior_samples=0",
                "nlb.behaviors=[hand_vel, pupil]", "--out", name, *words, folder=folder)
            print(run(tsd, "analyze", f"{name}/nlb", *target, folder=folder))
        for word, expected in (("windw=[0, 100]", "windw: expected one of"), ("bin_width=0", "bin_width: expected a whole number of ms above 0, got 0"),
                               ("window=[0, 90]", "window: expected a multiple of bin_width, 20 ms, got 90 ms"),
                               ("window=[a, b]", "window: expected two numbers that rise, got ['a', 'b']"),
                               ("behaviors={hand_vel: late}", "behaviors: hand_vel: expected a lag in ms, got late"),
                               ("psth_sd=0", "psth_sd: expected a number of at least 1 ms, got 0"),
                               ("align=move_onset", "session.nwb: align: expected a column"),
                               ("behaviors={hand: 0}", "session.nwb: behaviors: expected a time series, one of hand_vel, pupil, got hand"),
                               ("window=[-2000, 400]", "eval: expected trials within the session's"),
                               ("where={trial_type: 9}", "session.nwb: train: expected trials, got none")):
            done = start(python, source / "scripts/import_nwb", "session.nwb", "bad.h5", *IMPORT, word, folder=folder)
            lines = done.stderr.strip().splitlines()
            assert done.returncode == 1 and len(lines) == 1 and lines[0].startswith(f"error: {expected}"), (word, done.stderr)
        (folder / "text.nwb").write_text("no")
        for name, expected in (("text.nwb", "error: text.nwb: not an NWB file"), ("gone.nwb", "error: gone.nwb: expected an NWB file, got nothing there")):
            done = start(python, source / "scripts/import_nwb", name, "bad.h5", folder=folder)
            assert done.returncode == 1 and done.stderr.startswith(expected) and "Traceback" not in done.stderr, done.stderr
        assert not (folder / "bad.h5").exists() and not list(folder.glob("tmp*"))


main()
