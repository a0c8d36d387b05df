"""Batches in which the classes are balanced."""

from __future__ import annotations

import numpy as np
import pytest

from emnist_utils.training.sampling import Batches, Order, balanced, shuffled

LABELS = np.repeat([0, 1, 2], [800, 150, 50])
IMAGES = np.repeat(np.arange(1000) % 251, 784).reshape(-1, 28, 28).astype(np.uint8)
ORDERS = {"shuffled": shuffled(1000, 5), "balanced": balanced(LABELS, 3, 5)}


def epoch(batches: Batches, number: int = 0) -> tuple[np.ndarray, ...]:
    """Return the images, labels and perhaps weights of one epoch."""
    items = range(number * batches.steps, (number + 1) * batches.steps)
    return tuple(map(np.concatenate, zip(*(batches[index] for index in items), strict=True)))


def test_every_image_comes_once_an_epoch() -> None:
    """Protects the meaning of an epoch."""
    order = ORDERS["shuffled"](0)
    assert not np.array_equal(order, np.arange(1000))
    np.testing.assert_array_equal(np.sort(order), np.arange(1000))


def test_classes_are_drawn_equally_often() -> None:
    """Protects the balance: a third of the draws each, although there are 16 times as many images of one class."""
    labels = LABELS[ORDERS["balanced"](0)]
    assert len(labels) == 1000
    np.testing.assert_allclose(np.bincount(labels) / 1000, 1 / 3, atol=0.05)


def test_images_labels_and_weights_stay_together() -> None:
    """Protects against images, labels and weights that are drawn apart, and the last, shorter batch."""
    weights = np.arange(1000).astype(np.float32)
    batches = Batches((IMAGES, LABELS, weights), ORDERS["shuffled"], 64, range(2))
    assert [len(batches), batches.steps, len(batches[0][0]), len(batches[15][0])] == [32, 16, 64, 40]
    images, labels, drawn = epoch(batches)
    rows = drawn.astype(int)
    np.testing.assert_array_equal(images, IMAGES[rows])
    np.testing.assert_array_equal(labels, LABELS[rows])


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_each_epoch_is_drawn_anew_and_follows_from_its_number(order: Order) -> None:
    """Protects the common classes, most images of which one draw would leave out, and runs that are taken up later."""
    batches = Batches((IMAGES, LABELS), order, 64, range(3))
    assert not np.array_equal(epoch(batches, 0)[0], epoch(batches, 1)[0])
    later = Batches((IMAGES, LABELS), order, 64, range(1, 3))
    for number in (1, 0):
        np.testing.assert_array_equal(epoch(batches, number + 1)[0], epoch(later, number)[0])


def test_a_seed_has_an_order_of_its_own() -> None:
    """Protects the spread over seeds, to which the order belongs."""
    assert not np.array_equal(shuffled(1000, 6)(0), ORDERS["shuffled"](0))
    assert not np.array_equal(balanced(LABELS, 3, 6)(0), ORDERS["balanced"](0))


def test_class_without_images_is_an_error() -> None:
    """Protects against a class that can never be drawn."""
    with pytest.raises(ValueError, match=r"classes \[3\] have no training image"):
        balanced(LABELS, 4, 0)
