"""What is disturbed: a run of every family, seconds long, in which every file is written many times; and what is done with it."""
import threading
from dataclasses import dataclass
from pathlib import Path

import sameness

ALWAYS = ("run.checkpoint_every=1e-9",)  # at each step
SHORT = {
    "nback": ("num_train=320", "num_val=40", "hidden_size=8", "analysis.samples_per_task=40"),
    "microcircuit": (),
    "layered": ("epochs=1", "n_updates=2"),
    "plastic": ("max_total_iterations=24", "n_runs=1", "eval.curve_T_min=20", "eval.hebbff_T_min=30", "eval.confirm_scenes=50"),
    "ctd_task": ("data_task.n_samples=20", "n_runs=1"),
    "ctd_data": (),
    "compare": ("fixed_points.n_inits=8", "fixed_points.max_iters=60", "fixed_points.newton_steps=5", "dsa.iters=10",
                "dsa.permutations=0", "dsa.split_half=false", "dsa.sweep_ranks=[]", "dsa.sweep_delays=[]"),
    "dual_stream": ()}
FAST = ("dual_stream", "microcircuit")  # begin without LibTorch
ANALYSES = {"nback": "temporal", "microcircuit": "updates_bp", "plastic": "states", "dual_stream": "maps", "ctd_task": "recording"}


def config(lab, family):
    return lab.source / "configs" / family / "smoke.yaml"


@dataclass
class Command:
    """A command of tsd that leaves files below `out`."""
    name: str
    words: tuple  # without --out
    ready: Path | None = None  # a folder to begin with a copy of, instead of --out

    def line(self, out):
        return [*(word.format(out=out) for word in self.words), *(() if self.ready else ("--out", out))]


def train(lab, family, *more):
    return Command(f"train {family}", ("train", "--config", str(config(lab, family)), "--threads", "1", "--quiet", *SHORT[family],
                                       *ALWAYS, *more))


class Subjects:
    """Commands with what they leave undisturbed: made once, and compared with again and again."""

    def __init__(self, lab):
        self.lab, self.whole, self.known = lab, {}, {}
        self.lock = threading.RLock()  # tries may run beside each other

    def undisturbed(self, command):
        """Its folder, and the seconds it took."""
        with self.lock:
            return self.made(command)

    def made(self, command):
        if command.name not in self.whole:
            out = self.lab.scratch / "whole" / command.name.replace(" ", "_")
            self.begin(command, out)
            seconds = self.lab.run(*command.line(out), code=0).seconds
            sameness.opens(out)
            self.whole[command.name] = out, seconds
        return self.whole[command.name]

    def begin(self, command, out):
        if command.ready:
            sameness.copy(command.ready, out)
        else:
            out.mkdir(parents=True, exist_ok=True)

    def run_of(self, family):
        """The folder that holds its finished run's folder."""
        return self.undisturbed(train(self.lab, family))[0]

    def analyze(self, family):
        return Command(f"analyze {family}", ("analyze", f"{{out}}/{family}_smoke", "--only", ANALYSES[family], "--threads", "1"),
                       ready=self.run_of(family))

    def plot(self, family):
        return Command(f"plot {family}", ("plot", f"{{out}}/{family}_smoke"), ready=self.run_of(family))

    def simulate(self):
        weights = self.run_of("ctd_task") / "ctd_task_smoke/checkpoints/final.safetensors"
        return Command("ctd-simulate", ("ctd-simulate", "--config", str(config(self.lab, "ctd_task")), f"weights={weights}",
                                        *SHORT["ctd_task"]))

    def task_data(self):
        return Command("ctd-task-data", ("ctd-task-data", "--config", str(config(self.lab, "ctd_task")), *SHORT["ctd_task"]))

    def stimuli(self):
        return Command("stimuli", ("stimuli", "--config", str(config(self.lab, "nback")), "stimuli.source=grammar",
                                   "stimuli.identities=2", "backbone.weights=random", "backbone.arch=mobilenet_v2"))

    def sweep(self, family, indices, jobs, *more):
        """Seeds of a run."""
        file = self.lab.scratch / f"{family}_{indices}.yaml"
        file.write_text(f"extends: {config(self.lab, family)}\nsweep: {{blocks: [{{grid: {{seed: {list(range(1, indices + 1))}}}}}]}}\n")
        return Command(f"sweep {family}", ("train", "--config", str(file), "--jobs", str(jobs), "--threads", str(jobs), "--quiet",
                                           *SHORT[family], *ALWAYS, *more))
