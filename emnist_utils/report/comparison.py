"""The variants of a study side by side: what they reach, what they cost, and which differences are real.

All functions take a study's records by label, as ``runner.records`` returns them, or a part of them. Frames are ready
for ``markdown.table`` and notes for ``markdown.say``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from emnist_utils import results
from emnist_utils.report import tables
from emnist_utils.report.markdown import cite, term
from emnist_utils.report.selection import best_on_validation
from emnist_utils.statistics import (
    Interval,
    PairedTest,
    RankAgreement,
    Scatter,
    compare_answers,
    difference_over_seeds,
    holm,
    over_seeds,
    scatter_over_seeds,
)
from emnist_utils.training.record import Record, Records

#: A corrected p-value below this is called a difference.
SIGNIFICANT = 0.05

#: Rows are taken to scatter alike over seeds where each seed of one is no further than this from the mean of the other:
#: one point. A row that has learned far less than others, or collapsed with one seed, scatters far more.
_ALIKE = 0.01


def accuracy_table(
    runs: Records, heading: str, report: pd.DataFrame | None = None, published: Records | None = None
) -> pd.DataFrame:
    """Return what each row reaches on the test images: the 2024 report's numbers, published ones, and these.

    Accuracies are in per cent. After ± stands half of the 95 % interval (see ``tables.accuracy``). Other scores are
    means over seeds: macro-F1 and balanced accuracy in per cent, loss in nats.

    Parameters
    ----------
    runs : mapping
        The rows, in this order.
    heading : str
        What a row is: ``"activation"``.
    report : pandas.DataFrame, optional
        As ``reported.load`` returns it, its index renamed to the labels of `runs` where it is not: numbers of blocks
        with ``report.rename(index=str)``, rates with ``report.rename(index=studies.rate_label)``.
    published : mapping, optional
        As ``runner.published`` returns them. They get a column where they are of another profile or other data than
        those shown, or where those are the same study trained again: then another one says whether it is reproduced.

    Raises
    ------
    ValueError
        If `report` has none of the labels.
    """
    frame = pd.DataFrame({heading: list(runs)})
    if report is not None:
        frame["report: accuracy"] = _reported(report, "accuracy", runs, 2)
    again = published is not None and tables.repeats_published(runs, published)
    if published and (again or tables.others_published(runs, published)):
        frame["published: accuracy"] = [
            tables.percent(tables.accuracy(published[label])) if label in published else tables.NOTHING
            for label in runs
        ]
    frame["here: accuracy"] = [tables.percent(tables.accuracy(group)) for group in runs.values()]
    if published and again:
        frame["reproduced"] = [tables.reproduced(group, published.get(label, [])) for label, group in runs.items()]
    frame["macro-F1"] = [tables.mean([100 * run.test.macro_f1 for run in group], 2) for group in runs.values()]
    frame["balanced accuracy"] = [
        tables.mean([100 * run.test.balanced_accuracy for run in group], 2) for group in runs.values()
    ]
    if report is not None and "loss" in report:
        frame["report: loss"] = _reported(report, "loss", runs, 4)
    frame["loss"] = [tables.mean([run.test.loss for run in group], 4) for group in runs.values()]
    return frame


def cost_table(runs: Records, heading: str, report: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return what each row costs: the size of the network where rows differ in it, and the time of training.

    The report's seconds are those of a whole training, which depend on when early stopping ended it. So the number of
    epochs and the seconds of each stand apart here. Times are means over the seeds that can be compared
    (``tables.timed_together``), and left out where there are none, as is a number of epochs that all rows share;
    `timing_note` says so.

    Parameters
    ----------
    runs, heading, report
        See `accuracy_table`.

    Raises
    ------
    ValueError
        If `report` has none of the labels.
    """
    groups = list(runs.values())
    frame = pd.DataFrame({heading: list(runs)})
    if report is not None and "parameters" in report:
        frame["report: parameters"] = _reported(report, "parameters", runs)
    if len({(group[0].parameters, group[0].multiply_adds) for group in groups}) > 1:
        frame["parameters"] = [f"{group[0].parameters:,}" for group in groups]
        frame["multiply-adds"] = [f"{group[0].multiply_adds / 1e6:.1f} M" for group in groups]
    if report is not None:
        frame["report: s in all"] = _reported(report, "seconds", runs, 0)
    timed = list(tables.timed_together(runs).values())
    if timed or len(_epochs(runs)) > 1:
        frame["epochs"] = [tables.mean([run.epochs_run for run in group], 0) for group in timed or groups]
    if timed:
        frame["s / epoch"] = [
            tables.mean([run.timing.train_seconds / run.epochs_run for run in group]) for group in timed
        ]
        frame["images / s"] = [tables.mean([run.timing.images_per_second for run in group], 0) for group in timed]
        frame["s to compile"] = [tables.mean([run.timing.compile_seconds for run in group]) for group in timed]
    return frame


