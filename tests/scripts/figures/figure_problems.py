"""What must not be in a figure: text that is too small to read, and a legend that lies over a line or a point."""

from matplotlib.figure import Figure
from matplotlib.text import Text

SMALLEST = 6  # points


def problems(figure):
    """Of a figure that has been drawn."""
    renderer = figure.canvas.get_renderer()
    for text in figure.findobj(Text):
        words = text.get_text().strip()
        if words and text.get_visible() and text.get_fontsize() < SMALLEST:
            yield f"{words!r}: {text.get_fontsize()} points"
    for legend in (*figure.legends, *filter(None, (axes.get_legend() for axes in figure.axes))):
        box = legend.get_window_extent(renderer)
        for line in (line for axes in figure.axes for line in axes.get_lines()):
            if crosses(line, box):
                yield f"{legend.get_texts()[0].get_text()!r} ..: the legend lies over {line.get_label()!r}"


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
