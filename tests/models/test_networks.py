"""The networks: sizes, inputs, outputs, seeds."""

from __future__ import annotations

import importlib
import inspect

import keras
import numpy as np
import pytest

from emnist_utils.models import MODELS, build
from emnist_utils.models.activations import ACTIVATIONS
from emnist_utils.models.layers import (
    BATCH_NORM_MOMENTUM,
    PIXEL_MEAN,
    PIXEL_STD,
    BatchNormalization,
    grey_input,
)
from emnist_utils.models.summary import summarise
from emnist_utils.models.wavemix_lite import HaarTransform, wavemix_block

#: For what this project computes itself, which another backend could get wrong. Counting layers, or
#: compiling the fifty of a ready-made network, tells nothing new there and takes minutes.
backend = pytest.mark.backend

#: Small networks of every architecture that has sizes.
SMALL = {
    "lenet5": {},
    "cnn": {"width": 1 / 16},
    "residual-cnn": {"width": 1 / 16, "blocks": 2, "dropout": 0.5},
    "resnet50": {},
    "wavemix-lite": {"width": 1 / 8, "blocks": 1, "dropout": 0.5},
}


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
        ("resnet50", 62, {}, 25_726_526),
        ("resnet50", 47, {}, 25_711_151),
        ("wavemix-lite", 62, {"blocks": 7}, 2_412_318),
        ("wavemix-lite", 62, {"blocks": 7, "width": 2}, 9_616_894),
    ],
)
def test_parameters(name: str, classes: int, sizes: dict[str, int], parameters: int) -> None:
    """Protects the layout of each network: the counts are those of the sources that it reproduces."""
    model = build(name, classes, **sizes)
    assert model.count_params() == parameters
    assert sum(row.parameters for row in summarise(model)) == parameters


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        pytest.param("lenet5", 10, marks=backend),
        pytest.param("cnn", 26, marks=backend),
        pytest.param("residual-cnn", 47, marks=backend),
        ("resnet50", 62),
        pytest.param("wavemix-lite", 62, marks=backend),
    ],
)
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


@backend
def test_pixels_are_standardised_inside() -> None:
    """Protects the scale of the input: (pixel / 255 - mean) / standard deviation, done once, by the network itself."""
    inputs, outputs = grey_input()
    pixels = np.arange(28 * 28).reshape(1, 28, 28).astype(np.uint8)
    found = _answers(keras.Model(inputs, outputs), pixels)
    np.testing.assert_allclose(found[..., 0], (pixels / 255 - PIXEL_MEAN) / PIXEL_STD, atol=1e-5)
    assert found.shape == (1, 28, 28, 1)


@backend
def test_border_is_paper() -> None:
    """Protects the network that needs larger images: their border looks like a pixel without ink."""
    found = _answers(keras.Model(*grey_input(border=2)), np.full((1, 28, 28), 255, np.uint8))[0, ..., 0]
    assert found.shape == (32, 32)
    np.testing.assert_allclose(found[2:-2, 2:-2], (1 - PIXEL_MEAN) / PIXEL_STD, atol=1e-5)
    border = np.ones((32, 32), bool)
    border[2:-2, 2:-2] = False
    np.testing.assert_allclose(found[border], -PIXEL_MEAN / PIXEL_STD, atol=1e-5)


@backend
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
    """Protects against a layer that keeps ReLU whatever the recipe says; ResNet-50's body alone does, not its head."""
    model = build(name, 10, activation="tanh", **SMALL[name])
    used = [layer.activation.__name__ for layer in model.layers if isinstance(layer, keras.layers.Activation)]
    assert set(used) == ({"relu", "tanh"} if name == "resnet50" else {"tanh"})
    assert used[-1] == "tanh"


def test_batch_norm_of_the_ready_made_network() -> None:
    """Protects short budgets: no layer of Keras' network keeps the momentum that needs long ones."""
    layers = [layer for layer in build("resnet50", 10).layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(layers) == 49
    assert {layer.momentum for layer in layers} == {BATCH_NORM_MOMENTUM}


@backend
def test_batch_norm_is_that_of_keras() -> None:
    """Protects the faster way: output, gradient and what is kept for later are Keras' own, and so is the test's way."""
    inputs, target = _noise(5, 3, 4, 6) * np.arange(1, 7) + 2, _noise(5, 3, 4, 6)
    found = []
    for kind in (keras.layers.BatchNormalization, BatchNormalization):
        model = keras.Sequential([keras.Input((3, 4, 6)), keras.layers.Dense(6), kind(momentum=0.7)])
        model.set_weights([np.eye(6), np.zeros(6), *(np.linspace(a, 1, 6) for a in (0.5, -1, 0, 2))])
        model.compile(keras.optimizers.SGD(1.0), "mse")
        trained = keras.ops.convert_to_numpy(model(inputs, training=True))
        model.train_on_batch(inputs, target)
        found.append([trained, *model.get_weights(), keras.ops.convert_to_numpy(model(inputs, training=False))])
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["resnet50", "wavemix-lite"])
def test_a_large_network_learns(name: str, images: np.ndarray) -> None:
    """Protects the way back through every layer: each kernel changes in a step, and the loss falls in a few."""
    keras.utils.set_random_seed(0)
    model = build(name, 10, **SMALL[name] | ({"dropout": 0.0} if "dropout" in SMALL[name] else {}))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, run_eagerly=keras.backend.backend() != "jax")
    before = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    losses = [float(model.train_on_batch(images, np.arange(4))) for _ in range(3)]
    for weight, old in zip(model.trainable_weights, before, strict=True):
        if weight.name == "kernel":
            assert not np.array_equal(keras.ops.convert_to_numpy(weight), old), weight.path
    assert losses[-1] < losses[0]


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


