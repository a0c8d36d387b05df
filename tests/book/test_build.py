"""The whole book, built by jupyter-book with the real extension."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emnist_utils import book, data

if TYPE_CHECKING:
    from conftest import Project

STRICT = ("-n", "-W", "--keep-going")


@pytest.mark.slow
def test_fresh_build_trains_executes_and_leaves_the_tree_clean(built_once: Project) -> None:
    """A reader's clone has pages with this profile's outputs, and nothing for git to see beside the sentinels."""
    assert "first quick 41 d1" in built_once.html("chapters/01-first")
    assert "second quick r1" in built_once.html("chapters/02-second")
    assert (built_once.root / "runs/trained").read_text() == "quick\n"
    changed = built_once.git("status", "--porcelain").splitlines()
    assert sorted(changed) == ["?? chapters/sentinel.md", "?? tests/"]


@pytest.mark.slow
def test_page_outside_the_table_of_contents_leaves_no_trace(built_once: Project) -> None:
    """A forgotten notebook is neither executed nor published."""
    assert not list(built_once.root.rglob("sentinel-ran"))
    assert not [name for name in built_once.bytes_of("_build") if "sentinel" in name]
    assert "sentinel" not in (built_once.root / "_build/html/searchindex.js").read_text().lower()


@pytest.mark.slow
def test_unchanged_build_changes_no_byte_and_prose_executes_nothing(project: Project) -> None:
    """The same state gives the same bytes; an edit of prose shows at once and changes no other page and no output."""
    project.build(*STRICT)
    before = project.bytes_of()
    said = project.build(*STRICT)
    assert said.count(": kept") == 2
    assert project.bytes_of() == before

    executed = project.bytes_of("_executed")
    project.replace("chapters/01-first.py", "Prose of", "New words in")
    said = project.build(*STRICT)
    assert "01-first.ipynb differs from its script" in said
    assert "0 added, 1 changed, 0 removed" in said
    assert "New words in the first chapter" in project.html("chapters/01-first")
    assert project.bytes_of("_executed") == executed
    after = project.bytes_of()
    assert after["chapters/02-second.html"] == before["chapters/02-second.html"]


@pytest.mark.slow
def test_two_builds_at_once(project: Project) -> None:
    """Two builds in one folder would write over each other's pages: one waits, and has nothing left to execute."""
    with ThreadPoolExecutor(2) as both:
        said = list(both.map(lambda _: project.build(*STRICT), range(2)))
    assert ["waiting for another build" in text for text in said].count(True) == 1
    assert sorted(text.count("running (first run)") for text in said) == [0, 2]
    assert sorted(text.count(": kept") for text in said) == [0, 2]
    assert "first quick 41 d1" in project.html("chapters/01-first")


@pytest.mark.slow
def test_library_edit_executes_what_depends_on_it(built: Project) -> None:
    """The first chapter reaches report.tables through a package; the second does not, and is kept."""
    built.replace("emnist_utils/report/tables.py", "41", "42")
    said = built.build(*STRICT)
    assert "01-first: running (library: emnist_utils.report.tables)" in said
    assert "02-second: kept" in said
    assert "first quick 42 d1" in built.html("chapters/01-first")


@pytest.mark.slow
def test_changed_record_or_data_executes_who_read_it(built: Project) -> None:
    """A new training run or other data reach the page of the chapter that read the old ones, and no other."""
    built.set("record abc", "r2")
    said = built.build(*STRICT)
    assert "01-first: kept" in said
    assert "02-second: running (what it reads: record abc)" in said
    assert "second quick r2" in built.html("chapters/02-second")
    built.set("data byclass", "d2")
    said = built.build(*STRICT)
    assert "01-first: running (what it reads: data byclass)" in said
    assert "02-second: kept" in said


@pytest.mark.slow
def test_failing_chapter_fails_each_build_and_the_old_page_stays(built: Project) -> None:
    """A broken chapter cannot slip through on the second try, and its traceback is never a page."""
    before = built.bytes_of()
    built.replace("chapters/02-second.py", "import time", "import time\n\n1 / 0")
    for options in (STRICT, ()):
        said = built.build(*options, expect=1)
        assert "02-second.py failed in code cell 2 (import time): ZeroDivisionError: division by zero" in said
    assert built.bytes_of() == before
    assert (built.root / "_executed/quick/02-second.failed.ipynb").exists()


@pytest.mark.slow
def test_warning_is_repeated(built: Project) -> None:
    """Sphinx alone passes on the second build, because it does not read an unchanged page again."""
    built.replace("intro.md", "# Intro", "# Intro\n\n{ref}`nowhere`")
    for _ in range(2):
        assert "nowhere" in built.build(*STRICT, expect=1)


@pytest.mark.slow
def test_other_profile_is_kept_apart(built: Project) -> None:
    """Pages follow the profile at once, and going back executes nothing."""
    assert built.build(EMNIST_PROFILE="standard").count("running (first run)") == 2
    assert "first standard 41" in built.html("chapters/01-first")
    assert built.build().count(": kept") == 2
    assert "first quick 41" in built.html("chapters/01-first")


@pytest.mark.slow
def test_refusals_end_the_build_before_a_page_is_read(project: Project) -> None:
    """An unknown profile, failed training, a missing parameter or notebook and another copy's library are all named."""
    said = project.build(EMNIST_PROFILE="fast", expect=1)
    assert "there is no profile 'fast'; choose one of smoke, quick, standard" in said
    assert "a1b2: out of memory" in project.build(EMNIST_PROFILE="smoke", expect=1)
    project.replace("chapters/01-first.py", 'profile = "quick"', "budget = 1")
    assert "01-first.py: the parameters cell does not assign profile" in project.build(expect=1)
    (project.root / "chapters/02-second.ipynb").unlink()
    assert "02-second.ipynb is missing. Write it with: python -m" in project.build(expect=1)
    (project.root / "emnist_utils").rename(project.root.parent / "emnist_utils")
    said = project.build(expect=1, PYTHONPATH=str(project.root.parent))
    assert "not from this book's own folder" in said
    assert not (project.root / "_build/html/intro.html").exists()


def test_jupyter_book_2_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 2 reads neither _config.yml nor this extension; the error names what to install."""
    monkeypatch.setattr(book.metadata, "version", lambda name: "2.1.0")
    with pytest.raises(book.ExtensionError, match=r"jupyter-book 2.1.0 .*>=1.0.4.post1,<2"):
        book.require_jupyter_book_1()


def test_what_a_chapter_asked_of_the_data_is_asked_again(stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A set that comes or goes makes chapters stale; one that cannot be read is for the chapter itself to tell."""
    assert book._digest_now("source", "") == data.source().description
    assert book._digest_now("available", "") == " ".join(data.SPECS)
    assert book._digest_now("data", "digits") == data.load("digits").fingerprint
    monkeypatch.setenv("EMNIST_HOME", str(stand_in / "nowhere"))
    assert [book._digest_now(kind, "digits") for kind in ("source", "available", "data")] == ["", "", ""]
