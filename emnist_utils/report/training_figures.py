"""Figures of training runs."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter
from matplotlib.transforms import Bbox

from emnist_utils.report.drawing import OTHERS, curve_handles, draw_curves, handles, mean_curve, with_intervals
from emnist_utils.report.style import COLOURS, WIDTH
from emnist_utils.report.tables import accuracy, timed_together
from emnist_utils.statistics import Interval
from emnist_utils.training.record import Records

#: What is drawn by epoch, how its axis is called, and in which multiple of what the record holds.
_MEASURES = {"loss": ("loss (nats)", 1), "accuracy": ("accuracy (%)", 100)}

_COLUMNS = 5

#: Where a point's name may stand, the first that is free: horizontal and vertical alignment, and distance in points.
_NAME_PLACES = (
    ("left", "center", (8, 0)), ("right", "center", (-8, 0)), ("center", "bottom", (0, 5)), ("center", "top", (0, -5)),
    ("left", "bottom", (8, 6)), ("right", "top", (-8, -6)),
)  # fmt: skip


def learning_curves(records: Records) -> Figure:
    """Draw loss and accuracy by epoch, validation as a solid line, training dashed.

    Up to six variants share two panels, one colour each. More have a panel of loss and one of accuracy each, in which
    the validation lines of all others stand behind in grey. Lines are means over seeds, as far as all seeds ran; the
    training values are those that Keras averages while the epoch runs. In the two panels, losses that differ fifty-fold
    have a logarithmic axis.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants.
    """
    return _curves_together(records) if len(records) <= len(COLOURS) else _curves_apart(records)


def accuracy_dots(records: Records, report: pd.DataFrame | None = None) -> Figure:
    """Draw the test accuracy of each variant with its 95 % interval, and the 2024 report's beside it.

    The report's values are hollow, in a panel with an axis of its own: levels differ with the budget, so the two sides
    are to be compared by their order. Its rows that are not among the records are left out.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants, the first on top.
    report : pandas.DataFrame, optional
        As ``reported.load`` returns it, its index renamed to these labels where it is not.
    """
    figure = Figure((WIDTH, 0.27 * len(records) + 0.9), layout="constrained")
    axes = figure.subplots(1, 1 if report is None else 2, sharey=True, squeeze=False)[0]
    places = dict(zip(records, range(len(records)), strict=True))
    for label, runs in records.items():
        found = accuracy(runs)
        axes[0].plot([100 * max(found.low, 0), 100 * min(found.high, 1)], [places[label]] * 2, color=COLOURS[0], lw=2)
        axes[0].plot(100 * found.value, places[label], "o", color=COLOURS[0], markersize=7)
    axes[0].set(xlabel="test accuracy here (%)", ylim=(len(records) - 0.5, -0.5))
    axes[0].set_yticks(range(len(records)), list(records))
    if report is not None:
        known = [label for label in records if label in report.index]
        axes[1].plot(
            report.loc[known, "accuracy"], [places[label] for label in known], "o",
            color=COLOURS[1], markersize=7, markerfacecolor="white", markeredgewidth=1.8,
        )  # fmt: skip
        axes[1].set_xlabel("test accuracy in the report (%)")
    for axis in axes:
        axis.margins(x=0.08)
    return figure


def accuracy_against_cost(records: Records) -> Figure:
    """Draw test accuracy against parameters, arithmetic and, where it may be compared, training time.

    Bars are 95 % intervals. Variants with fewer training images than others are hollow, each number of its own colour.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants.
    """
    costs: dict[str, dict[str, float]] = {
        "parameters": {label: runs[0].parameters for label, runs in records.items()},
        "multiply-adds per image": {label: runs[0].multiply_adds for label, runs in records.items()},
    }
    timed = timed_together(records)
    if timed:
        costs["seconds per 1,000 images"] = {
            label: float(np.mean([1_000 / run.timing.images_per_second for run in runs]))
            for label, runs in timed.items()
        }
    sizes = sorted({runs[0].data.train for runs in records.values()}, reverse=True)
    looks: dict[int, dict[str, Any]] = {
        size: {"color": colour, "marker": "o", "ls": ""} | ({} if size == sizes[0] else {"markerfacecolor": "white"})
        for size, colour in zip(sizes, cycle(COLOURS), strict=False)
    }
    figure = Figure((WIDTH, 2.6 * len(costs) + 0.3))
    axes = figure.subplots(len(costs), sharey=True)
    for axis, (name, cost) in zip(axes, costs.items(), strict=True):
        for label, runs in records.items():
            with_intervals(axis, [cost[label]], [accuracy(runs)], looks[runs[0].data.train])
        axis.set(xscale="log", xlabel=name, ylabel="test accuracy (%)")
        axis.margins(0.08, 0.15)
        # one label a decade where there are two decades, else two, so that none runs into another
        wide = max(cost.values()) / min(cost.values()) > 50
        axis.xaxis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 3)))
        axis.xaxis.set_major_formatter(EngFormatter(sep=""))
        axis.xaxis.set_minor_formatter(NullFormatter())
    if len(sizes) > 1:
        shown = {f"{size:,} training images": look for size, look in looks.items()}
        figure.legend(handles=handles(shown), loc="outside lower center", ncols=len(shown))
    figure.draw_without_rendering()  # settles where the points are
    for axis, cost in zip(axes, costs.values(), strict=True):
        _name_points(axis, {label: (cost[label], accuracy(runs)) for label, runs in records.items()})
    return figure


def _curves_together(records: Records) -> Figure:
    figure = Figure((WIDTH, 0.45 * WIDTH))
    axes = figure.subplots(1, 2)
    for colour, runs in zip(COLOURS, records.values(), strict=False):
        for axis, name in zip(axes, _MEASURES, strict=True):
            draw_curves(axis, runs, name, colour)
    for axis, (label, _) in zip(axes, _MEASURES.values(), strict=True):
        axis.set(xlabel="epoch", ylabel=label)
        axis.xaxis.get_major_locator().set_params(integer=True)
    low, high = axes[0].dataLim.intervaly
    if 0 < low < high / 50:  # one bad epoch would press all other lines together
        axes[0].set_yscale("log")
        axes[0].yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    variants = [Line2D([], [], color=colour, label=label) for colour, label in zip(COLOURS, records, strict=False)]
    figure.legend(handles=[*variants, *curve_handles("0.4")], loc="outside lower center", ncols=3)
    return figure


def _curves_apart(records: Records) -> Figure:
    rows = math.ceil(len(records) / _COLUMNS)
    figure = Figure((WIDTH, 2.9 * rows + 0.4), layout="constrained")
    grid = figure.subplots(2 * rows, _COLUMNS, sharex=True, squeeze=False).reshape(rows, 2, _COLUMNS)
    for place, (name, (label, factor)) in enumerate(_MEASURES.items()):
        axes = list(grid[:, place].flat)
        for axis, (variant, runs) in zip(axes, records.items(), strict=False):
            axis.sharey(axes[0])
            for others in records.values():
                epochs, values = mean_curve(others, f"val_{name}")
                axis.plot(epochs, factor * values, color=OTHERS, lw=1, zorder=1)
            draw_curves(axis, runs, name, COLOURS[0])
            if place == 0:
                axis.set_title(textwrap.fill(variant, 18), fontsize=10)
        for index, axis in enumerate(axes):
            axis.tick_params(labelsize=9, labelleft=index % _COLUMNS == 0, labelbottom=place == 1)
            axis.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        for axis in axes[::_COLUMNS]:
            axis.set_ylabel(label, fontsize=10)
        for axis in axes[len(records) :]:
            axis.axis("off")
    for axis in axes[max(0, len(records) - _COLUMNS) : len(records)]:
        axis.set_xlabel("epoch", fontsize=10)
    grey = Line2D([], [], color=OTHERS, label="validation, all others")
    figure.legend(handles=[*curve_handles(COLOURS[0]), grey], loc="outside lower center", ncols=3, fontsize=10)
    return figure


def _name_points(axis: Axes, points: Mapping[str, tuple[float, Interval]]) -> None:
    """Write its name beside each point, free of other points, bars and names, in a figure that has its layout."""
    heights = {
        name: {"top": 100 * max(share.low, 0), "center": 100 * share.value, "bottom": 100 * min(share.high, 1)}
        for name, (_, share) in points.items()
    }
    taken = []
    for name, (cost, _) in points.items():
        (x, low), (_, high) = axis.transData.transform([(cost, heights[name]["top"]), (cost, heights[name]["bottom"])])
        taken.append(Bbox([[x - 5, min(low, high - 10)], [x + 5, max(high, low + 10)]]))
    for name, (cost, _) in points.items():
        text = None
        for across, up, offset in _NAME_PLACES:
            if text:
                text.remove()
            text = axis.annotate(
                name, (cost, heights[name][up if across == "center" else "center"]), offset,
                textcoords="offset points", ha=across, va=up, fontsize=10, in_layout=False,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )  # fmt: skip
            box = text.get_window_extent()
            if axis.bbox.x0 <= box.x0 and box.x1 <= axis.bbox.x1 and not any(map(box.overlaps, taken)):
                break
        taken.append(box)
