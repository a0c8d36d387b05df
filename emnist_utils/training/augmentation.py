"""Training images changed at random, as other writers might have written them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import keras
from keras import ops

NUMERICS = 1

#: The most that an image is changed by at strength 1: pixels, radians, share of its size.
SHIFT, ANGLE, SCALE, SHEAR = 2.0, math.radians(10), 0.1, 0.1

#: The most whole pixels that "shift" moves an image by, either way along each axis.
STEP = 1


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


@keras.saving.register_keras_serializable("emnist_utils")
class RandomShift(keras.layers.Layer):
    """Shift each image by whole pixels at random in training; leave it as it is otherwise.

    Grey levels stay as they are, and with them the blur that each image got when EMNIST's conversion shrank it, where
    whatever interpolates blurs it anew. What comes in from outside the image is paper, 0.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self._random = keras.random.SeedGenerator(seed)

    def call(self, images: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Map uint8 ``[n, 28, 28]`` to uint8 ``[n, 28, 28]``."""
        if not training:
            return images
        n, height, width = ops.shape(images)
        drawn = keras.random.randint((2, n, 1), 0, 2 * STEP + 1, seed=self._random)
        framed = ops.pad(images, ((0, 0), (STEP, STEP), (STEP, STEP)))
        rows = ops.expand_dims(drawn[0] + ops.arange(height), 2)
        columns = ops.expand_dims(drawn[1] + ops.arange(width), 1)
        return ops.take_along_axis(ops.take_along_axis(framed, rows, axis=1), columns, axis=2)

    def compute_output_spec(self, images: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Return the shape and type of what comes out: those of what goes in."""
        return keras.KerasTensor(images.shape, "uint8")

    def get_config(self) -> dict[str, object]:
        """Return what rebuilds the layer."""
        return {"seed": self.seed}


#: Name in a recipe -> the layer that changes the images, given a seed.
AUGMENTATIONS: dict[str, Callable[[int], keras.layers.Layer]] = {
    "affine": RandomAffine,
    "slight": partial(RandomAffine, strength=0.5),
    "shift": RandomShift,
}


def augmented(network: keras.Model, augmentation: str, seed: int) -> keras.Model:
    """Return a model that trains ``network`` on images changed at random; it shares the network's weights.

    Parameters
    ----------
    network : keras.Model
    augmentation : str
        A key of `AUGMENTATIONS`.
    seed : int
    """
    inputs = keras.Input(network.input_shape[1:], dtype="uint8", name="image")
    return keras.Model(inputs, network(AUGMENTATIONS[augmentation](seed)(inputs)))
