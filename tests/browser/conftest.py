"""A real browser, and pages of the book to open in it from their files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: What keeps Chromium from asking for anything by itself.
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the installed Chromium or Chrome; without one, skip, but fail where CI runs, which must not miss a test."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        message = f"no browser found ({', '.join(BROWSERS)}): install one, on Debian with 'apt-get install chromium'"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield started
        started.close()


class Witnessed:
    """A page, and what went wrong on it.

    Attributes
    ----------
    page : Page
    troubles : list of str
        Errors and warnings of the console, exceptions, and requests that failed or went beyond the book's own files.
    """

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.troubles: list[str] = []
        self._own = (folder.as_uri(), "data:", "blob:")
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", self._see)
        page.on("requestfailed", lambda request: self.troubles.append(f"failed: {request.url}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(message.text)

    def _see(self, request: Request) -> None:
        if not request.url.startswith(self._own):
            self.troubles.append(f"asked: {request.url}")


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Witnessed]]:
    """Give a function that opens a file of a folder as a page; its further arguments are Playwright's for a context."""
    contexts = []

    def open_file(folder: Path, name: str, **settings: object) -> Witnessed:
        context = browser.new_context(**settings)
        context.set_default_timeout(120_000)  # a busy machine is slow, and not wrong
        contexts.append(context)
        witnessed = Witnessed(context.new_page(), folder)
        witnessed.page.goto((folder / name).as_uri())
        return witnessed

    yield open_file
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the published book, with its scripts and style sheets as they are now.

    So a change of these is seen to break a page before it is published. The pages themselves change by publishing.
    """
    folder = tmp_path_factory.mktemp("published") / "book"
    shutil.copytree(ROOT / "book", folder)
    for name in ("_static", "assets"):
        shutil.copytree(ROOT / name, folder / "_static", dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def built_page(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give a function that builds a book of one chapter, which trains nothing; it returns the folder of HTML.

    The chapter is executed and rendered by the book's own extension and settings, as strictly as it is published. The
    study is left out: there is nothing to train, to list or to ask of a network, and the other chapters are empty pages
    to link to.
    """

    def build(stem: str) -> Path:
        folder = tmp_path_factory.mktemp(stem)
        for name in ("_static", "assets", "emnist_utils", "results"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "emnist_utils/runner.py").write_text("def run(profile):\n    pass\n")
        (folder / "emnist_utils/report/run_export.py").write_text("def write(profile, folder):\n    pass\n")
        (folder / "emnist_utils/report/view_accuracy.py").write_text("def make(profile):\n    pass\n")
        (folder / "chapters").mkdir()
        for name in ("_config.yml", "references.bib", f"chapters/{stem}.py", f"chapters/{stem}.ipynb"):
            shutil.copyfile(ROOT / name, folder / name)
        others = sorted(path.stem for path in (ROOT / "chapters").glob("*.py") if path.stem != stem)
        for other in others:
            (folder / f"chapters/{other}.md").write_text(f"# {other}\n")
        (folder / "intro.md").write_text("# The book\n\n```{bibliography}\n```\n")
        entries = "".join(f"  - file: chapters/{name}\n" for name in [*others, stem])
        (folder / "_toc.yml").write_text(f"format: jb-book\nroot: intro\nchapters:\n{entries}")
        command = "from jupyter_book.cli.main import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", command, "build", ".", "-n", "-W", "--keep-going"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "EMNIST_PROFILE": "quick"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return folder / "_build/html"

    return build
