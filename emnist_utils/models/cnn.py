"""The plain convolutional network of the 2024 report: convolutions only."""

from __future__ import annotations

import keras
from keras import layers

from emnist_utils.models.layers import class_scores, conv_norm_act, grey_input

NUMERICS = 1


def cnn(classes: int, *, width: float = 1.0, activation_name: str = "relu") -> keras.Model:
    """Build four 3x3 convolutions (64, 64, 128, 128 filters) and global average pooling.

    The report names only "convolutions" and 0.27 M parameters; this network has 268,542 with 62 outputs.

    Parameters
    ----------
    classes : int
        Number of outputs.
    width : float
        Factor on every number of filters.
    activation_name : str
        A key of ``ACTIVATIONS``.

    Returns
    -------
    keras.Model
        uint8 ``[n, 28, 28]`` to logits ``[n, classes]``.
    """
    inputs, x = grey_input()
    for filters in (64, 128):
        for _ in range(2):
            x = conv_norm_act(x, round(filters * width), activation_name)
        x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, class_scores(x, classes), name="cnn")
