#!/usr/bin/env python3
"""Figures of runs of every kind: check_plots.py SOURCE_DIR TSD FAMILY...; dual_stream has a test of its own.

Of each family: the smoke run, two runs at once, one that diverged and one that hardly began, where there are such, from another
folder, and without the packages that draw. Every figure is looked at (figures/figure_problems.py): nothing is written below 6 points
or leaves the canvas, axes with numbers have names, no legend lies over a line.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FINE, DIVERGED = 0, 80  # exit codes
LINEAR = ("task=bw_only", "activation=linear", "init_in_SPS=false", "init_WPP_range=[-6,6]", "init_BPP_range=[-6,6]",
          "init_BPI_range=[0,0]", "init_WIP_range=[0,0]", "eta_IP=[1e-3]", "dataset_size=2", "epochs=4", "settling_time=1",
          "rec_per_steps=50", "rec_uP=true")  # seed 1 of 3, 1, 4 runs away


class Tried:
    def __init__(self, source, tsd, folder):
        self.source, self.tsd, self.folder = source, tsd, folder

    def run(self, *words, **options):
        return subprocess.run([str(word) for word in words], text=True, capture_output=True, **options)

    def train(self, config, out, *overrides, code=FINE):
        """The run's folder."""
        done = self.run(self.tsd, "train", "--config", self.source / "configs" / config, "--out", self.folder / out, "--quiet",
                        "--threads", "1", *overrides)
        assert done.returncode == code, (done.returncode, done.stderr)
        return next((self.folder / out).glob("*/status.json")).parent

    def plot(self, *runs, expected, code=0, says=""):
        """`expected`: names of figures in each run's folder. Returns what was said."""
        for run in runs:
            for figure in run.glob("*.png"):
                figure.unlink()
        done = self.run(self.tsd, "plot", *runs, cwd=self.folder, env={
            **os.environ, "PYTHONWARNINGS": "error::RuntimeWarning,error::UserWarning", "PYTHONPATH": str(self.source / "tests/scripts/figures")})
        assert "Traceback" not in done.stderr and (done.returncode == 0) == (code == 0), done.stderr
        assert says in done.stderr and (says or not done.stderr), done.stderr
        for run in runs:
            for name in expected:
                assert (run / f"{name}.png").stat().st_size > 2000 and (run / f"{name}.pdf").exists(), (run, name)
        return done.stderr


