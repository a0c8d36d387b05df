"""Figures of what a network gets wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emnist_utils.data.specs import SPECS
from emnist_utils.report import error_figures, errors

CLASSES = SPECS["byclass"].classes


def confusion(classes: tuple[str, ...] = CLASSES) -> pd.DataFrame:
    """Return a matrix of 90 right answers a class, and ten for the class before it."""
    counts = 90 * np.eye(len(classes), dtype=int) + 10 * np.eye(len(classes), k=-1, dtype=int)
    return pd.DataFrame(counts, pd.Index(classes, name="true"), pd.Index(classes, name="answered"))


def test_heatmap_names_all_classes_and_frames_look_alikes() -> None:
    """Protects the reading of the matrix: answers on the x axis, frames on exactly the cells of look-alikes."""
    figure = error_figures.confusion_heatmap(confusion())
    axis = figure.axes[0]
    names = [label.get_text() for label in axis.get_xticklabels()]
    assert set(names) == set(CLASSES) and names[: len(CLASSES)] == list(CLASSES)
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("answered", "true class")
    framed = {(CLASSES[int(row)], CLASSES[int(column)]) for column, row in axis.collections[0].get_offsets()}
    assert framed == {(one, other) for one in CLASSES for other in CLASSES if errors.alike(one, other)}


def test_what_never_occurred_is_empty() -> None:
    """Protects white cells: a logarithmic scale has no zero, and shares are of the true class's images."""
    shares = error_figures.confusion_heatmap(confusion()).axes[0].images[0].get_array()
    assert np.ma.getmaskarray(np.ma.masked_invalid(shares))[0, 1]
    assert shares[1, 0] == 10


def test_parts_write_the_digits_shares() -> None:
    """Protects the numbers in the cells of digits, and the name of the column of other answers."""
    matrix = confusion()
    figure = error_figures.confusion_parts(errors.digits_only(matrix), errors.letters_only(matrix))
    digits, letters = figure.axes[:2]
    texts = {text.get_position(): text.get_text() for text in digits.texts}
    assert texts[0, 1] == "10.0" and texts[1, 1] == "90.0" and (5, 1) not in texts
    assert {axis.get_xticklabels()[-1].get_text() for axis in (digits, letters)} == {"other"}


def test_grid_places_each_pair() -> None:
    """Protects rows for the sets trained on and columns for those tested on."""
    small, large = confusion(SPECS["bymerge"].classes), confusion()
    pairs = {("ByClass", "ByClass"): large, ("ByClass", "Balanced"): small, ("Balanced", "ByClass"): small}
    figure = error_figures.confusion_grid(pairs | {("Balanced", "Balanced"): small})
    titles = [axis.get_title() for axis in figure.axes[:4]]
    assert titles == ["ByClass", "ByClass, tested on Balanced", "Balanced, tested on ByClass", "Balanced"]
    assert figure.axes[0].images[0].get_array().shape == (62, 62)


def test_case_dots_draw_both_cases() -> None:
    """Protects which mark is which case."""
    cases = pd.DataFrame({"upper": [0.9], "lower": [0.2], "right": [0.7], "commoner": [0.6]}, ["C"])
    axis = error_figures.case_dots(cases).axes[0]
    drawn = {line.get_label(): line.get_ydata()[0] for line in axis.lines}
    assert drawn == {
        "upper-case images": 90,
        "lower-case images": 20,
        "images of both cases together": 70,
        "always the commoner case": 60,
    }


def test_sheet_holds_every_image_with_its_text() -> None:
    """Protects a sheet whose last row is not full: each image is there once, with truth, answer and confidence."""
    images = np.full((3, 28, 28), [[[10]], [[20]], [[30]]], np.uint8)
    figure = error_figures.mistakes_sheet(images, "abc", "xyz", np.array([0.999, 0.5, 0.25]), columns=2)
    axis = figure.axes[0]
    sheet = axis.images[0].get_array()
    assert [(sheet == value).sum() for value in (10, 20, 30)] == [28 * 28] * 3
    texts = [text.get_text() for text in axis.texts]
    assert texts == ["a → x", "99.9 %", "b → y", "50.0 %", "c → z", "25.0 %"]
