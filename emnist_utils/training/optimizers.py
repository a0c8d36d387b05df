"""The optimizers of the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

NUMERICS = 1

#: Name in a recipe -> class in Keras and the arguments that make it what its name says.
OPTIMIZERS: dict[str, tuple[str, dict[str, float | bool]]] = {
    "sgd": ("SGD", {}),
    "sgd-nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
    "adamax": ("Adamax", {}),
    "nadam": ("Nadam", {}),
}


def build_optimizer(
    name: str, learning_rate: float | keras.optimizers.schedules.LearningRateSchedule
) -> keras.optimizers.Optimizer:
    """Return a new optimizer with Keras' defaults for all but the learning rate.

    Parameters
    ----------
    name : str
        A key of ``OPTIMIZERS``.
    learning_rate : float or LearningRateSchedule
        The rate, or its course over the steps.
    """
    import keras

    kind, arguments = OPTIMIZERS[name]
    return getattr(keras.optimizers, kind)(learning_rate=learning_rate, **arguments)
