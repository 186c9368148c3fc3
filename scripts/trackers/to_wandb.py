"""Weights & Biases, offline: a folder wandb/offline-run-*-<id> that `wandb sync` sends.

What was written is noted in wandb/<id>.json. A changed run replaces its folder; one that was sent meanwhile stays, and a further
folder with the same id carries the rows after it, which W&B adds to it.
"""
import json
import shutil

import wandb
import PIL  # noqa: F401  (wandb asks for it when it sees the first picture)

from identity import digests, files, finite, identity, steps


def _former(folder, name):
    """Folders of this run, and whether one was sent."""
    found = sorted(folder.glob(f"offline-run-*-{name}"))
    return found, [path for path in found if list(path.glob("*.synced"))]


def export(run, out, project):
    name, folder = identity(run), out / "wandb"
    note = folder / f"{name}.json"
    before = json.loads(note.read_text()) if note.exists() else {"state": None, "rows": {}}
    rows, given = list(steps(run)), files(run)
    state = {"rows": len(rows), "files": digests(run), "project": project}
    present, sent = _former(folder, name)
    if present and before["state"] == state:
        return "nothing new"
    for path in set(present) - set(sent):
        shutil.rmtree(path)
    kept = {path.name: before["rows"].get(path.name, 0) for path in sent}  # up to which row
    first = max(kept.values(), default=0)
    with wandb.init(project=project, id=name, resume="allow", name=run.title, group=run.status["config_name"], job_type=run.status["family"],
                    dir=out, mode="offline", config=run.settings, settings=wandb.Settings(silent=True, console="off")) as tracked:
        for step, values in rows[first:]:
            tracked.log(finite(values), step=step)
        last = rows[-1][0] if rows else 0
        pictures = {key: wandb.Image(str(file)) for key, file in given.items() if key.startswith("figures/")}
        if pictures:
            tracked.log(pictures, step=last)
        for key in ("state", "headline", "best", "step", "total", "wall_seconds"):
            tracked.summary[f"tsd/{key}"] = run.status.get(key)
        artifact = wandb.Artifact(f"results-{name}", type="results")
        for key, file in given.items():
            artifact.add_file(str(file), name=key)
        tracked.log_artifact(artifact)
    note.write_text(json.dumps({"state": state, "rows": {path.name: len(rows) for path in _former(folder, name)[0]} | kept}))
    return f"{len(rows) - first} rows, {len(given)} files, id {name}"
