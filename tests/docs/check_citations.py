#!/usr/bin/env python3
"""Comments cite sections and quirks of docs/models/; every one of them is there.

A citation is a page with numbers behind it: `nback.md 7.2, 7.5 and Q10`, `ctd_task.md Appendix B`. Within a family, quirks
may be cited without the page: `quirk Q19`. Sections are the headings `## 3.`, `### 3.2`, `#### 3.2.1` and `## Appendix B`;
quirks begin a line: `**Q7.`.
"""
import re
import sys
from pathlib import Path

TEXTS = {".cpp", ".hpp", ".py", ".in", ".m", ".yaml", ".sh", ""}
NUMBER = r"(?:Appendix [A-Z]|Q?\d+(?:\.\d+)*)"
CITATION = re.compile(rf"(?<![\w/$.-])([a-z][a-z_-]*)\.md((?:,? (?:and |to |§)?{NUMBER}\b)*)")
LOOSE_QUIRK = re.compile(r"(?<![\w.])Q(\d+)\b(?!\s*[=(\[])")


def page_facts(page):
    """Numbers of the sections and quirks of a page."""
    text = page.read_text()
    sections = re.findall(r"^#{2,4} (\d+(?:\.\d+)*|Appendix [A-Z])", text, re.M)
    quirks = re.findall(r"^(?:- |\| )?\*\*(Q\d+)\b", text, re.M)
    doubles = {number for number in sections + quirks if (sections + quirks).count(number) > 1}
    assert not doubles, f"{page}: twice: {sorted(doubles)}"
    return set(sections) | set(quirks)


def comments_of(path):
    """Text in which line breaks and comment marks do not part a citation from its numbers."""
    return re.sub(r"\s*\n\s*(?://|#)?\s*", " ", path.read_text(errors="ignore"))


def family_of(path):
    """The page that a family's own sources mean by `quirk Q19`."""
    parts = path.parts
    if "families" not in parts:
        return None
    names = parts[parts.index("families") + 1:]
    return "_".join(names[:2]).replace("ctd_compare", "compare") if names[0] == "ctd" else names[0]


def numbers_in(text):
    return re.findall(NUMBER, text)


def main(root):
    pages = {page.stem: page_facts(page) for page in sorted((root / "docs/models").glob("*.md"))}
    others = {page.name for page in root.rglob("*.md") if ".venv" not in page.parts and "build" not in page.parts}
    assert len(pages) == 8, f"docs/models: pages {sorted(pages)}, expected one for each of eight families"
    problems, count = [], 0
    for top in ("src", "include", "tests", "scripts", "configs"):
        for path in sorted((root / top).rglob("*")):
            if not path.is_file() or path.suffix not in TEXTS or path == Path(__file__).resolve():
                continue
            text, place = comments_of(path), path.relative_to(root)
            for match in CITATION.finditer(text):
                name, numbers = match.group(1), numbers_in(match.group(2))
                if name not in pages:
                    if f"{name}.md" not in others:
                        problems.append(f"{place}: {name}.md: no such page")
                    continue
                count += 1
                problems += [f"{place}: {name}.md {n}: no such section or quirk" for n in numbers if n not in pages[name]]
            own = family_of(place)
            if own in pages:
                quirks = {f"Q{n}" for n in LOOSE_QUIRK.findall(" ".join(re.findall(r"quirks? [^.;)]*", text)))}
                problems += [f"{place}: quirk {q}: not in docs/models/{own}.md" for q in sorted(quirks - pages[own])]
    assert not problems, "citations:\n  " + "\n  ".join(problems)
    assert count > 100, f"only {count} citations found: is the pattern right?"
    print(f"citations: {count}, all of them there")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
