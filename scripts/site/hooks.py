"""Equations as MathML: every browser shows it, and nothing has to be fetched when a page is read."""
import html
import logging
import re

from latex2mathml.converter import convert

ERRORS = logging.getLogger("mkdocs.plugins.equations")
EQUATION = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.S)


def on_page_content(content, page, **_):
    def mathml(match):
        tag, opening, text = match.groups()
        try:
            text = re.sub(r"(?<=\\texttt{)[^}]*", lambda name: name[0].replace(r"\_", "_"), html.unescape(text))
            return convert(text, display="block" if opening == "[" else "inline")
        except Exception as error:  # a warning is an error in strict mode
            ERRORS.warning("%s: equation %r: %s", page.file.src_uri, text, error)
            return match.group(0)

    return EQUATION.sub(mathml, content)
