"""A network tested on sets that it was not trained on, with and without the images that it knows.

ByClass, ByMerge and Balanced split or sample the same characters, each by a draw of its own, so that most test images
of one are training images of another. A test across sets is therefore read on all images, as in the 2024 report, and
on those alone that the network has not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from emnist_utils import results
from emnist_utils.data.specs import SPECS
from emnist_utils.report.comparison import SIGNIFICANT
from emnist_utils.statistics import (
    Interval,
    Scatter,
    accuracy_over_seeds,
    compare_answers,
    difference_over_seeds,
    holm,
    independent_difference,
    paired_difference,
    scatter_over_seeds,
    student,
)
from emnist_utils.training import metrics
from emnist_utils.training.record import Predictions, Record, Records

Part = Literal["all", "seen", "unseen"]

#: The titles of the set that was trained on and of the one that was tested on.
Key = tuple[str, str]

#: The 62 classes, and the 47 that ByMerge and Balanced have.
_SPLIT, _MERGED = SPECS["byclass"], SPECS["bymerge"]


@dataclass(frozen=True)
class Answers:
    """What one network answered on the test images of a set, in classes that truth and answer share.

    Attributes
    ----------
    classes : tuple of str
        Character of each label: ByClass' 62 where the network was trained and tested on ByClass, else ByMerge's 47.
    rows : ndarray of int, shape ``[n]``
        Row numbers in the set's test images.
    truth, predicted : ndarray of int, shape ``[n]``
        Labels 0..len(classes) - 1.
    seen : ndarray of bool, shape ``[n]``
        Whether the very same image was among the network's training or validation images.
    """

    classes: tuple[str, ...]
    rows: NDArray[np.integer]
    truth: NDArray[np.integer]
    predicted: NDArray[np.integer]
    seen: NDArray[np.bool_]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each image was answered rightly."""
        return self.truth == self.predicted

    @property
    def share_seen(self) -> float:
        """Share of the images that the network has seen, 0..1."""
        return float(self.seen.mean())

    def merged(self) -> Answers:
        """Return the same in ByMerge's 47 classes."""
        if self.classes == _MERGED.classes:
            return self
        return replace(self, classes=_MERGED.classes, truth=_merge(self.truth), predicted=_merge(self.predicted))

    def mask(self, part: Part) -> NDArray[np.bool_]:
        """Return which images belong to a part of them."""
        return {"all": np.ones_like(self.seen), "seen": self.seen, "unseen": ~self.seen}[part]

    def only(self, part: Part) -> Answers:
        """Return the answers on a part of the images."""
        kept = self.mask(part)
        return replace(
            self, rows=self.rows[kept], truth=self.truth[kept], predicted=self.predicted[kept], seen=self.seen[kept]
        )


#: For each pair of sets the answers of the network of each seed.
Tests = Mapping[Key, Sequence[Answers]]


def answers(record: Record, predictions: Predictions, tested_on: str) -> Answers:
    """Return what a run answered on a set's test images, in classes that truth and answer share.

    An answer of a network trained on ByClass becomes one of ByMerge's 47 classes, which Balanced has too, and so does a
    label of ByClass for a network trained on 47. On the set that was trained on, nothing is merged and no image was
    seen: no set holds an image twice.

    Parameters
    ----------
    record, predictions
        A run on ByClass, ByMerge or Balanced.
    tested_on : str
        One of these sets: the run's own, or one of its ``predictions.others``.

    Raises
    ------
    ValueError
        If the run was not tested on that set, or one of the two sets has other classes.
    """
    trained_on = record.recipe.dataset
    for name in (trained_on, tested_on):
        if name not in SPECS or SPECS[name].classes not in (_SPLIT.classes, _MERGED.classes):
            raise ValueError(f"{name!r} shares no classes with ByMerge; expected byclass, bymerge or balanced")
    if tested_on == trained_on:
        seen = np.zeros(len(predictions.labels), bool)
        return Answers(SPECS[trained_on].classes, predictions.rows, predictions.labels, predictions.predicted, seen)
    if tested_on not in predictions.others:
        raise ValueError(
            f"{record.recipe.label()} was tested on {', '.join([trained_on, *predictions.others])} alone, not on "
            f"{tested_on}; name it in the recipe's test_on"
        )
    other = predictions.others[tested_on]
    truth = _merge(other.labels) if tested_on == _SPLIT.name else other.labels
    predicted = _merge(other.predicted) if trained_on == _SPLIT.name else other.predicted
    return Answers(_MERGED.classes, other.rows, truth, predicted, other.seen)