def test_multiply_adds_of_wavemix() -> None:
    """Protects the cost of transposed convolutions, whose kernel is laid over the smaller side, by hand as above."""
    block = 28 * 28 * 128 * 32 + 14 * 14 * (2 * 128 * 256 + 16 * 128 * 128)
    by_hand = 28 * 28 * 9 * (64 + 64 * 128) + 7 * block + 128 * 62
    assert by_hand == 530_318_080
    assert sum(row.multiply_adds for row in summarise(build("wavemix-lite", 62, blocks=7))) == by_hand


def test_multiply_adds_of_kinds_of_convolution() -> None:
    """Protects the cost of each kind of convolution on uneven sides, strides and channels, by hand."""
    inputs = keras.Input((6, 10, 4))
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same")(inputs)  # 3 x 5 x 8
    x = keras.layers.Conv2D(8, 3, padding="same", groups=4)(x)
    x = keras.layers.DepthwiseConv2D((3, 1), padding="same", depth_multiplier=2)(x)  # 3 x 5 x 16
    x = keras.layers.Conv2DTranspose(5, 4, strides=2, padding="same")(x)  # 6 x 10 x 5
    costs = [row.multiply_adds for row in summarise(keras.Model(inputs, x))]
    assert costs == [0, 15 * 9 * 4 * 8, 15 * 9 * 2 * 8, 15 * 3 * 8 * 2, 15 * 16 * 16 * 5]


def _noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@backend
def test_haar_transform_of_a_square() -> None:
    """Protects the four answers, worked out by hand, and their order: of all channels' sums first."""
    square = np.array([[[1, 0], [2, 8]], [[3, 0], [4, 0]]], np.float32)  # rows, columns, two channels
    found = keras.ops.convert_to_numpy(HaarTransform()(square[None]))
    np.testing.assert_allclose(found, [[[[5, 4, -1, -4, -2, 4, 0, -4]]]], atol=1e-6)


@backend
def test_haar_transform_is_orthonormal() -> None:
    """Protects what makes it a wavelet transform: lengths are kept, and its transpose brings the image back."""
    images = _noise(2, 6, 8, 3)
    found = keras.ops.convert_to_numpy(HaarTransform()(images))
    assert found.shape == (2, 3, 4, 12)
    np.testing.assert_allclose((found**2).sum(axis=(1, 2, 3)), (images**2).sum(axis=(1, 2, 3)), rtol=1e-5)
    signs = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    squares = np.einsum("nhwbc,bp->nhwpc", found.reshape(2, 3, 4, 4, 3), signs / 2).reshape(2, 3, 4, 2, 2, 3)
    np.testing.assert_allclose(squares.transpose(0, 1, 3, 2, 4, 5).reshape(images.shape), images, atol=1e-5)


@backend
def test_haar_transform_of_odd_sides_is_an_error() -> None:
    """Protects against a row that is dropped in silence."""
    with pytest.raises(ValueError, match="even"):
        HaarTransform()(_noise(1, 4, 7, 1))


@backend
def test_wavemix_block_adds_to_its_input() -> None:
    """Protects the skip: a block whose last normalisation scales by 0 hands its input through."""
    inputs = keras.Input((4, 4, 8))
    model = keras.Model(inputs, wavemix_block(inputs, "gelu"))
    x = _noise(2, 4, 4, 8)
    assert not np.allclose(_answers(model, x), x, atol=1e-3)
    norm = next(layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    norm.gamma.assign(np.zeros(8))
    np.testing.assert_allclose(_answers(model, x), x, atol=1e-6)


def test_width_scales_every_layer() -> None:
    """Protects the width switch: each convolution of the half network has half the filters."""
    wide, half = (
        [w.shape[-1] for w in build("residual-cnn", 10, width=width, blocks=2).weights if "kernel" in w.path]
        for width in (1, 0.5)
    )
    assert half[:-1] == [filters // 2 for filters in wide[:-1]]
    assert half[-1] == wide[-1] == 10
