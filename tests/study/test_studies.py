"""The declared study: its names, its grids."""

from __future__ import annotations

from pathlib import Path

import pytest

from emnist_utils import data, studies
from emnist_utils.data import SPECS
from emnist_utils.studies import BASE, PROFILES, STUDIES, Budget, Profile, Study, StudyError, Variant
from emnist_utils.training.recipe import Recipe

SEVERAL_BUDGETS = ("models", "width", "final", "report")


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
    with pytest.raises(StudyError, match=r"no profile 'huge'; choose one of smoke, quick, hour, standard, full"):
        studies.profile("huge")
    with pytest.raises(StudyError, match=r"no study 'nothing'; choose one of models"):
        studies.study("nothing")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_every_grid_is_valid(study: Study, profile: Profile) -> None:
    """Protects long runs from an invalid recipe at their end, and tables from two rows of one label."""
    grid = study.recipes(profile)
    assert list(grid) == [variant.label for variant in study.variants]
    assert len(grid) == len(study.variants)
    for variant in study.variants:
        assert [recipe.seed for recipe in grid[variant.label]] == list(getattr(profile, variant.budget).seeds)


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_rows_of_a_study_differ(study: Study) -> None:
    """Protects tables from one run under two names."""
    recipes = [recipe for recipes in study.recipes(PROFILES["standard"]).values() for recipe in recipes]
    assert len(set(recipes)) == len(recipes)


@pytest.mark.parametrize("study", [study for name, study in STUDIES.items() if name not in SEVERAL_BUDGETS])
def test_profiles_scale_budgets_and_never_questions(study: Study) -> None:
    """Protects comparisons: within a profile all rows of a study have one budget, across profiles the same rows."""
    budgets = ("batch", "schedule", "validation_size", "test_size", "width", "model")
    asked = ("dataset", "blocks", "activation", "optimizer", "loss", "gamma", "alpha", "class_balance", "augmentation")
    rows = {}
    for profile in PROFILES.values():
        recipes = [recipe for recipes in study.recipes(profile).values() for recipe in recipes]
        assert len({tuple(getattr(recipe, name) for name in budgets) for recipe in recipes}) == 1
        rows[profile.name] = {tuple(getattr(recipe, name) for name in asked) for recipe in recipes}
    assert len({frozenset(found) for found in rows.values()}) == 1


@pytest.mark.parametrize(
    ("rate", "label"), [(2e-4, "2e-4"), (1e-10, "1e-10"), (0.03, "3e-2"), (1.0, "1e0"), (30.0, "3e1")]
)
def test_rates_are_written_as_in_the_report(rate: float, label: str) -> None:
    """Protects labels of rows from padded exponents: ``1e+00`` for 1."""
    assert studies.rate_label(rate) == label


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_rows_on_fewer_images_take_as_many_steps(profile: Profile) -> None:
    """Protects the curve over training size: only the images differ, not how long the network is trained."""
    steps = {
        label: recipes[0].epochs * ((recipes[0].train_size or 581_610) / recipes[0].batch)
        for label, recipes in STUDIES["training-size"].recipes(profile).items()
    }
    assert list(steps) == ["1/8", "1/4", "1/2", "all"]
    assert list(steps.values()) == pytest.approx([steps["all"]] * 4, rel=0.05)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_budgets_fit_the_sets(profile: Profile) -> None:
    """Protects a budget from asking for more images than the smallest set of the study has."""
    spec = SPECS["balanced"]
    held = spec.train_size // 6
    for budget in (profile.comparison, profile.candidates, profile.headline, profile.heavy, profile.final):
        assert (budget.train_size or 0) <= spec.train_size - held
        assert (budget.validation_size or 0) <= held
        # A plateau's callbacks need more epochs than their patience.
        assert profile.schedule == "cosine" or budget.epochs > 10


