"""The tables of docs/measured, written from results alone."""
from published import manifest, numbers, runs

BEGIN, END = "<!-- scripts/reproduce writes this table -->", "<!-- end of the table -->"


def block(result, results):
    """A line for the result, and a table of its numbers."""
    state = runs.State(result, "full", results)
    lines = [f"**{result.shows[0].upper()}{result.shows[1:]}.** `scripts/reproduce {result.name}`: {state.text()} at full length."]
    comparisons = list(numbers.compare(result, state))
    if comparisons:
        lines += ["", "| number | published | here, ± SD (of) | as there |", "|---|---|---|---|"]
    for comparison in comparisons:
        verdict = "" if comparison.value is None else "yes" if comparison.holds else "**no**"
        expected = comparison.number.expected() + ("" if comparison.number.is_published else " by the published equations")
        cells = (comparison.number.what, expected, comparison.measured(), verdict)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def table(family, results):
    return "\n\n".join(block(result, results) for result in manifest.load() if result.family == family)


def replaced(page, text):
    """The page with this text between the two marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise manifest.Mistake(f"the page has no place for the table: expected the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def write(families, results):
    for family in sorted(families):
        path = manifest.ROOT / f"docs/measured/{family}.md"
        path.write_text(replaced(path.read_text(encoding="utf-8"), table(family, results)), encoding="utf-8")
        print(f"wrote docs/measured/{family}.md")
