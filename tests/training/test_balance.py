"""Class weights."""

from __future__ import annotations

import numpy as np
import pytest

from emnist_utils.training.balance import class_weights

LABELS = np.repeat([0, 1, 2], [80, 15, 5])


def test_weights_are_inverse_to_counts() -> None:
    """Protects the balance: every class weighs the same in total, and the mean image weighs 1."""
    weights = class_weights(LABELS, 3, "inverse")
    np.testing.assert_allclose(np.bincount(LABELS) * weights, 100 / 3, rtol=1e-6)
    assert weights[LABELS].mean() == pytest.approx(1)


def test_no_scheme_is_no_weight() -> None:
    """Protects the runs without balance."""
    np.testing.assert_array_equal(class_weights(LABELS, 4, "none"), [1, 1, 1, 1])


def test_class_without_images_is_an_error() -> None:
    """Protects against a class that silently gets some weight."""
    with pytest.raises(ValueError, match=r"classes \[3, 4\] have no training image"):
        class_weights(LABELS, 5, "inverse")
