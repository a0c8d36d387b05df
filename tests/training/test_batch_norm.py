"""Batch normalisation within a short budget."""

from __future__ import annotations

from toys import recipe, toy

from emnist_utils.training.fit import train


def test_moving_statistics_have_converged() -> None:
    """Protects short budgets: with a slow moving average a network that trains well still tests badly (here 86 %)."""
    record, _ = train(recipe(model="residual-cnn", width=1 / 8, blocks=4, epochs=6, learning_rate=5e-3), toy())
    assert record.curves.accuracy[-1] > 0.98
    assert record.test.accuracy > 0.95
