#!/usr/bin/env python3
"""The findings page from analyses with known numbers: check_findings.py SOURCE_DIR."""
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

TASKS, STEPS = ("location", "identity", "category"), 6
CONTEXTS = [f"{task} n={n}" for task in TASKS for n in (1, 2, 3)]
UPPER = np.triu(np.ones((STEPS, STEPS)), 0).astype(bool)  # (item, step) that there are


def store(folder, analysis, groups, datasets):
    with h5py.File(folder / f"{analysis}.h5", "w") as file:
        for group in groups:
            file.create_group(group).attrs["mode"] = "paper"
        for path, values in datasets.items():
            file[path] = values
        return file


def by_item(own, others):
    """[context, item, step]: own at the item's step, others later, NaN before."""
    table = np.full((STEPS, STEPS), np.nan)
    table[UPPER] = others
    np.fill_diagonal(table, own)
    return np.stack([table] * len(CONTEXTS))


def write(folder, cell, seed, carried, spread, lowest=1.0):
    """A run whose decoders keep `carried` in other tasks and whose O differs by `spread`."""
    folder.mkdir(parents=True)
    accuracy = np.full((3, 3, 5), 0.9)
    accuracy[0], accuracy[0, 0, 2], accuracy[:, :, 3:] = 1, lowest, 0.5  # n = 4 and 5 were never trained
    config = f"num_train: 3200\nbatch_size: 32\nepochs: 20\nhidden_size: 64\nrnn_type: {cell}\nseed: {seed}\nn_values: [1, 2, 3]\n"
    store(folder, "behaviour", ["behaviour"], {
        "provenance/config_yaml": config, "behaviour/sets": ["train", "novel_angle", "novel_identity"], "behaviour/n": [1, 2, 3, 4, 5],
        "behaviour/accuracy": accuracy})
    store(folder, "task_relevance", ["task_relevance"], {
        "task_relevance/tasks": TASKS, "task_relevance/properties": TASKS, "task_relevance/accuracy": np.full((3, 3), 0.95) + 0.05 * np.eye(3)})
    same_task = np.kron(np.eye(3), np.ones((3, 3)))
    store(folder, "cross_task", ["cross_task"], {"cross_task/contexts": CONTEXTS} | {
        f"cross_task/{task}/normalised": np.where(same_task, 0.8, 0.8 * carried) for task in TASKS})
    store(folder, "orthogonalization", ["orthogonalization"], {
        "orthogonalization/encoding": np.full((9, 3), 0.7 + spread), "orthogonalization/perceptual": np.full((9, 3), 0.7)})
    store(folder, "decoding", ["memory"], {"memory/contexts": CONTEXTS} | {f"memory/{task}/normalised": by_item(0.9, 0.8) for task in TASKS})
    by_step = np.full((9, STEPS, 2), np.nan)
    by_step[:, 1:3] = 0.3, 0.4
    screen = np.full((9, STEPS, STEPS), 0.6) + 0.2 * np.eye(STEPS)
    store(folder, "temporal", ["temporal"], {"temporal/contexts": CONTEXTS} | {
        f"temporal/{task}/{name}": values for task in TASKS
        for name, values in (("item/normalised", by_item(0.9, 0.3)), ("item_by_step", by_step), ("screen/normalised", screen))})
    kinds = {"other_item": 0.7, "later_age": 0.5, "unrotated": 0.6}
    store(folder, "dynamics", ["rotation"], {"rotation/contexts": CONTEXTS} | {
        f"rotation/{task}/{kind}": by_item(np.nan, value) for task in TASKS for kind, value in kinds.items()})


def page_of(source, *words):
    done = subprocess.run([sys.executable, source / "scripts/reference/agreement/nback_findings.py", *map(str, words)], text=True,
                          capture_output=True)
    return done.stdout.splitlines(), done.stderr


def cells(lines, start):
    row = next(line for line in lines if line.startswith(f"| {start}"))
    return [cell.strip() for cell in row.strip("|").split("|")]


def numbers(source, folder):
    for cell, carried in (("rnn", 0.9), ("gru", 0.5)):
        for seed, (more, spread) in enumerate(((0.01, -0.01), (0, -0.02), (-0.01, -0.03))):
            write(folder / f"{cell}{seed}", cell, seed, carried + more, spread)
    write(folder / "lstm", "lstm", 0, 0.5, -0.02)
    write(folder / "bad", "lstm", 7, 0.5, -0.02, lowest=0.8)
    (folder / "empty").mkdir()
    lines, _ = page_of(source, *sorted(folder.iterdir()))
    assert cells(lines, "vanilla RNN") == ["vanilla RNN", "0, 1, 2", "64", "2000", "1.000", "0.900", "0.900"]
    assert any("lstm seed 7 (0.800)" in line for line in lines) and any("empty" in line for line in lines)
    # difference 0.4, SDs 0.01: t = 0.4 / (0.01 sqrt(2/3)) of 4 degrees, p = 1.04e-6; half an interval 2.776 * 0.00816
    row = cells(lines, "decoders carry over")
    assert row[1:5] == ["+", "+0.400 [+0.377, +0.423]", "3 and 3", "+40.0"] and row[5] == "< 0.0001" and row[-1] == "**as published**", row
    assert cells(lines, "and more than in LSTMs")[-1] == "not tested: too few runs"
    row = cells(lines, "values of a property")  # 7 runs: mean -0.02, SD of -1, 0, 1, -1, 0, 1, 0 hundredths
    assert row[1:5] == ["−", "−0.020 [−0.028, −0.012]", "7", "−2.4"] and row[-1] == "**as published**", row
    # t of two degrees: 2 sqrt 3, p = 1 - t / sqrt(2 + t^2), half an interval 4.303 / sqrt(3) hundredths
    assert cells(lines, "orthogonalisation, state")[1] == "−0.020 [−0.045, +0.005]"
    measured = {"irrelevant properties": "+0.100", "memory hypothesis 1": "+0.500", "realignment": "+0.100", "memory hypothesis 2": "+0.750",
                "rotation, other item less later age": "+0.200", "rotation, other item less none": "+0.100"}
    for name, value in measured.items():
        assert cells(lines, name)[3] == value, (name, cells(lines, name))


def tests(source):
    sys.path.insert(0, str(source / "scripts/reference/agreement"))
    from nback_findings_tests import holm, one_sample, verdict
    found = one_sample(np.array([-0.01, -0.02, -0.03]))
    assert abs(found.p - (1 - 2 * np.sqrt(3) / np.sqrt(14))) < 1e-6 and abs(found.d + 2) < 1e-9
    assert one_sample(np.array([1.0])) is None
    assert np.allclose(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    assert [verdict(0.1, 0.01, 1), verdict(-0.1, 0.01, 1), verdict(0.1, 0.2, 1)] == ["as published", "opposite", "undecided"]


def refused(source, folder):
    write(folder / "run", "gru", 1, 0.5, 0.0)
    with h5py.File(folder / "run/temporal.h5", "a") as file:
        file["temporal"].attrs["mode"] = "corrected"
    lines, said = page_of(source, folder / "run")
    assert not lines and "temporal.h5: made in mode corrected; expected analysis.mode paper" in said, said
    lines, said = page_of(source, folder)
    assert not lines and "not analysed yet" in said, said


if __name__ == "__main__":
    where = Path(sys.argv[1]).resolve()
    tests(where)
    for check in (numbers, refused):
        with tempfile.TemporaryDirectory() as scratch:
            check(where, Path(scratch))
