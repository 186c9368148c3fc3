"""The report of a run."""
import math
import re

from page import COLOURS, Page, figure, table, text
from runs import described, number, short

# Metrics that belong in one chart, by a word of their names, in this order.
KINDS = (("loss", "Loss"), ("acc", "Accuracy"), ("accuracy", "Accuracy"), ("r2", "R²"), ("bps", "Bits per spike"), ("kl", "Divergence"),
         ("angle", "Angle"), ("norm", "Norms"), ("var", "Variances"), ("ramp", "Ramps"))
POSITIONS = ("step", "epoch", "iteration", "run")
MOST = 12  # lines in one chart
DASHES = ("solid", "dot", "dash")


def duration(seconds):
    seconds = round(seconds)
    parts = [(seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{n} {unit}" for n, unit in parts if n) or "under 1 s"


def head(page, run):
    status = run.status
    page.fact("state", status["state"], status["state"])
    if status.get("headline") and status.get("best") is not None:
        page.fact(f"best {status['headline']}", short(float(status["best"])))
    page.fact("steps", f"{status['step']:,} of {status['total']:,}".replace(",", " "))
    page.fact("time", duration(status.get("wall_seconds") or 0))
    page.fact("seed", run.settings.get("seed", "?"))
    page.fact("device", f"{status.get('device', '?')}, {status.get('threads', '?')} thread{'s' if status.get('threads') != 1 else ''}")
    page.fact("finished" if run.state == "done" else "updated", status["updated_utc"].replace("T", " ").replace("Z", " UTC"))


def kind_of(name):
    words = re.split(r"[_.\W]+", name.lower())
    return next((title for word, title in KINDS if word in words), name)


def position(run):
    """What curves are drawn over: epochs where there are some, else steps."""
    return "epoch" if "epoch" in run.columns and run.column("epoch") else run.columns[0]


def curve(place, name, x, y):
    """The place among the lines of a chart says colour and dash."""
    dash = DASHES[place // len(COLOURS) % len(DASHES)]
    return {"type": "scatter", "mode": "lines+markers" if len(x) <= 40 else "lines", "name": name, "x": x, "y": y, "marker": {"size": 5},
            "line": {"width": 1.8, "color": COLOURS[place % len(COLOURS)], "dash": dash}}


def has_texts(run):
    """Rows that are of things with names, as of models beside each other, are a table and no curves."""
    return any(run.column(name) is None for name in run.columns)


def scores(run):
    def cell(value):
        found = number(value)
        return value if found is None else ("" if math.isnan(found) else short(found), found if math.isfinite(found) else None)

    return table(run.columns, [[cell(value) for value in row] for row in run.rows], sortable=True)


def curves(page, run):
    """A chart of each kind of metric."""
    numbers = {name: run.column(name) for name in run.columns}
    x = position(run)
    groups = {}
    for name, values in numbers.items():
        if name not in POSITIONS and any(value is not None for value in values):
            groups.setdefault(kind_of(name), []).append((name, values))
    charts = []
    for title, metrics in sorted(groups.items(), key=lambda group: -len(group[1])):
        for at in range(0, len(metrics), MOST):
            some = metrics[at:at + MOST]
            layout = {"title": {"text": title, "x": 0.02, "font": {"size": 14}}, "xaxis": {"title": {"text": x}}, "showlegend": len(some) > 1,
                      "margin": {"l": 58, "r": 14, "t": 34, "b": 44 + (17 * len(some) if len(some) > 1 else 0)}}
            charts.append(page.chart([curve(i, name, numbers[x], values) for i, (name, values) in enumerate(some)], layout, 280 + 17 * len(some)))
    return f'<div class="grid">{"".join(charts)}</div>'


def settings(run):
    """Every key; those that the command line or the sweep set stand first."""
    own = {word.split("=", 1)[0] for word in run.words()} | set(run.status.get("swept") or {})
    chosen = {key: value for key, value in run.settings.items() if key in own}
    rest = {key: value for key, value in run.settings.items() if key not in own}
    parts = [table([], list(chosen.items()), "pairs")] if chosen else []
    titles = ["<h3>Set by the sweep or on the command line</h3>", "<h3>All others</h3>"] if chosen else [""]
    return "".join(title + part for title, part in zip(titles, parts + [table([], list(rest.items()), "pairs")]))


def provenance(run, attributes):
    rows = [(name, value) for name, value in attributes.items() if name not in ("filetype", "format_version", "coordinates")]
    status = run.status
    parts = [table([], rows or [("family", status["family"]), ("host", status.get("host", ""))], "pairs")]
    for given in status.get("inputs") or []:
        parts.append(f"<h3>Input {text(given.get('key', ''))}</h3>" + table([], list(given.items()), "pairs"))
    if status.get("parent"):
        parts.append("<h3>Began from</h3>" + table([], [(key, value) for key, value in status["parent"].items()], "pairs"))
    parts.append(f"<h3>The same again</h3><p><code>tsd train --config {text(run.folder / 'config.yaml')} --out DIR</code></p>")
    return "".join(parts)


def datasets(rows):
    """By group, each can be unfolded."""
    groups = {}
    for path, *rest in rows:
        group, _, name = path.rpartition("/")
        groups.setdefault(group or "/", []).append((name, *rest))
    return "".join(f"<details{' open' if len(groups) == 1 else ''}><summary><code>{text(group)}</code> <span class=note>{len(found)}</span></summary>"
                   f"{table(['dataset', 'axes', 'units', 'what it is', 'content'], found, 'datasets')}</details>"
                   for group, found in groups.items())


def run_page(run):
    page = Page(run.title, f"tsd · {run.status['family'].replace('_', ' ')} · run")
    head(page, run)
    if run.status.get("message"):
        page.section("Message", f"<p>{text(run.status['message'])}</p>")
    if run.rows and has_texts(run):
        page.section("Scores", scores(run), "A click on a column's head sorts.")
    elif run.rows:
        page.section("Curves", curves(page, run), "A click on a name hides its line, a double click all others; drag to zoom.")
    if run.figures():
        page.section("Figures", f'<div class="figures">{"".join(map(figure, run.figures()))}</div>', "A click makes one large.")
    attributes = {}
    for file in run.files():
        found, rows = described(file)
        attributes = attributes or found
        page.section(file.name, datasets(rows), f"{len(rows)} datasets.", is_open=False)
    page.section("Settings", settings(run), is_open=False)
    page.section("Provenance", provenance(run, attributes), is_open=False)
    return page
