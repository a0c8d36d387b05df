"""What the page's script for the confusion matrix is given."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from emnist_utils.data.specs import CASE_PAIRS, SPECS
from emnist_utils.report.characters import Sheet
from emnist_utils.report.confusion_explorer import content

CLASSES = SPECS["byclass"].classes


def test_the_script_gets_every_count_and_every_character() -> None:
    """Protects the explorer from showing another number than the matrix, or a character in another's cell."""
    counts = np.zeros((62, 62), np.int64)
    counts[0, 24], counts[0, 0], counts[24, 0] = 7, 30, 2
    confusion = pd.DataFrame(counts, pd.Index(CLASSES, name="true"), pd.Index(CLASSES, name="answered"))
    given = json.loads(json.dumps(content(confusion, Sheet(b"", (5, 3), (0, 24), (24, 0)))))
    assert given["counts"] == [[0, 0, 30], [0, 24, 7], [24, 0, 2]]
    assert given["sheet"] == [[5, 0, 24], [3, 24, 0]]
    assert given["classes"] == "".join(CLASSES)
    assert given["views"]["digits"] == "0123456789"
    assert len(given["views"]["letters"]) == 52
    assert given["views"]["case pairs"][:4] == "".join(CASE_PAIRS[0] + CASE_PAIRS[1])
    assert all(set(view) <= set(CLASSES) and len(set(view)) == len(view) for view in given["views"].values())
