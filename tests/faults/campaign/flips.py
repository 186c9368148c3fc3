"""One byte of a file changed. Many files at once, as indices of a sweep, so that a try does not cost the start of a program."""
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import runs
import sameness
from lab import Lost, Row

BUG = 70
SHORTER = {"dual_stream": ("epochs=3",), "microcircuit": ("epochs=4",), "plastic": ("max_total_iterations=6",),
           "ctd_task": ("train.epochs=1",), "ctd_data": ("train.epochs=1", "metrics_every=1"),
           "nback": ("num_train=64", "epochs=2", "milestones=[1]"), "compare": ("fixed_points.max_iters=10",)}


def indices(family):
    return 100 if family in runs.FAST else 20


def values(files, which):
    """Digest of each file's values as h5py reads them, None where it tells of damage; both in processes of their own."""
    found, left = {}, [str(file) for file in files]
    while left:
        reader = [sys.executable, Path(__file__).with_name("values.py"), which, *left]
        done = subprocess.run(reader, capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            path, digest, *_ = json.loads(line)
            found[path] = digest
        left = [path for path in left if path not in found]
        if left:
            found[left.pop(0)] = None  # the reader's process ended on it
    return {Path(path): digest for path, digest in found.items()}


def flip(path, random):
    content = bytearray(path.read_bytes())
    at = random.randrange(len(content))
    content[at] ^= random.randrange(1, 256)
    path.write_bytes(content)
    return at


class Batch:
    """Damaged files, one for each index of a sweep, and what the command says of each."""

    def __init__(self, subjects, command, out, which="all"):
        self.lab, self.command, self.out, self.which = subjects.lab, command, out, which
        self.damaged = {}  # index: file, byte

    def folder(self, index):
        (sweep,) = {path.parent.parent for path in self.out.rglob("status.json")} or {None}
        return sweep / str(index)

    def run(self):
        """What was said of each index."""
        done = self.lab.run(*self.command.line(self.out))
        if done.code >= 0 and done.code != BUG:
            return dict.fromkeys(self.damaged, done)
        return {index: self.lab.run(*self.command.line(self.out), "--index", str(index)) for index in self.damaged}

    def judge(self, wanted):
        """wanted: the digest of each index's results."""
        said = self.run()
        results = {index: self.folder(index) / "results.h5" for index in self.damaged}
        digests = values([file for file in results.values() if file.exists()], self.which)
        outcomes, lost = Counter(), []
        for index, (file, at) in self.damaged.items():
            told = str(file) in said[index].err
            there = results[index].exists()
            if said[index].code < 0 or said[index].code == BUG:
                lost.append(f"byte {at} of {file.name}: {said[index]}")
            elif not there:
                outcomes["refused with its path"] += told
                lost += [] if told else [f"byte {at} of {file.name}: no results, and the file is not named: {said[index]}"]
            elif digests[results[index]] == wanted[index]:
                outcomes["told, and right all the same" if told else "a byte that nothing reads"] += 1
            elif digests[results[index]] is None:
                outcomes["refused by h5py"] += 1
            else:
                lost.append(f"byte {at} of {file.name} ({index}): other values, and nothing said")
        if lost:
            raise Lost("; ".join(lost[:3]), len(lost), {f"{self.command.name}: {name}": n for name, n in outcomes.items()})
        return Counter({f"{self.command.name}: {name}": number for name, number in outcomes.items() if number})


def whole_sweep(subjects, family):
    command = subjects.sweep(family, indices(family), 2, *SHORTER[family])
    command.name = f"{family} for flips"
    whole, _ = subjects.undisturbed(command)
    if command.name not in subjects.known:
        subjects.known[command.name] = values(whole.rglob("results.h5"), "all")
    return command, whole, {int(path.parent.name): digest for path, digest in subjects.known[command.name].items()}


def checkpoints(subjects, random, family):
    """Of a run without its results, which the same command writes again from the last checkpoint, or from the one before where there
    is no last."""
    command, whole, wanted = whole_sweep(subjects, family)
    with subjects.lab.folder() as out:
        sameness.copy(whole, out)
        batch = Batch(subjects, command, out)
        batch.command = runs.Command("checkpoint", command.words)
        for index in wanted:
            (batch.folder(index) / "results.h5").unlink()
            names = sorted(path.name for path in (batch.folder(index) / "checkpoints").iterdir())
            name = random.choice([*names, "last.safetensors", "last.safetensors"])
            file = batch.folder(index) / "checkpoints" / name
            if name == "prev.safetensors":
                file.with_name("last.safetensors").unlink()
            batch.damaged[index] = file, flip(file, random)
        return batch.judge(wanted)


def results(subjects, random, family):
    """Of a finished run: the same command finds it out, or a reader gets what it got before."""
    command, whole, wanted = whole_sweep(subjects, family)
    with subjects.lab.folder() as out:
        sameness.copy(whole, out)
        batch = Batch(subjects, command, out)
        batch.command = runs.Command("results", command.words)
        for index in wanted:
            file = batch.folder(index) / "results.h5"
            batch.damaged[index] = file, flip(file, random)
        return batch.judge(wanted)


def inputs(subjects, random, name, family, key, file, *words):
    """Copies of a file that a run reads, one for each index; the first is left whole."""
    lab = subjects.lab
    with lab.folder() as home:
        copies = [home / f"{i}{file.suffix}" for i in range(indices(family) + 1)]
        for copy in copies:
            shutil.copy(file, copy)
        sweep = home / "copies.yaml"
        grid = f"{{{key}: [{', '.join(map(str, copies))}]}}"
        sweep.write_text(f"extends: {runs.config(lab, family)}\nsweep: {{blocks: [{{grid: {grid}}}]}}\n")
        command = runs.Command(name, ("train", "--config", str(sweep), "--jobs", "2", "--threads", "2", "--quiet", *runs.SHORT[family],
                                      *SHORTER[family], *words))
        out = home / "out"
        lab.run(*command.line(out), "--index", "0", code=0)
        batch = Batch(subjects, command, out, "but-inputs")
        (digest,) = values(out.rglob("results.h5"), "but-inputs").values()
        batch.damaged = {i: (copy, flip(copy, random)) for i, copy in enumerate(copies) if i}
        return batch.judge(dict.fromkeys(batch.damaged, digest))


def recording(subjects, random):
    (file,) = subjects.undisturbed(subjects.simulate())[0].rglob("*.h5")
    return inputs(subjects, random, "recording", "ctd_data", "data.file", file)


def items(subjects, random):
    """Results of a run as items of another."""
    file = subjects.run_of("dual_stream") / "dual_stream_smoke/results.h5"
    return inputs(subjects, random, "results as items", "dual_stream", "stimuli_file", file, "task=file", "held_out=[]")


def features(subjects, random):
    (file,) = subjects.undisturbed(subjects.stimuli())[0].rglob("*.h5")
    return inputs(subjects, random, "feature table", "nback", "stimuli.path", file, "stimuli.source=features")


KINDS = [lambda s, r: checkpoints(s, r, "dual_stream"), lambda s, r: results(s, r, "dual_stream"),
         lambda s, r: checkpoints(s, r, "microcircuit"), lambda s, r: results(s, r, "microcircuit"), items, recording, features,
         lambda s, r: checkpoints(s, r, r.choice(["nback", "plastic", "ctd_task", "ctd_data", "compare"])),
         lambda s, r: results(s, r, r.choice(["nback", "plastic", "ctd_task", "ctd_data", "compare"]))]


def flipped(subjects, random, k):
    return KINDS[k % len(KINDS)](subjects, random)


ROWS = [Row("flips", "one flipped byte anywhere in a checkpoint, results, feature table or recording",
            "refused with its path, or the previous checkpoint used and said; never a silent wrong value", 10000, flipped)]
