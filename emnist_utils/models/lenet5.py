"""LeNet-5 (LeCun et al. 1998)."""

from __future__ import annotations

import keras
from keras import layers

from emnist_utils.models.layers import activation, class_scores, grey_input

NUMERICS = 1


def lenet5(classes: int, *, activation_name: str = "relu") -> keras.Model:
    """Build LeNet-5 with max pooling and a modern activation.

    Two 5x5 convolutions, each followed by pooling, then dense layers of 120 and 84 units. The original
    (LeCun, Bottou, Bengio and Haffner 1998) used trainable average pooling, tanh and a radial basis output.

    Parameters
    ----------
    classes : int
        Number of outputs; 62 outputs give 66,126 parameters.
    activation_name : str
        A key of ``ACTIVATIONS``.

    Returns
    -------
    keras.Model
        uint8 ``[n, 28, 28]`` to logits ``[n, classes]``.
    """
    inputs, x = grey_input()
    x = layers.Conv2D(6, 5, padding="same")(x)
    x = activation(activation_name)(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(16, 5)(x)
    x = activation(activation_name)(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    for units in (120, 84):
        x = layers.Dense(units)(x)
        x = activation(activation_name)(x)
    return keras.Model(inputs, class_scores(x, classes), name="lenet5")
