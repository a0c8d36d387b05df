"""The synthetic stand-in: all six sets drawn by code, for machines without EMNIST.

The pen strokes of A. V. Hershey's single-line fonts (1967) are slanted, bent and drawn with pens of many widths on
128x128 bitmaps, and converted as EMNIST's bitmaps were. The pool has ByClass's class proportions, and the six sets are
drawn from it independently of each other, as the official ones were: they overlap across sets as those do.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache as remembered
from pathlib import Path

import numpy as np
from HersheyFonts import HersheyFonts
from numpy.typing import NDArray

from emnist_utils.data.cache import write_set
from emnist_utils.data.handwriting import SD19_SIDE, convert_ink
from emnist_utils.data.idx import SIDE
from emnist_utils.data.specs import SPECS, DatasetSpec
from emnist_utils.data.splits import VALIDATION_SHARE, stratified_subset

VERSION = 1
"""Raised when the images change: the cache then draws them anew."""

SEED = 19
TRAIN_SIZE, TEST_SIZE = 18_000, 3_000
"""About so many ByClass images are drawn; rounding per class moves the sums a little."""

_TRAIN_EACH = {"balanced": 60, "letters": 120, "digits": 600, "mnist": 150}
"""Training images of each class; a sixth as many are for testing."""

_FACES = {"futural": 0.4, "rowmans": 0.4, "scripts": 0.1, "cursive": 0.1}
"""Faces with single-line glyphs for all 62 characters, and how often each is written."""

_WIDEST = 10
"""Widest pen, in pixels."""

_Stroke = NDArray[np.float64]
_Arrays = dict[str, tuple[NDArray[np.uint8], NDArray[np.uint8]]]


def write(destination: Path) -> None:
    """Draw the stand-in and write its six sets, each into a folder of its name."""
    for name, arrays in draw_sets().items():
        folder = destination / name
        folder.mkdir()
        write_set(folder, {split: ([images], labels) for split, (images, labels) in arrays.items()})


def draw_sets(seed: int = SEED) -> dict[str, _Arrays]:
    """Draw a pool of characters and the six sets from it.

    Parameters
    ----------
    seed : int
        The same seed gives the same arrays.

    Returns
    -------
    dict
        From a set's name to its "train" and "test", each upright uint8 [n, 28, 28] images and uint8 [n]
        labels 0..C-1.
    """
    rng = np.random.default_rng(seed)
    byclass = SPECS["byclass"]
    test_counts = _scaled(byclass.test_counts, TEST_SIZE)
    characters = np.repeat(np.arange(len(byclass.classes)), _scaled(byclass.train_counts, TRAIN_SIZE) + test_counts)
    images = np.concatenate(
        [_draw(byclass.classes[label], int(n), rng) for label, n in enumerate(np.bincount(characters))]
    )
    sets = {}
    for number, spec in enumerate(SPECS.values()):
        labels = np.array(spec.from_byclass)[characters]
        if spec.validation == "stratified":
            rows = _random_split(labels, int(test_counts.sum()), seed + number, rng)
        else:
            rows = _equal_split(labels, spec, rng)
        sets[spec.name] = {split: (images[r], labels[r].astype(np.uint8)) for split, r in rows.items()}
    return sets


def _scaled(counts: tuple[int, ...], size: int) -> NDArray[np.int64]:
    exact = np.array(counts) * size / sum(counts)
    return np.maximum(np.rint(exact), 2).astype(np.int64)


def _random_split(
    labels: NDArray[np.int64], test_size: int, seed: int, rng: np.random.Generator
) -> dict[str, NDArray[np.int64]]:
    test = stratified_subset(labels, test_size, seed)
    return {
        "train": rng.permutation(np.setdiff1d(np.arange(len(labels)), test)),
        "test": rng.permutation(test),
    }


def _equal_split(
    labels: NDArray[np.int64], spec: DatasetSpec, rng: np.random.Generator
) -> dict[str, NDArray[np.int64]]:
    train = _TRAIN_EACH[spec.name]
    held = train // VALIDATION_SHARE
    chosen = np.stack(
        [rng.choice(np.flatnonzero(labels == label), train + held, replace=False) for label in range(len(spec.classes))]
    )
    # As in the official files, the last sixth of the training rows is balanced by itself.
    blocks = [rng.permutation(block.ravel()) for block in np.split(chosen, [train - held, train], axis=1)]
    return {"train": np.concatenate(blocks[:2]), "test": blocks[2]}


def _draw(character: str, n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    faces = rng.choice(len(_FACES), n, p=list(_FACES.values()))
    images = np.empty((n, SIDE, SIDE), np.uint8)
    for number, face in enumerate(_FACES):
        rows = np.flatnonzero(faces == number)
        points, stroke = _glyph(face, character)
        for row, ink in zip(rows, _write_by_hand(points, stroke, len(rows), rng), strict=True):
            images[row] = convert_ink(ink)
    return images


@remembered
def _glyph(face: str, character: str) -> tuple[_Stroke, NDArray[np.int64]]:
    """Return a glyph's points [p, 2] (x, y down; longer side 1, centred on 0) and the stroke of each."""
    strokes = [_dense(np.array(stroke, float)) for stroke in _font(face).strokes_for_text(character) if len(stroke) > 1]
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    points = (points - (low + high) / 2) / (high - low).max()
    return points, np.repeat(np.arange(len(strokes)), [len(s) for s in strokes])


