#!/usr/bin/env python3
"""tsd report: one file without addresses of others, that headless Chromium draws without an error at two widths.

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


class Addresses(html.parser.HTMLParser):
    """What a page asks of elsewhere."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("src", "href", "srcset") and value and not value.startswith(("data:", "#")):
                self.found.append((tag, value))


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


def check(page, folder, runs, figures):
    asks = Addresses()
    asks.feed(page.read_text())
    outside = [item for item in asks.found if not (item[0] == "a" and item[1].endswith("report.html"))]
    assert not outside, f"{page}: {outside[:3]}"
    if not browser():
        print(f"{page.name}: not drawn: no chromium")
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
    print("a run and a sweep of 8: whole pages, drawn at two widths without an error")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), *sys.argv[3:])
