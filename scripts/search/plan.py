"""A search as its YAML file has it. What is wrong with the file is told all at once, with places."""
import csv
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path

import yaml

from search.plan_population import Population, population_of
from search.reader import Mistake, Reader, shown, source_of, text_of

SAMPLERS, PRUNING = ("tpe", "cmaes", "random"), ("none", "asha", "median")
WORDS_OF_SPACE = ("uniform", "log_uniform", "integer", "choice")
LIKE_OTHERS = ("smoke", "params", "parameters", "config")  # tsd puts the folder's name before these


@dataclass(frozen=True)
class Range:
    """Of one key: uniform, log_uniform or integer with two ends, or choice with the YAML text of its values."""
    kind: str
    values: tuple


@dataclass(frozen=True)
class Metric:
    column: str
    target: tuple = ()  # (step, value) of a curve; what is judged is the root mean square distance from it


@dataclass(frozen=True)
class Pruning:
    rule: str = "none"
    from_step: int = 1
    factor: int = 3


@dataclass(frozen=True)
class Plan:
    file: Path
    config: Path
    settings: object  # YAML nodes, None where there are none
    space_node: object
    space: dict  # Range of each key
    metric: Metric
    direction: str
    take: str
    sampler: str
    pruning: Pruning
    population: Population | None
    trials: int
    hours: float
    seed: int
    threads: int
    storage: str
    text: str  # of the file
    limits: dict = field(default_factory=dict)  # least and greatest number of each key that a fork may change

    @property
    def name(self):
        return self.file.stem

    def better(self, a, b):
        return a < b if self.direction == "minimize" else a > b

    def place(self, *keys):
        """FILE:LINE:COLUMN of a key in the mappings of the others, or of the last of them that is there."""
        node = yaml.compose(self.text, Loader=yaml.SafeLoader)
        mark = node.start_mark
        for name in keys:
            found = [pair for pair in node.value if pair[0].value == name] if isinstance(node, yaml.MappingNode) else []
            if not found:
                break
            mark, node = found[0][0].start_mark, found[0][1]
        return f"{self.file}:{mark.line + 1}:{mark.column + 1}"

    def rules(self):
        """What must be the same in every call of one search, as text of each key."""
        return {"space": {key: [r.kind, *r.values] for key, r in self.space.items()}, "direction": self.direction, "take": self.take,
                "metric": [self.metric.column, *map(list, self.metric.target)], "sampler": self.sampler,
                "pruning": list(vars(self.pruning).values()), "seed": self.seed, "threads": self.threads, "storage": self.storage,
                "population": asdict(self.population) if self.population else {}}


def curve_of(file, reader, node):
    """Of a CSV file with the columns step and value."""
    try:
        with open(file, newline="", encoding="utf-8") as rows:
            points = tuple((int(float(row["step"])), float(row["value"])) for row in csv.DictReader(rows))
    except OSError as error:
        reader.tell(node, "metric.target", f"{file}: {error.strerror}")
    except (KeyError, ValueError, TypeError):
        reader.tell(node, "metric.target", f"{file}: expected CSV with the columns step and value, numbers in each row")
    else:
        if points:
            return points
        reader.tell(node, "metric.target", f"{file}: has no row")
    return ()


def metric_of(top, folder):
    node = top.nodes.get("metric", (None, None))[1]
    if not isinstance(node, yaml.MappingNode):
        return Metric(top.get("metric", None, text_of, "a column of metrics.csv, or {column, target}") or "")
    inner = Reader(top.file, node, top.problems, "metric.")
    inner.expect(("column", "target"))
    column, target = inner.get("column", None, text_of, "a column of metrics.csv"), inner.get("target", None, text_of, "a CSV file")
    if not target:
        return Metric(column or "")
    return Metric(column or "", curve_of(folder / target, top, inner.nodes["target"][1]))


def pruning_of(top):
    node = top.nodes.get("pruning", (None, None))[1]
    if not isinstance(node, yaml.MappingNode):
        return Pruning(top.choice("pruning", "none", PRUNING))
    inner = Reader(top.file, node, top.problems, "pruning.")
    inner.expect(("rule", "from_step", "factor"))
    rule = inner.choice("rule", None, PRUNING)
    for name, rules in (("from_step", ("asha", "median")), ("factor", ("asha",))):
        if name in inner.nodes and rule is not None and rule not in rules:
            inner.tell(inner.nodes[name][0], f"pruning.{name}", f"is for {' and '.join(rules)}; with rule {rule} it says nothing")
    return Pruning(rule, inner.integer("from_step", 1, 1), inner.integer("factor", 3, 2, 100))


