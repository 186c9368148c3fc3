#!/usr/bin/env python3
"""Figures of small N-back runs: nothing is written below 6 points, no legend lies over a line, labels are those of the config."""
import subprocess
import sys
import tempfile
from pathlib import Path

ANALYSES = ("behaviour", "task_relevance", "orthogonalization", "temporal", "procrustes", "perturbation", "efficiency", "cross_task",
            "dynamics", "gate_suppression", "similarity")


def train_and_analyze(source, binary, out, seeds):
    runs = []
    for seed in seeds:
        subprocess.run([binary, "train", "--config", source / "configs/nback/smoke.yaml", "--out", f"{out}/{seed}", "--quiet",
                        f"seed={seed}", "num_train=320", "model_type=attention", "n_values=[1,2]"], check=True)
        runs.append(Path(out, str(seed), "nback_smoke"))
        for name in ANALYSES:
            subprocess.run([binary, "analyze", runs[-1], "--only", name], check=True, capture_output=True)
    return runs


def problems(figure):
    """What is wrong with a drawn figure."""
    renderer = figure.canvas.get_renderer()
    from matplotlib.text import Text
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible() and text.get_fontsize() < 6:
            yield f"{text.get_text()!r}: {text.get_fontsize()} points"
    for axes in figure.axes:
        legend = axes.get_legend()
        if legend is None:
            continue
        box = legend.get_window_extent(renderer)
        for line in axes.get_lines():
            points = line.get_transform().transform(line.get_xydata())
            inside = [p for p in points if box.x0 < p[0] < box.x1 and box.y0 < p[1] < box.y1]
            if inside:
                yield f"{axes.get_title(loc='left')}: the legend lies over {line.get_label()!r}"


def labels(figure):
    return {axes.get_xlabel() for axes in figure.axes}


def main(source, binary):
    sys.path.insert(0, str(source / "scripts/plot"))
    import nback
    from matplotlib.figure import Figure
    found, seen, savefig = [], {}, Figure.savefig

    def checked(figure, file, *words, **more):
        savefig(figure, file, *words, **more)
        if Path(file).suffix == ".png":
            found.extend(f"{file}: {problem}" for problem in problems(figure))
            seen.setdefault(Path(file).stem, set()).update(labels(figure))

    Figure.savefig = checked
    with tempfile.TemporaryDirectory() as out:
        runs = [run / "results.h5" for run in train_and_analyze(source, binary, out, (1, 2))]
        drawn = [nback.draw(run) for run in runs]
        nback.pages(drawn[:1], drawn[0].path.parent, drawn[0].title)
        nback.draw_together(drawn)
    assert set(seen) == {"learning", "behaviour", "sequences", "analyses", "codes", "detection", "similarity"}, sorted(seen)
    assert "n (trained: 1, 2)" in seen["analyses"], sorted(seen["analyses"])
    assert not found, "\n".join(found)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
