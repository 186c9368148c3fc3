"""The report of a sweep: its runs beside each other."""
import os
from pathlib import Path

from page import COLOURS, Html, Page, table, text
from run_page import duration, position
from runs import number, short

MOST_CURVES, MOST_LEVELS = 300, 30


def varied(runs):
    """Keys in which the runs differ, and the seed; those that the sweep names first."""
    named = [key for run in runs for key in (run.status.get("swept") or {})]
    keys = dict.fromkeys(named + [key for run in runs for key in run.settings])
    return [key for key in keys if len({str(run.settings.get(key)) for run in runs}) > 1]


def shown(value):
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def label(run, keys):
    return ", ".join(f"{key}={shown(run.settings.get(key))}" for key in keys)


def best(run):
    value = run.status.get("best")
    return None if value is None else float(value)


def is_larger_better(runs):
    """By the runs' own courses: the best value is the largest, or the smallest, of its column."""
    for run in runs:
        name = run.status.get("headline")
        values = [v for v in (run.column(name) or []) if v is not None] if name in run.columns else []
        if len(values) > 1 and max(values) != min(values) and best(run) is not None:
            return abs(best(run) - max(values)) <= abs(best(run) - min(values))
    return True


def head(page, runs, headline, winner):
    states = {}
    for run in runs:
        states[run.state] = states.get(run.state, 0) + 1
    page.fact("runs", len(runs))
    for state, n in sorted(states.items()):
        page.fact(state, n, state)
    if winner:
        page.fact(f"best {headline}", short(best(winner)))
        page.fact("of run", winner.status.get("index") if winner.status.get("index") is not None else winner.folder.name)
    page.fact("time, all together", duration(sum(run.status.get("wall_seconds") or 0 for run in runs)))


def dimension(key, values):
    """An axis of the parallel coordinates: numbers as they are, else one place for each word."""
    numbers = [number(value) for value in values]
    if all(n is not None and not isinstance(v, bool) for n, v in zip(numbers, values)):
        few = sorted(set(numbers))
        ticks = {"tickvals": few, "ticktext": [short(n) for n in few]} if len(few) <= 8 else {}
        return {"label": key, "values": numbers, **ticks}
    words = sorted({shown(value) for value in values})
    return {"label": key, "values": [words.index(shown(value)) for value in values], "tickvals": list(range(len(words))), "ticktext": words}


def parallel(page, runs, keys, headline):
    judged = [run for run in runs if best(run) is not None]
    values = [best(run) for run in judged]
    dimensions = [dimension(key, [run.settings.get(key) for run in judged]) for key in keys]
    dimensions.append({"label": f"best {headline}", "values": values})
    trace = {"type": "parcoords", "dimensions": dimensions, "line": {"color": values, "colorscale": [[0, "#C9D3DC"], [0.5, "#56B4E9"],
             [1, "#004C7A"]], "showscale": True, "colorbar": {"thickness": 10, "outlinewidth": 0}}, "labelfont": {"size": 12}}
    wide = page.chart([trace], {"margin": {"l": 60, "r": 30, "t": 60, "b": 24}}, 380)
    return f'<div class="scroll"><div style="min-width:{130 * (len(dimensions) + 1)}px">{wide}</div></div>'


def courses(page, runs, keys, headline):
    """A line for each run; which metric, a choice says. Colours are the values of the first key."""
    metrics = [name for name in runs[0].columns if name not in ("step", "epoch") and runs[0].column(name)]
    if not metrics:
        return ""
    first = headline if headline in metrics else metrics[0]
    colour_key = keys[0] if keys else None
    values = list(dict.fromkeys(shown(run.settings.get(colour_key)) for run in runs))
    traces = []
    for metric in metrics:
        for run in runs[:MOST_CURVES]:
            if metric in run.columns and run.column(metric):
                value = shown(run.settings.get(colour_key))
                traces.append({"type": "scatter", "mode": "lines", "x": run.column(position(run)), "y": run.column(metric), "meta": metric,
                               "visible": metric == first, "name": label(run, keys) or run.title, "legendgroup": value,
                               "line": {"width": 1.4, "color": COLOURS[values.index(value) % len(COLOURS)]}, "showlegend": False})
    layout = {"xaxis": {"title": {"text": position(runs[0])}}, "yaxis": {"title": {"text": first}}}
    place = page.chart(traces, layout, 400)
    options = "".join(f"<option{' selected' if name == first else ''}>{text(name)}</option>" for name in metrics)
    keyed = "".join(f'<span><span style="color:{COLOURS[i % len(COLOURS)]}">&#9679;</span> {text(colour_key)}={text(value)}</span>'
                    for i, value in enumerate(values[:12])) if colour_key else ""
    return f'<div class="tools"><label>metric <select data-for="{len(page.charts) - 1}">{options}</select></label>{keyed}</div>{place}'


