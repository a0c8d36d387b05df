"""What a built network consists of and costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

NUMERICS = 1


@dataclass(frozen=True)
class LayerSummary:
    """One layer of a network.

    Attributes
    ----------
    kind : str
        Its class in Keras.
    shape : tuple of int
        What it puts out for one image.
    parameters : int
        Trained and counted ones.
    multiply_adds : int
        Multiplications, each with its addition, for one image; counted where the arithmetic is: in convolutions and
        dense layers.
    """

    kind: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def summarise(model: keras.Model) -> tuple[LayerSummary, ...]:
    """List a built network's layers with what each costs."""
    from keras import layers

    rows = []
    for layer in model.layers:
        shape = tuple(layer.output.shape[1:])
        cost = 0
        if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D):
            cost = math.prod(layer.kernel.shape) * math.prod(shape[:2])
        elif isinstance(layer, layers.Conv2DTranspose):  # its kernel is laid over the input, not over the output
            cost = math.prod(layer.kernel.shape) * math.prod(layer.input.shape[1:3])
        elif isinstance(layer, layers.Dense):
            cost = math.prod(layer.kernel.shape)
        rows.append(LayerSummary(type(layer).__name__, shape, layer.count_params(), cost))
    return tuple(rows)
