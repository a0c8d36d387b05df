"""Figures and statistics of the data, and what follows from counts alone."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from emnist_utils import dependencies, paths
from emnist_utils.data import CASE_PAIRS, LOOK_ALIKES, SPECS, pixels
from emnist_utils.data.handwriting import convert_ink
from emnist_utils.report import counting, data_figures

BYCLASS = SPECS["byclass"]
HARDEST = LOOK_ALIKES[:2]
BESIDE = [pair for pair in CASE_PAIRS if not set(pair) & {character for group in HARDEST for character in group}]


def images_of(classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return three random images of each class but the last, which has one."""
    labels = np.append(np.repeat(np.arange(classes - 1), 3), classes - 1)
    return np.random.default_rng(0).integers(0, 256, (len(labels), 28, 28), np.uint8), labels


def ticks(figure: Figure) -> list[str]:
    """Return the labels along all x axes of a figure, which must be drawn without an error."""
    figure.canvas.draw()
    return [label.get_text() for axis in figure.axes for label in axis.get_xticklabels()]


@pytest.mark.parametrize("name", ["digits", "letters", "bymerge", "byclass"])
def test_sheets_name_every_class_once(name: str) -> None:
    """Sets of 10, 26, 47 and 62 classes fit on the sheets, and no class is left out or named twice."""
    classes = SPECS[name].classes
    images, labels = images_of(len(classes))
    means = pixels.class_means(images, labels, len(classes))
    assert sorted(ticks(data_figures.sample_sheet(images, labels, classes))) == sorted(classes)
    assert tuple(ticks(data_figures.mean_image_sheet(means, classes))) == classes
    rows = [classes[:3], classes[-2:]]
    assert ticks(data_figures.look_alike_sheet(images, labels, classes, rows)) == [*classes[:3], *classes[-2:]]


@pytest.mark.parametrize("name", ["digits", "letters", "bymerge", "byclass"])
def test_bars_stand_in_falling_order_over_their_class(name: str) -> None:
    """A bar stands over the name of its own class."""
    classes = SPECS[name].classes
    values = np.random.default_rng(1).permutation(len(classes)) + 1
    figure = data_figures.class_bars(values, classes, "images")
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == sorted(values.tolist(), reverse=True)
    assert ticks(figure) == [classes[values.tolist().index(height)] for height in heights]


def test_a_sample_sheet_shows_the_pixels_of_the_images() -> None:
    """The first image of a class stands upright at the top of its column."""
    classes = SPECS["letters"].classes
    images, labels = images_of(len(classes))
    (axis,) = data_figures.sample_sheet(images, labels, classes, rows=2).axes
    shown = np.asarray(axis.images[0].get_array())
    second = np.flatnonzero(labels == 1)
    assert (shown[:28, 29:57] == images[second[0]]).all()
    assert (shown[29:57, 29:57] == images[second[1]]).all()


def test_a_look_alike_that_is_no_class_is_refused() -> None:
    """A row of characters that the set does not have is an error that names them."""
    images, labels = images_of(10)
    with pytest.raises(ValueError, match="O, o cannot be shown"):
        data_figures.look_alike_sheet(images, labels, SPECS["digits"].classes, [("0", "O", "o")])


def test_losses_and_overlaps_are_drawn_as_given() -> None:
    """The costliest group stands on top; a matrix is written with its rows as test sets."""
    points = pd.DataFrame({"official": [1.0, 3.0], "here": [2.0, 1.0]}, index=["a", "b"])
    figure = data_figures.losses_by_group(points)
    figure.canvas.draw()
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["a", "b"]
    assert figure.axes[0].lines[0].get_xdata().tolist() == [1.0, 3.0]
    share = pd.DataFrame({"A": [0.0, 25.0], "B": [75.0, 0.0]}, index=["A", "B"])
    figure = data_figures.overlap_matrices({"here": share, "there": share})
    figure.canvas.draw()
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.0", "75.0", "25.0", "0.0"]
    assert [text.get_color() for text in figure.axes[0].texts] == ["0.15", "white", "0.15", "0.15"]


def test_no_figure_is_left_with_pyplot() -> None:
    """A notebook would show such a figure a second time."""
    images, labels = images_of(10)
    data_figures.sample_sheet(images, labels, SPECS["digits"].classes)
    assert plt.get_fignums() == []


