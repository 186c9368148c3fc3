"""Finished runs of plastic networks, seed by seed, for plastic_table1.py and plastic_capacity.py."""
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import h5py

NAME = re.compile(r"(?P<type>.+?)(?:-(?P<rules>[MA](?:_[MA])*))?-in\d+-hid(?P<dims>[\d_]+)(?:-eta-(?P<rates>[\d._]+))?-fr-\d+-var[\d.]+(?P<more>.*)")


@dataclass
class Run:
    """One seed of one network."""
    name: str
    seed: int
    parameters: int
    synapses: int
    iterations: int
    stages: list  # (R, first iteration, iteration at its end, mastered)
    fresh: dict = field(default_factory=dict)  # R: accuracy on fresh scenes, confirmed

    def attempted(self, iterations):
        """The interval under way after so many iterations."""
        return max(R for R, start, _, _ in self.stages if start < iterations)

    def mastered(self, iterations):
        return max((R for R, _, end, mastered in self.stages if mastered and end <= iterations), default=0)

    def confirmed(self, iterations):
        """The largest interval whose model keeps the criterion on fresh scenes; None where that was not analysed."""
        if not self.fresh:
            return 0 if self.mastered(self.iterations) == 0 else None
        return max((R for R, (_, kept) in self.fresh.items() if kept and R <= self.mastered(iterations)), default=0)

    def accuracy(self, iterations):
        """On fresh scenes, of the largest interval mastered; None where there is none."""
        return self.fresh.get(self.mastered(iterations), (None, False))[0]


def label_of(name):
    """As in Memo MA 50-50; rates other than one per synapse are told."""
    found = NAME.match(name)
    rates = set((found["rates"] or "1").split("_"))
    return " ".join(filter(None, [found["type"], (found["rules"] or "").replace("_", ""), found["dims"].replace("_", "-"),
                                  "" if rates == {"1"} else f"eta {'-'.join(sorted(rates))}", found["more"].strip("-")]))


def kind_of(name):
    """All but the size."""
    found = NAME.match(name)
    layers = found["dims"].count("_") + 1
    return " ".join(filter(None, [found["type"], (found["rules"] or "").replace("_", ""), f"{layers} layers" if layers > 1 else "",
                                  "" if set((found["rates"] or "1").split("_")) == {"1"} else f"eta {found['rates']}",
                                  found["more"].strip("-")]))


def fresh_scenes(results, seed):
    path = results.parent / "generalisation.h5"
    if not path.exists():
        return {}
    with h5py.File(path) as file:
        group = file[f"/runs/{seed}/confirmation"]
        return {int(R): (float(a), bool(c)) for R, a, c in zip(group["R"][:], group["accuracy"][:], group["confirmed"][:])}


def runs_in(results):
    with h5py.File(results) as file:
        if "/summary/max_R_mastered" not in file:
            return
        summary = file["summary"]
        name = summary.attrs["reference_name"]
        name = name.decode() if isinstance(name, bytes) else name
        for seed, total in zip(summary["seed"][:], summary["total_iterations"][:]):
            stages = file[f"/runs/{seed}/stages"]
            columns = [stages[column][:].tolist() for column in ("R", "iter_first", "iterations", "mastered")]
            yield Run(name, int(seed), int(summary["n_parameters"][()]), int(summary["n_plastic_synapses"][()]), int(total),
                      [(R, first, first + length, bool(mastered)) for R, first, length, mastered in zip(*columns)],
                      fresh_scenes(results, seed))


def load(folders):
    """name: runs, one per seed, the longest where there are several."""
    best = {}
    for folder in map(Path, folders):
        for results in [folder] if folder.is_file() else sorted(folder.rglob("results.h5")):
            for run in runs_in(results):
                key = run.name, run.seed
                if key not in best or best[key].iterations < run.iterations:
                    best[key] = run
    if not best:
        sys.exit("no results.h5 of plastic networks there")
    networks = defaultdict(list)
    for (name, _), run in sorted(best.items()):
        networks[name].append(run)
    return networks


def at_length(networks, iterations):
    """Those that were trained so long, or to the end of the curriculum."""
    long_enough = {name: [run for run in runs if run.iterations >= iterations] for name, runs in networks.items()}
    return {name: runs for name, runs in long_enough.items() if runs}
