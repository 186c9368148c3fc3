#!/usr/bin/env python3
"""AutoLFADS against a random search of equal cost, on recordings of the flip-flop and of the reaches, three seeds each.

    scripts/reference/agreement/ctd_autolfads.py [--size small|published] [--out results/autolfads] [--workers N] [--seeds 0 1 2]

Makes what is missing, goes on where it was interrupted, and leaves OUT/SIZE/SIZE.csv, .png and .pdf. Of both searches as many epochs are
trained in all; the random one draws dropout, coordinated dropout and penalties from the same ranges, begins with the same step size,
lowers it on plateaus, and keeps the best epoch of its best run. Both are chosen by the validation trials' reconstruction; the true
rates, which no search sees, say how good the choice was.
"""
import argparse
import csv
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "scripts/plot")]
TSD, TUNE = os.environ.get("TSD", str(ROOT / "scripts/tsd")), ROOT / "scripts/tune"

SMALL_NETWORK = {"ic_enc_dim": 24, "ic_dim": 16, "ci_enc_dim": 16, "con_dim": 16, "gen_dim": 24, "fac_dim": 8}
# What is recorded, what is fitted: words for tsd, other settings than those of the shipped search, other numbers of its population.
SIZES = {
    "small": {
        "record": "model.latent_size=32 data_task.n_samples=200 data_sim.n_samples=60 simulator.n_neurons_heldin=24 simulator.n_neurons_heldout=6",
        "flip-flop": "nbff.n_timesteps=45 nbff.switch_prob=0.04 train.epochs=150 train.batch_size=50 train.lr=3.0e-3 eval_trials=20",
        "reaches": "random_target.max_ep_duration=1.0 random_target.sim_max_ep_duration=0.72 train.epochs=100 train.batch_size=50",
        "settings": {"data": {"batch_size": 16}, "model": SMALL_NETWORK, "posterior_samples": 0, "metrics_every": 0,
                     "train": {"epochs": 120, "kl_increase_epoch": 30, "l2_increase_epoch": 30}},
        "population": {"members": 8, "first": 40, "every": 10}},
    "published": {"record": "", "flip-flop": "", "reaches": "", "settings": {}, "population": {}}}
TASKS = {"flip-flop": ("ctd_task", "autolfads_3bff"), "reaches": ("ctd/randomtarget", "autolfads_randomtarget")}
METHODS = ("population", "random search")


def run(*words):
    done = subprocess.run(list(map(str, words)))
    if done.returncode:
        sys.exit(done.returncode)


def recording(task, size, out):
    """Of the network of a task."""
    config, folder = ROOT / f"configs/{TASKS[task][0]}.yaml", out / "recordings" / task
    words = [*SIZES[size]["record"].split(), *SIZES[size][task].split()]
    if not list(folder.glob("*.h5")):
        run(TSD, "ctd-task", "--config", config, *words, "--out", folder, "--quiet")
        weights = folder / Path(config).stem / "checkpoints/final.safetensors"
        run(TSD, "ctd-simulate", "--config", config, *words, f"weights={weights}", "--out", folder)
    return next(folder.glob("*.h5"))


def merged(under, over):
    both = dict(under)
    for key, value in over.items():
        both[key] = merged(both[key], value) if isinstance(value, dict) and isinstance(both.get(key), dict) else value
    return both


def searches(task, size, seed, file):
    """The population as it is shipped, and the random search that follows from it, as settings of scripts/tune."""
    import yaml
    shipped = ROOT / f"configs/ctd/{TASKS[task][1]}.yaml"
    search = yaml.safe_load(shipped.read_text())
    search["config"] = str(shipped.parent / search["config"])
    search["settings"] = merged(merged(search["settings"], SIZES[size]["settings"]), {"data": {"file": str(file)}})
    search["population"] = merged(search["population"], SIZES[size]["population"]) | {"keep": "last"}
    search["population"].pop("stop")  # both train to the end
    search["seed"] = seed
    alone = {key: value for key, value in search.items() if key != "population"}
    start = search["population"]["moves"]["train.lr"]["start"]
    alone["settings"] = merged(search["settings"], {"save": "best", "train": {"lr": start, "lr_scheduler": True}})
    alone["space"] = {key: value for key, value in search["space"].items() if key != "train.lr"} | {"seed": {"integer": [0, 2**31 - 1]}}
    alone |= {"sampler": "random", "take": "best", "budget": {"trials": search["population"]["members"]}}
    return dict(zip(METHODS, (search, alone)))


