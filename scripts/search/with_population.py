"""A population, trained by any number of workers: threads here, and the same command on other machines.

The generations follow from the runs' folders alone. Every worker works them out, takes a run of the present one that nobody has, trains
it, and waits for the others where none is left. So it does not matter who is killed, when, or how many there are.
"""
import contextlib
import fcntl
import json
import shutil
import threading

import yaml

from search import configs, population
from search.crew import together
from search.plan import Mistake
from search.runs import DIVERGED, Stopped, score_of
from whole import write_whole

EPOCHS = ("epochs", "train.epochs")  # the key that says how long a run is


def refuse(plan):
    """Before anything runs: a population forks, and a fork may change the keys in `limits` alone."""
    problems = [f"{plan.place('space', key)}: population: a fork cannot change {key}; expected keys among {', '.join(sorted(plan.limits))}"
                for key in plan.space if key not in plan.limits]
    if not plan.limits.keys() & set(EPOCHS):
        problems += [f"{plan.place('population', name)}: population.{name}: a fork of this family cannot change a number of epochs; "
                     f"expected {expected}" for name, used, expected in (("unit", plan.population.unit == "epochs", "unit: steps"),
                                                                         ("stop", plan.population.stop, "no stop")) if used]
    if problems:
        raise Mistake("\n".join(problems))


