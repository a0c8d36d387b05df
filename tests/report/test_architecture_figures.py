"""Diagrams of networks, drawn from the built models."""

from __future__ import annotations

import re

import keras
import pytest
from keras import layers
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch

from emnist_utils.models import MODELS, build
from emnist_utils.report.architecture_figures import diagram
from emnist_utils.report.style import WIDTH


def texts(figure: Figure) -> list[str]:
    """Return all that is written in a figure, each text in one line; the figure must be drawn without an error."""
    FigureCanvasAgg(figure).draw()
    return [" ".join(text.get_text().split()) for text in figure.axes[0].texts]


def named(figure: Figure, pattern: str) -> list[str]:
    """Return the parts of the texts that match, in the order of drawing."""
    return [found for text in texts(figure) for found in re.findall(pattern, text)]


def skips(figure: Figure) -> int:
    """Count the lines over the boxes."""
    return sum(type(patch) is PathPatch for patch in figure.axes[0].patches)


def chain(*steps: layers.Layer) -> keras.Model:
    """Build a network of layers one behind the other."""
    inputs = x = keras.Input((8, 8, 4))
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x)


@pytest.mark.parametrize("name", MODELS)
def test_every_network_of_the_study_is_drawn_as_wide_as_the_page(name: str) -> None:
    """A network that is added to the registry can be shown, with every layer within the figure."""
    sizes = {"blocks": 2} if "blocks" in MODELS[name].sizes else {}
    figure = diagram(build(name, 62, **sizes))
    assert figure.get_figwidth() == WIDTH
    assert "dense, 62" in texts(figure)
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1, text
        assert figure.bbox.y0 <= box.y0 <= box.y1 <= figure.bbox.y1, text


def test_the_diagram_of_the_residual_cnn_names_every_convolution() -> None:
    """The boxes are the model's own layers: filters, kernels, the shortcut's 1x1 convolution and both sums."""
    model = build("residual-cnn", 62, width=0.25)
    expected = [
        f"{layer.kernel_size[0]}x{layer.kernel_size[1]} conv, {layer.filters}"
        for layer in model.layers
        if isinstance(layer, layers.Conv2D)
    ]
    figure = diagram(model)
    assert sorted(named(figure, r"\dx\d conv, \d+")) == sorted(expected)
    assert len(expected) == 6
    assert sum(isinstance(patch, Circle) for patch in figure.axes[0].patches) == 2
    assert skips(figure) == 2


def test_shapes_are_those_of_the_layers() -> None:
    """Under the boxes of LeNet-5 stand the shapes that its layers have, each where it is new."""
    found = named(diagram(build("lenet5", 62)), r"^(\d+(?:x\d+x\d+)?)$")
    assert found == ["28x28x1", "28x28x6", "14x14x6", "10x10x16", "5x5x16", "400", "120", "84", "62"]


def test_activations_have_the_names_of_recipes_and_stand_behind_what_they_follow() -> None:
    """Keras' silu is the study's swish, and a convolution is one box with its normalisation and activation."""
    assert "3x3 conv, 64 batch norm, swish" in texts(diagram(build("cnn", 10, activation="swish")))


def test_borders_go_with_the_image_or_the_layer_that_they_are_for() -> None:
    """A border has no box of its own, and the shape under the image is the one with its border."""
    steps = [layers.ZeroPadding2D(2), layers.Conv2D(3, 1), layers.ZeroPadding2D(1), layers.Conv2D(5, 3, strides=2)]
    _, image, *rest = texts(diagram(chain(*steps)))
    assert image.endswith("border of 2")
    assert rest == ["12x12x4", "1x1 conv, 3", "12x12x3", "3x3 conv, 5, stride 2", "6x6x5"]


def test_a_block_that_repeats_is_drawn_once() -> None:
    """Four blocks of the residual CNN are two drawings, the second one for three."""
    figure = diagram(build("residual-cnn", 62, blocks=4, width=0.25))
    assert named(figure, r"^x \d+$") == ["x 3"]
    assert skips(figure) == 2


def test_what_differs_in_a_repeated_block_is_said() -> None:
    """Of three residual blocks the drawn one is a plain one; another's stride and shortcut are told below."""
    inputs = x = keras.Input((8, 8, 4))
    for stride in (2, 1, 1):
        shortcut = layers.Conv2D(8, 1, strides=stride)(x) if stride > 1 else x
        x = layers.Add()([layers.Conv2D(8, 3, strides=stride, padding="same")(x), shortcut])
    found = texts(diagram(keras.Model(inputs, x)))
    assert "x 3" in found
    assert "3x3 conv, 8" in found
    assert " ".join(found).count("block 1: stride 2 in 3x3 conv, 8; skip via 1x1 conv, 8, stride 2") == 1


def test_a_long_network_takes_rows_and_loses_nothing() -> None:
    """Twenty different convolutions are twenty boxes, all within the page."""
    figure = diagram(chain(*[layers.Conv2D(filters, 3, padding="same") for filters in range(1, 21)]))
    assert named(figure, r"3x3 conv, (\d+)") == [str(filters) for filters in range(1, 21)]
    assert len({round(text.get_position()[1], 3) for text in figure.axes[0].texts if "conv" in text.get_text()}) == 2


def test_a_skip_around_a_skip_is_drawn_above_it() -> None:
    """Nested skips keep apart."""
    inputs = x = keras.Input((8, 8, 4))
    x = layers.Add()([layers.Conv2D(4, 1)(layers.Conv2D(4, 3, padding="same")(x)), x])
    figure = diagram(keras.Model(inputs, layers.Add()([layers.Conv2D(4, 1)(x), inputs])))
    heights = [p.get_path().vertices[:, 1].max() for p in figure.axes[0].patches if type(p) is PathPatch]
    assert len(set(heights)) == 2


def test_what_cannot_be_drawn_is_refused_with_the_reason() -> None:
    """No diagram leaves out a part of its network."""
    twice = layers.Conv2D(4, 1)
    inputs = keras.Input((8, 8, 4))
    branch = layers.Conv2D(4, 1)(inputs)
    wide = layers.Concatenate()([layers.Conv2D(4, 1)(branch), layers.Conv2D(4, 1)(branch)])
    long = layers.Conv2D(8, 1)(layers.Conv2D(4, 1)(layers.Conv2D(4, 1)(layers.Conv2D(4, 1)(inputs))))
    for model, reason in (
        (keras.Sequential([layers.Dense(3)]), "expected a functional"),
        (keras.Model(inputs, [branch, wide]), "one output"),
        (chain(chain(layers.Conv2D(4, 1))), "model in a model"),
        (chain(twice, twice), "more than once"),
        (chain(twice, layers.Flatten()), "more than once"),
        (keras.Model(inputs, layers.Add()([long, wide])), "branches again"),
    ):
        with pytest.raises(ValueError, match=reason):
            diagram(model)
