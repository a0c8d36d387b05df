"""Pages that need no network and carry no dead weight."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fontTools.ttLib import TTFont

from emnist_utils.offline import requests_elsewhere
from emnist_utils.paths import root

if TYPE_CHECKING:
    from conftest import Project

VENDORED = {
    "mathjax/tex-svg.js": "d4295dc33744836935c1399feece5159577b34c5c8ffb9f1c6324cd82e03a882",
    "sortable/sortable.a11y.min.js": "f22f8df7644643acbeb79cd3518a9dffde198d77efa17aa3eb38154bae4eaa65",
    "sortable/sortable.min.js": "a887cf42ad5b69673364c529afe8500b31dfbe3e78c2e623bee6430fc69b990f",
    "tensorflow/tf-backend-cpu.min.js": "4f232e90455e04cc5f69a691295d07a881a4ad93d7f229598459b9b533259d83",
    "tensorflow/tf-core.min.js": "0924438788ff7da57b14d0f7c45a05d81611a5a4b52653da6d065e86d348757c",
}


def test_vendored_files_are_those_that_were_released() -> None:
    """Protects readers from a script that somebody changed, and each such file from lying there without its licence."""
    folder = root() / "assets"
    found = {str(path.relative_to(folder)): path for path in folder.glob("*/*.js")}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()} == VENDORED
    assert all((path.parent / "LICENSE").exists() for path in found.values())


@pytest.mark.parametrize(
    "text",
    [
        '<script async src="https://cdn.example.org/a.js"></script>',
        '<link rel="stylesheet" href="//fonts.example.org/a.css"/>',
        '<p><img alt="a" src="http://example.org/a.png"></p>',
        "<iframe src='https://example.org/'></iframe>",
        '<style>@import "https://example.org/a.css";</style>',
        '<p style="background: url(https://example.org/a.png)"></p>',
    ],
)
def test_a_request_to_another_host_is_found(tmp_path: Path, text: str) -> None:
    """Protects readers without a network, and those who do not want to be counted, from any such page."""
    (tmp_path / "page.html").write_text(f"<p>{text}</p>")
    (found,) = requests_elsewhere(tmp_path)
    assert re.match(r"page\.html asks for (https?:)?//.*example\.org", found)


def test_links_and_files_of_the_book_are_no_requests(tmp_path: Path) -> None:
    """Protects plain links to other sites, and what lies in the page or beside it, from being refused."""
    (tmp_path / "page.html").write_text(
        '<a href="https://example.org">a</a> <img src="../_images/a.png"> <img src="data:image/png;base64,AA//">'
        '<script src="_static/a.js?v=1"></script><link rel="stylesheet" href="_static/a.css">'
    )
    (tmp_path / "a.css").write_text('p { background: url("file.png") } /* see https://example.org */')
    assert requests_elsewhere(tmp_path) == []


@pytest.mark.slow
def test_a_built_book_asks_no_other_host_and_draws_its_icons(built_once: Project) -> None:
    """Protects the pages of the real build: nothing from elsewhere, no icon missing, no file that no page loads."""
    html = built_once.root / "_build/html"
    assert requests_elsewhere(html) == []
    page = (html / "chapters/01-first.html").read_text()
    assert "thebe@" not in page and "fontawesome.js" not in page
    assert not [path for path in html.rglob("*") if path.suffix in (".map", ".ttf", ".woff2")]
    styles = (html / "_static/styles/pydata-sphinx-theme.css").read_text()
    fonts = re.findall(r"url\(data:font/woff;base64,([^)]+)\)", styles)
    glyphs = set().union(*(TTFont(io.BytesIO(base64.b64decode(font))).getBestCmap() for font in fonts))
    points = dict(re.findall(r"\.(fa-[a-z-]+):before(?:,[^{]*)?\{content:\"\\([0-9a-f]+)\"", styles))
    used = set(re.findall(r"\bfa-[a-z-]+", page)) & set(points)
    assert {"fa-bars", "fa-download", "fa-magnifying-glass"} <= used
    assert [name for name in used if int(points[name], 16) not in glyphs] == []
    linked = [html / "chapters" / re.sub(r"[?#].*", "", link) for link in re.findall(r'(?:src|href)="(\.\./_static[^"]*)', page)]
    assert linked and not [path for path in linked if not path.exists()]