def test_variant_overrides_base_and_profile() -> None:
    """Protects studies of what the profile sets for all others, such as the learning rate or the width."""
    study = Study(
        "rates",
        "Which?",
        (
            Variant("slow", {"learning_rate": 1e-5}),
            Variant("usual", {}),
            Variant("wide", {}, "headline"),
            Variant("half", {}, part=0.5),
            Variant("twice", {}, "final", passes=2),
        ),
    )
    narrow, wide = Budget(10, 9, 8, 1, 5, (3, 4), 0.5), Budget(20, 9, 8, 2, 5, (0,))
    profile = Profile("tiny", "a test", "cosine", 2e-3, narrow, narrow, wide, wide, wide)
    grid = study.recipes(profile)
    assert [recipe.learning_rate for recipe in grid["slow"]] == [1e-5, 1e-5]
    assert [recipe.learning_rate for recipe in grid["usual"]] == [2e-3, 2e-3]
    assert [recipe.seed for recipe in grid["usual"]] == [3, 4]
    assert [(r.width, r.train_size, r.epochs) for r in grid["wide"]] == [(1.0, 20, 2)]
    assert [(r.width, r.train_size, r.epochs) for r in grid["half"]] == [(0.5, 5, 2)] * 2
    assert [(r.width, r.train_size, r.epochs) for r in grid["twice"]] == [(1.0, 20, 4)]
    assert grid["usual"][0].model == BASE["model"]


def test_study_of_the_report_holds_every_row_of_its_tables_once() -> None:
    """Protects the promise that one study stands behind all of the report's tables."""
    recipes = [recipe for recipes in STUDIES["report"].recipes(PROFILES["hour"]).values() for recipe in recipes]

    def values(field: str) -> set[object]:
        return {getattr(recipe, field) for recipe in recipes}

    assert {"lenet5", "cnn", "resnet50", "wavemix-lite", "residual-cnn"} == values("model")
    assert len(values("optimizer")) == 7
    assert len(values("activation")) == 10
    assert {1, 2, 3, 4} <= values("blocks")
    assert {1e-6, 1e-5, 1e-2, *(step / 10_000 for step in range(1, 11))} <= values("learning_rate")
    assert {"byclass", "bymerge", "balanced"} == values("dataset")
    assert {(r.gamma, r.alpha) for r in recipes if r.loss == "focal"} == {
        *((gamma, alpha) for gamma in (0.5, 0.75, 1.0) for alpha in (0.15, 0.25, 0.35)),
        (1.0, 1.0),
        (2.0, 1.0),
        (3.0, 1.0),
    }
    assert values("class_balance") == {"none", "inverse"}


def test_published_profile_exists() -> None:
    """Protects the pages' published columns."""
    assert studies.PUBLISHED in PROFILES


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_the_final_model_has_the_recipe_of_the_rows_that_were_chosen(profile: Profile) -> None:
    """Protects the choice on validation images from a final model whose recipe was never among those compared."""

    def asked(recipe: Recipe) -> str:
        budget = {"dataset", "width", "train_size", "validation_size", "test_size", "epochs", "batch", "refit"}
        return recipe.model_dump_json(exclude=budget)

    chosen = {study: asked(STUDIES[study].recipes(profile)[label][0]) for study, label in studies.CHOSEN.items()}
    final = {label: recipes[0] for label, recipes in STUDIES["final"].recipes(profile).items()}
    assert asked(final["ByClass"]) == asked(final["ByMerge"]) == chosen["width"]
    assert asked(final["Balanced"]) == asked(final["ByClass, fewer images"]) == chosen["few-images"]
    assert [recipe.dataset for recipe in final.values()] == ["byclass", "bymerge", "balanced", "byclass"]


def test_the_published_final_model_is_trained_as_the_row_that_was_chosen() -> None:
    """Protects the published model from another width, or fewer passes, than validation chose."""
    standard = PROFILES[studies.PUBLISHED]
    chosen = STUDIES["width"].recipes(standard)[studies.CHOSEN["width"]][0]
    final = STUDIES["final"].recipes(standard)["ByClass"][0]
    assert (final.width, final.epochs) == (chosen.width, chosen.epochs)
