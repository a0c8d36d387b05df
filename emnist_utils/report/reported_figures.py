"""How far the rows of the 2024 report's tables lie apart, and how far the chance of its test images could set them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from emnist_utils import reported
from emnist_utils.data.specs import SPECS
from emnist_utils.report.style import COLOURS, WIDTH
from emnist_utils.statistics import difference_of_shares

#: The report's tables of accuracies on one test set, as the figure places them: a list for each of its columns.
_TITLES = (
    {"models": "Models", "optimizers": "Optimizers", "activations": "Activations"},
    {
        "blocks": "Residual blocks",
        "learning_rates_first": "Learning rates, first pass",
        "learning_rates_second": "Learning rates, second pass",
        "losses": "Losses",
    },
)

#: Points of accuracy that the figure shows; the few rows beyond would leave the others no room, and are written out.
_SHOWN = 3.0

_BEST: dict[str, Any] = {"marker": "D", "color": "0.2", "markersize": 5, "ls": ""}
_BEYOND: dict[str, Any] = {"marker": "o", "color": COLOURS[1], "markersize": 6}
_WITHIN: dict[str, Any] = {"marker": "o", "color": COLOURS[0], "markersize": 6, "markerfacecolor": "white"}


def reported_differences() -> pd.DataFrame:
    """Return how far each row of the report's tables is below the best of its table, and if that could be chance.

    The interval is that of `emnist_utils.statistics.difference_of_shares`, Newcombe's from two independent Wilson
    intervals, for the 116,323 test images of ByClass. It is a rough measure, in both directions:

    - All rows were tested on the same images. A paired interval would be narrower, because two networks mostly fail
      on the same images; how often only one of them did cannot be known from the report. The quoted row is taken to
      be of these images too.
    - It knows the chance of the test images alone. How much a row would change if it were trained again is missing,
      and so is the luck of the best row, which was chosen for its accuracy among several.

    The report's accuracies have two decimals, which leaves a difference uncertain by 0.01 points.

    Returns
    -------
    pandas.DataFrame
        Tables in the order of the figure, in each the best row first.

        ``table`` : str, a key of `emnist_utils.reported.TABLES`;
        ``row`` : str, learning rates as ``"1e-3"``;
        ``difference`` : float, accuracy less that of the best row in points, at most 0;
        ``half-width`` : float, half of the 95 % interval on the side of zero in points, NaN for the best row;
        ``exceeds`` : bool, whether the difference is larger than that, so that the interval leaves out zero.
    """
    return pd.concat([_below_best(table) for column in _TITLES for table in column], ignore_index=True)


def differences_to_best(differences: pd.DataFrame) -> Figure:
    """Draw a row for each of the report's rows, grouped by table, the best on top, with its 95 % interval.

    Rows whose difference exceeds the interval are filled, others hollow.

    Parameters
    ----------
    differences : pandas.DataFrame
        As `reported_differences` returns them.
    """
    tables = dict(list(differences.groupby("table", sort=False)))
    height = max(sum(len(tables[table]) + 2 for table in column) for column in _TITLES)
    figure = Figure((WIDTH, 0.2 * height + 0.9))
    for axis, column in zip(figure.subplots(1, len(_TITLES)), _TITLES, strict=True):
        names: list[str] = []
        for table, title in column.items():
            names += [""]
            axis.text(-_SHOWN - 0.1, len(names) - 1, title, va="center", fontsize=9, weight="bold", backgroundcolor="w")
            _draw(axis, tables[table], len(names))
            names += [*tables[table]["row"], ""]
        axis.set_yticks(range(len(names)), names)
        axis.axvline(0, color="0.2", lw=1, zorder=1)
        axis.set(xlim=(-_SHOWN - 0.15, 0.4), ylim=(height - 1, -0.8), xlabel="accuracy less the best (points)")
        axis.xaxis.label.set_size(10)
        axis.tick_params(labelsize=9)
        axis.grid(visible=False, axis="y")
        axis.spines["left"].set_visible(False)
    figure.legend(
        handles=[
            Line2D([], [], label="best of its table", **_BEST),
            Line2D([], [], label="differs by more than its 95 % interval", **_BEYOND),
            Line2D([], [], label="by less", **_WITHIN),
        ],
        loc="outside lower center",
        ncols=3,
        fontsize=10,
    )
    return figure


def _below_best(table: str) -> pd.DataFrame:
    """Return the rows of `reported_differences` for one table."""
    accuracy = reported.load(table)["accuracy"].sort_values(ascending=False, kind="stable")
    n = SPECS["byclass"].test_size
    right = [round(share / 100 * n) for share in accuracy]
    intervals = [difference_of_shares(count, right[0], n) for count in right]
    half = [np.nan] + [100 * (interval.high - interval.value) for interval in intervals[1:]]
    difference = accuracy.to_numpy() - accuracy.iloc[0]
    return pd.DataFrame(
        {
            "table": table,
            "row": [_label(row) for row in accuracy.index],
            "difference": difference.round(2),
            "half-width": half,
            "exceeds": -difference > half,
        }
    )


def _label(row: Any) -> str:
    return np.format_float_scientific(row, trim="-", exp_digits=1) if isinstance(row, float) else str(row)


def _draw(axis: Axes, rows: pd.DataFrame, top: int) -> None:
    """Draw the rows of one table, the first at the height `top`."""
    for place, row in enumerate(rows.to_dict("records"), top):
        difference, half = row["difference"], row["half-width"]
        look = _BEST if np.isnan(half) else _BEYOND if row["exceeds"] else _WITHIN
        if difference < -_SHOWN:
            axis.plot(-_SHOWN, place, **look | {"marker": "<"})
            axis.annotate(
                f"−{-difference:.2f}", (-_SHOWN, place), (6, 0), textcoords="offset points",
                va="center", fontsize=9, color="0.2",
            )  # fmt: skip
        else:
            axis.errorbar(difference, place, xerr=half, elinewidth=1.5, **look)
