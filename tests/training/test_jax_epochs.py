"""JAX with its images on the device: the same numbers as Keras' own loop, whole epochs or step by step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from toys import recipe, toy

from emnist_utils.training import accelerator, fit, provenance
from emnist_utils.training.recipe import Recipe
from emnist_utils.training.sampling import Batches

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(os.environ.get("KERAS_BACKEND") != "jax", reason="this path is JAX's own"),
]

#: All that a step depends on: weights, random numbers, moving statistics, a shorter last batch of each kind.
RECIPES = {
    "plain": recipe(train_size=290, batch=32),
    "weighted": recipe(class_balance="inverse", train_size=290, batch=32),
    "random": recipe(model="residual-cnn", width=1 / 16, blocks=1, dropout=0.5, augmentation="affine", batch=32),
    "shifts": recipe(augmentation="shift", train_size=290, batch=32),
    "one short batch": recipe(train_size=20, batch=32),
}


class KerasLoop:
    """Keras' own training loop in the place of ours."""

    compile_seconds = 0.0

    def __init__(
        self, model: keras.Model, training: Any, validation: Any, batch: int, validation_batch: int, whole: bool
    ):
        self.model, self.training, self.batch = model, training, batch
        self.validation = {"validation_data": validation, "validation_batch_size": validation_batch}

    def fit(self, order: Any, epochs: range, callbacks: list[keras.callbacks.Callback]) -> None:
        """Train as Keras does."""
        batches = Batches(self.training, order, self.batch, epochs)
        self.model.fit(
            batches,
            shuffle=False,
            steps_per_epoch=batches.steps,
            epochs=len(epochs),
            callbacks=callbacks,
            verbose=0,
            **self.validation,
        )


def curves(chosen: Recipe) -> dict[str, list[float]]:
    """Train and return the curves without seconds."""
    record, _ = fit.train(chosen, toy())
    return record.curves.model_dump(exclude={"seconds"})


@pytest.mark.parametrize(
    ("name", "whole"), [("plain", False), ("weighted", True), ("random", True), ("one short batch", True)]
)
def test_numbers_are_those_of_keras(name: str, whole: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects parity: the loop on the device trains and validates as ``model.fit`` does."""
    from emnist_utils.training import jax_epochs

    ours = jax_epochs.Epochs
    monkeypatch.setattr(jax_epochs, "Epochs", KerasLoop)
    expected = curves(RECIPES[name])
    monkeypatch.setattr(jax_epochs, "Epochs", lambda *given, **_: ours(*given, whole=whole))
    for curve, values in curves(RECIPES[name]).items():
        np.testing.assert_allclose(values, expected[curve], rtol=1e-3, atol=1e-5, err_msg=curve)


def test_whole_epochs_in_half_precision_learn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Protects the way of a GPU as far as a CPU can show it: bfloat16, an epoch in one call, float32 weights."""
    monkeypatch.setattr(accelerator, "_jax_has_gpu", lambda: True)
    chosen = recipe(epochs=3)
    try:
        record, _ = fit.train(chosen, toy(), weights=tmp_path / "best.weights.h5")
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        assert {weight.dtype for weight in fit.build_model(chosen, 10).weights} == {"float32"}
    finally:
        keras.config.set_dtype_policy("float32")
    assert record.test.accuracy > 0.9
    assert record.curves.loss[-1] < record.curves.loss[0]
    assert record.provenance.numerics == provenance.numerics(chosen, "jax")
    assert "training.jax_epochs" in record.provenance.numerics
