"""A picture of one's own -> EMNIST's 28x28."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from fuzzing import examples, fuzz
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from emnist_utils.data import DataError, to_emnist

PAIRS = np.load(Path(__file__).with_name("sd19-pairs.npz"), allow_pickle=False)
INK = np.unpackbits(PAIRS["ink"], axis=2).astype(bool)
"""300 bitmaps of Special Database 19, 128x128."""


def _like(a, b):
    """Correlation of two images, -1..1."""
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


def test_bit_for_bit_on_special_database_19():
    """Each of 300 bitmaps becomes exactly the image that EMNIST published of it."""
    np.testing.assert_array_equal([to_emnist(ink) for ink in INK], PAIRS["emnist"])


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float32])
@pytest.mark.parametrize("dark_on_light", [False, True])
def test_polarity_and_type_do_not_matter(dtype, dark_on_light):
    """Black on white and white on black, as truth values, grey levels or fractions, give the same image."""
    ink = ~INK[0] if dark_on_light else INK[0]
    picture = ink.astype(dtype) * (200 if dtype is np.uint8 else 1)
    np.testing.assert_array_equal(to_emnist(picture), PAIRS["emnist"][0])


@pytest.mark.parametrize("factor", [0.5, 2, 3, 8])
def test_other_sizes_are_brought_to_scale(factor):
    """A drawing of half or eight times the usual size gives nearly the image of the original."""
    longer = np.array([max(np.ptp(np.nonzero(ink), axis=1)) + 1 for ink in INK])
    usual = np.flatnonzero(np.abs(longer - 49) <= 6)[:40]
    likeness = []
    for ink, image in zip(INK[usual], PAIRS["emnist"][usual], strict=True):
        side = round(128 * factor)
        grey = Image.fromarray(255 * ink.astype(np.uint8)).resize((side, side), Image.Resampling.BICUBIC)
        likeness.append(_like(to_emnist(np.asarray(grey)), image))
    # A speck that a smaller drawing loses moves the ink's box, so a few may differ more.
    assert np.median(likeness) > 0.95 and np.percentile(likeness, 10) > 0.9


def test_scale_and_place_in_the_picture_do_not_matter():
    """Margins are cut away: only the ink counts."""
    picture = np.zeros((300, 500))
    picture[20 : 20 + 128, 350 : 350 + 128] = INK[1]
    np.testing.assert_array_equal(to_emnist(picture), to_emnist(np.pad(INK[1], 7)))


def test_grey_paper_with_noise():
    """A grey scan, uneven and noisy, is made binary at a threshold between paper and ink."""
    rng = np.random.default_rng(0)
    for ink, image in zip(INK[:20], PAIRS["emnist"], strict=False):
        scan = np.clip(np.where(ink, 70, 190) + rng.normal(0, 12, ink.shape), 0, 255).astype(np.uint8)
        np.testing.assert_array_equal(to_emnist(scan), image)


def test_upright_stays_upright():
    """An L keeps its foot at the lower right: no transposition in between."""
    drawing = np.zeros((60, 40), np.uint8)
    drawing[5:55, 5:11] = drawing[49:55, 5:35] = 255
    quadrants = to_emnist(drawing).reshape(2, 14, 2, 14).sum(axis=(1, 3), dtype=int)
    assert quadrants[0, 1] < 0.1 * quadrants.sum() < quadrants[1, 1]


def test_result_has_the_form_of_emnist():
    """28x28 bytes, the brightest 255, and a margin that the blur alone reaches."""
    image = to_emnist(np.pad(np.ones((30, 6)), 10))
    assert (image.shape, image.dtype, image.max()) == ((28, 28), np.uint8, 255)
    assert image[0].max() == image[-1].max() == 0


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros((128, 128)), "empty"),
        (np.full((20, 30), 255, np.uint8), "empty"),
        (np.zeros((0, 4)), r"\(0, 4\)"),
        (np.zeros((28, 28, 3)), "colour"),
        (np.array([["a"]]), "grey or binary"),
        (np.array([[0.0, np.nan]]), "finite"),
        (np.array([[3e38, 3e38, -3e38]]), "beyond"),
        (np.array([[0.0, 1e300]]), "beyond"),
        (np.pad(np.fliplr(np.eye(400)), 9), "too thin.* 400 x 400 pixels at the 49 x 49"),
    ],
)
def test_pictures_that_cannot_be_used(picture, message):
    """What is not a grey picture of something is refused with the reason."""
    with pytest.raises(DataError, match=message):
        to_emnist(picture)


@examples
def test_tiny_strokes_are_converted_or_refused(examples):
    """Protects a person with a thin pen or a large picture: an image, or an error that says what to do."""

    @st.composite
    def specks(draw):
        height, width = draw(st.integers(1, 700)), draw(st.integers(1, 700))
        picture = np.full((height, width), draw(st.sampled_from([0, 255])), np.uint8)
        for _ in range(draw(st.integers(1, 4))):
            top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
            down, across = draw(st.integers(1, 3)), draw(st.integers(1, 3))
            picture[top : top + down, left : left + across] = draw(st.integers(0, 255))
        return picture

    def check(picture):
        with suppress(DataError):
            image = to_emnist(picture)
            assert (image.shape, image.dtype, image.max()) == ((28, 28), np.uint8, 255)

    anything = arrays.arrays(np.float32, arrays.array_shapes(min_dims=2, max_dims=2, max_side=60))
    fuzz(examples, check, picture=specks() | anything)


@pytest.mark.parametrize("side", [1, 2, 3, 50, 129, 3_000])
@pytest.mark.parametrize("level", [1, 255])
def test_one_dot_is_ink_in_a_picture_of_any_size(side, level):
    """Protects a faint or lonely dot: it is all the ink there is, so it fills the image as a full stop would."""
    picture = np.zeros((side, side + 1), np.uint8)
    picture[side // 2, side // 2] = level
    np.testing.assert_array_equal(to_emnist(picture), to_emnist(np.pad(np.ones((49, 49)), 10)))
