"""The pieces that the networks share."""

from __future__ import annotations

import keras
from keras import layers

from emnist_utils.models.activations import ACTIVATIONS

NUMERICS = 1

#: Mean and standard deviation of the pixels of EMNIST ByClass's test images after division by 255.
PIXEL_MEAN, PIXEL_STD = 0.1736, 0.3317

#: Keras' default of 0.99 leaves the moving statistics near their initial values after a few hundred steps, and a
#: network that trains well then tests badly.
BATCH_NORM_MOMENTUM = 0.9


def grey_input(border: int = 0) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Return the input of every network, and the same pixels as standardised floats.

    Parameters
    ----------
    border : int
        Pixels of paper to put around each image.

    Returns
    -------
    inputs : keras.KerasTensor
        uint8 ``[n, 28, 28]``, upright, ink 255.
    pixels : keras.KerasTensor
        Float ``[n, 28 + 2 border, 28 + 2 border, 1]``; the images' own have mean 0 and variance 1 over EMNIST.
    """
    inputs = keras.Input((28, 28), dtype="uint8", name="image")
    x = layers.Reshape((28, 28, 1))(inputs)
    if border:
        x = layers.ZeroPadding2D(border)(x)
    x = layers.Rescaling(1 / (255 * PIXEL_STD), offset=-PIXEL_MEAN / PIXEL_STD)(x)
    return inputs, x


def activation(name: str) -> keras.layers.Layer:
    """Return a layer that applies the activation ``name`` (a key of ``ACTIVATIONS``)."""
    return layers.Activation(ACTIVATIONS[name])


def conv_norm_act(x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
    """Convolve 3x3 with zero padding, normalise the batch, activate: ``[n, h, w, c]`` to ``[n, h, w, filters]``."""
    x = layers.Conv2D(filters, 3, padding="same")(x)
    x = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM)(x)
    return activation(name)(x)


def class_scores(x: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    """Return one unnormalised score (logit) a class, in float32 whatever the compute precision."""
    return layers.Dense(classes, dtype="float32", name="scores")(x)
