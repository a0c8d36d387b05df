"""Training images changed at random, as other writers might have written them."""

from __future__ import annotations

import math

import keras
from keras import ops

NUMERICS = 1

#: The most that an image is changed by at strength 1: pixels, radians, share of its size.
SHIFT, ANGLE, SCALE, SHEAR = 2.0, math.radians(10), 0.1, 0.1

#: Strength of each augmentation, by its name in recipes.
STRENGTHS = {"affine": 1.0, "slight": 0.5}


@keras.saving.register_keras_serializable("emnist_utils")
class RandomAffine(keras.layers.Layer):
    """Shift, turn, scale and shear each image at random in training; leave it as it is otherwise.

    All four are one affine map, so that an image is interpolated (bilinearly) once. Nothing is mirrored: a mirrored b
    is a d. What comes in from outside the image is paper, 0.

    Parameters
    ----------
    seed : int
    strength : float
        Factor on the most that an image is changed by.
    """

    def __init__(self, seed: int, strength: float = 1.0) -> None:
        super().__init__()
        self.seed, self.strength = seed, strength
        self._random = keras.random.SeedGenerator(seed)

    def call(self, images: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Map uint8 ``[n, 28, 28]`` to uint8 ``[n, 28, 28]``."""
        if not training:
            return images
        n, height, width = ops.shape(images)
        drawn = self.strength * keras.random.uniform((6, n), -1.0, 1.0, dtype="float32", seed=self._random)
        angle, shear = ANGLE * drawn[0], SHEAR * drawn[1]
        scale_x, scale_y = 1 + SCALE * drawn[2], 1 + SCALE * drawn[3]
        a, b = scale_x * ops.cos(angle), scale_x * (shear * ops.cos(angle) - ops.sin(angle))
        c, d = scale_y * ops.sin(angle), scale_y * (shear * ops.sin(angle) + ops.cos(angle))
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        # the middle of the image stays where it is, but for the shift
        shift_x = middle_x - a * middle_x - b * middle_y + SHIFT * drawn[4]
        shift_y = middle_y - c * middle_x - d * middle_y + SHIFT * drawn[5]
        zero = ops.zeros_like(a)
        maps = ops.stack([a, b, shift_x, c, d, shift_y, zero, zero], axis=1)
        grey = ops.expand_dims(ops.cast(images, "float32"), -1)
        moved = ops.image.affine_transform(
            grey, maps, interpolation="bilinear", fill_mode="constant", fill_value=0, data_format="channels_last"
        )
        return ops.cast(ops.round(ops.clip(moved[..., 0], 0, 255)), "uint8")

    def compute_output_spec(self, images: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Return the shape and type of what comes out: those of what goes in."""
        return keras.KerasTensor(images.shape, "uint8")

    def get_config(self) -> dict[str, object]:
        """Return what rebuilds the layer."""
        return {"seed": self.seed, "strength": self.strength}


def augmented(network: keras.Model, augmentation: str, seed: int) -> keras.Model:
    """Return a model that trains ``network`` on images changed at random; it shares the network's weights.

    Parameters
    ----------
    network : keras.Model
    augmentation : str
        A key of `STRENGTHS`.
    seed : int
    """
    inputs = keras.Input(network.input_shape[1:], dtype="uint8", name="image")
    return keras.Model(inputs, network(RandomAffine(seed, STRENGTHS[augmentation])(inputs)))
