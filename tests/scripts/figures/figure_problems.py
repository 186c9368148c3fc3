"""What must not be in a figure: text that is too small to read or leaves the canvas, axes with numbers but without a name, and a
legend that lies over a line or a point."""

from matplotlib.figure import Figure
from matplotlib.text import Text

SMALLEST = 6  # points


def problems(figure):
    """Of a figure that has been stored, which left it at the resolution of the file."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    for text in figure.findobj(Text):
        words = text.get_text().strip()
        if words and text.get_visible() and text.get_fontsize() < SMALLEST:
            yield f"{words!r}: {text.get_fontsize()} points"
    yield from outside(figure, renderer)
    yield from nameless(figure)
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
    yield from figure.texts
    if figure._suptitle:
        yield figure._suptitle


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
