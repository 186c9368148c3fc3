"""Who a run is, wherever its folder lies, and what of it can change."""
import hashlib
import json
import math


def identity(run):
    """Ten letters: the same for a run that goes on or is copied, another one for a run that began anew or from another."""
    status = run.status
    facts = [status["family"], status["config_name"], status.get("index"), status["config_sha256"], status["started_utc"]]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:10]


def files(run):
    """Name within the tracker -> file: figures, results and what analyses found."""
    found = {f"figures/{file.name}": file for file in run.figures()}
    for file in run.files() + [run.folder / name for name in ("config.yaml", "status.json")]:
        if file.exists():
            found[f"results/{file.name}"] = file
    return found


def digests(run):
    return {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files(run).items()}


def steps(run):
    """(step, {metric: value}) of each row; texts are left out, and NaN where it is."""
    names = run.columns[1:]
    for row in run.rows:
        values = {}
        for name, text in zip(names, row[1:]):
            try:
                values[name] = float(text)
            except ValueError:
                continue
        yield int(row[0]), values


def finite(values):
    return {name: value for name, value in values.items() if math.isfinite(value)}
