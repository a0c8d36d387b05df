"""Notes on what a chapter read."""

from __future__ import annotations

from pathlib import Path

import pytest

from emnist_utils import trace


def test_notes_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the book's key of a chapter: what was read, with the last digest of each name."""
    path = tmp_path / "notes"
    monkeypatch.setenv(trace.VARIABLE, str(path))
    assert trace.read(path) == {}
    trace.note("data", "digits", "a")
    trace.note("record", "digits", "b")
    trace.note("data", "digits", "c")
    assert trace.read(path) == {("data", "digits"): "c", ("record", "digits"): "b"}


def test_nothing_is_noted_without_a_listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects plain notebooks from stray files."""
    monkeypatch.delenv(trace.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    trace.note("data", "digits", "a")
    assert list(tmp_path.iterdir()) == []


def test_files_are_noted_by_name_and_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects a page that shows files: it is made anew when one changes, comes, goes or is renamed, and only then."""
    monkeypatch.setattr(trace, "root", lambda: tmp_path)
    monkeypatch.setenv(trace.VARIABLE, str(tmp_path / "notes"))
    first, other = tmp_path / "a/first.js", tmp_path / "a/b/other.js"
    other.parent.mkdir(parents=True)
    first.write_text("1")
    other.write_text("2")
    assert trace.note_files("a/**/*.js") == [other, first]
    before = trace.files_digest("a/**/*.js")
    assert trace.read(tmp_path / "notes") == {("files", "a/**/*.js"): before}
    (tmp_path / "a/notes.txt").write_text("3")
    assert trace.files_digest("a/**/*.js") == before
    digests = {before}
    first.write_text("4")
    digests.add(trace.files_digest("a/**/*.js"))
    other.rename(tmp_path / "a/b/second.js")
    digests.add(trace.files_digest("a/**/*.js"))
    first.unlink()
    digests.add(trace.files_digest("a/**/*.js"))
    assert len(digests) == 4
