"""What a search leaves for people: lines while it runs, a table, the best settings, a figure."""
import csv
import io
import os
import sys

from search import configs, figure, figure_population
from whole import write_whole


def short(value):
    return value if isinstance(value, str) else f"{value:.4g}"


class Teller:
    """A line for each trial that ends."""

    def __init__(self, plan):
        self.plan = plan

    def __call__(self, number, state, value, values, why):
        said = short(value) if value is not None else why or state
        if self.plan.population:
            values = dict(zip(("generation", "member"), divmod(number, self.plan.population.members)))
        line = f"{self.plan.name}/{number}: {said}  ({', '.join(f'{key} {text}' for key, text in values.items())})"
        try:
            print(line, flush=True)
        except OSError:  # its reader has left; the search goes on
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def best_of(plan, trials):
    done = [trial for trial in trials if trial["value"] is not None]
    sign = 1 if plan.direction == "minimize" else -1
    return min(done, key=lambda trial: sign * trial["value"], default=None)


def title(plan):
    return f"distance of {plan.metric.column} from its target" if plan.metric.target else plan.metric.column


def line_of(trials, best):
    """Numbers of the best run and of those that it went on from, the first at the end."""
    parents = {trial["number"]: trial.get("parent") for trial in trials}
    at, line = best["number"] if best else None, []
    while at is not None:
        line.append(at)
        at = parents.get(at)
    return line


def table(folder, trials):
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    keys = list(folder.plan.space)
    rows.writerow(["number", "state", "value", *keys, "step", "why", "run"])
    for trial in trials:
        step = trial["course"][-1][0] if trial["course"] else ""
        value = "" if trial["value"] is None else repr(trial["value"])
        rows.writerow([trial["number"], trial["state"], value, *(trial["values"].get(key, "") for key in keys), step, trial["why"],
                       folder.run(trial["number"])])
    return text.getvalue()


def lineage(folder, trials):
    """The table of a population: the run that each began from, and where it ended. The seed goes with the state."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    keys = list(folder.plan.space)
    rows.writerow(["number", "generation", "member", "parent", "state", "value", *keys, "seed", "step", "run"])
    for trial in trials:
        parent, score = ("" if trial[key] is None else repr(trial[key]) for key in ("parent", "score"))
        rows.writerow([trial["number"], trial["generation"], trial["member"], parent, trial["state"], score,
                       *(trial["values"][key] for key in (*keys, "seed")), trial["until"], folder.run(trial["number"])])
    return text.getvalue()


def write(folder, trials):
    """trials.csv, best.yaml, search.png and .pdf."""
    if not trials:
        return
    plan, best = folder.plan, best_of(folder.plan, trials)
    write_whole(folder.path / "trials.csv", (lineage if plan.population else table)(folder, trials))
    line = line_of(trials, best)
    if best:
        why = f"the best of {len(trials)} {'runs' if plan.population else 'trials'} of the search {plan.name}: {title(plan)} " \
              f"{best['value']:.6g} in run {best['number']}"
        if len(line) > 1:
            why += f"\n# The last settings of a chain of runs: {', '.join(map(str, reversed(line)))}. trials.csv has those before."
        write_whole(folder.path / "best.yaml", configs.best_config(plan, best["values"], why))
    if plan.population:
        figure_population.draw(folder, trials, line, title(plan))
    else:
        figure.draw(folder, trials, best, title(plan))


def summary(folder, trials):
    best = best_of(folder.plan, trials)
    ended = {state: sum(trial["state"] == state for trial in trials) for state in sorted({trial["state"] for trial in trials})}
    print(f"{folder.plan.name}: {', '.join(f'{count} {state}' for state, count in ended.items()) or 'no trial'}")
    if best:
        print(f"best: {title(folder.plan)} {best['value']:.6g}, {folder.run(best['number'])}; settings in {folder.path / 'best.yaml'}")
    if (folder.path / "model/results.h5").exists():
        print(f"model: {folder.path / 'model'}")
