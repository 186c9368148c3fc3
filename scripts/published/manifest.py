"""What is published: one YAML file per family beside this one.

    results:
      - name: fig3abc                     one word; the config's name where there is no reason for another
        shows: "Figure 3a to c: ..."      what the publication says
        config: configs/x.yaml            from the root of the checkout; all indices of its sweep, unless
        indices: [0, 1]                   .. some are chosen
        words: [epochs=2]                 KEY=VALUE behind it
        smoke: [epochs=1]                 further ones, of a shortened run; index 0 alone
        analyses: [angles]                `tsd analyze --only` of each run
        level: day                        the least at which it runs at full length: day or full
        hours: 0.1                        all of it, on two cores
        numbers:
          - what: "error of the last epoch"
            in: "results.h5:/loss[-1]"    file of a run, dataset, element; * stands for any one group: the mean over those
            take: median                  or mean, max, min, where the element is more than one number
            indices: [0, 9]               of these indices; without it of all; the mean over those that are finished
            published: 0.25               a number, and one of:
            within: 0.01                  at most so far from it
            at_least: 0.2                 or a bound of its own
            at_most: 0.3
            source: "Figure 3b, read off"
"""
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
LEVELS = ("smoke", "day", "full")
TAKES = ("mean", "median", "max", "min")
PATH = re.compile(r"(?P<file>[^:]+):(?P<dataset>/[^\[]+)(\[(?P<element>[-\d, :]+)\])?")


class Mistake(Exception):
    """Something wrong in a manifest or in what was asked for, in words."""


@dataclass
class Number:
    what: str
    file: str
    dataset: str
    element: tuple
    published: float
    source: str
    take: str = None
    indices: list = None
    within: float = None
    at_least: float = None
    at_most: float = None

    def text(self, value):
        """With as many digits as the comparison looks at."""
        if self.within is None or not 1e-12 < self.within < 0.1:
            return f"{value:.4g}"
        return f"{value:.{1 - math.floor(math.log10(self.within))}f}" if abs(value) > 1e-3 else f"{value:.2g}"

    def expected(self):
        if self.within is not None:
            return f"{self.text(self.published)} ± {self.within:g}"
        bounds = [text for text in (self.at_least is not None and f"at least {self.at_least:g}",
                                    self.at_most is not None and f"at most {self.at_most:g}") if text]
        return f"{self.published:g} ({', '.join(bounds)})"

    def holds(self, value):
        if self.within is not None:
            return abs(value - self.published) <= self.within
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass
class Result:
    family: str
    name: str
    shows: str
    config: str
    hours: float
    level: str
    words: list = field(default_factory=list)
    smoke: list = field(default_factory=list)
    analyses: list = field(default_factory=list)
    numbers: list = field(default_factory=list)
    indices: list = None


def fields_of(kind, given, place, known, needed):
    if not isinstance(given, dict):
        raise Mistake(f"{place}: expected a mapping")
    for key in given:
        if key not in known:
            raise Mistake(f"{place}: {kind} have no key {key}; expected one of {', '.join(sorted(known))}")
    for key in needed:
        if key not in given:
            raise Mistake(f"{place}: {key} is missing")


def position(text):
    """-1, or a range as Python writes it, -10: or :"""
    start, colon, stop = text.strip().partition(":")
    return slice(int(start) if start else None, int(stop) if stop else None) if colon else int(start)


def number_of(given, place):
    keys = ("what", "in", "published", "source")
    fields_of("numbers", given, place, {*keys, "take", "indices", "within", "at_least", "at_most"}, keys)
    if sum(key in given for key in ("within", "at_least", "at_most")) == 0:
        raise Mistake(f"{place}: expected within, at_least or at_most; without it nothing is compared")
    path = PATH.fullmatch(given["in"])
    if not path:
        raise Mistake(f"{place}: in: expected FILE:/DATASET[ELEMENT], got {given['in']}")
    if given.get("take", "mean") not in TAKES:
        raise Mistake(f"{place}: take: expected one of {', '.join(TAKES)}, got {given['take']}")
    element = tuple(position(text) for text in (path["element"] or "").split(",") if text)
    return Number(file=path["file"], dataset=path["dataset"], element=element, **{k: v for k, v in given.items() if k != "in"})


def result_of(family, given, place):
    keys = ("name", "shows", "config", "level", "hours")
    fields_of("results", given, place, {*keys, "indices", "words", "smoke", "analyses", "numbers"}, keys)
    if given["level"] not in LEVELS[1:]:
        raise Mistake(f"{place}: level: expected day or full, got {given['level']}")
    if not (ROOT / given["config"]).exists():
        raise Mistake(f"{place}: config: there is no {given['config']}")
    read = {**given, "numbers": [number_of(n, f"{place}.numbers[{i}]") for i, n in enumerate(given.get("numbers", []))]}
    return Result(family=family, **read)


def load(folder=FOLDER):
    """All results of all families, in the order of the files' names."""
    results = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise Mistake(f"{path}: {error}") from None
        results += [result_of(path.stem, given, f"{path.name}: results[{i}]") for i, given in enumerate(content["results"])]
    names = [result.name for result in results]
    for name in names:
        if names.count(name) > 1:
            raise Mistake(f"two results are called {name}")
    return results


def choose(names, level, folder=FOLDER):
    """The results of these names or families that run at this level."""
    results = load(folder)
    known = {result.name for result in results} | {result.family for result in results} | {"all"}
    for name in names:
        if name not in known:
            raise Mistake(f"there is no result or family {name}; expected all, or one of {', '.join(sorted(known - {'all'}))}")
    chosen = [r for r in results if "all" in names or r.name in names or r.family in names]
    return [result for result in chosen if level != "day" or result.level == "day"]
