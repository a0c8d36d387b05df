"""What the benchmarks measured, as tables: training and its levers, what a run takes beside it, loading, and builds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from emnist_utils import trace
from emnist_utils.data.specs import SPECS
from emnist_utils.errors import UserError
from emnist_utils.report import tables
from emnist_utils.training.record import Records

Measured = dict[str, Any]

_PLACE = "benchmarks/results/{}.json"


class BenchmarkError(UserError, FileNotFoundError):
    """Figures of a benchmark that are not there, with the command that makes them."""


def measured(name: str) -> Measured:
    """Return what a benchmark, such as ``"training"``, wrote.

    Raises
    ------
    BenchmarkError
        If it was never run.
    """
    written = files(name)
    if not written:
        raise BenchmarkError(f"{_PLACE.format(name)} is missing; write it with: python benchmarks/{name}.py")
    found: Measured = json.loads(written[0].read_text(encoding="utf-8"))
    return found


def files(name: str = "*") -> list[Path]:
    """Return the file that a benchmark wrote, if it ever ran, or those of all benchmarks; notes them (``trace``)."""
    return trace.note_files(_PLACE.format(name))


def conditions(found: Measured) -> str:
    """Say on what and with which versions a benchmark was run, and when."""
    machine = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return f"{machine['processor']}; Python {machine['python']}, {versions}; {machine['date']}"


def training_table(found: Measured) -> pd.DataFrame:
    """Return images a second of each network and contender, our better way against the best peer, and share of peak."""
    rows = found["rows"]
    frame = pd.DataFrame({"network": [row["model"] for row in rows]})
    for contender in rows[0]["images_per_second"]:
        frame[contender] = [f"{row['images_per_second'][contender]['median']:,.0f}" for row in rows]
    frame["ours / best peer"] = [_spread(row["ratio_to_best_peer"], 2) for row in rows]
    frame["of peak"] = [f"{100 * row['share_of_peak']:.0f} %" for row in rows]
    return frame


def levers_table(found: Measured) -> pd.DataFrame:
    """Return for each way to train how fast each network is in it, as a multiple of the trainer's rate as it is."""
    frame = pd.DataFrame(found["rows"])
    frame["text"] = [_spread(ratio, 2) for ratio in frame.ratio_to_as_it_is]
    ways = frame.pivot(index="way", columns="model", values="text").fillna(tables.NOTHING)
    return ways.loc[frame.way.unique(), frame.model.unique()].rename_axis(columns=None).reset_index()


def loading_table(found: Measured) -> pd.DataFrame:
    """Return seconds, ratio to bare gzip and memory of each way to load byClass."""
    return pd.DataFrame(
        [
            {
                "what": row["what"],
                "seconds": _short_spread(row["seconds"]),
                "x gzip alone": _short_spread(row["ratio_to_gzip"]),
                "MB held": f"{row['resident_mb']['median']:,.0f}",
            }
            for row in found["rows"]
        ]
    )


def overhead_table(found: Measured) -> pd.DataFrame:
    """Return the seconds that a run takes beside its epochs."""
    return pd.DataFrame(
        [
            {"way": row["what"], "runs": f"{row['runs']}", "seconds a run": _spread(row["seconds"], 1)}
            for row in found["rows"]
        ]
    )


def book_times_table(found: Measured) -> pd.DataFrame:
    """Return the seconds of each build of the book, and as a multiple of the first one's."""
    return pd.DataFrame(
        [
            {
                "built after": row["what"],
                "chapters executed": f"{row['executed']}",
                "seconds": _spread(row["seconds"], 1),
                "x the first": _short_spread(row["ratio_to_first"]),
            }
            for row in found["rows"]
        ]
    )


def time_by_network(records: Records) -> pd.DataFrame:
    """Return the seconds of some runs summed by network: ``compilation``, ``epochs`` and ``test``.

    Parameters
    ----------
    records : mapping
        Records by any labels; each run once.
    """
    rows = [
        {
            "network": run.recipe.model + ("" if run.recipe.width == 1 else f" w{run.recipe.width:g}"),
            "runs": 1,
            "compilation": run.timing.compile_seconds,
            "epochs": run.timing.train_seconds,
            "test": run.timing.evaluate_seconds,
        }
        for group in records.values()
        for run in group
    ]
    return pd.DataFrame(rows).groupby("network", sort=False).sum()


def accelerator_table(found: Measured) -> pd.DataFrame:
    """Return what each network trains on a GPU: images a second, seconds of an epoch of all images, and to compile."""
    images = SPECS["byclass"].train_size
    return pd.DataFrame(
        [
            {
                "network": row["model"],
                "images a second": _spread(row["images_per_second"], 0),
                "s / epoch of all ByClass": f"{images / row['images_per_second']['median']:,.1f}",
                "s to compile": f"{row['compile_seconds']:,.1f}",
            }
            for row in found["rows"]
        ]
    )


def _spread(spread: Mapping[str, float], digits: int) -> str:
    return f"{spread['median']:,.{digits}f} ({spread['low']:,.{digits}f} to {spread['high']:,.{digits}f})"


def _short_spread(spread: Mapping[str, float]) -> str:
    return _spread(spread, 3 if spread["median"] < 0.1 else 2)
