"""Pages that are easy to read, as far as no browser is needed to see it; tests/browser has the rest."""

from __future__ import annotations

from docutils import nodes
from docutils.core import publish_doctree, publish_parts
from docutils.utils import new_document

from emnist_utils.readable import keep_numbers_whole, let_wide_parts_scroll, list_references


def test_wide_parts_can_be_reached_by_keyboard() -> None:
    """Protects those who read without a mouse on a narrow screen: the theme lets such elements be reached."""
    document = new_document("page")
    document += nodes.math_block("x", "x", classes=["own"])
    document += nodes.figure("", nodes.image())
    let_wide_parts_scroll(None, document, "page")
    assert document[0]["classes"] == ["own", "pst-scrollable-table-container"]
    assert document[1]["classes"] == ["pst-scrollable-table-container"]


def test_references_are_items_of_their_list() -> None:
    """Protects those who hear the page: a list whose children are no items is none, and its length is not told."""
    body = publish_parts("[A]_ [B]_\n\n.. [A] One.\n.. [B] Two.", writer_name="html5")["body"]
    assert 'role="list"' in body and 'role="listitem"' not in body
    context = {"body": body}
    list_references(None, "page", "page.html", context, None)
    assert context["body"].count('role="listitem"') == 2 and "doc-biblioentry" not in context["body"]
    list_references(None, "search", "search.html", {}, None)


def test_no_line_ends_within_a_number() -> None:
    """Protects numbers from being torn apart, and code from being changed."""
    document = publish_doctree("At 88.3 ± 0.2 % and **5 %** of a %, ``7 % 2``.\n\n::\n\n   9 % 4\n")
    keep_numbers_whole(None, document, "page")
    assert document.astext() == "At 88.3\xa0±\xa00.2\xa0% and 5\xa0% of a %, 7 % 2.\n\n9 % 4"
