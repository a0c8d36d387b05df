"""The declared study: its names, its grids."""

from __future__ import annotations

from pathlib import Path

import pytest

from emnist_utils import data, studies
from emnist_utils.data import SPECS
from emnist_utils.studies import BASE, PROFILES, STUDIES, Budget, Study, StudyError, Variant


@pytest.mark.parametrize("profile", ["smoke", "quick"])
def test_small_profiles_run_without_emnist(stand_in: Path, profile: str) -> None:
    """Protects a newcomer's first build: the stand-in has all the images that the small budgets ask for."""
    from emnist_utils.training.fit import rows_used

    for study in STUDIES.values():
        for recipes in study.recipes(PROFILES[profile]).values():
            for recipe in recipes:
                rows_used(recipe, data.load(recipe.dataset))


def test_unknown_names_are_errors() -> None:
    """Protects whoever types a name: the message says which there are."""
    with pytest.raises(StudyError, match=r"no profile 'huge'; choose one of smoke, quick, standard, full"):
        studies.profile("huge")
    with pytest.raises(StudyError, match=r"no study 'nothing'; choose one of models"):
        studies.study("nothing")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_every_grid_is_valid(study: Study, profile: studies.Profile) -> None:
    """Protects long runs from an invalid recipe at their end, and tables from two rows of one recipe."""
    grid = study.recipes(profile)
    assert list(grid) == [variant.label for variant in study.variants]
    assert all([recipe.seed for recipe in recipes] == list(profile.headline.seeds) for recipes in grid.values())
    recipes = [recipe for recipes in grid.values() for recipe in recipes]
    assert len(set(recipes)) == len(recipes)


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_profiles_scale_budgets_and_never_questions(study: Study) -> None:
    """Protects comparisons: within a profile all rows of a study have one budget, across profiles the same rows."""
    budget = ("epochs", "batch", "schedule", "train_size", "validation_size", "test_size")
    rows = {}
    for profile in PROFILES.values():
        recipes = [recipe for recipes in study.recipes(profile).values() for recipe in recipes]
        assert len({tuple(getattr(recipe, name) for name in budget) for recipe in recipes}) == 1
        rows[profile.name] = {
            (recipe.dataset, recipe.model, recipe.width, recipe.blocks, recipe.activation, recipe.optimizer)
            for recipe in recipes
        }
    assert len({frozenset(found) for found in rows.values()}) == 1


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_budgets_fit_the_sets(profile: studies.Profile) -> None:
    """Protects a budget from asking for more images of byClass than there are."""
    spec, budget = SPECS["byclass"], profile.headline
    held = spec.train_size // 6
    assert (budget.train_size or 0) <= spec.train_size - held
    assert (budget.validation_size or 0) <= held
    assert (budget.test_size or 0) <= spec.test_size
    # A plateau's callbacks need more epochs than their patience.
    assert profile.schedule == "cosine" or budget.epochs > 10


def test_variant_overrides_base_and_profile() -> None:
    """Protects studies of what the profile sets for all others, such as the learning rate."""
    study = Study("rates", "Which?", (Variant("slow", {"learning_rate": 1e-5}), Variant("usual", {})))
    profile = studies.Profile("tiny", "a test", "cosine", 2e-3, Budget(10, 10, 10, 1, 5, (3, 4)))
    grid = study.recipes(profile)
    assert [recipe.learning_rate for recipes in grid.values() for recipe in recipes] == [1e-5, 1e-5, 2e-3, 2e-3]
    assert [recipe.seed for recipe in grid["usual"]] == [3, 4]
    assert grid["usual"][0].model == BASE["model"]
