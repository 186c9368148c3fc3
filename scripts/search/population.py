"""The schedule of a population, as AutoLFADS has it: all members train for a generation, are compared, and the worse half goes on from
the better one's state with settings near that one's.

What it decides is a function of the search's file and of the scores, nothing else: each draw has a generator of its own, named by seed,
generation and member. So a search that is called again decides what it decided, and no file of its own has to be kept in step with
the runs.
"""
import math
import random
from dataclasses import dataclass

from search.configs import number_text

TRIES = 99  # of a move that leaves its range, before it is cut off there
LEAST = 0.002  # part of the largest move that each move has at least


@dataclass(frozen=True)
class Piece:
    """One member in one generation, a run of its own."""
    generation: int
    member: int
    number: int  # of the run
    parent: int | None  # number of the run with whose state it begins
    values: dict  # YAML text of each key
    until: int  # step


def generator(plan, *words):
    return random.Random(":".join(map(str, (plan.seed, *words))))


def text(value):
    """Six digits: enough for a setting, and the same whatever the last bit of this machine's logarithm."""
    return number_text(float(f"{value:.6g}")) if isinstance(value, float) else str(value)


def drawn(of, draw):
    if of.kind == "choice":
        return draw.choice(of.values)
    low, high = of.values
    if of.kind == "integer":
        return draw.randint(low, high)
    if of.kind == "log_uniform":
        return math.exp(draw.uniform(math.log(low), math.log(high)))
    return draw.uniform(low, high)


def beginning(plan, member):
    """Settings of a member of the first generation; the seed is its own, so that weights differ."""
    values = {"seed": str(generator(plan, 0, member, "seed").randrange(2**31))}
    for key, of in plan.space.items():
        start = plan.population.moves[key].start
        values[key] = text(drawn(of, generator(plan, 0, member, key)) if start is None else start)
    return values


def moved(plan, key, value, draw):
    """A setting near this one: times or divided by a factor between 1 and 1 + by, alike in both directions."""
    of, move = plan.space[key], plan.population.moves[key]
    if of.kind == "choice":
        at = of.values.index(value) + draw.choice((-1, 1))
        return of.values[min(max(at, 0), len(of.values) - 1)]
    low, high = of.values if move.bounded else plan.limits[key]
    for _ in range(TRIES):
        sign = draw.choice((-1, 1))
        new = float(value) * math.exp(sign * draw.uniform(math.log1p(LEAST * move.by), math.log1p(move.by)))
        if of.kind == "integer":
            new = round(new) if round(new) != int(value) else int(value) + sign
        if low <= new <= high:
            return new
    return min(max(new, low), high)


def near(plan, generation, member, values):
    """Of a member that goes on from the one with these values."""
    new = {"seed": values["seed"]}  # belongs to the state
    for key, of in plan.space.items():
        draw = generator(plan, generation, member, key)
        redrawn = draw.random() < plan.population.resample
        new[key] = text(drawn(of, draw) if redrawn else moved(plan, key, values[key], draw))
    return new


def better(plan, a, b):
    """Of two scores, None being that of a member that diverged."""
    return a is not None and (b is None or plan.better(a, b))


def best(plan, scores):
    """The member with the best score; of equal ones the first."""
    chosen = 0
    for member, score in enumerate(scores):
        if better(plan, score, scores[chosen]):
            chosen = member
    return chosen


def tournament(plan, scores, draw):
    """Pairs by lot; the loser of each goes on from its winner. The odd one sits out."""
    order = list(range(len(scores)))
    draw.shuffle(order)
    half = len(order) // 2
    origin = list(range(len(scores)))
    for a, b in zip(order[:half], order[-half:]):
        loser, winner = (a, b) if better(plan, scores[b], scores[a]) else (b, a)
        origin[loser] = winner
    return origin


def truncation(plan, scores, draw):
    """The worst go on from the best, each from one by lot."""
    ranked = list(range(len(scores)))
    sign = 1 if plan.direction == "minimize" else -1
    ranked.sort(key=lambda member: math.inf if scores[member] is None else sign * scores[member])
    count = min(max(1, round(plan.population.quantile * len(ranked))), len(ranked) // 2)
    origin = list(range(len(scores)))
    for loser in ranked[-count:]:
        origin[loser] = draw.choice(ranked[:count])
    return origin


def origins(plan, generation, scores):
    """Whose state each member of the next generation begins with."""
    rule = tournament if plan.population.exploit == "tournament" else truncation
    origin = rule(plan, scores, generator(plan, generation, "exploit"))
    return [best(plan, scores) if scores[of] is None else of for of in origin]  # nobody goes on from one that diverged


def first_generation(plan, end):
    count = plan.population.members
    return [Piece(0, member, member, None, beginning(plan, member), end) for member in range(count)]


def next_generation(plan, pieces, scores, end):
    generation = pieces[0].generation + 1
    made = []
    for member, origin in enumerate(origins(plan, generation, scores)):
        values = pieces[origin].values if origin == member else near(plan, generation, member, pieces[origin].values)
        made.append(Piece(generation, member, generation * len(pieces) + member, pieces[origin].number, values, end))
    return made


def end_of(plan, generation, total, per_unit):
    """Step at which a generation is judged."""
    p = plan.population
    return min((p.first + generation * p.every) * per_unit, total)


def stands_still(plan, best_scores):
    """Whether the best of the last generations gained too little over the first of them."""
    stop = plan.population.stop
    if stop is None or len(best_scores) < stop.after:
        return False
    window = best_scores[-stop.after:]
    reached = min(window) if plan.direction == "minimize" else max(window)
    mean = sum(map(abs, window)) / len(window)
    return abs(window[0] - reached) <= stop.gain * mean
