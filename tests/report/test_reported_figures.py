"""How far the rows of the 2024 report's tables lie apart."""

from __future__ import annotations

import matplotlib
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from emnist_utils import reported
from emnist_utils.report import style
from emnist_utils.report.reported_figures import differences_to_best, reported_differences


@pytest.fixture(scope="module")
def differences() -> pd.DataFrame:
    """Return the differences of all tables."""
    return reported_differences()


@pytest.fixture(scope="module")
def figure(differences: pd.DataFrame) -> Figure:
    """Return the figure, drawn."""
    with matplotlib.rc_context():
        style.use()
        drawn = differences_to_best(differences)
        drawn.draw_without_rendering()
    return drawn


def rows(axis: Axes) -> dict[int, str]:
    """Return the labels of one column of the figure by their height."""
    return {
        round(tick): label.get_text() for tick, label in zip(axis.get_yticks(), axis.get_yticklabels(), strict=True)
    }


def test_every_row_of_one_test_set_is_there(differences: pd.DataFrame) -> None:
    """Protects counts in prose: each table is whole, but the two that do not compare accuracies on one test set."""
    assert set(reported.TABLES) - set(differences["table"]) == {"class_counts", "cross_dataset"}
    for table, group in differences.groupby("table"):
        assert len(group) == len(reported.load(str(table)))
    assert list(differences.columns) == ["table", "row", "difference", "half-width", "exceeds"]


def test_the_best_row_stands_first_and_alone(differences: pd.DataFrame) -> None:
    """Protects the order: down from the best, which has no interval, while a row equal to it has one."""
    for _, group in differences.groupby("table"):
        assert group["difference"].iloc[0] == 0
        assert group["difference"].is_monotonic_decreasing
        assert group["half-width"].isna().tolist() == [True] + [False] * (len(group) - 1)
    blocks = differences[differences["table"] == "blocks"].set_index("row")
    assert list(blocks.index) == ["2", "3", "4", "1"]
    assert (blocks.loc["3", "difference"], blocks.loc["3", "exceeds"]) == (0, False)


def test_interval_is_that_of_the_test_images(differences: pd.DataFrame) -> None:
    """Protects the half-width: 1.96 standard errors of two shares near 88.3 % of 116,323 images are 0.26 points."""
    row = differences[(differences["table"] == "models") & (differences["row"] == "Residual CNN")].iloc[0]
    errors = [p * (1 - p) / 116_323 for p in (0.8843, 0.8827)]
    assert row["difference"] == pytest.approx(-0.16)
    assert row["half-width"] == pytest.approx(100 * 1.95996 * sum(errors) ** 0.5, abs=5e-4)


def test_which_differences_exceed(differences: pd.DataFrame) -> None:
    """Protects the verdicts: none among blocks and rates of the second pass, gamma 1 and a rate of 1e-2 beyond."""
    exceeds = differences.set_index(["table", "row"])["exceeds"]
    assert not exceeds["blocks"].any()
    assert not exceeds["learning_rates_second"].any()
    assert exceeds["learning_rates_first"].to_dict() == {
        "1e-3": False, "1e-4": False, "1e-2": True, "1e-5": True, "1e-6": True,
    }  # fmt: skip
    assert exceeds["losses"].tolist() == [False, True, True, True]
    assert exceeds["optimizers"].sum() == 3


def test_figure_has_every_row_beside_its_difference(differences: pd.DataFrame, figure: Figure) -> None:
    """Protects the figure: each label at the height of its own point, filled exactly where the interval is exceeded."""
    drawn = []
    for axis in figure.axes:
        names = rows(axis)
        points = {line.get_ydata()[0]: line for line in axis.lines if line.get_marker() in ("D", "o", "<")}
        for place, line in sorted(points.items()):
            filled = line.get_marker() != "D" and line.get_markerfacecolor() == line.get_color()
            drawn.append((names[place], line.get_marker(), line.get_xdata()[0], filled))
    assert [(name, filled) for name, _, _, filled in drawn] == list(
        differences[["row", "exceeds"]].itertuples(index=False, name=None)
    )
    for (_, marker, x, _), difference in zip(drawn, differences["difference"], strict=True):
        assert x == difference or (marker == "<" and difference < x)


def test_rows_beyond_the_axis_are_written_out(figure: Figure) -> None:
    """Protects the two worst rows, which the axis leaves no room for, and the name of each table."""
    texts = {text.get_text() for axis in figure.axes for text in axis.texts}
    assert {text for text in texts if text[0] == "−"} == {"−3.85", "−4.50"}
    assert {"Models", "Optimizers", "Activations", "Residual blocks", "Losses"} < texts


def test_no_two_labels_overlap(figure: Figure) -> None:
    """Protects legibility at the width of a page: labels of rows, tables and axes stay clear of each other."""
    for axis in figure.axes:
        labels = [*axis.get_yticklabels(), *axis.texts, axis.xaxis.label]
        boxes = [label.get_window_extent() for label in labels if label.get_text()]
        assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in boxes)
        assert not [1 for i, box in enumerate(boxes) for other in boxes[:i] if box.overlaps(other)]
