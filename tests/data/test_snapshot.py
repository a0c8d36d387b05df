"""What is published of the images in their place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emnist_utils import data
from emnist_utils.data import DataError, snapshot
from emnist_utils.data.pixels import sharpness
from emnist_utils.data.snapshot import Snapshot


@pytest.fixture
def taken(stand_in: Path) -> Snapshot:
    """Return a snapshot of the stand-in."""
    return snapshot.take()


def test_what_is_read_is_what_was_taken(taken: Snapshot, tmp_path: Path) -> None:
    """Protects pages without images from differing from those with them."""
    snapshot.save(taken, tmp_path)
    read = snapshot.read(tmp_path)
    assert read.source == taken.source
    assert read.pixels == taken.pixels
    assert read.part.fingerprints == taken.part.fingerprints
    np.testing.assert_array_equal(read.means, taken.means)
    np.testing.assert_array_equal(read.edges, taken.edges)
    for split in ("images", "labels"):
        np.testing.assert_array_equal(getattr(read.samples, split), getattr(taken.samples, split))
    for mapping in ("labels", "hashes"):
        mine, theirs = getattr(read, mapping), getattr(taken, mapping)
        assert mine.keys() == theirs.keys()
        for key, values in mine.items():
            np.testing.assert_array_equal(values, theirs[key])


def test_numbers_are_those_of_the_images(taken: Snapshot) -> None:
    """Protects counts, hashes and fingerprints, which stand for the images."""
    train = data.load("byclass").train
    for label, levels in enumerate(taken.edges):
        of_class = np.round(255 * sharpness(train.images[np.flatnonzero(train.labels == label)])).astype(int)
        np.testing.assert_array_equal(levels, np.bincount(of_class, minlength=256))
    for name in taken.sets:
        dataset = data.load(name)
        assert taken.part.fingerprints[name] == dataset.fingerprint
        for split in ("train", "test"):
            part = getattr(dataset, split)
            np.testing.assert_array_equal(taken.labels[name, split], part.labels)
            np.testing.assert_array_equal(taken.hashes[name, split][:50], data.content_hashes(part.images[:50]))
            assert taken.counts(name, split).sum() == len(part)


def test_samples_are_few_and_the_first_of_their_class(taken: Snapshot) -> None:
    """Protects EMNIST from being published whole, and the page's claim to show the first ones."""
    train = data.load("byclass").train
    assert len(taken.samples) == 8 * 62
    for label in range(62):
        first = train.images[np.flatnonzero(train.labels == label)[:8]]
        np.testing.assert_array_equal(taken.samples.images[taken.samples.labels == label], first)


@pytest.mark.parametrize("name", [snapshot.FACTS, snapshot.NUMBERS, snapshot.SAMPLES, snapshot.PART])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_damaged_snapshot_is_an_error(name: str, damage: str, taken: Snapshot, tmp_path: Path) -> None:
    """Protects pages from half a snapshot; the message names the place."""
    snapshot.save(taken, tmp_path)
    if damage == "missing":
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:40])
    with pytest.raises(DataError, match=str(tmp_path)):
        snapshot.read(tmp_path)
