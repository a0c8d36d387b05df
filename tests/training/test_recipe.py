"""Recipes: what they accept, how they are named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from toys import recipe

from emnist_utils.models import MODELS
from emnist_utils.models.activations import ACTIVATIONS
from emnist_utils.training.optimizers import OPTIMIZERS
from emnist_utils.training.recipe import Recipe, RecipeError, run_id


def test_round_trip_and_hash() -> None:
    """Protects recipes as keys of dictionaries, and their way through a record's JSON."""
    plain = recipe(loss="focal", gamma=0.5)
    again = Recipe.model_validate_json(plain.model_dump_json())
    assert again == plain
    assert {plain: 1}[again] == 1
    assert Recipe.create(**json.loads(plain.canonical())) == plain


def test_canonical_form_leaves_out_what_is_off() -> None:
    """Protects the ids of earlier runs from switches that are added later, and from the order of fields."""
    canonical = json.loads(recipe().canonical())
    assert not set(canonical) & {"width", "blocks", "loss", "gamma", "alpha", "class_balance", "test_on"}
    assert canonical["train_size"] is None
    spelled_out = recipe(width=1, blocks=None, loss="cross-entropy", gamma=0, alpha=1, class_balance="none")
    assert spelled_out.canonical() == recipe().canonical()
    backwards = dict(reversed(recipe().model_dump().items()))
    assert Recipe.create(**backwards).key == recipe().key


def test_ids_do_not_change() -> None:
    """Protects every record there is: if this fails, all of them would have to be trained again."""
    quarter = recipe(model="residual-cnn", blocks=2, width=0.25, train_size=40_000)
    assert quarter.canonical() == (
        '{"activation":"relu","batch":30,"blocks":2,"dataset":"digits","epochs":2,"learning_rate":0.003,'
        '"model":"residual-cnn","optimizer":"adam","schedule":"cosine","seed":0,"test_size":null,"train_size":40000,'
        '"validation_size":null,"width":0.25}'
    )
    assert quarter.key == "52a47a0e"
    assert run_id(quarter, "0123456789abcdef") == "7f9930b6f58e2aef"


