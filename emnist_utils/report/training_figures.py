"""Figures of training runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from emnist_utils.report.style import COLOURS, WIDTH
from emnist_utils.report.tables import accuracy, comparable_times
from emnist_utils.training.record import Record


def learning_curves(records: Mapping[str, Sequence[Record]]) -> Figure:
    """Draw loss and accuracy by epoch: validation as a solid line, training dashed, one colour a variant.

    Lines are means over seeds; the training values are those that Keras averages while the epoch runs.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants.
    """
    figure = Figure((WIDTH, 0.45 * WIDTH))
    axes = figure.subplots(1, 2)
    for colour, runs in zip(_colours(len(records)), records.values(), strict=True):
        epochs = np.arange(1, min(run.epochs_run for run in runs) + 1)
        for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
            for prefix, style in (("val_", "-"), ("", "--")):
                curves = [getattr(run.curves, prefix + name)[: len(epochs)] for run in runs]
                axis.plot(epochs, np.mean(curves, axis=0), style, color=colour, marker=".", markersize=6)
    axes[0].set(xlabel="epoch", ylabel="cross-entropy (nats)")
    axes[1].set(xlabel="epoch", ylabel="accuracy")
    for axis in axes:
        axis.xaxis.get_major_locator().set_params(integer=True)
    handles = [Line2D([], [], color=c, label=label) for c, label in zip(_colours(len(records)), records, strict=True)]
    handles += [
        Line2D([], [], color="0.4", ls=ls, label=label) for ls, label in (("-", "validation"), ("--", "training"))
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def accuracy_against_cost(records: Mapping[str, Sequence[Record]]) -> Figure:
    """Draw test accuracy against parameters, arithmetic and, where it may be compared, training time.

    Bars are 95 % intervals.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants.
    """
    costs: dict[str, dict[str, float]] = {
        "parameters": {label: runs[0].parameters for label, runs in records.items()},
        "multiply-adds per image": {label: runs[0].multiply_adds for label, runs in records.items()},
    }
    if comparable_times(run for runs in records.values() for run in runs):
        costs["training seconds per epoch"] = {
            label: float(np.mean([np.mean(run.curves.seconds) for run in runs])) for label, runs in records.items()
        }
    figure = Figure((WIDTH, 0.45 * WIDTH))
    axes = figure.subplots(1, len(costs), sharey=True)
    for axis, (name, cost) in zip(axes, costs.items(), strict=True):
        for colour, (label, runs) in zip(_colours(len(records)), records.items(), strict=True):
            found = accuracy(runs)
            low, high = max(found.low, 0), min(found.high, 1)
            axis.plot([cost[label]] * 2, [100 * low, 100 * high], color=colour, lw=2, alpha=0.6)
            axis.plot(cost[label], 100 * found.value, "o", color=colour, label=label)
        axis.set(xscale="log", xlabel=name)
        # one label a decade where there are two decades, else two, so that none runs into another
        wide = max(cost.values()) / min(cost.values()) > 50
        axis.xaxis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 3)))
        axis.xaxis.set_major_formatter(EngFormatter(sep=""))
        axis.xaxis.set_minor_formatter(NullFormatter())
    axes[0].set_ylabel("test accuracy (%)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _colours(count: int) -> list[str]:
    return [COLOURS[index % len(COLOURS)] for index in range(count)]