def test_pixel_statistics_equal_those_of_the_array(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting chunk by chunk gives what NumPy computes from all pixels at once."""
    monkeypatch.setattr(pixels, "_CHUNK", 7)
    images, _ = images_of(10)
    images[:5] = 0
    found = pixels.pixel_statistics(images)
    assert found.mean == pytest.approx((images / 255).mean())
    assert found.deviation == pytest.approx((images / 255).std())
    assert found.empty == pytest.approx((images == 0).mean())
    assert found.full == pytest.approx((images == 255).mean())


def test_class_means_are_of_the_class_alone() -> None:
    """Each class has its own mean; one without images has an empty one."""
    images, labels = images_of(4)
    means = pixels.class_means(images, labels, 5)
    assert means[1] == pytest.approx(images[labels == 1].mean(axis=0))
    assert not means[4].any()


def test_sharpness_is_one_over_the_pixels_that_an_edge_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step from paper to ink counts whole, one in four even parts a quarter; without an edge there is none."""
    monkeypatch.setattr(pixels, "_CHUNK", 2)
    images = np.zeros((3, 28, 28), np.uint8)
    images[0, :, 14:] = 255
    images[1, :, 14:] = 255
    images[1, :, 11:14] = [63.75, 127.5, 191.25]
    np.testing.assert_allclose(pixels.sharpness(images), [1, 1 / 4, 0], atol=1e-3)


def test_what_was_written_larger_is_sharper() -> None:
    """Protects what the book says of sharpness: by EMNIST's conversion a square twice the size has sharper edges."""
    bitmaps = np.zeros((2, 128, 128), bool)
    bitmaps[0, 40:65, 40:65] = bitmaps[1, 40:90, 40:90] = True
    small, large = pixels.sharpness(np.stack([convert_ink(bitmap) for bitmap in bitmaps]))
    assert large > 1.2 * small


def test_characters_stand_at_their_values_in_the_row_of_their_group() -> None:
    """Protects the figure of edges from a character in another's place."""
    values = {"0": 2.0, "O": 2.5, "o": 2.7, "C": 2.1, "c": 2.4}
    figure = data_figures.characters_by_value(values, [("0", "O", "o"), ("C", "c")], "width")
    figure.canvas.draw()
    found = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    assert found == {"0": (2.0, 0), "O": (2.5, 0), "o": (2.7, 0), "C": (2.1, 1), "c": (2.4, 1)}


def test_the_accuracy_by_frequency_alone_is_that_of_the_official_counts() -> None:
    """The book's figure of 87.35 %: 0 O o, 1 I i l and twelve case pairs merged, all else right."""
    found = counting.frequency_only_accuracy(BYCLASS.test_counts, BYCLASS.classes, [*HARDEST, *BESIDE])
    assert len(BESIDE) == 12
    assert round(100 * found, 2) == 87.35
    assert counting.frequency_only_error() == pytest.approx(1 - found)


def test_losses_leave_the_commonest_class_of_each_group() -> None:
    """Of a group all images but those of its commonest class are lost."""
    assert counting.losses([5, 3, 2, 7], ["0", "O", "o", "x"], [("0", "O", "o"), ("x",)]).tolist() == [5, 0]


@pytest.mark.parametrize(
    ("groups", "message"), [([("0", "O"), ("O", "o")], "in two groups: O"), ([("0", "?")], "not among the classes: ?")]
)
def test_groups_that_overlap_or_are_unknown_are_refused(groups: list[tuple[str, ...]], message: str) -> None:
    """A class in two groups would be counted twice."""
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        counting.losses([1, 1, 1], ["0", "O", "o"], groups)


def test_expected_overlaps_follow_from_the_sizes() -> None:
    """A random draw of six sevenths holds six sevenths of any other; sets without a shared character share nothing."""
    assert counting.expected_overlap(SPECS["bymerge"], BYCLASS) == pytest.approx(6 / 7, abs=1e-4)
    assert counting.expected_overlap(BYCLASS, SPECS["balanced"]) == pytest.approx(112_800 / 814_255, abs=1e-3)
    assert counting.expected_overlap(SPECS["letters"], SPECS["digits"]) == 0
    assert counting.expected_overlap(BYCLASS, BYCLASS) == 0


def test_the_chapter_on_data_depends_on_no_code_that_trains() -> None:
    """A change of networks, training or studies leaves the page on the data as it is."""
    found = dependencies.library(paths.root() / "chapters" / "01-dataset-analysis.py")
    trains = ("models", "training", "studies", "runner", "results")
    assert "emnist_utils.data.specs" in found
    assert [name for name in found if name.split(".")[1:2] and name.split(".")[1] in trains] == []
