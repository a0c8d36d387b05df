"""The six EMNIST sets: upright images and labels from 0, from files, NIST's zip or the stand-in.

Examples
--------
>>> from emnist_utils import data
>>> dataset = data.load("balanced")
>>> dataset.train.images.shape[1:], dataset.spec.classes[dataset.train.labels[0]]  # doctest: +SKIP
"""

from __future__ import annotations

from emnist_utils.data.download import download
from emnist_utils.data.errors import DataError
from emnist_utils.data.handwriting import to_emnist
from emnist_utils.data.hashing import content_hashes, overlap
from emnist_utils.data.loading import Dataset, Split, load
from emnist_utils.data.parts import Part, list_part, read_part, rebuild, save_part
from emnist_utils.data.sources import Source, available, source
from emnist_utils.data.specs import CASE_PAIRS, LOOK_ALIKES, MERGED_LETTERS, SPECS, DatasetSpec
from emnist_utils.data.splits import stratified_subset, validation_split

NUMERICS = 1
"""Raised when the arrays, splits or subsets that this package hands out change."""

__all__ = [
    "CASE_PAIRS",
    "LOOK_ALIKES",
    "MERGED_LETTERS",
    "NUMERICS",
    "SPECS",
    "DataError",
    "Dataset",
    "DatasetSpec",
    "Part",
    "Source",
    "Split",
    "available",
    "content_hashes",
    "download",
    "list_part",
    "load",
    "overlap",
    "read_part",
    "rebuild",
    "save_part",
    "source",
    "stratified_subset",
    "to_emnist",
    "validation_split",
]
