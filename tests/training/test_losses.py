"""The losses on integer labels against Keras' own on one-hot labels."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from toys import recipe

from emnist_utils.training.losses import SparseCrossEntropy, SparseFocalLoss, build_loss

pytestmark = pytest.mark.backend

Loss = Callable[[object, object], object]

SHARES = np.array([0.3, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.03, 0.02])


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
    expected, expected_gradient = value_and_gradient(build_loss(recipe(), SHARES), *answers)
    found, gradient = value_and_gradient(build_loss(recipe(loss="focal"), SHARES), *answers)
    assert found == pytest.approx(expected, abs=1e-6)
    np.testing.assert_allclose(gradient, expected_gradient, atol=1e-7)


def test_alpha_scales_and_no_more(answers: tuple[np.ndarray, np.ndarray]) -> None:
    """Protects what the book says of the report's alphas: they change the size of the gradient, not its direction."""
    value, gradient = value_and_gradient(build_loss(recipe(loss="focal", gamma=1), SHARES), *answers)
    for alpha in (0.15, 0.25, 0.35):
        scaled_value, scaled = value_and_gradient(
            build_loss(recipe(loss="focal", gamma=1, alpha=alpha), SHARES), *answers
        )
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


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_smoothing_equals_keras_on_one_hot_labels(smoothing: float, answers: tuple[np.ndarray, np.ndarray]) -> None:
    """Protects label smoothing, which Keras has for one-hot labels only, forward and backward."""
    labels, logits = answers
    reference = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    expected, expected_gradient = value_and_gradient(reference, np.eye(10, dtype=np.float32)[labels], logits)
    found, gradient = value_and_gradient(SparseCrossEntropy(smoothing), labels, logits)
    assert found == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(gradient, expected_gradient, atol=1e-6)


def test_adjusted_logits_are_shifted_by_the_logarithm_of_the_share(answers: tuple[np.ndarray, np.ndarray]) -> None:
    """Protects logit adjustment: the cross-entropy of logits plus log share, so rare classes must be scored higher."""
    labels, logits = answers
    expected, expected_gradient = value_and_gradient(
        build_loss(recipe(), SHARES), labels, (logits + np.log(SHARES)).astype(np.float32)
    )
    found, gradient = value_and_gradient(build_loss(recipe(class_balance="logit-adjustment"), SHARES), labels, logits)
    assert found == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(gradient, expected_gradient, atol=1e-6)
    assert abs(found - value_and_gradient(build_loss(recipe(), SHARES), labels, logits)[0]) > 1e-2


def test_no_logit_is_adjusted_to_a_class_without_images() -> None:
    """Protects training from an infinite logit."""
    with pytest.raises(ValueError, match=r"classes \[8, 9\] have no training image"):
        build_loss(recipe(class_balance="logit-adjustment"), np.array([0.3, 0.7, *[0.1] * 6, 0, 0]))


@pytest.mark.parametrize(
    ("loss", "settings"),
    [
        (SparseFocalLoss(0.75, 0.35), {"gamma": 0.75, "alpha": 0.35}),
        (SparseCrossEntropy(0.1, [0.25, 0.75]), {"label_smoothing": 0.1, "shares": [0.25, 0.75]}),
    ],
)
def test_config_round_trip(loss: keras.losses.Loss, settings: dict[str, object]) -> None:
    """Protects saved models: the loss comes back with its parameters."""
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(again) is type(loss)
    assert {name: getattr(again, name) for name in settings} == settings
