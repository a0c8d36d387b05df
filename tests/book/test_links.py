"""Links within the book."""

from __future__ import annotations

from pathlib import Path

import pytest

from emnist_utils.links import dead_links
from emnist_utils.paths import root


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('<a href="b.html">b</a>', "b.html, which is no file"),
        ('<a href="../a.html#top">b</a>', "../a.html#top, which is no file"),
        ('<a href="sub/">b</a>', "sub/, which is no file"),
        ('<a href="#nowhere">b</a>', "#nowhere, but there is no such place"),
        ('<a href="sub/c.html#a%C3%A4b">b</a>', "sub/c.html#a%C3%A4b, but there is no such place"),
        ('<img alt="" src="b.png">', "b.png, which is no file"),
        ('<script src="b.js?v=1"></script>', "b.js?v=1, which is no file"),
        ('<meta http-equiv="Refresh" content="0; url=b.html">', "b.html, which is no file"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, text: str, wrong: str) -> None:
    """Protects readers from dead links, and from pages without their pictures or scripts."""
    (tmp_path / "html/sub").mkdir(parents=True)
    (tmp_path / "a.html").write_text('<p id="top">')
    (tmp_path / "html/sub/c.html").write_text('<p id="c">')
    (tmp_path / "html/a.html").write_text(f"<p>{text}</p>")
    (found,) = dead_links(tmp_path / "html")
    assert found.startswith(f"a.html leads to {wrong}")


def test_links_that_lead_somewhere_are_no_faults(tmp_path: Path) -> None:
    """Protects links to other sites, to the page itself, to names with spaces and to places on other pages."""
    (tmp_path / "c d.html").write_text('<p id="aäb"><a name="old"></a>')
    (tmp_path / "a.html").write_text(
        '<a href="https://example.org/b#c">a</a><a href="mailto:a@example.org">b</a><a href="#">c</a><a href="">d</a>'
        '<a href="c%20d.html?q=1#a%C3%A4b">e</a><a href="c%20d.html#old">f</a><img alt="" src="data:image/png;base64,AA">'
        '<meta http-equiv="refresh" content="0; url=c%20d.html"><meta name="viewport"><meta content="0; url=b.html">'
    )
    assert dead_links(tmp_path) == []


def test_every_link_of_the_published_book_leads_somewhere() -> None:
    """Protects the readers of the published pages."""
    assert len(list((root() / "book").rglob("*.html"))) > 15
    assert dead_links(root() / "book") == []
