"""What a built network consists of and costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class LayerSummary:
    """One layer: its kind, the shape of what it puts out (without the batch), its parameters and multiply-adds."""

    kind: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def summarise(model: keras.Model) -> list[LayerSummary]:
    """List a network's layers with what each costs for one image.

    Multiply-adds are counted where the arithmetic is: convolutions and dense layers.

    Parameters
    ----------
    model : keras.Model
        A built network.
    """
    rows = []
    for layer in model.layers:
        shape = tuple(layer.output.shape[1:])
        cost = 0
        if isinstance(layer, keras.layers.Conv2D):
            cost = math.prod(layer.kernel.shape) * math.prod(shape[:2])
        elif isinstance(layer, keras.layers.Dense):
            cost = math.prod(layer.kernel.shape)
        rows.append(LayerSummary(type(layer).__name__, shape, layer.count_params(), cost))
    return rows


def multiply_adds(model: keras.Model) -> int:
    """Return the multiply-adds of one image's way through a network."""
    return sum(row.multiply_adds for row in summarise(model))
