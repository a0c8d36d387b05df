"""Statistics of pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Images counted at once.
_CHUNK = 10_000


@dataclass(frozen=True)
class PixelStatistics:
    """Statistics of all pixels of some images; grey levels from 0 (paper) to 1 (ink).

    Attributes
    ----------
    mean, deviation : float
        Mean and standard deviation.
    empty, full : float
        Shares of the pixels that are exactly 0 and exactly 1.
    """

    mean: float
    deviation: float
    empty: float
    full: float


def pixel_statistics(images: NDArray[np.uint8]) -> PixelStatistics:
    """Return the statistics of the pixels of uint8 images ``[n, 28, 28]``, n > 0."""
    counts = np.zeros(256, np.int64)
    for start in range(0, len(images), _CHUNK):
        counts += np.bincount(images[start : start + _CHUNK].ravel(), minlength=256)
    shares, levels = counts / counts.sum(), np.arange(256) / 255
    mean = float(shares @ levels)
    return PixelStatistics(mean, float(np.sqrt(shares @ (levels - mean) ** 2)), float(shares[0]), float(shares[255]))


def class_means(images: NDArray[np.uint8], labels: NDArray[np.integer], classes: int) -> NDArray[np.float32]:
    """Return the mean image of each class, grey levels 0..255; of a class without images, zeros.

    Parameters
    ----------
    images : uint8 [n, 28, 28]
    labels : int [n]
        0..classes-1.
    classes : int

    Returns
    -------
    float32 [classes, 28, 28]
    """
    means = np.zeros((classes, *images.shape[1:]), np.float32)
    for label in np.unique(labels):
        means[label] = images[labels == label].mean(axis=0)
    return means


def sharpness(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how sharp the edges of each image are, 0..1; of an image of one grey level, 0.

    It is the step in grey level from a pixel to the next, across and down, averaged with the steps' own sizes as
    weights: 1 if paper turns into ink from one pixel to the next, ``1 / w`` if that takes w even steps.

    Parameters
    ----------
    images : uint8 [n, 28, 28]

    Returns
    -------
    float32 [n]
    """
    found = np.zeros(len(images), np.float32)
    for start in range(0, len(images), _CHUNK):
        grey = images[start : start + _CHUNK].astype(np.float32) / 255
        steps = [np.abs(np.diff(grey, axis=axis)) for axis in (1, 2)]
        total, squared = (sum(step.sum((1, 2)) for step in each) for each in (steps, map(np.square, steps)))
        np.divide(squared, total, out=found[start : start + _CHUNK], where=np.asarray(total) > 0)
    return found
