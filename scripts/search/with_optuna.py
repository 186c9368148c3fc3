"""A search by Optuna. All that it knows is in one file beside the runs, which several workers share, on several machines too.

Nothing is lost at a kill: a trial belongs to a worker as long as that holds its lock; the next to come takes over those of the dead, with
the same number, folder and settings. What the sampler draws for a trial depends on the seed, the trial's number and the results
that are there, not on how often the search was interrupted.
"""
import fcntl
import hashlib
import os
import threading
import time
import warnings

import optuna
from optuna.storages.journal import JournalFileOpenLock, JournalFileBackend
from optuna.trial import TrialState

from search.configs import number_text
from search.crew import together
from search.plan import Mistake
from search.runs import CONFIG, DIVERGED, LOCKED, Rows, Score, Stopped, score_of

ENDED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


class JournalLock(JournalFileOpenLock):
    """Given back by the kernel when its holder dies; what a dead writer left of a line is cut off."""

    def __init__(self, file):
        self._file, self._thread, self._held = file, threading.Lock(), None

    def acquire(self):
        self._thread.acquire()
        self._held = open(self._file.with_suffix(".lock"), "w")
        fcntl.flock(self._held, fcntl.LOCK_EX)
        with open(self._file, "rb+") as journal:
            size = journal.seek(0, os.SEEK_END)
            begin = max(0, size - (1 << 16))
            journal.seek(begin)
            tail = journal.read()
            if tail and not tail.endswith(b"\n"):
                journal.truncate(begin + tail.rfind(b"\n") + 1)
        return True

    def release(self):
        self._held.close()
        self._thread.release()


def storage_of(folder, must_exist=False):
    file = folder.own / ("journal.log" if folder.plan.storage == "journal" else "study.db")
    if must_exist and not file.exists():
        return None
    try:
        if folder.plan.storage == "sqlite":
            return optuna.storages.RDBStorage(f"sqlite:///{file}", engine_kwargs={"connect_args": {"timeout": 60}})
        return optuna.storages.JournalStorage(JournalFileBackend(str(file), JournalLock(file)))
    except Exception as error:  # of a library below Optuna: whatever it is, the file is not its own
        raise Mistake(f"{file}: cannot be read as a storage of Optuna: {error}", 65) from None


def suggest(trial, key, of):
    if of.kind == "choice":
        trial.suggest_categorical(key, of.values)
    elif of.kind == "integer":
        trial.suggest_int(key, *of.values)
    else:
        trial.suggest_float(key, *of.values, log=of.kind == "log_uniform")


def sampler(plan, number):
    """Of one trial: with a seed of its own, so that a search that goes on does not draw again what it drew."""
    seed = int.from_bytes(hashlib.sha256(f"{plan.seed}:{number}".encode()).digest()[:4])
    if plan.sampler == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    if plan.sampler == "tpe":
        return optuna.samplers.TPESampler(seed=seed)
    return optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False, consider_pruned_trials=plan.pruning.rule != "none",
                                        independent_sampler=optuna.samplers.TPESampler(seed=seed))


def pruner(rule):
    if rule.rule == "asha":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=rule.from_step, reduction_factor=rule.factor)
    if rule.rule == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=rule.from_step - 1)
    return optuna.pruners.NopPruner()


def open_study(folder):
    plan = folder.plan
    with folder.claim():
        return optuna.create_study(study_name=plan.name, storage=storage_of(folder), direction=plan.direction, pruner=pruner(plan.pruning),
                                   load_if_exists=True)


def makes_way(folder):
    """Whether no trial has told anything yet; such a storage is put away."""
    storage = storage_of(folder, must_exist=True)
    if storage is None:
        return True
    studies = storage.get_all_studies()
    trials = [trial for study in studies for trial in storage.get_all_trials(study._study_id)]
    if any(trial.state in ENDED or trial.intermediate_values or folder.is_alive(trial.user_attrs.get("worker")) for trial in trials):
        return False
    for study in studies:
        storage.delete_study(study._study_id)
    return True


