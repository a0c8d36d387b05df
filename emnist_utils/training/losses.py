"""Loss functions on integer labels and logits."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from emnist_utils.training.recipe import Recipe

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


@keras.saving.register_keras_serializable("emnist_utils")
class SparseCrossEntropy(keras.losses.Loss):
    """Cross-entropy for integer labels with label smoothing and logit adjustment, which Keras' own lacks.

    Label smoothing gives the true class the target ``1 - s + s / classes`` and each other class ``s / classes``
    (Szegedy, Vanhoucke, Ioffe, Shlens and Wojna 2016, section 7). Logit adjustment adds the logarithm of the class's
    share to its logit in training alone, so that without it, in the test, rare classes are favoured (Menon et al. 2020,
    "Long-tail learning via logit adjustment", equation 10 with tau 1).

    Parameters
    ----------
    label_smoothing : float
        ``s``, in [0, 1).
    shares : sequence of float, length ``classes``, optional
        Share of each class in the training images, each above 0.
    """

    def __init__(
        self,
        label_smoothing: float = 0.0,
        shares: Sequence[float] | None = None,
        name: str = "sparse_cross_entropy",
    ) -> None:
        super().__init__(name=name)
        self.label_smoothing = label_smoothing
        self.shares = None if shares is None else [float(share) for share in shares]

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Return the loss of each image: labels ``[n]`` and logits ``[n, classes]`` to ``[n]``."""
        if self.shares is not None:
            y_pred = y_pred + ops.log(ops.convert_to_tensor(self.shares, y_pred.dtype))
        hard = ops.sparse_categorical_crossentropy(ops.reshape(y_true, (-1,)), y_pred, from_logits=True)
        if not self.label_smoothing:
            return hard
        even = -ops.mean(ops.log_softmax(y_pred, axis=-1), axis=-1)
        return (1 - self.label_smoothing) * hard + self.label_smoothing * even

    def get_config(self) -> dict[str, object]:
        """Return what rebuilds the loss."""
        return {"label_smoothing": self.label_smoothing, "shares": self.shares, "name": self.name}


def build_loss(recipe: Recipe, shares: np.ndarray) -> keras.losses.Loss:
    """Return a recipe's loss, averaged over the batch.

    Parameters
    ----------
    recipe : Recipe
    shares : ndarray of float, shape ``[classes]``
        Share of each class in the training images; used with logit adjustment alone.

    Raises
    ------
    ValueError
        If the logits are to be adjusted to a class that has no training image.
    """
    if recipe.loss == "focal":
        return SparseFocalLoss(recipe.gamma, recipe.alpha)
    adjusted = recipe.class_balance == "logit-adjustment"
    if adjusted and not shares.all():
        missing = np.flatnonzero(shares == 0).tolist()
        raise ValueError(f"classes {missing} have no training image, so no logit can be adjusted to them")
    if adjusted or recipe.label_smoothing:
        return SparseCrossEntropy(recipe.label_smoothing, shares.tolist() if adjusted else None)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
