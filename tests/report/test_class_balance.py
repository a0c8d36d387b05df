"""What balancing does to each class: weights, recall against precision."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emnist_utils.report import class_balance
from emnist_utils.statistics import mean_of_shares, wilson
from emnist_utils.training.record import Record
from emnist_utils.training.record import TestScores as Scores

CLASSES = ("0", "O", "o")

#: 20 zeros, 10 of O, 2 of o; o is answered once, wrongly.
MATRIX = [[18, 2, 0], [5, 4, 1], [2, 0, 0]]


def record(matrix: list[list[int]], balanced: float = 0.5) -> Record:
    """Return what is read of a record here."""
    scores = Scores.model_construct(balanced_accuracy=balanced)
    return Record.model_construct(confusion=matrix, test=scores)


def test_weights_are_those_of_training() -> None:
    """Protects the figure from formulas of its own: inverse counts make all classes equal, the root half as much."""
    labels = np.repeat([0, 1, 2], [100, 10, 1])
    weights = class_balance.weights_by_class(labels, CLASSES)
    assert weights["images"].tolist() == [100, 10, 1]
    assert (weights["images"] * weights["inverse"]).to_numpy() == pytest.approx([37, 37, 37])
    assert weights["square-root"]["o"] / weights["square-root"]["0"] == pytest.approx(10)
    assert 1 < weights["effective-number"]["o"] / weights["effective-number"]["0"] < 100


def test_weights_are_drawn_by_count() -> None:
    """Protects the figure: a line a scheme and one for none, and a name at the class that is to be marked."""
    weights = class_balance.weights_by_class(np.repeat([0, 1, 2], [100, 10, 1]), CLASSES)
    axis = class_balance.weights_against_counts(weights, ["o"]).axes[0]
    assert len(axis.lines) == 4
    assert list(axis.lines[1].get_xdata()) == [1, 10, 100]
    assert [(text.get_text(), text.xy[0]) for text in axis.texts] == [("o", 1)]


def test_classes_fare_as_the_confusion_matrix_says() -> None:
    """Protects rows from being taken for columns, and seeds from being averaged by class instead of by image."""
    found = class_balance.by_class([record(MATRIX)], CLASSES)
    assert found["recall"].tolist() == [0.9, 0.4, 0]
    assert found["precision"].tolist() == pytest.approx([18 / 25, 4 / 6, 0])
    two = class_balance.by_class([record(MATRIX), record([[0, 0, 20], [0, 0, 10], [0, 0, 2]])], CLASSES)
    assert two["recall"].tolist() == pytest.approx([18 / 40, 4 / 20, 2 / 4])
    assert two["answers"].tolist() == [25, 6, 33]


def test_a_class_without_answers_has_no_precision_and_no_place_in_the_figure() -> None:
    """Protects the figure from zeros that nobody measured."""
    never = class_balance.by_class([record([[20, 0, 0], [10, 0, 0], [0, 0, 2]])], CLASSES)
    assert np.isnan(never["precision"]["O"])
    after = class_balance.by_class([record(MATRIX)], CLASSES)
    counts = pd.Series([100, 50, 5], CLASSES)
    recall, precision = class_balance.recall_and_precision(never, after, counts, ["o"]).axes
    assert {text.get_text(): text.get_position() for text in recall.texts}["O"] == pytest.approx((50, 40))
    assert [text.get_text() for text in precision.texts] == ["0", "o"]
    assert recall.get_ylim()[0] < -100  # o fell from all to none


def test_thirds_are_of_classes_and_count_right_answers_alone() -> None:
    """Protects the thirds: by training count, rarest first, and an O answered for another O is right, an o is not."""
    matrix = np.zeros((6, 6), int)
    matrix[0, [0, 1]] = 6, 4  # the commonest third confuses itself
    matrix[1, 1] = 10
    matrix[4, 4], matrix[5, 0] = 3, 1
    counts = np.array([900, 800, 70, 60, 9, 5])
    matrix[2, 2] = 1
    found = class_balance.by_commonness([record(matrix.tolist())], counts)
    assert found["recall"]["commonest"] == wilson(16, 20)
    assert found["precision"]["commonest"] == wilson(16, 21)
    assert found["recall"]["rarest"] == wilson(3, 4)
    assert found["answers per image"].tolist() == [3 / 4, 1, 21 / 20]


def test_a_third_that_is_never_answered_has_no_precision() -> None:
    """Protects tiny runs, whose networks may answer a single class."""
    found = class_balance.by_commonness([record([[20, 0, 0], [10, 0, 0], [2, 0, 0]])], np.array([3, 2, 1]))
    assert np.isnan(found["precision"]["rarest"].value)
    assert found["answers per image"]["rarest"] == 0


def test_balanced_accuracy_is_the_records_own() -> None:
    """Protects one definition: classes that occur, each as much; over seeds where there are several."""
    found = class_balance.balanced_accuracy([record([[9, 1, 0], [5, 5, 0], [0, 0, 0]])])
    assert found == mean_of_shares([9, 5], [10, 10])
    several = class_balance.balanced_accuracy([record(MATRIX, 0.4), record(MATRIX, 0.6)])
    assert (several.value, several.n) == (0.5, 2)


def test_shares_of_answers() -> None:
    """Protects the sentence on zeros that became o: of the true class, not of the answers."""
    assert class_balance.share_answered([record(MATRIX)], CLASSES, "O", ("0", "o")) == 0.6
    assert np.isnan(class_balance.share_answered([record([[0, 0, 0]] * 3)], CLASSES, "O", ("0",)))
