"""Figures of how training and its result depend on the number of training images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from emnist_utils.report.drawing import curve_handles, draw_curves, handles, with_intervals
from emnist_utils.report.scaling import PowerLaw
from emnist_utils.report.style import COLOURS, WIDTH
from emnist_utils.report.tables import accuracy
from emnist_utils.statistics import Interval
from emnist_utils.training.record import Records

_TEST: dict[str, Any] = {"color": COLOURS[0], "marker": "o", "markersize": 6, "lw": 1.8}
_VALIDATION: dict[str, Any] = {"color": COLOURS[2], "marker": "s", "markersize": 5, "lw": 1.6}
_TRAINING: dict[str, Any] = {"color": COLOURS[2], "marker": "s", "markersize": 5, "lw": 1.6, "ls": "--"}
_REFERENCE: dict[str, Any] = {"color": "0.2", "marker": "*", "markersize": 11, "ls": ""}

#: The laws of a fan: colour and way of drawing, the first without a floor.
_LAWS = ((COLOURS[0], "-"), (COLOURS[1], "--"))


def curves_by_images_seen(records: Records) -> Figure:
    """Draw loss and accuracy against the training images seen so far, repeats included.

    Validation is solid, training dashed; lines are means over the epochs that all seeds ran.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants, up to six.
    """
    figure = Figure((WIDTH, 0.5 * WIDTH), layout="constrained")
    axes = figure.subplots(1, 2)
    for colour, runs in zip(COLOURS, records.values(), strict=False):
        for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
            draw_curves(axis, runs, name, colour, an_epoch=runs[0].data.train)
    for axis, label in zip(axes, ("loss (nats)", "accuracy (%)"), strict=True):
        axis.set(xlabel="training images seen, repeats included", ylabel=label, xlim=(0, None))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.xaxis.get_major_locator().set_params(nbins=5)
    variants = [Line2D([], [], color=colour, label=label) for colour, label in zip(COLOURS, records, strict=False)]
    figure.legend(handles=[*variants, *curve_handles("0.4")], loc="outside lower center", ncols=3)
    return figure


def accuracy_by_size(records: Records) -> Figure:
    """Draw accuracy and test error against the number of training images.

    On the left, test accuracy with its 95 % interval, and training and validation accuracy in the last epoch. On the
    right, the test error with its interval, both axes logarithmic.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants.
    """
    groups = list(records.values())
    images = [runs[0].data.train for runs in groups]
    figure = Figure((WIDTH, 0.5 * WIDTH), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, look in (("accuracy", _TRAINING), ("val_accuracy", _VALIDATION)):
        last = [100 * np.mean([getattr(run.curves, name)[-1] for run in runs]) for runs in groups]
        left.plot(images, last, **look)
    found = [accuracy(runs) for runs in groups]
    with_intervals(left, images, found, _TEST)
    with_intervals(right, images, [_error(share) for share in found], _TEST)
    left.set(ylabel="accuracy (%)", xscale="log")
    right.set(ylabel="test error (%)", xscale="log", yscale="log")
    for axis in (left, right):
        axis.set_xlabel("training images")
        axis.set_xticks(images, [f"{n:,}" for n in images])
        axis.xaxis.set_minor_formatter(NullFormatter())
    _plain_errors(right)
    looks = {"training, last epoch": _TRAINING, "validation, last epoch": _VALIDATION, "test": _TEST}
    figure.legend(handles=handles(looks), loc="outside lower center", ncols=len(looks))
    return figure


def fan(records: Records, laws: Mapping[str, PowerLaw], images: int, references: Mapping[str, float]) -> Figure:
    """Draw the test error with power laws through it, as far as a larger number of training images.

    Each law has a band for its 95 % interval.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants.
    laws : mapping
        One or two laws by how the legend calls them.
    images : int
        Where the laws end.
    references : mapping
        Test errors in 0..1 of networks trained on so many images, by how the legend calls them.
    """
    groups = list(records.values())
    sizes = [runs[0].data.train for runs in groups]
    figure = Figure((WIDTH, 0.55 * WIDTH), layout="constrained")
    axis = figure.subplots()
    across = np.geomspace(min(sizes), max(images, *sizes), 100)
    for (colour, style), (name, law) in zip(_LAWS, laws.items(), strict=False):
        errors = [law.at(n) for n in across]
        axis.fill_between(
            across, [100 * e.low for e in errors], [100 * e.high for e in errors], color=colour, alpha=0.2, lw=0
        )
        axis.plot(across, [100 * e.value for e in errors], style, color=colour, lw=1.6, label=name)
    measured = _TEST | {"label": "measured here", "color": "0.2", "ls": ""}
    with_intervals(axis, sizes, [_error(accuracy(runs)) for runs in groups], measured)
    for name, error in references.items():
        axis.plot(images, 100 * error, label=name, **_REFERENCE)
    axis.axvline(max(sizes), color="0.6", lw=1, ls=":", zorder=1)
    axis.set(xscale="log", yscale="log", xlabel="training images", ylabel="test error (%)")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    _plain_errors(axis)
    figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _error(share: Interval) -> Interval:
    return Interval(1 - share.value, max(1 - share.high, 0), min(1 - share.low, 1), share.n)


def _plain_errors(axis: Axes) -> None:
    """Write the ticks of a logarithmic axis of per cent as plain numbers, more of them where it is short."""
    low, high = axis.get_ylim()
    subs = (1, 1.25, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8) if high / low < 3 else (1, 1.5, 2, 3, 4, 5, 7)
    axis.yaxis.set_major_locator(LogLocator(subs=subs))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())
