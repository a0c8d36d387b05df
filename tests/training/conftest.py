"""Runs that several tests look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import compilation  # noqa: F401
import pytest
from toys import recipe, toy

from emnist_utils.data import Dataset
from emnist_utils.training.recipe import Recipe
from emnist_utils.training.record import Predictions, Record


@dataclass
class Run:
    """A finished training run and what is needed to look into it."""

    recipe: Recipe
    dataset: Dataset
    record: Record
    predictions: Predictions
    weights: Path
    told: list[tuple[int, float]] = field(default_factory=list)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Recipe, Dataset], Run]:
    """Return a function that trains a recipe and keeps the weights."""
    from emnist_utils.training.fit import train

    def run(recipe: Recipe, dataset: Dataset) -> Run:
        weights = tmp_path_factory.mktemp("run") / "best.weights.h5"
        told: list[tuple[int, float]] = []
        record, predictions = train(
            recipe, dataset, weights=weights, progress=lambda *epoch_and_accuracy: told.append(epoch_and_accuracy)
        )
        return Run(recipe, dataset, record, predictions, weights, told)

    return run


@pytest.fixture(scope="session")
def plain_run(trained: Callable[[Recipe, Dataset], Run]) -> Run:
    """Return a run that learns: its last epoch is its best."""
    return trained(recipe(), toy())


@pytest.fixture(scope="session")
def overfitted_run(trained: Callable[[Recipe, Dataset], Run]) -> Run:
    """Return a run that learns random labels by heart: its validation loss rises, an early epoch is its best."""
    return trained(recipe(epochs=6, learning_rate=6e-3), toy(random_labels=True))