def confusion(record: Record, predictions: Predictions, tested_on: str) -> pd.DataFrame:
    """Return how often each class of a set's test images was answered as each: rows are true classes, by character.

    Parameters and errors are those of `answers`.
    """
    found = answers(record, predictions, tested_on)
    matrix = metrics.confusion(found.truth, found.predicted, len(found.classes))
    return pd.DataFrame(
        matrix, index=pd.Index(found.classes, name="true"), columns=pd.Index(found.classes, name="answered")
    )


def read_tests(runs: Records) -> dict[Key, list[Answers]]:
    """Return the answers of a study's runs for each pair of sets, those of the set trained on first.

    Parameters
    ----------
    runs : mapping
        For each title of a set the records of the networks trained on it, one a seed.

    Raises
    ------
    RecordError
        If the predictions of a run cannot be read.
    """
    found: dict[Key, list[Answers]] = {}
    for group in runs.values():
        for record in group:
            predictions = results.read_predictions(record)
            trained_on = record.recipe.dataset
            for tested_on in sorted((trained_on, *predictions.others), key=list(SPECS).index):
                key = SPECS[trained_on].title, SPECS[tested_on].title
                found.setdefault(key, []).append(answers(record, predictions, tested_on))
    return found


def images_per_second(record: Record, tested_on: str) -> float:
    """Return how many test images of a set a network answered in a second."""
    if tested_on == record.recipe.dataset:
        return record.data.test / record.timing.evaluate_seconds
    return record.others[tested_on].test / record.others[tested_on].seconds


@dataclass(frozen=True)
class Scores:
    """How good some answers are; the means over seeds where there are several.

    Attributes
    ----------
    n : int
        Number of images.
    accuracy : Interval
        In 0..1, by Wilson for one seed, by Student over several; NaN without an image.
    weighted_f1, macro_f1 : float
        F1 in 0..1 averaged over classes, weighted by their counts, and plainly. A class without image and answer counts
        as 0. NaN without an image.
    """

    n: int
    accuracy: Interval
    weighted_f1: float
    macro_f1: float


def scores(seeds: Sequence[Answers]) -> Scores:
    """Score the answers of one network, or of several that differ in their seed.

    Parameters
    ----------
    seeds : sequence of Answers
        One a seed, on the same images.
    """
    n = len(seeds[0].truth)
    if n == 0:
        return Scores(0, _NOTHING, np.nan, np.nan)
    return Scores(n, _accuracy(seeds), _f1(seeds, "weighted"), _f1(seeds, "macro"))


@dataclass(frozen=True)
class Memory:
    """How much of a cell's accuracy on all images comes from those that the network has seen, in -1..1.

    Attributes
    ----------
    seen : Interval
        Accuracy on all images less that on the unseen ones. Seen images may be easier or harder than the others.
    beside_own : Interval
        What is left of it after the same difference of the network that was trained on the tested set is taken off. To
        that network all of these images are new, so this is free of how hard they are. But where the two parts differ
        in their mix of classes, it is not memory alone (see `same_mix`).
    """

    seen: Interval
    beside_own: Interval


