#!/usr/bin/env python3
"""The pages that the program knows best, made from what it says: docs/keys/, and the rows of docs/formats/.

    pages.py SOURCE TSD            writes them
    pages.py SOURCE TSD --check    exit 1 where one is out of date

A table of docs/formats stands under a heading and its prose, which are written by hand, and has a column more than the program
knows: the type, which a test reads off real files. A dataset without a row gets one behind that of its nearest relative.
"""
import re
import subprocess
import sys
from os.path import commonprefix
from pathlib import Path


def said(tsd, *words):
    return subprocess.run([tsd, "schema", *words], check=True, text=True, capture_output=True).stdout


def keys_page(tsd, family):
    return (f"# Keys of `{family}`\n\nWhat a config may say. `tsd train --print-config` shows what a run has; any key can be set on the "
            f"command line. What the numbers mean: [model page](../models/{family}.md).\n\n" + said(tsd, "--markdown", family))


def formats_page(tsd, family, page):
    """The page with the program's rows: changed ones mended, those of no dataset gone, new ones added with type `?`."""
    wanted = {line.split("`")[1]: line.split(" | ") for line in said(tsd, "--formats", family).splitlines()}
    lines, rows = [], {}
    for line in page.splitlines():
        path = line.split("`")[1] if line.startswith("| `") else None
        if path and path not in wanted:
            continue
        if path:
            first, dims, units, description = wanted[path]
            line = " | ".join([first, dims, line.split(" | ")[2], units, description])
            rows[path] = len(lines)
        lines.append(line)
    for path in [path for path in wanted if path not in rows]:
        nearest = max(rows, key=lambda known: len(commonprefix([known, path])))
        at = rows[nearest] + 1
        first, dims, units, description = wanted[path]
        lines.insert(at, " | ".join([first, dims, "?", units, description]))
        rows = {known: line + (line >= at) for known, line in rows.items()} | {path: at}
    return "\n".join(lines) + "\n"


def main(source, tsd, check):
    stale = []
    for family in said(tsd, "--families").split():
        page = source / f"docs/formats/{family}.md"
        for path, text in ((source / f"docs/keys/{family}.md", keys_page(tsd, family)),
                           (page, formats_page(tsd, family, page.read_text()))):
            if path.exists() and path.read_text() == text:
                continue
            stale.append(str(path.relative_to(source)))
            if not check:
                path.write_text(text)
    if check and stale:
        sys.exit(f"out of date: {', '.join(stale)}; scripts/docs pages writes them")
    print(f"{'all up to date' if not stale else 'written: ' + ', '.join(stale)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), "--check" in sys.argv)
