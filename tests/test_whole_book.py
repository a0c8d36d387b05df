"""The whole book, built on the smoke profile with the stand-in, as a newcomer without EMNIST would build it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from emnist_utils import dependencies
from emnist_utils.links import dead_links
from emnist_utils.offline import requests_elsewhere

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = [f"chapters/{path.stem}" for path in sorted((ROOT / "chapters").glob("*.py"))]
WITHOUT_FIGURES = ("chapters/00-overview", "chapters/11-runs", "chapters/15-korean")
#: How a page says that its images are drawn by code.
STAND_IN = {"chapters/15-korean": "EMNIST의 이미지가 아닙니다"}
#: All but the page to write on, which rests on the published network under every profile; tests/browser has its tests.
OF_A_PROFILE = [chapter for chapter in CHAPTERS if chapter != "chapters/14-write-a-character"]

#: The first test waits for the whole book.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]


class Clone:
    """A copy of the project with a git history of one commit, and the environment to build it in."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        names = _run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT).stdout
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file() and not name.startswith("book/"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes((ROOT / name).read_bytes())
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "copy"]):
            _run(["git", "-c", "user.name=test", "-c", "user.email=test@example.org", *command], folder)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in ("EMNIST_HOME", "EMNIST_RUNS")},
            "EMNIST_CACHE": str(cache),
            "EMNIST_PROFILE": "smoke",
            "PYTHONPATH": str(folder),
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of this environment's Python in the clone."""
        return _run([sys.executable, *command], self.folder, self.environment, check=False)

    def build(self) -> subprocess.CompletedProcess[str]:
        """Build the book as strictly as it is published."""
        command = "from jupyter_book.cli.main import main; main()"
        return self.run("-c", command, "build", ".", "-n", "-W", "--keep-going")

    @contextmanager
    def edited(self, path: str, addition: str) -> Iterator[None]:
        """Append text to a file for the time of a block, and build the book as it was afterwards."""
        file = self.folder / path
        text = file.read_text()
        file.write_text(text + addition)
        try:
            yield
        finally:
            file.write_text(text)
            assert self.build().returncode == 0

    def html(self) -> dict[str, bytes]:
        """Return the built pages by their paths."""
        pages = self.folder / "_build" / "html"
        return {str(path.relative_to(pages)): path.read_bytes() for path in sorted(pages.rglob("*.html"))}


