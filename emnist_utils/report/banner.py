"""The box at the top of each chapter: which data, budget and device its numbers come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from emnist_utils import studies
from emnist_utils.data import Source
from emnist_utils.report.markdown import box
from emnist_utils.training.record import Record


def about_data(profile: str, sources: Mapping[str, Source]) -> None:
    """Say which data a chapter without training shows.

    Parameters
    ----------
    profile : str
        A key of ``studies.PROFILES``.
    sources : mapping
        For each set that is shown, where its images come from.
    """
    descriptions = dict.fromkeys(source.description for source in sources.values())
    _show(profile, any(source.is_synthetic for source in sources.values()), list(descriptions), [])


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
    lines = [
        f"Budget: {'; '.join(budgets)}; seeds per row: {' or '.join(seeds)}.",
        f"Computed on: {'; '.join(devices)}.",
    ]
    _show(
        profile,
        any(run.data.kind == "synthetic" for run in runs),
        _distinct(run.data.description for run in runs),
        lines,
    )


def _show(profile: str, synthetic: bool, descriptions: list[str], lines: list[str]) -> None:
    if synthetic:
        box(
            "warning",
            "These are not EMNIST's images",
            "No EMNIST files were found, so this page was made with characters drawn by code. It shows how the study "
            "works; its accuracies say nothing about EMNIST. `emnist data --download` fetches the real images.",
        )
    purpose = studies.profile(profile).purpose
    box(
        "note",
        "Where these numbers come from",
        "\n".join([f"- Profile `{profile}`: {purpose}.", *(f"- {line}" for line in [*descriptions, *lines])]),
    )


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
