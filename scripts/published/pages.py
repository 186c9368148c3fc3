"""The tables of docs/measured, written from results alone."""
import math

from published import manifest, numbers, runs

BEGIN, END = "<!-- scripts/reproduce writes this table -->", "<!-- end of the table -->"


def block(result, results):
    """A line for the result, and a table of its numbers."""
    state = runs.State(result, "full", results)
    lines = [f"**{result.shows[0].upper()}{result.shows[1:]}.** `scripts/reproduce {result.name}`: {state.text()} at full length."]
    comparisons = [comparison for comparison in numbers.compare(result, state) if not comparison.number.row]
    if comparisons:
        lines += ["", "| number | published | here, ± SD (of) | as there |", "|---|---|---|---|"]
    for comparison in comparisons:
        verdict = "" if comparison.value is None else "yes" if comparison.holds else "**no**"
        expected = comparison.number.expected() + ("" if comparison.number.is_published else " by the published equations")
        cells = (comparison.number.what, expected, comparison.measured(), verdict)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def length(state, indices, results):
    """How much of a row has been run, and how long."""
    def of(level):
        done = runs.State(state.result, level, results).done
        return [done[index] for index in (done if indices is None else indices) if index in done]

    full, short = of("full") if state.level != "smoke" else (), of("smoke")
    if finished := sum(done == 1 for done in full):
        return "full" if finished == len(full) else f"full, {finished} of {len(full)} seeds"
    if any(full):
        return f"under way, {100 * max(full):.0f} %"
    return "shortened" if any(done == 1 for done in short) else "not run"


def cell(comparison, judged):
    """Published value, then the one here; in bold what is not as there."""
    number, value = comparison.number, comparison.value
    published = "–" if number.value is None else f"{number.value:.4g}"
    if value is None or number.value is None and math.isnan(value):  # a model without inferred inputs has no score of these
        return published
    here = comparison.measured()
    return f"{published} / {here}" if comparison.holds or not judged else f"{published} / **{here}**"


def grid(family, results, level="full"):
    """Rows and columns of all results of the family; empty where it has none."""
    cells, columns, lengths = {}, [], {}
    for result in manifest.load():
        if result.family != family:
            continue
        state = runs.State(result, level, results)
        for comparison in numbers.compare(result, state):
            number = comparison.number
            if number.row:
                columns += [number.column] if number.column not in columns else []
                lengths.setdefault(number.row, length(state, number.indices, results))
                cells[number.row, number.column] = cell(comparison, level != "smoke")
    if not cells:
        return ""
    lines = ["| published / here, ± SD (of) | " + " | ".join(columns) + " | length |", "|---" * (len(columns) + 2) + "|"]
    lines += [f"| {row} | " + " | ".join(cells[row, column] for column in columns) + f" | {lengths[row]} |" for row in lengths]
    return "\n".join(lines)


def table(family, results):
    blocks = (block(result, results) for result in manifest.load() if result.family == family)
    return "\n\n".join(part for part in (grid(family, results), *blocks) if part)


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