def status_of(run):
    try:
        return json.loads((run / "status.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def origin(run, parent):
    """What `run` is to begin from; if it has begun, by the name that its parent had then: the folder may have been moved since."""
    status = status_of(run)
    begun = status and status["parent"] and (run / "checkpoints/last.safetensors").exists()
    return status["parent"]["directory"] if begun else parent


class Course:
    """The generations so far."""

    def __init__(self, folder):
        self.folder, self.plan = folder, folder.plan
        self.generations, self.scores = [], []  # pieces, and the scores of those that have ended by member
        self._lock = threading.Lock()

    def length(self):
        """Steps of a run, and of a unit; None: no run has told yet."""
        total = self.folder.total(0)
        if not total:
            return None
        if self.plan.population.unit == "steps":
            return total, 1
        return total, total // epochs_of(self.folder)[1]

    def refuse_one_generation(self):
        total, per_unit = self.length()
        if self._end(0) >= total:
            raise Mistake(f"{self.plan.place('population', 'first')}: population.first: expected less than {total // per_unit}, the "
                          f"{self.plan.population.unit} of a run, got {self.plan.population.first}")

    def advance(self):
        """Pieces of the present generation that have not ended; an empty list: the search is at its end."""
        with self._lock:
            while True:
                if left := self._left():
                    return left
                self._thin()
                if self._is_last():
                    return []
                self._begin_next()

    def _left(self):
        if not self.generations:
            self.generations.append(population.first_generation(self.plan, self._end(0)))
            self.scores.append({})
        scores = self.scores[-1]
        for piece in self.generations[-1]:
            if piece.member not in scores:
                ended, score = self.ended(piece)
                if ended:
                    scores[piece.member] = score
        return [piece for piece in self.generations[-1] if piece.member not in scores]

    def _end(self, generation):
        return population.end_of(self.plan, generation, *self.length())

    def ended(self, piece):
        """Whether it has, and the score."""
        status = status_of(self.folder.run(piece.number))
        if status is None or status["state"] not in ("stopped", "done", "diverged"):
            return False, None
        if status["state"] == "diverged":
            return True, None
        if status["step"] < piece.until:
            if status["state"] == "done":
                raise Mistake(f"{self.folder.run(piece.number)}: ended by itself at step {status['step']}, before it was to be judged "
                              f"at step {piece.until}; expected settings under which runs go on to their last step, as no early stopping", 65)
            return False, None
        before = self._end(piece.generation - 1) if piece.generation else 0
        score = score_of(self.plan, self.folder.run(piece.number), before)
        if score is None:
            length = "every" if piece.generation else "first"
            raise Mistake(f"{self.plan.place('population', length)}: population.{length}: {self.folder.run(piece.number)} has no number in "
                          f"{self.plan.metric.column} in steps {before + 1} to {piece.until}; expected more steps in a generation")
        return True, score

    def complete(self):
        """Scores by member of each generation that is whole."""
        count = self.plan.population.members
        return [[scores[member] for member in range(count)] for scores in self.scores if len(scores) == count]

    def _is_last(self):
        pieces, whole = self.generations[-1], self.complete()
        if all(score is None for score in whole[-1]) or pieces[0].until >= self.length()[0]:
            return True
        return population.stands_still(self.plan, [self._best(scores) for scores in whole])

    def _best(self, scores):
        return scores[population.best(self.plan, scores)]

    def best(self):
        """Piece and score of the best of the last generation that is whole; None: there is none."""
        whole = self.complete()
        if not whole or all(score is None for score in whole[-1]):
            return None
        member = population.best(self.plan, whole[-1])
        return self.generations[len(whole) - 1][member], whole[-1][member]

    def _begin_next(self):
        last, whole = self.generations[-1], self.complete()
        end = self._end(last[0].generation + 1)
        self.generations.append(population.next_generation(self.plan, last, whole[-1], end))
        self.scores.append({})

    def _thin(self):
        """Whole states of the generation before this one, from which nobody has to begin any more."""
        if self.plan.population.keep == "last" and len(self.generations) > 1:
            for piece in self.generations[-2]:
                shutil.rmtree(self.folder.run(piece.number) / "checkpoints", ignore_errors=True)


def epochs_of(folder):
    """Key and number of a run's epochs."""
    config = yaml.safe_load((folder.run(0) / "config.yaml").read_text(encoding="utf-8"))
    for key in EPOCHS:
        at = config
        for part in key.split("."):
            at = at.get(part) if isinstance(at, dict) else None
        if at is not None:
            return key, at
    raise KeyError("epochs")


@contextlib.contextmanager
def claimed(folder, name):
    """Whether it is ours; given back by the kernel when we die."""
    place = folder.own / "runs" / str(name)
    place.mkdir(parents=True, exist_ok=True)
    with open(place / "claim.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


class Worker:
    def __init__(self, folder, course, tsd, tell, stop):
        self.folder, self.course, self.tsd, self.tell, self.stop = folder, course, tsd, tell, stop

    def work(self):
        self._measure()
        while left := self.course.advance():
            if not any(self._take(piece) for piece in left):
                self.stop.wait(0.2)  # others have them
            if self.stop.is_set():
                raise Stopped

    def _measure(self):
        """One step of the first run tells how many there are."""
        while not self.course.length():
            with claimed(self.folder, 0) as mine:
                if mine and not self.course.length():
                    self.folder.train_to_end(self.tsd, 0, population.beginning(self.folder.plan, 0), self.stop, "--until", 1)
            if not self.course.length():
                self.stop.wait(0.2)
            if self.stop.is_set():
                raise Stopped
        self.course.refuse_one_generation()

    def _take(self, piece):
        with claimed(self.folder, piece.number) as mine:
            if not mine or self.course.ended(piece)[0]:
                return False
            words = ["--until", piece.until]
            if piece.parent is not None:
                words += ["--from", origin(self.folder.run(piece.number), self.folder.run(piece.parent))]
            code, told = self.folder.train_to_end(self.tsd, piece.number, piece.values, self.stop, *words)
            _, score = self.course.ended(piece)
            self.tell(piece.number, "diverged" if code == DIVERGED else told["state"], score, piece.values, "")
            return True


def make_model(folder, course, tsd, stop):
    """OUT/NAME/model: a run that begins with the best member's state and ends there, with its results."""
    if course.best() is None:
        lost = course.generations[-1][0].generation
        raise Mistake(f"{folder.plan.file}: all members of generation {lost} diverged; expected a calmer space", DIVERGED)
    piece, score = course.best()
    values = dict(piece.values)
    if piece.until < course.length()[0]:
        key, epochs = epochs_of(folder)
        values[key] = str(epochs * piece.until // course.length()[0])
    why = f"the model of the population {folder.plan.name}: the best at its end, run {piece.number}, {folder.plan.metric.column} {score:.6g}"
    with claimed(folder, "model") as mine:
        if not mine:  # another worker is at it
            return
        config = folder.own / "runs/model/model.yaml"
        write_whole(config, configs.best_config(folder.plan, values, why))
        words = ["--config", config, "--out", folder.path, "--from", origin(folder.path / "model", folder.run(piece.number))]
        folder.to_end(lambda: tsd.start("train", *words, "--threads", folder.plan.threads, "--quiet", "--json"), folder.path / "model", stop)


def makes_way(folder):
    """Whether no run has done more than the step that measures; that one is then removed."""
    steps = [status["step"] if (status := status_of(folder.run(number))) else 0 for number in range(folder.plan.population.members)]
    if steps[0] > 1 or any(steps[1:]):
        return False
    with claimed(folder, 0) as mine:
        if mine and folder.run(0).exists():
            shutil.rmtree(folder.run(0))
        return mine


def search(folder, tsd, workers, tell):
    stop, course = threading.Event(), Course(folder)
    together([Worker(folder, course, tsd, tell, stop).work for _ in range(workers)], stop)
    together([lambda: make_model(folder, course, tsd, stop)], stop)


def trials(folder):
    """What figure and table are made of: each run, with the end of the one it went on from. Values are of the last generation alone."""
    course = Course(folder)
    if not course.length():
        return []
    course.advance()
    whole = len(course.complete())
    found = []
    for pieces, scores in zip(course.generations, course.scores):
        parents = {piece.parent for piece in course.generations[min(pieces[0].generation + 1, len(course.generations) - 1)]}
        for piece in pieces:
            ended = piece.member in scores
            if not ended and status_of(folder.run(piece.number)) is None:
                continue
            score = scores.get(piece.member)
            state = "complete" if piece.generation == whole - 1 else "went on" if piece.number in parents else "given up"
            state = "running" if not ended else "diverged" if score is None else state
            found.append({"state": state, "value": score if state == "complete" else None, "score": score, "why": ""} | vars(piece))
    return found
