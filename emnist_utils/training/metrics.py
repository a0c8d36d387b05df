"""What a run's predictions are worth."""

from __future__ import annotations

import numpy as np
from sklearn import metrics

from emnist_utils.training.record import TestScores

NUMERICS = 1


def log_probabilities(logits: np.ndarray) -> np.ndarray:
    """Return natural logarithms of the class probabilities: logits ``[n, classes]`` to ``[n, classes]``, float64."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def score(labels: np.ndarray, logits: np.ndarray) -> TestScores:
    """Score logits ``[n, classes]`` against labels ``[n]`` in 0..classes-1.

    Macro-F1 averages over all classes of the set; a class without test image or prediction counts as 0.
    """
    classes = logits.shape[1]
    predicted = logits.argmax(axis=1)
    log_p = log_probabilities(logits)
    f1 = {
        average: float(metrics.f1_score(labels, predicted, labels=np.arange(classes), average=average, zero_division=0))
        for average in ("weighted", "macro")
    }
    matrix = confusion(labels, predicted, classes)
    counts = matrix.sum(axis=1)
    present = counts > 0
    return TestScores(
        loss=float(-log_p[np.arange(len(labels)), labels].mean()),
        accuracy=float((predicted == labels).mean()),
        weighted_f1=f1["weighted"],
        macro_f1=f1["macro"],
        balanced_accuracy=float((np.diag(matrix)[present] / counts[present]).mean()),
    )


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Count predictions: int64 ``[classes, classes]``, rows are true classes, columns predicted ones."""
    return metrics.confusion_matrix(labels, predicted, labels=np.arange(classes)).astype(np.int64)
