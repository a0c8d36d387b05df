"""What augmentation makes of an image, drawn from the code that trains."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from emnist_utils.report.style import WIDTH

#: Changed images below each.
_COPIES = 4


def augmented_sheet(images: NDArray[np.uint8]) -> Figure:
    """Draw images as they are, and below each what it became in several steps of training.

    Parameters
    ----------
    images : uint8 ``[n, 28, 28]``
        One a column.
    """
    import keras

    from emnist_utils.training.augmentation import RandomAffine

    changed = keras.ops.convert_to_numpy(RandomAffine(0)(np.tile(images, (_COPIES, 1, 1)), training=True))
    columns = len(images)
    figure = Figure((WIDTH, WIDTH * (_COPIES + 1) / columns + 0.1), dpi=130)
    axes = figure.subplots(_COPIES + 1, columns, squeeze=False)
    for axis, image in zip(axes.flat, np.concatenate([images, changed]), strict=True):
        axis.imshow(image, cmap="gray_r", vmin=0, vmax=255)
        axis.set(xticks=(), yticks=())
        axis.grid(visible=False)
        for spine in axis.spines.values():
            spine.set(visible=True, color="0.8")
    for row, name in ((0, "as it is"), (1, "in training")):
        axes[row, 0].set_ylabel(name, fontsize=9)
    return figure
