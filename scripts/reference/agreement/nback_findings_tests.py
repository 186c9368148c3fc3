"""Tests of nback_findings.py: an effect with its interval, size in SD and p; Holm's correction; what a verdict is."""
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.05


@dataclass
class Result:
    effect: float
    low: float
    high: float
    d: float
    p: float
    n: str


def one_sample(values):
    """Mean against 0; None with fewer than two numbers."""
    if len(values) < 2:
        return None
    n, mean, sd = len(values), values.mean(), values.std(ddof=1)
    half = stats.t.ppf(1 - LEVEL / 2, n - 1) * sd / np.sqrt(n)
    with np.errstate(divide="ignore"):  # equal values
        d = mean / sd
    return Result(mean, mean - half, mean + half, d, 2 * stats.t.sf(abs(d) * np.sqrt(n), n - 1), str(n))


def between(first, second):
    """first less second, Welch's test; None with fewer than two numbers in either."""
    if min(len(first), len(second)) < 2:
        return None
    found = stats.ttest_ind(first, second, equal_var=False)
    ends = found.confidence_interval(1 - LEVEL)
    pooled = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    effect = first.mean() - second.mean()
    return Result(effect, ends.low, ends.high, effect / pooled, found.pvalue, f"{len(first)} and {len(second)}")


def holm(p):
    """Corrected for all of them, in the order given."""
    p, order = np.asarray(p, float), np.argsort(p)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1, np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p)))))
    return corrected


def verdict(effect, p, sign):
    if not p < LEVEL:  # NaN, too: no run differs from another
        return "undecided"
    return "as published" if effect * sign > 0 else "opposite"