def scale_of(numbers):
    """Of an axis with many numbers."""
    return "log" if min(numbers) > 0 and max(numbers) / min(numbers) > 50 else "linear"


def by_key(page, runs, keys, headline):
    """Best values over each setting alone: each run a point, their mean a line where values are few; texts of many values are left out."""
    charts = []
    for i, key in enumerate(keys):
        groups = {}
        for run in runs:
            if best(run) is not None:
                groups.setdefault(shown(run.settings.get(key)), []).append(run)
        names = sorted(groups, key=lambda name: (number(name) is None, number(name) or 0, name))
        numbers, many = [number(name) for name in names], len(names) > MOST_LEVELS
        if many and None in numbers:
            continue
        points = [(n if many else name, run) for name, n in zip(names, numbers) for run in groups[name]]
        traces = [{"type": "scatter", "mode": "markers", "x": [name for name, _ in points], "y": [best(run) for _, run in points],
                   "text": [label(run, keys) for _, run in points], "hovertemplate": "%{text}<br>%{y:.5g}<extra></extra>",
                   "marker": {"size": 7, "opacity": 0.55, "color": COLOURS[i % len(COLOURS)]}, "showlegend": False}]
        if not many:
            traces.append({"type": "scatter", "mode": "markers", "x": names, "y": [sum(map(best, groups[n])) / len(groups[n]) for n in names],
                           "hovertemplate": "mean %{y:.5g}<extra></extra>", "showlegend": False,
                           "marker": {"symbol": "line-ew", "size": 30, "line": {"width": 2.5, "color": "#1d2733"}}})
        axis = {"title": {"text": key}, "type": scale_of(numbers) if many else "category"}
        charts.append(page.chart(traces, {"xaxis": axis, "yaxis": {"title": {"text": f"best {headline}"}}}, 290))
    return f'<div class="grid">{"".join(charts)}</div>'


def link(run, page_folder):
    """To the run's own report, if it has one."""
    name = str(run.status.get("index")) if run.status.get("index") is not None else run.folder.name
    own = run.folder / "report.html"
    return Html(f'<a href="{text(Path(os.path.relpath(own, page_folder)).as_posix())}">{text(name)}</a>' if own.exists() else text(name))


def all_runs(runs, keys, headline, winner, page_folder):
    last = [name for name in runs[0].columns[1:] if name not in keys]
    columns = ["run", "state", *keys, f"best {headline}", "time", *last]
    rows = []
    for run in runs:
        row = [(link(run, page_folder), run.status.get("index") if run.status.get("index") is not None else run.folder.name), (run.state, run.state)]
        for key in keys:
            value = run.settings.get(key)
            n = None if isinstance(value, bool) else number(value)
            row.append((shown(value), shown(value) if n is None else n))
        row.append((short(best(run)), best(run)) if best(run) is not None else "")
        row.append((duration(run.status.get("wall_seconds") or 0), float(run.status.get("wall_seconds") or 0)))
        for name in last:
            value = number(run.rows[-1][run.columns.index(name)]) if run.rows and name in run.columns else None
            row.append("" if value is None else (short(value), value))
        rows.append(row)
    whole = table(columns, rows, sortable=True)
    if winner:
        at = runs.index(winner)
        pieces = whole.split("<tr>")
        whole = "<tr>".join(pieces[:at + 2]) + '<tr class="best">' + "<tr>".join(pieces[at + 2:])
    return (f'<div class="tools"><label>show rows with <input type="search" data-filter="runs-table" placeholder="lr 0.001 done"></label></div>'
            f'<div id="runs-table">{whole}</div>')


def sweep_page(folder, runs):
    keys = varied(runs)
    headline = next((run.status["headline"] for run in runs if run.status.get("headline")), "")
    families = sorted({run.status["family"] for run in runs})
    judged = [run for run in runs if best(run) is not None]
    winner = (max if is_larger_better(runs) else min)(judged, key=best) if judged else None
    page = Page(Path(folder).resolve().name, f"tsd · {', '.join(families).replace('_', ' ')} · sweep")
    head(page, runs, headline, winner)
    if judged and keys:
        page.section("Settings and scores", parallel(page, runs, keys, headline),
                     "Each line is a run. Drag along an axis to pick a range, drag its name to move it; a double click lets go.")
        page.section("One setting at a time", by_key(page, runs, keys, headline), "Each point is a run; a bar is the mean.")
    if begun := [run for run in runs if run.rows]:
        page.section("Curves", courses(page, begun, keys, headline),
                     f"The first {MOST_CURVES} of {len(begun)} runs." if len(begun) > MOST_CURVES else "")
    page.section("Runs", all_runs(runs, keys, headline, winner, Path(folder)),
                 "A click on a column's head sorts. The best run is shaded; metrics on the right are those of the last row.")
    common = [(key, value) for key, value in runs[0].settings.items() if key not in keys]
    page.section("What all runs share", table([], common, "pairs"), is_open=False)
    return page