def timing_note(runs: Records) -> str:
    """Return a sentence on what the times of `cost_table` hold, or why it has none."""
    timed = tables.timed_together(runs)
    if not timed:
        epochs = _epochs(runs)
        return (
            "These runs were not all made in one go on one device with the same number of threads, so their times are "
            "not compared." + (f" Each ran {epochs.pop()} epochs." if len(epochs) == 1 else "")
        )
    shown = [run for group in timed.values() for run in group]
    first = shown[0]
    seeds = sorted({run.recipe.seed for run in shown})
    others = len(shown) < sum(map(len, runs.values()))
    sentences = [
        f"Times were taken on one kind of device: {first.provenance.device}."
        + (
            f" They are those of seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}: the others were trained "
            "another time, and such times are not compared."
            if others
            else ""
        ),
        "Those of an epoch hold its validation but no compilation, which stands apart.",
        "The report's seconds are for all of its training, on hardware that it does not name.",
    ]
    if first.timing.clock == "processor":
        sentences.insert(2, "They are of processor time, which other work on the machine changes little.")
    return " ".join(sentences)


@dataclass(frozen=True)
class Comparison:
    """Two rows of a study compared on the same test images.

    Attributes
    ----------
    first, second : str
        Their labels.
    difference : Interval
        Test accuracy of the first less that of the second, the mean over seeds with its 95 % interval, about -1..1;
        infinitely wide for a single seed.
    seeds : tuple of int
        The seeds that both were trained with.
    images : int
        Number of test images.
    p : float
        Chance of a difference at least as large if there were none, corrected for the other comparisons (Holm).
    answers : PairedTest or None
        For a single seed: how many images only one of the two networks got right.
    """

    first: str
    second: str
    difference: Interval
    seeds: tuple[int, ...]
    images: int
    p: float
    answers: PairedTest | None

    @property
    def better(self) -> str | None:
        """The label of the better row; None where no difference is seen."""
        if self.p >= SIGNIFICANT:
            return None
        return self.first if self.difference.value > 0 else self.second

    @property
    def verdict(self) -> str:
        """What to call it in a table."""
        return "differs" if self.better else "none seen"

    @property
    def evidence(self) -> str:
        """The numbers, for a claim: ``+1.20 ± 0.40 points, p = 0.012 after Holm, n = 3``."""
        return f"{tables.points(self.difference)} points, p {tables.p_value(self.p, '= ')} after Holm, {self._n}"

    @property
    def _n(self) -> str:
        return f"n = {len(self.seeds)} seeds" if len(self.seeds) > 1 else f"n = 1 (seed {self.seeds[0]})"


def compare(runs: Records, reference: str | None = None) -> dict[str, Comparison]:
    """Compare each row with one of them, which is the second of each comparison; see `compare_pairs`.

    Parameters
    ----------
    runs : mapping
        The rows, two or more.
    reference : str, optional
        A label. Left out, it is the row with the best accuracy on validation images: choosing by the test images would
        make that row look better than it is.

    Returns
    -------
    dict of Comparison
        By label, in the order of `runs`, without the reference.
    """
    reference = reference or best_on_validation(runs)
    found = compare_pairs(runs, [(label, reference) for label in runs if label != reference])
    return {first: comparison for (first, _), comparison in found.items()}


