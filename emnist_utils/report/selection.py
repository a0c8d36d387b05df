"""Which variant of a study is chosen: the one that is best on validation images, never on those of the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emnist_utils.training.recipe import Recipe
from emnist_utils.training.record import Record

#: What says how much is trained, and on which images, but not how.
_BUDGET = {"dataset", "width", "train_size", "validation_size", "test_size", "epochs", "batch", "seed", "refit"}


def validation_accuracy(records: Sequence[Record]) -> float:
    """Return the accuracy on validation images at the epoch that was kept, the mean over seeds, in 0..1."""
    return sum(record.curves.val_accuracy[record.best_epoch - 1] for record in records) / len(records)


def training_accuracy(records: Sequence[Record]) -> float:
    """Return the accuracy while training, averaged over the epoch that was kept; the mean over seeds, in 0..1."""
    return sum(record.curves.accuracy[record.best_epoch - 1] for record in records) / len(records)


def best_on_validation(records: Mapping[str, Sequence[Record]]) -> str:
    """Return the label with the highest validation accuracy, the first of those that share it.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants, one label or more.
    """
    return max(records, key=lambda label: validation_accuracy(records[label]))


def same_but_budget(recipe: Recipe, records: Mapping[str, Sequence[Record]]) -> str:
    """Return the label of the row that trains in the same way, whatever its images, width and length.

    Raises
    ------
    ValueError
        If there is no such row.
    """
    asked = recipe.model_dump(exclude=_BUDGET)
    for label, group in records.items():
        if group[0].recipe.model_dump(exclude=_BUDGET) == asked:
            return label
    raise ValueError(f"none of {', '.join(records)} trains like {recipe.label()}")
