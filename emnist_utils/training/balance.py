"""Class weights against the imbalance of the classes."""

from __future__ import annotations

import numpy as np

NUMERICS = 1


def class_weights(labels: np.ndarray, classes: int, scheme: str) -> np.ndarray:
    """Return a weight for each class, such that the mean weight of the images is 1.

    Parameters
    ----------
    labels : ndarray of int, shape ``[n]``
        Training labels, 0..classes-1.
    classes : int
        Number of classes.
    scheme : str
        ``"none"``: all 1. ``"inverse"``: in inverse proportion to the class's count (King and Zeng 2001, and what
        scikit-learn calls "balanced").

    Returns
    -------
    ndarray of float32, shape ``[classes]``

    Raises
    ------
    ValueError
        If a class has no image: no weight could make up for that.
    """
    if scheme == "none":
        return np.ones(classes, np.float32)
    counts = np.bincount(labels, minlength=classes)
    if (missing := np.flatnonzero(counts == 0)).size:
        raise ValueError(
            f"classes {missing.tolist()} have no training image, so they can have no weight; train on more images"
        )
    return (len(labels) / (classes * counts)).astype(np.float32)
