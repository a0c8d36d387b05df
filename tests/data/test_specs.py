"""What is known of the six sets."""

import numpy as np
import pytest

from emnist_utils.data import CASE_PAIRS, LOOK_ALIKES, MERGED_LETTERS, SPECS

ALL = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def test_sizes_are_the_published_ones():
    """The sizes of the paper and of NIST's files."""
    assert {name: (len(s.classes), s.train_size, s.test_size) for name, s in SPECS.items()} == {
        "byclass": (62, 697_932, 116_323),
        "bymerge": (47, 697_932, 116_323),
        "balanced": (47, 112_800, 18_800),
        "letters": (26, 124_800, 20_800),
        "digits": (10, 240_000, 40_000),
        "mnist": (10, 60_000, 10_000),
    }


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_counts_sum_to_sizes(spec):
    """A slip in one of the typed counts would show in the sum."""
    assert (len(spec.train_counts), len(spec.test_counts)) == (len(spec.classes),) * 2
    assert (sum(spec.train_counts), sum(spec.test_counts)) == (spec.train_size, spec.test_size)


def test_bymerge_holds_the_images_of_byclass():
    """Both split the same pool, so their counts over training and test agree class by class once merged."""
    byclass, bymerge = SPECS["byclass"], SPECS["bymerge"]
    pool = np.add(byclass.train_counts, byclass.test_counts)
    merged = np.bincount(bymerge.from_byclass, weights=pool).astype(int)
    np.testing.assert_array_equal(merged, np.add(bymerge.train_counts, bymerge.test_counts))


def test_labels_from_byclass():
    """Each character of ByClass finds its class in every other set, or none."""
    assert SPECS["byclass"].from_byclass == tuple(range(62))
    merged = [SPECS["bymerge"].classes[label] for label in SPECS["bymerge"].from_byclass]
    assert "".join(merged) == ALL[:36] + "abCdefghIJKLMnOPqrStUVWXYZ"
    assert SPECS["letters"].from_byclass == (-1,) * 10 + tuple(range(26)) * 2
    assert SPECS["digits"].from_byclass == tuple(range(10)) + (-1,) * 52


def test_merged_letters_and_look_alikes():
    """The groups name characters of ByClass, and the case pairs are the merged letters."""
    assert "".join(MERGED_LETTERS) == "cijklmopsuvwxyz"
    assert all(set(group) <= set(ALL) for group in (*LOOK_ALIKES, *CASE_PAIRS))
    assert set(SPECS["byclass"].classes) - set(SPECS["bymerge"].classes) == set(MERGED_LETTERS)
