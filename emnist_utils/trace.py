"""Notes on what a chapter read, so that the book knows when its page is out of date."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from emnist_utils.paths import root

VARIABLE = "EMNIST_TRACE"


def note(kind: str, name: str, digest: str) -> None:
    """Append what was read to the file named by ``EMNIST_TRACE``; without that variable, do nothing.

    Parameters
    ----------
    kind : str
        ``"data"`` (a data set), ``"source"`` (what the data is), ``"available"`` (which sets there are), ``"record"``
        (a training run), ``"published"`` (published runs) or ``"files"`` (files of the project, see `note_files`).
    name : str
        What was asked for: the set's name, the run's id or the pattern.
    digest : str
        What was found: a digest of its content, or ``""`` where there was nothing.
    """
    path = os.environ.get(VARIABLE)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps([kind, name, digest]) + "\n")


def note_files(pattern: str) -> list[Path]:
    """Return the project's files that fit a pattern, such as ``results/*.weights.h5``, sorted; note what is in them."""
    note("files", pattern, files_digest(pattern))
    return _matching(pattern)


def files_digest(pattern: str) -> str:
    """Return a digest of the names and the content of the project's files that fit a pattern."""
    digest = hashlib.sha256()
    for path in _matching(pattern):
        digest.update(hashlib.sha256(path.name.encode() + b"\0" + path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _matching(pattern: str) -> list[Path]:
    return sorted(path for path in root().glob(pattern) if path.is_file())


def read(path: Path) -> dict[tuple[str, str], str]:
    """Return the notes in ``path`` as ``{(kind, name): digest}``; the last note of a name counts."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {(kind, name): digest for kind, name, digest in map(json.loads, lines)}
