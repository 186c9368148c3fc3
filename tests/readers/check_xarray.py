#!/usr/bin/env python3
"""Files of every family in xarray, netCDF4 and tsd_results: axes have the names that `dims` tells, and a shared axis is one.

    check_xarray.py SOURCE TSD          smoke runs of all families with their analyses
"""
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import environment

environment.enter()

import h5py  # noqa: E402
import netCDF4  # noqa: E402
import numpy as np  # noqa: E402
import xarray as xr  # noqa: E402

import tsd_results  # noqa: E402

warnings.simplefilter("error")  # of axes that come twice, above all
RUNS = [("nback", "nback/smoke.yaml", ["num_train=320"], ["behaviour", "decoding", "similarity", "perturbation", "orthogonalization"]),
        ("layered", "layered/smoke.yaml", [], []),
        ("microcircuit", "microcircuit/smoke.yaml", ["rec_WPP=true", "rec_input=true", "rec_rI_breve=true"], ["updates_bp"]),
        ("plastic", "plastic/smoke.yaml", ["n_runs=1"], ["states", "matrices", "mechanism"]),
        ("ctd_task", "ctd/smoke_multitask.yaml", [], ["recording"]),
        ("ctd_data", "ctd/smoke_lfads.yaml", [], []),
        ("dual_stream", "dual_stream/smoke.yaml", [], ["learning", "maps", "reference"]),
        ("compare", "compare/smoke.yaml", [], [])]


