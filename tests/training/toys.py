"""Tiny sets that a network learns in seconds, and recipes for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from emnist_utils.data import SPECS, Dataset, Source, Split
from emnist_utils.training.recipe import Recipe


def recipe(**changes: Any) -> Recipe:
    """Return LeNet-5 on ten digits for two epochs of ten steps, with changes."""
    fields = {
        "dataset": "digits",
        "model": "lenet5",
        "activation": "relu",
        "optimizer": "adam",
        "learning_rate": 3e-3,
        "schedule": "cosine",
        "batch": 30,
        "epochs": 2,
        "train_size": None,
        "validation_size": None,
        "test_size": None,
        "seed": 0,
    }
    return Recipe.create(**(fields | changes))


def toy(counts: Sequence[int] = (36,) * 10, *, test: int = 20, random_labels: bool = False) -> Dataset:
    """Return a set of ten classes, each a bright bar in a place of its own under noise.

    Parameters
    ----------
    counts : sequence of int
        Training images of each class, the validation images among them.
    test : int
        Test images of each class.
    random_labels : bool
        Whether the labels have nothing to do with the images.
    """
    rng = np.random.default_rng(7)

    def split(numbers: Sequence[int]) -> Split:
        labels = rng.permutation(np.repeat(np.arange(10), numbers))
        images = rng.integers(0, 130, (len(labels), 28, 28), dtype=np.uint8)
        for image, label in zip(images, labels, strict=True):
            row, column = divmod(int(label), 5)
            image[3 + 12 * row : 13 + 12 * row, 2 + 5 * column : 6 + 5 * column] += 110
        return Split(images, rng.permutation(labels) if random_labels else labels)

    source = Source("part", "Bars that a test drew.")
    return Dataset(SPECS["digits"], split(counts), split([test] * 10), source, "toy" + "0" * 13)
