"""The box at the top of a chapter with training runs: which data, budget and device its numbers come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from emnist_utils import studies
from emnist_utils.report.data_banner import show_origin
from emnist_utils.training.record import Record


def about_runs(profile: str, records: Mapping[str, Sequence[Record]]) -> None:
    """Say which data, budget and devices the runs of a chapter used; each that occurs is named.

    Parameters
    ----------
    profile : str
        A key of ``studies.PROFILES``.
    records : mapping
        Records by the labels of a study's variants, as ``runner.records`` returns them.
    """
    runs = [record for group in records.values() for record in group]
    budgets = _distinct(
        f"{run.data.train:,} training, {run.data.validation:,} validation and {run.data.test:,} test images, "
        f"{run.recipe.epochs} epoch{'s' if run.recipe.epochs > 1 else ''} "
        f"{'at most ' if run.recipe.schedule == 'plateau' else ''}in steps of {run.recipe.batch}"
        for run in runs
    )
    seeds = _distinct(str(len(group)) for group in records.values())
    devices = _distinct(f"{run.provenance.device}, Keras on {run.provenance.backend}" for run in runs)
    show_origin(
        any(run.data.kind == "synthetic" for run in runs),
        [
            f"Profile `{profile}`: {studies.profile(profile).purpose}.",
            *_distinct(run.data.description for run in runs),
            f"Budget: {'; '.join(budgets)}; seeds per row: {' or '.join(seeds)}.",
            f"Computed on: {'; '.join(devices)}.",
        ],
    )


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
