"""The figure of the first page: the study's networks, here and in the 2024 report, beside what look-alikes leave."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from emnist_utils.report.style import COLOURS, WIDTH
from emnist_utils.report.tables import accuracy, reported_accuracy
from emnist_utils.training.record import Records

_HERE: dict[str, Any] = {"color": COLOURS[0], "marker": "o", "markersize": 8, "ls": ""}
_REPORT: dict[str, Any] = {"color": COLOURS[1], "marker": "s", "markersize": 7, "markerfacecolor": "white", "ls": ""}


def networks_beside_report(records: Records, report: pd.DataFrame, guessing: float) -> Figure:
    """Draw the test accuracy of each network with its 95 % interval, and the report's on the same axis.

    Parameters
    ----------
    records : mapping
        Records by network, the first on top.
    report : pandas.DataFrame
        As ``reported.load("models")`` returns it, its index renamed to these networks.
    guessing : float
        Accuracy, 0..1, of a reader who only guesses among look-alikes (`counting.frequency_only_error`).
    """
    figure = Figure((WIDTH, 0.4 * len(records) + 1.4))
    axis = figure.subplots()
    for place, (name, group) in enumerate(records.items()):
        found = [(accuracy(group), _HERE)]
        if name in report.index:
            found.append((reported_accuracy(report.accuracy[name]), _REPORT))
        for interval, look in found:
            axis.plot([100 * interval.low, 100 * interval.high], [place] * 2, color=look["color"], lw=2)
            axis.plot(100 * interval.value, place, **look)
        axis.text(1.02, place, f"{group[0].data.train:,}", transform=axis.get_yaxis_transform(), va="center")
    axis.text(1.02, 1.01, "images here", transform=axis.transAxes, fontsize=10, va="bottom")
    axis.axvline(100 * guessing, color="0.35", ls="--", lw=1.5, zorder=1)
    axis.set(xlabel="test accuracy on ByClass (%)", ylim=(len(records) - 0.4, -0.6))
    axis.set_yticks(range(len(records)), list(records))
    axis.margins(x=0.06)
    figure.legend(
        handles=[
            Line2D([], [], label="here, on so many images", **_HERE),
            Line2D([], [], label="2024 report, on all", **_REPORT),
            Line2D([], [], label="perfect but for guessed look-alikes", color="0.35", ls="--", lw=1.5),
        ],
        loc="outside lower center",
        ncols=3,
        fontsize=10,
    )
    return figure
