"""Where the project keeps its files."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from emnist_utils.errors import UserError


class PathError(UserError, ValueError):
    """A setting that is no path of use on this machine, with its value."""


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


def absolute(text: str, setting: str) -> Path:
    """Return the path that a person gave, absolute, with ``~`` replaced; there need not be anything.

    Parameters
    ----------
    text : str
        The path.
    setting : str
        What it was given as, for the error.

    Raises
    ------
    PathError
        If no file of this machine could have such a path, or it may not be looked into.
    """
    try:
        path = Path(text).expanduser().resolve()
        (path / "anything").exists()  # which fails where the path is too long or may not be searched
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PathError(f"{setting}={text:.200} cannot be used ({reason}); set {setting} to another path") from error
    return path


def _from_environment(variable: str, default: Path) -> Path:
    value = os.environ.get(variable)
    return absolute(value, variable) if value else default
