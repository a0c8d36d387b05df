"""How good a network's answers are when they are averaged over shifted views of each image (``views``)."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from emnist_utils import results, runner, studies, views
from emnist_utils.local_workers import set_up_backend
from emnist_utils.machine import cores
from emnist_utils.report import tables
from emnist_utils.statistics import Interval, accuracy_over_seeds, compare_answers, paired_difference
from emnist_utils.training.record import Record, Records
from emnist_utils.views import Part, Views, ViewsError

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


def gain(record: Record, part: Part) -> Gain:
    """Return what the views change on a part of a run's images."""
    found = _kept(record, part)
    before, after = found.once == found.labels, found.averaged == found.labels
    test = compare_answers(after, before)
    return Gain(float(before.mean()), float(after.mean()), paired_difference(after, before), test.p)


def accuracy(records: Sequence[Record]) -> Interval:
    """Return the test accuracy of a recipe over the views with its interval, as ``tables.accuracy`` does without.

    Raises
    ------
    ViewsError
        If the answers of a run are not kept.
    """
    right = [found.averaged == found.labels for found in (_kept(record, "test") for record in records)]
    return accuracy_over_seeds([(int(one.sum()), one.size) for one in right])


def written(records: Sequence[Record]) -> str:
    """Write what `accuracy` returns as per cent, or that there is nothing where the answers are not kept."""
    try:
        return tables.percent(accuracy(records))
    except ViewsError:
        return tables.NOTHING


def accuracies(finals: Records) -> dict[str, Interval]:
    """Return the final model's test accuracy over the views, by the title of the set."""
    return {title: accuracy(finals[title]) for title in SETS}


def make(profile: str) -> None:
    """Make the answers that pages show of a profile, where they are not kept yet, in a process of its own.

    Raises
    ------
    UserError
        If they cannot be made here.
    """
    shown = _shown(lambda study: runner.records(study, profile))
    if todo := [one for one in shown if not views.kept(*one)]:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, context, set_up_backend, (cores(),)) as pool:
            for made in [pool.submit(views.make, *one) for one in todo]:
                made.result()


def collect(profile: str, folder: Path) -> None:
    """Put the answers that pages show of a profile beside the records of a folder, which has all of the profile's.

    Raises
    ------
    UserError
        If they are not kept, and cannot be made here.
    """
    there = {record.recipe: record for record in results.readable(folder)}

    def of_study(name: str) -> Records:
        by_label = studies.study(name).recipes(studies.profile(profile))
        return {label: [there[recipe] for recipe in recipes] for label, recipes in by_label.items()}

    for record, part in _shown(of_study):
        views.copy(record, part, folder)


def _shown(of_study: Callable[[str], Records]) -> list[tuple[Record, Part]]:
    """Return whose answers pages show, and to which images: of the row that the final model follows, and of itself."""
    chosen, finals = of_study("width")[studies.CHOSEN["width"]][0], of_study("final")
    return [(chosen, "validation"), *((record, "test") for title in SETS for record in finals[title])]


def _kept(record: Record, part: Part) -> Views:
    if found := views.kept(record, part):
        return found
    raise ViewsError(
        f"{record.recipe.label()}: its answers over several views are not kept; 'make book' makes them from its weights"
    )
