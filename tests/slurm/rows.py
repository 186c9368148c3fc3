"""What the campaign does to a sweep of 100 indices on a cluster. Each row ends when nothing is left in the queue or to submit."""
import random
import time
from dataclasses import dataclass

from cluster import NODES, said, until

COUNT = 100


@dataclass(frozen=True)
class Row:
    name: str
    what: str
    seconds: float  # that a run of the toy takes
    trial: callable
    config: str = "tests/toy/toy.yaml"  # else a family's, for which `seconds` says nothing
    pack: int = 1
    threads: int = 1
    flags: tuple = ()
    interrupted: int = 0  # times that every run is, at least

    @property
    def sleeps(self):
        return self.config.startswith("tests/toy")


def undisturbed(sweep):
    sweep.submit()


def out_of_time(sweep):
    sweep.submit()


def cancelled(sweep):
    job = sweep.submit()
    chosen = random.Random(1)
    for _ in range(3):
        time.sleep(3)
        sweep.cluster.cancel(f"{job}_{task}" for task in chosen.sample(range(COUNT), 12))
    sweep.cluster.until_empty()
    assert len(sweep.unfinished()) >= 20, f"only {len(sweep.unfinished())} cancelled"
    sweep.submit()


def pending_cancelled(sweep):
    """Twice the same command at once, and a part cancelled before it began."""
    job = sweep.submit()
    assert sweep.submit() is None, "submitted what is in the queue"
    sweep.cluster.cancel([f"{job}_[60-99]"])
    sweep.submit()


def lost_daemon(sweep):
    """The tasks of the node live on, while SLURM gives them to the other one."""
    sweep.submit()
    time.sleep(8)
    sweep.cluster.kill_node(NODES[0], with_tasks=False)
    until(lambda: any(state.startswith("down") for state in sweep.cluster.states()), "SLURM to miss the node")
    time.sleep(10)
    sweep.cluster.revive(NODES[0])


def lost_node(sweep):
    sweep.submit()
    time.sleep(8)
    sweep.cluster.kill_node(NODES[0], with_tasks=True)
    until(lambda: any(state.startswith("down") for state in sweep.cluster.states()), "SLURM to miss the node")
    sweep.cluster.revive(NODES[0])


def preempted(sweep):
    sweep.submit()
    for node in NODES:
        time.sleep(8)
        said("sbatch", "--partition=urgent", f"--nodelist={node}", "--exclusive", "--output=/dev/null", "--wrap=sleep 8")


ROWS = (
    Row("array", "an index each", 5, undisturbed),
    Row("packs", "packs of 20, four runs at a time", 2, undisturbed, pack=20, threads=4),
    Row("lanes", "microcircuits, packs of 25 in lanes", 0, undisturbed, "configs/microcircuit/smoke.yaml", pack=25),
    Row("nback", "N-back networks, four at a time; 36 times scancel, then the same command", 0, cancelled, "configs/nback/smoke.yaml",
        flags=("--throttle", "4")),
    Row("time", "a time limit of a minute, which comes at least twice to each run", 135, out_of_time, flags=("--time", "1"), interrupted=2),
    Row("scancel", "36 times scancel, at three moments; then the same command", 15, cancelled),
    Row("pending", "40 cancelled before they began; the same command three times", 10, pending_cancelled, flags=("--throttle", "50")),
    Row("daemon", "slurmd of a node killed with -9: its tasks live on, while the other node gets them, too; later it comes back and ends them",
        90, lost_daemon),
    Row("node", "slurmd and all tasks of a node killed with -9; later the node comes back", 30, lost_node),
    Row("preemption", "all tasks of a node preempted by an urgent job, then those of the other", 30, preempted),
)
