"""What residual blocks add: to a network's size, and to its accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from emnist_utils.models.summary import LayerSummary
from emnist_utils.report.drawing import handles, with_intervals
from emnist_utils.report.selection import training_accuracy, validation_accuracy
from emnist_utils.report.style import COLOURS, WIDTH
from emnist_utils.report.tables import NOTHING, accuracy, reported_accuracy
from emnist_utils.training.record import Records

_TEST: dict[str, Any] = {"color": COLOURS[0], "marker": "o", "markersize": 6, "lw": 1.8}
_VALIDATION: dict[str, Any] = {"color": COLOURS[2], "marker": "s", "markersize": 5, "lw": 1.4}
_TRAINING: dict[str, Any] = {"color": "0.45", "marker": ".", "ls": (0, (3, 1.5)), "lw": 1.4}
_REPORT: dict[str, Any] = {"color": COLOURS[1], "marker": "o", "markersize": 6, "markerfacecolor": "white", "lw": 1.8}


def size_table(networks: Mapping[str, Sequence[LayerSummary]], heading: str) -> pd.DataFrame:
    """Return the size of networks, each with what it adds to the one before; ready for ``markdown.table``.

    Parameters
    ----------
    networks : mapping
        Layers as ``models.summary.summarise`` lists them, by how a row is called. Each has a dense layer.
    heading : str
        What a row is.
    """
    parameters = [sum(layer.parameters for layer in layers) for layers in networks.values()]
    multiply_adds = [sum(layer.multiply_adds for layer in layers) for layers in networks.values()]
    dense = [max(layer.parameters for layer in layers if layer.kind == "Dense") for layers in networks.values()]
    return pd.DataFrame(
        {
            heading: list(networks),
            "parameters": [f"{number:,}" for number in parameters],
            "parameters added": _added(parameters),
            "in the largest dense layer": [
                f"{100 * part / whole:.0f} %" for part, whole in zip(dense, parameters, strict=True)
            ],
            "multiply-adds": [f"{number / 1e6:.1f} M" for number in multiply_adds],
            "multiply-adds added": _added(multiply_adds),
        }
    )


def accuracy_by_blocks(runs: Records, report: pd.DataFrame) -> Figure:
    """Draw accuracy against the number of residual blocks, ours on the left, the 2024 report's on the right.

    Bars are 95 % intervals; those of the report know the chance of ByClass's test images alone. Levels differ with the
    budget, so each side has an axis of its own.

    Parameters
    ----------
    runs : mapping
        Records by labels that are numbers of blocks.
    report : pandas.DataFrame
        As ``reported.load`` returns it: ``accuracy`` in per cent by number of blocks.
    """
    figure = Figure((WIDTH, 0.45 * WIDTH), layout="constrained")
    ours, theirs = figure.subplots(1, 2)
    blocks = [int(label) for label in runs]
    ours.plot(blocks, [100 * training_accuracy(group) for group in runs.values()], **_TRAINING)
    ours.plot(blocks, [100 * validation_accuracy(group) for group in runs.values()], **_VALIDATION)
    with_intervals(ours, blocks, [accuracy(group) for group in runs.values()], _TEST)
    shares = [reported_accuracy(share) for share in report["accuracy"]]
    with_intervals(theirs, report.index.tolist(), shares, _REPORT)
    ours.set(title="here", ylabel="accuracy (%)")
    theirs.set(title="the report")
    for axis in (ours, theirs):
        axis.set(xlabel="residual blocks", xticks=blocks)
        axis.margins(x=0.1)
    looks = {"training": _TRAINING, "validation": _VALIDATION, "test": _TEST, "test, in the report": _REPORT}
    figure.legend(handles=handles(looks), loc="outside lower center", ncols=len(looks))
    return figure


def _added(numbers: Sequence[int]) -> list[str]:
    """Return by what share each number exceeds the one before."""
    more = [f"{100 * (after / before - 1):.0f} %" for before, after in pairwise(numbers)]
    return [NOTHING, *more]
