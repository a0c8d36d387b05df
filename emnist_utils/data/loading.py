"""One call from a set's name to its arrays."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emnist_utils import trace
from emnist_utils.data import cache, idx, sources, splits, synthetic
from emnist_utils.data.errors import DataError
from emnist_utils.data.sources import Home, Source
from emnist_utils.data.specs import SPECS, DatasetSpec


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their labels.

    Attributes
    ----------
    images : uint8 [n, 28, 28]
        Upright, white ink (255) on black (0); memory-mapped and read-only.
    labels : int64 [n]
        0..C-1.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def images_at(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return a copy of some images, and hold none of the file that they were read from."""
        copied = np.asarray(self.images[rows])
        mapped = self.images.base
        if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            mapped.madvise(mmap.MADV_DONTNEED)
        return copied


@dataclass(frozen=True, eq=False)
class Dataset:
    """One EMNIST set, ready for training.

    Attributes
    ----------
    spec : DatasetSpec
        Classes and official sizes.
    train, test : Split
        The official split, or that of the stand-in.
    source : Source
        What the images are.
    fingerprint : str
        16 hex digits: equal for equal arrays in equal order, on every machine.
    """

    spec: DatasetSpec
    train: Split
    test: Split
    source: Source
    fingerprint: str

    @cached_property
    def validation(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of `train` to train on, and the sixth kept for validation: sorted, together all rows."""
        return splits.validation_split(self.train.labels, self.spec.validation)


def load(name: str) -> Dataset:
    """Load a set, from the user's cache of unpacked arrays after the first time.

    Parameters
    ----------
    name : str
        A key of `SPECS`.

    Raises
    ------
    DataError
        If there is no such set, or its files are missing, damaged or not EMNIST.
    """
    if name not in SPECS:
        raise DataError(f"there is no set {name!r}; the sets are {', '.join(SPECS)}")
    spec = SPECS[name]
    home = sources.find()
    if home is None:
        folder = cache.folder("stand-in", f"version {synthetic.VERSION}", synthetic.write) / name
    else:
        folder = cache.folder(
            f"{name}-{cache.short_hash(str(home.place))}",
            home.identity(spec),
            lambda new: _unpack(home, spec, new),
        )
    arrays, fingerprint = cache.read_set(folder)
    trace.note("data", name, fingerprint)
    train, test = (Split(*arrays[split]) for split in cache.SPLITS)
    judged = sources.SYNTHETIC if home is None else home.judge(spec, {"train": train.labels, "test": test.labels})
    return Dataset(spec, train, test, judged, fingerprint)


def _unpack(home: Home, spec: DatasetSpec, destination: Path) -> None:
    labels = home.labels(spec)
    cache.write_set(
        destination,
        {
            split: (idx.read_images(home.images(spec, split), len(labels[split])), labels[split])
            for split in cache.SPLITS
        },
    )
