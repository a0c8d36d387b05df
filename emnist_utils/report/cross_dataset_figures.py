"""Figures of networks tested on sets that they were not trained on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from emnist_utils.report.cross_dataset import Advantage, Key, Part
from emnist_utils.report.style import COLOURS, WIDTH

#: Pale blue for worse and pale orange for better, so that text stands out on all of it; full at so many points.
_COLOURMAP = LinearSegmentedColormap.from_list("worse and better", ("#85BDDD", "#FFFFFF", "#F0AA78"))
_FULL_COLOUR = 5

_LOOKS = {
    "all": ("all images", "0.3", "D"),
    "seen": ("seen images", COLOURS[1], "s"),
    "unseen": ("unseen images", COLOURS[0], "o"),
}


def matrices(panels: Mapping[str, pd.DataFrame], distances: Mapping[str, pd.DataFrame] | None = None) -> Figure:
    """Draw matrices of accuracies side by side, each cell coloured by its distance to its column's diagonal.

    Parameters
    ----------
    panels : mapping
        For each title accuracies in per cent as `cross_dataset.matrix` returns them; NaN is left empty.
    distances : mapping, optional
        For some of the titles distances in points that take the place of those between the accuracies shown.
    """
    figure = Figure((WIDTH, WIDTH / len(panels) + 1.2), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axis, (title, shares) in zip(axes, panels.items(), strict=True):
        distance = (distances or {}).get(title, shares - np.array([shares.loc[name, name] for name in shares.columns]))
        sns.heatmap(
            distance, ax=axis, vmin=-_FULL_COLOUR, vmax=_FULL_COLOUR, cmap=_COLOURMAP, square=True, linewidths=1,
            linecolor="0.8", cbar=False, fmt="", annot=_cell_texts(shares, distance),
            annot_kws={"fontsize": 9, "color": "0.1"},
        )  # fmt: skip
        axis.set_title(title, fontsize=10)
        axis.set(xlabel="", ylabel="")
        axis.tick_params(labelsize=10)
        axis.tick_params(axis="x", rotation=45)
        axis.tick_params(axis="y", rotation=0)
    axes[0].set_ylabel("trained on")
    figure.supxlabel("tested on", fontsize=12)
    return figure


def advantage_dots(parts: Mapping[Part, Mapping[Key, Advantage]]) -> Figure:
    """Draw for each pair of sets the advantage over the tested set's own network, with 95 % intervals.

    Parameters
    ----------
    parts : mapping
        For each part of the images what `cross_dataset.advantages` returns; a pair that is missing there has no dot.
    """
    keys = list(dict.fromkeys(key for found in parts.values() for key in found))
    figure = Figure((WIDTH, 0.5 * len(keys) + 1.1), layout="constrained")
    axis = figure.subplots()
    axis.axvline(0, color="0.4", lw=1)
    for offset, (part, found) in zip(np.linspace(-0.22, 0.22, len(parts)), parts.items(), strict=True):
        label, colour, marker = _LOOKS[part]
        places = [keys.index(key) + offset for key in found]
        values = [100 * one.difference.value for one in found.values()]
        ends = [(100 * one.difference.low, 100 * one.difference.high) for one in found.values()]
        axis.hlines(places, [low for low, _ in ends], [high for _, high in ends], color=colour, lw=2)
        axis.plot(values, places, marker, color=colour, markersize=6, label=label)
    axis.set_yticks(range(len(keys)), [f"{trained_on}, tested on {tested_on}" for trained_on, tested_on in keys])
    axis.set(ylim=(len(keys) - 0.5, -0.5), xlabel="accuracy less that of the tested set's own network (points)")
    axis.tick_params(axis="y", labelsize=11)
    axis.grid(visible=False, axis="y")
    figure.legend(loc="outside lower center", ncols=len(parts))
    return figure


def _cell_texts(shares: pd.DataFrame, distance: pd.DataFrame) -> NDArray[np.str_]:
    """Return what stands in each cell: the accuracy, and beside the diagonal its distance to that."""
    return np.array(
        [
            [
                "" if np.isnan(shares.loc[row, column])
                else f"{shares.loc[row, column]:.2f}" + ("" if row == column else f"\n{distance.loc[row, column]:+.2f}")
                for column in shares.columns
            ]
            for row in shares.index
        ]
    )  # fmt: skip
