"""Figures of images and classes.

Figures are made without pyplot, so that a notebook shows each only once: where a cell returns it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from emnist_utils.report.style import CHARACTERS, COLOURS, WIDTH

#: Sheets of images are drawn finely enough to show each of the 28x28 pixels.
_DPI = 130

#: Width of an image with the line to its right, in pixels, and the line's grey level.
_TILE, _LINE = 29, 45

#: Images in a row of look-alikes, shared among its characters.
_LOOK_ALIKES_A_ROW = 24

#: Above this share in per cent white is easier to read on its blue than black.
_DARK = 65

_TESTS = {"digits": str.isdigit, "upper case": str.isupper, "lower case": str.islower}
_KINDS = {"digits": COLOURS[0], "upper case": COLOURS[1], "lower case": COLOURS[2]}

#: A ring and a dot, so that equal values stay visible.
_MARKERS: tuple[dict[str, Any], ...] = (
    {"marker": "o", "markersize": 11, "fillstyle": "none", "markeredgewidth": 2},
    {"marker": "o", "markersize": 5},
)


def sample_sheet(
    images: NDArray[np.uint8], labels: NDArray[np.integer], classes: Sequence[str], rows: int = 8
) -> Figure:
    """Draw the first images of each class, one band of the figure for digits, upper and lower case each.

    Parameters
    ----------
    images : uint8 [n, 28, 28]
        Upright.
    labels : int [n]
        0..C-1.
    classes : sequence of str, length C
        Character of each class.
    rows : int
        Images below one another; a class of a band with few classes has several columns.
    """
    bands = [band for band in _by_kind(classes).values() if band]
    width = max(len(band) for band in bands)
    figure = Figure((WIDTH, len(bands) * (rows * WIDTH / width + 0.3)), dpi=_DPI)
    axes = figure.subplots(len(bands), squeeze=False)
    for axis, band in zip(axes.flat, bands, strict=True):
        columns = width // len(band)
        blocks = [_block(images[np.flatnonzero(labels == label)[: rows * columns]], rows, columns) for label in band]
        _draw_blocks(axis, blocks, [classes[label] for label in band], width)
    return figure


def look_alike_sheet(
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    classes: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> Figure:
    """Draw the first images of classes that look alike side by side.

    Parameters
    ----------
    images : uint8 [n, 28, 28]
        Upright.
    labels : int [n]
        0..C-1.
    classes : sequence of str, length C
        Character of each class.
    rows : sequence of sequences of str
        The characters of each row.

    Raises
    ------
    ValueError
        If a character is not one of the classes.
    """
    unknown = sorted({character for row in rows for character in row} - set(classes))
    if unknown:
        raise ValueError(f"{', '.join(unknown)} cannot be shown: the classes are {' '.join(classes)}")
    figure = Figure((WIDTH, len(rows) * (WIDTH / _LOOK_ALIKES_A_ROW + 0.25)), dpi=_DPI)
    axes = figure.subplots(len(rows), squeeze=False)
    for axis, row in zip(axes.flat, rows, strict=True):
        each = _LOOK_ALIKES_A_ROW // len(row)
        chosen = [np.flatnonzero(labels == list(classes).index(character))[:each] for character in row]
        _draw_blocks(axis, [_block(images[indices], 1, each) for indices in chosen], row, _LOOK_ALIKES_A_ROW)
    return figure


def mean_image_sheet(means: NDArray[np.floating], classes: Sequence[str]) -> Figure:
    """Draw the mean image of each class.

    Parameters
    ----------
    means : float [C, 28, 28]
        As `data.pixels.class_means` returns them, 0..255.
    classes : sequence of str, length C
        Character of each class.
    """
    width = min(13, len(classes))
    starts = range(0, len(classes), width)
    figure = Figure((WIDTH, len(starts) * (WIDTH / width + 0.25)), dpi=_DPI)
    axes = figure.subplots(len(starts), squeeze=False)
    for axis, start in zip(axes.flat, starts, strict=True):
        blocks = [_block(mean[None], 1, 1) for mean in means[start : start + width]]
        _draw_blocks(axis, blocks, classes[start : start + width], width)
    return figure


def class_bars(values: Sequence[float] | NDArray[np.generic], classes: Sequence[str], title: str) -> Figure:
    """Draw one bar a class, the highest first, coloured by kind of character.

    Parameters
    ----------
    values : sequence of float, length C
    classes : sequence of str, length C
        Character of each class.
    title : str
        What the bars measure, with its unit.
    """
    kinds = _by_kind(classes)
    colours = {label: _KINDS[kind] for kind, members in kinds.items() for label in members}
    order = np.argsort(-np.asarray(values, float), kind="stable")
    figure = Figure((WIDTH, 0.45 * WIDTH))
    axis = figure.subplots()
    axis.bar(range(len(order)), np.asarray(values)[order], color=[colours[label] for label in order], width=0.8)
    axis.set_xticks(range(len(order)), [classes[label] for label in order], family=CHARACTERS, fontsize=10)
    axis.set(ylabel=title, xlabel="class", xlim=(-0.8, len(order) - 0.2))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axis.grid(visible=False, axis="x")
    axis.legend(handles=[Patch(color=_KINDS[kind], label=kind) for kind, members in kinds.items() if members])
    return figure


def losses_by_group(points: pd.DataFrame) -> Figure:
    """Draw a row for each group of classes, the costliest on top, with a ring and a dot.

    Parameters
    ----------
    points : pandas.DataFrame
        A row for each group, named by its index; two columns, one for each source of counts. Values in points of
        accuracy.
    """
    points = points.sort_values(points.columns[0])
    figure = Figure((WIDTH, 0.26 * len(points) + 0.9))
    axis = figure.subplots()
    for column, colour, look in zip(points.columns, COLOURS[:2], _MARKERS, strict=True):
        axis.plot(points[column], range(len(points)), color=colour, label=column, ls="", **look)
    axis.set_yticks(range(len(points)), [str(group) for group in points.index], family=CHARACTERS, fontsize=10)
    axis.set(xlabel="accuracy lost (points)", xlim=(0, None))
    axis.legend(loc="lower right")
    return figure


def characters_by_value(values: Mapping[str, float], groups: Sequence[Sequence[str]], title: str) -> Figure:
    """Draw a row for each group of classes, in which each character stands at its value.

    Parameters
    ----------
    values : mapping
        From each character to its value.
    groups : sequence of sequences of str
        The characters of each row, from the top.
    title : str
        What the values measure, with its unit.
    """
    figure = Figure((WIDTH, 0.26 * len(groups) + 0.9))
    axis = figure.subplots()
    colours = {character: _KINDS[kind] for kind, test in _TESTS.items() for character in values if test(character)}
    for row, group in enumerate(groups):
        places = [values[character] for character in group]
        axis.plot([min(places), max(places)], [row, row], color="0.8", zorder=1)
        axis.plot(places, [row] * len(places), ls="", marker="o", markersize=15, color="white", zorder=2)
        for character in group:
            axis.text(
                values[character], row, character, color=colours[character], family=CHARACTERS, fontsize=13,
                fontweight="bold", ha="center", va="center_baseline",
            )  # fmt: skip
    axis.set(xlabel=title, yticks=[], ylim=(len(groups) - 0.4, -0.6))
    axis.legend(handles=[Patch(color=colour, label=kind) for kind, colour in _KINDS.items()])
    return figure


def overlap_matrices(shares: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw matrices of shares side by side.

    Parameters
    ----------
    shares : mapping
        For each title a matrix in per cent: test sets as rows, training sets as columns.
    """
    figure = Figure((WIDTH, WIDTH / len(shares) + 0.6))
    axes = figure.subplots(1, len(shares), squeeze=False, sharey=True)
    for axis, (title, share) in zip(axes.flat, shares.items(), strict=True):
        sns.heatmap(
            share, ax=axis, vmin=0, vmax=100, cmap="Blues", annot=True, fmt=".1f", annot_kws={"fontsize": 9},
            square=True, linewidths=0.5, cbar=False,
        )  # fmt: skip
        for text in axis.texts:
            text.set_color("white" if float(text.get_text()) > _DARK else "0.15")
        axis.set(title=title, xlabel="training images of", ylabel="")
        axis.tick_params(labelsize=10)
        axis.tick_params(axis="x", rotation=45)
        axis.tick_params(axis="y", rotation=0)
    axes[0, 0].set_ylabel("test images of")
    return figure


