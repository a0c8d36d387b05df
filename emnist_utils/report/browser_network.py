"""A trained network as the page "Write a character" computes it, in the reader's browser.

``assets/write-network.js`` reads what is written here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from IPython.display import HTML, display
from numpy.typing import NDArray

from emnist_utils.errors import UserError
from emnist_utils.report.errors import behind_answers

if TYPE_CHECKING:
    import keras

Layer = dict[str, Any]

#: Activations that the page knows, by their names in Keras.
_ACTIVATIONS = ("relu", "silu")


class NetworkError(UserError, ValueError):
    """A network that the page cannot compute, with the layer and what was expected."""


def describe(network: keras.Model) -> Layer:
    """Describe a network layer by layer, with weights.

    Batch normalisation becomes part of the convolution before it: in use, it is a multiplication and an addition a
    channel. Weights are rounded to 16-bit floats, which halves what the page has to load.

    Parameters
    ----------
    network : keras.Model
        uint8 ``[n, 28, 28]`` to logits, made of convolutions, batch normalisation behind these, activations by ReLU or
        swish, max pooling, sums and dense layers.

    Returns
    -------
    dict
        Plain values for JSON. ``layers``: in the order of computation, each with its ``kind``, the numbers of the
        outputs that are its ``inputs`` (0 is the image, k the output of the k-th layer), its settings, and the
        ``shapes`` of its weights. ``weights``: all of them in that order, little-endian, in base64.

    Raises
    ------
    NetworkError
        If it holds another layer, or a weight that is too large for 16 bits.
    """
    from keras import layers

    read: dict[type, Callable[[Any], Layer]] = {
        layers.Rescaling: lambda layer: {"kind": "rescale", "scale": layer.scale, "offset": layer.offset},
        layers.Conv2D: lambda layer: {"kind": "conv", "strides": layer.strides, "padding": layer.padding},
        layers.Activation: _activation,
        layers.MaxPooling2D: lambda layer: {
            "kind": "max-pool",
            "size": layer.pool_size,
            "strides": layer.strides,
            "padding": layer.padding,
        },
        layers.Add: lambda _: {"kind": "add"},
        layers.Flatten: lambda _: {"kind": "flatten"},
        layers.Dense: lambda _: {"kind": "dense"},
    }
    steps: list[Layer] = []
    weights: list[list[NDArray[np.float32]]] = []
    numbers = {id(network.inputs[0]): 0}
    for layer in network.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        sources = layer.input if isinstance(layer.input, list) else [layer.input]
        inputs = [numbers[id(source)] for source in sources]
        if isinstance(layer, layers.Reshape | layers.Dropout):
            # The page gives the image its channel, and nothing is dropped in use.
            numbers[id(layer.output)] = inputs[0]
        elif isinstance(layer, layers.BatchNormalization):
            before = inputs[0] - 1
            if before < 0 or steps[before]["kind"] != "conv":
                raise NetworkError(f"{layer.name}: the page expects batch normalisation right behind a convolution")
            kernel, bias = weights[before]
            weights[before] = _normalised(kernel, bias, layer)
            numbers[id(layer.output)] = inputs[0]
        elif type(layer) in read:
            own = [np.asarray(weight) for weight in layer.get_weights()]
            settings = read[type(layer)](layer)
            steps.append({**settings, "inputs": inputs, "shapes": [list(weight.shape) for weight in own]})
            weights.append(own)
            numbers[id(layer.output)] = len(steps)
        else:
            known = ", ".join(sorted(kind.__name__ for kind in read))
            raise NetworkError(f"{layer.name}: the page has no layer {type(layer).__name__}; it has {known}")
    everything = np.concatenate([weight.ravel() for own in weights for weight in own]).astype("<f2")
    if not np.isfinite(everything).all():
        raise NetworkError(f"{network.name}: a weight is not a number, or greater than {np.finfo('<f2').max}")
    return {"layers": steps, "weights": base64.b64encode(everything.tobytes()).decode("ascii")}


def embed(description: Layer, confusion: pd.DataFrame) -> None:
    """Put into the page what its script needs: the network, the names of its classes, and what is behind its answers.

    Parameters
    ----------
    description : dict
        See `describe`.
    confusion : pandas.DataFrame, shape ``[C, C]``
        The network's answers in the test (`errors.confusion_matrix`).
    """
    held = {"classes": list(confusion.index), "behind": behind_answers(confusion), "network": description}
    # Nothing in the text may end the element that holds it.
    text = json.dumps(held, separators=(",", ":"), ensure_ascii=True).replace("<", "\\u003c")
    display(HTML(f'<script type="application/json" id="write-network">{text}</script>'))


def _activation(layer: Any) -> Layer:
    name = layer.activation.__name__
    if name not in _ACTIVATIONS:
        raise NetworkError(f"{layer.name}: the page has no activation {name}; it has {', '.join(_ACTIVATIONS)}")
    return {"kind": "activation", "name": name}


def _normalised(
    kernel: NDArray[np.float32], bias: NDArray[np.float32], layer: keras.layers.BatchNormalization
) -> list[NDArray[np.float32]]:
    """Return kernel and bias of a convolution that normalises its output, too."""
    gamma, beta, mean, variance = (np.asarray(weight) for weight in layer.get_weights())
    factor = gamma / np.sqrt(variance + layer.epsilon)
    return [kernel * factor, (bias - mean) * factor + beta]
