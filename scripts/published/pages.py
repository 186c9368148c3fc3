"""The tables of docs/measured, written from results alone."""
from published import manifest, numbers, runs

BEGIN, END = "<!-- scripts/reproduce writes this table -->", "<!-- end of the table -->"


def rows(result, results):
    state = runs.State(result, "full", results)
    command = f"`scripts/reproduce {result.name}`"
    here = list(numbers.compare(result, state)) or [None]
    for i, comparison in enumerate(here):
        cells = [result.shows, command, state.text()] if i == 0 else ["", "", ""]
        if comparison is None:
            cells += ["", "", "", ""]
        else:
            verdict = "" if comparison.value is None else "yes" if comparison.holds else "**no**"
            cells += [comparison.number.what, comparison.number.expected(), comparison.measured(), verdict]
        yield "| " + " | ".join(cells) + " |"


def table(family, results):
    lines = ["| published result | command | at full length | number | published | here, ± SD (of) | as published |", "|---|---|---|---|---|---|---|"]
    for result in manifest.load():
        if result.family == family:
            lines += rows(result, results)
    return "\n".join(lines)


def replaced(page, block):
    """The page with this block between the two marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise manifest.Mistake(f"the page has no place for the table: expected the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{block}\n\n{END}{after}"


def write(families, results):
    for family in sorted(families):
        path = manifest.ROOT / f"docs/measured/{family}.md"
        path.write_text(replaced(path.read_text(encoding="utf-8"), table(family, results)), encoding="utf-8")
        print(f"wrote docs/measured/{family}.md")
