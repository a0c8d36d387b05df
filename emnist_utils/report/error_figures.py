"""Figures of what a network gets wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from emnist_utils.report.errors import alike
from emnist_utils.report.style import CHARACTERS, COLOURS, WIDTH

#: Per cent of a class's images: what is below the first is as pale as it.
_LEAST, _MOST = 0.1, 100

#: Edge of an image on the sheet of mistakes with the space around it, and the height of its two lines of text, in
#: pixels of the images.
_TILE, _TEXT = 34, 26


def confusion_heatmap(confusion: pd.DataFrame) -> Figure:
    """Draw a confusion matrix as large as the page, the classes as ticks, with cells of look-alikes framed.

    Colour is the share of the true class's images, on a logarithmic scale; what never occurred is white.

    Parameters
    ----------
    confusion : pandas.DataFrame, shape ``[C, C]``
        Counts: true classes as rows, answers as columns.
    """
    figure = Figure((WIDTH, 1.1 * WIDTH))
    axis = figure.subplots()
    image = _draw(axis, confusion)
    framed = [
        (column, row)
        for row, true in enumerate(confusion.index)
        for column, answer in enumerate(confusion.columns)
        if alike(str(true), str(answer))
    ]
    columns, rows = zip(*framed, strict=True)
    axis.scatter(columns, rows, s=52, marker="s", facecolor="none", edgecolor=COLOURS[1], lw=0.7)
    _name_classes(axis, confusion, 7)
    axis.tick_params(labeltop=True, pad=1)
    axis.set(xlabel="answered", ylabel="true class")
    _colour_bar(figure, image, axis)
    return figure


def confusion_parts(digits: pd.DataFrame, letters: pd.DataFrame) -> Figure:
    """Draw two smaller confusion matrices side by side, the first with its numbers in per cent of each row.

    Parameters
    ----------
    digits, letters : pandas.DataFrame
        Counts as `emnist_utils.report.errors.digits_only` and ``letters_only`` return them.
    """
    figure = Figure((WIDTH, 0.62 * WIDTH))
    axes = figure.subplots(1, 2)
    for axis, matrix, size in zip(axes, (digits, letters), (10, 8), strict=True):
        image = _draw(axis, matrix)
        _name_classes(axis, matrix, size)
        axis.set(xlabel="answered", ylabel="true class")
        axis.set_xticklabels([name if len(name) == 1 else "other" for name in matrix.columns])
        axis.get_xticklabels()[-1].set(rotation=90, family="sans-serif", fontsize=8)
    for (row, column), share in np.ndenumerate(_shares(digits).to_numpy()):
        if share >= 0.05:
            colour = "white" if share > 10 else "0.15"
            axes[0].text(column, row, f"{share:.1f}", ha="center", va="center", fontsize=7, color=colour)
    axes[0].set_title("digits")
    axes[1].set_title("letters, both cases as one")
    _colour_bar(figure, image, axes)
    return figure


def confusion_grid(matrices: Mapping[tuple[str, str], pd.DataFrame]) -> Figure:
    """Draw small confusion matrices: a row for each set that was trained on, a column for each that was tested on.

    Parameters
    ----------
    matrices : mapping
        Counts for each pair (trained on, tested on), true classes as rows and answers as columns.
    """
    trained, tested = (list(dict.fromkeys(pair[side] for pair in matrices)) for side in (0, 1))
    figure = Figure((WIDTH, 0.34 * WIDTH * len(trained) + 0.8))
    axes = figure.subplots(len(trained), len(tested), squeeze=False)
    for (on, by), matrix in matrices.items():
        axis = axes[trained.index(on), tested.index(by)]
        image = _draw(axis, matrix)
        axis.set(xticks=[], yticks=[])
        axis.set_title(f"{on}, tested on {by}" if on != by else f"{on}", fontsize=10)
    for axis in axes[-1]:
        axis.set_xlabel("answered", fontsize=10)
    for axis in axes[:, 0]:
        axis.set_ylabel("true class", fontsize=10)
    _colour_bar(figure, image, axes)
    return figure


def case_dots(cases: pd.DataFrame) -> Figure:
    """Draw for each letter how often each of its cases was recognised where the letter was.

    Parameters
    ----------
    cases : pandas.DataFrame
        As `emnist_utils.report.errors.cases` returns it.
    """
    figure = Figure((WIDTH, 0.4 * WIDTH))
    axis = figure.subplots()
    places = np.arange(len(cases))
    axis.vlines(places, 100 * cases["upper"], 100 * cases["lower"], color="0.8", lw=2, zorder=1)
    axis.plot(places, 100 * cases["upper"], "^", color=COLOURS[1], label="upper-case images")
    axis.plot(places, 100 * cases["lower"], "v", color=COLOURS[2], label="lower-case images")
    axis.plot(places, 100 * cases["right"], "o", mfc="none", mec="0.2", label="images of both cases together")
    axis.plot(places, 100 * cases["commoner"], "_", color="0.2", markersize=16, label="always the commoner case")
    names = [f"{letter}{letter.lower()}" for letter in cases.index]
    axis.set_xticks(places, names, family=CHARACTERS)
    axis.set(ylabel="given its own case (%)", ylim=(-3, 103), xlim=(-0.6, len(cases) - 0.4))
    axis.grid(visible=False, axis="x")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def mistakes_sheet(
    images: NDArray[np.uint8],
    true: Sequence[str],
    answered: Sequence[str],
    confidence: NDArray[np.floating],
    columns: int = 10,
) -> Figure:
    """Draw images with their true class, the answer, and its confidence below each.

    Parameters
    ----------
    images : uint8 [n, 28, 28], n > 0
        Upright.
    true, answered : sequence of str, length n
        Characters.
    confidence : float [n]
        Probability of the answer, 0..1.
    columns : int
        Images in a row.
    """
    rows = -(-len(images) // columns)
    sheet = np.zeros((rows * (_TILE + _TEXT), columns * _TILE), np.uint8)
    figure = Figure((WIDTH, WIDTH * sheet.shape[0] / sheet.shape[1]), dpi=130)
    axis = figure.subplots()
    for index, (image, one, other, sure) in enumerate(zip(images, true, answered, confidence, strict=True)):
        top, left = (_TILE + _TEXT) * (index // columns), _TILE * (index % columns)
        sheet[top + 3 : top + 31, left + 3 : left + 31] = image
        middle = left + _TILE / 2
        axis.text(middle, top + _TILE, f"{one} → {other}", ha="center", va="top", family=CHARACTERS, fontsize=11)
        axis.text(middle, top + _TILE + 12, f"{100 * sure:.1f} %", ha="center", va="top", fontsize=8, color="0.35")
    axis.imshow(sheet, cmap="gray_r", vmin=0, vmax=255)
    axis.set_axis_off()
    return figure


def _shares(confusion: pd.DataFrame) -> pd.DataFrame:
    """Return per cent of each row's images; rows without images are not a number."""
    return 100 * confusion.div(confusion.sum(axis=1).replace(0, np.nan), axis=0)


