"""No change of numbers goes by unnoticed: tiny runs against their kept losses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import trajectories
from trajectories import BACKEND, CASES, EITHER, changed, raised, updated

from emnist_utils.data import SPECS
from emnist_utils.models import MODELS
from emnist_utils.models.activations import ACTIVATIONS
from emnist_utils.training.optimizers import OPTIMIZERS
from emnist_utils.training.recipe import Recipe


@pytest.fixture(scope="module")
def source(stand_in_cache: Path) -> Iterator[None]:
    """Let the stand-in be the data source for the whole module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("EMNIST_HOME", raising=False)
        patch.setenv("EMNIST_CACHE", str(stand_in_cache))
        yield


@pytest.mark.backend
@pytest.mark.parametrize(
    ("section", "name"), [(section, name) for section in (BACKEND, EITHER) for name in CASES[section]]
)
def test_trajectory(section: str, name: str, source: None) -> None:
    """Protects every published number: changed losses need a raised NUMERICS, which makes earlier records stale."""
    kept = trajectories.read()[section][name]
    found = trajectories.trajectory(section, CASES[section][name])
    assert not changed(kept, found), (
        f"{name} on {section}: losses {found['losses']}, kept {kept['losses']}. If this is meant, raise NUMERICS in "
        "the module that changed them, then run 'make golden'; if not, find out why."
    )
    assert not raised(kept, found), f"{name} on {section}: a NUMERICS version was raised; run 'make golden'"


def test_all_that_makes_numbers_is_covered() -> None:
    """Protects the net's meshes: each model, activation, optimizer, set and switch has a trajectory; none is over."""
    kept = trajectories.read()
    assert {section: set(names) for section, names in kept.items()} == {
        section: set(names) for section, names in CASES.items()
    }
    assert all(kept[section][name]["recipe"] == r.key for section in CASES for name, r in CASES[section].items())
    recipes = CASES["tensorflow"].values()
    assert {recipe.model for recipe in recipes} == set(MODELS)
    assert {recipe.optimizer for recipe in recipes} == set(OPTIMIZERS)
    assert {recipe.dataset for recipe in recipes} == set(SPECS)
    assert {recipe.activation for recipe in recipes} == set(ACTIVATIONS)
    for switch in ("loss", "schedule", "class_balance", "augmentation"):
        assert {getattr(recipe, switch) for recipe in recipes} == set(get_args(Recipe.model_fields[switch].annotation))


def test_trajectories_differ() -> None:
    """Protects against a switch that reaches nothing, such as an optimizer that is always Adam."""
    kept = trajectories.read()["tensorflow"]
    by_recipe = {CASES["tensorflow"][name]: trajectory for name, trajectory in kept.items()}
    losses = list(by_recipe.values())
    assert not [(a, b) for i, a in enumerate(losses) for b in losses[:i] if not changed(a, b)]


def test_update_refuses_what_was_not_announced() -> None:
    """Protects the kept losses: changed numbers are overwritten only with a raised version."""

    def trajectory(losses: list[float], version: int = 1, recipe: str = "a") -> dict[str, Any]:
        return {"recipe": recipe, "numerics": {"data": version}, "losses": losses}

    kept = {name: trajectory([1.0, 2.0]) for name in ("same", "drifted", "announced", "redefined")}
    found = {
        "same": trajectory([1.0, 2.00001]),
        "drifted": trajectory([1.0, 2.1]),
        "announced": trajectory([1.0, 2.1], version=2),
        "redefined": trajectory([1.0, 2.1], recipe="b"),
        "added": trajectory([3.0]),
    }
    new, refused = updated(kept, found)
    assert refused == ["drifted"]
    assert new == found | {"same": kept["same"], "drifted": kept["drifted"]}
