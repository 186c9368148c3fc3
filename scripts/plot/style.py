"""What all figures share: looks, colours, and how a results file is opened and a figure stored.

Every script takes results files, and --format png|pdf|svg (again for several; without it PNG and PDF) and --style paper|talk: a
figure at the size that it has on a page, or, for a slide, 1.75 times as large with type of twice the size, so of 12 points at least.

The scripts take numpy and the like from here, so that what is missing is told before anything else is imported.
"""
import argparse
import io
import logging
import os
import re
import sys
import textwrap
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

sys.path.append(str(Path(__file__).resolve().parents[1]))
from whole import write_whole  # noqa: E402

# Okabe & Ito's colours, distinct for every kind of colour vision.
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7F7F7F"
SKY, YELLOW = "#56B4E9", "#E69F00"
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, YELLOW)
BEGIN = {"marker": "o", "color": GREEN, "markersize": 3, "linestyle": ""}  # of a trajectory; told apart by shape, too
END = {"marker": "s", "color": ORANGE, "markersize": 3, "linestyle": ""}
CHANCE = {"color": GREY, "linestyle": (0, (4, 3)), "linewidth": 0.9, "zorder": 1}

plt.rcParams.update({
    "font.family": "sans-serif", "font.size": 8, "axes.titlesize": 9, "axes.titleweight": "bold",
    "axes.titlelocation": "left", "axes.prop_cycle": matplotlib.cycler(color=COLOURS), "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8,
    "legend.frameon": False, "legend.fontsize": 7.5, "lines.linewidth": 1.6, "lines.markersize": 3.5,
    "xtick.direction": "out", "ytick.direction": "out", "figure.constrained_layout.use": True,
    "savefig.dpi": 200, "pdf.fonttype": 42, "svg.fonttype": "none",  # text stays text
})
FORMATS, TALK = ["png", "pdf"], False  # as asked for on the command line
OUT, BASE = None, None  # figures go below OUT as results lie below BASE; without it, beside the results


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

    def setting(self, key, default=""):
        """Of the run's config, as text: results.setting("model.type")."""
        path = []
        for line in str(self["/provenance/config_yaml"]).splitlines():
            name, _, value = line.strip().partition(":")
            path = [*path[:(len(line) - len(line.lstrip())) // 2], name]
            if path == key.split("."):
                return value.strip().strip("\"'")
        return default

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


def magnify(figure, whole=1.75, type=2, lines=1.75):
    """From a page to a slide, where it is seen from afar: type grows more than the rest."""
    figure.set_size_inches(figure.get_size_inches() * whole)
    for part in figure.findobj():
        if isinstance(part, matplotlib.text.Text):
            part.set_fontsize(part.get_fontsize() * type)
        elif isinstance(part, matplotlib.lines.Line2D):
            part.set(linewidth=part.get_linewidth() * lines, markersize=part.get_markersize() * lines,
                     markeredgewidth=part.get_markeredgewidth() * lines)
        elif isinstance(part, matplotlib.collections.PathCollection):
            part.set_sizes(part.get_sizes() * lines**2)
        elif isinstance(part, matplotlib.collections.LineCollection):
            part.set_linewidth(np.multiply(part.get_linewidth(), lines))
        elif isinstance(part, matplotlib.spines.Spine):
            part.set_linewidth(part.get_linewidth() * lines)


# What axes that count are called: there is nothing between their numbers.
COUNTED = re.compile(r"(?!.*(?: per |\(s\)))(?:(?:principal component|epoch|neuron(?! \d)|mode|frame|scene|trial|step(?! size)|block|read at step|"
                     r"from step|to step|start|point|units in use|repeat interval|tested R)s?\b|n(?: \(|$))")


def whole_numbers(figure):
    """No ticks between the numbers of axes that count."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            locator = axis.get_major_locator()
            if isinstance(locator, matplotlib.ticker.AutoLocator) and COUNTED.match(axis.get_label_text().replace("\n", " ")):
                locator.set_params(integer=True, min_n_ticks=1)


def place_of(folder):
    """Where figures go that belong into this folder."""
    return OUT / folder.resolve().relative_to(BASE) if OUT else folder


def save_in(folder, figure, name):
    whole_numbers(figure)
    if TALK:
        magnify(figure)
    place = place_of(folder)
    for suffix in FORMATS:
        drawn = io.BytesIO()  # matplotlib does not tell of a full disk
        figure.savefig(drawn, format=suffix)
        file = place / f"{name}.{suffix}"
        try:
            if OUT:
                place.mkdir(parents=True, exist_ok=True)
            write_whole(file, drawn.getvalue())
        except OSError as error:
            elsewhere = "" if OUT else "; --out FOLDER has a place for it"
            raise NotWritten(f"{file}: cannot be written: {error.strerror}{elsewhere}") from None
        if suffix == FORMATS[0]:
            tell(file)
    plt.close(figure)


def holding(files):
    return Path(os.path.commonpath([Path(file).resolve().parent for file in files]))


def common_folder(runs):
    """The folder that holds all runs; where nothing but the root does, the one of the caller."""
    folder = holding(run.path for run in runs)
    return folder if folder != Path(folder.anchor) else Path()


def configs(runs):
    """Names of the configs of several results, each once."""
    return ", ".join(dict.fromkeys(run.config_name for run in runs))


def finite_span(values, *more):
    """Least and largest finite value, for an axis; 0 and 1 where there is none. `more`: values to include."""
    values = np.append(np.ravel(values), more)
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)


def asked(words):
    """The files among these words; what else they ask for is kept."""
    global FORMATS, TALK, OUT, BASE
    parser = argparse.ArgumentParser(prog="tsd plot", description=sys.modules["__main__"].__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="RESULTS")
    parser.add_argument("--format", action="append", choices=("png", "pdf", "svg"))
    parser.add_argument("--style", choices=("paper", "talk"), default="paper")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where figures go; default: beside the results")
    parser.add_argument("--base", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    OUT, BASE = given.out, (given.base or holding(given.files)).resolve()
    FORMATS, TALK = list(dict.fromkeys(given.format or FORMATS)), given.style == "talk"
    return given.files


def draw_all(words, draw, together=None, alone=None):
    """draw(file) of each file among the words of the command line; then together(what the calls returned) where that is more than
    one, and alone(it) where one was asked for. What cannot be drawn is told, and the others are; then the exit code is 1, or another
    where a figure could not be written."""
    files, code = asked(words), 0

    def attempt(draw, what):
        nonlocal code
        try:
            return [draw(what)]
        except NotDrawn as reason:
            print(f"tsd plot: {reason}", file=sys.stderr)
            code = max(code, CANNOT_WRITE if isinstance(reason, NotWritten) else 1)
            return []

    drawn = [one for file in files for one in attempt(draw, file)]
    if together and len(drawn) > 1:
        attempt(together, drawn)
    if alone and drawn and len(files) == 1:
        attempt(alone, drawn[0])
    sys.exit(code)


def colours_of(n):
    """For n lines of one kind, such as seeds: distinct ones as long as there are, then shades from dark to light."""
    return list(COLOURS[:n]) if n <= len(COLOURS) else [tuple(shade) for shade in plt.get_cmap("viridis")(np.linspace(0, 0.9, n))[:, :3]]


def space(figure, place, names, title=""):
    """Axes of three dimensions whose names are within the picture; there are no numbers, as components have no unit."""
    axes = figure.add_subplot(*np.atleast_1d(place), projection="3d")
    axes.set_box_aspect(None, zoom=0.85)
    for side, name in zip("xyz", names):
        getattr(axes, f"set_{side}label")(name, labelpad=-11)
        getattr(axes, f"set_{side}ticklabels")([])
        getattr(axes, f"{side}axis").set_pane_color("#f4f4f4")
    axes.set_title(title)
    return axes


def trajectory(axes, course, **looks):
    """A course [time, axis] with its begin and end, of as many axes as there are."""
    axes.plot(*course.T, **looks)
    axes.plot(*course[:1].T, **BEGIN)
    axes.plot(*course[-1:].T, **END)


def name_ends(figure, **where):
    """What the marks of trajectories are."""
    handles = [plt.Line2D([], [], **BEGIN, label="begin"), plt.Line2D([], [], **END, label="end")]
    figure.legend(handles=handles, **{"loc": "outside lower center", "ncols": 2, "handlelength": 1, **where})


def principal(rows, n=3):
    """Mean, axes and variance ratios; rows that are not finite are left out."""
    rows = rows[np.isfinite(rows).all(axis=1)]
    if len(rows) == 0:
        return np.zeros(rows.shape[1]), np.zeros((0, rows.shape[1])), np.zeros(0)
    mean = rows.mean(axis=0)
    _, sizes, axes = np.linalg.svd(rows - mean, full_matrices=False)
    return mean, axes[:n], sizes**2 / max(np.sum(sizes**2), 1e-30)


def components(ratios, n=3):
    """Names of principal components with their part of the variance."""
    return [f"PC {k + 1} ({100 * ratio:.0f} %)" for k, ratio in enumerate(ratios[:n])]


def entitle(figure, text):
    """Above all panels: which run this is, of what; in as many lines as the figure's width asks for."""
    letters = int(figure.get_figwidth() * 72 / (9 * 0.56))
    figure.suptitle("\n".join(textwrap.wrap(text, letters)), x=0.01, ha="left", fontsize=9)


def heat_map(axes, values, labels=None, limits=(0, 1), colours="Blues"):
    """A matrix with its values written into the cells, white where these are dark; NaN stays empty."""
    if values.size:
        axes.imshow(values, cmap=colours, vmin=limits[0], vmax=limits[1])
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            shade = plt.get_cmap(colours)(plt.Normalize(*limits)(value))
            text = f"{value:.2f}" if labels is None else labels[row, column]
            dark = np.dot(shade[:3], (0.299, 0.587, 0.114)) < 0.55
            axes.text(column, row, text, ha="center", va="center", color="white" if dark else "black", fontsize=7.5)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
