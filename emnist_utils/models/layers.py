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


@keras.saving.register_keras_serializable("emnist_utils")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' layer over the last of four axes, by TensorFlow's fused operation where that trains.

    Keras makes it of a dozen operations, each of which reads the whole batch; on a CPU they take a third of a residual
    network's time. The results are the same but for rounding.
    """

    def call(
        self, inputs: keras.KerasTensor, training: bool | None = None, mask: keras.KerasTensor | None = None
    ) -> keras.KerasTensor:
        """Normalise floats ``[n, h, w, c]``, in training by the batch, whose mean and variance are kept for later."""
        fused = keras.backend.backend() == "tensorflow" and self.compute_dtype == "float32"
        if not (training and self.trainable and fused):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        normalised, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs, scale=self.gamma, offset=self.beta, mean=[], variance=[], epsilon=self.epsilon, is_training=True
        )
        # The operation returns the variance divided by the number of values less one, Keras keeps that by the number.
        values = tf.cast(tf.size(inputs) / inputs.shape[-1], variance.dtype)
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance * (values - 1) / values)):
            moving.assign(moving * self.momentum + batch * (1 - self.momentum))
        return normalised


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
    x = BatchNormalization(momentum=BATCH_NORM_MOMENTUM)(x)
    return activation(name)(x)


def class_scores(x: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    """Return one unnormalised score (logit) a class, in float32 whatever the compute precision."""
    return layers.Dense(classes, dtype="float32", name="scores")(x)
