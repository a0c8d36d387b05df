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
