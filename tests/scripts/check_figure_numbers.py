#!/usr/bin/env python3
"""Numbers that the figures work out themselves, against closed forms: check_figure_numbers.py SOURCE_DIR."""
import sys
from pathlib import Path
from types import SimpleNamespace

sys.path[:0] = [str(Path(sys.argv[1]) / "scripts/plot")]

from panels import compare_demixed, compare_dynamics, ctd_data_trials as trials  # noqa: E402
import numpy as np  # noqa: E402


def flow():
    """A turn by a tenth of a right angle and a shrinkage of a tenth at each step: the mean step of a cell is that of its centre."""
    turn = 0.9 * np.array([[np.cos(0.157), -np.sin(0.157)], [np.sin(0.157), np.cos(0.157)]])
    start = np.random.default_rng(0).uniform(-1, 1, (20000, 2))
    courses = np.stack([start, start @ turn.T], axis=1)
    low, high = np.array([-1.0, -1.0]), np.array([1.0, 1.0])
    centres, mean = compare_dynamics.mean_steps(courses, low, high)
    assert len(centres) == compare_dynamics.CELLS**2
    assert np.abs(mean - centres @ (turn - np.eye(2)).T).max() < 0.01  # 100 points a cell, which is 0.14 wide
    courses[:, 1] = np.nan  # the padding behind a trial
    assert len(compare_dynamics.mean_steps(courses, low, high)[0]) == 0


def pairs():
    own, other = np.array([1.0, 0.5 + 0.5j, 0.5 - 0.5j]), np.array([0.52 - 0.5j, 0.9, 0.5 + 0.45j, 0.1])
    assert sorted(compare_dynamics.paired(own, other)) == [(0, 1), (1, 2), (2, 0)]


def bits():
    """The example of docs/models/ctd_data.md, which is of single precision: two trials, three steps, two neurons."""
    rates = np.exp(np.array([[(.1, -.2), (.3, 0), (-.5, .4)], [(0, .2), (.6, -.1), (.2, .2)]]))
    spikes = np.array([[(1, 0), (2, 1), (0, 3)], [(0, 1), (4, 0), (1, 1)]], dtype=float)
    assert abs(trials.bits_per_spike(spikes, rates) - 0.292172845) < 5e-8
    assert abs(trials.bits_per_spike(spikes[..., 1:], rates[..., 1:]) - 0.226455405) < 5e-8


def maps():
    """An affine map is found again; a constant course stays what it is when smoothed."""
    values = np.random.default_rng(1).normal(size=(4, 30, 3))
    wanted = values @ np.array([[1.0, 2], [0, -1], [3, 0]]) + np.array([0.5, -2])
    assert np.abs(trials.affine(values, wanted)(values[2]) - wanted[2]).max() < 1e-12
    assert trials.explained(wanted, trials.affine(values, wanted)(values)) > 1 - 1e-12
    assert np.abs(trials.smooth(np.full((40, 2), 3.0)) - 3).max() < 1e-12


def pushes():
    import ctd_task
    force, hand = np.zeros((2, 100, 2)), np.zeros((2, 100, 2))
    force[0, 30:40] = (3, 4)  # at rest; the second trial's comes after the cue
    force[1, 60:70] = (1, 0)
    hand[0, 30:] = 0.01 * np.arange(70)[:, None] * (0.6, 0.8)
    made = {"inputs_to_env": force, "extra": np.array([[10, 80], [10, 50]]), "noisy/controlled": hand, "noisy/actions": np.ones((2, 100, 6)),
            "noisy/latents": hand}
    found = type("Made", (SimpleNamespace,), {"__getitem__": lambda self, name: made[name]})(n=2)
    rows = ctd_task.around_push(found)
    push, along = rows["push (N)"], rows["hand along it (cm)"]
    assert push.shape == (1, 50) and push[0, 9] == 0 and abs(push[0, 10] - 5) < 1e-12 and abs(push[0, 20]) < 1e-12
    assert abs(along[0, 10]) < 1e-12 and abs(along[0, 49] - 39) < 1e-9 and np.all(rows["change of commands"] == 0)


def rows_without_components():
    """Their names stand where the first part has no components, and its panel no axis."""
    made = {"/dpca": None, "/models/name": ["reference"], "/dpca/condition/trial": np.arange(3.0), "/dpca/reference/rates/part": ["trial", "time"],
            "/dpca/reference/rates/variance_ratio": np.array([0.0, 1.0]), "/dpca/reference/rates/time/projected": np.zeros((3, 4, 1)),
            "/dpca/reference/rates/time/variance_ratio": np.ones(1)}
    drawn = []
    compare_demixed.save = lambda figure, *_: drawn.append(figure)
    results = type("Made", (dict,), {"title": "made"})(made)
    compare_demixed.dpca(results, 2)
    first = drawn[0].axes[0]
    assert not first.axison and [text.get_text() for text in first.texts if text.get_visible()] == ["reference\nrates"]


flow()
pairs()
rows_without_components()
bits()
maps()
pushes()