def _by_kind(classes: Sequence[str]) -> dict[str, list[int]]:
    """Return the labels of the digits, the upper-case and the lower-case characters."""
    return {
        kind: [label for label, character in enumerate(classes) if test(character)] for kind, test in _TESTS.items()
    }


def _block(images: NDArray[np.generic], rows: int, columns: int) -> NDArray[np.float64]:
    """Lay images ``[n, 28, 28]`` out row by row, each with a line to its right and below; the rest stays empty."""
    tiles = np.full((rows * columns, _TILE, _TILE), float(_LINE))
    tiles[:, :-1, :-1] = 0
    tiles[: len(images), :-1, :-1] = images
    return tiles.reshape(rows, columns, _TILE, _TILE).swapaxes(1, 2).reshape(rows * _TILE, columns * _TILE)


def _draw_blocks(axis: Axes, blocks: Sequence[NDArray[np.float64]], names: Sequence[str], width: int) -> None:
    """Draw blocks side by side, each with its name above; `width` is how many images the axis has room for."""
    side = blocks[0].shape[1]
    if side > _TILE:
        for block in blocks:
            block[:, -1] = 255
    axis.imshow(np.concatenate(blocks, axis=1)[:-1, :-1], cmap="gray_r", vmin=0, vmax=255, aspect="equal")
    axis.set(xlim=(-0.5, width * _TILE - 1.5), yticks=[])
    axis.set_xticks([side * (index + 0.5) - 1 for index in range(len(blocks))], names, family=CHARACTERS, fontsize=11)
    axis.tick_params(axis="x", length=0, labeltop=True, labelbottom=False, pad=1)
    axis.grid(visible=False)
    for spine in axis.spines.values():
        spine.set_visible(False)
