#!/usr/bin/env python3
"""One HTML page of a run, or of the runs of a sweep, that opens anywhere: `tsd report RUN|SWEEP ...`."""
import argparse
import sys
from pathlib import Path

try:
    import h5py  # noqa: F401
    import yaml  # noqa: F401
    from plotly.offline import get_plotlyjs
except ImportError as missing:
    needed = {"yaml": "PyYAML"}.get(missing.name.split(".")[0], missing.name.split(".")[0])
    print(f"tsd report: {needed} is missing; install it with: {sys.executable} -m pip install plotly h5py PyYAML", file=sys.stderr)
    sys.exit(66)

from run_page import run_page  # noqa: E402
from runs import NoReport, Run, runs_below  # noqa: E402
from sweep_page import sweep_page  # noqa: E402

sys.path.append(str(Path(__file__).resolve().parents[1]))
from whole import write_whole  # noqa: E402


def page_of(folder):
    if (folder / "status.json").exists():
        return run_page(Run(folder))
    if not folder.is_dir():
        raise NoReport(f"{folder}: no such directory")
    runs = runs_below(folder)
    if not runs:
        raise NoReport(f"{folder}: neither a run nor a folder of runs: no status.json in it or below")
    return run_page(runs[0]) if len(runs) == 1 else sweep_page(folder, runs)


def main():
    arguments = argparse.ArgumentParser(prog="tsd report", description=__doc__)
    arguments.add_argument("folders", nargs="+", type=Path)
    arguments.add_argument("--out", type=Path, help="the page; default: report.html in the folder")
    options = arguments.parse_args()
    if options.out and len(options.folders) > 1:
        arguments.error("--out: expected one folder with it")
    code = 0
    for folder in options.folders:
        file = options.out or folder / "report.html"
        try:
            write_whole(file, page_of(folder).html(get_plotlyjs()))
            print(file)
        except NoReport as why:
            print(f"tsd report: {why}", file=sys.stderr)
            code = code or 66
        except OSError as error:
            elsewhere = "" if options.out else "; --out FILE has a place for the page"
            print(f"tsd report: {error.filename or file}: {error.strerror}{elsewhere}", file=sys.stderr)
            code = 74
    return code


if __name__ == "__main__":
    sys.exit(main())
