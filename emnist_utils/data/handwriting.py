"""A picture of one handwritten character -> EMNIST's 28x28, by the conversion that made EMNIST.

EMNIST was made from the 128x128 binary bitmaps of NIST Special Database 19. The paper outlines the conversion
[1]_; its exact steps were recovered by comparing bitmaps of the database with the published images: they reproduce 97 %
of the known pairs bit for bit, and the rest within 2 grey levels. The paper names bicubic resampling, but picking the
nearest sample is what reproduces the images.

.. [1] G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "EMNIST: an extension of MNIST to handwritten
letters",
   arXiv:1702.05373, 2017, figure 1.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from emnist_utils.data.errors import DataError
from emnist_utils.data.idx import SIDE

SD19_SIDE = 128
"""Height and width of a bitmap of Special Database 19, in pixels."""

_SD19_LONGER_SIDE = 49
"""Median of the longer side of a character in those bitmaps, in pixels."""

#: Beyond this the sum of two levels might not fit into 32 bits.
_NO_GREY = 1e37

_MARGIN = 6
_TAPS = np.exp(-(np.arange(-3.5, 4.0) ** 2) / 2)
_TAPS /= _TAPS.sum()


def to_emnist(picture: ArrayLike) -> NDArray[np.uint8]:
    """Convert a picture of one character to the form of EMNIST's images.

    A picture of 128x128 pixels is taken as a bitmap of Special Database 19 and only made binary. Any other
    picture is first cut to its ink and scaled so that the longer side has the 49 pixels that are usual there:
    the conversion blurs by one pixel of that scale, and would leave a large drawing too sharp and dissolve a
    small one.

    Parameters
    ----------
    picture : bool or number [height, width]
        Grey or binary, dark ink on light ground or the reverse; the border tells which. Grey is made binary
        at Otsu's threshold [1]_.

    Returns
    -------
    uint8 [28, 28]
        Upright, white ink (255) on black (0), the ink centred.

    Raises
    ------
    DataError
        If the picture is not two-dimensional, holds no grey levels, shows nothing, or has strokes so thin that
        nothing is left of them at that scale.

    References
    ----------
    .. [1] N. Otsu, "A threshold selection method from gray-level histograms", IEEE Transactions on Systems,
    Man, and
       Cybernetics 9(1), 1979.
    """
    darkness = _darkness(np.asarray(picture))
    threshold = _otsu(darkness)
    ink = darkness > threshold
    if ink.shape != (SD19_SIDE, SD19_SIDE):
        ink = _rescaled(darkness, ink, threshold)
    return convert_ink(ink)


def convert_ink(ink: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Convert a binary bitmap at the scale of Special Database 19.

    Both the blur and the sampling are linear, so each axis is one small matrix that holds the eight Gaussian
    taps around every sample.

    Parameters
    ----------
    ink : bool [height, width]
        True where there is ink; at least one pixel.

    Returns
    -------
    uint8 [28, 28]
        Upright, white ink (255) on black (0).
    """
    rows, columns = _box(ink)
    longer = max(rows.stop - rows.start, columns.stop - columns.start)
    down = _sampling(rows.stop - rows.start, longer)
    across = _sampling(columns.stop - columns.start, longer)
    grey = down @ ink[rows, columns].astype(np.float64) @ across.T
    # The sum of a matrix product may be a last digit short of a whole number.
    return np.floor(grey / grey.max() * 255 + 1e-9).astype(np.uint8)


def _box(ink: NDArray[np.bool_]) -> tuple[slice, slice]:
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


@lru_cache(maxsize=2048)
def _sampling(extent: int, longer: int) -> NDArray[np.float64]:
    """Return the [28, extent] matrix that blurs an axis of the ink's box and takes 28 samples of it."""
    if extent == longer:
        n, first = longer + 11, -_MARGIN
    else:
        n, first = longer + 10, -((longer - extent) // 2) - _MARGIN
    scale = SIDE / n
    taken = np.floor((np.arange(SIDE) + 1) / scale + (1 - 1 / scale) / 2 - 0.5).astype(np.intp)
    # Sample k of the blurred axis is the sum over t = 0..7 of taps[t] * axis[k + t - 3].
    places = first + taken[:, None] + np.arange(-3, 5)
    matrix = np.zeros((SIDE, extent))
    sample, tap = np.nonzero((places >= 0) & (places < extent))
    matrix[sample, places[sample, tap]] = _TAPS[tap]
    return matrix


def _darkness(picture: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return how far each pixel is from the ground towards the ink, 0..1."""
    if picture.ndim != 2 or picture.size == 0 or picture.dtype.kind not in "biuf":
        raise DataError(
            f"a picture of shape {picture.shape} and type {picture.dtype} was given; expected a grey or "
            "binary one, numbers of shape (height, width): for a colour picture, take its mean over the colours"
        )
    with np.errstate(over="ignore"):
        grey = picture.astype(np.float32)
    if not (np.abs(grey) < _NO_GREY).all():
        raise DataError(f"the picture holds values that are not finite or beyond {_NO_GREY:g}; expected grey levels")
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ground = np.median(border)
    low, high = grey.min(), grey.max()
    if low == high:
        raise DataError("the picture is empty: all its pixels are the same; draw one character on it")
    towards_ink = ground - grey if ground - low > high - ground else grey - ground
    darkness: NDArray[np.float32] = np.clip(towards_ink / towards_ink.max(), 0, 1)
    return darkness


def _otsu(darkness: NDArray[np.float32]) -> float:
    counts, edges = np.histogram(darkness, bins=256, range=(0, 1))
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = darkness.size - below
    mass = np.cumsum(counts * centres)
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = mass[:-1] / below - (mass[-1] - mass[:-1]) / above
    spread = np.nan_to_num(below * above * gap**2)
    # Two clear groups leave a plateau of equally good thresholds: its middle is the steadiest.
    best = np.flatnonzero(spread >= spread.max() * (1 - 1e-12))
    return float(edges[1:-1][best].mean())


def _rescaled(darkness: NDArray[np.float32], ink: NDArray[np.bool_], threshold: float) -> NDArray[np.bool_]:
    rows, columns = _box(ink)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    factor = _SD19_LONGER_SIDE / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    cut = Image.fromarray(darkness[rows, columns])
    scaled: NDArray[np.bool_] = np.asarray(cut.resize(size, Image.Resampling.BICUBIC)) > threshold
    if not scaled.any():
        raise DataError(
            f"the strokes are too thin: nothing is left of a drawing of {width} x {height} pixels at the "
            f"{size[0]} x {size[1]} that are usual; draw it with a thicker pen, or smaller"
        )
    return scaled
