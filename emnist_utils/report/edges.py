"""What the sharpness of edges tells of a character, whatever its shape."""

from __future__ import annotations

import numpy as np

from emnist_utils.data.snapshot import Snapshot
from emnist_utils.data.specs import SPECS
from emnist_utils.statistics import Interval, chance_of_more


def edge_widths(images: Snapshot) -> dict[str, float]:
    """Return how many pixels an edge takes in the training images of each character of ByClass.

    It is one over their mean sharpness; not a number where a character has no image.
    """
    levels = np.linspace(0, 1, images.edges.shape[1])
    with np.errstate(invalid="ignore"):
        widths = images.edges.sum(axis=1) / (images.edges @ levels)
    return dict(zip(SPECS["byclass"].classes, widths.tolist(), strict=True))


def sharper(images: Snapshot, first: str, second: str) -> Interval:
    """Return the chance that a training image of one character has sharper edges than one of another.

    Raises
    ------
    ValueError
        If one of them has fewer than two images.
    """
    classes = SPECS["byclass"].classes
    return chance_of_more(*(images.edges[classes.index(character)] for character in (first, second)))
