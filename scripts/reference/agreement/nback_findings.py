#!/usr/bin/env python3
"""The paper's findings in trained networks: a page in Markdown with an effect, its interval, p and a verdict for each.

    scripts/tsd train --config configs/nback/paper/findings.yaml
    scripts/tsd analyze results/findings/*
    scripts/reference/agreement/nback_findings.py results/findings/* > docs/measured/nback_findings.md

What tsd analyze left in mode paper is all that is read. A run gives one number to each finding; runs are the sample. Runs that are
not analysed yet are left out, as are those that have not learnt one of their tasks (--least, 0.95 on training stimuli); the
page names them.
"""
import argparse
import re
import sys
from collections import defaultdict
from pathlib import Path

import h5py
import numpy as np
from nback_findings_measures import FINDINGS, NEEDED, Findings
from nback_findings_tests import between, holm, one_sample, verdict

CELLS = {"rnn": "vanilla RNN", "gru": "GRU", "lstm": "LSTM"}


class Run:
    """A trained network: what its config says, how it does its tasks, and its number for each finding."""

    def __init__(self, folder):
        self.folder = folder
        with h5py.File(folder / "behaviour.h5") as file:
            config = file["provenance/config_yaml"][()].decode()
            sets, n = [name.decode() for name in file["behaviour/sets"]], file["behaviour/n"][()]
            trained = np.isin(n, [int(level) for level in re.findall(r"\d+", self.setting(config, "n_values"))])
            accuracy = file["behaviour/accuracy"][()][:, :, trained]
        self.accuracy = dict(zip(sets, accuracy))
        self.cell, self.seed = self.setting(config, "rnn_type"), int(self.setting(config, "seed"))
        self.units = int(self.setting(config, "hidden_size"))
        epoch_length = -(-int(self.setting(config, "num_train")) // int(self.setting(config, "batch_size")))
        self.updates = epoch_length * int(self.setting(config, "epochs"))
        found = Findings(folder)
        self.values = {finding.name: finding.measure(found) for finding in FINDINGS}

    @staticmethod
    def setting(config, key):
        return re.search(rf"^{key}: *(.*?) *(#.*)?$", config, re.M)[1]

    @property
    def lowest(self):
        return np.nanmin(self.accuracy["train"])


def signed(value, digits=3):
    return f"{value:+.{digits}f}".replace("-", "−")


def span(values):
    low, high = (f"{end:.3f}" for end in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def effect_of(result):
    return f"{signed(result.effect)} [{signed(result.low)}, {signed(result.high)}]"


def probability(p):
    return "< 0.0001" if p < 1e-4 else f"{p:.4f}" if p < 0.1 else f"{p:.2f}"


def tested(finding, groups):
    """The finding's test over all runs; None where there are too few."""
    values = {cell: np.array([run.values[finding.name] for run in runs]) for cell, runs in groups.items()}
    if finding.cells:
        first, second = (values.get(cell, np.array([])) for cell in finding.cells)
        return between(first, second)
    return one_sample(np.concatenate(list(values.values()))) if values else None


def network_table(groups):
    yield "| network | seeds | units | updates | lowest of the nine training cells | novel angles | novel objects |"
    yield "|---|---|---|---|---|---|---|"
    for cell, runs in groups.items():
        novel = [span([np.nanmean(run.accuracy[name]) for run in runs]) for name in ("novel_angle", "novel_identity")]
        one = {(run.units, run.updates) for run in runs}
        units, updates = (", ".join(str(size[i]) for size in sorted(one)) for i in (0, 1))
        yield (f"| {CELLS[cell]} | {', '.join(str(run.seed) for run in runs)} | {units} | {updates} | "
               f"{span([run.lowest for run in runs])} | {novel[0]} | {novel[1]} |")


def finding_table(groups):
    results = {finding.name: tested(finding, groups) for finding in FINDINGS}
    known = [name for name, result in results.items() if result]
    corrected = dict(zip(known, holm([results[name].p for name in known])))
    yield "| finding | sign published | effect [95 % interval] | runs | d | p | p (Holm) | verdict |"
    yield "|---|---|---|---|---|---|---|---|"
    for finding in FINDINGS:
        result, sign = results[finding.name], "+" if finding.sign > 0 else "−"
        if result is None:
            yield f"| {finding.title} | {sign} | | | | | | not tested: too few runs |"
            continue
        p = corrected[finding.name]
        yield (f"| {finding.title} | {sign} | {effect_of(result)} | {result.n} | {signed(result.d, 1)} | {probability(result.p)} | "
               f"{probability(p)} | **{verdict(result.effect, p, finding.sign)}** |")


def cell_table(groups):
    yield "| measure | " + " | ".join(CELLS[cell] for cell in groups) + " |"
    yield "|---" * (len(groups) + 1) + "|"
    for finding in FINDINGS:
        if finding.cells and finding.cells != FINDINGS[1].cells:
            continue  # one measure, compared twice
        row = []
        for runs in groups.values():
            values = np.array([run.values[finding.name] for run in runs])
            result = one_sample(values)
            row.append(effect_of(result) if result else signed(values.mean()))
        yield f"| {finding.label} | " + " | ".join(row) + " |"


def page(groups, left_out):
    runs = [run for members in groups.values() for run in members]
    yield "# N-back: the paper's findings\n"
    yield "Written by `scripts/reference/agreement/nback_findings.py` from what `tsd analyze` found in the runs of"
    yield "`configs/nback/paper/findings.yaml`; the commands are at its head. Analyses: [model page](../models/nback.md), section 7.\n"
    yield from network_table(groups)
    yield "\nAccuracy on executive steps (t ≥ n), range over seeds; of the nine pairs of task and n, the lowest, and means on new stimuli.\n"
    for reason, names in left_out.items():
        yield f"Left out, {reason}: {', '.join(names)}.\n"
    yield "## Verdicts\n"
    yield from finding_table(groups)
    yield f"\n{len(runs)} run{'s' if len(runs) != 1 else ''} in all, of one set of objects. Each gives one number to a finding, a mean over"
    yield "contexts (task and n); by network they stand below. t tests, two-sided: of these numbers against 0, which is a paired test where the number is a difference"
    yield "within a run, or Welch's between two kinds of networks. d: effect over the SD of runs. Holm: corrected for the tests of this"
    yield "table. *As published*: the sign is the paper's, and p (Holm) below 0.05; *opposite*: the other sign, likewise.\n"
    yield "## By network\n"
    yield from cell_table(groups)
    yield "\nMean over seeds, 95 % interval of t where there are several.\n"
    yield "## What is measured\n"
    for finding in FINDINGS:
        if not finding.cells or finding.cells == FINDINGS[1].cells:
            yield f"- **{finding.label}**: {finding.text}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("runs", nargs="+", type=Path)
    arguments.add_argument("--least", type=float, default=0.95, help="accuracy that each task must have on training stimuli")
    words = arguments.parse_args()
    groups, left_out = defaultdict(list), defaultdict(list)
    for folder in words.runs:
        missing = [name for name in NEEDED if not (folder / f"{name}.h5").exists()]
        if missing:
            left_out["not analysed yet"].append(folder.name)
            continue
        run = Run(folder)
        if run.lowest < words.least:
            left_out[f"below {words.least} in one of their tasks"].append(f"{run.cell} seed {run.seed} ({run.lowest:.3f})")
        else:
            groups[run.cell].append(run)
    groups = {cell: sorted(groups[cell], key=lambda run: run.seed) for cell in CELLS if groups[cell]}
    if not groups:
        sys.exit(f"no run to report: {'; '.join(f'{reason}: {chr(44).join(names)}' for reason, names in left_out.items())}")
    print("\n".join(page(groups, left_out)))


if __name__ == "__main__":
    main()
