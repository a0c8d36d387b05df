"""Which variant of a study is chosen: the one that is best on validation images, never on those of the test."""

from __future__ import annotations

from collections.abc import Sequence

from emnist_utils.training.record import Record, Records


def validation_accuracy(records: Sequence[Record]) -> float:
    """Return the accuracy on validation images at the epoch that was kept, the mean over seeds, in 0..1."""
    return sum(record.curves.val_accuracy[record.best_epoch - 1] for record in records) / len(records)


def training_accuracy(records: Sequence[Record]) -> float:
    """Return the accuracy while training, averaged over the epoch that was kept; the mean over seeds, in 0..1."""
    return sum(record.curves.accuracy[record.best_epoch - 1] for record in records) / len(records)


def best_on_validation(records: Records) -> str:
    """Return the label with the highest validation accuracy, the first of those that share it.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants, one label or more.
    """
    return max(records, key=lambda label: validation_accuracy(records[label]))


def half_or_wider(records: Records) -> dict[str, Sequence[Record]]:
    """Return the rows of the study ``width`` among which the final model's recipe is chosen, each by its recipe."""
    return {recipe_of(label): group for label, group in records.items() if group[0].recipe.width >= 0.5}


def recipe_of(label: str) -> str:
    """Return the recipe that a row of the study ``width`` trains: its label, with label smoothing for the width.

    A width at which few recipes are tried is part of them.
    """
    width, _, rest = label.partition(" width")
    return f"label smoothing{'' if width in ('quarter', 'half') else f', {width} width'}{rest}"
