"""How good a network's answers are when they are averaged over shifted views of each image (``views``)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emnist_utils import results, runner, views
from emnist_utils.report import tables
from emnist_utils.statistics import Interval, compare_answers, over_seeds, paired_difference, wilson
from emnist_utils.studies import CHOSEN
from emnist_utils.training.record import Record, Records

#: Titles of the sets that the final model is trained and tested on.
SETS = ("ByClass", "ByMerge", "Balanced")


@dataclass(frozen=True)
class Gain:
    """What averaging over the views changes on some images.

    Attributes
    ----------
    once, averaged : float
        Accuracy of the answers to the images as they are, and of those averaged over the views, in 0..1.
    difference : Interval
        The second less the first, by image.
    p : float
        Chance of a difference at least as large if there were none (McNemar's test).
    """

    once: float
    averaged: float
    difference: Interval
    p: float

    @property
    def evidence(self) -> str:
        """The numbers, for a claim."""
        n = f"n = {self.difference.n:,} images"
        return f"{tables.points(self.difference)} points, p {tables.p_value(self.p, '= ')}, {n}"


def on_validation(record: Record) -> Gain:
    """Return what the views change on a run's validation images."""
    found = views.views(record)
    return _gain(found.validation_labels, found.validation_once, found.validation)


def on_test(record: Record) -> Gain:
    """Return what the views change on a run's test images."""
    known = results.read_predictions(record)
    return _gain(known.labels, known.predicted, views.views(record).predicted)


def accuracy(records: Sequence[Record]) -> Interval:
    """Return the test accuracy of a recipe over the views with its interval, as ``tables.accuracy`` does without."""
    right = [results.read_predictions(record).labels == views.views(record).predicted for record in records]
    if len(right) == 1:
        return wilson(int(right[0].sum()), right[0].size)
    return over_seeds([float(one.mean()) for one in right])


def accuracies(finals: Records) -> dict[str, Interval]:
    """Return the final model's test accuracy over the views, by the title of the set."""
    return {title: accuracy(finals[title]) for title in SETS}


def publish(profile: str, target: Path) -> None:
    """Write the answers that pages show of a profile beside the records of a folder, in place of all others there.

    They are those of the final model, and of the row that it follows.
    """
    chosen, finals = runner.records("width", profile)[CHOSEN["width"]], runner.records("final", profile)
    views.publish([*chosen, *itertools.chain.from_iterable(finals[title] for title in SETS)], target)


def _gain(labels: NDArray[np.uint8], once: NDArray[np.uint8], averaged: NDArray[np.uint8]) -> Gain:
    before, after = once == labels, averaged == labels
    test = compare_answers(after, before)
    return Gain(float(before.mean()), float(after.mean()), paired_difference(after, before), test.p)
