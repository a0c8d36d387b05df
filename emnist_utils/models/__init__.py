"""The networks of the study, one file an architecture.

Importing this package does not import Keras: names are wanted by pages and plans that train nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

__all__ = ["MODELS", "Architecture", "build"]


@dataclass(frozen=True)
class Architecture:
    """What is known of a network without building it.

    Attributes
    ----------
    module : str
        The file in this package that builds it.
    sizes : frozenset of str
        The arguments that it takes besides the activation: ``"width"``, ``"blocks"``, ``"dropout"``.
    """

    module: str
    sizes: frozenset[str] = frozenset()


MODELS = {
    "lenet5": Architecture("lenet5"),
    "cnn": Architecture("cnn", frozenset({"width"})),
    "residual-cnn": Architecture("residual_cnn", frozenset({"width", "blocks", "dropout"})),
    "resnet50": Architecture("resnet50"),
    "wavemix-lite": Architecture("wavemix_lite", frozenset({"width", "blocks", "dropout"})),
}


def build(name: str, classes: int, *, activation: str = "relu", **sizes: float) -> keras.Model:
    """Build a network of the registry, with fresh random weights.

    Parameters
    ----------
    name : str
        A key of ``MODELS``.
    classes : int
        Number of outputs.
    activation : str
        A key of ``activations.ACTIVATIONS``.
    **sizes
        ``width`` (factor on the number of filters), ``blocks`` and ``dropout``, for the networks that take them.

    Returns
    -------
    keras.Model
        uint8 ``[n, 28, 28]`` to logits ``[n, classes]``.

    Raises
    ------
    KeyError
        If the registry has no such network.
    TypeError
        If the network does not take one of ``sizes``.
    """
    from emnist_utils.models.cnn import cnn
    from emnist_utils.models.lenet5 import lenet5
    from emnist_utils.models.residual_cnn import residual_cnn
    from emnist_utils.models.resnet50 import resnet50
    from emnist_utils.models.wavemix_lite import wavemix_lite

    builders: dict[str, Callable[..., keras.Model]] = {
        "lenet5": lenet5,
        "cnn": cnn,
        "residual-cnn": residual_cnn,
        "resnet50": resnet50,
        "wavemix-lite": wavemix_lite,
    }
    return builders[name](classes, activation_name=activation, **sizes)
