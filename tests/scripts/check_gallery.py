#!/usr/bin/env python3
"""The gallery shows every figure that the scripts of scripts/plot draw, each with its meaning: check_gallery.py SOURCE_DIR."""
import ast
import re
import sys
from pathlib import Path

SOURCE = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(SOURCE / "scripts/site"))

import pictures  # noqa: E402

NAME_AT = {"save": 2, "save_in": 2, "page": 2}  # position of a figure's name among the arguments; that of methods is one less
MOST_BYTES = 1.5e6


def names_in(node):
    """Texts that an argument can be; of one that is put together, its beginning."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return names_in(node.body) | names_in(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return {node.values[0].value.rstrip("_")} if isinstance(node.values[0], ast.Constant) else set()
    return set()


def drawn_by(script):
    """Names of figures that a script stores."""
    names = set()
    for call in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        method = isinstance(call.func, ast.Attribute)
        at = NAME_AT.get(call.func.attr if method else getattr(call.func, "id", ""))
        if at is not None and len(call.args) > at - method:
            names |= names_in(call.args[at - method])
    return {re.sub(r"_$", "", name) for name in names}


def scripts_of(family):
    """The script that is called for it, and those that it takes figures from."""
    folder = SOURCE / "scripts/plot"
    return [folder / f"{family}.py", *(folder / "panels").glob(f"{family}_*.py")]


PUT_TOGETHER = {"dual_stream": {"lc", "loss"}, "microcircuit": {"weights", "activity"}}  # names that come out of a loop or a parameter


def main():
    listed = pictures.listed()
    page = (SOURCE / "docs/gallery.md").read_text(encoding="utf-8")
    known = set(pictures.FAMILIES)
    assert {path.stem for path in (SOURCE / "scripts/plot").glob("*.py") if '__name__ == "__main__"' in path.read_text(encoding="utf-8")} == known
    for family in pictures.FAMILIES:
        described = pictures.described(family)
        drawn = set().union(*map(drawn_by, scripts_of(family))) | PUT_TOGETHER.get(family, set())
        assert drawn == set(described), (family, "drawn but not described, or the reverse", drawn ^ set(described))
        shown = [figure for one in listed if one.family == family for figure in one.figures]
        assert sorted(shown) == sorted(described), (family, "in the gallery's list", set(shown) ^ set(described))
        for figure in shown:
            assert (SOURCE / f"docs/gallery/short/{family}_{figure}.png").exists(), (family, figure, "no picture")
    for one in listed:
        assert (SOURCE / one.config).exists(), one.config
    assert page == pictures.page(listed), "docs/gallery.md is not what the list and the scripts say; scripts/gallery writes it"
    size = sum(path.stat().st_size for path in (SOURCE / "docs/gallery/short").glob("*.png"))
    assert size < MOST_BYTES, f"pictures of {size / 1e6:.2f} MB"


main()
