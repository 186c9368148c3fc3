"""Configs that tsd reads, made of a search: one that tsd checks before anything runs, and one for each run."""
import re
import tempfile
from pathlib import Path

import yaml

from search.plan import Mistake


def entries(node, text, indent):
    """The mapping's entries as they stand in the file, moved to another indent: (line, line in the file, columns moved)."""
    lines = []
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        begin, column = key.start_mark, key.start_mark.column
        piece = text[begin.index:value.end_mark.index].rstrip()
        for number, line in enumerate(piece.split("\n")):
            kept = line if number == 0 else line[min(column, len(line) - len(line.lstrip())):]
            lines.append((" " * indent + kept, begin.line + number, indent - column))
    return lines


def head(plan):
    own = [(line, None, 0) for line in (f"extends: {quoted(plan.config)}", f"description: a trial of the search {plan.name}")]
    return own + entries(plan.settings, plan.text, 0)


def quoted(path):
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def checked(plan, problems, tsd):
    """Family of the model, and digest of its settings. Mistake with `problems` and all that tsd has to say of the file, in the places of the file."""
    lines = head(plan) + [("sweep:", None, 0), ("  random:", None, 0), ("    n: 1", None, 0), ("    space:", None, 0)]
    lines += entries(plan.space_node, plan.text, 6)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, f"{plan.name}.yaml")
        made.write_text("".join(line + "\n" for line, _, _ in lines), encoding="utf-8")
        told = [] if not plan.space and problems else tsd.problems(made)
        problems = problems + [in_place(line, made, lines, plan.file) for line in told]
        if problems:
            raise Mistake("\n".join(sorted(problems, key=place)))
        return tsd.facts(made)


def place(problem):
    found = re.search(r":(\d+):(\d+): ", problem)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def in_place(problem, made, lines, file):
    found = re.match(re.escape(str(made)) + r":(\d+):(\d+): (.*)", problem, re.S)
    if not found:
        return problem.replace(str(made), str(file))
    _, line, moved = lines[int(found[1]) - 1]
    what = found[3].replace("sweep.random.space.", "space.")
    what = re.sub(f"; tried {re.escape(str(made.parent))}/.*", "; a search names files by their whole path", what)
    return f"{file}: {what}" if line is None else f"{file}:{line + 1}:{int(found[2]) - moved}: {what}"


def number_text(value):
    """A float as YAML 1.1 and 1.2 both read it."""
    text = repr(float(value))
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def of_run(plan, number, values):
    """The config of a run: a sweep of one setting, so that its number and what it stands for are told wherever runs are."""
    setting = "{" + ", ".join(f"{key}: {text}" for key, text in values.items()) + "}"
    lines = [line for line, _, _ in head(plan)] + ["sweep:", f"  first_index: {number}", "  list:", f"    - {setting}"]
    return "".join(line + "\n" for line in lines)


def best_config(plan, values, why):
    """A config of the best settings, to train again by hand."""
    nested = {}
    for key, text in values.items():
        *groups, last = key.split(".")
        at = nested
        for group in groups:
            at = at.setdefault(group, {})
        at[last] = yaml.safe_load(text) if not isinstance(text, (int, float)) else text
    settings = yaml.safe_load("".join(line + "\n" for line, _, _ in entries(plan.settings, plan.text, 0))) or {}
    text = yaml.safe_dump(merged(settings, nested), sort_keys=False, default_flow_style=False)
    return f"# {why}\nextends: {quoted(plan.config)}\n{text}"


def merged(under, over):
    both = dict(under)
    for key, value in over.items():
        both[key] = merged(both[key], value) if isinstance(value, dict) and isinstance(both.get(key), dict) else value
    return both
