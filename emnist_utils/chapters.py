"""Chapters as scripts and as notebooks.

``chapters/NN-name.py`` (jupytext's py:percent) is the form that is edited and that the book is built from.
``chapters/NN-name.ipynb`` beside it is derived, for Jupyter, Colab and papermill: no outputs, nothing of the machine,
so that writing it again changes no byte. On Colab a cell before the script's own fetches the project
(`emnist_utils.colab`). ``python -m emnist_utils.chapters`` writes the notebooks; with ``--check`` it
only names those that are out of date.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from pathlib import Path

import jupytext
import nbformat

from emnist_utils import colab, paths
from emnist_utils.files import write_text

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}


def notebook(script: Path) -> nbformat.NotebookNode:
    """Return the notebook that a chapter's script describes.

    Parameters
    ----------
    script : Path
        A chapter in py:percent form.

    Returns
    -------
    NotebookNode
        Without outputs. Cell ids come from the cells' content, so that an edit changes no other cell's id.
    """
    read = jupytext.reads(script.read_text(encoding="utf-8"), fmt="py:percent")
    seen: Counter[str] = Counter()
    cells = []
    for cell in read.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[digest] += 1
        cell["id"] = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        cells.append(cell)
    made = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    nbformat.validate(made)
    return made


def outdated(folder: Path) -> list[Path]:
    """Return the notebooks in `folder` that differ from their scripts or are missing."""
    return [path for path, text in _pairs(folder) if not path.exists() or path.read_bytes() != text.encode()]


def write_pairs(folder: Path) -> list[Path]:
    """Write the notebook of each script in `folder`, and return those that this changed."""
    changed = outdated(folder)
    for path, text in _pairs(folder):
        if path in changed:
            write_text(path, text)
    return changed


def _pairs(folder: Path) -> list[tuple[Path, str]]:
    """Return each derived notebook's path and the text that it should have."""
    setup = colab.setup_cell(folder.parent)
    pairs = []
    for script in sorted(folder.glob("*.py")):
        made = notebook(script)
        if setup:
            made.cells.insert(0, nbformat.v4.new_code_cell(setup, id="setup"))
        pairs.append((script.with_suffix(".ipynb"), nbformat.writes(made) + "\n"))
    return pairs


def main(arguments: list[str] | None = None) -> int:
    """Write the derived notebooks, or check them; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m emnist_utils.chapters", description=main.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=paths.root() / "chapters")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a notebook is out of date")
    options = parser.parse_args(arguments)
    changed = outdated(options.folder) if options.check else write_pairs(options.folder)
    for path in changed:
        print(f"{path} {'is out of date' if options.check else 'written'}")
    if options.check and changed:
        print("Write them with: python -m emnist_utils.chapters")
    return int(options.check and bool(changed))


if __name__ == "__main__":
    raise SystemExit(main())
