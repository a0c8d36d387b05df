"""The user's cache of ready arrays: filled once under a lock, then opened memory-mapped in milliseconds."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from emnist_utils import files, paths
from emnist_utils.data.errors import DataError
from emnist_utils.data.hashing import fingerprint, new_digest
from emnist_utils.data.idx import SIDE

SPLITS = ("train", "test")
_META = "set.json"
_FORMAT = 1  # raised when what is written changes
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def folder(name: str, identity: str, fill: Callable[[Path], None]) -> Path:
    """Return the cache's folder of this name and identity, filled by `fill` where there is none yet.

    Safe for several processes: one fills, the others wait. A folder appears whole or not at all. When the
    identity behind a name has changed, the older folder is removed.

    Parameters
    ----------
    name : str
        What is kept, as a file name.
    identity : str
        What its content depends on.
    fill : callable
        Writes the content into the empty folder that it is given.

    Raises
    ------
    DataError
        If the cache cannot be written, as on a full disk.
    """
    home = paths.cache_dir() / "arrays"
    wanted = home / f"{name}-{short_hash(f'{_FORMAT} {identity}')}"
    if wanted.is_dir():
        return wanted
    try:
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / f"{name}.lock"):
            if not wanted.is_dir():
                for leftover in (*home.glob(f"{name}-*"), *home.glob(f".{name}-*")):
                    shutil.rmtree(leftover, ignore_errors=True)
                with files.replacing_folder(wanted) as new:
                    fill(new)
    except OSError as error:
        what = "there is no room left for" if error.errno in _FULL else "cannot write"
        raise DataError(
            f"{what} the unpacked images in the cache {home} ({error.strerror or error}); "
            "make room there or set EMNIST_CACHE to another folder"
        ) from error
    return wanted


def write_set(destination: Path, arrays: dict[str, tuple[Iterable[NDArray[np.uint8]], NDArray[np.uint8]]]) -> None:
    """Write one set's arrays and their fingerprint.

    Parameters
    ----------
    destination : Path
        An existing folder.
    arrays : dict
        For "train" and "test": chunks of upright uint8 [m, 28, 28] images, and all their labels, uint8 [n],
        0..C-1.
    """
    digests = []
    for split in SPLITS:
        chunks, labels = arrays[split]
        digests.append(_write(destination / f"{split}-images.npy", (len(labels), SIDE, SIDE), chunks))
        digests.append(_write(destination / f"{split}-labels.npy", (len(labels),), [labels]))
    files.write_text(destination / _META, json.dumps({"fingerprint": fingerprint(digests)}) + "\n")


def read_set(source: Path) -> tuple[dict[str, tuple[NDArray[np.uint8], NDArray[np.int64]]], str]:
    """Open what `write_set` wrote.

    Returns
    -------
    arrays : dict
        For "train" and "test": images, memory-mapped and read-only, and labels, int64 in memory.
    fingerprint : str
        16 hex digits, as stored.
    """
    try:
        arrays = {
            split: (
                np.load(source / f"{split}-images.npy", mmap_mode="r"),
                np.load(source / f"{split}-labels.npy").astype(np.int64),
            )
            for split in SPLITS
        }
        return arrays, json.loads((source / _META).read_text())["fingerprint"]
    except Exception as error:  # NumPy raises of many kinds where a file is damaged
        raise DataError(
            f"the cached arrays in {source} cannot be read ({error}); remove that folder and load again"
        ) from error


def short_hash(text: str) -> str:
    """Return 12 hex digits that stand for a text in a file name."""
    return hashlib.blake2b(text.encode(errors="surrogateescape"), digest_size=6).hexdigest()


def _write(path: Path, shape: tuple[int, ...], chunks: Iterable[NDArray[np.uint8]]) -> str:
    # Plain writes, not a memory map: on a full disk they raise an error, where a map kills the process.
    digest = new_digest(shape)
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for chunk in chunks:
            digest.update(chunk.data)
            file.write(chunk.data)
    return digest.hexdigest()
