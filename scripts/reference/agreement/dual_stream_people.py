#!/usr/bin/env python3
"""Models beside people, as tables: model x problem, transfer, the fits. Runs what is missing with tsd, then reads results alone.

    dual_stream_people.py RESULTS [--page docs/measured/dual_stream.md]

RESULTS is the folder of results (--out of tsd train). Prints Markdown, or puts it between the marks of the page.
"""
import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[3]
CONFIGS = ("shj", "rivals", "fit_people", "five_four")
BEGIN, END = "<!-- dual_stream_people.py writes this -->", "<!-- end of what it writes -->"
ROMAN = ("I", "II", "III", "IV", "V", "VI")


def tsd(*words):
    tool = os.environ.get("TSD", str(ROOT / "scripts/tsd"))
    return subprocess.run([tool, *map(str, words)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def runs_of(folder, config):
    one = folder / config
    if (one / "results.h5").exists():
        return [one]
    return sorted((path.parent for path in one.glob("*/results.h5")), key=lambda run: int(run.name))


def make(folder):
    for config in CONFIGS:
        tsd("fit" if config.startswith("fit") else "train", "--config", f"configs/dual_stream/{config}.yaml", "--out", folder,
            "--quiet", *([] if config.startswith("fit") else ["--jobs", os.cpu_count()]))
        # The analysis is made anew: it takes little, and is then surely of these results.
        tsd("analyze", *runs_of(folder, config), "--only", "human")
    fresh(folder)


def fresh(folder):
    """The fitted parameters with participants of other orders and first weights."""
    with h5py.File(folder / "fit_people/results.h5") as results:
        words = [f"{name.decode()}={value!r}" for name, value in zip(results["fit/parameters"], results["fit/best"][()].tolist())]
    out = folder / "fresh"
    tsd("train", "--config", "configs/dual_stream/fit_people.yaml", "--out", out, "--quiet", "seed=1001", "n_runs=200",
        "fit.parameters=[]", "fit.low=[]", "fit.high=[]", *words)
    tsd("analyze", out / "fit_people", "--only", "human")


def setting(results, key):
    text = results["/provenance/config_yaml"][()].decode()
    found = re.search(rf"^\s*{key}: *(.*)$", text, re.M)
    return found.group(1).strip("\"'")


def opened(folder, config):
    for run in runs_of(folder, config):
        if not (run / "human.h5").exists():
            continue
        with h5py.File(run / "results.h5") as results, h5py.File(run / "human.h5") as people:
            yield run, results, people


def name_of(run, results):
    model = setting(results, "fast")
    if setting(results, "slow") == "dnn":
        model += " + dnn"
    if "fit" in results:
        model += ", fitted"
    return f"{model} ({run.parent.name} {run.name})" if run.name.isdigit() else f"{model} ({run.name})"


def row(run, results, people):
    means = [f"{mean:.3f}" for mean in people["model/mean"]]
    rmsd = f"**{people['rmsd'][()]:.4f}** ({people['rmsd_low'][()]:.4f} to {people['rmsd_high'][()]:.4f})"
    holds = "yes" if people["order/holds"][()] else "no"
    return [name_of(run, results), *means, rmsd, f"{people['sse'][()]:.3f}", f"{people['g2'][()]:.0f}",
            f"{holds} ({people['order/p_any'][()]:.4f})"]


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(cells) + " |" for cells in rows)]


def six_problems(folder):
    found = [(people["rmsd"][()], row(run, results, people)) for config in ("shj", "rivals", "fit_people")
             for run, results, people in opened(folder, config) if "rmsd" in people]
    found.sort(key=lambda pair: pair[0] if np.isfinite(pair[0]) else np.inf)
    for _, _, people in opened(folder, "rivals"):
        means = [f"{mean:.3f}" for mean in people["people/mean"]]
        break
    head = ["model (run)", *ROMAN, "RMSD (95 %)", "SSE", "G2", "order of people (p)"]
    ended = len(runs_of(folder, "shj")) - sum(1 for _ in opened(folder, "shj"))
    yield "Mean error of blocks 1 to 16 on the six problems, the nearest first; people are those of Nosofsky et al. 1994:"
    yield ""
    yield from table(head, [["people", *means, "", "", "", ""], *(cells for _, cells in found)])
    yield ""
    if ended:
        yield f"{ended} of the published configs diverged and are not here."
        yield ""


def transfer(folder):
    items, rows = None, []
    for run, results, people in opened(folder, "five_four"):
        if items is None:
            items = ["".join(str(int(v)) for v in x) for x in results["stimuli/x"]]
            rows.append(["people", *(f"{p:.2f}" for p in people["transfer/people"]), ""])
        rows.append([name_of(run, results), *(f"{p:.2f}" for p in people["transfer/model"]), f"**{people['transfer/rmsd'][()]:.3f}**"])
    yield "p(A) after training on the 5-4 structure of Medin & Schaffer 1978; the last seven items were not trained:"
    yield ""
    yield from table(["model (run)", *items, "RMSD"], rows)
    yield ""


def fitted(folder):
    run = folder / "fit_people"
    with h5py.File(run / "results.h5") as results:
        fit = results["fit"]
        names = [name.decode() for name in fit["parameters"]]
        rows = [[f"`{name}`", f"{best:.4g}", f"{low:g} to {high:g}"] for name, best, (low, high) in zip(names, fit["best"], fit["bounds"])]
        values = np.sort(fit["searches/value"][()])
        yield (f"Fitted to the six problems with `tsd fit --config configs/dual_stream/fit_people.yaml`: RMSD {fit['rmsd'][()]:.4f}, "
               f"BIC {fit['bic'][()]:.1f} of {int(fit['n'][()])} cells and {len(names)} parameters; the {len(values)} searches ended at SSE "
               f"{', '.join(f'{value:.4f}' for value in values)}, after {int(np.sum(fit['searches/models']))} models.")
        with h5py.File(folder / "fresh/fit_people/human.h5") as people:
            yield (f"200 other participants with these parameters, their orders and first weights not those of the search: RMSD {people['rmsd'][()]:.4f} "
                   f"({people['rmsd_low'][()]:.4f} to {people['rmsd_high'][()]:.4f}).")
        yield ""
        yield from table(["parameter", "best", "range"], rows)


def text_of(folder):
    return "\n".join([*six_problems(folder), *transfer(folder), *fitted(folder)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--page", type=Path)
    words = parser.parse_args()
    folder = words.results.resolve()
    make(folder)
    text = text_of(folder)
    if words.page is None:
        print(text)
        return
    page = words.page.read_text()
    if BEGIN not in page or END not in page:
        sys.exit(f"{words.page}: expected the line {BEGIN} and, below, {END}, got none")
    before, rest = page.split(BEGIN, 1)
    words.page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END, 1)[1]}")


if __name__ == "__main__":
    main()
