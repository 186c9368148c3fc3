#!/usr/bin/env python3
"""The capacity law: how the mastered interval R grows with the number of plastic synapses, and of parameters.

    scripts/tsd train-plastic --config configs/plastic/capacity.yaml
    scripts/reference/agreement/plastic_capacity.py results/capacity --out results/capacity

Results alone are read. --iterations N: R after so many; without it, after as many as all have. Two slopes of every kind of
network with three sizes or more: intervals gained per doubling of the plastic synapses (least squares of R on log2), and
the exponent of R ~ synapses^x (of log R, where every size masters something). In brackets, 95 % of bootstraps over seeds, where
there are three seeds or more. Networks without plastic synapses are seen by their parameters. Writes capacity_law.png and .pdf, of the
same kinds.
"""
import argparse
import sys
from collections import defaultdict
from pathlib import Path

from plastic_runs import at_length, kind_of, label_of, load

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "plot"))
from style import BLUE, GREEN, GREY, ORANGE, PURPLE, np, plt, save_in  # noqa: E402  (from the folder above)

BOOTSTRAPS, SEEDS_FOR_INTERVAL = 2000, 3


def slopes(sizes, R):
    """Per doubling, and the exponent (NaN where something masters nothing)."""
    x, mean = np.log2(sizes), np.array([values.mean() for values in R])
    exponent = np.polyfit(x, np.log2(mean), 1)[0] if (mean > 0).all() else np.nan
    return np.array([np.polyfit(x, mean, 1)[0], exponent])


def bootstrapped(sizes, R, random):
    """Seeds are drawn anew, of every size by itself."""
    drawn = [slopes(sizes, [random.choice(values, len(values)) for values in R]) for _ in range(BOOTSTRAPS)]
    return np.nanpercentile(drawn, [2.5, 97.5], axis=0) if np.isfinite(drawn).any(axis=0).all() else np.full((2, 2), np.nan)


class Kind:
    """Networks that differ in size alone."""

    def __init__(self, name, networks, iterations):
        networks = sorted(networks, key=lambda runs: runs[0].parameters)
        self.name = name
        self.labels = [label_of(runs[0].name) for runs in networks]
        self.parameters = np.array([runs[0].parameters for runs in networks])
        self.synapses = np.array([runs[0].synapses for runs in networks])
        self.R = [np.array([run.mastered(iterations) for run in runs]) for runs in networks]

    @property
    def plastic(self):
        return (self.synapses > 0).all()

    def slope_row(self, random):
        sizes = self.synapses if self.plastic else self.parameters
        if len(sizes) < 3:
            return None
        found, many = slopes(sizes, self.R), min(map(len, self.R)) >= SEEDS_FOR_INTERVAL
        low, high = bootstrapped(sizes, self.R, random) if many else np.full((2, 2), np.nan)
        cells = [("-" if np.isnan(s) else f"{s:.2f}") + ("" if np.isnan(l) else f" [{l:.2f}, {h:.2f}]") for s, l, h in zip(found, low, high)]
        seeds = sorted({len(values) for values in self.R})
        return f"| {self.name} | {'synapses' if self.plastic else 'parameters'} {sizes[0]} to {sizes[-1]} | {'-'.join(map(str, seeds))} | {' | '.join(cells)} |"


def print_tables(kinds, iterations):
    print(f"After {iterations} iterations:\n\n| network | parameters | plastic synapses | seeds | R mastered: mean (smallest to largest) |\n|---|---|---|---|---|")
    for kind in kinds:
        for label, parameters, synapses, R in zip(kind.labels, kind.parameters, kind.synapses, kind.R):
            spread = f" ({R.min()} to {R.max()})" if R.min() < R.max() else ""
            print(f"| {label} | {parameters} | {synapses or '-'} | {len(R)} | {R.mean():.3g}{spread} |")
    print("\n| kind | sizes | seeds | R per doubling | exponent |\n|---|---|---|---|---|")
    random = np.random.default_rng(0)
    for row in filter(None, (kind.slope_row(random) for kind in kinds)):
        print(row)


def draw(kinds, iterations, folder):
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 2.9), sharey=True)
    colours = [BLUE, ORANGE, GREEN, PURPLE, "#E69F00", "#56B4E9", "black", GREY]
    shown = [kind for kind in kinds if len(kind.R) > 2]
    for number, kind in enumerate(shown):
        raised = 0.06 * (number - (len(shown) - 1) / 2)  # kinds that master the same stay apart
        style = {"color": colours[number % len(colours)], "marker": "os^vD"[number // len(colours) % 5], "markersize": 3.5,
                 "linestyle": "-" if kind.plastic else (0, (2, 1.5)), "linewidth": 1.2}
        mean = np.array([R.mean() for R in kind.R])
        spread = np.abs(np.array([[R.min(), R.max()] for R in kind.R]).T - mean)
        for axes, sizes in ((left, kind.synapses), (right, kind.parameters)):
            if (sizes > 0).all():
                axes.errorbar(sizes, mean + raised, spread, label=kind.name, capsize=2, elinewidth=0.8, **style)
    for axes, title in ((left, "plastic synapses"), (right, "trained parameters")):
        axes.set(xlabel=title, xscale="log", ylim=(-0.3, None))
        axes.minorticks_off()
        ticks = [t for t in (300, 1000, 3000, 10000, 30000) if axes.get_xlim()[0] <= t <= axes.get_xlim()[1]]
        axes.set_xticks(ticks, ticks)
    left.set_ylabel("largest interval mastered")
    left.yaxis.get_major_locator().set_params(integer=True)
    right.legend(loc="upper left", bbox_to_anchor=(1, 1), handlelength=2)
    figure.suptitle(f"Capacity after {iterations} iterations; bars: smallest and largest seed", x=0.01, ha="left", fontsize=9)
    save_in(folder, figure, "capacity_law")


def main(arguments):
    networks = load(arguments.folders)
    iterations = arguments.iterations or min(run.iterations for runs in networks.values() for run in runs)
    grouped = defaultdict(list)
    for name, runs in at_length(networks, iterations).items():
        grouped[kind_of(name)].append(runs)
    kinds = [Kind(name, of_kind, iterations) for name, of_kind in grouped.items() if len(of_kind) > 1]
    if not kinds:
        sys.exit("of no kind of network there are two sizes of that length")
    print_tables(kinds, iterations)
    arguments.out.mkdir(parents=True, exist_ok=True)
    draw(kinds, iterations, arguments.out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--out", type=Path, default=Path("."))
    main(parser.parse_args())
