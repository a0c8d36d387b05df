"""Chapters on Colab: a button on each chapter's page, and a first cell of its notebook that fetches the project there.

Both need the project's public address, ``repository`` in ``_config.yml``; while its ``url`` is empty there is neither.
The cell is in the derived notebooks alone (`emnist_utils.chapters`). The scripts know nothing of it, nor does the book.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

COLAB = "https://colab.research.google.com"

#: A clone rather than the package alone, since chapters show published records. Colab's own packages stay as they are.
_CELL = """\
# Where the project is missing, as on Colab, this fetches it and what it needs. Elsewhere it does nothing.
import importlib.util
import sys

if not importlib.util.find_spec("emnist_utils"):
    !test -d emnist-book || git clone --quiet --depth 1 --branch {branch} {url} emnist-book
    %pip install --quiet --editable ./emnist-book
    sys.path.insert(0, "emnist-book")"""


def setup_cell(book: Path) -> str:
    """Return the code of the first cell of each notebook of a book, by its folder; ``""`` where it has no address."""
    found = _repository(book)
    return _CELL.format(**found) if found else ""


def add_button(app: Sphinx, config: Config) -> None:
    """Let the theme add a button to each chapter's page, if the book has an address."""
    if found := _repository(Path(app.srcdir)):
        config.html_theme_options = config.html_theme_options | {
            "repository_url": found["url"],
            "repository_branch": found["branch"],
            "launch_buttons": {"colab_url": COLAB},
        }


def _repository(book: Path) -> dict[str, str]:
    """Return address and branch of a book's repository; nothing where ``_config.yml`` has no address."""
    file = book / "_config.yml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    found: dict[str, str] = settings.get("repository") or {}
    return {"branch": "main"} | found if found.get("url") else {}
