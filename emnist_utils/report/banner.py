"""The box at the top of a chapter with training runs: which data, budget and device its numbers come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from emnist_utils import studies
from emnist_utils.models import MODELS
from emnist_utils.report import tables
from emnist_utils.report.data_banner import show_origin
from emnist_utils.report.markdown import say
from emnist_utils.training.recipe import Recipe
from emnist_utils.training.record import Record, Records


def about_runs(profile: str, records: Records, published_profile: str, published: Records) -> None:
    """Say which data, budget and devices the runs of a chapter used; each that occurs is named.

    Parameters
    ----------
    profile, published_profile : str
        Keys of ``studies.PROFILES``.
    records, published : mapping
        Records by the labels of a study's variants, as ``runner.records`` and ``runner.published`` return them.
        Published records are told of only where they are of another profile or other data.
    """
    lines = _describe(profile, records)
    if tables.others_published(records, published):
        lines += [f"*Published:* {line}" for line in _describe(published_profile, published)]
    show_origin(any(run.data.kind == "synthetic" for group in records.values() for run in group), lines)


def say_width(recipe: Recipe) -> None:
    """Say at which part of its width the residual CNN of a chapter is trained, unless it is all of it."""
    if recipe.width < 1:
        say(f"All networks of this chapter are the residual CNN{tables.at_width(recipe.width)}.")


def _describe(profile: str, records: Records) -> list[str]:
    runs = [record for group in records.values() for record in group]
    counts = Counter(len(group) for group in records.values())
    seeds = [f"{n}" + f" in {rows} of {len(records)} rows" * (len(counts) > 1) for n, rows in sorted(counts.items())]
    devices = _distinct(f"{run.provenance.device}, Keras on {tables.BACKENDS[run.provenance.backend]}" for run in runs)
    return [
        f"Profile `{profile}`: {studies.profile(profile).purpose}.",
        *_distinct(run.data.description for run in runs),
        f"Budget: {'; '.join(_budgets(runs))}; seeds per row: {', '.join(seeds)}.",
        f"Computed on: {'; '.join(devices)}.",
    ]


def _budgets(runs: Sequence[Record]) -> list[str]:
    """Return the budgets of runs in words: each where there are one or two, else the range of each number."""
    budgets = _distinct(_budget([run]) for run in runs)
    return budgets if len(budgets) <= 2 else [_budget(runs)]


def _budget(runs: Sequence[Record]) -> str:
    epochs = _range(run.recipe.epochs for run in runs)
    plural = "" if epochs == "1" else "s"
    at_most = " at most" if any(run.recipe.schedule == "plateau" for run in runs) else ""
    return (
        f"{_range(run.data.train for run in runs)} training, {_range(run.data.validation for run in runs)} validation "
        f"and {_range(run.data.test for run in runs)} test images, {epochs} epoch{plural}{at_most} "
        f"in batches of {_range(run.recipe.batch for run in runs)}{_width(runs)}"
    )


def _width(runs: Sequence[Record]) -> str:
    """Return the widths of the networks that may have several, unless all have their full width."""
    widths = {run.recipe.width for run in runs if "width" in MODELS[run.recipe.model].sizes}
    return "" if widths <= {1} else f", networks at {_range(widths)} of their full width"


def _range(numbers: Iterable[float]) -> str:
    found = sorted(set(numbers))
    return f"{found[0]:,}" if len(found) == 1 else f"{found[0]:,} to {found[-1]:,}"


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
