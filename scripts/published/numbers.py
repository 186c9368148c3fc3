"""Numbers of finished runs beside the published ones."""
from dataclasses import dataclass
from fnmatch import fnmatchcase

import h5py
import numpy as np

from published.manifest import TAKES, Mistake, Number


@dataclass
class Comparison:
    number: Number
    value: float = None  # mean over runs; None: none is finished
    deviation: float = None
    runs: int = 0

    @property
    def holds(self):
        return self.value is None or self.number.holds(self.value)  # never true of NaN

    def measured(self):
        if self.value is None:
            return "not run"
        return self.number.text(self.value) + (f" ± {self.deviation:.2g} ({self.runs})" if self.runs > 1 else "")

    def text(self, judged):
        if not judged:
            return f"{self.number.what}: {self.measured()}"
        word = "published" if self.number.is_published else "expected"
        verdict = "" if self.value is None else f"  as {word}" if self.holds else f"  NOT as {word}"
        return f"{self.number.what}: {self.measured()}, {word} {self.number.expected()}{verdict}"


def datasets(file, pattern):
    """The datasets whose path is the pattern's, where * stands for one name."""
    if "*" not in pattern:
        return [file[pattern][()]] if pattern in file else []
    depth, found = pattern.count("/"), []
    file.visititems(lambda name, item: found.append(item[()]) if isinstance(item, h5py.Dataset) and name.count("/") + 1 == depth
                    and fnmatchcase("/" + name, pattern) else None)
    return found


def one_number(values, number, path):
    try:
        chosen = np.asarray(values[number.element])
    except IndexError:  # an epoch or an interval that the run did not come to
        return np.nan
    if number.take:
        return float(TAKES[number.take](chosen))
    if chosen.size != 1:
        raise Mistake(f"{path}: {number.dataset}: {number.what}: expected one number, got {chosen.size}; say which, or take: mean")
    return float(chosen.reshape(()))


def values_of(number, path):
    """One per dataset of that file that the number's path names; none where there is no such file."""
    if not path.exists():
        return []
    try:
        with h5py.File(path) as file:
            found = datasets(file, number.dataset)
    except OSError as error:
        raise Mistake(f"{path}: {error}") from None
    if not found:
        raise Mistake(f"{path}: there is no dataset {number.dataset}, which is to show: {number.what}")
    return [one_number(values, number, path) for values in found]


def compare(result, state):
    for number in result.numbers:
        chosen = [i for i, done in state.done.items() if done == 1 and (number.indices is None or i in number.indices)]
        values = [value for index in chosen for value in values_of(number, state.file(index, number.file))]
        if values:
            yield Comparison(number, float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else None, len(values))
        else:
            yield Comparison(number)
