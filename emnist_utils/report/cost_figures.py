"""Figures of what training costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from emnist_utils.report.style import COLOURS, WIDTH


def throughput(found: dict[str, Any]) -> Figure:
    """Draw how fast each contender trains each network, as a multiple of the fastest peer there.

    Parameters
    ----------
    found : dict
        As ``cost.measured("training")`` returns it. Contenders whose names begin with "ours" are this project's.
    """
    rows = found["rows"]
    contenders = list(rows[0]["images_per_second"])
    figure = Figure((WIDTH, 0.45 * len(rows) + 1.6), layout="constrained")
    axis = figure.subplots()
    places = np.arange(len(rows))[::-1]
    for index, contender in enumerate(contenders):
        ratios = [
            row["images_per_second"][contender]["median"]
            / max(each["median"] for name, each in row["images_per_second"].items() if not name.startswith("ours"))
            for row in rows
        ]
        axis.plot(ratios, places, "D" if contender.startswith("ours") else "o", color=COLOURS[index], label=contender)
    axis.axvline(1, color="0.5", lw=1, zorder=1)
    axis.set_yticks(places, [row["model"] for row in rows])
    axis.set_xlim(left=0)
    axis.set_xlabel("images a second, as a multiple of the fastest peer's")
    figure.legend(loc="outside lower center", ncols=3, fontsize=10)
    return figure


def where_time_goes(times: pd.DataFrame) -> Figure:
    """Draw the seconds of a run of each network: compilation, epochs and test.

    Parameters
    ----------
    times : pandas.DataFrame
        As ``cost.time_by_network`` returns it.
    """
    figure = Figure((WIDTH, 0.4 * len(times) + 1.4), layout="constrained")
    axis = figure.subplots()
    places, left = np.arange(len(times))[::-1], np.zeros(len(times))
    for colour, part in zip(COLOURS, ("compilation", "epochs", "test"), strict=False):
        seconds = (times[part] / times["runs"]).to_numpy()
        axis.barh(places, seconds, left=left, color=colour, label=part, height=0.6)
        left += seconds
    axis.set_yticks(places, [f"{name} ({row.runs:.0f})" for name, row in times.iterrows()])
    axis.set_xlabel("seconds a run")
    figure.legend(loc="outside lower center", ncols=3, fontsize=10)
    return figure
