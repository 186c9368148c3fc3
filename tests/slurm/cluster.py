"""A SLURM of this machine alone: munged, slurmctld and the slurmds of two nodes on loopback, from Debian's packages slurm-wlm and
munge, with everything they write in one folder."""
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel")
NODES = ("a", "b")
PATIENCE = 900  # s; what takes longer hangs
# Waits are short, so that node failure and requeue take seconds; processors are more than there are, since the runs sleep.
CONFIG = """
ClusterName=loop
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool_%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd_%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd_%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SlurmdTimeout=10
KillWait=10
MpiDefault=none
SchedulerParameters=sched_interval=2,batch_sched_delay=0,sched_min_interval=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=a NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[1]} CPUs={processors}
NodeName=b NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[2]} CPUs={processors}
PartitionName=main Nodes=a,b Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=a,b MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
"""


def missing():
    """Why there can be no cluster here, or nothing. Root on Debian gets the packages."""
    os.environ["PATH"] += ":/usr/sbin"
    lacking = [name for name in PROGRAMS if not shutil.which(name)]
    if lacking and os.getuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "slurm-wlm", "munge"], capture_output=True,
                       env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=False)
        lacking = [name for name in PROGRAMS if not shutil.which(name)]
    return f"no {', '.join(lacking)} here (apt-get install slurm-wlm munge)" if lacking else None


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def until(holds, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.2)


def said(*words, **options):
    done = subprocess.run([str(word) for word in words], text=True, capture_output=True, check=False, **options)
    assert done.returncode == 0, f"{words}: exit code {done.returncode}: {done.stderr}{done.stdout}"
    return done.stdout


def children_of(process):
    """The process and all that descend from it, in a table of the moment."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [process]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def kill(processes):
    for process in processes:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Cluster:
    def __init__(self, folder, processors=60):
        self.folder, self.daemons = Path(folder), {}
        for name in ("state", *(f"spool_{node}" for node in NODES)):
            (self.folder / name).mkdir()
        (self.folder / "slurm.conf").write_text(CONFIG.format(folder=folder, user=getpass.getuser(), ports=free_ports(3),
                                                              processors=processors))
        os.environ["SLURM_CONF"] = str(self.folder / "slurm.conf")

    def __enter__(self):
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        self.start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={self.folder}/munge.socket",
                   f"--pid-file={self.folder}/munged.pid", f"--log-file={self.folder}/munged.log",
                   f"--seed-file={self.folder}/munged.seed")
        until((self.folder / "munge.socket").exists, "munged", 20)
        self.start("slurmctld", "-D")
        for node in NODES:
            self.start_node(node)
        until(lambda: self.states().count("idle") == len(NODES), "the nodes", 60)
        return self

    def __exit__(self, *_):
        for name in [name for name in self.daemons if name.startswith("slurmd_")]:
            self.kill_node(name.removeprefix("slurmd_"), with_tasks=True)
        for daemon in reversed(self.daemons.values()):
            daemon.terminate()
            daemon.wait()

    def start(self, program, *words, name=None):
        log = open(self.folder / f"{name or program}.out", "ab")
        self.daemons[name or program] = subprocess.Popen([program, *words], stdout=log, stderr=log, start_new_session=True)

    def start_node(self, node):
        self.start("slurmd", "-D", "-N", node, name=f"slurmd_{node}")

    def revive(self, node):
        """As who runs a cluster does it: slurmd ends what is left of its tasks, then SLURM may use the node again."""
        self.start_node(node)
        until(lambda: not self.steps(node), "slurmd to end what is left", 120)
        time.sleep(3)
        said("scontrol", "update", f"nodename={node}", "state=resume")

    def kill_node(self, node, with_tasks):
        """slurmd alone, or with all that runs there: then the machine is gone. Its tasks are no children of slurmd."""
        daemon = self.daemons.pop(f"slurmd_{node}")
        kill([daemon.pid])
        daemon.wait()
        if with_tasks:
            kill([one for step in self.steps(node) for one in children_of(step)])

    def steps(self, node):
        """The slurmstepds of the node: they write into its log."""
        found = []
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if command.read_bytes().startswith(b"slurmstepd:") and self.logs_to(command.parent, f"slurmd_{node}.log"):
                    found.append(int(command.parent.name))
            except OSError:
                continue
        return found

    def logs_to(self, process, name):
        return any(os.readlink(file) == str(self.folder / name) for file in (process / "fd").iterdir())

    def states(self):
        return said("sinfo", "--noheader", "--Node", "--format=%T", "--partition=main").split()

    def queue(self, *words):
        """Name and state of each task that is not at its end."""
        return [line.split() for line in said("squeue", "--noheader", "--array", "--format=%i %T", *words).splitlines()]

    def until_empty(self, seconds=PATIENCE):
        until(lambda: not self.queue(), "the queue to be empty", seconds)

    @staticmethod
    def cancel(tasks):
        said("scancel", *tasks)
