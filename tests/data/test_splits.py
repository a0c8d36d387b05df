"""Validation splits and subsets."""

import numpy as np
import pytest

from emnist_utils.data import DataError, stratified_subset, validation_split

LABELS = np.random.default_rng(0).choice(20, 6_000, p=np.arange(1, 21) / 210)


@pytest.mark.parametrize("size", [20, 21, 100, 999, 6_000])
def test_subset_keeps_proportions(size):
    """Sizes are exact, rows unique, every class is there and none is off its share by more than a row or so."""
    rows = stratified_subset(LABELS, size, seed=1)
    assert rows.dtype == np.int64 and len(rows) == size and (np.diff(rows) > 0).all()
    counts = np.bincount(LABELS[rows], minlength=20)
    assert counts.min() >= 1
    share = np.bincount(LABELS) * size / len(LABELS)
    assert (np.abs(counts - np.maximum(share, 1)) <= 1.5).all()


def test_subsets_of_a_seed_are_nested():
    """A learning curve adds images, it does not swap them."""
    small, large = (set(stratified_subset(LABELS, size, seed=3)) for size in (500, 1_500))
    assert small < large


def test_subset_depends_on_the_seed_alone():
    """The same seed gives the same rows on every machine; another seed gives others."""
    first = stratified_subset(LABELS, 60, seed=0)
    np.testing.assert_array_equal(first, stratified_subset(LABELS, 60, seed=0))
    assert len(np.intersect1d(first, stratified_subset(LABELS, 60, seed=1))) < 20
    assert first[:5].tolist() == [40, 89, 403, 524, 765]


def test_small_subset_draws_rows_at_random():
    """The rows are spread over the whole array, not taken from its start."""
    assert 2_400 < stratified_subset(LABELS, 500, seed=5).mean() < 3_600


@pytest.mark.parametrize("size", [-1, 6_001])
def test_impossible_subset(size):
    """The error names what was asked for and what is there."""
    with pytest.raises(DataError, match="6,000"):
        stratified_subset(LABELS, size, seed=0)


@pytest.mark.parametrize("method", ["tail", "stratified"])
def test_validation_is_a_disjoint_sixth(method):
    """No validation row is trained on, and none is lost."""
    train, validation = validation_split(LABELS, method)
    assert len(validation) == 1_000
    np.testing.assert_array_equal(np.sort(np.concatenate([train, validation])), np.arange(6_000))
    if method == "tail":
        assert validation[0] == 5_000
    else:
        np.testing.assert_allclose(np.bincount(LABELS[validation]), np.bincount(LABELS) / 6, atol=1)
