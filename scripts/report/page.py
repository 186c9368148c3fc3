"""One HTML page that needs nothing beside it: style, scripts, figures and the plotting library are in it."""
import base64
import html
import json
import math
from pathlib import Path

HERE = Path(__file__).parent
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F", "#B8A900"]  # Okabe & Ito


def text(value):
    return html.escape(str(value))


def plain(value):
    """What JSON can say: no NaN."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def in_script(value):
    return json.dumps(plain(value)).replace("</", "<\\/").replace("<!--", "<\\!--")


def table(head, rows, kind="", sortable=False):
    """Cells are text, or (shown, what is sorted by)."""
    def cell(value):
        shown, key = value if isinstance(value, tuple) else (value, None)
        is_number = key is not None and not isinstance(key, str)
        key = "" if key is None else f' data-key="{text(key)}"'
        return f"<td{' class=number' if is_number else ''}{key}>{shown if isinstance(shown, Html) else text(shown)}</td>"

    body = "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in rows)
    heads = "".join(f'<th{" scope=col tabindex=0 role=button" if sortable else ""}>{text(name)}</th>' for name in head)
    return (f'<div class="scroll"><table class="{kind}{" sortable" if sortable else ""}">'
            f"{f'<thead><tr>{heads}</tr></thead>' if head else ''}<tbody>{body}</tbody></table></div>")


class Html(str):
    """Text that is HTML already."""


class Page:
    def __init__(self, title, kicker):
        self.title, self.kicker = title, kicker
        self.facts, self.sections, self.charts = [], [], []

    def fact(self, name, value, kind=""):
        self.facts.append(f'<div class="fact {kind}"><dt>{text(name)}</dt><dd>{text(value)}</dd></div>')

    def section(self, title, content, note="", is_open=True, kind=""):
        """A part of the page that can be folded."""
        name = "".join(c if c.isalnum() else "-" for c in title.lower())
        note = f'<p class="note">{text(note)}</p>' if note else ""
        self.sections.append((name, title, f'<details class="{kind}" id="{name}"{" open" if is_open else ""}>'
                                           f"<summary><h2>{text(title)}</h2></summary>{note}{content}</details>"))

    def chart(self, traces, layout, height=320, kind=""):
        """A place for a figure; drawn when it comes into view."""
        self.charts.append({"data": traces, "layout": layout})
        return f'<div class="chart {kind}" data-chart="{len(self.charts) - 1}" style="height:{height}px"></div>'

    def html(self, library):
        links = "".join(f'<a href="#{name}">{text(title)}</a>' for name, title, _ in self.sections)
        parts = "\n".join(section for _, _, section in self.sections)
        return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text(self.title)} · tsd</title><style>{(HERE / "page.css").read_text(encoding="utf-8")}</style></head>
<body><header><p class="kicker">{text(self.kicker)}</p><h1>{text(self.title)}</h1><dl class="facts">{"".join(self.facts)}</dl>
<nav>{links}</nav></header><main>
{parts}
</main><footer>Made by <code>tsd report</code>; this file needs no network and nothing beside it.</footer>
<script>{library}</script><script>const charts = {in_script(self.charts)}, colours = {in_script(COLOURS)};
{(HERE / "page.js").read_text(encoding="utf-8")}</script></body></html>
"""


def figure(file):
    """A picture in the page."""
    data = base64.b64encode(Path(file).read_bytes()).decode()
    return (f'<figure><img alt="{text(file.stem)}" src="data:image/png;base64,{data}" loading="lazy">'
            f"<figcaption>{text(file.stem.replace('_', ' '))}</figcaption></figure>")
