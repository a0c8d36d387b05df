"""What figures of training runs have in common: mean curves, intervals as bars, and legends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from emnist_utils.statistics import Interval
from emnist_utils.training.record import Record

#: Prefix of a curve in a record, how it is drawn and how a legend calls it.
CURVES = (("val_", "-", "validation"), ("", "--", "training"))

#: Grey of curves that stand behind those that a panel is about.
OTHERS = "0.65"


def mean_curve(runs: Sequence[Record], name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the epochs that all seeds ran, from 1, and the mean over seeds of a curve (`Curves`) in them."""
    epochs = min(run.epochs_run for run in runs)
    return np.arange(1, epochs + 1), np.mean([getattr(run.curves, name)[:epochs] for run in runs], axis=0)


def draw_curves(axis: Axes, runs: Sequence[Record], name: str, colour: str, an_epoch: float = 1) -> None:
    """Draw validation and training of a row by epoch, the means over seeds.

    Parameters
    ----------
    name : str
        ``"loss"`` (nats) or ``"accuracy"`` (drawn in per cent).
    an_epoch : float
        Length of an epoch on the axis.
    """
    for prefix, style, _ in CURVES:
        epochs, values = mean_curve(runs, prefix + name)
        factor = 100 if name == "accuracy" else 1
        axis.plot(an_epoch * epochs, factor * values, style, color=colour, marker=".", markersize=5, lw=1.6)


def curve_handles(colour: str) -> list[Line2D]:
    """Return legend entries for the lines of validation and of training."""
    return [Line2D([], [], color=colour, ls=style, label=label) for _, style, label in CURVES]


def handles(looks: Mapping[str, Mapping[str, Any]]) -> list[Line2D]:
    """Return a legend entry for each look, a mapping of `Line2D`'s arguments, by what it is called."""
    return [Line2D([], [], label=label, **look) for label, look in looks.items()]


def with_intervals(axis: Axes, places: Sequence[float], shares: Sequence[Interval], look: Mapping[str, Any]) -> None:
    """Draw shares in per cent as a line, each with the part of its interval that is in 0..1 as a bar."""
    for place, share in zip(places, shares, strict=True):
        ends = [100 * max(share.low, 0), 100 * min(share.high, 1)]
        axis.plot([place, place], ends, color=look["color"], lw=2, alpha=0.6)
    axis.plot(places, [100 * share.value for share in shares], **look)
