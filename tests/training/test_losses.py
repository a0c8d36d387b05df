"""The focal loss on integer labels against Keras' own on one-hot labels."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest

from emnist_utils.training.losses import SparseFocalLoss, build_loss

pytestmark = pytest.mark.backend

Loss = Callable[[object, object], object]


@pytest.fixture
def answers() -> tuple[np.ndarray, np.ndarray]:
    """Return labels [64] and logits [64, 10], some right and sure, some wrong and sure."""
    rng = np.random.default_rng(1)
    return rng.integers(0, 10, 64).astype(np.int32), rng.normal(0, 3, (64, 10)).astype(np.float32)


def value_and_gradient(loss: Loss, labels: np.ndarray, logits: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean loss and its gradient by the logits, from the current backend."""
    if keras.backend.backend() == "jax":
        import jax

        value, gradient = jax.value_and_grad(lambda scores: loss(labels, scores))(logits)
        return float(value), np.asarray(gradient)
    import tensorflow as tf

    scores = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        value = loss(labels, scores)
    return float(value), tape.gradient(value, scores).numpy()


@pytest.mark.parametrize("alpha", [0.25, 1.0])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_equals_keras_on_one_hot_labels(gamma: float, alpha: float, answers: tuple[np.ndarray, np.ndarray]) -> None:
    """Protects the formula, forward and backward."""
    labels, logits = answers
    reference = keras.losses.CategoricalFocalCrossentropy(alpha=alpha, gamma=gamma, from_logits=True)
    one_hot = np.eye(10, dtype=np.float32)[labels]
    expected, expected_gradient = value_and_gradient(reference, one_hot, logits)
    found, gradient = value_and_gradient(SparseFocalLoss(gamma, alpha), labels, logits)
    assert found == pytest.approx(expected, abs=1e-6)
    np.testing.assert_allclose(gradient, expected_gradient, atol=1e-6)


def test_without_focus_it_is_the_cross_entropy(answers: tuple[np.ndarray, np.ndarray]) -> None:
    """Protects the comparison with cross-entropy: gamma 0 and alpha 1 is the same loss."""
    expected, expected_gradient = value_and_gradient(build_loss("cross-entropy", gamma=0, alpha=1), *answers)
    found, gradient = value_and_gradient(build_loss("focal", gamma=0, alpha=1), *answers)
    assert found == pytest.approx(expected, abs=1e-6)
    np.testing.assert_allclose(gradient, expected_gradient, atol=1e-7)


def test_alpha_scales_and_no_more(answers: tuple[np.ndarray, np.ndarray]) -> None:
    """Protects what the book says of the report's alphas: they change the size of the gradient, not its direction."""
    value, gradient = value_and_gradient(build_loss("focal", gamma=1, alpha=1), *answers)
    for alpha in (0.15, 0.25, 0.35):
        scaled_value, scaled = value_and_gradient(build_loss("focal", gamma=1, alpha=alpha), *answers)
        assert scaled_value == pytest.approx(alpha * value, rel=1e-5)
        np.testing.assert_allclose(scaled, alpha * gradient, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("size", [1e2, 1e4])
def test_finite_where_the_network_is_sure(gamma: float, size: float) -> None:
    """Protects training from a NaN at a certain answer, right or wrong."""
    logits = np.array([[size, -size], [-size, size]], np.float32)
    for labels in ([0, 1], [1, 0]):
        value, gradient = value_and_gradient(SparseFocalLoss(gamma), np.array(labels, np.int32), logits)
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()


def test_focus_plays_down_what_is_easy() -> None:
    """Protects the point of gamma: an easy image loses a far greater share of its loss than a hard one."""
    logits, labels = np.array([[3, 0], [0, 3]], np.float32), np.array([0, 0], np.int32)
    easy, hard = keras.ops.convert_to_numpy(
        SparseFocalLoss(2.0).call(labels, logits) / SparseFocalLoss(0.0).call(labels, logits)
    )
    assert easy < 0.01
    assert hard > 0.9


def test_config_round_trip() -> None:
    """Protects saved models: the loss comes back with its parameters."""
    again = keras.losses.deserialize(keras.losses.serialize(SparseFocalLoss(0.75, 0.35)))
    assert isinstance(again, SparseFocalLoss)
    assert (again.gamma, again.alpha) == (0.75, 0.35)
