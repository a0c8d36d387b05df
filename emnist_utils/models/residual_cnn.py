"""The 2024 report's own network: a small residual CNN (after He et al. 2016)."""

from __future__ import annotations

import keras
from keras import layers

from emnist_utils.models.layers import (
    BATCH_NORM_MOMENTUM,
    BatchNormalization,
    activation,
    class_scores,
    conv_norm_act,
    grey_input,
)

NUMERICS = 1


def residual_block(x: keras.KerasTensor, filters: int, activation_name: str) -> keras.KerasTensor:
    """Add two 3x3 convolutions to their input (He et al. 2016, figure 2): ``[n, h, w, c]`` to ``[n, h, w, filters]``.

    Where the number of channels changes, the shortcut is a 1x1 convolution.
    """
    shortcut = x if x.shape[-1] == filters else layers.Conv2D(filters, 1)(x)
    x = conv_norm_act(x, filters, activation_name)
    x = layers.Conv2D(filters, 3, padding="same")(x)
    x = BatchNormalization(momentum=BATCH_NORM_MOMENTUM)(x)
    return activation(activation_name)(layers.Add()([x, shortcut]))


def residual_cnn(
    classes: int, *, width: float = 1.0, blocks: int = 2, dropout: float = 0.0, activation_name: str = "relu"
) -> keras.Model:
    """Build a convolution, ``blocks`` residual blocks and a dense layer.

    Conv 64, pool, Block 128, pool, (blocks - 1) x Block 128, pool, Dense 1024, Dense ``classes``. The report gives
    1.77 M parameters for two blocks and no layout; this one has 1,772,094 with 62 outputs.

    Parameters
    ----------
    classes : int
        Number of outputs.
    width : float
        Factor on the filters of every convolution and on the units of the dense layer.
    blocks : int
        Number of residual blocks, 1 or more.
    dropout : float
        Share of the dense layer's units that are switched off in each training step, 0..1.
    activation_name : str
        A key of ``ACTIVATIONS``.

    Returns
    -------
    keras.Model
        uint8 ``[n, 28, 28]`` to logits ``[n, classes]``.
    """
    stem, body, dense = (round(size * width) for size in (64, 128, 1024))
    inputs, x = grey_input()
    x = conv_norm_act(x, stem, activation_name)
    x = layers.MaxPooling2D()(x)
    x = residual_block(x, body, activation_name)
    x = layers.MaxPooling2D()(x)
    for _ in range(blocks - 1):
        x = residual_block(x, body, activation_name)
    x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dense(dense)(x)
    x = activation(activation_name)(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, class_scores(x, classes), name="residual-cnn")
