"""The words of `population:`."""
from dataclasses import dataclass, field

from search.reader import Reader, text_of

UNITS, RULES = ("steps", "epochs"), ("tournament", "truncation")


@dataclass(frozen=True)
class Move:
    """How a key changes from one generation to the next."""
    by: float = 0.3  # times or divided by 1 + by at most
    start: float | None = None  # of all members; None: drawn from the space
    bounded: bool = True  # whether it stays in the space


@dataclass(frozen=True)
class Stop:
    after: int = 4  # generations
    gain: float = 5e-4  # of the best score, relative, that goes on


@dataclass(frozen=True)
class Population:
    members: int
    every: int  # units from one judgement to the next
    first: int  # units before the first
    unit: str = "steps"
    exploit: str = "tournament"
    quantile: float = 0.25  # truncation: of the members that are replaced, and of those that replace them
    resample: float = 0  # probability that a key is drawn anew instead of moved
    moves: dict = field(default_factory=dict)  # Move of each key of the space
    stop: Stop | None = None
    keep: str = "last"  # checkpoints of the last two generations, or of all


def is_true(node):
    if text_of(node) not in ("true", "false"):
        raise ValueError
    return node.value == "true"


def move_of(file, node, problems, key, of):
    inner = Reader(file, node, problems, f"population.moves.{key}.")
    inner.expect(("by", "start", "bounded"))
    if of.kind == "choice":
        inner.tell(node, f"population.moves.{key}", "a choice moves to the one beside it; leave it out")
        return Move()
    if len(of.values) != 2:
        return Move()  # told by tsd
    low, high = of.values
    whole = of.kind == "integer"
    start = inner.get("start", 0, lambda n: int(text_of(n)) if whole else float(text_of(n)), f"a number from {low:g} to {high:g}",
                      lambda value: low <= value <= high)
    by = inner.number("by", Move.by, lambda by: 0 < by <= 100, "a number above 0, to 100")
    return Move(by, start if "start" in inner.nodes else None, inner.get("bounded", True, is_true, "true or false"))


def moves_of(top, inner, space):
    moves = {key: Move() for key in space}
    if "moves" not in inner.nodes:
        return moves
    given = Reader(top.file, inner.nodes["moves"][1], top.problems, "population.moves.")
    if space:  # else told already
        given.expect(tuple(space))
    for key, (_, node) in given.nodes.items():
        if key in space:
            moves[key] = move_of(top.file, node, top.problems, key, space[key])
    return moves


def stop_of(top, inner):
    if "stop" not in inner.nodes:
        return None
    stop = Reader(top.file, inner.nodes["stop"][1], top.problems, "population.stop.")
    stop.expect(("after", "gain"))
    return Stop(stop.integer("after", Stop.after, 2, 10000), stop.number("gain", Stop.gain, lambda gain: gain >= 0, "a number from 0"))


def population_of(top, space):
    if "population" not in top.nodes:
        return None
    inner = Reader(top.file, top.nodes["population"][1], top.problems, "population.")
    inner.expect(("members", "every", "first", "unit", "exploit", "quantile", "resample", "moves", "stop", "keep"))
    every, exploit = inner.integer("every", None, 1), inner.choice("exploit", "tournament", RULES)
    if "quantile" in inner.nodes and exploit != "truncation":
        inner.tell(inner.nodes["quantile"][0], "population.quantile", f"is for truncation; with exploit {exploit} it says nothing")
    return Population(inner.integer("members", None, 2, 10000), every, inner.integer("first", every or 1, 1),
                      inner.choice("unit", "steps", UNITS), exploit,
                      inner.number("quantile", 0.25, lambda q: 0 < q <= 0.5, "a number above 0, to 0.5"),
                      inner.number("resample", 0, lambda p: 0 <= p <= 1, "a number from 0 to 1"), moves_of(top, inner, space),
                      stop_of(top, inner), inner.choice("keep", "last", ("last", "all")))
