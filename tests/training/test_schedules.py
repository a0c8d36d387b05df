"""The course of the learning rate."""

from __future__ import annotations

import numpy as np
import pytest

from emnist_utils.training.optimizers import OPTIMIZERS, build_optimizer
from emnist_utils.training.schedules import PLATEAU_PATIENCE, STOPPING_PATIENCE, cosine, plateau_callbacks

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("steps", [10, 1000])
def test_cosine_cycle(steps: int) -> None:
    """Protects the cycle: a fifth of linear warm-up to exactly the recipe's rate, then down to zero at the end."""
    schedule = cosine(0.01, steps)
    rates = np.array([float(schedule(step)) for step in range(0, steps + 1, steps // 10)])
    np.testing.assert_allclose(rates[:3], [0, 0.005, 0.01], rtol=1e-5)
    assert (np.diff(rates[2:]) < 0).all()
    assert rates[6] == pytest.approx(0.005, rel=1e-4)
    assert rates[-1] == pytest.approx(0, abs=1e-8)


def test_plateau_comes_before_stopping() -> None:
    """Protects the use of a halved rate: equal patience would stop training in the epoch of the cut."""
    plateau, stopping = plateau_callbacks()
    assert (plateau.patience, plateau.factor, stopping.patience) == (PLATEAU_PATIENCE, 0.5, STOPPING_PATIENCE)
    assert plateau.patience < stopping.patience
    assert plateau.monitor == stopping.monitor == "val_loss"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_are_what_their_names_say(name: str) -> None:
    """Protects the optimizer study: each name gives its class, with the recipe's rate and none of Keras' defaults."""
    optimizer = build_optimizer(name, 0.0123)
    assert type(optimizer).__name__.lower() == name.removesuffix("-nesterov")
    assert float(optimizer.learning_rate) == pytest.approx(0.0123)
    if name.startswith("sgd"):
        assert (optimizer.nesterov, optimizer.momentum) == ((True, 0.9) if name == "sgd-nesterov" else (False, 0.0))
