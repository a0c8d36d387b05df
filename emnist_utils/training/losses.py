"""Loss functions on integer labels and logits."""

from __future__ import annotations

import keras
from keras import ops

NUMERICS = 1


@keras.saving.register_keras_serializable("emnist_utils")
class SparseFocalLoss(keras.losses.Loss):
    """Focal loss for integer labels: ``-alpha (1 - p)^gamma log p``, with p the probability of the true class.

    Keras has it for one-hot labels only. With ``gamma`` 0 and ``alpha`` 1 it is the cross-entropy. A scalar ``alpha``
    scales the loss and balances nothing between classes.

    Source: Lin, Goyal, Girshick, He and Dollár 2017, "Focal loss for dense object detection", equation 5.

    Parameters
    ----------
    gamma : float
        How strongly well-classified images are played down; 0 or more.
    alpha : float
        Scale, in (0, 1].
    """

    def __init__(self, gamma: float = 2.0, alpha: float = 1.0, name: str = "sparse_focal_loss") -> None:
        super().__init__(name=name)
        self.gamma = gamma
        self.alpha = alpha

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Return the loss of each image: labels ``[n]`` and logits ``[n, classes]`` to ``[n]``."""
        cross_entropy = ops.sparse_categorical_crossentropy(ops.reshape(y_true, (-1,)), y_pred, from_logits=True)
        # expm1 keeps 1 - p exact where p is near 1; the floor keeps the power's gradient finite there.
        miss = ops.maximum(-ops.expm1(-cross_entropy), keras.config.epsilon())
        return self.alpha * ops.power(miss, self.gamma) * cross_entropy

    def get_config(self) -> dict[str, object]:
        """Return what rebuilds the loss."""
        return {"gamma": self.gamma, "alpha": self.alpha, "name": self.name}


def build_loss(name: str, *, gamma: float, alpha: float) -> keras.losses.Loss:
    """Return the loss ``name`` (``"cross-entropy"`` or ``"focal"``), averaged over the batch."""
    if name == "focal":
        return SparseFocalLoss(gamma, alpha)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
