"""The figures of tests on other sets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emnist_utils.report.cross_dataset import Advantage
from emnist_utils.report.cross_dataset_figures import advantage_dots, matrices
from emnist_utils.statistics import Interval


def test_matrices_are_coloured_by_the_distance_to_their_columns_diagonal() -> None:
    """Protects the figure: white on the diagonal, orange above it and blue below, and no text in an empty cell."""
    shares = pd.DataFrame([[80.0, 95.5], [np.nan, 90.0]], index=["ByClass", "ByMerge"], columns=["ByClass", "ByMerge"])
    low = pd.DataFrame([[80.0, 50.0], [80.0, 90.0]], index=shares.index, columns=shares.columns)
    figure = matrices({"one": shares, "two": low})
    figure.draw_without_rendering()
    first, second = figure.axes
    texts = {text.get_position(): text.get_text() for text in first.texts}
    assert texts == {(0.5, 0.5): "80.00", (1.5, 0.5): "95.50\n+5.50", (1.5, 1.5): "90.00"}
    own, worse, same, own_too = second.collections[0].get_facecolors()[:, :3]
    assert min(own) > 0.99 and min(own_too) > 0.99 and min(same) > 0.99
    assert worse[2] > worse[0] + 0.3
    better = first.collections[0].get_facecolors()[1]
    assert better[0] > better[2] + 0.3


def test_a_fair_distance_takes_the_place_of_the_one_shown() -> None:
    """Protects the matrix of unseen images: its distances are on the same images, its accuracies on different ones."""
    shares = pd.DataFrame([[80.0, 95.5], [70.0, 90.0]], index=["ByClass", "ByMerge"], columns=["ByClass", "ByMerge"])
    fair = pd.DataFrame([[0.0, -1.0], [2.0, 0.0]], index=shares.index, columns=shares.columns)
    first, second = matrices({"one": shares, "two": shares}, {"two": fair}).axes
    assert [text.get_text() for text in first.texts] == ["80.00", "95.50\n+5.50", "70.00\n-10.00", "90.00"]
    assert [text.get_text() for text in second.texts] == ["80.00", "95.50\n-1.00", "70.00\n+2.00", "90.00"]


def test_advantages_are_drawn_in_one_order() -> None:
    """Protects the figure: a row a pair, a series a part of the images, and no dot where there are no such images."""
    first, second = ("ByMerge", "Balanced"), ("ByClass", "Balanced")
    one = Advantage(Interval(1.0, 0.9, 1.0, 4), 0.01, 4)
    parts = {"all": {first: one, second: one}, "seen": {first: one}, "unseen": {first: one, second: one}}
    axis = advantage_dots(parts).axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == [
        "ByMerge, tested on Balanced", "ByClass, tested on Balanced"
    ]  # fmt: skip
    series = {line.get_label(): line.get_xdata() for line in axis.lines[1:]}
    assert {name: len(values) for name, values in series.items()} == {
        "all images": 2, "seen images": 1, "unseen images": 2
    }  # fmt: skip
    assert series["seen images"] == pytest.approx([100])