def _draw(axis: Axes, confusion: pd.DataFrame) -> AxesImage:
    """Draw a matrix with lines where digits, upper and lower case meet."""
    shares = _shares(confusion)
    image = axis.imshow(shares.where(shares > 0), cmap="Blues", norm=LogNorm(_LEAST, _MOST, clip=True), aspect="equal")
    axis.grid(visible=False)
    for names, draw in ((confusion.index, axis.axhline), (confusion.columns, axis.axvline)):
        kinds = [_kind(str(name)) for name in names]
        for place in range(1, len(kinds)):
            if kinds[place] != kinds[place - 1]:
                draw(place - 0.5, color="0.6", lw=0.6)
    return image


def _kind(name: str) -> str:
    if len(name) > 1:
        return "other"
    return "digit" if name.isdigit() else "upper" if name.isupper() else "lower"


def _name_classes(axis: Axes, confusion: pd.DataFrame, size: float) -> None:
    axis.set_xticks(range(len(confusion.columns)), [str(name) for name in confusion.columns])
    axis.set_yticks(range(len(confusion.index)), [str(name) for name in confusion.index])
    axis.tick_params(length=0, pad=2, labelsize=size, labelfontfamily=CHARACTERS)


def _colour_bar(figure: Figure, image: AxesImage, axes: Axes | NDArray[np.object_]) -> None:
    bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.5, aspect=40, pad=0.02)
    bar.set_ticks([0.1, 1, 10, 100], labels=["≤ 0.1", "1", "10", "100"])
    bar.set_label("% of the true class's images", fontsize=10)
    bar.ax.tick_params(labelsize=9)
    bar.outline.set_visible(False)
