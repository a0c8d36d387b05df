"""What is chosen on validation, and the figures of learning rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from matplotlib.figure import Figure

from emnist_utils import reported
from emnist_utils.report.rate_figures import accuracy_by_rate, default_and_tuned, two_passes
from emnist_utils.report.selection import best_on_validation, validation_accuracy
from emnist_utils.statistics import wilson
from emnist_utils.training.record import Record


@pytest.fixture
def run(make: Any) -> Any:
    """Return a function that makes one record of a rate with its accuracy on validation at the kept epoch."""

    def one(rate: float, validation: float, correct: int = 3, seed: int = 0) -> Record:
        record = make(learning_rate=rate, correct=correct, seed=seed)[0]
        curves = record.curves.model_copy(update={"val_accuracy": [0.99, validation]})
        return record.model_copy(update={"curves": curves})

    return one


@pytest.fixture
def ladders(run: Any) -> dict[str, dict[str, list[Record]]]:
    """Return two optimizers with rates of their own, the second better on test than on validation."""
    return {
        "one": {"one, 1e-3": [run(1e-3, 0.5)], "one, 1e-2": [run(1e-2, 0.75)]},
        "two": {"two, 1e-2": [run(1e-2, 0.5, 2)], "two, 1e-1": [run(1e-1, 0.25, 4)]},
    }


def drawn(figure: Figure, index: int, marker: str) -> list[tuple[Sequence[float], Sequence[float]]]:
    """Return what the lines of one panel of a figure show, those with the given marker."""
    return [
        (list(line.get_xdata()), list(line.get_ydata()))
        for line in figure.axes[index].lines
        if line.get_marker() == marker
    ]


def test_choice_is_by_validation_at_the_kept_epoch(run: Any) -> None:
    """Protects the test images from choosing: neither test accuracy nor an epoch that was not kept counts."""
    assert validation_accuracy([run(1e-3, 0.5), run(1e-3, 0.25, seed=1)]) == pytest.approx(0.375)
    assert best_on_validation({"a": [run(1e-3, 0.5, 4)], "b": [run(1e-2, 0.6, 0)], "c": [run(1e-1, 0.6, 4)]}) == "b"


def test_each_optimizer_has_its_ladder_and_its_choice(ladders: Any) -> None:
    """Protects the figure: test accuracy with its interval, the choice on the validation line, the default marked."""
    figure = accuracy_by_rate(ladders, {"one": "one, 1e-3", "two": "two, 1e-2"})
    figure.draw_without_rendering()
    assert [axis.get_title() for axis in figure.axes[:2]] == ["one", "two"]
    assert drawn(figure, 0, "o") == [([1e-3, 1e-2], [75, 75])]
    assert drawn(figure, 1, "o") == [([1e-2, 1e-1], [50, 100])]
    assert drawn(figure, 0, "D") == [([1e-2], [75])]
    assert drawn(figure, 1, "D") == [([1e-2], [50])]
    bars = [line.get_ydata() for line in figure.axes[0].lines if list(line.get_xdata()) == [1e-3, 1e-3]]
    ends = [100 * wilson(3, 4).low, 100 * wilson(3, 4).high]
    assert any(list(bar) == pytest.approx(ends) for bar in bars)
    (default,) = [line for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    assert list(default.get_xdata()) == [1e-3, 1e-3]


def test_default_and_tuned_are_drawn_apart(ladders: Any) -> None:
    """Protects the curves: four lines a panel of loss and of accuracy, two where the default is the chosen rate."""
    one, two = ladders.values()
    figure = default_and_tuned(
        {"one": (one["one, 1e-3"], one["one, 1e-2"]), "two": (two["two, 1e-2"], two["two, 1e-2"])}
    )
    figure.draw_without_rendering()
    lines = {axis.get_title(): len(axis.lines) for axis in figure.axes if axis.get_title()}
    assert lines == {"one\n1e-3, 1e-2": 4, "two\n1e-2": 2}
    losses = [axis for axis in figure.axes if axis.get_title()]
    assert [list(line.get_ydata()) for line in losses[0].lines[:2]] == [[1.9, 0.7], [2.0, 1.1 / 3]]
    (shares,) = [axis for axis in figure.axes if len(axis.lines) == 2 and axis not in losses]
    assert list(shares.lines[0].get_ydata()) == [99, 50]


def test_two_passes_stand_beside_ours(run: Any) -> None:
    """Protects the figure: our rates in order, the second pass's alone on the right, all of the report's below."""
    first, second = reported.load("learning_rates_first"), reported.load("learning_rates_second")
    records = {"1e-2": [run(1e-2, 0.5)], "5e-4": [run(5e-4, 0.5, 2)], "1e-6": [run(1e-6, 0.5, 1)]}
    figure = two_passes(records | {"base": records["5e-4"]}, first, second)
    figure.draw_without_rendering()
    assert drawn(figure, 0, "o") == [([1e-6, 5e-4, 1e-2], [25, 50, 75])]
    assert drawn(figure, 1, "o") == [([5e-4], [50])]
    ((rates, shares),) = drawn(figure, 2, "s")
    assert list(rates) == sorted(first.index)
    assert list(shares) == pytest.approx(list(first["accuracy"].sort_index()), abs=1e-3)
    ((rates, shares),) = drawn(figure, 3, "o")
    assert list(rates) == sorted(second.index)
    assert list(shares) == pytest.approx(list(second["accuracy"].sort_index()), abs=1e-3)
    ((rates, shares),) = drawn(figure, 3, "s")
    assert dict(zip(rates, shares, strict=True)) == {1e-4: 88.32, 1e-3: 88.33}