class Worker:
    """Takes trials, one after the other, until the budget is used up."""

    def __init__(self, folder, tsd, tell, stop):
        self.folder, self.plan, self.tsd, self.tell, self.stop = folder, folder.plan, tsd, tell, stop
        self.name = folder.worker()
        self.study = open_study(folder)

    def work(self):
        while not self.stop.is_set():
            trial = self._next()
            if trial is None:
                return
            self._run(trial)
        raise Stopped

    def _next(self):
        """A trial whose worker died, else a new one; None: nothing left to begin."""
        with self.folder.claim():
            trials = self.study.get_trials(deepcopy=False)
            for frozen in trials:
                if frozen.state == TrialState.RUNNING and not self.folder.is_alive(frozen.user_attrs.get("worker", "")):
                    trial = optuna.trial.Trial(self.study, frozen._trial_id)
                    self._own(trial)
                    return trial
            if len(trials) >= self.plan.trials or self._seconds(trials) > 3600 * self.plan.hours:
                return None
            self.study.sampler = sampler(self.plan, len(trials))
            trial = self.study.ask()
            self._own(trial)
            return trial

    def _own(self, trial):
        trial.set_user_attr("worker", self.name)
        self.study.sampler = sampler(self.plan, trial.number)  # a dead worker may have drawn some of the keys
        for key, values in self.plan.space.items():
            suggest(trial, key, values)

    @staticmethod
    def _seconds(trials):
        return sum(trial.user_attrs.get("seconds", 0.0) for trial in trials)

    def _values(self, trial):
        return {key: number_text(value) if isinstance(value, float) else str(value) for key, value in trial.params.items()}

    def _run(self, trial):
        begun = time.monotonic()
        run = self.folder.run(trial.number)
        known = dict(trial.storage.get_trial(trial._trial_id).intermediate_values)
        code, told, pruned = self._follow(trial, Rows(run, self.plan.metric.column), Score(self.plan), known)
        trial.set_user_attr("seconds", trial.user_attrs.get("seconds", 0.0) + time.monotonic() - begun)
        if pruned:
            self._end(trial, TrialState.PRUNED, None, f"pruned at step {max(known)}")
        elif code == DIVERGED:
            self._end(trial, TrialState.PRUNED, None, "diverged")
        elif code == CONFIG:  # of this combination of values
            self._end(trial, TrialState.FAIL, None, told["message"])
        elif code != 0:
            raise Mistake(f"{run}: {told['message'] or f'tsd ended with exit code {code}'}", code if code > 0 else 70)
        else:
            value = score_of(self.plan, run)
            if value is None:
                raise Mistake(f"{run}: done, and {self.plan.metric.column} has no number in metrics.csv", 65)
            self._end(trial, TrialState.COMPLETE, value, "")

    def _follow(self, trial, rows, score, known):
        """Until the run's end, or the rule's."""
        values, waits, late = self._values(trial), 0, False
        while True:
            running, pruned = self.folder.train(self.tsd, trial.number, values), False
            try:
                while not pruned:
                    last_look = running.ended()
                    pruned = self._look(trial, rows, score, known) and not late
                    if last_look or self.stop.is_set():
                        break
                    time.sleep(0.1)
            finally:
                if pruned or not running.ended():
                    running.stop()
                code, told = running.result()
            if self.stop.is_set() and code != 0:
                raise Stopped
            total = told.get("total") or self.folder.total(trial.number)
            if pruned and total and max(known) >= total:  # the rule came too late: the last row was there
                pruned, late = False, True
                if told.get("state") != "done":
                    continue
            if pruned or code != LOCKED or waits > 60:
                return code, told, pruned
            waits += 1  # of a search that was killed, and is on its way to its end
            time.sleep(0.5)

    def _look(self, trial, rows, score, known):
        """Reports new rows. Whether the trial is to end here."""
        for step, value in rows.new():
            judged = score.add(step, value)
            if judged is None:
                continue
            if step not in known:
                trial.report(judged, step)
                known[step] = judged
            if step == max(known) and trial.should_prune():
                return True
        return False

    def _end(self, trial, state, value, why):
        if why:
            trial.set_user_attr("why", why.splitlines()[0])
        self.study.tell(trial, value, state)
        self.tell(trial.number, state.name.lower(), value, self._values(trial), why)


def search(folder, tsd, workers, tell):
    """All trials of the budget; `workers` at a time in this process. Raises the first failure of any."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", module="optuna")
    stop = threading.Event()
    together([Worker(folder, tsd, tell, stop).work for _ in range(workers)], stop)


def trials(folder):
    """What figure and table are made of."""
    storage = storage_of(folder, must_exist=True)
    if storage is None:
        return []
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.load_study(study_name=folder.plan.name, storage=storage)
    return [{"number": t.number, "state": t.state.name.lower(), "value": t.value if t.state == TrialState.COMPLETE else None, "values": t.params,
             "course": sorted(t.intermediate_values.items()), "why": t.user_attrs.get("why", "")} for t in study.get_trials(deepcopy=False)]
