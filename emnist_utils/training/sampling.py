"""Sampling against the imbalance of the classes."""

from __future__ import annotations

import math

import keras
import numpy as np

from emnist_utils.training.balance import class_weights

NUMERICS = 1


class BalancedBatches(keras.utils.PyDataset):
    """Batches in which each class is as likely as any other, drawn anew for each epoch.

    An epoch holds as many images as the training set, with replacement: those of a rare class many times.

    Parameters
    ----------
    images : ndarray of uint8, shape ``[n, 28, 28]``
    labels : ndarray of int, shape ``[n]``
        0..classes-1; each class must have an image.
    classes, batch, seed : int
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, classes: int, batch: int, seed: int) -> None:
        super().__init__()
        self._images, self._labels, self._batch = images, labels, batch
        weights = class_weights(labels, classes, "inverse")[labels].astype(np.float64)
        self._chances = weights / weights.sum()
        self._random = np.random.default_rng(seed)
        self._draw()

    def __len__(self) -> int:
        return math.ceil(len(self._labels) / self._batch)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self._rows[index * self._batch : (index + 1) * self._batch]
        return self._images[rows], self._labels[rows]

    def on_epoch_end(self) -> None:
        """Draw the next epoch's images."""
        self._draw()

    def _draw(self) -> None:
        self._rows = self._random.choice(len(self._labels), len(self._labels), p=self._chances)
