"""Figures against the number of training images."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from emnist_utils.report.scaling import fit, point
from emnist_utils.report.size_figures import accuracy_by_size, curves_by_images_seen, fan
from emnist_utils.statistics import wilson
from emnist_utils.training.record import Curves, DataUsed, Record
from emnist_utils.training.record import TestScores as Scores


def record(images: int, right: int) -> Record:
    """Return what is read of a record here: trained on some images, right on some of 1,000 test images."""
    epochs = 8_000 // images
    curve = [(epoch + 1) / (epochs + 1) for epoch in range(epochs)]
    return Record.model_construct(
        data=DataUsed(kind="part", description="", fingerprint="", train=images, validation=1, test=1_000, rows=""),
        curves=Curves(
            loss=curve, accuracy=curve, val_loss=curve, val_accuracy=curve, learning_rate=curve, seconds=curve
        ),
        confusion=[[right, 1_000 - right], [0, 0]],
        test=Scores(loss=1.0, accuracy=right / 1_000, weighted_f1=0.5, macro_f1=0.5, balanced_accuracy=right / 1_000),
    )


@pytest.fixture
def runs() -> dict[str, list[Record]]:
    """Return one run for each of four numbers of images, with errors of 40, 30, 22 and 17 %."""
    sizes = {"1/8": (1_000, 600), "1/4": (2_000, 700), "1/2": (4_000, 780), "all": (8_000, 830)}
    return {label: [record(*pair)] for label, pair in sizes.items()}


def legend(figure: Figure) -> list[str]:
    """Return what the legend names; the figure must be drawn without an error."""
    figure.canvas.draw()
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_curves_of_all_sizes_end_together(runs: dict[str, list[Record]]) -> None:
    """Protects the comparison: against images seen, many epochs of few images take as long as few of many."""
    figure = curves_by_images_seen(runs)
    assert legend(figure) == [*runs, "validation", "training"]
    for axis in figure.axes:
        assert {line.get_xdata()[-1] for line in axis.lines} == {8_000}
    assert figure.axes[1].lines[0].get_ydata()[-1] == pytest.approx(100 * 8 / 9)


def test_accuracy_and_error_have_their_intervals(runs: dict[str, list[Record]]) -> None:
    """Protects the points: the error is the rest of the accuracy, with Wilson's interval of the test images."""
    figure = accuracy_by_size(runs)
    assert legend(figure) == ["training, last epoch", "validation, last epoch", "test"]
    left, right = figure.axes
    assert left.lines[-1].get_ydata() == pytest.approx([60, 70, 78, 83])
    assert right.lines[-1].get_ydata() == pytest.approx([40, 30, 22, 17])
    assert right.lines[0].get_ydata() == pytest.approx([100 * wilson(400, 1_000).low, 100 * wilson(400, 1_000).high])
    assert (left.get_xscale(), right.get_xscale(), right.get_yscale()) == ("log", "log", "log")


def test_the_fan_holds_both_laws_and_the_reference(runs: dict[str, list[Record]]) -> None:
    """Protects the extrapolation as it is seen: lines, bands and the reference are where they belong."""
    points = [point(group) for group in runs.values()]
    laws = {"no floor": fit(points), "floor": fit(points, 0.1)}
    figure = fan(runs, laws, 700_000, {"elsewhere": 0.12})
    assert legend(figure) == ["no floor", "floor", "measured here", "elsewhere"]
    (axis,) = figure.axes
    lines = {line.get_label(): line for line in axis.lines}
    for (name, law), band in zip(laws.items(), axis.collections, strict=True):
        end = law.at(700_000)
        assert lines[name].get_xdata()[-1] == pytest.approx(700_000)
        assert lines[name].get_ydata()[-1] == pytest.approx(100 * end.value)
        heights = band.get_paths()[0].vertices
        at_end = heights[heights[:, 0] == heights[:, 0].max(), 1]
        assert (at_end.min(), at_end.max()) == pytest.approx((100 * end.low, 100 * end.high))
    assert lines["elsewhere"].get_xydata().tolist() == [[700_000, 12]]
