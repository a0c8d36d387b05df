"""What residual blocks add, in numbers and in a figure."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emnist_utils import reported
from emnist_utils.models.summary import LayerSummary
from emnist_utils.report.block_figures import accuracy_by_blocks, size_table
from emnist_utils.statistics import wilson
from emnist_utils.training.record import Record


def test_each_network_is_measured_by_the_one_before() -> None:
    """Protects the table of sizes: shares are of the network's own parameters, additions of the row above."""
    first = (LayerSummary("Conv2D", (3, 3, 1), 100, 1_000_000), LayerSummary("Dense", (10,), 300, 500_000))
    second = (*first, LayerSummary("Conv2D", (3, 3, 1), 100, 3_000_000))
    rows = size_table({"1": first, "2": second}, "blocks").to_numpy().tolist()
    assert rows == [["1", "400", "–", "75 %", "1.5 M", "–"], ["2", "500", "25 %", "60 %", "4.5 M", "200 %"]]


def test_ours_and_the_reports_accuracies_have_their_intervals(write: Callable[..., Record]) -> None:
    """Protects the figure: each number of blocks with its interval, the report's by the official test images."""
    runs = {"1": [write(correct=2)], "2": [write(correct=3, epochs=3)]}
    figure = accuracy_by_blocks(runs, reported.load("blocks"))
    figure.canvas.draw()
    ours, theirs = figure.axes
    assert ours.lines[-1].get_ydata() == pytest.approx([50, 75])
    assert ours.lines[2].get_ydata() == pytest.approx([100 * wilson(2, 4).low, 100 * wilson(2, 4).high])
    assert ours.lines[0].get_ydata() == pytest.approx([90, 90])  # training, at the epoch that was kept
    assert theirs.lines[-1].get_ydata() == pytest.approx([88.24, 88.37, 88.37, 88.30], abs=1e-3)
    low, high = theirs.lines[0].get_ydata()
    assert high - low == pytest.approx(0.37, abs=0.01)
    assert len(figure.legends[0].get_texts()) == 4
