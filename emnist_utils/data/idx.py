"""IDX files, the form in which NIST publishes EMNIST: read strictly, written alike.

The files hold every image transposed, and the labels of Letters start at 1. Both are undone here and nowhere
else: what this module hands out is upright, with labels from 0.
"""

from __future__ import annotations

import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from emnist_utils.data.errors import DataError
from emnist_utils.data.specs import DatasetSpec

SIDE = 28
_IMAGE_MAGIC, _LABEL_MAGIC = 2051, 2049
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 4096

#: What the unpacking of a damaged, encrypted or unknown archive raises.
DAMAGE = (
    EOFError,
    RuntimeError,
    UnicodeDecodeError,  # a zip's name of a member
    gzip.BadGzipFile,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True)
class IdxFile:
    """An IDX file, on its own or inside a zip; compressed by gzip or not.

    Attributes
    ----------
    path : Path
        The file, or the zip that holds it.
    member : str
        Name inside the zip; empty for a file of its own.
    """

    path: Path
    member: str = ""

    def __str__(self) -> str:
        return f"{self.path}, member {self.member}" if self.member else str(self.path)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the file for reading its unpacked bytes.

        Raises
        ------
        DataError
            If the file cannot be read or unpacked to its end.
        """
        try:
            if self.member:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as raw:
                    yield _unpacked(raw)
            else:
                with self.path.open("rb") as raw:
                    yield _unpacked(raw)
        except DAMAGE as error:
            raise DataError(f"{self} is damaged or cut short ({error}); replace it by a fresh copy") from error
        except OSError as error:
            raise DataError(
                f"{self} cannot be read ({error.strerror or error}); check that it exists and may be read"
            ) from error


def read_labels(file: IdxFile, spec: DatasetSpec) -> NDArray[np.uint8]:
    """Read a label file of a set.

    Returns
    -------
    uint8 [n]
        Labels 0..C-1.

    Raises
    ------
    DataError
        If the file is not a whole IDX label file, or holds a label that the set does not have.
    """
    with file.open() as stream:
        (n,) = _header(file, stream, _LABEL_MAGIC, 1)
        if n > (most := max(spec.train_size, spec.test_size)):
            raise DataError(
                f"{file} promises {n:,} labels, but {spec.title} has {most:,} at most; it belongs to another set or is "
                "damaged"
            )
        labels = np.frombuffer(_exactly(file, stream, n), np.uint8)
        _nothing_more(file, stream)
    first, last = spec.first_label, spec.first_label + len(spec.classes) - 1
    if n and not (first <= labels.min() and labels.max() <= last):
        raise DataError(
            f"{file} holds labels {labels.min()}..{labels.max()}, but those of {spec.title} are "
            f"{first}..{last}; it belongs to another set or is damaged"
        )
    return labels - np.uint8(first)


def read_images(file: IdxFile, n: int) -> Iterator[NDArray[np.uint8]]:
    """Read an image file in chunks, in little memory.

    Parameters
    ----------
    file : IdxFile
        The image file.
    n : int
        Number of labels that the images go with.

    Yields
    ------
    uint8 [m, 28, 28]
        Upright images, contiguous; `m` sums to `n`.

    Raises
    ------
    DataError
        If the file is not a whole IDX file of `n` images of 28x28.
    """
    with file.open() as stream:
        count, height, width = _header(file, stream, _IMAGE_MAGIC, 3)
        if (height, width) != (SIDE, SIDE):
            raise DataError(f"{file} holds images of {height}x{width} pixels, expected {SIDE}x{SIDE}")
        if count != n:
            raise DataError(
                f"{file} holds {count:,} images, but its label file {n:,} labels; replace both by a matching pair"
            )
        sizes = [min(_CHUNK, n - start) for start in range(0, n, _CHUNK)]
        for raw in _ahead(_exactly(file, stream, m * SIDE * SIDE) for m in sizes):
            yield np.ascontiguousarray(np.frombuffer(raw, np.uint8).reshape(-1, SIDE, SIDE).transpose(0, 2, 1))
        _nothing_more(file, stream)


def write_images(stream: IO[bytes], images: NDArray[np.uint8]) -> None:
    """Write upright images as an IDX file, transposed as the official ones.

    Parameters
    ----------
    stream : binary file
        Where to write.
    images : uint8 [n, 28, 28]
        Upright images.
    """
    stream.write(struct.pack(">4i", _IMAGE_MAGIC, len(images), SIDE, SIDE))
    for start in range(0, len(images), _CHUNK):
        stream.write(np.ascontiguousarray(images[start : start + _CHUNK].transpose(0, 2, 1)).data)


def write_labels(stream: IO[bytes], labels: NDArray[np.integer], spec: DatasetSpec) -> None:
    """Write labels 0..C-1 as an IDX file, counted from the set's first official label."""
    stream.write(struct.pack(">2i", _LABEL_MAGIC, len(labels)))
    stream.write((labels + spec.first_label).astype(np.uint8).data)


def _ahead(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack the next chunk in a thread of its own while this one is turned, hashed and written."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = thread.submit(next, chunks, None)
            yield chunk


def _unpacked(raw: IO[bytes]) -> BinaryIO:
    # Told by content, because a browser may unpack a .gz and keep its name.
    packed = raw.read(2) == _GZIP_MAGIC
    raw.seek(0)
    return cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else cast(BinaryIO, raw)


def _header(file: IdxFile, stream: BinaryIO, magic: int, dimensions: int) -> tuple[int, ...]:
    data = stream.read(4 + 4 * dimensions)
    kind = "image" if magic == _IMAGE_MAGIC else "label"
    if data[:1] == b"<":
        raise DataError(f"{file} is a web page, not an IDX {kind} file; replace it by the real file")
    if data[:4] != struct.pack(">i", magic):
        raise DataError(
            f"{file} starts with {data[:4].hex(' ') or 'nothing'}, but an IDX {kind} file with "
            f"{struct.pack('>i', magic).hex(' ')} (magic number {magic}); replace it by the official file"
        )
    if len(data) < 4 + 4 * dimensions:
        raise DataError(f"{file} ends inside its header; replace it by a fresh copy")
    return struct.unpack(f">{dimensions}I", data[4:])


def _exactly(file: IdxFile, stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise DataError(f"{file} ends before all items that its header promises; replace it by a fresh copy")
    return data


def _nothing_more(file: IdxFile, stream: BinaryIO) -> None:
    if stream.read(1):
        raise DataError(f"{file} goes on after the last item that its header promises; replace it by a fresh copy")
