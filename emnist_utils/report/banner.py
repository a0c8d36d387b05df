"""The box at the top of a chapter with training runs: which data, budget and device its numbers come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from emnist_utils import studies
from emnist_utils.report.data_banner import show_origin
from emnist_utils.training.record import Record

Records = Mapping[str, Sequence[Record]]


def about_runs(profile: str, records: Records, published_profile: str, published: Records) -> None:
    """Say which data, budget and devices the runs of a chapter used; each that occurs is named.

    Parameters
    ----------
    profile, published_profile : str
        Keys of ``studies.PROFILES``.
    records, published : mapping
        Records by the labels of a study's variants, as ``runner.records`` and ``runner.published`` return them.
        Published records are told of only where they are of another profile.
    """
    lines = _describe(profile, records)
    if published and published_profile != profile:
        lines += [f"*Published:* {line}" for line in _describe(published_profile, published)]
    show_origin(any(run.data.kind == "synthetic" for group in records.values() for run in group), lines)


def _describe(profile: str, records: Records) -> list[str]:
    runs = [record for group in records.values() for record in group]
    budgets = _distinct(
        f"{run.data.train:,} training, {run.data.validation:,} validation and {run.data.test:,} test images, "
        f"{run.recipe.epochs} epoch{'s' if run.recipe.epochs > 1 else ''} "
        f"{'at most ' if run.recipe.schedule == 'plateau' else ''}in steps of {run.recipe.batch}"
        for run in runs
    )
    seeds = _distinct(str(len(group)) for group in records.values())
    devices = _distinct(f"{run.provenance.device}, Keras on {run.provenance.backend}" for run in runs)
    return [
        f"Profile `{profile}`: {studies.profile(profile).purpose}.",
        *_distinct(run.data.description for run in runs),
        f"Budget: {'; '.join(budgets)}; seeds per row: {' or '.join(seeds)}.",
        f"Computed on: {'; '.join(devices)}.",
    ]


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
