#!/usr/bin/env python3
"""docs/formats and results/README.md against results files that h5py opens: every dataset and attribute, both ways."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py

TYPES = {"string": r"\|S\d+", "float32": "float32", "float64": "float64", "int32": "int32", "int64": "int64", "uint8": "uint8"}


def table(page, columns):
    """The rows of all tables whose first cell is code, with that many columns."""
    rows = (re.split(r" *\| *", line)[1:-1] for line in page.splitlines() if line.startswith("| `"))
    return [(row[0].strip("`"), *row[1:]) for row in rows if len(row) == columns]


def tables(common, pages, columns):
    """The rows of each family, with those that all have in common."""
    return {name: table(common, columns) + table(text, columns) for name, text in pages.items()}


def pattern(path):
    """Placeholders stand for one name, <l> for a number; <parameter> too, since parameters have dots but no slashes."""
    return re.compile(re.sub(r"<\w+>", "[^/]+", path.replace("<l>", r"\d+")) + "$")


def is_axis(item):
    """A dataset that is there for the name and length of an axis."""
    return item.attrs.get("NAME", b"").startswith(b"This is a netCDF dimension")


def datasets(file):
    found = []
    file.visititems(lambda name, item: found.append(item) if isinstance(item, h5py.Dataset) and not is_axis(item) else None)
    return found


def nearest(group, axis):
    """What a reader of netCDF takes for an axis of this name: a scale in the group or the first above."""
    while axis not in group or group[axis].attrs.get("CLASS") != b"DIMENSION_SCALE":
        assert group.name != "/", f"no axis {axis}"
        group = group.parent
    return group[axis]


def check_axes(item):
    """Its axes are named, each once, and the names lead to scales of the right length."""
    axes = [axis for axis in item.attrs["dims"].split(",") if axis]
    assert len(axes) == len(set(axes)) == item.ndim, f"{item.name}: shape {item.shape}, axes {axes}"
    if item.attrs.get("CLASS") == b"DIMENSION_SCALE":
        assert axes == [item.name.split("/")[-1]], f"{item.name}: values of axis {axes}"
        return
    for axis, length, scales in zip(axes, item.shape, item.dims):
        assert len(scales) == 1 and scales[0] == nearest(item.parent, axis), f"{item.name}: {axis} is {list(scales)}"
        assert scales[0].shape == (length,), f"{item.name}: {axis}: {length}, its scale: {scales[0].shape}"


def check_dataset(item, rows):
    matching = [row for row in rows if pattern(row[0]).match(item.name)]
    assert len(matching) == 1, f"{item.name}: {len(matching)} rows in docs/formats, expected 1"
    path, dims, kind, units, description = matching[0]
    assert re.fullmatch(TYPES[kind], item.dtype.str if kind == "string" else item.dtype.name), f"{item.name}: {item.dtype}, page: {kind}"
    got = tuple(item.attrs[name] for name in ("units", "description"))
    assert got == (units, description), f"{item.name}: attributes {got}, page: {(units, description)}"
    by_size = ".*" if dims == "..." else dims.replace("#", r"\d+")
    assert re.fullmatch(by_size, item.attrs["dims"]), f"{item.name}: axes {item.attrs['dims']}, page: {dims}"
    check_axes(item)
    return path


def check_file(path, rows, attributes, pages):
    """The family and path of every row that the file has something of."""
    with h5py.File(path) as file:
        family = file.attrs["family"]
        assert set(attributes) <= set(file.attrs), f"{path}: without {sorted(set(attributes) - set(file.attrs))}"
        untold = [name for name in file.attrs if name not in attributes and f"`{name}`" not in pages[family]]
        assert not untold, f"{path}: attributes {untold} are neither in results/README.md nor in docs/formats/{family}.md"
        assert file.attrs["format_version"] == 1
        return {(family, check_dataset(item, rows[family])) for item in datasets(file)}


def unscored(recording, path):
    """The recording with nothing but held-in spikes of the trials to be scored."""
    with h5py.File(recording) as whole, h5py.File(path, "w") as file:
        for name in whole:
            if not name.startswith("eval_") or name == "eval_spikes_heldin":
                whole.copy(name, file)
    return path


def runs(pages, source, out):
    """Config, overrides and analyses of runs that leave every dataset of the page behind."""
    series = re.findall(r"/record/(\w+?)(?:_<l>)?`", pages["microcircuit"])
    everything = [f"rec_{name}=true" for name in series]
    made = [("nback/smoke.yaml", ["model_type=baseline", "backbone.standardize=zscore", "num_train=320"], []),
            # with images of what is seen
            ("nback/smoke.yaml", ["stimuli.source=grammar", "stimuli.identities=2", "stimuli.train_identity_ratio=0.5",
                                  "backbone.arch=mobilenet_v2", "backbone.weights=random", "num_train=32", "num_val=8", "epochs=1",
                                  "milestones=[]"], ["layers"]),
            # gates are there with attention only
            ("nback/smoke.yaml", ["model_type=attention", "num_train=320", "analysis.mode=paper"],
             ["behaviour", "decoding", "temporal", "task_relevance", "cross_task", "orthogonalization", "procrustes", "dynamics",
              "perturbation", "efficiency", "gate_suppression", "similarity", "extract", "compare"]),
            ("microcircuit/smoke.yaml", everything, ["updates_bp"]),
            ("microcircuit/smoke.yaml", ["task=yin_yang", "layers=[4, 4, 3, 3]", "test_size=20", "test_every=6", "keep_weights_every=4"],
             ["updates_bp", "alignment"]),
            ("microcircuit/phased_template.yaml", ["epochs=1"], []),
            ("layered/smoke.yaml", [], []),
            ("plastic/smoke.yaml", [], ["generalisation", "states", "matrices", "mechanism"]),
            ("ctd_task/smoke.yaml", ["n_runs=1"], []),
            ("ctd/smoke_multitask.yaml", [], ["recording"]),
            ("ctd/smoke_randomtarget.yaml", [], ["recording"]),
            ("ctd_data/smoke.yaml", [], []),
            ("ctd/smoke_lfads.yaml", [], []),
            ("ctd_data/nlb.yaml", [f"data.file={unscored(source / 'configs/ctd_data/nlb_recording.h5', f'{out}/unscored.h5')}",
                                   "data.reshuffle_tv_seed=0", "data.reshuffle_tv_ratio=0.25", "eval_dropout=reference",
                                   "train.epochs=1", "posterior_samples=0"], ["nlb"]),
            ("ctd_data/sessions.yaml", [f"data.file={out}/unscored.h5",
                                        f"data.sessions=[{unscored(source / 'configs/ctd_data/nlb_session_2.h5', f'{out}/second.h5')}]",
                                        "data.reshuffle_tv_seed=0",
                                        "data.reshuffle_tv_ratio=0.25", "train.epochs=1", "posterior_samples=0"], []),
            ("dual_stream/smoke.yaml", [], ["learning", "maps", "reference"]),
            ("dual_stream/smoke_shj.yaml", [], ["learning", "human"]),
            ("dual_stream/smoke_fit.yaml", ["fit.profile=true"], ["human"]),
            ("dual_stream/smoke_fit.yaml", ["fit.bootstrap=0", "fit.individual=true", "fit.profile=true"], []),
            ("compare/smoke.yaml", ["parts=[fixed_points,dsa,input_dsa,jpca,dpca]", "dsa.restarts=2", "dsa.intervals=true"], []),
            ("compare/smoke.yaml", [], [])]
    def run_of(config):
        return f"{out}/{[name for name, *_ in made].index(f'ctd/{config}.yaml')}/{config}"
    # from one phase to another of the fifteen tasks' run
    tasks, reaches = run_of("smoke_multitask"), run_of("smoke_randomtarget")
    way = ("compare/smoke.yaml", [f"reference.recording={tasks}/recording.h5", f"reference.task_model={tasks}",
                                  "models.files=[]", "metrics.eval_dropout=none", "parts=[fixed_points]", "fixed_points.inputs=[phase]",
                                  "fixed_points.from_reference=false", "fixed_points.phases=[context]", "fixed_points.to_phase=response",
                                  "fixed_points.way_points=2"], [])
    coupled = ("compare/at_rest.yaml", [f"reference.recording={reaches}/recording.h5", f"reference.task_model={reaches}",
                                        "fixed_points.n_inits=4", "fixed_points.max_iters=5"], [])
    return [*made, way, coupled]


def forked(binary, run, out):
    """A run with another's state and another step size, longer: it leaves what says where a run began."""
    subprocess.run([binary, "train", "--config", run / "config.yaml", "--from", run, "lr=0.001", "epochs=5", "--out", out, "--quiet"], check=True)
    (fork,) = Path(out).iterdir()
    return fork


