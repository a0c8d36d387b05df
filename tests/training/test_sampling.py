"""Batches in which the classes are balanced."""

from __future__ import annotations

import numpy as np
import pytest

from emnist_utils.training.sampling import BalancedBatches

LABELS = np.repeat([0, 1, 2], [800, 150, 50])
IMAGES = np.repeat(np.arange(1000) % 251, 784).reshape(-1, 28, 28).astype(np.uint8)


def epoch(batches: BalancedBatches) -> tuple[np.ndarray, np.ndarray]:
    """Return the images and labels of one epoch."""
    images, labels = zip(*(batches[index] for index in range(len(batches))), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def test_classes_are_drawn_equally_often() -> None:
    """Protects the balance: a third of the draws each, although there are 16 times as many images of one class."""
    _, labels = epoch(BalancedBatches(IMAGES, LABELS, 3, 64, seed=0))
    assert len(labels) == 1000
    np.testing.assert_allclose(np.bincount(labels) / 1000, 1 / 3, atol=0.05)


def test_images_keep_their_labels() -> None:
    """Protects against images and labels that are drawn apart."""
    images, labels = epoch(BalancedBatches(IMAGES, LABELS, 3, 64, seed=0))
    label_of = {(value, label) for value, label in zip(np.arange(1000) % 251, LABELS, strict=True)}
    assert {(int(image[0, 0]), int(label)) for image, label in zip(images, labels, strict=True)} <= label_of


def test_each_epoch_is_drawn_anew_and_a_seed_repeats_it() -> None:
    """Protects the common classes, most images of which one draw would leave out for good, and repeatability."""
    batches, again = (BalancedBatches(IMAGES, LABELS, 3, 64, seed=5) for _ in range(2))
    first, _ = epoch(batches)
    np.testing.assert_array_equal(first, epoch(again)[0])
    batches.on_epoch_end()
    again.on_epoch_end()
    second, _ = epoch(batches)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(second, epoch(again)[0])


def test_class_without_images_is_an_error() -> None:
    """Protects against a class that can never be drawn."""
    with pytest.raises(ValueError, match=r"classes \[3\] have no training image"):
        BalancedBatches(IMAGES, LABELS, 4, 64, seed=0)
