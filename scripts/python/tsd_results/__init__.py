"""What runs of tsd leave behind: a run as xarray, a sweep as one data set, metrics as pandas.

    import tsd_results as tsd

    run = tsd.run("results/stsf")              # an xarray.DataTree, a node for each group of results.h5
    rows = tsd.metrics("results/stsf")         # a pandas.DataFrame, of a run that goes on too
    sweep = tsd.sweep("results/sweep")         # an xarray.Dataset along `run`, settings as coordinates
"""
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

__all__ = ["group", "groups", "metrics", "run", "settings", "sweep"]


def run(path):
    """A run's folder, or an HDF5 file of tsd, as an xarray.DataTree: run(path)["train"].train_loss."""
    return xr.DataTree.from_dict(_opened(_file(path, "results.h5")))


def group(path, name):
    """One group as an xarray.Dataset; nothing else is read."""
    file = _file(path, "results.h5")
    try:
        with xr.open_dataset(file, group=name, engine="h5netcdf", decode_times=False) as dataset:
            return _readable(dataset.load())
    except OSError:
        raise KeyError(f"{file}: no group {name}; there are {', '.join(groups(path))}") from None


def groups(path):
    """Names of the groups that hold datasets."""
    return [name for name, dataset in _opened(_file(path, "results.h5")).items() if dataset.variables]


def metrics(path):
    """metrics.csv of a run, by step. Of a run that goes on, what is there up to now."""
    text = _file(path, "metrics.csv").read_text(encoding="utf-8")
    return pd.read_csv(io.StringIO(text[: text.rfind("\n") + 1]), index_col="step")  # a row is whole with its line break


def settings(path):
    """The resolved configuration of a run, as YAML text."""
    return _file(path, "config.yaml").read_text(encoding="utf-8")


def sweep(path):
    """A sweep, from the sweep.h5 that `tsd collect` leaves in its folder. Along `run`: every setting as a coordinate, metrics as
    `final.<metric>` and `best.<metric>`, and the datasets that were chosen under their paths. Settings that are whole numbers are integers,
    exact ones beyond 2^53 as long as the runs lie beside the file."""
    file = _file(path, "sweep.h5", f"; make it with: tsd collect {path}")
    parts = _opened(file)
    whole = parts.pop("/")
    told = _told(file, whole)
    whole = whole.set_coords(list(whole.data_vars))
    for name, part in parts.items():
        kind, _, below = name.strip("/").partition("/")
        columns = {key: value.variable for key, value in part.data_vars.items()}
        if kind == "settings":
            whole = whole.assign_coords({key: _whole_numbers(value, [one.get(key) for one in told]) for key, value in columns.items()})
        elif kind in ("final", "best"):
            whole = whole.assign({f"{kind}.{key}": value for key, value in columns.items()})
        else:
            whole = whole.assign({f"{below}/{key}".strip("/"): value for key, value in columns.items()})
    return whole


def _told(file, sweep):
    """What each run says of its swept settings, as text: the file has numbers, which are exact up to 2^53. Nothing of runs elsewhere."""
    told = []
    for index, run in zip(sweep["index"].values, sweep["run"].values):
        status = file.parent / Path(str(run)).name / "status.json"
        found = json.loads(status.read_text(encoding="utf-8")) if status.exists() else {}
        told.append(found.get("swept") or {} if found.get("index") == index else {})
    return told


def _whole_numbers(column, told):
    """Of a column of numbers: integers, where all are; `told`: their texts, None where there is none."""
    values = column.values
    if values.dtype.kind != "f" or not np.isfinite(values).all() or (values != np.trunc(values)).any():
        return column
    exact = [int(text) if re.fullmatch(r"[+-]?\d+", text or "") else None for text in told]
    if any(text and number is None for text, number in zip(told, exact)):  # as in 1.0: a number that need not be whole
        return column
    numbers = [int(value) if number is None else number for value, number in zip(values, exact)]
    if any(number is None and abs(value) > 2**53 for value, number in zip(values, exact)):
        return column
    kind = np.int64 if max(map(abs, numbers)) < 2**63 else np.uint64 if min(numbers) >= 0 else object
    return xr.Variable(column.dims, np.array(numbers, dtype=kind), column.attrs)


def _file(path, name, remedy=""):
    path = Path(path).expanduser()
    file = path / name if path.is_dir() else path
    if not file.exists():
        raise FileNotFoundError(f"{file}: no such file{remedy}")
    return file


def _opened(file):
    opened = {}
    for name, dataset in xr.open_groups(file, engine="h5netcdf", decode_times=False).items():
        with dataset:
            opened[name] = _readable(dataset.load())
    kind = opened["/"].attrs.get("filetype", "")
    if not kind.startswith("tsd-"):
        raise ValueError(f"{file}: filetype: expected one of tsd, got {kind or 'none'}")
    return opened


def _readable(dataset):
    """Text as text; and where a dataset holds the names or times of an axis, these as its index."""
    for name, value in dataset.variables.items():
        if value.dtype.kind == "S":
            dataset[name] = value.dims, np.char.decode(value.values, "utf-8"), value.attrs
    for name, labels in list(dataset.coords.items()):
        (axis,) = labels.dims if labels.ndim == 1 else (None,)
        if axis and axis not in dataset.variables and np.unique(labels.values).size == labels.size:
            dataset = dataset.assign_coords({axis: (axis, labels.values, labels.attrs)})
    return dataset
