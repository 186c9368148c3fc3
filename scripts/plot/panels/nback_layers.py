"""The page of what can be read from the images, block by block of the image network."""
from panels.nback_panels import SET_COLOURS, band, legend_above, names_of, page, stacked
from style import CHANCE, np

SPLITS = {"novel_angle": "new angle", "novel_identity": "new object"}
STYLES = {"mean": {"marker": "o"}, "quadrants": {"marker": "s", "markerfacecolor": "white", "linestyle": (0, (2, 1.2))}}


def draw_property(axes, runs, prop):
    """Accuracy after each block: averaged over space and by quarters, on each split whose values the decoder knows."""
    accuracy, chance = (stacked(runs, "layers", f"/layers/{prop}/{name}") for name in ("accuracy", "chance"))  # run, layer, pooling, split
    blocks = stacked(runs, "layers", "/layers/blocks")[0]
    for p, pooling in enumerate(names_of(runs, "layers", "/layers/poolings")):
        for s, split in enumerate(names_of(runs, "layers", "/layers/splits")):
            if np.isfinite(accuracy[..., p, s]).any():
                band(axes, blocks, accuracy[:, :, p, s], SET_COLOURS[split], f"{SPLITS[split]}, {pooling}", markersize=3, **STYLES[pooling])
    axes.axhline(np.nanmean(chance), **CHANCE)
    axes.set(title=prop.capitalize(), xlabel="blocks run", ylabel="accuracy", ylim=(0, 1.03))
    legend_above(axes, 2)


def layers_page(runs, folder, title):
    there = [prop for prop in ("location", "identity", "category") if stacked(runs, "layers", f"/layers/{prop}/accuracy") is not None]
    page(runs, folder, "layers", title, [("layers", "/layers", draw_property, (prop,)) for prop in there])
