"""A search by Ray Tune: random draws with ASHA or the median rule on a cluster, and populations.

A member of a population is a chain of runs: every `population.every` steps it goes on as a fork (tsd train --from) of itself, or, where
it is among the worst, of one of the best, with settings near that one's. So each run is finished once and never changed, whoever
goes on from it, and lineage is in the runs themselves. Ray keeps its own state beside the runs; `links` know which run belongs to which
step of which member, so that a search that was killed finds again what is done.
"""
import json
import logging
import os
import sys
import time
import warnings
from pathlib import Path

os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")
os.environ.setdefault("RAY_TRAIN_ENABLE_V2_MIGRATION_WARNINGS", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
os.environ.setdefault("TUNE_GLOBAL_CHECKPOINT_S", "1")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")

import ray  # noqa: E402  (reads the environment)
from ray import tune  # noqa: E402
from ray.tune.schedulers import ASHAScheduler, FIFOScheduler, MedianStoppingRule, PopulationBasedTraining  # noqa: E402
from ray.tune.search.basic_variant import BasicVariantGenerator  # noqa: E402

from search.configs import number_text  # noqa: E402
from search.plan import Mistake  # noqa: E402
from search.runs import DIVERGED, LOCKED, Stopped, score_of, write_whole  # noqa: E402

FAR = 10**9  # steps; more than any run has


def text_of(value):
    return number_text(value) if isinstance(value, float) else str(value)


class Links:
    """Which run is which step of which member."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder.own / "links"

    def number(self, what):
        """Of the run that is `what`; a new one where there is none."""
        self.path.mkdir(exist_ok=True)
        with self.folder.claim():
            all_links = self.all()
            for number, link in all_links.items():
                if all(link.get(key) == value for key, value in what.items()):
                    return number
            number = max(all_links, default=-1) + 1
            write_whole(self.path / f"{number}.json", json.dumps(what))
            return number

    def note(self, number, **more):
        file = self.path / f"{number}.json"
        write_whole(file, json.dumps(json.loads(file.read_text(encoding="utf-8")) | more))

    def all(self):
        files = sorted(self.path.glob("*.json"), key=lambda file: int(file.stem))
        return {int(file.stem): json.loads(file.read_text(encoding="utf-8")) for file in files}


class Member(tune.Trainable):
    """One trial of Ray; a step of it is some steps of tsd."""

    def setup(self, config, folder=None, tsd=None):
        self.folder, self.plan, self.tsd, self.links = folder, folder.plan, tsd, Links(folder)
        self.values = {key: text_of(value) for key, value in config.items()}
        self.member = int(self.trial_id.rsplit("_", 1)[-1])
        self.run, self.at, self.lost, self.running = None, 0, False, None

    def reset_config(self, config):
        self.values = {key: text_of(value) for key, value in config.items()}
        return True

    def step(self):
        try:
            return self._population_step() if self.plan.population else self._step()
        except Mistake as mistake:
            write_whole(self.folder.own / "failure.json", json.dumps([str(mistake), mistake.code]))
            raise

    def _population_step(self):
        until = self.at + self.plan.population.every
        if self.lost:  # until it is replaced, or would be at its end: those that are there replace nobody
            return self._told(until, None, until >= self.folder.total(self.run))
        what = {"member": self.member, "parent": self.run, "values": self.values, "until": until}
        number = self.links.number(what)
        words = [] if self.run is None else ["--from", self.folder.run(self.run)]
        code, told = self._train(number, "--until", until, *words)
        value = None if code == DIVERGED else score_of(self.plan, self.folder.run(number))
        if value is None and code != DIVERGED:
            raise Mistake(f"population.every: {self.folder.run(number)} has no number in {self.plan.metric.column} after {until} steps; "
                          "expected more steps", 78)
        self.lost, self.run = code == DIVERGED, number
        self.links.note(number, value=value, state="diverged" if self.lost else told["state"])
        return self._told(told.get("step", until) if not self.lost else until, value, told.get("state") == "done")

    def _step(self):
        every = FAR if self.plan.pruning.rule == "none" else self.plan.pruning.from_step
        number = self.links.number({"member": self.member, "parent": None, "values": self.values})
        while True:
            code, told = self._train(number, "--until", self.at + every)
            value = None if code == DIVERGED else score_of(self.plan, self.folder.run(number))
            self.at, done = told.get("step", self.at), code == DIVERGED or told.get("state") == "done"
            if done and value is None and code != DIVERGED:
                raise Mistake(f"{self.folder.run(number)}: done, and {self.plan.metric.column} has no number in metrics.csv", 65)
            if done or value is not None:
                break
        link = self.links.all()[number]
        course = [*link.get("course", []), *([[self.at, value]] if value is not None and [self.at, value] not in link.get("course", []) else [])]
        self.links.note(number, value=value, state="diverged" if code == DIVERGED else told["state"], course=course)
        self.run = number
        return self._told(self.at, value, done)

    def _told(self, at, value, done):
        self.at = at
        worst = float("inf") if self.plan.direction == "minimize" else float("-inf")
        return {"value": worst if value is None else value, "at": at, "run": self.run, "settings": dict(self.values), "done": done,
                "should_checkpoint": True}

    def _train(self, number, *words):
        for _ in range(60):
            self.running = self.folder.train(self.tsd, number, self.values, *words)
            code, told = self.running.result()
            if code != LOCKED:
                break
            time.sleep(0.5)  # of a search that was killed, and is on its way to its end
        if code not in (0, DIVERGED):
            raise Mistake(f"{self.folder.run(number)}: {told['message'] or f'tsd ended with exit code {code}'}", code if code > 0 else 70)
        return code, told

    def cleanup(self):
        if self.running:
            self.running.stop()

    def save_checkpoint(self, folder):
        Path(folder, "member.json").write_text(json.dumps({"run": self.run, "at": self.at, "lost": self.lost}), encoding="utf-8")

    def load_checkpoint(self, folder):
        state = json.loads(Path(folder, "member.json").read_text(encoding="utf-8"))
        self.run, self.at, self.lost = state["run"], state["at"], state["lost"]


def domain(of):
    if of.kind == "choice":
        return tune.choice(list(of.values))
    if of.kind == "integer":
        return tune.randint(of.values[0], of.values[1] + 1)
    return tune.loguniform(*of.values) if of.kind == "log_uniform" else tune.uniform(*of.values)


def within(space):
    """Moved settings stay in the space."""
    def clip(config):
        for key, of in space.items():
            if of.kind != "choice":
                config[key] = min(max(config[key], of.values[0]), of.values[1])
        return config
    return clip


def scheduler(plan):
    mode = plan.direction[:3]
    if plan.population:
        p = plan.population
        moves = {key: list(of.values) if of.kind == "choice" else domain(of) for key, of in plan.space.items()}
        return PopulationBasedTraining(time_attr="at", metric="value", mode=mode, perturbation_interval=p.every, quantile_fraction=p.quantile,
                                       resample_probability=p.resample, hyperparam_mutations=moves, custom_explore_fn=within(plan.space),
                                       log_config=False)
    if plan.pruning.rule == "asha":
        return ASHAScheduler(time_attr="at", metric="value", mode=mode, grace_period=plan.pruning.from_step, max_t=FAR,
                             reduction_factor=plan.pruning.factor)
    if plan.pruning.rule == "median":
        return MedianStoppingRule(time_attr="at", metric="value", mode=mode, grace_period=plan.pruning.from_step)
    return FIFOScheduler()


class Progress(tune.Callback):
    """A line for each step of a member. Ray keeps it with its state: it knows no folder, which may have moved."""

    def __init__(self, tell):
        self.tell = tell

    def on_trial_result(self, iteration, trials, trial, result, **_):
        values = result["settings"]  # the trial may have others by now
        member = int(trial.trial_id.rsplit("_", 1)[-1])
        value = result["value"]
        lost = abs(value) == float("inf")
        self.tell(result["run"], "", None if lost else value, {"member": member, "step": result["at"]} | values, "diverged" if lost else "")


def is_empty(folder):
    """Whether no run has told anything yet."""
    links = Links(folder)
    if any("value" in link for link in links.all().values()):
        return False
    for file in links.path.glob("*.json"):
        file.unlink()
    return True


def refuse_fixed(plan, tsd):
    """A population forks: before anything runs, keys that no fork may change."""
    allowed = tsd.fork_keys(plan)
    refused = [key for key in plan.space if key not in allowed]
    if refused:
        raise Mistake(f"{plan.file}: population: a fork cannot change {', '.join(refused)}; expected keys among {', '.join(sorted(allowed))}")


def start_ray(plan, workers):
    warnings.filterwarnings("ignore", module="ray")
    logging.getLogger("ray").setLevel(logging.CRITICAL)  # what fails is told by this program
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])  # of this program, for its processes
    options = {"include_dashboard": False, "log_to_driver": False, "logging_level": "ERROR", "configure_logging": False}
    if "RAY_ADDRESS" in os.environ:
        ray.init(log_to_driver=False, logging_level="ERROR", runtime_env={"env_vars": {"PYTHONPATH": os.environ["PYTHONPATH"]}})
    else:
        ray.init(num_cpus=workers * plan.threads, object_store_memory=10**8, **options)


def tuner_of(folder, tsd, tell):
    """Of a search that goes on where Ray's state is there, else from its begin; `links` find what is done."""
    plan = folder.plan
    trainable = tune.with_resources(tune.with_parameters(Member, folder=folder, tsd=tsd), {"cpu": plan.threads})
    space = {key: domain(of) for key, of in plan.space.items()}
    place = folder.own / "ray"
    if tune.Tuner.can_restore(str(place)):
        return tune.Tuner.restore(str(place), trainable, param_space=space, resume_unfinished=True, resume_errored=True)
    config = tune.TuneConfig(scheduler=scheduler(plan), num_samples=plan.trials, reuse_actors=False,
                             metric=None if plan.population or plan.pruning.rule != "none" else "value",
                             mode=None if plan.population or plan.pruning.rule != "none" else plan.direction[:3],
                             search_alg=BasicVariantGenerator(random_state=plan.seed),
                             time_budget_s=None if plan.hours == float("inf") else 3600 * plan.hours)
    return tune.Tuner(trainable, param_space=space, tune_config=config,
                      run_config=tune.RunConfig(name="ray", storage_path=str(folder.own), verbose=0, callbacks=[Progress(tell)],
                                                failure_config=tune.FailureConfig(fail_fast=True)))


def search(folder, tsd, workers, tell):
    plan = folder.plan
    if plan.population:
        refuse_fixed(plan, tsd)
    (folder.own / "failure.json").unlink(missing_ok=True)
    start_ray(plan, workers)
    try:
        tuner_of(folder, tsd, tell).fit()
    finally:
        ray.shutdown()
    failure = folder.own / "failure.json"
    if failure.exists():
        raise Mistake(*json.loads(failure.read_text(encoding="utf-8")))
    if not any(link.get("state") in ("done", "diverged") for link in Links(folder).all().values()):
        raise Stopped


def trials(folder):
    """What figure and table are made of: each run, with the end of the one it went on from."""
    links = Links(folder).all()
    found = []
    for number, link in links.items():
        parent = links.get(link["parent"], {}) if link["parent"] is not None else {}
        ends = [[one["until"], one["value"]] for one in (parent, link) if one.get("value") is not None and "until" in one]
        done = link.get("state") == "done"
        found.append({"number": number, "state": "complete" if done else link.get("state", "running"), "value": link.get("value") if done else None,
                      "values": link["values"], "course": [tuple(end) for end in link.get("course", ends)], "parent": link["parent"],
                      "why": "" if link["parent"] is None else f"from {link['parent']}"})
    return found
