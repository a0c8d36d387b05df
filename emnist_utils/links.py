"""Links of a built book that lead nowhere."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: Attributes that name what an element leads to or loads.
_LEADING = ("href", "src", "action", "data", "poster")


class _Page(HTMLParser):
    """The addresses that a page names, and the places on it that others may name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag names."""
        given = {name: value for name, value in attrs if value}
        self.places.update(given[name] for name in ("id", "name") if name in given and (name == "id" or tag == "a"))
        self.addresses += [given[name] for name in _LEADING if name in given]
        if given.get("http-equiv", "").lower() == "refresh":
            self.addresses += given.get("content", "").partition("url=")[2:]


def dead_links(html: Path) -> list[str]:
    """Return what the pages of a built book lead to or load of the book itself, and what is not there.

    Pages, places on pages, images, scripts, style sheets and downloads count. Links to other sites do not.

    Parameters
    ----------
    html : Path
        The folder of pages.
    """
    html = html.resolve()
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(html.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        for address in dict.fromkeys(page.addresses):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not (target.is_file() and target.is_relative_to(html)):
                found.append(f"{path.relative_to(html)} leads to {address}, which is no file of the book")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].places:
                found.append(f"{path.relative_to(html)} leads to {address}, but there is no such place on that page")
    return found
