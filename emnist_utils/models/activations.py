"""The activations of the study, under the names that recipes use."""

from __future__ import annotations

NUMERICS = 1

#: Name in a recipe -> name in Keras.
ACTIVATIONS = {
    "relu": "relu",
    "leaky-relu": "leaky_relu",
    "elu": "elu",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softmax": "softmax",
    "softsign": "softsign",
    "swish": "silu",
    "gelu": "gelu",
}