def main(source, binary):
    common = (source / "results/README.md").read_text()
    pages = {page.stem: page.read_text() for page in (source / "docs/formats").glob("*.md")}
    rows = tables(common, pages, 5)
    names = re.search(r"Attributes of the root:\n\n((?:\|.*\n)+)", common)[1]
    attributes = re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in names.splitlines()))
    seen = set()
    with tempfile.TemporaryDirectory() as out:
        for number, (config, overrides, analyses) in enumerate(runs(pages, source, out)):
            subprocess.run([binary, "train", "--config", source / "configs" / config,
                            *overrides, "--out", f"{out}/{number}", "--quiet"], check=True)
            (run,) = Path(out, str(number)).iterdir()
            if analyses:
                others = {"compare": f"analysis.against={run}", "nlb": f"nlb.target={source}/configs/ctd_data/nlb_recording.h5"}
                subprocess.run([binary, "analyze", run, *(others[name] for name in analyses if name in others)], check=True, capture_output=True)
            for file in ("results", *analyses):
                seen |= check_file(run / f"{file}.h5", rows, attributes, pages)
            if number == 0:
                of_fork = check_file(forked(binary, run, f"{out}/fork") / "results.h5", rows, attributes, pages)
    described = {(family, row[0]) for family, found in rows.items() for row in found}
    everywhere = {path for _, path in of_fork} & {row[0] for row in table(common, 5)}  # the engine's: one family shows them
    unseen = {(family, path) for family, path in described - seen if path not in everywhere}
    assert not unseen, f"docs/formats: in no file: {sorted(unseen)}"
    print(f"{len(pages)} pages: {len(described)} datasets, {len(attributes)} attributes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