def compare_pairs(runs: Records, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Comparison]:
    """Compare pairs of rows on the same test images.

    With two seeds or more in common, mean accuracies are compared (``statistics.difference_over_seeds``): this tells
    two recipes apart. How far the seeds of a row scatter is taken from all rows that reach about as much. With one
    seed, answers are paired by image (``statistics.compare_answers``): this tells two trained networks apart. All pairs
    of a call are one family, for which Holm's method corrects.

    Parameters
    ----------
    runs : mapping
        The rows, those that are in no pair among them.
    pairs : sequence of pair of str
        Labels, one pair or more.

    Raises
    ------
    ValueError
        If there is no pair, or one has no seed in common or was not tested on the same images.
    RecordError
        If the predictions of a run cannot be read.
    """
    if not pairs:
        raise ValueError(f"the rows {', '.join(runs)} make no pair to compare; expected two rows or more")
    found = [_compare(runs, first, second) for first, second in pairs]
    corrected = holm([comparison.p for comparison in found])
    return {(one.first, one.second): replace(one, p=p) for one, p in zip(found, corrected, strict=True)}


def same_budget(first: Sequence[Record], second: Sequence[Record]) -> bool:
    """Return whether two rows had as many images and epochs, so that a difference between them may be their doing.

    Parameters
    ----------
    first, second : sequence of Record
        The records of each row, one a seed.
    """
    budgets = {
        (run.data.train, run.data.validation, run.data.test, run.recipe.epochs, run.recipe.batch)
        for run in (*first, *second)
    }
    return len(budgets) == 1


def beside_chance(found: RankAgreement) -> str:
    """Return how the agreement of two orders compares with what chance gives, for after "pairs in the same order,"."""
    p = f"(p {tables.p_value(found.p, '= ')})"
    if found.p >= SIGNIFICANT:
        return f"which chance could give, too {p}"
    return f"{'more' if found.tau > 0 else 'fewer'} than chance gives {p}"


def agrees(found: RankAgreement) -> bool:
    """Return whether two orders agree by more than chance gives."""
    return found.tau > 0 and found.p < SIGNIFICANT


def comparison_table(comparisons: Mapping[Any, Comparison]) -> pd.DataFrame:
    """Return comparisons as rows: difference in points of accuracy, first less second, corrected p-value and verdict.

    After ± stands half of the 95 % interval over seeds, which Holm's correction does not widen. One seed has none;
    there the numbers of images that only one network got right are shown.

    Parameters
    ----------
    comparisons : mapping
        As `compare` or `compare_pairs` returns them.
    """
    found = list(comparisons.values())
    references = {comparison.second for comparison in found}
    if len(references) == 1:
        reference = references.pop()
        frame = pd.DataFrame({f"compared with {reference}": [comparison.first for comparison in found]})
        only_first, only_second = "only this one right", f"only {reference} right"
    else:
        frame = pd.DataFrame({"first": [one.first for one in found], "second": [one.second for one in found]})
        only_first, only_second = "only the first right", "only the second right"
    frame["points"] = [tables.points(comparison.difference) for comparison in found]
    answers = [comparison.answers for comparison in found]
    if any(answers):
        frame[only_first] = [f"{one.only_first:,}" if one else tables.NOTHING for one in answers]
        frame[only_second] = [f"{one.only_second:,}" if one else tables.NOTHING for one in answers]
    frame["p (Holm)"] = [tables.p_value(comparison.p) for comparison in found]
    frame["verdict"] = [comparison.verdict for comparison in found]
    if len({len(comparison.seeds) for comparison in found}) > 1:
        frame["seeds"] = [f"{len(comparison.seeds)}" for comparison in found]
    return frame


