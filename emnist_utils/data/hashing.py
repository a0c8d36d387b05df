"""Hashes of content: of one image, of a set's arrays, of a file.

All are BLAKE2b, or SHA-256 where a publisher states it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def content_hashes(images: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return a 64-bit hash of every image.

    Equal images have equal hashes. The hash is BLAKE2b with 8 bytes of output, so that among n different
    images two share a hash with a probability of about n^2 / 2^65: 1.8e-8 for all 814,255 images of EMNIST.

    Parameters
    ----------
    images : uint8 [n, 28, 28]
        Upright images.

    Returns
    -------
    uint64 [n]
    """
    rows = np.ascontiguousarray(images).reshape(len(images), -1)
    blake2b = hashlib.blake2b
    digests = b"".join(blake2b(row.data, digest_size=8).digest() for row in rows)
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def overlap(a: NDArray[np.generic], b: NDArray[np.generic]) -> float:
    """Return the share of the images of `a` whose content hash is also in `b`, 0..1.

    Parameters
    ----------
    a, b : uint8 [n, 28, 28] or uint64 [n]
        Images, or their `content_hashes` where the same images are compared more than once.
    """
    if len(a) == 0:
        return 0.0
    return float(np.isin(_as_hashes(a), _as_hashes(b)).mean())


def fingerprint(digests: Sequence[str]) -> str:
    """Return the 16 hex digits that stand for a set: the hash of its arrays' digests, in order."""
    return hashlib.blake2b("\n".join(digests).encode(), digest_size=8).hexdigest()


def new_digest(shape: tuple[int, ...]) -> hashlib.blake2b:
    """Return the digest of an array of bytes, to be updated with its content in C order."""
    return hashlib.blake2b(repr(shape).encode(), digest_size=16)


def array_digest(array: NDArray[np.uint8]) -> str:
    """Return the digest of an array of bytes, 32 hex digits."""
    digest = new_digest(array.shape)
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_hashes(a: NDArray[np.generic]) -> NDArray[np.uint64]:
    return a if a.dtype == np.uint64 else content_hashes(a)  # type: ignore[return-value, arg-type]
