"""Figures of how accuracy and training depend on the learning rate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from emnist_utils.report.drawing import OTHERS, draw_curves, handles, with_intervals
from emnist_utils.report.selection import best_on_validation, validation_accuracy
from emnist_utils.report.style import COLOURS, WIDTH
from emnist_utils.report.tables import accuracy, reported_accuracy
from emnist_utils.studies import rate_label
from emnist_utils.training.record import Record, Records

_COLUMNS = 4

_TEST: dict[str, Any] = {"color": COLOURS[0], "marker": "o", "markersize": 5, "lw": 1.8}
_VALIDATION: dict[str, Any] = {"color": COLOURS[1], "ls": (0, (3, 1.5)), "lw": 1.4}
_CHOSEN: dict[str, Any] = {"color": COLOURS[1], "marker": "D", "markersize": 7, "ls": ""}
_OTHERS: dict[str, Any] = {"color": OTHERS, "lw": 1.0, "zorder": 1}
_DEFAULT: dict[str, Any] = {"color": "0.35", "ls": ":", "lw": 1.4, "zorder": 1}
_TRAINING: dict[str, Any] = {"color": "0.45", "marker": ".", "ls": (0, (3, 1.5)), "lw": 1.2}
_FIRST: dict[str, Any] = {"color": COLOURS[2], "marker": "s", "markersize": 5, "lw": 1.4}
_SECOND: dict[str, Any] = {"color": COLOURS[3], "marker": "o", "markersize": 5, "lw": 1.4}


def accuracy_by_rate(ladders: Mapping[str, Records], defaults: Mapping[str, str]) -> Figure:
    """Draw test and validation accuracy against the peak learning rate, a panel for each optimizer.

    Test accuracy has its 95 % interval; the test lines of the other panels stand behind in grey.

    Parameters
    ----------
    ladders : mapping
        For each optimizer its records by the labels of its rates, from the lowest rate up.
    defaults : mapping
        For each optimizer the label of its default rate.
    """
    figure, axes, last = _panels(len(ladders), height=1.9)
    for axis, (name, ladder) in zip(axes, ladders.items(), strict=True):
        for other in ladders.values():
            axis.plot(_rates(other.values()), [100 * accuracy(runs).value for runs in other.values()], **_OTHERS)
        rates = _rates(ladder.values())
        axis.axvline(_rate(ladder[defaults[name]]), **_DEFAULT)
        axis.plot(rates, [100 * validation_accuracy(runs) for runs in ladder.values()], **_VALIDATION)
        with_intervals(axis, rates, [accuracy(runs) for runs in ladder.values()], _TEST)
        chosen = ladder[best_on_validation(ladder)]
        axis.plot(_rate(chosen), 100 * validation_accuracy(chosen), **_CHOSEN)
        axis.set_title(name, fontsize=11)
        _log_rates(axis)
        axis.tick_params(labelsize=9)
    figure.supxlabel("peak learning rate", fontsize=11)
    figure.supylabel("accuracy (%)", fontsize=11)
    looks = {
        "test": _TEST,
        "validation": _VALIDATION,
        "chosen on validation": _CHOSEN,
        "Keras' default": _DEFAULT,
        "test, other optimizers": _OTHERS,
    }
    _legend(last, looks)
    return figure


def default_and_tuned(pairs: Mapping[str, tuple[Sequence[Record], Sequence[Record]]]) -> Figure:
    """Draw loss and accuracy by epoch for each optimizer, at its default rate and at its chosen one.

    Validation is solid, training dashed; lines are means over seeds.

    Parameters
    ----------
    pairs : mapping
        For each optimizer its records at the two rates, which may be the same.
    """
    rows = math.ceil((len(pairs) + 1) / _COLUMNS)
    figure = Figure((WIDTH, 3.3 * rows), layout="constrained")
    grid = figure.subplots(2 * rows, _COLUMNS, sharex=True).reshape(rows, 2, _COLUMNS)
    losses, shares = list(grid[:, 0].flat), list(grid[:, 1].flat)
    for axes, label in ((losses, "loss (nats)"), (shares, "accuracy (%)")):
        for place, axis in enumerate(axes):
            if place:
                axis.sharey(axes[0])
            axis.tick_params(labelsize=9, labelleft=place % _COLUMNS == 0, labelbottom=axes is shares)
            axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        for axis in axes[::_COLUMNS]:
            axis.set_ylabel(label, fontsize=10)
        for axis in axes[len(pairs) :]:
            axis.axis("off")
    for loss, share, (name, (default, tuned)) in zip(losses, shares, pairs.items(), strict=False):
        drawn = {_rate(default): (default, COLOURS[0])} | {_rate(tuned): (tuned, COLOURS[1])}
        for runs, colour in drawn.values():
            draw_curves(loss, runs, "loss", colour)
            draw_curves(share, runs, "accuracy", colour)
        loss.set_title(f"{name}\n{', '.join(map(rate_label, drawn))}", fontsize=10)
    figure.supxlabel("epoch", fontsize=11)
    looks: dict[str, dict[str, Any]] = {
        "default rate": {"color": COLOURS[0], "lw": 1.8},
        "rate chosen on\nvalidation": {"color": COLOURS[1], "lw": 1.8},
        "validation": {"color": "0.4", "lw": 1.6},
        "training": {"color": "0.4", "lw": 1.4, "ls": "--"},
    }
    _legend(losses[len(pairs)], looks)
    return figure


def two_passes(records: Records, first: pd.DataFrame, second: pd.DataFrame) -> Figure:
    """Draw test accuracy against the learning rate, ours above the report's; on the right the second pass alone.

    Bars are 95 % intervals; those of the report know the chance of ByClass's test images alone. Each panel has an axis
    of accuracies of its own.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants; of those with the same rate the last is drawn.
    first, second : pandas.DataFrame
        The two passes as ``reported.load`` returns them: ``accuracy`` in per cent by learning rate.
    """
    ours = dict(sorted({_rate(runs): runs for runs in records.values()}.items()))
    figure = Figure((WIDTH, 0.72 * WIDTH), layout="constrained")
    axes = figure.subplots(2, 2, sharex="col", width_ratios=(1.25, 1))
    low, high = min(second.index), max(second.index)
    near = {rate: runs for rate, runs in ours.items() if low <= rate <= high}
    for axis, shown in zip(axes[0], (ours, near), strict=True):
        training = [100 * np.mean([run.curves.accuracy[-1] for run in runs]) for runs in shown.values()]
        axis.plot(list(shown), training, **_TRAINING)
        with_intervals(axis, list(shown), [accuracy(runs) for runs in shown.values()], _TEST)
    for axis, passes in zip(axes[1], ((first, second), (second,)), strict=True):
        for table in passes:
            table = table.sort_index()
            with_intervals(
                axis, list(table.index), [reported_accuracy(share) for share in table["accuracy"]],
                _FIRST if table.index.equals(first.sort_index().index) else _SECOND,
            )  # fmt: skip
    again = second.index.intersection(first.index)
    axes[1, 1].plot(again, first.loc[again, "accuracy"], **_FIRST | {"ls": "", "markerfacecolor": "white"})
    axes[0, 0].set(title="here, all rates", ylabel="accuracy (%)")
    axes[0, 1].set(title=f"here, {rate_label(low)} to {rate_label(high)}")
    axes[1, 0].set(title="the report, both passes", ylabel="accuracy (%)", xlabel="learning rate, log scale")
    axes[1, 1].set(title="the report, second pass", xlabel="learning rate")
    _log_rates(axes[1, 0])
    axes[1, 1].set_xticks(second.index[1::2], [rate_label(rate) for rate in second.index[1::2]])
    for axis in axes.flat:
        axis.tick_params(labelsize=9)
    looks = {
        "here: test": _TEST,
        "here: training, last epoch": _TRAINING,
        "report, first pass": _FIRST,
        "report, second pass": _SECOND,
    }
    figure.legend(handles=handles(looks), loc="outside lower center", ncols=4, fontsize=10)
    return figure


def _panels(count: int, height: float) -> tuple[Figure, list[Axes], Axes]:
    """Return a figure of small panels on common axes, and the empty place after the last of them."""
    rows = math.ceil((count + 1) / _COLUMNS)
    figure = Figure((WIDTH, height * rows + 0.5), layout="constrained")
    axes = list(figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False).flat)
    for axis in axes[count:]:
        axis.axis("off")
    for axis in axes[max(0, count - _COLUMNS) : count]:
        axis.tick_params(labelbottom=True)  # none below, or the empty place
    return figure, axes[:count], axes[count]


def _rate(runs: Sequence[Record]) -> float:
    return runs[0].recipe.learning_rate


def _rates(groups: Iterable[Sequence[Record]]) -> list[float]:
    return [_rate(runs) for runs in groups]


def _log_rates(axis: Axes) -> None:
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator())
    axis.xaxis.set_major_formatter(lambda rate, _: rate_label(rate))
    axis.xaxis.set_minor_formatter(NullFormatter())


def _legend(axis: Axes, looks: Mapping[str, dict[str, Any]]) -> None:
    axis.legend(handles=handles(looks), loc="center", fontsize=10)
