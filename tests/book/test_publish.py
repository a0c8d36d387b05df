"""Publishing: whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

PUBLISH = ("-c", "from emnist_utils.publish import publish; print(publish())")


@pytest.mark.slow
def test_publishing_twice_gives_the_same_bytes(built: Project) -> None:
    """What is published depends on the study alone, not on when, where or on what was built before."""
    built.write("results/views/old.npz", "of a run that is no longer shown")
    built.commit()
    built.python(*PUBLISH)
    before = built.bytes_of("book")
    assert {"index.html", "intro.html", "chapters/01-first.html", ".nojekyll"} <= before.keys()
    assert not {".buildinfo", "chapters/sentinel.html"} & before.keys()
    assert "first standard 41 d1" in (built.root / "book/chapters/01-first.html").read_text()
    assert "standard" not in (built.root / "runs/trained").read_text()  # this machine's own records are not looked at
    published = built.bytes_of("results").keys()
    assert {"new.json", "new.npz", "views/answers.npz", "data/snapshot", "characters/sheet.json"} <= published
    assert "views/old.npz" not in published
    built.python(*PUBLISH)
    assert built.bytes_of("book") == before
    assert str(built.root) not in "".join(path.read_text() for path in (built.root / "book").rglob("*.html"))


@pytest.mark.slow
def test_refused_book_leaves_the_old_one(built: Project) -> None:
    """Missing runs, uncommitted text, a stale notebook, a warning, a traceback, a dead link: readers keep the old book."""
    built.write("book/index.html", "the old book")
    assert "- chapters/sentinel.md is not as committed; commit it or take it away" in built.python(*PUBLISH, expect=1)
    built.commit()

    built.set("problems", ["run a1b2 is missing", "run c3d4 is not clean"])
    said = built.python(*PUBLISH, expect=1)
    assert "- run a1b2 is missing\n- run c3d4 is not clean" in said
    built.set("problems", [])

    built.replace("intro.md", "# Intro", "# Intro\n\n{ref}`nowhere`")
    assert "- intro.md is not as committed" in built.python(*PUBLISH, expect=1)
    built.commit()
    assert "The build failed" in built.python(*PUBLISH, expect=1)
    built.replace("intro.md", "{ref}`nowhere`", 'Traceback (most recent call last) <a href="gone.html">gone</a>')
    built.commit()
    said = built.python(*PUBLISH, expect=1)
    assert "intro.html shows 'Traceback'" in said and "intro.html leads to gone.html, which is no file" in said

    built.replace("chapters/01-first.py", "Prose of", "New words in")
    built.commit()
    assert "01-first.ipynb differs from its script" in built.python(*PUBLISH, expect=1)

    assert built.bytes_of("book").keys() == {"index.html"}
    assert built.bytes_of("results").keys() == {"now.json"}
    assert not list(built.root.glob(".book*"))


@pytest.mark.slow
def test_missing_page_is_a_fault(project: Project) -> None:
    """A build that writes nothing and reports success, as jupyter-book 2 does, is no book."""
    imports = "from pathlib import Path; from emnist_utils.publish import faults"
    said = project.python("-c", f"{imports}; print(*faults(Path('html'), Path('_toc.yml')))")
    for page in ("index", "intro", "chapters/01-first", "chapters/02-second"):
        assert f"{page}.html is missing" in said
