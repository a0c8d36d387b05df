"""How soon the first page of the published book stands, in a browser that opens it from disk.

``python benchmarks/pages.py chromium`` takes some seconds; its argument is the command of a Chromium or Chrome. Each
load has a profile of its own, so that nothing of an earlier one is cached there.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from common import machine, spread, write
from playwright.sync_api import Browser, sync_playwright

FIRST = Path(__file__).resolve().parents[1] / "book/chapters/00-overview.html"
LOADS = 15

#: Milliseconds from the start of a page to its largest contentful paint, when that has come.
PAINTED = """new Promise((done) =>
  new PerformanceObserver((found) => done(found.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true }))"""


def load(browser: Browser) -> tuple[float, int]:
    """Open the first page; return the seconds to its largest contentful paint, and the bytes of what it loaded."""
    with browser.new_context() as context:
        page = context.new_page()
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(request.url))
        page.goto(FIRST.as_uri())
        files = {Path(unquote(urlsplit(address).path)) for address in asked if address.startswith("file:")}
        return page.evaluate(PAINTED) / 1000, sum(file.stat().st_size for file in files)


def main() -> None:
    """Measure and write ``results/pages.json``."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which(sys.argv[1]))
        load(browser)  # the browser itself is then in memory
        paints, sizes = zip(*(load(browser) for _ in range(LOADS)), strict=True)
        found = {"browser": f"Chromium {browser.version}", "seconds": spread(paints), "bytes": max(sizes)}
        browser.close()
    print(found)
    write("pages", {"machine": machine(), **found})


if __name__ == "__main__":
    main()