def reader_left(tried, run, *expected):
    """As in `tsd plot RUN | head -1`; and where standard output is full."""
    for figure in run.glob("*.png"):
        figure.unlink()
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([tried.tsd, "plot", run], stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert all((run / f"{name}.png").exists() for name in expected)
    with open("/dev/full", "w") as full:
        done = subprocess.run([tried.tsd, "plot", run], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 74 and "Traceback" not in done.stderr, (done.returncode, done.stderr)


def svg(path):
    """Width of a figure in points, and the smallest type in it."""
    text = path.read_text(encoding="utf-8")
    return float(re.search(r'<svg [^>]*width="([\d.]+)pt"', text)[1]), min(float(size) for size in re.findall(r"font(?:-size)?: (?:\w+ )*([\d.]+)px", text))


def panels(tried, run, name):
    """Of a figure, a scale of colours among them."""
    done = tried.run(tried.tsd, "plot", run, "--format", "svg")
    assert done.returncode == 0, done.stderr
    return len(re.findall(r'<g id="axes_\d+">', (run / f"{name}.svg").read_text(encoding="utf-8")))


def looks(tried, run, name):
    """Formats and styles: nothing else is written, type for a slide has at least 12 points, and what there is not is one error."""
    for figure in run.glob(f"{name}.*"):
        figure.unlink()
    def plot(*words):
        done = tried.run(tried.tsd, "plot", run, *words)
        return done.returncode, done.stderr
    assert plot("--format", "svg") == (0, "")
    assert {file.suffix for file in run.glob(f"{name}.*")} == {".svg"}
    paper = svg(run / f"{name}.svg")
    assert plot("--style", "talk", "--format", "svg,pdf") == (0, "")
    assert {file.suffix for file in run.glob(f"{name}.*")} == {".svg", ".pdf"}
    talk = svg(run / f"{name}.svg")
    assert abs(talk[0] / paper[0] - 1.75) < 0.01 and paper[1] >= 6 and talk[1] >= 12, (paper, talk)
    for words in (("--format", "gif"), ("--style", "poster")):
        code, said = plot(*words)
        assert code == 64 and said.count("\n") == 1 and said.startswith(f"error: {words[0]}: {words[1]} not in"), (code, said)


def microcircuit(tried):
    smoke = [tried.train("microcircuit/smoke.yaml", out, f"random_seed=[{seed}]") for out, seed in (("a", 1), ("b", 2))]
    done = tried.run(tried.tsd, "analyze", smoke[0])
    assert done.returncode == 0, done.stderr
    tried.plot(smoke[0], expected=["angles", "angles_seeds", "weights", "activity", "error", "updates"])
    tried.plot(*smoke, expected=["angles", "angles_seeds", "weights", "activity", "error"])
    seeds = "random_seed=[1,3,4]"
    stopped = tried.train("microcircuit/fig4ab_fa.yaml", "stopped", seeds, *LINEAR, code=DIVERGED)
    dropped = tried.train("microcircuit/fig4ab_fa.yaml", "dropped", seeds, *LINEAR, "on_divergence=drop")
    tried.plot(stopped, dropped, expected=["angles", "angles_seeds", "weights", "activity"])
    alone = tried.train("microcircuit/fig4ab_fa.yaml", "alone", "random_seed=[1]", *LINEAR, code=DIVERGED)
    tried.plot(alone, expected=["angles", "weights"])
    one = tried.train("microcircuit/smoke.yaml", "one", "epochs=1", "rec_per_steps=250")  # 100 steps of settling, 400 of training
    tried.plot(one, expected=["angles", "weights"])
    none = tried.train("microcircuit/smoke.yaml", "none", "epochs=1", "rec_per_steps=1000")
    tried.plot(none, smoke[1], expected=[], code=1, says="no record after settling, so nothing to draw")
    assert (smoke[1] / "angles.png").exists()
    rule = tried.train("microcircuit/smoke.yaml", "rule", "model_type=FA")
    tried.plot(smoke[0], rule, expected=["angles"])
    assert (tried.folder / "rules.png").exists()
    flat = tried.train("microcircuit/smoke.yaml", "flat", "model_type=FA", "layers=[2,4,2]", "eta_fw=[2,0.5]", "eta_bw=[20]", "eta_IP=[10]",
                       "eta_PI=[0.5]", "alpha=[1e-5]", "noise_scale=[0.05]")
    tried.plot(smoke[0], flat, expected=["angles"], code=1, says="rules: runs of different layers")


def plastic(tried):
    smoke = [tried.train("plastic/smoke.yaml", out, f"seed={seed}") for out, seed in (("a", 1), ("b", 5))]
    done = tried.run(tried.tsd, "analyze", smoke[0])
    assert done.returncode == 0, done.stderr
    tried.plot(smoke[0], expected=["learning", "staircase", "matrices", "spectra", "generalisation", "activity", "output"])
    reader_left(tried, smoke[0], "learning", "staircase", "spectra")
    one = tried.train("plastic/smoke.yaml", "one", "max_total_iterations=1")
    rnn = tried.train("plastic/smoke.yaml", "rnn", "network_type=RNN", "n_runs=1")
    tried.plot(*smoke, one, rnn, expected=["learning", "staircase"])
    elsewhere(tried, smoke, ["learning", "staircase"], ["R_curves", "capacity"])
    elsewhere(tried, smoke[:1], ["learning", "staircase"], [])
    for name in ("R_curves", "capacity"):
        assert (tried.folder / f"{name}.png").exists()
    wild = tried.train("plastic/smoke.yaml", "wild", "lr=1e38", code=DIVERGED)
    tried.plot(wild, expected=["learning", "staircase", "matrices"])


def layered(tried):
    smoke = [tried.train("layered/smoke.yaml", out, f"seed={seed}") for out, seed in (("a", 1), ("b", 2))]
    tried.plot(smoke[0], expected=["learning"])
    images = [tried.train("layered.yaml", rule, f"rule={rule}", "epochs=1", "data.bars.train=64") for rule in ("BP", "PAL")]
    tried.plot(*images, expected=["learning", "example", "latents"])
    assert (tried.folder / "rules.png").exists()
    flat = tried.train("layered.yaml", "flat", "epochs=1", "data.bars.train=64", "layers=[dense,dense]", "units=[2,64]", "activation=[tanh,linear]",
                       "pal={bw_lr_factors: [0,1], sigma: [0.05,0]}")
    tried.plot(images[1], flat, expected=["learning"], code=1, says="rules: runs of different layers")
    nothing_to_draw(tried, "layered/smoke.yaml", "lr=1e30")


def elsewhere(tried, runs, own, together):
    """With --out nothing is written into or beside the runs: `own` lie in a folder of each run's name, `together` over them."""
    before = sorted(tried.folder.rglob("*"))
    out = tried.folder / "elsewhere"
    done = tried.run(tried.tsd, "plot", *runs, "--out", out, "--format", "png")
    assert done.returncode == 0 and not done.stderr, done.stderr
    common = Path(os.path.commonpath(runs))
    places = [out / run.relative_to(common) for run in runs]
    assert all((place / f"{name}.png").exists() for place in places for name in own) and all((out / f"{name}.png").exists() for name in together)
    assert sorted(path for path in tried.folder.rglob("*") if out not in path.parents and path != out) == before
    shutil.rmtree(out)


def nothing_to_draw(tried, config, *overrides):
    """A run that diverged at once has no results: a line says so, and the others are drawn."""
    wild = tried.train(config, "wild", *overrides, code=DIVERGED)
    tried.plot(wild, expected=[], code=1, says="results.h5: no such file; the run is diverged")
    return wild


def nback(tried):
    nothing_to_draw(tried, "nback/smoke.yaml", "lr=1e30", "grad_clip=0")
    late = tried.train("nback/smoke.yaml", "late", "lr=1e3")  # saturated, not diverged: the loss is huge
    tried.plot(late, expected=["learning", "behaviour"])
    smoke = [tried.train("nback/smoke.yaml", out, f"seed={seed}") for out, seed in (("a", 1), ("b", 2))]
    tried.plot(smoke[0], expected=["learning", "behaviour"])
    tried.plot(*smoke, expected=["learning", "behaviour"])


def ctd_task(tried):
    nothing_to_draw(tried, "ctd_task/smoke.yaml", "train.learning_rate=1e30")
    smoke = [tried.train("ctd_task/smoke.yaml", out, f"seed={seed}") for out, seed in (("a", 1), ("b", 2))]
    tried.plot(*smoke, expected=["learning", "courses", "latents"])
    looks(tried, smoke[0], "courses")
    none = tried.train("ctd_task/smoke.yaml", "none", "train.epochs=0")
    tried.plot(none, expected=[])


def ctd_data(tried):
    nothing_to_draw(tried, "ctd_data/smoke.yaml", "train.lr=1e30")
    home = tried.folder / "home"
    home.mkdir()
    recording = tried.source / "configs/ctd_data/smoke_recording.h5"
    shutil.copy(recording, home / "recording.h5")
    text = (tried.source / "configs/ctd_data/smoke.yaml").read_text().replace("smoke_recording.h5", "recording.h5")
    (home / "own.yaml").write_text(text)
    for out in ("runs", "more"):
        done = tried.run(tried.tsd, "train", "--config", "own.yaml", "--out", out, "--quiet", cwd=home)
        assert done.returncode == 0, done.stderr
    runs = [home / "runs/own", home / "more/own"]
    tried.plot(*runs, expected=["learning", "rates", "scree", "latents", "single_trials"])  # from another folder, with the true rates
    (home / "recording.h5").write_bytes(recording.read_bytes() + b" ")
    said = tried.plot(*runs, expected=["rates"], says="nothing of its recording is drawn")
    assert said.count("\n") == 2, said


def compare(tried):
    smoke = [tried.train("compare/smoke.yaml", out) for out in ("a", "b")]
    tried.plot(*smoke, expected=["scores", "fixed_points", "flow", "eigenvalues", "dsa", "dsa_sweep", "scree", "trajectories"])
    reference = tried.train("compare/smoke.yaml", "none", "models.files=[]")
    tried.plot(reference, expected=["scree"])
    turning = tried.train("compare/smoke.yaml", "turning", "parts=[jpca,dpca]")
    tried.plot(turning, expected=["jpca", "dpca"])
    reaches = tried.train("ctd/smoke_randomtarget.yaml", "reaching")
    done = tried.run(tried.tsd, "analyze", reaches)
    assert done.returncode == 0, done.stderr
    rests = tried.train("compare/at_rest.yaml", "resting", f"reference.recording={reaches}/recording.h5", f"reference.task_model={reaches}",
                        "fixed_points.n_inits=16")
    tried.plot(rests, expected=["fixed_points", "hands"])


def sweep(tried):
    def trained(name, words):
        config = tried.folder / f"{name}.yaml"
        config.write_text(f"family: dual_stream\nextends: {tried.source}/configs/dual_stream/smoke_shj.yaml\nsweep:\n{words}\n")
        done = tried.run(tried.tsd, "train", "--config", config, "--out", tried.folder, "--quiet", "--threads", "1")
        assert done.returncode == 0, done.stderr
        return tried.folder / name
    grid = trained("grid", "  grid: {fast_config.lr_clustering: [0.01, 0.1, 1], slow_config.n_units: [4, 9], seed: [1, 2]}")
    drawn = trained("drawn", "  random: {n: 14, space: {slow_config.lr: {log_uniform: [0.01, 1]}, fast_config.lr_clustering: {uniform: [0, 1]}, "
                    "slow_config.n_units: {integer: [2, 9]}}}")
    one = trained("one", "  list: [{slow_config.lr: 0.1}, {slow_config.lr: 1}]")
    tried.plot(grid, drawn, one, expected=["sweep_maps", "sweep_parallel"])
    elsewhere(tried, [grid, one], ["sweep_maps"], [])
    assert (grid / "sweep.h5").exists()
    (grid / "sweep.h5").unlink()
    elsewhere(tried, [grid], ["sweep_maps"], [])  # sweep.h5, too
    tried.plot(grid, expected=["sweep_maps"])
    together = trained("together", "  list: [" + ", ".join(f"{{fast_config.lr_clustering: {lr}, slow_config.n_units: {n}, seed: {seed}}}"
                       for lr, n in ((0.1, 4), (0.01, 9), (1, 6)) for seed in (1, 2)) + "]")
    rates = trained("rates", "  grid: {slow_config.lr: [0.0101, 0.0202, 0.0303, 0.0404, 0.0505, 0.0606, 0.0707, 0.0808, 0.0909], "
                    "fast_config.lr_clustering: [0.1, 1], slow_config.n_units: [4, 9]}")
    tried.plot(together, rates, expected=["sweep_maps"])  # numbers of narrow cells are not written over each other
    assert [panels(tried, run, "sweep_maps") for run in (grid, drawn, one, together, rates)] == [1, 4, 1, 1, 4]  # keys that go together are one
    seeds = trained("seeds", "  grid: {seed: [1, 2]}")
    tried.plot(seeds, grid, expected=[], code=1, says="its runs differ in nothing but seeds")
    empty = tried.folder / "empty"
    empty.mkdir()
    tried.plot(empty, grid, expected=[], code=1, says="empty: not a run directory")
    (grid / "0/status.json").touch()
    tried.plot(grid, expected=["sweep_maps"], says="runs have gone on since; tsd collect makes it anew")


def without_packages(source, family):
    done = subprocess.run([sys.executable, "-S", source / "scripts/plot" / f"{family}.py", "results.h5"], text=True, capture_output=True)
    line = f"tsd plot: h5py is missing; install it with: {sys.executable} -m pip install h5py matplotlib\n"
    assert done.returncode == 1 and done.stderr == line, done.stderr


if __name__ == "__main__":
    here = {check.__name__: check for check in (microcircuit, layered, plastic, nback, ctd_task, ctd_data, compare, sweep)}
    for family in sys.argv[3:] or here:
        without_packages(Path(sys.argv[1]), family)
        with tempfile.TemporaryDirectory() as scratch:
            here[family](Tried(Path(sys.argv[1]).resolve(), sys.argv[2], Path(scratch)))
        print(f"figures of {family}")
