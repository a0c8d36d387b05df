"""Scores against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from emnist_utils.training.metrics import confusion, log_probabilities, score

#: Four classes; the last has neither image nor prediction. Class 0: 2 of 3 right; class 1: 1 of 1; class 2: 0 of 1.
LABELS = np.array([0, 0, 0, 1, 2])
PREDICTED = np.array([0, 0, 1, 1, 0])
LOGITS = np.log(np.full((5, 4), 0.1) + 0.6 * np.eye(4)[PREDICTED])


def test_scores_by_hand() -> None:
    """Protects each score's definition: F1 is 2/3, 2/3, 0 and 0 for the four classes."""
    found = score(LABELS, LOGITS)
    assert found.accuracy == pytest.approx(3 / 5)
    assert found.macro_f1 == pytest.approx((2 / 3 + 2 / 3) / 4)
    assert found.weighted_f1 == pytest.approx((3 * 2 / 3 + 1 * 2 / 3) / 5)
    assert found.balanced_accuracy == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert found.loss == pytest.approx(-(3 * np.log(0.7) + 2 * np.log(0.1)) / 5)


def test_weighted_f1_is_sklearns() -> None:
    """Protects the comparison with other people's F1."""
    rng = np.random.default_rng(0)
    labels, logits = rng.integers(0, 62, 500), rng.normal(size=(500, 62))
    logits[np.arange(500), labels] += 2
    assert score(labels, logits).weighted_f1 == pytest.approx(f1_score(labels, logits.argmax(1), average="weighted"))


@pytest.mark.parametrize("classes", [10, 26, 47, 62])
def test_confusion_is_true_by_predicted(classes: int) -> None:
    """Protects the matrix's orientation and size, whatever classes occur."""
    matrix = confusion(np.array([1, 1, 5]), np.array([2, 2, 5]), classes)
    assert matrix.shape == (classes, classes)
    assert matrix.dtype == np.int64
    assert (matrix[1, 2], matrix[2, 1], matrix[5, 5], matrix.sum()) == (2, 0, 1, 3)


def test_log_probabilities_of_extreme_logits() -> None:
    """Protects the loss of a network that is very sure, from overflow and from log 0."""
    found = log_probabilities(np.array([[1000.0, 0.0], [-1000.0, -1001.0]], np.float32))
    np.testing.assert_allclose(found, [[0, -1000], [-0.313262, -1.313262]], atol=1e-6)
