"""WaveMix-Lite (Jeevan and Sethi 2022): wavelets exchange information between pixels."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from emnist_utils.models.layers import BATCH_NORM_MOMENTUM, BatchNormalization, activation, class_scores, grey_input

NUMERICS = 1

#: The factors with which the Haar transform weighs the values of a 2x2 square: one square of them for each answer.
HAAR = 0.5 * np.array([[[1, 1], [1, 1]], [[1, -1], [1, -1]], [[1, 1], [-1, -1]], [[1, -1], [-1, 1]]], np.float32)


class HaarTransform(layers.Layer):
    """One level of the two-dimensional Haar wavelet transform (Haar 1910), of each channel by itself.

    Each square of 2x2 values ``a b / c d`` becomes four: its sum ``a + b + c + d`` and the differences between its
    columns ``a - b + c - d``, its rows ``a + b - c - d`` and its diagonals ``a - b - c + d``, each halved. The
    transform is orthonormal: it keeps lengths, and its transpose is its inverse.

    Maps floats ``[n, h, w, c]``, ``h`` and ``w`` even, to ``[n, h / 2, w / 2, 4 c]``: all channels' sums, then their
    differences in the order above.
    """

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Transform floats ``[n, h, w, c]``; a ValueError says so if a side is odd."""
        _, height, width, channels = x.shape
        if height % 2 or width % 2:
            raise ValueError(f"the sides of an image must be even for the Haar transform; got {height} x {width}")
        squares = ops.reshape(x, (-1, height // 2, 2, width // 2, 2, channels))
        # On a CPU without XLA one matrix product, forth and back, takes a quarter of the time of sums of slices.
        answers = ops.einsum("pab,nhawbc->nhwpc", ops.cast(HAAR, x.dtype), squares)
        return ops.reshape(answers, (-1, height // 2, width // 2, 4 * channels))


def wavemix_block(x: keras.KerasTensor, activation_name: str, dropout: float = 0.0) -> keras.KerasTensor:
    """Add what a Haar transform and dense layers over the channels make of the input: ``[n, h, w, c]`` to the same.

    ``c`` is a multiple of 4, ``h`` and ``w`` are even.
    """
    channels = x.shape[-1]
    mixed = layers.Conv2D(channels // 4, 1)(x)
    mixed = HaarTransform()(mixed)
    mixed = layers.Conv2D(2 * channels, 1)(mixed)
    mixed = activation(activation_name)(mixed)
    if dropout:
        mixed = layers.Dropout(dropout)(mixed)
    mixed = layers.Conv2D(channels, 1)(mixed)
    mixed = layers.Conv2DTranspose(channels, 4, strides=2, padding="same")(mixed)
    mixed = BatchNormalization(momentum=BATCH_NORM_MOMENTUM)(mixed)
    return layers.Add()([mixed, x])


def wavemix_lite(
    classes: int, *, width: float = 1.0, blocks: int = 7, dropout: float = 0.0, activation_name: str = "gelu"
) -> keras.Model:
    """Build two 3x3 convolutions, ``blocks`` WaveMix-Lite blocks and global average pooling.

    With 62 outputs WaveMix-Lite-128/7 has 2,412,318 parameters and 256/7, twice as wide, has 9,616,894.

    Parameters
    ----------
    classes : int
        Number of outputs.
    width : float
        Factor on the 128 channels.
    blocks : int
        Number of blocks, 1 or more.
    dropout : float
        Share of the values in each block's hidden layer that are switched off in each training step, 0..1. The
        authors' code takes 0.5. Off unless asked for, as in the other networks: they differ in their layers alone.
    activation_name : str
        A key of ``ACTIVATIONS``; the authors' is ``"gelu"``.

    Returns
    -------
    keras.Model
        uint8 ``[n, 28, 28]`` to logits ``[n, classes]``.

    References
    ----------
    Jeevan and Sethi (2022), WaveMix: Resource-efficient Token Mixing for Images, arXiv:2203.03689.
    """
    channels = 4 * max(1, round(32 * width))
    inputs, x = grey_input()
    x = layers.Conv2D(channels // 2, 3, padding="same")(x)
    x = layers.Conv2D(channels, 3, padding="same")(x)
    for _ in range(blocks):
        x = wavemix_block(x, activation_name, dropout)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, class_scores(x, classes), name="wavemix-lite")
