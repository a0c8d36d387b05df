"""Curves of activations, losses, learning rates and optimizers, drawn from the code that trains."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg

from emnist_utils.models.activations import ACTIVATIONS
from emnist_utils.report import function_figures
from emnist_utils.training.optimizers import OPTIMIZERS
from emnist_utils.training.recipe import Recipe
from emnist_utils.training.record import Curves, DataUsed, Record

pytestmark = pytest.mark.backend


def at(axis: Axes, line: int, x: float) -> float:
    """Read a curve at a place."""
    xs, ys = (np.asarray(values, float) for values in axis.lines[line].get_data())
    return float(np.interp(x, xs, ys))


def record(rates: list[float], **changes: Any) -> Record:
    """Return what the course of the learning rate needs of a record: recipe, images, noted rates."""
    fields = {
        "dataset": "digits", "model": "lenet5", "activation": "relu", "optimizer": "adam", "learning_rate": 0.01,
        "schedule": "cosine", "batch": 10, "epochs": len(rates), "train_size": 95, "validation_size": None,
        "test_size": None, "seed": 0,
    }  # fmt: skip
    return Record.model_construct(
        recipe=Recipe.create(**(fields | changes)),
        data=DataUsed.model_construct(train=95),
        curves=Curves.model_construct(learning_rate=rates),
    )


def test_each_activation_has_its_curve_and_its_derivative() -> None:
    """All activations of the study are drawn, and no panel is left over."""
    figure = function_figures.activation_curves()
    FigureCanvasAgg(figure).draw()
    assert [axis.get_title() for axis in figure.axes] == list(ACTIVATIONS)
    assert {len(axis.lines) for axis in figure.axes} == {2}
    assert function_figures.activation_curves(["relu"], called={"relu": "ReLU"}).axes[0].get_title() == "ReLU"
    assert len(function_figures.activation_curves(["gelu", "relu", "elu", "selu", "tanh", "swish"]).axes) == 6


@pytest.mark.parametrize(
    ("name", "x", "value", "slope"),
    [
        ("relu", -1, 0, 0),
        ("relu", 2, 2, 1),
        ("leaky-relu", -1, -0.2, 0.2),
        ("elu", -1, math.exp(-1) - 1, math.exp(-1)),
        ("selu", 1, 1.0507, 1.0507),
        ("sigmoid", 0, 0.5, 0.25),
        ("tanh", 1, math.tanh(1), 1 - math.tanh(1) ** 2),
        ("softsign", 1, 0.5, 0.25),
        ("swish", 1, 0.7311, 0.9277),
        ("gelu", 1, 0.8413, 1.0833),
        ("softmax", 0, 1 / 64, 63 / 64**2),
    ],
)
def test_activations_have_their_known_values(name: str, x: float, value: float, slope: float) -> None:
    """The curves are those functions: GELU is the exact one, softmax acts over 64 channels."""
    axis = function_figures.activation_curves([name]).axes[0]
    assert at(axis, 0, x) == pytest.approx(value, abs=2e-3)
    assert at(axis, 1, x) == pytest.approx(slope, abs=2e-3)


@pytest.mark.parametrize(
    ("names", "channels", "message"),
    [(["relu", "mish"], 64, "mish.*expected one or more of relu"), ([], 64, "expected one"), (["softmax"], 1, "is 1;")],
)
def test_unknown_activations_and_too_few_channels_are_refused(names: list[str], channels: int, message: str) -> None:
    """A typing error is answered with the names that there are."""
    with pytest.raises(ValueError, match=message):
        function_figures.activation_curves(names, channels)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_focal_loss_has_its_known_values(p: float) -> None:
    """Gamma 0 is -log p with the gradient 1 - p; gamma 2 is Lin's formula and its derivative."""
    linear, log, gradient = function_figures.loss_curves([0, 2]).axes
    for line, gamma in enumerate((0, 2)):
        focal = -((1 - p) ** gamma) * math.log(p)
        assert at(linear, line, p) == at(log, line, p) == pytest.approx(focal, abs=2e-3)
        slope = (1 - p) ** gamma * (1 - p - gamma * p * math.log(p))
        assert at(gradient, line, p) == pytest.approx(slope, abs=2e-3)


@pytest.mark.parametrize("gammas", [[], [-1, 2], [0, 1, 2, 3, 4, 5, 6]])
def test_gammas_out_of_range_are_refused(gammas: list[float]) -> None:
    """No curve of a loss that nobody trains with, and none without a colour of its own."""
    with pytest.raises(ValueError, match="1 to 6 values of 0 or more"):
        function_figures.loss_curves(gammas)


def test_the_cosine_cycle_is_drawn_by_step() -> None:
    """It rises over a fifth of all steps, the last short batch counted, and ends at zero; dots are what was noted."""
    run = record([0.01, 0.0085, 0.005, 0.0015, 0.0])
    axis = function_figures.schedule_curve({"a": [run, run], "b": [run]}).axes[0]
    course, dots = axis.lines
    assert course.get_label() == "a, b"
    assert at(axis, 0, 0.5) == pytest.approx(0.005, rel=1e-3)
    assert at(axis, 0, 1) == pytest.approx(0.01, rel=1e-3)
    assert at(axis, 0, 2) == pytest.approx(0.01 * (1 + math.cos(math.pi / 4)) / 2, rel=1e-3)
    assert at(axis, 0, 5) == pytest.approx(0, abs=1e-8)
    assert list(dots.get_ydata()) == run.curves.learning_rate


def test_a_plateau_schedule_is_drawn_by_epoch() -> None:
    """A record notes the rate that the epoch was trained with: it holds until the epoch's end."""
    run = record([0.01, 0.01, 0.005], schedule="plateau", epochs=50)
    axis = function_figures.schedule_curve({"plateau": [run], "cosine": [record([0.01, 0.0])]}).axes[0]
    assert [at(axis, 0, epoch) for epoch in (0.5, 1.9, 2.1, 3)] == [0.01, 0.01, 0.005, 0.005]
    assert len(axis.lines) == 4
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["plateau", "cosine"]


def test_no_record_has_no_course() -> None:
    """An empty figure would look like a result."""
    with pytest.raises(ValueError, match="no record"):
        function_figures.schedule_curve({"a": []})


def test_optimizers_take_their_known_ways() -> None:
    """Gradient descent follows its formula, Adam's first step is the learning rate, and Nesterov's is its own way."""
    axes = dict(zip(OPTIMIZERS, function_figures.optimizer_paths({"sgd": "SGD"}).axes, strict=False))
    assert [axis.get_title().split("\n")[0] for axis in axes.values()] == ["SGD", *list(OPTIMIZERS)[1:]]
    paths = {}
    for name, axis in axes.items():
        larger, default = (np.column_stack(line.get_data()) for line in axis.lines[1:])
        paths[name] = default
        assert np.allclose(default[0], larger[0])
        assert np.abs(larger[1] - larger[0]).max() > np.abs(default[1] - default[0]).max()
    start, steps = paths["sgd"][0], np.arange(len(paths["sgd"]))[:, None]
    assert paths["sgd"] == pytest.approx(start * (1 - 0.01 * np.array([1.0, 12.0])) ** steps, abs=1e-5)
    assert np.abs(paths["adam"][1] - start) == pytest.approx(0.001, rel=1e-3)
    assert all(not np.allclose(paths[a], paths[b]) for a in paths for b in paths if a < b)
