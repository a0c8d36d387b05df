"""IDX files: what is read, and what is refused."""

import gzip
import struct

import numpy as np
import pytest

from emnist_utils.data import SPECS, DataError, idx
from emnist_utils.data.idx import IdxFile, read_images, read_labels

DIGITS, LETTERS = SPECS["digits"], SPECS["letters"]


def _picture(rows):
    """Draw on 28x28 what a list of (row slice, column slice) inks."""
    image = np.zeros((28, 28), np.uint8)
    for row, column in rows:
        image[row, column] = 255
    return image


UPRIGHT = {
    "L": _picture([(slice(4, 24), slice(6, 9)), (slice(21, 24), slice(6, 22))]),
    "J": _picture([(slice(4, 24), slice(19, 22)), (slice(21, 24), slice(6, 22))]),
    "7": _picture([(slice(4, 24), slice(19, 22)), (slice(4, 7), slice(6, 22))]),
}
LEAST_INK = {"L": "top right", "J": "top left", "7": "bottom left"}


def _least_ink(image):
    ink = image.reshape(2, 14, 2, 14).sum(axis=(1, 3))
    return ("top left", "top right", "bottom left", "bottom right")[ink.argmin()]


@pytest.fixture
def file(tmp_path):
    """Name a file to write."""
    return tmp_path / "emnist-digits-train-images-idx3-ubyte"


@pytest.mark.parametrize("character", UPRIGHT)
def test_images_are_transposed_in_files_and_upright_after_reading(file, character):
    """The quadrant with the least ink tells the orientation, and a second transposition would show."""
    image = UPRIGHT[character]
    raw = struct.pack(">4i", 2051, 1, 28, 28) + image.T.tobytes()
    file.write_bytes(raw)
    (read,) = read_images(IdxFile(file), 1)
    assert _least_ink(read[0]) == LEAST_INK[character]
    assert not np.array_equal(read[0].T, image)
    with file.open("wb") as stream:
        idx.write_images(stream, read)
    assert file.read_bytes() == raw


def test_least_ink_tells_a_transposed_image():
    """The test above can fail: L and 7 change their quadrant when transposed."""
    assert [_least_ink(UPRIGHT[c].T) == LEAST_INK[c] for c in "L7"] == [False, False]


@pytest.mark.parametrize("packed", [False, True])
def test_more_images_than_a_chunk(file, packed):
    """Chunks join to all images in order, from plain and gzipped files alike."""
    images = np.random.default_rng(0).integers(0, 256, (5_000, 28, 28), dtype=np.uint8)
    with (gzip.open if packed else open)(file, "wb") as stream:
        idx.write_images(stream, images)
    np.testing.assert_array_equal(np.concatenate(list(read_images(IdxFile(file), 5_000))), images)


def test_labels_of_letters_start_at_one_in_files(file):
    """Labels are 1..26 in the file and 0..25 outside it."""
    labels = np.arange(26)
    with file.open("wb") as stream:
        idx.write_labels(stream, labels, LETTERS)
    assert file.read_bytes()[8:] == bytes(range(1, 27))
    np.testing.assert_array_equal(read_labels(IdxFile(file), LETTERS), labels)


@pytest.mark.parametrize(
    ("spec", "labels", "message"),
    [(DIGITS, [3, 10], r"3\.\.10.*0\.\.9"), (LETTERS, [0, 5], r"0\.\.5.*1\.\.26"), (LETTERS, [1, 27], "27")],
)
def test_labels_out_of_range(file, spec, labels, message):
    """A label that the set does not have is refused with the range that was found and the one expected."""
    file.write_bytes(struct.pack(">2i", 2049, len(labels)) + bytes(labels))
    with pytest.raises(DataError, match=message):
        read_labels(IdxFile(file), spec)


WHOLE = struct.pack(">4i", 2051, 2, 28, 28) + bytes(2 * 784)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (WHOLE[:-1], "ends before all items"),
        (WHOLE[:10], "ends inside its header"),
        (WHOLE + b"\0", "goes on after the last item"),
        (struct.pack(">i", 2049) + WHOLE[4:], r"magic number 2051"),
        (b"", "starts with nothing"),
        (struct.pack(">4i", 2051, 2, 28, 27) + bytes(2 * 28 * 27), "28x27 pixels, expected 28x28"),
        (struct.pack(">4i", 2051, 3, 28, 28) + bytes(3 * 784), "3 images, but its label file 2 labels"),
        (b"<!DOCTYPE html><html>moved</html>", "is a web page"),
    ],
)
def test_broken_image_files(file, packed, content, message):
    """Each kind of damage is told by the file's name and what is wrong with it."""
    file.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DataError, match=message) as caught:
        list(read_images(IdxFile(file), 2))
    assert str(file) in str(caught.value)


def test_damaged_gzip(file):
    """A .gz that is cut short or has a flipped bit is refused."""
    packed = gzip.compress(WHOLE)
    flipped = bytearray(packed)
    flipped[-6] ^= 1
    for damaged in (packed[:-12], bytes(flipped)):
        file.write_bytes(damaged)
        with pytest.raises(DataError, match="damaged or cut short"):
            list(read_images(IdxFile(file), 2))
