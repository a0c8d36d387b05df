"""Times of training as multiples of one row's."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from emnist_utils.report.relative_times import relative_times
from emnist_utils.training.record import Record


@pytest.fixture
def report() -> pd.DataFrame:
    """Return times such as the report's."""
    return pd.DataFrame({"seconds": [100.0, 150.0]}, index=["plain", "dear"])


@pytest.fixture
def runs(write: Callable[..., Record]) -> dict[str, list[Record]]:
    """Return three rows; two seeds of the first, of which one is slower."""

    def with_seconds(*seconds: float, **changes: object) -> Record:
        record = write(**changes)
        return record.model_copy(update={"curves": record.curves.model_copy(update={"seconds": list(seconds)})})

    return {
        "plain": [with_seconds(1, 2), with_seconds(2, 3, seed=1)],
        "dear": [with_seconds(4, 5, activation="tanh")],
        "new": [with_seconds(2, 2, activation="elu")],
    }


def test_times_are_multiples_of_the_reference(runs: dict[str, list[Record]], report: pd.DataFrame) -> None:
    """Protects the unit: the mean epoch of the reference over all its seeds, and the report's own for its times."""
    found = relative_times(runs, "plain", report)
    assert found.loc["plain"].tolist() == pytest.approx([1, 1, 0.5, 1.5])
    assert found.loc["dear"].tolist() == pytest.approx([1.5, 2.25, 2, 2.5])
    assert pd.isna(found.report["new"]) and found.here["new"] == pytest.approx(1)


def test_times_of_several_machines_are_left_out(runs: dict[str, list[Record]], report: pd.DataFrame) -> None:
    """Protects from comparing seconds of two machines: only the report's are left."""
    run = runs["new"][0]
    runs["new"] = [run.model_copy(update={"provenance": run.provenance.model_copy(update={"device": "another"})})]
    found = relative_times(runs, "plain", report)
    assert found[["here", "fastest", "slowest"]].isna().all(axis=None)
    assert found.report["dear"] == 1.5
