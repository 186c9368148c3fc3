"""What must not be in a figure: text that is too small to read, leaves the canvas or lies over other text, axes with numbers but
without a name, numbers between epochs and the like, a band that leaves its panel, and a legend that lies over a line or a point."""
import itertools
import re
import sys

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

SMALLEST = 6  # points
TOUCHING = 1.5  # pixels that boxes of text may have in common on every side: letters fill less than their boxes


def problems(figure):
    """Of a figure that has been stored, which left it at the resolution of the file."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    for text in figure.findobj(Text):
        words = text.get_text().strip()
        if words and text.get_visible() and text.get_fontsize() < SMALLEST:
            yield f"{words!r}: {text.get_fontsize()} points"
    yield from outside(figure, renderer)
    yield from overlapping(figure, renderer)
    yield from nameless(figure)
    yield from between_counts(figure)
    yield from cut_bands(figure)
    for legend in legends(figure):
        box = legend.get_window_extent(renderer)
        for line in (line for axes in figure.axes for line in axes.get_lines()):
            if crosses(line, box):
                yield f"{legend.get_texts()[0].get_text()!r} ..: the legend lies over {line.get_label()!r}"


def written(figure):
    """All text that is seen: of ticks, those within the axes' limits."""
    for axes in figure.axes:
        if axes.get_visible() and axes.axison:
            yield from (axes.title, axes._left_title, axes._right_title, axes.xaxis.label, axes.yaxis.label, *axes.texts)
            if hasattr(axes, "zaxis"):
                yield axes.zaxis.label
            else:
                yield from (*shown_ticks(axes.xaxis), *shown_ticks(axes.yaxis))
    for legend in legends(figure):
        yield from legend.get_texts()
    yield from figure.texts  # the title among them


def shown_ticks(axis):
    low, high = sorted(axis.get_view_interval())
    slack = 1e-9 * (high - low)
    return [label for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels()) if label.get_visible() and low - slack <= place <= high + slack]


def legends(figure):
    return [*figure.legends, *filter(None, (axes.get_legend() for axes in figure.axes))]


def outside(figure, renderer):
    canvas = figure.bbox
    for text in written(figure):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(renderer)
            if box.x0 < canvas.x0 - 1 or box.y0 < canvas.y0 - 1 or box.x1 > canvas.x1 + 1 or box.y1 > canvas.y1 + 1:
                yield f"{text.get_text()!r} leaves the canvas"


def corners(text, renderer):
    """Of the box of letters, turned as they are."""
    box, angle = text.get_window_extent(renderer), np.deg2rad(text.get_rotation())
    centre, turn = np.array([box.x0 + box.x1, box.y0 + box.y1]) / 2, np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    spread = np.abs([[turn[0, 0], turn[0, 1]], [turn[1, 0], turn[1, 1]]])
    if abs(np.linalg.det(spread)) < 1e-6:  # at 45 degrees: the letters' height is known
        height = text.get_fontsize() * text.figure.dpi / 72 * (1 + 1.2 * text.get_text().count("\n"))
        size = np.array([max(box.width * np.sqrt(2) - height, height), height])
    else:
        size = np.linalg.solve(spread, [box.width, box.height])
    half = np.maximum(size / 2 - TOUCHING, 0.1)
    return centre + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half @ turn.T


def apart(one, other):
    """Whether a line is between two boxes: along a side of either."""
    for box in (one, other):
        for side in (box[1] - box[0], box[3] - box[0]):
            first, second = one @ side, other @ side
            if first.max() <= second.min() or second.max() <= first.min():
                return True
    return False


def overlapping(figure, renderer):
    """Outlined numbers may: they are where their points are."""
    texts = [text for text in written(figure) if text.get_visible() and text.get_text().strip() and not text.get_path_effects()]
    boxes = [corners(text, renderer) for text in texts]
    for (one, box), (other, other_box) in itertools.combinations(zip(texts, boxes), 2):
        if not apart(box, other_box):
            yield f"{one.get_text()!r} and {other.get_text()!r} lie over each other"


def between_counts(figure):
    """Numbers that are not whole at axes that count."""
    counted = sys.modules["style"].COUNTED
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            numbers = [label.get_text().replace("\N{MINUS SIGN}", "-") for label in shown_ticks(axis)]
            odd = [number for number in numbers if re.fullmatch(r"-?\d+\.\d*[1-9]\d*|-?\d+\.0+", number)]
            if counted.match(axis.get_label_text()) and axis.get_scale() == "linear" and odd:
                yield f"the axis {axis.get_label_text()!r} has the numbers {', '.join(odd)}"


def cut_bands(figure):
    """Bands that leave their panel upwards or downwards: how wide they are is not to be seen."""
    for axes in figure.axes:
        for band in axes.collections:
            if isinstance(band, PolyCollection) and not hasattr(axes, "zaxis"):
                (low, high), parts = sorted(axes.get_ylim()), [path.vertices[:, 1] for path in band.get_paths()]
                heights = np.concatenate(parts or [[]])
                slack, heights = 0.01 * (high - low), heights[np.isfinite(heights)]
                if len(heights) and (heights.min() < low - slack or heights.max() > high + slack):
                    yield f"axes {figure.axes.index(axes)} ({axes.get_title(loc='left')!r}): a band leaves the panel"


def is_number(word):
    try:
        float(word.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        return "mathdefault" in word
    return True


def beside(axes, other, side):
    """Whether they share a row (y) or a column (x) of the figure."""
    (low, high), (other_low, other_high) = ((box.y0, box.y1) if side == "y" else (box.x0, box.x1) for box in (axes.get_position(), other.get_position()))
    return min(high, other_high) - max(low, other_low) > 0.5 * min(high - low, other_high - other_low)


def nameless(figure):
    """Axes whose numbers have no name, neither at them nor at another of their row or column: what they count is not told."""
    flat = [axes for axes in figure.axes if axes.get_visible() and axes.axison and not hasattr(axes, "zaxis")]
    for axes in flat:
        bar = axes.get_label() == "<colorbar>"
        for axis, side in ((axes.xaxis, "x"), (axes.yaxis, "y")):
            numbers = [label for label in shown_ticks(axis) if is_number(label.get_text().strip() or "word")]
            others = [axes] if bar else [other for other in flat if other.get_label() != "<colorbar>" and (
                beside(axes, other, "y") or side == "x" and beside(axes, other, "x"))]
            named = any(getattr(other, f"{side}axis").label.get_text().strip() for other in others)
            if numbers and not named and not (bar and (axes.get_xlabel() or axes.get_ylabel())):
                yield f"axes {figure.axes.index(axes)} ({axes.get_title(loc='left')!r}): the {side} axis has numbers and no name"


def crosses(line, box):
    """A curve between its points, too; of points alone, one of them."""
    if line.get_linestyle() in ("None", " ", ""):
        points = line.get_transform().transform(line.get_xydata())
        return any(box.x0 < x < box.x1 and box.y0 < y < box.y1 for x, y in points)
    return line.get_path().transformed(line.get_transform()).intersects_bbox(box, filled=False)


def watch(tell):
    """Calls tell(title, problem) for what is wrong with a figure when it is drawn as PNG."""
    savefig = Figure.savefig

    def checked(figure, file, *words, **more):
        savefig(figure, file, *words, **more)
        if more.get("format") == "png":
            title = figure.get_suptitle() or next((axes.get_title(loc="left") for axes in figure.axes), "")
            for problem in problems(figure):
                tell(title, problem)

    Figure.savefig = checked