def space_of(top):
    """Its words; whether the model takes them is for tsd to say."""
    node = top.get("space", None, lambda node: node, "a range for each key")
    space = {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        pairs = value.value if isinstance(value, yaml.MappingNode) else ()
        if len(pairs) == 1 and pairs[0][0].value in WORDS_OF_SPACE and isinstance(pairs[0][1], yaml.SequenceNode):
            kind, items = pairs[0][0].value, pairs[0][1].value
            try:
                number = int if kind == "integer" else float
                values = tuple(source_of(item, top.text) if kind == "choice" else number(text_of(item)) for item in items)
            except (ValueError, TypeError):
                continue  # told by tsd
            space[key.value] = Range(kind, values)
    if node is not None and not (isinstance(node, yaml.MappingNode) and node.value):
        top.tell(node, "space", f"expected a range for each key, got {shown(node)}")
    return node, space


NOT_OF_A_POPULATION = {
    "sampler": "a population moves its settings; leave it out",
    "pruning": "a population replaces its worst members; leave it out",
    "take": "a population is judged by what its members are now; leave it out",
    "budget": "a population trains its members to the end of their runs, or to population.stop; leave it out",
    "storage": "a population needs none; leave it out"}


def refuse_what_does_not_fit(top, plan):
    """Rules across keys."""
    def tell(key, what):
        top.tell(top.nodes.get(key, (top.node,))[0], key, what)
    if plan.metric.target and plan.direction != "minimize":
        tell("direction", "a distance from a target is made small; expected minimize")
    if plan.metric.target and "take" in top.nodes:
        tell("take", "a distance from a target is of all its steps; leave it out")
    if plan.population:
        for key, why in NOT_OF_A_POPULATION.items():
            if key in top.nodes:
                tell(key, why)
        for key, _ in plan.settings.value if plan.settings else ():
            if key.value == "seed":
                top.tell(key, "settings.seed", "members have seeds of their own, after the seed of the search; leave it out")
        for key, _ in plan.space_node.value if plan.space else ():
            of = plan.space.get(key.value)
            if of and of.kind != "choice" and min(of.values, default=0) < 0:
                top.tell(key, f"space.{key.value}", "a population moves numbers by factors; expected a range from 0")
        if "seed" in plan.space:
            tell("space", "seed: members have seeds of their own, after the seed of the search; leave it out")
    if plan.sampler == "cmaes" and sum(r.kind != "choice" for r in plan.space.values()) < 2:
        tell("sampler", "cmaes needs two keys of numbers at least")
    if plan.file.stem in LIKE_OTHERS:
        top.problems.append(f"{plan.file}: a search is called as its file; expected another name than {', '.join(LIKE_OTHERS)}")


def budget_of(top):
    if "budget" not in top.nodes:
        return Reader(top.file, yaml.MappingNode("", [], top.node.start_mark), top.problems)
    return Reader(top.file, top.nodes["budget"][1], top.problems, "budget.")


KEYS = ("config", "settings", "space", "metric", "direction", "take", "sampler", "pruning", "population", "budget", "seed",
        "threads", "storage")


def read(file):
    """The plan, and the problems of the file that can be seen without tsd."""
    file = Path(file)
    try:
        text = file.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise Mistake(f"{file}: {error.strerror}", 66) from None
    except UnicodeDecodeError:
        raise Mistake(f"{file}: expected YAML in UTF-8", 65) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Mistake(f"{file}:{mark.line + 1}:{mark.column + 1}: {error.problem}") from None
    if not isinstance(root, yaml.MappingNode):
        raise Mistake(f"{file}: expected a mapping with config, space, metric and budget")
    problems = []
    top = Reader(file, root, problems)
    top.text = text
    if "engine" in top.nodes:
        top.tell(top.nodes["engine"][0], "engine", "is a flag: scripts/tune FILE --engine local or ray; leave it out")
    top.expect((*KEYS, "engine"))
    config = top.get("config", None, text_of, "the YAML file of a model, relative to this one")
    if config and not (file.parent / config).is_file():
        top.tell(top.nodes["config"][1], "config", f"{file.parent / config}: no such file")
    space_node, space = space_of(top)
    population, budget = population_of(top, space), budget_of(top)
    budget.expect(("trials", "hours"))
    trials = population.members if population else budget.integer("trials", None if "budget" in top.nodes else 0, 1)
    if not population and "budget" not in top.nodes:
        top.tell(root, "budget", "required key is missing; expected {trials: N}, and hours: H if it has to end earlier")
    settings = top.nodes.get("settings", (None, None))[1]
    if settings is not None and not isinstance(settings, yaml.MappingNode):
        top.tell(settings, "settings", f"expected keys and values of the model, got {shown(settings)}")
    plan = Plan(file=file, text=text, config=(file.parent / (config or "")).resolve(), settings=settings, space_node=space_node, space=space,
                metric=metric_of(top, file.parent), direction=top.choice("direction", None, ("minimize", "maximize")),
                take=top.choice("take", "last", ("last", "best")),
                sampler=top.choice("sampler", "tpe", SAMPLERS), pruning=pruning_of(top),
                population=population, trials=trials or 0,
                hours=budget.number("hours", math.inf, lambda h: h > 0, "a number above 0"), seed=top.integer("seed", 0, 0, 2**31),
                threads=top.integer("threads", 1, 1, 4096), storage=top.choice("storage", "journal", ("journal", "sqlite")))
    refuse_what_does_not_fit(top, plan)
    return plan, problems
