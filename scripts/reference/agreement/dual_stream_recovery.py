#!/usr/bin/env python3
"""Which model gave the answers: every model that can be fitted is simulated, and all are fitted to each of its participants.

    dual_stream_recovery.py RESULTS > docs/measured/dual_stream_recovery.md

RESULTS is the folder of results (--out of tsd train). What is missing there is run with tsd (configs/dual_stream/recovery.yaml, then
recovery_fit.yaml on the answers drawn from it; interrupted, it goes on when called again); the page is written from results alone.
"""
import argparse
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[3]
SIMULATED, FITTED = "recovery", "recovery_fit"


def tsd(*words):
    tool = os.environ.get("TSD", str(ROOT / "scripts/tsd"))
    done = subprocess.run([tool, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"tsd {' '.join(map(str, words))}: {done.stderr.strip()}")


def config(name):
    return ROOT / f"configs/dual_stream/{name}.yaml"


def runs_of(folder):
    return sorted((path.parent for path in folder.glob("*/results.h5")), key=lambda run: int(run.name))


def draw_answers(run, file):
    """One answer to each trial of each participant, by the probabilities that the model had."""
    rng = np.random.default_rng(int(run.name))
    rows = ["participant,problem,trial,item,response"]
    with h5py.File(run / "results.h5") as results:
        for problem in sorted(name for name in results if name.startswith("type")):
            group = results[problem]
            z = group["trials/logits_fast"][()] + group["trials/logits_slow"][()]
            p = 1 / (1 + np.exp(z[..., 0] - z[..., 1]))  # of class 1
            items = group["order"][()]
            for participant in range(len(items)):
                answers = rng.random(p[participant].shape) < p[participant]
                for trial, (item, answer) in enumerate(zip(items[participant].ravel(), answers.ravel())):
                    rows.append(f"{participant},{problem[4:]},{trial},{item},{int(answer)}")
    text = "\n".join(rows) + "\n"
    if not file.exists() or file.read_text() != text:
        file.write_text(text)


def make(folder):
    jobs = ["--jobs", os.cpu_count(), "--quiet"]
    tsd("train", "--config", config(SIMULATED), "--out", folder, *jobs)
    for run in runs_of(folder / SIMULATED):
        draw_answers(run, run / "answers.csv")
        tsd("fit", "--config", config(FITTED), f"fit.target={run / 'answers.csv'}", "--out", folder / "recovered" / run.name, *jobs)


def settings(results):
    return yaml.safe_load(results["provenance/config_yaml"][()].decode())


def model_of(results):
    config = settings(results)
    return config["fast"] + ("" if config["slow"] == "none" else f" + {config['slow']}")


def criteria(folder, source):
    """AIC and BIC [participant, model] of the models fitted to the answers of one."""
    n = len((folder / SIMULATED / source / "answers.csv").read_text().splitlines()) - 1
    aic, bic = [], []
    for run in runs_of(folder / "recovered" / source / FITTED):
        with h5py.File(run / "results.h5") as results:
            deviance = -2 * results["fit/individual/log_likelihood"][()]
            free = len(results["fit/parameters"])
        aic.append(deviance + 2 * free)
        bic.append(deviance + free * np.log(n / len(deviance)))  # all have as many answers
    return np.array(aic).T, np.array(bic).T


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(map(str, cells)) + " |" for cells in rows)]


def shares(values):
    """How many participants each model is the best for."""
    return np.bincount(values.argmin(axis=1), minlength=values.shape[1])


def confusion(names, counts):
    rows = [[f"`{name}`", *(f"**{c}**" if i == j else c for j, c in enumerate(row))] for i, (name, row) in enumerate(zip(names, counts))]
    return table(["answers of \\ found", *(f"`{name}`" for name in names)], rows)


def percent(names, totals, counts):
    """The share of each model's diagonal cell in its row or column."""
    return ", ".join(f"`{name}` {own / total:.0%}" if total else f"`{name}` none" for name, own, total in zip(names, counts.diagonal(), totals))


