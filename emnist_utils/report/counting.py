"""What follows from the numbers of images in each class alone, before any network is trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emnist_utils.data import SPECS, DatasetSpec
from emnist_utils.data.specs import LOOK_ALIKES, with_case_pairs


def losses(counts: Sequence[int], classes: Sequence[str], groups: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Return how many images are lost where the classes of a group cannot be told apart.

    The best that is left is to answer the commonest class of the group, so all images of the others are lost.

    Parameters
    ----------
    counts : sequence of int, length C
        Images of each class.
    classes : sequence of str, length C
        Character of each class.
    groups : sequence of sequences of str
        Classes that look alike; no class may be in two groups.

    Returns
    -------
    int64 [number of groups]

    Raises
    ------
    ValueError
        If a class is in two groups, or in a group but not in `classes`.
    """
    members = [character for group in groups for character in group]
    twice = sorted({character for character in members if members.count(character) > 1})
    unknown = sorted(set(members) - set(classes))
    if twice or unknown:
        wrong = f"in two groups: {', '.join(twice)}" if twice else f"not among the classes: {', '.join(unknown)}"
        raise ValueError(f"the groups must be disjoint and of known classes, but these are {wrong}")
    count = dict(zip(classes, counts, strict=True))
    sizes = [[count[character] for character in group] for group in groups]
    return np.array([sum(size) - max(size) for size in sizes], np.int64)


def frequency_only_accuracy(counts: Sequence[int], classes: Sequence[str], groups: Sequence[Sequence[str]]) -> float:
    """Return the accuracy, 0..1, of answering the commonest class within each group and being right elsewhere.

    Parameters and errors are those of `losses`.
    """
    return 1 - float(losses(counts, classes, groups).sum()) / sum(counts)


def frequency_only_error() -> float:
    """Return what remains wrong of ByClass's official test set where only the hardest groups are guessed at, 0..1.

    They are 0 O o, 1 I i l, and the case pairs that share no class with these.
    """
    byclass = SPECS["byclass"]
    return 1 - frequency_only_accuracy(byclass.test_counts, byclass.classes, with_case_pairs(LOOK_ALIKES[:2]))


def expected_overlap(test: DatasetSpec, train: DatasetSpec) -> float:
    """Return the share of a set's official test images that another's official training set should hold, 0..1.

    Both are taken to be independent random draws, class by class, from the images that ByClass splits; a set's
    own training and test images are disjoint.
    """
    if test.name == train.name:
        return 0.0
    byclass = SPECS["byclass"]
    pool = np.add(byclass.train_counts, byclass.test_counts)
    shared = pool * _drawn(test, test.test_counts, pool) * _drawn(train, train.train_counts, pool)
    return float(shared.sum()) / test.test_size


def _drawn(spec: DatasetSpec, counts: Sequence[int], pool: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each of ByClass's classes the chance, 0..1, that one of its images is among these `counts`."""
    label = np.array(spec.from_byclass)
    available = np.bincount(label[label >= 0], pool[label >= 0], len(counts))
    return np.where(label >= 0, (np.array(counts) / available)[label], 0.0)
