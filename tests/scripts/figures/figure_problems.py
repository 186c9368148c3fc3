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
    for axes in figure.axes:
        if (legend := axes.get_legend()) is None:
            continue
        box = legend.get_window_extent(renderer)
        for other in figure.axes:
            for line in other.get_lines():
                points = line.get_transform().transform(line.get_xydata())
                if any(box.x0 < x < box.x1 and box.y0 < y < box.y1 for x, y in points):
                    yield f"{axes.get_title(loc='left')}: the legend lies over {line.get_label()!r}"


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
