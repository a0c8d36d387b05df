"""The synthetic stand-in."""

import numpy as np
import pytest

from emnist_utils import data
from emnist_utils.data import SPECS, synthetic


@pytest.mark.parametrize("name", SPECS)
def test_every_class_is_in_every_split(stand_in, name):
    """Labels are 0..C-1, and training, validation and test have images of each class."""
    dataset = data.load(name)
    train, validation = dataset.validation
    for labels in (dataset.train.labels[train], dataset.train.labels[validation], dataset.test.labels):
        np.testing.assert_array_equal(np.unique(labels), np.arange(len(dataset.spec.classes)))
    assert dataset.source.kind == "synthetic" and dataset.source.is_synthetic
    assert data.overlap(dataset.train.images, dataset.test.images) == 0


def test_sizes_and_proportions(stand_in):
    """ByClass has about 18,000 + 3,000 images in the official proportions; the equal sets are equal."""
    byclass = data.load("byclass")
    assert abs(len(byclass.train) - 18_000) < 50 and abs(len(byclass.test) - 3_000) < 50
    share = np.array(byclass.spec.train_counts) / byclass.spec.train_size
    np.testing.assert_allclose(np.bincount(byclass.train.labels) / len(byclass.train), share, atol=3e-4)
    for name in ("balanced", "letters", "digits", "mnist"):
        dataset = data.load(name)
        for rows in dataset.validation:
            assert np.ptp(np.bincount(dataset.train.labels[rows])) == 0
        assert np.ptp(np.bincount(dataset.test.labels)) == 0


def test_sets_overlap_as_the_official_ones_do(stand_in):
    """Independent draws of one pool: a seventh of ByMerge's test images is in ByClass's, the rest was trained on."""
    byclass, bymerge = data.load("byclass"), data.load("bymerge")
    assert data.overlap(bymerge.test.images, byclass.test.images) == pytest.approx(1 / 7, abs=0.03)
    assert data.overlap(bymerge.test.images, byclass.train.images) == pytest.approx(6 / 7, abs=0.03)
    assert data.overlap(data.load("letters").test.images, byclass.train.images) == pytest.approx(6 / 7, abs=0.06)


def test_shared_images_agree_in_their_label(stand_in):
    """An image has the same character in every set."""
    byclass, bymerge = data.load("byclass"), data.load("bymerge")
    label_of = dict(zip(data.content_hashes(byclass.train.images), byclass.train.labels, strict=True))
    for image_hash, label in zip(data.content_hashes(bymerge.test.images), bymerge.test.labels, strict=True):
        if image_hash in label_of:
            assert bymerge.spec.from_byclass[label_of[image_hash]] == label


def test_deterministic(stand_in):
    """The same seed draws the same images again; another seed others."""
    rng = np.random.default_rng
    first, again, other = (synthetic._draw("k", 20, rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.isin(data.content_hashes(first), data.content_hashes(other)).any()


def test_the_images_are_those_of_this_version(stand_in):
    """Caches hold the stand-in by its version: where the images change on purpose, raise `synthetic.VERSION`."""
    fingerprints = [data.load(name).fingerprint for name in ("byclass", "mnist")]
    assert (synthetic.VERSION, fingerprints) == (1, ["93f459ec3d32758a", "009a26b7ae4c6f87"])


def test_looks_like_emnist(stand_in):
    """White ink on black, with EMNIST's mean 0.174 and spread 0.332 within a tenth."""
    pixels = data.load("byclass").test.images / 255
    assert pixels.mean() == pytest.approx(0.174, rel=0.1)
    assert pixels.std() == pytest.approx(0.332, rel=0.1)


def test_upright(stand_in, upper_right_share):
    """7 and T have more ink at the upper right than at the lower left, L less: transposed it would be the reverse."""
    train, classes = data.load("byclass").train, SPECS["byclass"].classes
    share = {c: upper_right_share(train.images[train.labels == classes.index(c)]) for c in "7TL"}
    assert min(share["7"], share["T"]) > 0.55 and share["L"] < 0.45