def told(file):
    """Path -> names of axes by the attribute `dims`, shape."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not item.attrs.get("NAME", b"").startswith(b"This is a netCDF dimension"):
            found[f"/{name}"] = tuple(axis for axis in item.attrs["dims"].split(",") if axis), item.shape

    with h5py.File(file) as opened:
        opened.visititems(visit)
    return found


def by_xarray(file):
    found = {}
    for group, dataset in xr.open_groups(file, engine="h5netcdf", decode_times=False).items():
        with dataset:
            found.update({f"{group.rstrip('/')}/{name}": (value.dims, value.shape) for name, value in dataset.variables.items()})
    return found


def by_netcdf(file):
    found = {}

    def walk(group):
        for name, value in group.variables.items():
            found[f"{group.path.rstrip('/')}/{name}"] = value.dimensions, value.shape
        for below in group.groups.values():
            walk(below)

    with netCDF4.Dataset(file) as opened:
        walk(opened)
    return found


def check(file):
    want = told(file)
    for reader, got in (("xarray", by_xarray(file)), ("netCDF4", by_netcdf(file))):
        wrong = [f"{path}: {want.get(path)}, {reader}: {got.get(path)}" for path in want.keys() | got.keys() if want.get(path) != got.get(path)]
        assert not wrong, f"{file}: {len(wrong)} of {len(want)}: " + "; ".join(wrong[:5])
    assert tsd_results.run(file).attrs["family"]
    return len(want)


def check_nback(run):
    """What somebody would do with them."""
    train = xr.open_dataset(run / "results.h5", group="/train", engine="h5netcdf")
    assert train.train_loss.dims == ("epoch",) and train.epoch.values.tolist() == [1, 2, 3, 4]
    assert train.confusion.dims == ("epoch", "target", "predicted") and train.per_class_acc.dims == ("epoch", "response")
    assert float(train.train_loss.sel(epoch=2)) == float(train.train_loss[1]) and train.train_loss.units == "nat"
    tree = tsd_results.run(run)
    assert tree["train/val_novel_angle"].to_dataset().acc_masked.sel(epoch=4).ndim == 0  # the epochs are those above
    decoding = tsd_results.group(run / "decoding.h5", "/decoding")
    assert "times" in decoding.coords and decoding.sel(time=int(decoding.times[1])).sizes.get("time") is None
    assert tsd_results.metrics(run).train_loss.iloc[-1] == train.train_loss.values[-1]
    assert "/train" in tsd_results.groups(run) and "family: nback" in tsd_results.settings(run)
    for wrong, error in ((run / "nothing.h5", FileNotFoundError), (run / "metrics.csv", Exception)):
        try:
            tsd_results.run(wrong)
            raise AssertionError(f"{wrong} was read")
        except error:
            pass


def check_seeds(source, tsd, out):
    """Whole numbers stay whole and, beside their runs, exact."""
    seeds = [2**53 + 1, 2**53 + 3]
    (out / "seeds.yaml").write_text(f"family: nback\nextends: {source}/configs/nback/smoke.yaml\nsweep: {{grid: {{seed: {seeds}}}}}\n")
    subprocess.run([tsd, "train", "--config", out / "seeds.yaml", "num_train=64", "epochs=1", "milestones=[]", "--out", out, "--quiet"], check=True)
    subprocess.run([tsd, "collect", out / "seeds"], check=True, capture_output=True)
    found = tsd_results.sweep(out / "seeds")
    assert found.seed.dtype == np.int64 and found.seed.values.tolist() == seeds
    (out / "alone").mkdir()
    shutil.copy(out / "seeds/sweep.h5", out / "alone/sweep.h5")
    assert tsd_results.sweep(out / "alone").seed.dtype == np.float64  # as exact as they can be


def check_sweep(source, tsd, out):
    (out / "sweep.yaml").write_text(f"family: nback\nextends: {source}/configs/nback/smoke.yaml\n"
                                    "sweep: {grid: {lr: [1.0e-3, 3.0e-3], rnn_type: [gru, rnn]}}\n")
    check_seeds(source, tsd, out)
    subprocess.run([tsd, "train", "--config", out / "sweep.yaml", "num_train=64", "epochs=2", "milestones=[]", "--out", out / "s", "--quiet"], check=True)
    subprocess.run([tsd, "collect", out / "s", "--dataset", "/train/train_loss"], check=True, capture_output=True)
    sweep = tsd_results.sweep(out / "s")
    assert sweep["train/train_loss"].dims == ("run", "epoch") and sweep.sizes["run"] == 4
    assert sweep.rnn_type.values.tolist() == ["gru", "rnn"] * 2 and {"lr", "index", "state"} <= set(sweep.coords)
    assert np.allclose(sweep["final.train_loss"], sweep["train/train_loss"][:, -1])
    assert sweep.lr.dtype == np.float64 and sweep.seed.dtype == np.int64
    grid = sweep.drop_vars("run").set_index(run=["lr", "rnn_type"]).unstack("run")
    assert grid["final.train_loss"].sizes == {"lr": 2, "rnn_type": 2}


def check_page(source, tsd, out):
    """docs/start/python.md as it stands, from a folder with the results of its commands."""
    blocks = re.findall(r"```(sh|python)\n(.*?)```", (source / "docs/start/python.md").read_text(), re.S)
    assert [language for language, _ in blocks] == ["sh", "python"]
    (out / "scripts").mkdir()
    (out / "scripts/tsd").symlink_to(tsd)
    (out / "configs").symlink_to(source / "configs")
    subprocess.run(["bash", "-euc", blocks[0][1]], cwd=out, check=True, capture_output=True)
    printed = subprocess.run([sys.executable, "-W", "error", "-c", blocks[1][1]], cwd=out, text=True, capture_output=True)
    assert printed.returncode == 0 and "gru" in printed.stdout, printed.stderr


def main(source, tsd):
    number = 0
    with tempfile.TemporaryDirectory() as folder:
        for family, config, words, analyses in RUNS:
            out = Path(folder, family)
            subprocess.run([tsd, "train", "--config", source / "configs" / config, *words, "--out", out, "--quiet"], check=True, stderr=subprocess.DEVNULL)
            (run,) = out.iterdir()
            for analysis in analyses:
                subprocess.run([tsd, "analyze", run, "--only", analysis], check=True, capture_output=True)
            for file in ("results", *analyses):
                number += check(run / f"{file}.h5")
            if family == "nback":
                check_nback(run)
        check_sweep(source, tsd, Path(folder))
        check_page(source, tsd, Path(folder))
    print(f"{number} datasets of {len(RUNS)} families: axes in xarray and netCDF4 are those that `dims` tells")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
