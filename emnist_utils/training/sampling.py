"""Which images each epoch trains on, and in which order."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

import keras
import numpy as np

from emnist_utils.training.balance import class_weights

NUMERICS = 2

#: Given an epoch, from 0, returns the rows of the training images in the order in which they are trained on. An epoch's
#: draw follows from its number alone, so that a run can be taken up at any epoch, on any backend.
Order = Callable[[int], np.ndarray]


def shuffled(count: int, seed: int) -> Order:
    """Return the order in which each of ``count`` images comes once an epoch."""
    return lambda epoch: np.random.default_rng((seed, epoch)).permutation(count)


def balanced(labels: np.ndarray, classes: int, seed: int) -> Order:
    """Return the order in which each class is as likely as any other.

    An epoch holds as many images as the training set, with replacement: those of a rare class many times.

    Parameters
    ----------
    labels : ndarray of int, shape ``[n]``
        0..classes-1; each class must have an image.
    classes, seed : int

    Raises
    ------
    ValueError
        If a class has no image.
    """
    weights = class_weights(labels, classes, "inverse")[labels].astype(np.float64)
    chances = weights / weights.sum()
    return lambda epoch: np.random.default_rng((seed, epoch)).choice(len(labels), len(labels), p=chances)


class Batches(keras.utils.PyDataset):
    """The images of all epochs as ``model.fit`` takes them, batch by batch, one epoch after the other.

    Keras begins to read the next epoch before it says that one has ended (``on_epoch_end``), and in another thread. So
    nothing here depends on that call: a batch follows from its number, and ``fit`` is told of ``steps`` per epoch.

    Parameters
    ----------
    arrays : sequence of ndarray
        Images uint8 ``[n, 28, 28]``, labels int ``[n]`` and perhaps a weight float32 ``[n]`` for each.
    order : callable
        See `Order`.
    batch : int
    epochs : range
        Numbers of the epochs, from 0.

    Attributes
    ----------
    steps : int
        Batches an epoch; the last one may be shorter.
    """

    def __init__(
        self,
        arrays: Sequence[np.ndarray],
        order: Order,
        batch: int,
        epochs: range,
    ) -> None:
        super().__init__()
        self._arrays = arrays
        self._order = functools.lru_cache(maxsize=1)(order)
        self._batch, self._epochs = batch, epochs
        self.steps = math.ceil(len(arrays[0]) / batch)

    def __len__(self) -> int:
        return self.steps * len(self._epochs)

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        epoch, step = divmod(index, self.steps)
        rows = self._order(self._epochs[epoch])[step * self._batch : (step + 1) * self._batch]
        return tuple(array[rows] for array in self._arrays)