@remembered
def _font(face: str) -> HersheyFonts:
    font = HersheyFonts()
    font.load_default_font(face)
    return font


def _dense(stroke: _Stroke) -> _Stroke:
    """Put points on a polyline at most one font unit apart, so that it can bend."""
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    at = np.linspace(0, length[-1], int(np.ceil(length[-1])) + 1)
    return np.stack([np.interp(at, length, stroke[:, axis]) for axis in (0, 1)], axis=1)


def _write_by_hand(
    points: _Stroke, stroke: NDArray[np.int64], n: int, rng: np.random.Generator
) -> Iterator[NDArray[np.bool_]]:
    """Write a glyph `n` times, each time differently, as bool [128, 128] bitmaps of ink."""
    written = _affine(_bent(np.broadcast_to(points, (n, *points.shape)), rng), rng)
    pens = np.clip(rng.lognormal(np.log(5.5), 0.3, n), 2, _WIDEST)
    for path, pen in zip(written, pens, strict=True):
        yield _inked(path, stroke, pen)


def _bent(points: _Stroke, rng: np.random.Generator) -> _Stroke:
    """Move points [n, p, 2] along a few smooth waves."""
    n = len(points)
    moved = points.copy()
    for waves, amplitude in ((0.5, 0.07), (1.0, 0.035), (2.0, 0.012)):
        direction = rng.normal(0, 2 * np.pi * waves, (n, 2, 2))
        phase = rng.uniform(0, 2 * np.pi, (n, 1, 2))
        size = rng.normal(0, amplitude, (n, 1, 2))
        moved += size * np.sin(points @ direction + phase)
    return moved


def _affine(points: _Stroke, rng: np.random.Generator) -> _Stroke:
    """Slant, turn, stretch and place points [n, p, 2] on the bitmap."""
    n = len(points)
    slant, turn = rng.normal(0.08, 0.17, n), rng.normal(0, 0.08, n)
    size = np.clip(rng.normal(48, 10, n), 26, 72)
    stretch = np.exp(rng.normal(-0.1, 0.15, n))
    cos, sin = np.cos(turn), np.sin(turn)
    lean = np.stack([np.stack([stretch, -slant], -1), np.stack([np.zeros(n), np.ones(n)], -1)], 1)
    rotation = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], 1)
    matrix = (rotation @ lean) * size[:, None, None]
    return points @ matrix.transpose(0, 2, 1) + SD19_SIDE / 2


def _inked(path: _Stroke, stroke: NDArray[np.int64], pen: float) -> NDArray[np.bool_]:
    """Draw a path [p, 2] with a round pen of this width in pixels."""
    step = np.diff(path, axis=0)
    step[np.diff(stroke) != 0] = 0
    # Touches of the pen one pixel apart at most leave no gap.
    part = np.linspace(0, 1, int(np.abs(step).max()) + 1, endpoint=False)
    touches = (path[:-1, None] + step[:, None] * part[:, None]).reshape(-1, 2)
    touches = np.rint(np.clip(touches, _WIDEST, SD19_SIDE - 1 - _WIDEST)).astype(np.intp)
    ink = np.zeros(SD19_SIDE * SD19_SIDE, bool)
    ink[(touches @ (1, SD19_SIDE))[:, None] + _nib(int(pen))] = True
    return ink.reshape(SD19_SIDE, SD19_SIDE)


@remembered
def _nib(width: int) -> NDArray[np.intp]:
    """Return the places that a round pen inks, relative to its centre, in a flattened bitmap."""
    y, x = np.mgrid[-width : width + 1, -width : width + 1]
    inside = 4 * (x**2 + y**2) <= width**2
    return x[inside] + SD19_SIDE * y[inside]
