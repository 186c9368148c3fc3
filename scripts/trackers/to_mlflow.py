"""MLflow's file store: mlruns/, which `mlflow ui --backend-store-uri` shows. A run is found again by its tag tsd.id."""
import logging
import os
import time

os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # the store of plain files is what this is for
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

from mlflow.entities import Metric, Param, RunStatus, RunTag  # noqa: E402
from mlflow.tracking import MlflowClient  # noqa: E402

from identity import digests, files, identity, steps  # noqa: E402

logging.getLogger("mlflow").setLevel(logging.ERROR)
ENDS = {"done": "FINISHED", "failed": "FAILED", "diverged": "FAILED", "stopped": "KILLED"}
MOST = 900  # entries of one call


def _run_of(client, run, project, name):
    """The tracked run, made where there is none."""
    experiment = client.get_experiment_by_name(project)
    number = experiment.experiment_id if experiment else client.create_experiment(project)
    found = client.search_runs([number], f"tags.`tsd.id` = '{name}'")
    if found:
        return found[0]
    tags = {"tsd.id": name, "tsd.family": run.status["family"], "tsd.config_sha256": run.status["config_sha256"]}
    return client.create_run(number, run_name=run.title, tags=tags, start_time=int(time.time() * 1000))


def export(run, out, project):
    client, name = MlflowClient(tracking_uri=(out / "mlruns").as_uri()), identity(run)
    tracked = _run_of(client, run, project, name)
    number, tags = tracked.info.run_id, tracked.data.tags
    rows, given, now = list(steps(run)), files(run), digests(run)
    there = {key: {entry.step for entry in client.get_metric_history(number, key)} for key in tracked.data.metrics}
    new = [Metric(key, value, int(time.time() * 1000), step) for step, values in rows for key, value in values.items()
           if step not in there.get(key, ())]
    changed = [key for key, digest in now.items() if tags.get(f"tsd.sha256.{key}") != digest]
    if not new and not changed:
        return "nothing new"
    if not tracked.data.params:
        params = [Param(key, str(value)[:5000]) for key, value in run.settings.items()]
        for at in range(0, len(params), 90):
            client.log_batch(number, params=params[at:at + 90])
    for at in range(0, len(new), MOST):
        client.log_batch(number, metrics=new[at:at + MOST])
    for key in changed:
        client.log_artifact(number, str(given[key]), key.rpartition("/")[0])
        client.set_tag(number, f"tsd.sha256.{key}", now[key])
    client.log_batch(number, tags=[RunTag(f"tsd.{key}", str(run.status.get(key))) for key in ("state", "headline", "best")])
    if run.state in ENDS:
        client.set_terminated(number, RunStatus.to_string(RunStatus.from_string(ENDS[run.state])))
    return f"{len({entry.step for entry in new})} rows, {len(changed)} files, id {name}"
