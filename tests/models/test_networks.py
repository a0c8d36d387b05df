"""The networks: sizes, inputs, outputs, seeds."""

from __future__ import annotations

import importlib
import inspect

import keras
import numpy as np
import pytest

from emnist_utils.models import MODELS, build
from emnist_utils.models.activations import ACTIVATIONS
from emnist_utils.models.layers import PIXEL_MEAN, PIXEL_STD, grey_input
from emnist_utils.models.summary import summarise

pytestmark = pytest.mark.backend

#: Small networks of every architecture.
SMALL = {"lenet5": {}, "cnn": {"width": 1 / 16}, "residual-cnn": {"width": 1 / 16, "blocks": 2}}


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Return four images of noise."""
    return np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)


def _answers(model: keras.Model, images: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(images, training=False))


@pytest.mark.parametrize(
    ("name", "classes", "sizes", "parameters"),
    [
        ("lenet5", 62, {}, 66_126),
        ("lenet5", 47, {}, 64_851),
        ("lenet5", 10, {}, 61_706),
        ("cnn", 62, {}, 268_542),
        ("cnn", 47, {}, 266_607),
        ("residual-cnn", 62, {"blocks": 1}, 1_475_902),
        ("residual-cnn", 62, {"blocks": 2}, 1_772_094),
        ("residual-cnn", 62, {"blocks": 3}, 2_068_286),
        ("residual-cnn", 62, {"blocks": 4}, 2_364_478),
        ("residual-cnn", 47, {"blocks": 2}, 1_756_719),
    ],
)
def test_parameters(name: str, classes: int, sizes: dict[str, int], parameters: int) -> None:
    """Protects the layout of each network: the counts are those of the sources that it reproduces."""
    model = build(name, classes, **sizes)
    assert model.count_params() == parameters
    assert sum(row.parameters for row in summarise(model)) == parameters


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("classes", [10, 26, 47, 62])
def test_outputs_are_one_logit_a_class(name: str, classes: int, images: np.ndarray) -> None:
    """Protects the outputs: as many as classes, raw scores and no probabilities, from plain uint8 images."""
    model = build(name, classes, **SMALL[name])
    assert model.input_shape == (None, 28, 28)
    assert model.inputs[0].dtype == "uint8"
    scores = _answers(model, images)
    assert scores.shape == (4, classes)
    assert scores.dtype == np.float32
    assert (scores < 0).any()
    assert not np.allclose(scores.sum(axis=1), 1, atol=1e-3)


def test_pixels_are_standardised_inside() -> None:
    """Protects the scale of the input: (pixel / 255 - mean) / standard deviation, done once, by the network itself."""
    inputs, outputs = grey_input()
    pixels = np.arange(28 * 28).reshape(1, 28, 28).astype(np.uint8)
    found = _answers(keras.Model(inputs, outputs), pixels)
    np.testing.assert_allclose(found[..., 0], (pixels / 255 - PIXEL_MEAN) / PIXEL_STD, atol=1e-5)
    assert found.shape == (1, 28, 28, 1)


def test_every_activation_is_another_network(images: np.ndarray) -> None:
    """Protects the activation study: each name builds, and no two of them (or a forgotten one) compute the same."""
    answers = {}
    for name in ACTIVATIONS:
        keras.utils.set_random_seed(0)
        answers[name] = _answers(build("lenet5", 10, activation=name), images)
        assert np.isfinite(answers[name]).all(), name
    names = list(answers)
    same = [(a, b) for i, a in enumerate(names) for b in names[:i] if np.allclose(answers[a], answers[b], atol=1e-5)]
    assert not same


@pytest.mark.parametrize("name", MODELS)
def test_activation_is_used_throughout(name: str) -> None:
    """Protects against a layer that keeps ReLU whatever the recipe says."""
    model = build(name, 10, activation="tanh", **SMALL[name])
    used = {layer.activation.__name__ for layer in model.layers if isinstance(layer, keras.layers.Activation)}
    assert used == {"tanh"}


@pytest.mark.parametrize("name", MODELS)
def test_registry_agrees_with_the_builder(name: str) -> None:
    """Protects ``MODELS``: its modules exist, their builders take the sizes listed, and the models have its names."""
    architecture = MODELS[name]
    builder = getattr(importlib.import_module(f"emnist_utils.models.{architecture.module}"), architecture.module)
    arguments = set(inspect.signature(builder).parameters) - {"classes", "activation_name"}
    assert arguments == architecture.sizes == set(SMALL[name])
    assert build(name, 10, **SMALL[name]).name == name


def test_unknown_size_or_network_is_an_error() -> None:
    """Protects against a size that a network ignores in silence."""
    with pytest.raises(TypeError, match="blocks"):
        build("lenet5", 10, blocks=2)
    with pytest.raises(KeyError, match="resnet"):
        build("resnet", 10)


@pytest.mark.parametrize("name", MODELS)
def test_seed_decides_the_weights(name: str) -> None:
    """Protects repeatability: equal seeds give equal weights, another seed gives others."""

    def weights(seed: int) -> np.ndarray:
        keras.utils.set_random_seed(seed)
        return np.concatenate([w.ravel() for w in build(name, 10, **SMALL[name]).get_weights()])

    first = weights(3)
    np.testing.assert_array_equal(first, weights(3))
    assert not np.array_equal(first, weights(4))


def test_multiply_adds_of_the_residual_network() -> None:
    """Protects the cost that the book reports, against the sum of its layers worked out by hand."""
    by_hand = {
        "stem": 28 * 28 * 9 * 64,
        "block 1": 14 * 14 * (9 * 64 * 128 + 9 * 128 * 128 + 64 * 128),
        "block 2": 7 * 7 * 2 * 9 * 128 * 128,
        "dense": 3 * 3 * 128 * 1024 + 1024 * 62,
    }
    assert sum(by_hand.values()) == 61_103_104
    assert sum(row.multiply_adds for row in summarise(build("residual-cnn", 62, blocks=2))) == 61_103_104


def test_width_scales_every_layer() -> None:
    """Protects the width switch: each convolution of the half network has half the filters."""
    wide, half = (
        [w.shape[-1] for w in build("residual-cnn", 10, width=width, blocks=2).weights if "kernel" in w.path]
        for width in (1, 0.5)
    )
    assert half[:-1] == [filters // 2 for filters in wide[:-1]]
    assert half[-1] == wide[-1] == 10
