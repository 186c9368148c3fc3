"""Fuzzing, each target for some time, from the corpus in tests/fuzz/corpus and what earlier runs have found.

    scripts/fuzz                           every target for ten minutes, one after the other
    scripts/fuzz --seconds 60 yaml mesh
    scripts/fuzz --write                   and the table in docs/measured/reliability.md

An input that ends a target, takes 10 s or more than 4 GB of memory is kept in build/fuzz/found/, and told with the line that
tries it once more. What made new code run is kept in build/fuzz/corpus/ and is where the next run begins. With --fresh it is not.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE, TITLE, BEFORE = ROOT / "docs/measured/reliability.md", "## Hostile input", "## What is compared"
SAID = """Every reader of files, and of what a command line says, given inputs made up by libFuzzer under the address and undefined-behaviour
sanitizers ([how](../develop/testing.md)). An input is survived where it is read, or refused by an error in words; not where the
process ends, a sanitizer complains, or it takes 10 s or 4 GB. Contained are those that the HDF5 library does not survive: files
that are not tsd's own, by their checksum, are read in a child process first. Written by `scripts/fuzz --write`."""
LARGEST = {"hdf5": 16384, "items_hdf5": 8192}  # bytes of an input; others 4096
GOES_ON = ["-fork=1", "-ignore_crashes=1"]  # after an end, with another process
MEMORY = Path("/dev/shm")  # where inputs are written, if it is there
# Sizes that a file only claims are no reason to stop: they are refused, or told as exhausted memory.
SANITIZERS = {"ASAN_OPTIONS": "allocator_may_return_null=1:detect_leaks=1", "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
              "LSAN_OPTIONS": f"print_suppressions=0:suppressions={ROOT}/tests/fuzz/leaks.txt"}


def arguments():
    names = sorted(path.stem.removeprefix("fuzz_") for path in (ROOT / "tests/fuzz").glob("fuzz_*.cpp"))
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="target", help=f"all of them without: {', '.join(names)}")
    parser.add_argument("--seconds", type=int, default=600, help="for each target (600)")
    parser.add_argument("--jobs", type=int, default=1, help="targets at a time")
    parser.add_argument("--fresh", action="store_true", help="neither begin with what earlier runs found nor keep what this one finds")
    parser.add_argument("--write", action="store_true", help=f"write the table of {PAGE.relative_to(ROOT)}")
    parser.add_argument("--build", type=Path, default=ROOT / "build/fuzz", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.targets) - set(names):
        parser.error(f"no target {', '.join(sorted(unknown))}; expected some of {', '.join(names)}")
    options.targets = options.targets or names
    return options


def number(pattern, text, otherwise=0):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else otherwise


def start(words, scratch):
    """Exit code, what it said, and seconds of a processor that it took."""
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
                                   env={**os.environ, **SANITIZERS, "TMPDIR": scratch})
        _, code, usage = os.wait4(process.pid, 0)
        process.returncode = code  # so that nobody waits for it again
        said.seek(0)
        return code, said.read(), usage.ru_utime + usage.ru_stime


def fuzz(target, options, found, kept):
    """What became of it."""
    programs = options.build / "tests/fuzz"
    program, replay = programs / f"fuzz_{target}", programs / f"replay_{target}"
    contained = replay.exists()  # a library ends the process now and then: libFuzzer goes on with another one
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as scratch:
        inputs = Path(scratch) / "found"
        inputs.mkdir()
        code, said, seconds = start([program, f"-max_total_time={options.seconds}", f"-max_len={LARGEST.get(target, 4096)}", "-timeout=10",
                                     "-rss_limit_mb=4096", f"-artifact_prefix={inputs}/", "-print_final_stats=1",
                                     *(GOES_ON if contained else []), kept, ROOT / "tests/fuzz/corpus" / target], scratch)
        ends = sorted(path for path in inputs.iterdir() if not path.name.startswith("slow-unit"))
        bad = [shutil.copy(file, found / f"{target}-{file.name}") for file in ends
               if not contained or start([replay, file], scratch)[0] != 0]
    if code != 0 and not contained and not bad:
        bad.append("")
    for file in bad:
        print(f"{target}: not survived\n{said[-3000:]}\nagain: {replay if contained else program} {file}", flush=True)
    return {"runs": number(r"stat::number_of_executed_units:\s*(\d+)", said) or number(r"(?m)^#(\d+): cov", said), "seconds": seconds,
            "edges": number(r"cov: (\d+)", said), "contained": len(ends) - len(bad) if contained else 0, "found": len(bad)}


def add(file, target, result):
    """The total of all runs since somebody has removed the file."""
    totals = json.loads(file.read_text()) if file.exists() else {}
    before = totals.get(target, dict.fromkeys(result, 0))
    totals[target] = {key: before[key] + result[key] for key in result} | {"edges": max(before["edges"], result["edges"])}
    file.write_text(json.dumps(totals, indent=1) + "\n")
    return totals


def table(results):
    lines = ["| target | inputs tried | minutes of a processor | a second | edges of the code seen | contained | not survived |",
             "|---|---|---|---|---|---|---|"]
    for target, of in sorted(results.items()):
        lines.append(f"| `{target}` | {of['runs']:,} | {of['seconds'] / 60:.2f} | {of['runs'] / of['seconds']:,.0f} | "
                     f"{of['edges']:,} | {of['contained']} | {of['found']} |")
    return lines


def write(results):
    """In place of the section of this title, or before what is compared; the others are scripts/faults'."""
    text = PAGE.read_text()
    start = text.find(TITLE) if TITLE in text else text.find(BEFORE)
    end = text.find("\n## ", start) + 1 if TITLE in text else start
    PAGE.write_text(text[:start] + "\n".join([TITLE, "", SAID, "", *table(results), "", ""]) + text[end:])


def main():
    options = arguments()
    found = options.build / "found"
    found.mkdir(exist_ok=True)
    results, totals = {}, {}
    with tempfile.TemporaryDirectory() as fresh, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        kept = Path(fresh) if options.fresh else options.build / "corpus"
        tries = {pool.submit(fuzz, target, options, found, kept / target): target for target in options.targets}
        for done in concurrent.futures.as_completed(tries):
            results[tries[done]] = done.result()
            if not options.fresh:
                totals = add(options.build / "totals.json", tries[done], done.result())
    print("\n".join(table(results)))
    if options.write:
        write(totals)
    sys.exit(any(result["found"] for result in results.values()))


if __name__ == "__main__":
    main()