def parameters(folder, names):
    """Of each model fitted to its own answers: median over participants and middle half, beside what made them."""
    for index, name in enumerate(names):
        with h5py.File(folder / SIMULATED / str(index) / "results.h5") as made:
            config = settings(made)
        with h5py.File(folder / "recovered" / str(index) / FITTED / str(index) / "results.h5") as results:
            keys, best = [key.decode() for key in results["fit/parameters"]], results["fit/individual/best"][()]
        for p, key in enumerate(keys):
            group, field = key.split(".")
            truth = float(config[group][field])  # PyYAML reads 1e-3 as text
            low, middle, high = np.quantile(best[:, p], [0.25, 0.5, 0.75])
            yield [f"`{name}`" if p == 0 else "", f"`{key}`", f"{truth:.4g}", f"{middle:.3g}", f"{low:.3g} to {high:.3g}"]


def summed(names, together, people):
    """The model that the sum over participants finds, for the answers of each."""
    for criterion, winners in together.items():
        wrong = [f"`{name}` (`{names[winner]}`)" for i, (name, winner) in enumerate(zip(names, winners)) if i != winner]
        yield (f"With {criterion} criterion summed over all {people} participants, the right model is found for {len(names) - len(wrong)} of {len(names)}"
               + (f": not for {', '.join(wrong)}." if wrong else "."))


def effort(folder):
    with h5py.File(folder / "recovered/0" / FITTED / "0/results.h5") as results:
        fit = settings(results)["fit"]
    starts, models = fit["starts"], fit["evaluations"]
    return f"{starts} search{'es' if starts > 1 else ''} of {models} models"


def page(folder):
    names, by_aic, by_bic, together, people = [], [], [], {"Akaike's": [], "Schwarz'": []}, 0
    for run in runs_of(folder / SIMULATED):
        with h5py.File(run / "results.h5") as results:
            names.append(model_of(results))
        aic, bic = criteria(folder, run.name)
        people = len(aic)
        by_aic.append(shares(aic))
        by_bic.append(shares(bic))
        together["Akaike's"].append(aic.sum(axis=0).argmin())
        together["Schwarz'"].append(bic.sum(axis=0).argmin())
    trials = (len((folder / SIMULATED / "0/answers.csv").read_text().splitlines()) - 1) // people
    chance = people / len(names)
    yield "# Dual streams: which model gave the answers\n"
    yield "Written by `scripts/reference/agreement/dual_stream_recovery.py RESULTS`, which simulates every model that can be fitted"
    yield "(`configs/dual_stream/recovery.yaml`) and fits all of them to each of its participants (`recovery_fit.yaml`). A comparison of models by"
    yield "a criterion means as much as these tables say: how often the model that gave the answers is the one that is found.\n"
    yield f"{people} participants of each model, {people // 6} of each of the six types, {trials} answers each; every participant is fitted alone, with parameters"
    yield f"of their own, by {effort(folder)}, the first from the published values, which made\nthe answers and favour their model. By chance {chance:.1f} participants would stand in each cell.\n"
    for title, counts in (("Akaike's criterion", by_aic), ("Schwarz' criterion", by_bic)):
        counts = np.array(counts)
        yield f"## By {title}\n"
        yield from confusion(names, counts)
        yield f"\nFound again: {percent(names, counts.sum(axis=1), counts)}; {np.trace(counts) / counts.sum():.0%} in all.\n"
        yield f"Of those given to each model its own are: {percent(names, counts.sum(axis=0), counts)}.\n"
    yield from summed(names, together, people)
    yield "\n## Parameters found again\n"
    yield "Of the model that gave the answers; median and middle half over participants. Where the median is far from what made the answers, one"
    yield "participant's answers do not tell that parameter.\n"
    yield from table(["model", "parameter", "made with", "median", "middle half"], parameters(folder, names))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    folder = parser.parse_args().results.resolve()
    make(folder)
    print("\n".join(page(folder)))


if __name__ == "__main__":
    main()
