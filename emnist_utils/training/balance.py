"""Class weights against the imbalance of the classes."""

from __future__ import annotations

import numpy as np

NUMERICS = 1

#: The closer to 1, the closer are the weights to inverse counts; Cui et al. 2019 try 0.9 to 0.9999.
EFFECTIVE_NUMBER_BETA = 0.999


def class_weights(labels: np.ndarray, classes: int, scheme: str) -> np.ndarray:
    """Return a weight for each class, such that the mean weight of the images is 1.

    Parameters
    ----------
    labels : ndarray of int, shape ``[n]``
        Training labels, 0..classes-1.
    classes : int
        Number of classes.
    scheme : str
        ``"inverse"``: in inverse proportion to the class's count (King and Zeng 2001, and what scikit-learn calls
        "balanced"). ``"square-root"``: in inverse proportion to the root of the count. ``"effective-number"``: in
        inverse proportion to ``(1 - beta^count) / (1 - beta)``, the number of images that are not near-copies of
        others (Cui, Jia, Lin, Song and Belongie 2019, equation 2).

    Returns
    -------
    ndarray of float32, shape ``[classes]``

    Raises
    ------
    KeyError
        If there is no such scheme.
    ValueError
        If a class has no image: no weight could make up for that.
    """
    counts = np.bincount(labels, minlength=classes)
    if (missing := np.flatnonzero(counts == 0)).size:
        raise ValueError(
            f"classes {missing.tolist()} have no training image, so they can have no weight; train on more images"
        )
    size = {
        "inverse": counts,
        "square-root": np.sqrt(counts),
        "effective-number": (1 - EFFECTIVE_NUMBER_BETA**counts) / (1 - EFFECTIVE_NUMBER_BETA),
    }[scheme]
    weights = 1 / size
    return (weights * len(labels) / (weights * counts).sum()).astype(np.float32)
