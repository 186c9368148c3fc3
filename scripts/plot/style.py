"""What all figures share: looks, colours, and how a results file is opened and a figure stored.

The scripts take numpy and the like from here, so that what is missing is told before anything else is imported.
"""
import contextlib
import fcntl
import io
import logging
import os
import sys
from pathlib import Path

try:
    import h5py
    import matplotlib
    import numpy as np
except ImportError as missing:
    sys.exit(f"tsd plot: {missing.name} is missing; install it with: {sys.executable} -m pip install h5py matplotlib")

logging.getLogger("fontTools").setLevel(logging.ERROR)  # has views on the dates of fonts that it embeds
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (after the choice of a backend without a screen)

# Okabe & Ito's colours, distinct for every kind of colour vision.
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7F7F7F"
CHANCE = {"color": GREY, "linestyle": (0, (4, 3)), "linewidth": 0.9, "zorder": 1}

plt.rcParams.update({
    "font.family": "sans-serif", "font.size": 8, "axes.titlesize": 9, "axes.titleweight": "bold",
    "axes.titlelocation": "left", "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8,
    "legend.frameon": False, "legend.fontsize": 7.5, "lines.linewidth": 1.6, "lines.markersize": 3.5,
    "xtick.direction": "out", "ytick.direction": "out", "figure.constrained_layout.use": True,
    "savefig.dpi": 200, "pdf.fonttype": 42,  # text stays text in PDF
})


CANNOT_WRITE = 74  # exit code, as of tsd


class NotDrawn(Exception):
    """Why a run has no figures, for people."""


class NotWritten(NotDrawn):
    """There is no room for a figure, or no right to write it."""


class Results:
    """A results file read by path: results["/train/lr"]; attributes of the root: results.seed."""

    def __init__(self, path, filetype="tsd-results"):
        self.path = Path(path)
        try:
            self._file = h5py.File(path)
        except OSError as error:
            raise NotDrawn(f"{path}: cannot be read as HDF5: {error}") from None
        if self._file.attrs.get("filetype") != filetype:
            raise NotDrawn(f"{path}: filetype: expected {filetype}, got {self._file.attrs.get('filetype')}")

    def __getitem__(self, path):
        if path not in self._file:
            raise NotDrawn(f"{self.path}: {path}: no such dataset; the run was made by another version")
        value = self._file[path][()]
        return np.char.decode(value) if getattr(value, "dtype", None) is not None and value.dtype.kind == "S" else value

    def __contains__(self, path):
        return path in self._file

    def __getattr__(self, name):
        return self._file.attrs[name]

    def analysis(self, name):
        """What an analysis left beside the results; None before it was run."""
        file = self.path.with_name(name + ".h5")
        return Results(file, "tsd-analysis") if file.exists() else None

    def names(self, group):
        return list(self._file[group])

    def attribute(self, group, name):
        return self._file[group].attrs[name]

    @property
    def title(self):
        index = "" if self.index < 0 else f" / {self.index}"
        return f"{self.config_name}{index}"


def save(figure, results, name):
    """As PNG and PDF beside the results."""
    save_in(results.path.parent, figure, name)


def tell(file):
    """The name of a figure on standard output. A reader that has left is no reason to draw no more."""
    try:
        print(file, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f"tsd plot: standard output: cannot be written: {error.strerror}", file=sys.stderr)
            sys.exit(CANNOT_WRITE)


def remove_left(file):
    """What a killed process left of this file: as tsd's own, temporaries are locked as long as somebody writes to them."""
    for left in file.parent.glob(f"{file.name}.tmp*-*"):
        with contextlib.suppress(OSError), left.open("r+b") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def write_whole(file, content):
    """It appears whole, or not at all."""
    part = file.with_name(f"{file.name}.tmp{os.getpid()}-0")
    try:
        remove_left(file)
        with part.open("wb") as held:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
            held.write(content)
            held.flush()
            part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise NotWritten(f"{file}: cannot be written: {error.strerror}") from None


def save_in(folder, figure, name):
    for suffix in (".png", ".pdf"):
        drawn = io.BytesIO()  # matplotlib does not tell of a full disk
        figure.savefig(drawn, format=suffix[1:])
        write_whole(file := folder / (name + suffix), drawn.getvalue())
        if suffix == ".png":
            tell(file)
    plt.close(figure)


def common_folder(runs):
    """The folder that holds all runs; where nothing but the root does, the one of the caller."""
    folder = Path(os.path.commonpath([run.path.resolve().parent for run in runs]))
    return folder if folder != Path(folder.anchor) else Path()


def finite_span(values, *more):
    """Least and largest finite value, for an axis; 0 and 1 where there is none. `more`: values to include."""
    values = np.append(np.ravel(values), more)
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)


def draw_all(files, draw, together=None):
    """draw(file) of each, then together(what the calls returned) where that is more than one. What cannot be drawn is told, and
    the others are; then the exit code is 1, or another where a figure could not be written."""
    code = 0

    def attempt(draw, what):
        nonlocal code
        try:
            return [draw(what)]
        except NotDrawn as reason:
            print(f"tsd plot: {reason}", file=sys.stderr)
            code = max(code, CANNOT_WRITE if isinstance(reason, NotWritten) else 1)
            return []

    drawn = [one for file in files or sys.exit(sys.modules["__main__"].__doc__) for one in attempt(draw, file)]
    if together and len(drawn) > 1:
        attempt(together, drawn)
    sys.exit(code)


def heat_map(axes, values, labels=None, limits=(0, 1)):
    """A matrix with its values written into the cells; NaN stays empty."""
    if values.size:
        axes.imshow(values, cmap="Blues", vmin=limits[0], vmax=limits[1])
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            dark = value > limits[0] + 0.55 * (limits[1] - limits[0])
            text = f"{value:.2f}" if labels is None else labels[row, column]
            axes.text(column, row, text, ha="center", va="center", color="white" if dark else "black", fontsize=7.5)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
