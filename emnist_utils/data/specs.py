"""What is known of the six EMNIST sets: classes, official sizes and counts, and classes that look alike.

Sizes are those of the NIST files [1]_. ByClass's test counts were counted in the official file. Training counts of
ByClass and ByMerge were read off a chart in a public notebook and add up to the sizes; ByMerge's test counts follow
from them, because both sets split the same 814,255 images, and equal those of the official file. The other sets hold
the same number of images of every class.

.. [1] G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "EMNIST: an extension of MNIST to handwritten
letters",
   arXiv:1702.05373, 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import Literal

DIGITS = "0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = UPPER.lower()

MERGED_LETTERS: tuple[str, ...] = tuple("cijklmopsuvwxyz")
"""The lower-case letters that ByMerge and Balanced count as their upper-case form."""

LOOK_ALIKES: tuple[tuple[str, ...], ...] = (
    ("0", "O", "o"),
    ("1", "I", "i", "l"),
    ("5", "S", "s"),
    ("9", "g", "q"),
    ("2", "Z", "z"),
)
"""Classes that writers draw alike, across digits and letters."""

BYMERGE_TEST_IN_BYCLASS_TEST = 16_478
"""Test images of ByMerge that are, pixel for pixel, test images of ByClass; counted on the official files."""

CASE_PAIRS: tuple[tuple[str, str], ...] = tuple((letter.upper(), letter) for letter in MERGED_LETTERS)
"""Letters whose two cases differ by size alone, of which the 28x28 images keep no more than a trace."""


def with_case_pairs(groups: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return groups of classes, and after them the `CASE_PAIRS` that share no class with any."""
    taken = set(chain(*groups))
    return (*groups, *(pair for pair in CASE_PAIRS if not taken & set(pair)))


@dataclass(frozen=True)
class DatasetSpec:
    """One EMNIST set as NIST published it.

    Attributes
    ----------
    name : str
        Key in `SPECS` and part of the official file names.
    title : str
        Name for a reader.
    classes : tuple of str
        Character of each label 0..C-1. Letters folds both cases into the upper-case character.
    first_label : int
        Label of the first class in the official files; 0 after loading.
    train_size, test_size : int
        Official numbers of images.
    train_counts, test_counts : tuple of int
        Official numbers of images of each class.
    validation : {"tail", "stratified"}
        "tail" where the last sixth of the official training set is set aside for validation [1]_.

    References
    ----------
    .. [1] arXiv:1702.05373, section II-D.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    first_label: int
    train_size: int
    test_size: int
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    validation: Literal["tail", "stratified"]

    @cached_property
    def from_byclass(self) -> tuple[int, ...]:
        """Label here of each of ByClass's 62 classes; -1 for a character that it does not have."""
        return tuple(self._label(character) for character in DIGITS + UPPER + LOWER)

    def _label(self, character: str) -> int:
        for candidate in (character, character.upper()):
            if candidate in self.classes:
                return self.classes.index(candidate)
        return -1


def _equal(name: str, title: str, classes: str, train_each: int, test_each: int, first_label: int = 0) -> DatasetSpec:
    n = len(classes)
    return DatasetSpec(
        name=name,
        title=title,
        classes=tuple(classes),
        first_label=first_label,
        train_size=n * train_each,
        test_size=n * test_each,
        train_counts=(train_each,) * n,
        test_counts=(test_each,) * n,
        validation="tail",
    )


_MERGED = DIGITS + UPPER + "".join(c for c in LOWER if c not in MERGED_LETTERS)

# fmt: off
_BYCLASS = DatasetSpec(
    name="byclass", title="ByClass", classes=tuple(DIGITS + UPPER + LOWER), first_label=0,
    train_size=697_932, test_size=116_323, validation="stratified",
    train_counts=(
        34585, 38374, 34203, 35143, 33535, 31416, 34232, 35754, 33946, 33847,
        6407, 3878, 10094, 4562, 4934, 9182, 2517, 3152, 11946, 3762, 2468, 5076, 9002,
        8237, 24983, 8347, 2605, 5073, 20764, 9820, 12602, 4637, 4695, 2771, 4743, 2701,
        10033, 5159, 2854, 10177, 24631, 2561, 3687, 8738, 2725, 1896, 2491, 15318, 2645,
        11418, 2749, 2448, 2994, 14105, 2699, 18262, 2830, 2910, 2697, 2822, 2365, 2725,
    ),
    test_counts=(
        5778, 6330, 5869, 5969, 5619, 5190, 5705, 6139, 5633, 5686,
        1062, 648, 1739, 779, 851, 1440, 447, 521, 2048, 626, 382, 810, 1485,
        1351, 4156, 1397, 413, 809, 3508, 1576, 2002, 796, 806, 432, 798, 464,
        1644, 853, 432, 1683, 4092, 400, 589, 1479, 427, 317, 466, 2535, 464,
        1898, 466, 368, 505, 2320, 437, 2965, 482, 468, 467, 470, 381, 451,
    ),
)
_BYMERGE = DatasetSpec(
    name="bymerge", title="ByMerge", classes=tuple(_MERGED), first_label=0,
    train_size=697_932, test_size=116_323, validation="stratified",
    train_counts=(
        34618, 38304, 34307, 35285, 33656, 31280, 34150, 36020, 33924, 33882,
        6411, 3874, 12963, 4606, 4925, 9098, 2534, 3097, 14733, 5689, 4998, 20381, 11612,
        8237, 27664, 10748, 2603, 5047, 23509, 9766, 15388, 7588, 7403, 5598, 7092, 5416,
        10009, 5080, 10152, 24657, 2535, 3693, 8682, 11444, 2966, 14060, 18248,
    ),
    test_counts=(
        5745, 6400, 5765, 5827, 5498, 5326, 5787, 5873, 5655, 5651,
        1058, 652, 2156, 735, 860, 1524, 430, 576, 2413, 912, 809, 3358, 1984,
        1351, 4690, 1812, 415, 835, 3899, 1630, 2528, 1223, 1262, 897, 1195, 925,
        1668, 932, 1708, 4066, 426, 583, 1535, 1872, 533, 2365, 2979,
    ),
)
# fmt: on

SPECS: MappingProxyType[str, DatasetSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            _BYCLASS,
            _BYMERGE,
            _equal("balanced", "Balanced", _MERGED, 2_400, 400),
            _equal("letters", "Letters", UPPER, 4_800, 800, first_label=1),
            _equal("digits", "Digits", DIGITS, 24_000, 4_000),
            _equal("mnist", "MNIST", DIGITS, 6_000, 1_000),
        )
    }
)
"""The six sets by name, in the order of the paper."""
