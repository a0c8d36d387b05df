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


@pytest.mark.parametrize("scheme", ["inverse", "square-root", "effective-number"])
def test_every_scheme_weighs_rare_classes_more_and_the_mean_image_1(scheme: str) -> None:
    """Protects the learning rate from weights of another scale, and the order of the classes."""
    weights = class_weights(LABELS, 3, scheme)
    assert weights[LABELS].mean() == pytest.approx(1)
    assert weights[0] < weights[1] < weights[2]


def test_schemes_are_tempered_as_their_papers_say() -> None:
    """Protects the formulas: ratios of weights by hand, and hardly any tempering of counts far below 1 / (1 - beta)."""
    root = class_weights(LABELS, 3, "square-root")
    assert root[2] / root[0] == pytest.approx(4)
    effective = class_weights(LABELS, 3, "effective-number")
    assert effective[2] / effective[0] == pytest.approx((1 - 0.999**80) / (1 - 0.999**5))
    many = class_weights(np.repeat([0, 1], [50_000, 5_000]), 2, "effective-number")
    assert many[1] / many[0] == pytest.approx(1, abs=0.01)


def test_unknown_scheme_is_an_error() -> None:
    """Protects against a misspelt scheme that would mean no weights."""
    with pytest.raises(KeyError, match="sampling"):
        class_weights(LABELS, 3, "sampling")


def test_class_without_images_is_an_error() -> None:
    """Protects against a class that silently gets some weight."""
    with pytest.raises(ValueError, match=r"classes \[3, 4\] have no training image"):
        class_weights(LABELS, 5, "inverse")
