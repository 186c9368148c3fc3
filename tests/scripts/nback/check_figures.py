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


def with_images(source, binary, out):
    """A run whose image network can be looked into."""
    subprocess.run([binary, "train", "--config", source / "configs/nback/smoke.yaml", "--out", f"{out}/images", "--quiet",
                    "stimuli.source=grammar", "stimuli.identities=2", "stimuli.train_identity_ratio=0.5", "backbone.arch=mobilenet_v2",
                    "backbone.weights=random", "num_train=32", "num_val=8", "epochs=1", "milestones=[]"], check=True)
    subprocess.run([binary, "analyze", f"{out}/images/nback_smoke", "--only", "layers"], check=True, capture_output=True)
    return Path(out, "images/nback_smoke")


def labels(figure):
    return {axes.get_xlabel() for axes in figure.axes}


def main(source, binary):
    sys.path[:0] = [str(source / "scripts/plot"), str(source / "tests/scripts/figures")]
    import style
    from figure_problems import watch
    found, seen = [], {}
    watch(lambda title, problem: found.append(f"{title}: {problem}"))
    save_in = style.save_in

    def noted(folder, figure, name):
        seen.setdefault(name, set()).update(labels(figure))
        save_in(folder, figure, name)

    style.save_in = noted
    import nback  # takes save_in by its name
    with tempfile.TemporaryDirectory() as out:
        runs = [run / "results.h5" for run in train_and_analyze(source, binary, out, (1, 2))]
        drawn = [nback.draw(run) for run in runs]
        nback.pages(drawn[:1], drawn[0].path.parent, drawn[0].title)
        nback.draw_together(drawn)
        images = style.Results(with_images(source, binary, out) / "results.h5")
        nback.pages([images], images.path.parent, images.title)
    assert set(seen) == {"learning", "behaviour", "sequences", "analyses", "codes", "detection", "similarity", "layers"}, sorted(seen)
    assert "n (trained: 1, 2)" in seen["analyses"], sorted(seen["analyses"])
    assert not found, "\n".join(found)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