def rate_r2(results, recorded):
    """Of the kept weights' rates of validation trials: mean over neurons."""
    import h5py
    with h5py.File(results) as model, h5py.File(recorded) as truth:
        rates, true = model["eval_rates"][()], truth["valid_activity"][()]
    left, all_of_it = ((true - rates) ** 2).sum((0, 1)), ((true - true.mean((0, 1))) ** 2).sum((0, 1))
    return float((1 - left / all_of_it).mean())


def scores(search, method, recorded):
    """Reconstruction and rate R2 of what a search ends with, and the seconds that its runs took."""
    with open(search / "trials.csv", newline="") as rows:
        done = [row for row in csv.DictReader(rows) if row["state"] == "complete"]
    best = min(done, key=lambda row: float(row["value"]))
    results = (search / "model" if method == "population" else search / best["number"]) / "results.h5"
    seconds = sum(json.loads(status.read_text())["wall_seconds"] for status in search.glob("[0-9]*/status.json"))
    return {"reconstruction": float(best["value"]), "rate_r2": rate_r2(results, recorded), "seconds": round(seconds, 1)}


def campaign(given, out):
    import yaml
    rows = []
    for seed in given.seeds:
        for task in given.tasks:
            recorded = recording(task, given.size, out)
            for method, search in searches(task, given.size, seed, recorded).items():
                name = f"{task}_{method}_{seed}".replace(" ", "_").replace("-", "_")
                file = out / "searches" / f"{name}.yaml"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(yaml.safe_dump(search, sort_keys=False))
                run(sys.executable, TUNE, file, "--out", out, *(["--workers", given.workers] if given.workers else []))
                rows.append({"task": task, "seed": seed, "method": method} | scores(out / name, method, recorded))
                write(rows, out / f"{given.size}.csv")
    return rows


def write(rows, file):
    with open(file, "w", newline="") as table:
        writer = csv.DictWriter(table, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def draw(rows, out, name):
    """Each seed a line from the random search to the population."""
    from style import BLUE, GREY, ORANGE, plt, save_in
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    figure, axes = plt.subplots(1, 2 * len(tasks), figsize=(1.75 * 2 * len(tasks), 2.2), squeeze=False)
    for at, (task, measure, label) in enumerate((task, *what) for task in tasks for what in (
            ("reconstruction", "validation reconstruction"), ("rate_r2", "rate R$^2$"))):
        axis = axes[0, at]
        for seed in sorted({row["seed"] for row in rows}):
            of = {row["method"]: row[measure] for row in rows if row["task"] == task and row["seed"] == seed}
            if len(of) == 2:
                axis.plot([0, 1], [of["random search"], of["population"]], color=GREY, linewidth=0.8)
                axis.plot(0, of["random search"], "o", color=BLUE)
                axis.plot(1, of["population"], "o", color=ORANGE)
        axis.set_xticks([0, 1], ["random\nsearch", "Auto-\nLFADS"])
        axis.set_xlim(-0.4, 1.4)
        axis.set(title=task if measure == "reconstruction" else "", ylabel=label)
    save_in(out, figure, name)


def table(rows):
    print("| recording | seed | reconstruction: AutoLFADS | random search | rate R2: AutoLFADS | random search |\n|---|---|---|---|---|---|")
    for task, seed in sorted({(row["task"], row["seed"]) for row in rows}):
        of = {row["method"]: row for row in rows if (row["task"], row["seed"]) == (task, seed)}
        if len(of) == 2:
            a, b = of["population"], of["random search"]
            print(f"| {task} | {seed} | {a['reconstruction']:.5f} | {b['reconstruction']:.5f} | {a['rate_r2']:.4f} | {b['rate_r2']:.4f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=tuple(SIZES), default="small")
    parser.add_argument("--out", type=Path, default=Path("results/autolfads"))
    parser.add_argument("--workers", type=int)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tasks", nargs="+", choices=tuple(TASKS), default=list(TASKS))
    given = parser.parse_args()
    python = ROOT / ".cache/search/bin/python"
    if Path(sys.prefix) != python.parents[1]:
        if not python.exists():
            sys.exit("scripts/tune --setup first")
        os.execv(python, [str(python), *sys.argv])
    out = given.out.absolute() / given.size
    rows = campaign(given, out)
    draw(rows, out, given.size)
    table(rows)


if __name__ == "__main__":
    main()
