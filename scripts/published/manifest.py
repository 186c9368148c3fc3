"""What is published: one YAML file per family beside this one.

    results:
      - name: fig3abc                     one word; the config's name where there is no reason for another
        shows: "Figure 3a to c: ..."      what the publication says
        config: configs/x.yaml            from the root of the checkout; all indices of its sweep
        words: [save=both]                KEY=VALUE behind the config
        smoke: [epochs=1]                 more of a shortened run; the first index alone
        hours: 0.1                        all of it, on two cores; up to 1: at level day, too
        needs: [name]                     results that are made before
        record: data/ctd                  of a network of ctd_task: where tsd ctd-simulate puts its recording, below the results
        scored_by: configs/y.yaml         of models of ctd_data: the comparison of each with the network that was recorded
        numbers:
          - what: "error of the last epoch"
            in: "results.h5:/loss[-1]"    file of a run, dataset, element; * stands for any one group: the mean over those;
                                          scores: the results of the comparison
            take: median                  or mean, max, min, where the element is more than one number
            indices: [0, 9]               of these indices; without it of all; the mean over those that are finished
            published: 0.25               a number; or, where the publication gives none, expected: what its equations give
            unpublished: true             in place of a value: what has none is shown alone
            within: 0.01                  at most so far from it; or bounds:
            at_least: 0.2
            at_most: 0.3
            source: "Figure 3b, read off"
        rows:                             of a table over all results of the family, in place of numbers
          - row: "GRU"
            indices: [0]
            source: "Figure 4"
            rate R2: 0.97                 a value; or a mapping that has its own within or bounds; a column left out: unpublished
    columns:                              of that table
      rate R2: {in: "scores:/metrics/rate_r2[1]", within: 0.02}
"""
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
LEVELS = ("smoke", "day", "full")
TAKES = {"mean": np.nanmean, "median": np.nanmedian, "max": np.nanmax, "min": np.nanmin}
PATH = re.compile(r"(?P<file>[^:]+):(?P<dataset>/[^\[]+)(\[(?P<element>[-\d, :]+)\])?")


class Mistake(Exception):
    """Something wrong in a manifest or in what was asked for, in words."""


@dataclass
class Number:
    what: str
    file: str
    dataset: str
    element: tuple
    value: float  # None: unpublished
    is_published: bool  # else what the published equations give
    source: str
    take: str = None
    indices: list = None
    within: float = None
    at_least: float = None
    at_most: float = None
    row: str = None
    column: str = None

    def text(self, value):
        """With as many digits as the comparison looks at."""
        if self.within is None or not 1e-12 < self.within < 0.1:
            return f"{value:.4g}"
        return f"{value:.{1 - math.floor(math.log10(self.within))}f}" if abs(value) > 1e-3 else f"{value:.2g}"

    def expected(self):
        if self.value is None:
            return "unpublished"
        if self.within is not None:
            return f"{self.text(self.value)} ± {self.within:g}"
        bounds = [text for text in (self.at_least is not None and f"at least {self.at_least:g}",
                                    self.at_most is not None and f"at most {self.at_most:g}") if text]
        return f"{self.value:g} ({', '.join(bounds)})"

    def holds(self, value):
        if self.value is None:
            return True
        if self.within is not None:
            return abs(value - self.value) <= self.within
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass
class Result:
    family: str
    name: str
    shows: str
    config: str
    hours: float
    words: list = field(default_factory=list)
    smoke: list = field(default_factory=list)
    needs: list = field(default_factory=list)
    record: str = None
    scored_by: str = None
    numbers: list = field(default_factory=list)


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
    keys, values, bounds = ("what", "in", "source"), ("published", "expected", "unpublished"), ("at_least", "at_most")
    fields_of("numbers", given, place, {*keys, *values, *bounds, "take", "indices", "within"}, keys)
    compared = ("within" in given) + any(key in given for key in bounds)
    if sum(key in given for key in values) != 1 or given.get("unpublished", True) is not True:
        raise Mistake(f"{place}: expected published, or expected, or unpublished: true")
    if compared != ("unpublished" not in given):
        raise Mistake(f"{place}: expected within, or at_least and at_most; without it nothing is compared; nor is what is unpublished")
    for key in ("published", "expected", *bounds, "within"):
        if key in given and type(given[key]) not in (int, float):
            raise Mistake(f"{place}: {key}: expected a number, got {given[key]!r}")
    if not isinstance(given.get("indices", []), list):
        raise Mistake(f"{place}: indices: expected a list, got {given['indices']!r}")
    path = PATH.fullmatch(given["in"])
    if not path:
        raise Mistake(f"{place}: in: expected FILE:/DATASET[ELEMENT], got {given['in']}")
    if given.get("take", "mean") not in TAKES:
        raise Mistake(f"{place}: take: expected one of {', '.join(TAKES)}, got {given['take']}")
    element = tuple(position(text) for text in (path["element"] or "").split(",") if text)
    more = {key: value for key, value in given.items() if key not in ("in", *values)}
    value = given.get("published", given.get("expected"))
    return Number(file=path["file"], dataset=path["dataset"], element=element, value=value, is_published="published" in given, **more)


