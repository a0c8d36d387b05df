"""Every page of the published book, in a real browser and from its files."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page

if TYPE_CHECKING:
    from conftest import Witnessed

BOOK = Path(__file__).resolve().parents[2] / "book"

#: index.html only leads to the first page.
PAGES = sorted(str(path.relative_to(BOOK)) for path in BOOK.rglob("*.html") if path.name != "index.html")

#: A phone by night and a desk by day: the theme follows, and a page is loaded once.
VIEWS = {"dark": (360, 740), "light": (1300, 900)}

#: Formulas drawn, code unfolded, and the theme's search for what scrolls done, which is 0.3 s after a change.
READY = """async () => {
  await window.MathJax?.startup.promise;
  document.querySelectorAll("details").forEach((one) => (one.open = true));
  await new Promise((done) => setTimeout(done, 350));
}"""

pytestmark = pytest.mark.slow


def barriers(page: Page) -> list[str]:
    """Return what axe finds to be a serious barrier or worse, with the first place of each."""
    # unless told not to, axe asks for the style sheets again, which a page from disk may not
    found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
    return [
        f"{one['id']} at {one['nodes'][0]['html'][:200]}: {one['nodes'][0]['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("name", PAGES)
def test_page_keeps_nobody_out(book: Path, opened: Callable[..., Witnessed], name: str) -> None:
    """Protects readers from barriers, its code unfolded, from scrolling sideways, and from errors and requests."""
    witnessed = opened(book, name, color_scheme="dark", viewport={"width": 360, "height": 740})
    page = witnessed.page
    page.evaluate(READY)
    page.add_style_tag(content="* { transition: none !important; }")  # axe would see colours on their way
    for scheme, (width, height) in VIEWS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
        assert barriers(page) == [], scheme
        assert page.evaluate("document.documentElement.scrollWidth") <= width, scheme
    assert witnessed.troubles == []


def test_figures_are_dark_in_the_dark(book: Path, opened: Callable[..., Witnessed]) -> None:
    """Protects eyes at night from figures on white paper, and the colours that legends and texts speak of."""
    page = opened(book, "chapters/04-activation.html", color_scheme="light").page
    figure = page.locator("div.cell_output img").first
    seen = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
        seen[scheme] = np.asarray(Image.open(io.BytesIO(figure.screenshot())).convert("RGB"), float)
    assert np.median(seen["light"]) > 200
    assert np.median(seen["dark"]) < 50
    blue_or_orange = [(pixels[..., 2] - pixels[..., 0]).ravel() for pixels in seen.values()]
    assert np.corrcoef(*blue_or_orange)[0, 1] > 0.8
