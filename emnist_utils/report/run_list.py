"""Every run of a profile, with what it was trained on, by what and how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from emnist_utils.training.record import Record

Studies = Mapping[str, Mapping[str, Sequence[Record]]]


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


def with_studies(studies: Studies) -> list[tuple[Record, list[str]]]:
    """Return each run once, in the order of the studies, with the names of those that use it."""
    found: dict[str, tuple[Record, list[str]]] = {}
    for name, groups in studies.items():
        for record in (record for group in groups.values() for record in group):
            users = found.setdefault(record.run_id, (record, []))[1]
            if name not in users:
                users.append(name)
    return list(found.values())
