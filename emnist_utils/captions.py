"""The foot line of each figure: where its records can be found.

A cell that draws a figure names its sources in its metadata, ``records=["optimizers", "2024 report"]``: studies, or
keys of `SOURCES`.
"""

from __future__ import annotations

from collections.abc import Sequence

#: What a figure rests on beside the runs of a study, in MyST.
SOURCES = {
    "images": "{ref}`the images of EMNIST <table-runs-data>`",
    "2024 report": "{ref}`the tables of the 2024 report <downloads>`",
    "benchmarks": "{ref}`the benchmarks' figures <downloads>`",
    "all runs": "{ref}`all runs <table-runs>`",
    "code": "code alone, no records",
}


def foot_line(records: Sequence[str]) -> str:
    """Return a line of MyST that leads to what a figure rests on.

    Parameters
    ----------
    records : sequence of str
        Names of studies, or keys of `SOURCES`.
    """
    parts = [SOURCES.get(name, f"{{ref}}`runs of the study {name} <study-{name}>`") for name in records]
    return f"*From:* {', '.join(parts)}."
