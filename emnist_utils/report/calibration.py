"""Whether networks are as often right as they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from emnist_utils.report.style import COLOURS, WIDTH
from emnist_utils.training.record import Predictions

#: Bins of equal width, as in Guo et al. 2017; one with fewer answers than the second number is not drawn.
_BINS, _FEWEST = 10, 20


def overconfidence(predictions: Predictions) -> float:
    """Return mean confidence less accuracy, in -1..1: above 0, a network promises more than it keeps.

    Confidence is the probability that a network gives to its answer.
    """
    return float(predictions.confidence.mean(dtype=np.float64)) - float(_right(predictions).mean())


def reliability(predictions: Sequence[Predictions]) -> pd.DataFrame:
    """Return how often answers of like confidence were right.

    Source: Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks", equations 3 and 4.

    Parameters
    ----------
    predictions : sequence of Predictions
        Of one recipe, one a seed; their answers are taken together.

    Returns
    -------
    pandas.DataFrame
        A row for each of ten bins of confidence that has an answer: ``confidence`` and ``accuracy`` (means, 0..1) and
        ``answers`` (a count).
    """
    confidence = np.concatenate([one.confidence for one in predictions]).astype(np.float64)
    right = np.concatenate([_right(one) for one in predictions])
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    answers = pd.DataFrame({"confidence": confidence, "accuracy": right})
    found = answers.groupby(bins).mean()
    return found.assign(answers=answers.groupby(bins).size())


def expected_calibration_error(predictions: Sequence[Predictions]) -> float:
    r"""Return how far accuracy is from confidence, the mean over all answers, in 0..1.

    With bins :math:`B_m` of the n answers, :math:`\sum_m |B_m| / n \cdot |acc(B_m) - conf(B_m)|`: too high and too low
    a confidence count alike, but not where they even out within a bin.

    Source: Guo, Pleiss, Sun and Weinberger 2017, equation 5, with the bins of `reliability`.

    Parameters
    ----------
    predictions : sequence of Predictions
        Of one recipe, one a seed; their answers are taken together.
    """
    bins = reliability(predictions)
    return float(np.average((bins["accuracy"] - bins["confidence"]).abs(), weights=bins["answers"]))


def reliability_diagram(predictions: Mapping[str, Sequence[Predictions]]) -> Figure:
    """Draw accuracy against confidence, a line for each recipe; on the diagonal a network keeps what it says.

    Bins with fewer than 20 answers are left out.

    Parameters
    ----------
    predictions : mapping
        Up to six recipes: predictions, one a seed, by label.

    Raises
    ------
    ValueError
        If there are more recipes than colours.
    """
    if len(predictions) > len(COLOURS):
        raise ValueError(f"there are {len(predictions)} recipes; expected up to {len(COLOURS)}, one a colour")
    figure = Figure((0.85 * WIDTH, 0.5 * WIDTH))
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="0.5", lw=1, ls="--", label="as often right as it says")
    for colour, (label, group) in zip(COLOURS, predictions.items(), strict=False):
        points = reliability(group).query("answers >= @_FEWEST")
        axis.plot(
            points["confidence"], points["accuracy"], "o-", color=colour, label=label, markersize=5, clip_on=False
        )
    axis.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside right center")
    return figure


def _right(predictions: Predictions) -> NDArray[np.bool_]:
    return np.asarray(predictions.predicted == predictions.labels)
