"""A confusion matrix to walk through, with the characters behind its cells; ``assets/confusion-explorer.js`` draws it.

Own code, since no library for charts lets the cells of a matrix be reached by keyboard and read by a screen reader. A
table of HTML does both.
"""

from __future__ import annotations

import json
from itertools import chain

import numpy as np
import pandas as pd
from IPython.display import HTML, display

from emnist_utils.data.specs import CASE_PAIRS, DIGITS
from emnist_utils.report.characters import COLUMNS, Sheet
from emnist_utils.report.errors import GROUPS
from emnist_utils.report.markdown import in_book


def show(confusion: pd.DataFrame, sheet: Sheet, figure: str) -> None:
    """Show a matrix to explore in the book; a plain notebook has no script for it, and shows nothing.

    Parameters
    ----------
    confusion : pandas.DataFrame, shape ``[C, C]``
        Counts of ByClass: true classes as rows, answers as columns.
    sheet : Sheet
        Characters of the same classes.
    figure : str
        Name of the figure on the same page that shows the sheet's picture, from which the characters are cut.
    """
    if in_book():
        text = json.dumps(content(confusion, sheet), separators=(",", ":"))
        display(
            HTML(
                f'<div class="confusion-explorer" data-sheet="{figure}">'
                f'<script type="application/json">{text}</script></div>'
            )
        )


def content(confusion: pd.DataFrame, sheet: Sheet) -> dict[str, object]:
    """Return what the page's script is given.

    Returns
    -------
    dict
        ``classes``: their characters. ``counts``: ``[true, answered, images]`` of each cell that is not empty.
        ``views``: classes that can be looked at alone, by name. ``sheet``: ``[row, true, answered]`` of each character,
        in the order of the picture. ``columns``: characters in a row of the picture.
    """
    counts = confusion.to_numpy()
    classes = [str(name) for name in confusion.index]
    letters = [name for name in classes if name not in DIGITS]
    views = {
        "all 62": classes,
        "digits": list(DIGITS),
        "letters": letters,
        "case pairs": list(chain(*CASE_PAIRS)),
        "look-alikes": list(chain(*GROUPS)),
    }
    return {
        "classes": "".join(classes),
        "counts": [[int(true), int(answer), int(counts[true, answer])] for true, answer in np.argwhere(counts)],
        "views": {name: "".join(members) for name, members in views.items()},
        "sheet": list(zip(sheet.rows, sheet.true, sheet.answered, strict=True)),
        "columns": COLUMNS,
    }
