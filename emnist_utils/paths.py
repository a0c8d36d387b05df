"""Where the project keeps its files."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def root() -> Path:
    """Return the project's folder."""
    return Path(__file__).resolve().parents[1]


def results_dir() -> Path:
    """Return the folder of the published records, which are committed."""
    return root() / "results"


def runs_dir() -> Path:
    """Return the folder of this machine's own records (``EMNIST_RUNS``, else ``runs/``)."""
    return _from_environment("EMNIST_RUNS", root() / "runs")


def workers_log() -> Path:
    """Return the file that gets what is too long for a terminal: backends' chatter, tracebacks of failed runs."""
    return runs_dir() / "workers.log"


def cache_dir() -> Path:
    """Return the folder of downloads and unpacked arrays (``EMNIST_CACHE``, else the user's cache)."""
    return _from_environment("EMNIST_CACHE", Path(platformdirs.user_cache_dir("emnist-book")))


def _from_environment(variable: str, default: Path) -> Path:
    value = os.environ.get(variable)
    return Path(value).expanduser().resolve() if value else default