def comparison_note(comparisons: Mapping[Any, Comparison]) -> str:
    """Return what was compared and by which test, and what such a comparison cannot tell.

    Parameters
    ----------
    comparisons : mapping
        As `compare` or `compare_pairs` returns them.
    """
    found = list(comparisons.values())
    images = " or ".join(f"{n:,}" for n in sorted({comparison.images for comparison in found}))
    single = sorted({comparison.seeds[0] for comparison in found if comparison.answers})
    several = sorted({len(comparison.seeds) for comparison in found if not comparison.answers})
    mcnemar, student = term("McNemar's test"), term("Student's t test")
    parts = [f"All were tested on the same {images} images."]
    if several:
        parts.append(
            f"Rows with n = {' or '.join(map(str, several))} seeds are compared by their means, by "
            f"{student} {cite('student1908', 'welch1947')}. How far the seeds of a row scatter is taken from all rows "
            "here whose seeds are all within a point of it, since so few seeds of one alone hardly show it. "
            "After ± stands half of the 95 % interval of a difference. It is that of one comparison by itself, so it "
            "may leave out zero where, among several, no difference is seen. This knows the chance of training; the "
            "images of training and test are the same for all seeds and count as given."
        )
    if single:
        parts.append(
            f"With one seed, two networks are compared image by image. {mcnemar} {cite('mcnemar1947')} looks only at "
            "the images that one of them got right and the other wrong. It knows the chance of the test images alone: "
            "a difference is one between two trained networks, those of seed "
            f"{' or '.join(map(str, single))}, and not "
            "yet one between two designs. It may be seen where the intervals of two accuracies overlap, since each of "
            "these holds the chance of test images that both share."
        )
    if len(found) > 1:
        parts.append(
            f"The p-values of the {len(found)} comparisons are corrected by Holm's method {cite('holm1979')}; below "
            f"{SIGNIFICANT:g} it is called a difference."
        )
    return " ".join(parts)


def _compare(runs: Records, first: str, second: str) -> Comparison:
    """Return a comparison with its own p-value, not yet corrected."""
    ours, theirs = ({run.recipe.seed: run for run in runs[label]} for label in (first, second))
    seeds = tuple(sorted(ours.keys() & theirs.keys()))
    if not seeds:
        raise ValueError(f"{first} and {second} have no seed in common, so they cannot be compared")
    tested_on = {(run.data.fingerprint, run.data.test) for seed in seeds for run in (ours[seed], theirs[seed])}
    if len(tested_on) > 1:
        raise ValueError(f"{first} and {second} were not tested on the same images, so they cannot be compared")
    ((_, images),) = tested_on
    if len(seeds) == 1:
        answers = _by_image(ours[seeds[0]], theirs[seeds[0]])
        return Comparison(first, second, over_seeds([answers.difference]), seeds, images, answers.p, answers)
    found = difference_over_seeds(
        [ours[seed].test.accuracy for seed in seeds],
        [theirs[seed].test.accuracy for seed in seeds],
        (_scatter(runs, first), _scatter(runs, second)),
    )
    return Comparison(first, second, found.difference, seeds, images, found.p, None)


def _scatter(runs: Records, label: str) -> Scatter:
    """Return how far the seeds of a row scatter, as it and the rows that reach about as much show it."""
    accuracies = {row: np.array([run.test.accuracy for run in group]) for row, group in runs.items()}
    own = accuracies[label]
    alike = [
        found.tolist()
        for row, found in accuracies.items()
        if row == label or max(np.abs([*(found - own.mean()), *(own - found.mean())])) <= _ALIKE
    ]
    return scatter_over_seeds(alike)


def _by_image(first: Record, second: Record) -> PairedTest:
    one, other = results.read_predictions(first), results.read_predictions(second)
    if not np.array_equal(one.rows, other.rows):
        raise ValueError(
            f"{first.recipe.label()} and {second.recipe.label()} answered other test images, so they cannot be compared"
        )
    return compare_answers(one.predicted == one.labels, other.predicted == other.labels)


def _epochs(runs: Records) -> set[int]:
    return {run.epochs_run for group in runs.values() for run in group}


def _reported(report: pd.DataFrame, column: str, labels: Records, digits: int | None = None) -> list[str]:
    """Return a column of the report for the given labels as text, numbers with so many digits."""
    if not any(label in report.index for label in labels):
        raise ValueError(
            f"the report's rows {', '.join(map(str, report.index))} are none of {', '.join(labels)}; rename its index"
        )
    found = report[column].reindex(list(labels))
    return [
        tables.NOTHING if pd.isna(value) else f"{value}" if digits is None else f"{value:,.{digits}f}"
        for value in found
    ]
