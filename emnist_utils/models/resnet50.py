"""ResNet-50 with pre-activation (He et al. 2016b), as Keras builds it."""

from __future__ import annotations

import keras
from keras import layers

from emnist_utils.models.layers import BATCH_NORM_MOMENTUM, BatchNormalization, activation, class_scores, grey_input

NUMERICS = 1


def resnet50(classes: int, *, activation_name: str = "relu") -> keras.Model:
    """Build Keras' ResNet50V2 for three equal grey channels, global average pooling and a dense layer.

    The report gives 25.73 M parameters and no layout; with a dense layer of 1024 units and 62 outputs this one has
    25,726,526. Weights are random, and the body is Keras' but for the momentum of its batch normalisation (see
    ``layers.BATCH_NORM_MOMENTUM``). Keras builds it for sides of 32 and more: a border of paper, 2 pixels wide, is
    put around the images.

    Parameters
    ----------
    classes : int
        Number of outputs.
    activation_name : str
        A key of ``ACTIVATIONS``: that of the dense layer. The body's is ReLU.

    Returns
    -------
    keras.Model
        uint8 ``[n, 28, 28]`` to logits ``[n, classes]``.

    References
    ----------
    He, Zhang, Ren and Sun (2016), Identity Mappings in Deep Residual Networks.
    """
    inputs, x = grey_input(border=2)
    x = layers.Concatenate()([x, x, x])
    body = keras.applications.ResNet50V2(include_top=False, weights=None, input_tensor=x, pooling="avg")
    for layer in body.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = BATCH_NORM_MOMENTUM
            # Keras chooses the layers of its body. Ours differs in its method alone, and a copy of the whole network
            # would draw other weights.
            layer.__class__ = BatchNormalization
    x = layers.Dense(1024)(body.output)
    x = activation(activation_name)(x)
    return keras.Model(inputs, class_scores(x, classes), name="resnet50")
