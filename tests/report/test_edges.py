"""What the sharpness of edges tells."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from emnist_utils.data import SPECS
from emnist_utils.report.edges import edge_widths, sharper

CLASSES = SPECS["byclass"].classes


def images(**levels: list[int]) -> Any:
    """Return a snapshot with images of some characters, each of a sharpness in 1/255."""
    edges = np.zeros((62, 256), np.int64)
    for character, each in levels.items():
        np.add.at(edges[CLASSES.index(character)], each, 1)
    return SimpleNamespace(edges=edges)


def test_an_edge_takes_one_over_the_mean_sharpness() -> None:
    """Protects the figure's axis, each character's own place on it, and pages from a character without images."""
    found = edge_widths(images(O=[102, 102], o=[51, 255]))
    assert list(found) == list(CLASSES)
    assert (found["O"], found["o"]) == (pytest.approx(255 / 102), pytest.approx(255 / 153))
    assert np.isnan(found["0"])


def test_sharper_counts_pairs_of_one_image_each() -> None:
    """Protects the order of the two: three of the four pairs have the first sharper."""
    found = sharper(images(O=[120, 90], o=[100, 80]), "O", "o")
    assert (found.value, found.n) == (0.75, 4)