def same_mix(key: Key) -> bool:
    """Return whether the images of a cell that were seen have the same mix of classes as the others.

    All classes of Balanced are equally common. So of a set whose classes are not, a network trained on Balanced has
    seen more of the rare ones, which it is better at than the set's own network, whether it has seen them or not.
    """
    return key[0] != SPECS["balanced"].title


def memory(tests: Tests) -> dict[Key, Memory]:
    """Return how much of each cell of two sets is memory, with 95 % intervals.

    With a share ``w`` of the images seen, accuracy on all images is ``w * seen + (1 - w) * unseen``, so that it lies
    ``w * (seen - unseen)`` above the accuracy on unseen ones. Seen and unseen images are separate samples, whose
    intervals are joined by `emnist_utils.statistics.independent_difference`; ``w`` is taken as known. For several seeds
    the interval of their mean, whose scatter is taken from all cells together, is joined with that of its images, which
    are the same for all of them. Where all images were seen nothing can be said: NaN.

    Parameters
    ----------
    tests : mapping
        As `read_tests` returns them.

    Raises
    ------
    ValueError
        If two networks were not tested on the same images.
    """
    pairs = {key: _paired_seeds(tests, key) for key in across(tests)}
    seen = {
        key: [_excess(mine, _accuracy([mine.only("seen")]), _accuracy([mine.only("unseen")])) for mine, _ in each]
        for key, each in pairs.items()
    }
    beside_own = {
        key: [_excess(mine, _advantage(mine, own, "seen"), _advantage(mine, own, "unseen")) for mine, own in each]
        for key, each in pairs.items()
    }
    of_seen, of_rest = _means(seen), _means(beside_own)
    return {key: Memory(of_seen[key], of_rest[key]) for key in pairs}


def _means(found: Mapping[Key, Sequence[Interval]]) -> dict[Key, Interval]:
    """Return means over seeds; their intervals join the chance of training and that of the images, which all share."""
    values = {key: [one.value for one in each] for key, each in found.items()}
    several = {key: [each] for key, each in values.items() if len(each) > 1 and not np.isnan(each).any()}
    if not several:
        return {key: each[0] for key, each in found.items()}
    scatter = _scatter(several)
    joined = {}
    for key, each in found.items():
        n = len(each)
        mean = float(np.mean(values[key]))
        training = student(scatter.sd / n**0.5, scatter.freedom) if n > 1 else 0.0
        below = float(np.hypot(training, mean - np.mean([one.low for one in each])))
        above = float(np.hypot(training, np.mean([one.high for one in each]) - mean))
        joined[key] = Interval(mean, mean - below, mean + above, n)
    return joined


@dataclass(frozen=True)
class Advantage:
    """Accuracy of a network trained on another set less that of the tested set's own network, on the same images.

    Both are counted in ByMerge's 47 classes.

    Attributes
    ----------
    difference : Interval
        In -1..1: for one seed by image (``statistics.paired_difference``), for several over the seeds.
    p : float
        Chance of a difference at least as large if there were none, corrected for the other cells (Holm).
    n : int
        Number of images.
    """

    difference: Interval
    p: float
    n: int

    @property
    def verdict(self) -> str:
        """What to call it."""
        if self.p >= SIGNIFICANT:
            return "no difference seen"
        return "better" if self.difference.value > 0 else "worse"


