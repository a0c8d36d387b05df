"""Notes on what a chapter read, so that the book knows when its page is out of date."""

from __future__ import annotations

import json
import os
from pathlib import Path

VARIABLE = "EMNIST_TRACE"


def note(kind: str, name: str, digest: str) -> None:
    """Append what was read to the file named by ``EMNIST_TRACE``; without that variable, do nothing.

    Parameters
    ----------
    kind : str
        ``"data"`` (a data set), ``"source"`` (what the data is), ``"available"`` (which sets there are), ``"snapshot"``
        (what is published of the images), ``"record"`` (a training run), ``"published"`` (published runs), ``"sheet"``
        (a published picture of characters) or ``"benchmark"`` (figures of speed).
    name : str
        What was asked for: the set's name or the run's id.
    digest : str
        What was found: a digest of its content, or ``""`` where there was nothing.
    """
    path = os.environ.get(VARIABLE)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps([kind, name, digest]) + "\n")


def read(path: Path) -> dict[tuple[str, str], str]:
    """Return the notes in ``path`` as ``{(kind, name): digest}``; the last note of a name counts."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {(kind, name): digest for kind, name, digest in map(json.loads, lines)}
