"""Accuracy by epoch in small panels: for runs whose losses are not on one scale."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from emnist_utils.report.drawing import curve_handles, draw_curves
from emnist_utils.report.style import COLOURS, WIDTH
from emnist_utils.training.record import Records

_REFERENCE = "0.35"

#: Panels side by side.
_COLUMNS = 3


def accuracy_panels(panels: Mapping[str, Records], reference: Records) -> Figure:
    """Draw accuracy by epoch, a panel for each group of variants, with the same reference in grey in each.

    Validation is a solid line, training a dashed one; lines are means over seeds, as far as all seeds ran.

    Parameters
    ----------
    panels : mapping
        For each title up to six variants: records by the labels of the legend, where an equal label has one entry.
    reference : mapping
        Records of one variant by its label.

    Raises
    ------
    ValueError
        If there are more labels than colours.
    """
    labels = list(dict.fromkeys(label for runs in panels.values() for label in runs))
    if len(labels) > len(COLOURS):
        raise ValueError(f"there are {len(labels)} labels; expected up to {len(COLOURS)}, one a colour")
    colours = dict.fromkeys(reference, _REFERENCE) | dict(zip(labels, COLOURS, strict=False))
    rows = math.ceil(len(panels) / _COLUMNS)
    figure = Figure((WIDTH, 2.2 * rows + 0.7))
    axes = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
    for axis, (title, runs) in zip(axes.flat, panels.items(), strict=False):
        for label, records in {**reference, **runs}.items():
            draw_curves(axis, records, "accuracy", colours[label])
        axis.set_title(title, fontsize=10)
        axis.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axis.tick_params(labelsize=10, labelbottom=True)
    for axis in axes.flat[max(0, len(panels) - _COLUMNS) : len(panels)]:
        axis.set_xlabel("epoch", fontsize=11)
    for axis in axes[:, 0]:
        axis.set_ylabel("accuracy (%)", fontsize=11)
    for axis in axes.flat[len(panels) :]:
        axis.remove()
    handles = [Line2D([], [], color=colour, label=label) for label, colour in colours.items()]
    handles += curve_handles("0.4")
    figure.legend(
        handles=handles, loc="outside lower center", ncols=3 if len(handles) > 5 else len(handles), fontsize=10
    )
    return figure