def test_every_field_and_the_data_reach_the_id() -> None:
    """Protects against two different runs under one id."""
    changes: list[dict[str, Any]] = [
        {"dataset": "mnist"},
        {"model": "cnn"},
        {"activation": "elu"},
        {"optimizer": "sgd"},
        {"learning_rate": 1e-4},
        {"schedule": "plateau"},
        {"batch": 31},
        {"epochs": 3},
        {"train_size": 100},
        {"validation_size": 100},
        {"test_size": 100},
        {"seed": 1},
        {"model": "cnn", "width": 0.5},
        {"model": "residual-cnn", "blocks": 2},
        {"model": "residual-cnn", "blocks": 3},
        {"loss": "focal"},
        {"loss": "focal", "gamma": 2},
        {"loss": "focal", "alpha": 0.25},
        {"class_balance": "inverse"},
        {"class_balance": "sampling"},
        {"label_smoothing": 0.1},
        {"augmentation": "affine"},
        {"model": "residual-cnn", "blocks": 2, "dropout": 0.5},
        {"refit": True, "validation_size": 100},
        {"dataset": "byclass", "test_on": ["bymerge"]},
        {"dataset": "byclass", "test_on": ["bymerge", "balanced"]},
    ]
    assert {name for change in changes for name in change} == set(Recipe.model_fields)
    ids = [run_id(recipe(**change), "a") for change in [{}, *changes]] + [run_id(recipe(), "b")]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"optimizer": "adamw"}, ["optimizer", "'adamw'", "nadam"]),
        ({"activation": "mish"}, ["activation", "'mish'", "gelu"]),
        ({"dataset": "kmnist"}, ["dataset", "'kmnist'", "byclass"]),
        ({"model": "resnet"}, ["model", "'resnet'", "lenet5"]),
        ({"blocks": 2}, ["blocks", "2", "lenet5 takes none"]),
        ({"width": 0.5}, ["width", "0.5", "lenet5 takes none"]),
        ({"model": "residual-cnn"}, ["blocks", "None", "needs a number"]),
        ({"model": "residual-cnn", "blocks": 0}, ["blocks", "0"]),
        ({"model": "cnn", "width": 0.001}, ["width", "0.001"]),
        ({"gamma": 2.0}, ["gamma", "focal"]),
        ({"alpha": 0.5}, ["alpha", "focal"]),
        ({"loss": "focal", "class_balance": "inverse"}, ["class balance", "focal", "twice"]),
        ({"refit": True}, ["refit", "validation_size", "None"]),
        ({"loss": "focal", "label_smoothing": 0.1}, ["label_smoothing", "focal"]),
        ({"label_smoothing": 1.0}, ["label_smoothing", "1.0"]),
        ({"augmentation": "flip"}, ["augmentation", "'flip'", "affine"]),
        ({"test_on": ["byclass"]}, ["test_on", "'byclass'", "digits", "balanced"]),
        ({"dataset": "byclass", "test_on": ["letters"]}, ["test_on", "'letters'", "bymerge"]),
        ({"dataset": "byclass", "test_on": ["byclass"]}, ["test_on", "'byclass'", "different"]),
        ({"loss": "hinge"}, ["loss", "'hinge'", "cross-entropy"]),
        ({"schedule": "step"}, ["schedule", "'step'", "plateau"]),
        ({"learning_rate": 0}, ["learning_rate", "0"]),
        ({"learning_rate": float("nan")}, ["learning_rate", "nan"]),
        ({"learning_rate": "fast"}, ["learning_rate", "'fast'"]),
        ({"batch": 0}, ["batch", "0"]),
        ({"epochs": 2.5}, ["epochs", "2.5"]),
        ({"seed": -1}, ["seed", "-1"]),
        ({"dropout": 0.5}, ["dropout", "0.5", "lenet5 takes none"]),
        ({"momentum": 0.5}, ["momentum", "0.5"]),
    ],
)
def test_bad_fields_are_named(changes: dict[str, Any], words: list[str]) -> None:
    """Protects whoever types a recipe: the message names the field, its value and what would do."""
    with pytest.raises(RecipeError) as error:
        recipe(**changes)
    message = str(error.value)
    assert "\n" not in message
    assert [word for word in words if word not in message] == []


def test_missing_field_is_named() -> None:
    """Protects against a default where the recipe must decide."""
    with pytest.raises(RecipeError, match="learning_rate"):
        Recipe.create(**{name: value for name, value in recipe().model_dump().items() if name != "learning_rate"})


def test_labels_tell_recipes_apart() -> None:
    """Protects logs and error messages: a label shows model, size, set, optimizer, rate and what is not usual."""
    assert recipe().label() == "lenet5 on digits, adam 0.003, seed 0"
    assert (
        recipe(model="residual-cnn", width=0.25, blocks=2, activation="elu", loss="focal", gamma=2, seed=1).label()
        == "residual-cnn w0.25 b2 on digits, adam 0.003, activation elu, loss focal, gamma 2, seed 1"
    )
    assert (
        recipe(
            dataset="byclass", test_on=("bymerge", "balanced"), refit=True, validation_size=9, label_smoothing=0.1
        ).label()
        == "lenet5 on byclass, adam 0.003, label smoothing 0.1, refit, test on bymerge and balanced, seed 0"
    )


def test_sizes_are_those_of_the_network() -> None:
    """Protects the call of the builder: only the sizes that the network takes."""
    assert recipe().sizes() == {}
    assert recipe(model="residual-cnn", blocks=3).sizes() == {"width": 1.0, "blocks": 3, "dropout": 0.0}


def test_registries_hold_what_the_report_compares() -> None:
    """Protects the study's coverage: the report's seven optimizers and ten activations."""
    assert len(OPTIMIZERS) >= 7
    assert len(ACTIVATIONS) >= 10
    assert set(MODELS) >= {"lenet5", "cnn", "residual-cnn", "resnet50", "wavemix-lite"}
