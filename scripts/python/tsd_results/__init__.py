"""What runs of tsd leave behind: a run as xarray, a sweep as one data set, metrics as pandas.

    import tsd_results as tsd

    run = tsd.run("results/stsf")              # an xarray.DataTree, a node for each group of results.h5
    rows = tsd.metrics("results/stsf")         # a pandas.DataFrame, of a run that goes on too
    sweep = tsd.sweep("results/sweep")         # an xarray.Dataset along `run`, settings as coordinates
"""
import io
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
    `final.<metric>` and `best.<metric>`, and the datasets that were chosen under their paths."""
    parts = _opened(_file(path, "sweep.h5", f"; make it with: tsd collect {path}"))
    whole = parts.pop("/")
    whole = whole.set_coords(list(whole.data_vars))
    for name, part in parts.items():
        kind, _, below = name.strip("/").partition("/")
        columns = {key: value.variable for key, value in part.data_vars.items()}
        if kind == "settings":
            whole = whole.assign_coords(columns)
        elif kind in ("final", "best"):
            whole = whole.assign({f"{kind}.{key}": value for key, value in columns.items()})
        else:
            whole = whole.assign({f"{below}/{key}".strip("/"): value for key, value in columns.items()})
    return whole


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
