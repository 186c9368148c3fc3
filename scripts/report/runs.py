"""What a report is made of, read from the folder of a run: status, settings, metrics, figures, datasets."""
import csv
import json
import math
from pathlib import Path

import h5py
import numpy as np
import yaml

AXIS = b"This is a netCDF dimension"  # a dataset that is there for the length of an axis
LARGEST_FIGURE = 4 << 20


class NoReport(Exception):
    """Why there is no report, for people."""


def flat(value, path=""):
    """key.path -> value of a configuration."""
    if not isinstance(value, dict) or not value:
        return {path: value}
    return {key: item for name, part in value.items() for key, item in flat(part, f"{path}.{name}" if path else str(name)).items()}


def number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


class Run:
    def __init__(self, folder):
        self.folder = Path(folder)
        try:
            self.status = json.loads((self.folder / "status.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NoReport(f"{folder}: not a run directory (no status.json)") from None
        except ValueError as error:
            raise NoReport(f"{folder}/status.json: cannot be read: {error}") from None
        config = self.folder / "config.yaml"
        self.settings = flat(yaml.safe_load(config.read_text(encoding="utf-8")) or {}) if config.exists() else {}
        self.columns, self.rows = self._metrics()

    @property
    def title(self):
        index = self.status.get("index")
        return f"{self.status['config_name']}{'' if index is None else f' / {index}'}"

    @property
    def state(self):
        return self.status["state"]

    def _metrics(self):
        file = self.folder / "metrics.csv"
        if not file.exists():
            return [], []
        text = file.read_text(encoding="utf-8")
        rows = list(csv.reader(text[: text.rfind("\n") + 1].splitlines()))
        return (rows[0], rows[1:]) if rows else ([], [])

    def column(self, name):
        """Numbers of a metric, NaN as None; None where it is text."""
        at = self.columns.index(name)
        values = [number(row[at]) for row in self.rows]
        if any(value is None for value in values):
            return None
        return [value if math.isfinite(value) else None for value in values]

    def words(self):
        """key=value words of the command line."""
        file = self.folder / "overrides.txt"
        return file.read_text(encoding="utf-8").split("\n")[:-1] if file.exists() else []

    def figures(self):
        return sorted(file for file in self.folder.glob("*.png") if file.stat().st_size <= LARGEST_FIGURE)

    def files(self):
        """results.h5, then analyses."""
        found = sorted(self.folder.glob("*.h5"), key=lambda file: (file.name != "results.h5", file.name))
        return [file for file in found if file.name != "sweep.h5"]


def described(file):
    """Root attributes of an HDF5 file, and for each dataset path, axes with lengths, units, description, and what is in it."""
    rows = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not item.attrs.get("NAME", b"").startswith(AXIS):
            axes = [axis for axis in item.attrs.get("dims", "").split(",") if axis]
            shape = " × ".join(f"{axis} {n}" if not axis.endswith(f" {n}") else axis for axis, n in zip(axes, item.shape))
            rows.append((f"/{name}", shape, item.attrs.get("units", ""), item.attrs.get("description", ""), content(item)))

    try:
        with h5py.File(file) as opened:
            opened.visititems(visit)
            return dict(opened.attrs), rows
    except OSError as error:
        raise NoReport(f"{file}: cannot be read as HDF5: {error}") from None


def short(value):
    return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)


def content(item):
    """In a few characters: a value, the few values, or their range."""
    if item.dtype.kind == "S":
        texts = [text.decode(errors="replace") for text in np.atleast_1d(item[()]).ravel()[:4]]
        line = ", ".join(text for text in texts)
        return line if len(line) <= 60 and "\n" not in line else line.split("\n")[0][:57] + "…"
    if item.size == 0 or item.dtype.kind not in "fiu":
        return ""
    if item.size <= 4:
        return ", ".join(short(value) for value in np.ravel(item[()]))
    if item.size > 1 << 22:
        return ""
    values = np.asarray(item[()], float)
    finite = values[np.isfinite(values)]
    return f"{short(finite.min())} … {short(finite.max())}" if finite.size else "none is finite"


def runs_below(folder):
    """All runs below a folder, by folder and index."""
    found = [Run(file.parent) for file in Path(folder).rglob("status.json")]
    return sorted(found, key=lambda run: (str(run.folder.parent), run.status.get("index") if run.status.get("index") is not None else -1,
                                          run.folder.name))
