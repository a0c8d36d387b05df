"""Pages that are easy to read, with eyes, ears or keys: what docutils and the theme leave to do for that.

``tests/browser`` asks axe-core whether anything else keeps somebody out.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

#: What the theme's script looks for: where it scrolls, it can be reached by keyboard.
_SCROLLS = "pst-scrollable-table-container"

_WITHIN_NUMBERS = re.compile(r"(?<=\d) (?=[±%])|(?<=±) (?=\d)")
_AS_IT_IS = (nodes.literal, nodes.FixedTextElement, nodes.math, nodes.raw)


def let_wide_parts_scroll(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Let a formula or figure that is wider than a phone be scrolled by keyboard, as the theme lets code and tables."""
    for kind in (nodes.math_block, nodes.figure):
        for node in doctree.findall(kind):
            node["classes"].append(_SCROLLS)


def keep_numbers_whole(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Let no line end between a number and its interval or sign: "88.3 ± 0.2 %" is one word."""
    for text in list(doctree.findall(nodes.Text)):
        if _WITHIN_NUMBERS.search(text) and not isinstance(text.parent, _AS_IT_IS):
            text.parent.replace(text, nodes.Text(_WITHIN_NUMBERS.sub("\N{NO-BREAK SPACE}", text)))


def list_references(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Let the references be items of their list; docutils gives them a role that ARIA has given up."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app: Sphinx) -> None:
    """Register with Sphinx, for `emnist_utils.book`."""
    app.connect("doctree-resolved", let_wide_parts_scroll)
    app.connect("doctree-resolved", keep_numbers_whole)
    app.connect("html-page-context", list_references)
