#!/usr/bin/env python3
"""tsd report: one file without addresses of others, whose charts have data, and that headless Chromium draws without an error at two
widths. Exit 77 (skipped) where there is no Chromium and all else is right.

    check_report.py SOURCE TSD [FOLDER]     keeps pages and pictures in FOLDER
"""
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import environment

environment.enter()

# At its end the page writes what came of it into its title, where --dump-dom shows it.
PROBE = """<script>
const errors = []; window.addEventListener("error", (event) => errors.push(event.message));
window.addEventListener("load", () => setTimeout(() => {
  document.querySelectorAll("details").forEach((part) => { part.open = true; });
  document.querySelectorAll("[data-chart]").forEach((place) => draw(place));
  const head = [...document.querySelectorAll("table.sortable th")].find((th) => th.textContent.startsWith("best"));
  if (head) { head.click(); head.click(); }
  const table = document.querySelector("table.sortable");
  document.title = "probe:" + JSON.stringify({
    errors, charts: document.querySelectorAll("[data-chart]").length, drawn: document.querySelectorAll("[data-chart] .main-svg").length > 0
      ? [...document.querySelectorAll("[data-chart]")].filter((place) => place.querySelector(".main-svg")).length : 0,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    column: table && head ? [...table.tBodies[0].rows].map((row) => row.cells[head.cellIndex].textContent) : [],
    figures: [...document.querySelectorAll("figure img")].filter((image) => image.src.startsWith("data:image/png")).length });
}, 500));
</script>"""


class Parts(html.parser.HTMLParser):
    """What a page asks of elsewhere, its places for charts, figures, and rows of each table."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.places, self.figures, self.rows, self._open = [], [], 0, [], []
        self.feed(text)
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.addresses += [(tag, given[name]) for name in ("src", "href", "srcset")
                           if given.get(name) and not given[name].startswith(("data:", "#"))]
        self.places += [int(given["data-chart"])] if "data-chart" in given else []
        self.figures += tag == "img" and "figure" in self._open and given["src"].startswith("data:image/png;base64,")
        self.rows += [0] if tag == "table" else []
        if tag == "tr" and "tbody" in self._open:
            self.rows[-1] += 1
        if tag not in ("meta", "img", "br", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open and self._open.pop() == tag, f"</{tag}> closes nothing"


def browser():
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def probed(page, width, folder):
    copy = folder / f"probe_{width}.html"
    copy.write_text(page.read_text().replace("</head>", PROBE + "</head>"))
    command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", f"--window-size={width},1200",
               "--virtual-time-budget=20000"]
    dom = subprocess.run([*command, "--dump-dom", copy.as_uri()], capture_output=True, text=True, timeout=240).stdout
    found = re.search(r"<title>probe:(.*?)</title>", dom, re.S)
    assert found, f"{page} at {width}: the page was not drawn"
    picture = page.with_name(f"{page.stem}_{width}.png")
    subprocess.run([*command, f"--window-size={width},3000", "--hide-scrollbars", f"--screenshot={picture}", page.as_uri()], capture_output=True, timeout=240)
    return json.loads(html.unescape(found[1]))


def has_points(trace):
    columns = [axis["values"] for axis in trace["dimensions"]] if "dimensions" in trace else [trace["x"], trace["y"]]
    return {len(values) for values in columns} == {len(columns[0])} != {0}


def undrawn(page, runs, figures):
    """What can be told of a page without a browser."""
    text = page.read_text()
    parts = Parts(text)
    outside = [item for item in parts.addresses if not (item[0] == "a" and item[1].endswith("report.html"))]
    assert not outside, f"{page}: {outside[:3]}"
    charts = json.JSONDecoder().raw_decode(text.rpartition("const charts = ")[2])[0]
    assert sorted(parts.places) == list(range(len(charts))) and charts, f"{page}: {len(charts)} charts, places {parts.places}"
    for chart in charts:
        assert chart["data"] and all(map(has_points, chart["data"])), f"{page}: {chart}"
    assert parts.figures == figures, f"{page}: {parts.figures} figures, expected {figures}"
    assert runs == 1 or runs in parts.rows, f"{page}: tables of {parts.rows} rows, expected one of {runs} runs"


def check(page, folder, runs, figures):
    undrawn(page, runs, figures)
    if not browser():
        return
    for width in (500, 1400):  # headless Chromium has no narrower window
        seen = probed(page, width, folder)
        assert seen["errors"] == [] and seen["charts"] == seen["drawn"] > 0, f"{page} at {width}: {seen}"
        assert seen["wide"] <= 0, f"{page} at {width}: {seen['wide']} pixels wider than the window"
        assert seen["figures"] == figures, f"{page}: {seen['figures']} figures, expected {figures}"
        if runs > 1:
            assert len(seen["column"]) == runs and seen["column"] == sorted(seen["column"], key=float, reverse=True), seen["column"]


class Drawn:
    """A run of a search: a number and a text that no other has."""
    columns, rows, state, title, folder = ["step", "acc"], [["1", "0.5"]], "done", "drawn", Path("drawn")

    def __init__(self, k):
        self.settings = {"lr": 10 ** (k / 10 - 4), "name": f"run {k}", "width": 1 + k % 3}
        self.status = {"best": float(k), "headline": "acc", "family": "nback", "index": k}

    def column(self, name):
        return [float(row[self.columns.index(name)]) for row in self.rows]


def shows_many_values(source):
    """Of 301 values: numbers on a scale of their own, without means; texts are left out. Curves are those of 300, which is said."""
    sys.path.insert(0, str(source / "scripts/report"))
    import sweep_page
    page = sweep_page.sweep_page(Path("search"), [Drawn(k) for k in range(301)])
    axes = {chart["layout"]["xaxis"]["title"]["text"]: (chart["layout"]["xaxis"].get("type"), len(chart["data"]))
            for chart in page.charts if "xaxis" in chart["layout"]}
    assert axes == {"lr": ("log", 1), "width": ("category", 2), "step": (None, 300)}, axes
    assert "The first 300 of 301 runs." in page.html("")


def main(source, tsd, keep=None):
    shows_many_values(source)
    environment_of_report = {**os.environ, "TSD_PYTHON": sys.executable}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        out = Path(keep or folder).resolve() / "report"
        out.mkdir(parents=True, exist_ok=True)
        (out / "sweep.yaml").write_text(f"family: nback\nextends: {source}/configs/nback/smoke.yaml\n"
                                        "sweep: {grid: {lr: [1.0e-3, 3.0e-3], rnn_type: [gru, rnn], seed: [1, 2]}}\n")
        subprocess.run([tsd, "train", "--config", out / "sweep.yaml", "num_train=320", "description=</script><b>&",  "--out", out, "--quiet"], check=True)
        run = out / "sweep/0"
        subprocess.run([tsd, "plot", run], check=True, capture_output=True)
        subprocess.run([tsd, "report", run, out / "sweep"], check=True, env=environment_of_report, stdout=subprocess.DEVNULL)
        check(run / "report.html", folder, 1, len(list(run.glob("*.png"))))
        check(out / "sweep/report.html", folder, 8, 0)
        done = subprocess.run([tsd, "report", out / "nothing"], env=environment_of_report, text=True, capture_output=True)
        assert done.returncode == 66 and done.stderr.count("\n") == 1 and "nothing" in done.stderr, done.stderr
    if not browser():
        print("skipped: a run and a sweep of 8: whole pages, but not drawn: no chromium here (apt-get install chromium)")
        return environment.SKIPPED
    print("a run and a sweep of 8: whole pages, drawn at two widths without an error")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), *sys.argv[3:]))
