#!/usr/bin/env python3
"""Runs the commands of README.md, docs/start and docs/measured as a reader would, in scratch copies of the checkout with the
built tsd: one for each page.

A block of `sh` or `python` is run line by line in order, unless a comment on the line above says otherwise:
  <!-- slow -->        takes minutes; run with --slow
  <!-- ci -->          what .ci/run runs, which is checked instead
  <!-- needs X -->     run where the program X is installed, or the checkout has the file X
  <!-- readers -->     takes packages of tests/readers, whose tests run it
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(r"(?:^<!-- (?P<rule>.*?) -->\n)?^```(?P<language>sh|python)\n(?P<code>.*?)^```$", re.M | re.S)


def scratch_checkout(source, binary, folder):
    """The parts of the checkout that commands name; scripts/tsd starts the binary that is already built."""
    (folder / "configs").symlink_to(source / "configs")
    (folder / "scripts").mkdir()
    for script in (source / "scripts").iterdir():
        (folder / "scripts" / script.name).symlink_to(script)
    tsd = folder / "scripts" / "tsd"
    tsd.unlink()
    tsd.write_text(f'#!/bin/sh\nexec "{binary}" "$@"\n')
    tsd.chmod(0o755)


def is_due(rule, slow, source):
    """Whether a block is to be run here; reads like the rules above."""
    if rule is None:
        return True
    if rule == "slow":
        return slow
    if rule.startswith("needs "):
        needed = rule.removeprefix("needs ")
        return shutil.which(needed) is not None or (source / needed).exists()
    assert rule in ("ci", "readers"), f"unknown rule {rule}"
    return False


def run_block(page, language, code, folder):
    command = ["bash", "-euo", "pipefail", "-c", code] if language == "sh" else [sys.executable, "-c", code]
    environment = {**os.environ, "TSD_PYTHON": sys.executable, "TSD": str(folder / "scripts/tsd")}
    done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{page}: exit code {done.returncode} of\n{code}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


def check_subcommands(readme, binary):
    """Every subcommand has an example."""
    text = subprocess.run([binary, "--help"], check=True, text=True, capture_output=True).stdout
    names = re.findall(r"^  ([a-z][a-z-]+)  ", text.partition("Subcommands:")[2], re.M)
    assert len(names) > 5, f"tsd --help: subcommands not understood: {names}"
    for name in names:
        assert f"scripts/tsd {name} " in readme or f"scripts/tsd {name}\n" in readme, f"README.md: no example of tsd {name}"


def check_exit_codes(source):
    """The table of exit codes is that of the program."""
    page = (source / "docs/start/troubleshooting.md").read_text()
    declared = re.findall(r"^  \w+ = (\d+),", (source / "include/tsd/error.hpp").read_text(), re.M)
    table = re.findall(r"^\| (\d+) \|", page, re.M)
    assert table == declared, f"troubleshooting.md: exit codes {table}, include/tsd/error.hpp: {declared}"


def check_folders(source):
    """The picture of the layers shows what is there."""
    page = (source / "docs/develop/architecture.md").read_text()
    picture = re.search(r"```text\nio, engine.*?```", page, re.S)[0]
    pictured = set(re.findall(r"^(\w+) {2,}", picture, re.M))
    there = {f.name for f in (source / "src").iterdir() if f.is_dir()}
    assert pictured == there, f"architecture.md: layers {sorted(pictured)}, src/: {sorted(there)}"


def check_size(readme):
    """Its reader has five minutes."""
    assert len(readme.encode()) <= 8192, f"README.md: {len(readme.encode())} bytes, expected 8192 at most"


def check_verdict(readme, source):
    """.ci/run is README's test command."""
    command = next(m["code"].strip() for m in BLOCK.finditer(readme) if m["rule"] == "ci")
    assert (source / ".ci/run").read_text().rstrip().endswith(command), f".ci/run does not end with {command}"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("source", type=Path)
    arguments.add_argument("binary", type=Path)
    arguments.add_argument("--slow", action="store_true")
    options = arguments.parse_args()
    options.binary = options.binary.resolve()
    readme = (options.source / "README.md").read_text()
    check_subcommands(readme, options.binary)
    check_exit_codes(options.source)
    check_folders(options.source)
    check_verdict(readme, options.source)
    check_size(readme)
    pages = [options.source / "README.md", *sorted((options.source / "docs/start").glob("*.md")),
             *sorted((options.source / "docs/measured").glob("*.md"))]
    assert len(pages) > 15, f"only {len(pages)} pages found"
    count = 0
    for page in pages:
        with tempfile.TemporaryDirectory() as folder:
            scratch_checkout(options.source, options.binary, Path(folder))
            for block in BLOCK.finditer(page.read_text()):
                if is_due(block["rule"], options.slow, options.source):
                    run_block(page.name, block["language"], block["code"], Path(folder))
                    count += 1
    assert count >= 10, f"only {count} blocks found"
    print(f"{len(pages)} pages, {count} blocks run")


if __name__ == "__main__":
    main()