def row_of(given, columns, place):
    """The numbers of a row: a column's own settings hold where the row has a value alone."""
    fields_of("rows", given, place, {"row", "indices", "source", *columns}, ("row", "source"))
    for column, settings in columns.items():
        value = given.get(column, {"unpublished": True})
        own = value if isinstance(value, dict) else {"published": value, **{k: v for k, v in settings.items() if k != "in"}}
        shared = {key: given[key] for key in ("indices", "source") if key in given}
        number = number_of({"what": f"{given['row']}: {column}", "in": settings["in"], **shared, **own}, f"{place}: {column}")
        number.row, number.column = given["row"], column
        yield number


def result_of(family, given, place, columns=None):
    keys = ("name", "shows", "config", "hours")
    fields_of("results", given, place, {*keys, "words", "smoke", "needs", "record", "scored_by", "numbers", "rows"}, keys)
    for key in ("config", "scored_by"):
        if key in given and not (ROOT / given[key]).exists():
            raise Mistake(f"{place}: {key}: there is no {given[key]}")
    numbers = [number_of(n, f"{place}.numbers[{i}]") for i, n in enumerate(given.get("numbers", []))]
    for i, row in enumerate(given.get("rows", [])):
        numbers += row_of(row, columns or {}, f"{place}.rows[{i}]")
    return Result(family=family, **{**{key: value for key, value in given.items() if key != "rows"}, "numbers": numbers})


def load(folder=FOLDER):
    """All results of all families, in the order of the files' names."""
    results = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise Mistake(f"{path}: {error}") from None
        columns = content.get("columns", {})
        results += [result_of(path.stem, given, f"{path.name}: results[{i}]", columns) for i, given in enumerate(content["results"])]
    names = [result.name for result in results]
    for name in names:
        if names.count(name) > 1:
            raise Mistake(f"two results are called {name}")
    for result in results:
        for need in result.needs:
            if need not in names:
                raise Mistake(f"{result.name}: needs: there is no result {need}")
    return results


def with_needs(chosen, results):
    """Each after those that it needs."""
    named, ordered = {result.name: result for result in results}, {}

    def add(result):
        for need in result.needs:
            add(named[need])
        ordered[result.name] = result

    for result in chosen:
        add(result)
    return list(ordered.values())


def choose(names, level, folder=FOLDER):
    """The results of these names or families that run at this level."""
    results = load(folder)
    known = {result.name for result in results} | {result.family for result in results} | {"all"}
    for name in names:
        if name not in known:
            raise Mistake(f"there is no result or family {name}; expected all, or one of {', '.join(sorted(known - {'all'}))}")
    chosen = [r for r in results if "all" in names or r.name in names or r.family in names]
    due = [result for result in chosen if level != "day" or result.hours <= 1]
    if not due:
        raise Mistake(f"{', '.join(names)}: nothing that takes up to an hour; expected --level full")
    return with_needs(due, results)
