"""Every run of a profile, with what it was trained on, by what and how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from emnist_utils.report import tables
from emnist_utils.training.record import Record, Records

Studies = Mapping[str, Records]


def run_table(studies: Studies) -> pd.DataFrame:
    """Return a row for each run: its studies, recipe, images, epochs, seconds, accuracy, and what made it.

    Seconds are those of training with validation and of the test, without compilation. The last column has the first
    halves of the run's id and of the fingerprint of the sources that make numbers. Numbers have no separators, so that
    a page can sort by them.

    Parameters
    ----------
    studies : mapping
        For each study's name its records by label, as ``runner.records`` returns them.
    """
    return pd.DataFrame(
        [
            {
                "studies": ", ".join(users),
                "recipe": record.recipe.label(),
                "images": f"{record.data.train}",
                "epochs": f"{record.epochs_run}",
                "seconds": f"{record.timing.train_seconds + record.timing.evaluate_seconds:.0f}",
                "accuracy": f"{100 * record.test.accuracy:.2f}",
                "run, code": f"`{record.run_id[:8]}` `{record.provenance.code[:8]}`",
            }
            for record, users in with_studies(studies)
        ]
    )


def rows(studies: Studies) -> dict[str, Sequence[Record]]:
    """Return the records of all studies' rows in one mapping, each row by the names of its study and itself."""
    return {f"{name}: {label}": group for name, groups in studies.items() for label, group in groups.items()}


def with_studies(studies: Studies) -> list[tuple[Record, list[str]]]:
    """Return each run once, in the order of the studies, with the names of those that use it."""
    found: dict[str, tuple[Record, list[str]]] = {}
    for name, groups in studies.items():
        for record in (record for group in groups.values() for record in group):
            users = found.setdefault(record.run_id, (record, []))[1]
            if name not in users:
                users.append(name)
    return list(found.values())


def device_table(records: Sequence[Record]) -> pd.DataFrame:
    """Return a row for each device and backend: its runs, their first and last day, and their hours."""
    found: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        found.setdefault((record.provenance.device, record.provenance.backend), []).append(record)
    rows = []
    for (device, backend), group in sorted(found.items()):
        days = sorted({record.provenance.started.date().isoformat() for record in group})
        rows.append(
            {
                "device": device,
                "Keras on": tables.BACKENDS[backend],
                "runs": f"{len(group)}",
                "days": " to ".join(dict.fromkeys([days[0], days[-1]])),
                "hours": f"{hours(group):.2f}",
            }
        )
    return pd.DataFrame(rows)


def hours(records: Sequence[Record]) -> float:
    """Return the hours of computing of some runs: compilation, training with validation, and test."""
    return sum(record.timing.seconds for record in records) / 3600
