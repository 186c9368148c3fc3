#!/usr/bin/env python3
"""Table 1 and the capacity law from results with known numbers: check_tables.py SOURCE_DIR."""
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np


def write(folder, name, seeds, mastered, parameters, synapses, kept=()):
    """Runs of 1000 iterations per interval; the interval after the last mastered one is under way for 500."""
    folder.mkdir(parents=True)
    with h5py.File(folder / "results.h5", "w") as file:
        for seed, R in zip(seeds, mastered):
            stages = file.create_group(f"/runs/{seed}/stages")
            stages["R"] = np.arange(1, R + 2)
            stages["iter_first"] = 1000 * np.arange(R + 1)
            stages["iterations"] = [1000] * R + [500]
            stages["mastered"] = [1] * R + [0]
        summary = file.create_group("summary")
        summary.attrs["reference_name"] = name
        summary["seed"], summary["total_iterations"], summary["max_R_mastered"] = seeds, [1000 * R + 500 for R in mastered], mastered
        summary["n_parameters"], summary["n_plastic_synapses"] = parameters, synapses
    with h5py.File(folder / "generalisation.h5", "w") as file:
        for seed, R in zip(seeds, mastered):
            group = file.create_group(f"/runs/{seed}/confirmation")
            group["R"] = np.arange(1, R + 1)
            group["accuracy"] = 0.9 + 0.01 * np.arange(R)
            group["confirmed"] = [int(k in kept) for k in range(1, R + 1)]


def run(script, *words):
    done = subprocess.run([sys.executable, script, *map(str, words)], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def table(source, folder):
    write(folder / "table1/5", "Memo-M_A-in25-hid50_50-eta-1_1-fr-4-var0.1", [0, 1], [5, 7], 7653, 3750, kept=(1, 2))
    script = source / "scripts/reference/agreement/plastic_table1.py"
    row = next(line for line in run(script, folder / "table1").splitlines() if line.startswith("| Memo MA 50-50"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    # after 5500 iterations, as many as the shorter one has: seed 1 had mastered five, too; by then the report's had three
    assert cells == ["Memo MA 50-50", "2", "6", "5", "2", "0.940", "3", "14 / 13"], cells
    row = next(line for line in run(script, folder / "table1", "--iterations", 7500).splitlines() if line.startswith("| Memo MA 50-50"))
    assert row.split("|")[2:5] == [" 1 ", " 8 ", " 7 "], row  # the longer one alone


def capacity(source, folder):
    """R = synapses / 250, an exponent of 1; and R of LSTMs that does not grow."""
    for n in (10, 20, 40):
        for seed in range(3):
            name = f"Memo-M-in25-hid{n}-eta-1-fr-4-var0.1"
            write(folder / f"capacity/{n}-{seed}", name, [seed], [n // 10], 52 * n + 2, 25 * n)
            write(folder / f"capacity/lstm{n}-{seed}", f"LSTM-in25-hid{n}-fr-4-var0.1", [seed], [1], 4 * n * n, 0)
    script = source / "scripts/reference/agreement/plastic_capacity.py"
    lines = run(script, folder / "capacity", "--iterations", 1500, "--out", folder / "figures").splitlines()
    assert any(line.startswith("| Memo M 20 | 1042 | 500 | 3 | 1 |") for line in lines), lines
    # seeds of 4500 iterations alone reach so far, and two kinds of two sizes have no slope
    lines = run(script, folder / "capacity", "--out", folder / "figures").splitlines()
    assert "| LSTM | parameters 400 to 6400 | 3 | 0.00 [0.00, 0.00] | 0.00 [0.00, 0.00] |" in [line.replace("-0.00", "0.00") for line in lines], lines
    assert (folder / "figures/capacity_law.png").stat().st_size > 0
    for results in folder.rglob("results.h5"):  # as if all had been trained longer
        with h5py.File(results, "a") as file:
            file["summary/total_iterations"][...] = 10000
    lines = run(script, folder / "capacity", "--out", folder / "figures").splitlines()
    assert "| Memo M | synapses 250 to 1000 | 3 | 1.50 [1.50, 1.50] | 1.00 [1.00, 1.00] |" in lines, lines


def main(source):
    for check in (table, capacity):
        with tempfile.TemporaryDirectory() as folder:
            check(source, Path(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
