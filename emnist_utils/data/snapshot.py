"""What pages show of the images themselves, small enough to be published with the records.

A page is made from a snapshot, whether that was taken of the images here or read from a folder where it was published.
So a machine without EMNIST makes the same page.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from emnist_utils import files
from emnist_utils.data import sources
from emnist_utils.data.cache import SPLITS
from emnist_utils.data.errors import DataError
from emnist_utils.data.loading import Split, load
from emnist_utils.data.parts import Part, listed, read_part, save_part
from emnist_utils.data.pixels import PixelStatistics, class_means, pixel_statistics, sharpness
from emnist_utils.data.sources import Source
from emnist_utils.data.specs import SPECS

#: First training images kept of each class of ByClass.
SAMPLES_A_CLASS = 8

#: Images side by side in the picture of samples.
_ACROSS = 24

PART, NUMBERS, FACTS, SAMPLES = "part.npz", "numbers.npz", "facts.json", "samples.png"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What is known of some images without all of the images.

    Attributes
    ----------
    source : Source
        What the images are.
    part : Part
        Content hashes of all images, and their order in each set and split.
    labels : mapping
        From a set's name and "train" or "test" to its labels, uint8.
    pixels : mapping
        From a set's name to the statistics of its training images.
    means : float32 [62, 28, 28]
        Mean training image of each class of ByClass, 0..255.
    edges : int64 [62, 256]
        Training images of each class of ByClass by the sharpness of their edges, from 0 to 1 in steps of 1/255.
    samples : Split
        The first training images of each class of ByClass, by class.
    """

    source: Source
    part: Part
    labels: Mapping[tuple[str, str], NDArray[np.uint8]]
    pixels: Mapping[str, PixelStatistics]
    means: NDArray[np.float32]
    edges: NDArray[np.int64]
    samples: Split

    @property
    def sets(self) -> list[str]:
        """Names of the sets."""
        return list(self.pixels)

    def counts(self, name: str, split: str) -> NDArray[np.int64]:
        """Return the number of images of each class."""
        return np.bincount(self.labels[name, split], minlength=len(SPECS[name].classes))

    @cached_property
    def hashes(self) -> Mapping[tuple[str, str], NDArray[np.uint64]]:
        """Content hashes of the images of each set and split, in order."""
        return {key: self.part.hashes[rows] for key, rows in self.part.rows.items()}


def take() -> Snapshot:
    """Take a snapshot of the images here."""
    sets = {name: load(name) for name in sources.available()}
    byclass = sets["byclass"]
    classes = range(len(byclass.spec.classes))
    rows = np.concatenate([np.flatnonzero(byclass.train.labels == label)[:SAMPLES_A_CLASS] for label in classes])
    return Snapshot(
        sources.source(),
        listed(sets),
        {(name, split): getattr(sets[name], split).labels.astype(np.uint8) for name in sets for split in SPLITS},
        {name: pixel_statistics(dataset.train.images) for name, dataset in sets.items()},
        class_means(byclass.train.images, byclass.train.labels, len(classes)),
        _by_sharpness(byclass.train, len(classes)),
        Split(byclass.train.images[rows], byclass.train.labels[rows]),
    )


def _by_sharpness(split: Split, classes: int) -> NDArray[np.int64]:
    counts = np.zeros((classes, 256), np.int64)
    np.add.at(counts, (split.labels, np.round(255 * sharpness(split.images)).astype(np.intp)), 1)
    return counts


def save(snapshot: Snapshot, folder: Path) -> None:
    """Write a snapshot to a folder, each file whole or not at all."""
    save_part(snapshot.part, folder / PART)
    arrays: dict[str, Any] = {f"{name}/{split}": labels for (name, split), labels in snapshot.labels.items()}
    arrays |= {"means": snapshot.means, "edges": snapshot.edges, "samples": snapshot.samples.labels.astype(np.uint8)}
    with files.replacing_file(folder / NUMBERS) as file:
        np.savez_compressed(file, **arrays)
    images = snapshot.samples.images
    sheet = np.zeros((-(-len(images) // _ACROSS) * _ACROSS, *images.shape[1:]), np.uint8)
    sheet[: len(images)] = images
    side = images.shape[1]
    picture = sheet.reshape(-1, _ACROSS, side, side).swapaxes(1, 2).reshape(-1, _ACROSS * side)
    with files.replacing_file(folder / SAMPLES) as file:
        Image.fromarray(picture).save(file, "png", optimize=True)
    facts = {
        "source": asdict(snapshot.source),
        "pixels": {name: asdict(statistics) for name, statistics in snapshot.pixels.items()},
    }
    files.write_text(folder / FACTS, json.dumps(facts, indent=1) + "\n")


def read(folder: Path) -> Snapshot:
    """Read a snapshot that `save` wrote.

    Raises
    ------
    DataError
        If a file is missing or damaged.
    """
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        pixels = {name: PixelStatistics(**statistics) for name, statistics in facts["pixels"].items()}
        with np.load(folder / NUMBERS, allow_pickle=False) as arrays:
            labels = {(name, split): arrays[f"{name}/{split}"] for name in pixels for split in SPLITS}
            means, edges, sample_labels = arrays["means"], arrays["edges"], arrays["samples"].astype(np.int64)
        picture = np.asarray(Image.open(folder / SAMPLES))
        side = means.shape[1]
        images = picture.reshape(-1, side, _ACROSS, side).swapaxes(1, 2).reshape(-1, side, side)
        source = Source(**facts["source"])
    except (OSError, ValueError, KeyError, TypeError, SyntaxError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{folder} holds no snapshot of EMNIST ({error}); check it out of the repository anew"
        ) from error
    samples, part = Split(images[: len(sample_labels)], sample_labels), read_part(folder / PART)
    return Snapshot(source, part, labels, pixels, means, edges, samples)


def exists(folder: Path) -> bool:
    """Return whether a folder holds a snapshot."""
    return (folder / FACTS).exists()
