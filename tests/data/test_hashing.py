"""Hashes of content."""

import numpy as np

from emnist_utils.data import content_hashes, overlap
from emnist_utils.data.hashing import array_digest

IMAGES = np.random.default_rng(0).integers(0, 256, (500, 28, 28), dtype=np.uint8)


def test_hash_sees_every_bit():
    """One bit of one pixel anywhere changes the hash."""
    flipped = np.repeat(IMAGES[:1], 784 * 8, axis=0)
    bits = np.unpackbits(flipped.reshape(len(flipped), -1), axis=1)
    bits[np.arange(len(bits)), np.arange(len(bits))] ^= 1
    hashes = content_hashes(np.packbits(bits, axis=1).reshape(-1, 28, 28))
    assert hashes.dtype == np.uint64
    assert len(np.unique(np.append(hashes, content_hashes(IMAGES[:1])))) == 784 * 8 + 1


def test_hash_depends_on_content_alone():
    """Neither the memory layout nor the neighbours matter; a transposed image is another one."""
    hashes = content_hashes(IMAGES)
    np.testing.assert_array_equal(hashes[::-2], content_hashes(IMAGES[::-2]))
    np.testing.assert_array_equal(hashes, content_hashes(np.asfortranarray(IMAGES)))
    assert not np.isin(content_hashes(IMAGES.transpose(0, 2, 1)), hashes).any()
    assert int(content_hashes(np.zeros((1, 28, 28), np.uint8))[0]) == 0x9FE56B9985269551


def test_overlap():
    """The share is of the first argument, and hashes serve as well as images."""
    assert overlap(IMAGES[:100], IMAGES[75:]) == 0.25
    assert overlap(content_hashes(IMAGES[:100]), content_hashes(IMAGES[75:])) == 0.25
    assert overlap(IMAGES[:0], IMAGES) == 0


def test_array_digest_sees_the_shape():
    """Two arrays of the same bytes and different shapes differ."""
    assert array_digest(IMAGES) != array_digest(IMAGES.reshape(-1, 28))