def _run(
    command: list[str], folder: Path, environment: dict[str, str] | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment, check=check, capture_output=True, text=True)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone in which the book has been built once, without a warning."""
    clone = Clone(tmp_path_factory.mktemp("clone with space"), tmp_path_factory.mktemp("cache"))
    built = clone.build()
    assert built.returncode == 0, built.stdout[-5000:] + built.stderr[-5000:]
    return clone


@pytest.mark.parametrize("chapter", OF_A_PROFILE)
def test_each_chapter_shows_its_figures_and_tables_and_says_what_it_rests_on(clone: Clone, chapter: str) -> None:
    """A chapter must not come out blank, hide the stand-in, or leave a figure without alternative text."""
    page = clone.html()[f"{chapter}.html"].decode()
    article = page[page.index("<article") : page.index("</article>")]
    assert article.count("<figure") >= (0 if chapter in WITHOUT_FIGURES else 2)
    assert article.count("<table") >= 2
    assert STAND_IN.get(chapter, "These are not EMNIST") in article
    assert "smoke" in article
    assert not re.search(r'<img(?![^>]*\balt="[^"]{20,}")[^>]*>', article)
    assert not re.search(r"\bnan\b|Traceback|\{cite\}|:::", article)


@pytest.mark.parametrize("chapter", OF_A_PROFILE)
def test_each_figure_has_a_number_a_caption_and_a_way_to_its_records(clone: Clone, chapter: str) -> None:
    """A reader who doubts a figure must find what it was drawn from."""
    figures = re.findall(r"<figure.*?</figure>", clone.html()[f"{chapter}.html"].decode(), re.DOTALL)
    for figure in figures:
        assert re.search(r'caption-number">Fig. \d+ </span><span class="caption-text">[^<]', figure), figure
        foot = figure[figure.index("<em>From:</em>") :]
        assert re.search(r'href="(11-runs\.html)?#|code alone', foot), foot


def test_the_korean_page_is_marked_as_korean(clone: Clone) -> None:
    """Browsers and screen readers must know where Korean stands: on its page, and where other pages name it."""
    pages = {name: page.decode() for name, page in clone.html().items()}
    assert re.search(r'<section[^>]* lang="ko">', pages["chapters/15-korean.html"])
    assert '<span lang="ko">한국어 요약</span></a>' in pages["chapters/01-dataset-analysis.html"]


def test_the_book_reads_without_a_network_and_is_light(clone: Clone) -> None:
    """Opened from disk or on a phone, nothing may be missing, and a page loads only the scripts that it uses."""
    html = clone.folder / "_build" / "html"
    assert requests_elsewhere(html) == []
    assert sum(path.stat().st_size for path in html.rglob("*") if path.is_file()) < 30e6
    pages = {name: page.decode() for name, page in clone.html().items()}
    assert {name for name, page in pages.items() if "tex-svg.js" in page} == {
        name for name, page in pages.items() if re.search(r'class="math\b', page)
    }
    for script, chapter in (("run-table", "11-runs"), ("confusion-explorer", "10-results")):
        assert [name for name, page in pages.items() if f"{script}.js" in page] == [f"chapters/{chapter}.html"]
    first = html / "chapters/00-overview.html"
    loaded = {
        (first.parent / address.partition("?")[0]).resolve()
        for address in re.findall(
            r'<(?:script|link|img)\b[^>]*?\b(?:src|href)="([^"]+\.(?:js|css|png)\b[^"]*)"',
            pages["chapters/00-overview.html"],
        )
    }
    assert len(loaded) > 10
    assert first.stat().st_size + sum(path.stat().st_size for path in loaded) < 1e6


def test_every_link_leads_somewhere(clone: Clone) -> None:
    """A reader must find the figure, term, run, file or page that the text names."""
    assert dead_links(clone.folder / "_build" / "html") == []


def test_everything_can_be_downloaded(clone: Clone) -> None:
    """All runs as one table with the meaning of its columns, and every notebook, must be reachable from a page."""
    page = clone.folder / "_build" / "html" / "chapters" / "11-runs.html"
    links = re.findall(r'href="([^"]*_downloads/[^"]*)"', page.read_text())
    names = {Path(link).name for link in links if (page.parent / link).exists()}
    assert {"runs.csv", "runs-columns.csv", *(f"{Path(chapter).name}.ipynb" for chapter in CHAPTERS)} <= names


def test_building_again_executes_nothing_and_changes_no_byte(clone: Clone) -> None:
    """A build is reproducible, and costs seconds where nothing changed."""
    before = clone.html()
    built = clone.build()
    assert built.returncode == 0
    assert [chapter for chapter in CHAPTERS if f"{chapter}: kept" not in built.stdout] == []
    assert clone.html() == before


def test_a_build_leaves_the_working_tree_clean(clone: Clone) -> None:
    """Whatever a build writes is ignored by git."""
    assert _run(["git", "status", "--porcelain"], clone.folder).stdout == ""


def test_every_chapter_is_in_the_book() -> None:
    """A chapter that was written but not named in the table of contents would be read by nobody."""
    toc = (ROOT / "_toc.yml").read_text()
    assert [chapter for chapter in CHAPTERS if chapter not in toc] == []


def test_a_library_edit_executes_the_chapters_that_use_it_alone(clone: Clone) -> None:
    """An edit to a figure of some chapters neither serves the old figure nor executes the others."""
    module = "cross_dataset"
    users = {
        chapter
        for chapter in CHAPTERS
        if f"emnist_utils.report.{module}" in dependencies.library(ROOT / f"{chapter}.py")
    }
    assert 0 < len(users) < len(CHAPTERS) / 2
    with clone.edited(f"emnist_utils/report/{module}.py", "\n# an edit\n"):
        built = clone.build()
    assert built.returncode == 0
    assert {chapter for chapter in CHAPTERS if f"{chapter}: running" in built.stdout} == users
    assert {chapter for chapter in CHAPTERS if f"{chapter}: kept" in built.stdout} == {*CHAPTERS} - users


def test_a_chapter_runs_by_itself_with_papermill(clone: Clone) -> None:
    """The notebooks in the repository are runnable as they stand, with the profile as a parameter."""
    ran = clone.run("-m", "papermill", f"{CHAPTERS[1]}.ipynb", "out.ipynb", "-p", "profile", "smoke")
    assert ran.returncode == 0, ran.stderr[-3000:]
    (clone.folder / "out.ipynb").unlink()


def test_a_broken_chapter_fails_every_build(clone: Clone) -> None:
    """A chapter that raises makes the build red each time, and its last good page stays."""
    page = clone.html()[f"{CHAPTERS[1]}.html"]
    with clone.edited(f"{CHAPTERS[1]}.py", "\n# %%\n1 / 0\n"):
        for _ in range(2):
            built = clone.build()
            assert built.returncode != 0
            assert "ZeroDivisionError" in built.stdout + built.stderr
        assert clone.html()[f"{CHAPTERS[1]}.html"] == page
