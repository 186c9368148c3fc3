#!/usr/bin/env python3
"""The published grids seen whole: dual_stream_grids.py FOLDER, that of a sweep (results/dl_dnn, results/dlMU_dnn).

A table for each value of slow_config.lr: last error of the fast stream, of the slow one and of the sum, and the area under
the sum's curve in brackets, over lr_nn (rows) and attn_weighting (columns). The same as heat maps in FOLDER/grid.png and .pdf.
"""
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "plot"))
from style import heat_map, h5py, np, plt, save_in  # noqa: E402  (its folder is put on the path first)

ROWS, COLUMNS, TABLES = "lr_nn", "attn_weighting", "lr"
SHOWN = ("fast", "slow", "total")


def number(text, key):
    """The value of a key of the fast or slow stream in a resolved config; None where it is null."""
    found = re.search(rf"^\s+{key}: *([-+.\deE]+)\s*$", text, re.M)
    return float(found.group(1)) if found else None


def read(folder):
    """{(lr, lr_nn, attn_weighting): (last errors, area)}, of runs on the two Gaussians."""
    cells = {}
    for file in sorted(folder.glob("*/results.h5"), key=lambda file: int(file.parent.name) if file.parent.name.isdigit() else 0):
        with h5py.File(file) as results:
            if "new_stimuli" not in results:
                continue
            config = results["/provenance/config_yaml"][()].decode()
            slow = config[config.index("slow_config:"):]
            place = number(slow, TABLES), number(config, ROWS), number(config, COLUMNS)
            curves = [results[f"/new_stimuli/lc_{stream}"][()] for stream in SHOWN]
            standard = number(slow, "n_units") == 25 and len(curves[0]) > 1
            if None not in place and standard:
                cells.setdefault(place, ([curve[-1] for curve in curves], np.trapezoid(curves[2])))
    return cells


def grids(cells):
    """By slow_config.lr: rows, columns and cells, of those that have more than one row and column."""
    by = defaultdict(dict)
    for (lr, row, column), cell in cells.items():
        by[lr][row, column] = cell
    for lr in sorted(by):
        # What stands alone in its row and column is no part of the grid.
        often = [Counter(place[i] for place in by[lr]) for i in (0, 1)]
        rows, columns = (sorted(value for value, count in of.items() if count > 1) for of in often)
        if len(rows) > 1 and len(columns) > 1:
            yield lr, rows, columns, by[lr]


def table(lr, rows, columns, cells):
    yield f"slow_config.lr {lr:g}\n"
    yield f"| {ROWS} | " + " | ".join(f"{column:g}" for column in columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    for row in rows:
        text = []
        for column in columns:
            last, area = cells.get((row, column), ([np.nan] * 3, np.nan))
            text.append("/".join(f"{value:.3f}" for value in last) + f" ({area:.1f})")
        yield f"| {row:g} | " + " | ".join(text) + " |"
    yield ""


def draw(folder, all_grids):
    figure, axes = plt.subplots(len(all_grids), len(SHOWN), figsize=(2.5 * len(SHOWN) + 0.4, 1.95 * len(all_grids) + 0.4), squeeze=False,
                                sharex=True, sharey=True)
    for line, (lr, rows, columns, cells) in zip(axes, all_grids):
        for place, (panel, stream) in enumerate(zip(line, SHOWN)):
            values = np.array([[cells.get((row, column), ([np.nan] * 3,))[0][place] for column in columns] for row in rows])
            heat_map(panel, values, limits=(0, 0.5))
            panel.set_xticks(range(len(columns)), [f"{column:g}" for column in columns])
            panel.set_yticks(range(len(rows)), [f"{row:g}" for row in rows])
            if lr == all_grids[0][0]:
                panel.set_title({"total": "both"}.get(stream, stream))
        line[0].set_ylabel(f"slow_config.lr {lr:g}\n{ROWS}")
    for panel in axes[-1]:
        panel.set_xlabel(COLUMNS)
    figure.suptitle(f"{folder.name}: error in the last epoch", x=0.01, ha="left", fontsize=9)
    save_in(folder, figure, "grid")


def main():
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    found = list(grids(read(folder)))
    if not found:
        sys.exit(f"{folder}: expected runs over {ROWS} and {COLUMNS} with slow_config.n_units 25, got none")
    for grid in found:
        print("\n".join(table(*grid)))
    draw(folder, found)


if __name__ == "__main__":
    main()
