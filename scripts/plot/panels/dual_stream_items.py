"""The user's own items and what the fast stream made of them: units, Gaussians, attention, in every pair of features."""
from style import GREY, entitle, np, plt, save

CLASSES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")
MOST_FEATURES = 5


def ellipse(factor, pair):
    """Where a Gaussian with this Cholesky factor has fallen to exp(-1/2), seen in two of its features."""
    covariance = (factor @ factor.T)[np.ix_(pair, pair)]
    angle = np.linspace(0, 2 * np.pi, 60)
    return np.linalg.cholesky(covariance + 1e-12 * np.eye(2)) @ np.stack([np.cos(angle), np.sin(angle)])


def units(axes, results, group, pair):
    """Of the first participant; their colour is the class that they vote for."""
    used = results[group + "active"][0] != 0
    place, votes = results[group + "position"][0][used], results[group + "association"][0][used]
    factors = results[group + "cholesky"][0] if group + "cholesky" in results else None
    for unit, (at, vote) in enumerate(zip(place, votes)):
        colour = CLASSES[int(np.argmax(vote)) % len(CLASSES)] if np.any(vote) else GREY
        axes.plot(at[pair[0]], at[pair[1]], "x", color=colour, markersize=5, markeredgewidth=1.2)
        if factors is not None:
            factor = factors[np.flatnonzero(used)[unit] if len(factors) > 1 else 0]
            axes.plot(*(at[list(pair), None] + ellipse(factor, list(pair))), color=colour, linewidth=0.6, alpha=0.7)


def learnt(results):
    if "/stimuli/lc_total" not in results or "/stimuli/final/fast/position" not in results:
        return  # not of the user's own items, or no fast stream
    x, label, group = results["/stimuli/x"], results["/stimuli/class"][0], "/stimuli/final/fast/"
    features = x.shape[1]
    if not 2 <= features <= MOST_FEATURES:
        return
    figure, grid = plt.subplots(features - 1, features - 1, figsize=(2.1 * (features - 1) + 0.5, 2.1 * (features - 1) + 0.5), squeeze=False)
    held_out = results["/stimuli/held_out"] != 0
    for first in range(features - 1):
        for second in range(1, features):
            axes = grid[second - 1, first]
            if second <= first:
                axes.axis("off")
                continue
            colours = np.array(CLASSES)[label % len(CLASSES)]
            axes.scatter(x[~held_out, first], x[~held_out, second], c=colours[~held_out], s=12, alpha=0.6, linewidth=0)
            axes.scatter(x[held_out, first], x[held_out, second], facecolor="none", edgecolor=colours[held_out], s=14)
            units(axes, results, group, (first, second))
            axes.set(xlabel=f"feature {first + 1}", ylabel=f"feature {second + 1}")
    attention = ""
    if group + "attention" in results:
        attention = ", attention " + " ".join(f"{value:.2f}" for value in results[group + "attention"].mean(axis=0))
    entitle(figure, f"{results.title}: crosses are units of one participant{attention}")
    save(figure, results, "items")