def advantages(tests: Tests, part: Part) -> dict[Key, Advantage]:
    """Compare each network, on each other set, with the network that was trained on that set.

    With one seed in common answers are paired by image (McNemar's test). With several, mean accuracies are compared
    (Student's test), whose scatter is taken from all pairs together.

    Parameters
    ----------
    tests : mapping
        As `read_tests` returns them.
    part : str
        ``"all"`` images, or those that the first network has ``"seen"`` or not (``"unseen"``). A cell without such
        images is left out.

    Raises
    ------
    ValueError
        If two networks were not tested on the same images.
    """
    rights = {
        key: [(mine.only(part).right, own.right[mine.mask(part)]) for mine, own in _paired_seeds(tests, key)]
        for key in across(tests)
    }
    rights = {key: pairs for key, pairs in rights.items() if len(pairs[0][0])}
    accuracies = {
        key: ([float(mine.mean()) for mine, _ in pairs], [float(own.mean()) for _, own in pairs])
        for key, pairs in rights.items()
        if len(pairs) > 1
    }
    scatter = _scatter(accuracies) if accuracies else None
    found: dict[Key, Advantage] = {}
    for key, pairs in rights.items():
        if scatter and key in accuracies:
            by_seed = difference_over_seeds(*accuracies[key], (scatter, scatter))
            difference, p = by_seed.difference, by_seed.p
        else:
            difference, p = paired_difference(*pairs[0]), compare_answers(*pairs[0]).p
        found[key] = Advantage(difference, p, len(pairs[0][0]))
    corrected = holm([one.p for one in found.values()]) if found else []
    return {key: replace(one, p=p) for (key, one), p in zip(found.items(), corrected, strict=True)}


def _scatter(rows: Mapping[Key, Sequence[Sequence[float]]]) -> Scatter:
    """Return how far numbers of networks scatter over seeds, from the rows of all cells together.

    Its degrees of freedom are those of the networks: one that is tested on several sets shows its luck on each.
    """
    found = scatter_over_seeds([row for cell in rows.values() for row in cell])
    seeds = {name: len(cell[0]) for key, cell in rows.items() for name in key}
    return Scatter(found.sd, sum(n - 1 for n in seeds.values()))


def across(tests: Tests) -> list[Key]:
    """Return the pairs of two different sets."""
    return [(trained_on, tested_on) for trained_on, tested_on in tests if trained_on != tested_on]


def matrix(cells: Mapping[Key, float]) -> pd.DataFrame:
    """Return values of pairs as a matrix: sets trained on as rows, tested on as columns."""
    return pd.Series(cells, index=pd.MultiIndex.from_tuples(cells)).unstack(sort=False)


_NOTHING = Interval(np.nan, np.nan, np.nan, 0)


def _merge(labels: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return ByMerge's labels of ByClass' ones."""
    return np.array(_MERGED.from_byclass, np.uint8)[labels]


def _paired_seeds(tests: Tests, key: Key) -> list[tuple[Answers, Answers]]:
    """Return a cell's answers beside those of the tested set's own network, a pair a seed, in 47 classes."""
    _, tested_on = key
    pairs = [(mine.merged(), own.merged()) for mine, own in zip(tests[key], tests[tested_on, tested_on], strict=True)]
    if not all(np.array_equal(mine.rows, own.rows) for mine, own in pairs):
        raise ValueError(
            f"the networks trained on {' and on '.join(key)} answered other test images of {tested_on}, so they "
            "cannot be compared"
        )
    return pairs


def _accuracy(seeds: Sequence[Answers]) -> Interval:
    if len(seeds[0].truth) == 0:
        return _NOTHING
    return accuracy_over_seeds([(int(seed.right.sum()), len(seed.truth)) for seed in seeds])


def _f1(seeds: Sequence[Answers], average: str) -> float:
    found = [
        f1_score(seed.truth, seed.predicted, labels=np.arange(len(seed.classes)), average=average, zero_division=0)
        for seed in seeds
    ]
    return float(np.mean(found))


def _advantage(mine: Answers, own: Answers, part: Part) -> Interval:
    kept = mine.mask(part)
    return paired_difference(mine.right[kept], own.right[kept]) if kept.any() else _NOTHING


def _excess(answers: Answers, seen: Interval, unseen: Interval) -> Interval:
    """Return how far a value of all images lies above that of the unseen ones."""
    share, n = answers.share_seen, len(answers.seen)
    if share == 0:
        return Interval(0.0, 0.0, 0.0, n)
    difference = independent_difference(seen, unseen)
    return Interval(share * difference.value, share * difference.low, share * difference.high, n)
