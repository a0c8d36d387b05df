"""Text, tables and boxes that read well in the book and in a plain notebook alike."""

from __future__ import annotations

import os

import pandas as pd
from IPython.display import Markdown, display

from emnist_utils import trace


def in_book() -> bool:
    """Return whether the book's build is listening; it understands MyST directives, a plain notebook does not."""
    return trace.VARIABLE in os.environ


def say(text: str) -> None:
    """Show Markdown text."""
    display(Markdown(text))


def cite(*keys: str) -> str:
    """Return Markdown that cites entries of ``references.bib``: a link in the book, their keys in a plain notebook."""
    return f"{{cite}}`{','.join(keys)}`" if in_book() else f"[{', '.join(keys)}]"


def term(name: str, text: str = "") -> str:
    """Return Markdown for an entry of the glossary, or for another text with its meaning: a link only in the book."""
    return f"{{term}}`{text or name} <{name}>`" if in_book() else text or name


def box(kind: str, title: str, text: str) -> None:
    """Show text in a box.

    Parameters
    ----------
    kind : str
        ``"note"``, ``"warning"`` or ``"tip"``.
    title, text : str
        Markdown.
    """
    if in_book():
        say(f":::{{admonition}} {title}\n:class: {kind}\n{text}\n:::")
    else:
        say("\n".join(f"> {line}" for line in f"**{title}**\n\n{text}".splitlines()))


def table(frame: pd.DataFrame, caption: str, name: str, css_class: str = "") -> None:
    """Show a table with a caption; the first column and columns of words stand left, columns of numbers right.

    Parameters
    ----------
    frame : pandas.DataFrame
        Cells as they are to be read: text, already formatted. The index is not shown.
    caption : str
        Markdown, one paragraph.
    name : str
        Target of cross-references in the book, such as ``table-models``.
    css_class : str
        Class of the table in the book, by which a page loads what serves it (`emnist_utils.offline`).
    """
    words = [any(str(cell)[:1].isalpha() or str(cell)[:1] == "`" for cell in column) for _, column in frame.items()]
    align = ["left", *("left" if of_words else "right" for of_words in words[1:])]
    body = frame.to_markdown(index=False, colalign=align, disable_numparse=True)
    if in_book():
        options = f":name: {name}" + (f"\n:class: {css_class}" if css_class else "")
        say(f":::{{table}} {caption}\n{options}\n\n{body}\n:::")
    else:
        say(f"**{caption}**\n\n{body}")
