"""Fixtures that several folders of tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests of real files where there are none."""
    if item.get_closest_marker("real_data") and not os.environ.get("EMNIST_HOME"):
        pytest.skip("needs real EMNIST files: set EMNIST_HOME")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the file that takes longest first, so that no other process is done long before it."""
    items.sort(key=lambda item: item.path.name != "test_whole_book.py")


@pytest.fixture(scope="session")
def stand_in_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Name one cache for the whole session, so that the stand-in is drawn once."""
    return tmp_path_factory.mktemp("stand-in-cache")


@pytest.fixture
def stand_in(stand_in_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the synthetic stand-in be the data source; return its cache."""
    monkeypatch.delenv("EMNIST_HOME", raising=False)
    monkeypatch.setenv("EMNIST_CACHE", str(stand_in_cache))
    return stand_in_cache
