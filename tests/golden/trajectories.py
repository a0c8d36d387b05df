"""Tiny training runs whose losses are kept, so that no change of numbers goes by unnoticed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from emnist_utils import data
from emnist_utils.data import SPECS
from emnist_utils.models import MODELS
from emnist_utils.models.activations import ACTIVATIONS
from emnist_utils.training.optimizers import OPTIMIZERS
from emnist_utils.training.provenance import numerics
from emnist_utils.training.recipe import Recipe

FILE = Path(__file__).with_name("trajectories.json")
BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")

#: Share by which losses may differ. Other kernels, numbers of threads and backends change them by less than 1e-4, the
#: trajectories among themselves differ by more than 1e-3.
TOLERANCE = 5e-4

#: Weights drawn by NumPy and one step an epoch, so that neither the backend's random numbers nor its order matter.
EITHER = "either backend"

Section = dict[str, dict[str, Any]]


def _recipe(**changes: Any) -> Recipe:
    fields = {
        "dataset": "byclass",
        "model": "lenet5",
        "activation": "relu",
        "optimizer": "adam",
        "learning_rate": 1e-2,
        "schedule": "cosine",
        "batch": 22,
        "epochs": 1,
        "train_size": 66,
        "validation_size": 62,
        "test_size": 62,
        "seed": 0,
    }
    return Recipe.create(**(fields | changes))


_SMALL = {
    "lenet5": {"model": "lenet5"},
    "cnn": {"model": "cnn", "width": 0.25, "learning_rate": 1e-3},
    "residual-cnn": {"model": "residual-cnn", "width": 0.25, "blocks": 2, "learning_rate": 1e-3},
    # at ten times this rate the last digits of one step, which differ between processors, are a thousandth of the next
    "resnet50": {"model": "resnet50", "learning_rate": 1e-4},
    "wavemix-lite": {"model": "wavemix-lite", "width": 0.125, "blocks": 1, "learning_rate": 1e-3},
}
_RATES = {"sgd": 0.1, "sgd-nesterov": 0.1, "adagrad": 0.05}

_MODELS = {f"model {name}": _recipe(**_SMALL[name]) for name in MODELS}
_LOSS = {
    "loss focal": _recipe(loss="focal", gamma=1.0, alpha=0.25),
    "loss smoothed": _recipe(label_smoothing=0.1),
    "balance logit-adjustment": _recipe(class_balance="logit-adjustment"),
    "augmentation affine": _recipe(augmentation="affine"),
    "augmentation shift": _recipe(augmentation="shift"),
}

#: Section of the file -> what is trained in it, by name. JAX repeats what has code of ours in it for each backend.
CASES: dict[str, dict[str, Recipe]] = {
    "tensorflow": _MODELS
    | _LOSS
    | {f"balance {name}": _recipe(class_balance=name) for name in ("inverse", "square-root", "sampling")}
    | {
        # among few images the effective number of a class is its count, as with "inverse"
        "balance effective-number": _recipe(class_balance="effective-number", train_size=6_000, batch=2_000),
        "augmentation slight": _recipe(augmentation="slight"),
        "dropout": _recipe(**_SMALL["residual-cnn"], dropout=0.5),
        "schedule cosine": _recipe(epochs=4),
        "schedule plateau": _recipe(schedule="plateau", epochs=4),
    }
    | {
        f"optimizer {name}": _recipe(optimizer=name, learning_rate=_RATES.get(name, 1e-2))
        for name in OPTIMIZERS
        if name != "adam"
    }
    | {f"activation {name}": _recipe(activation=name) for name in ACTIVATIONS if name != "relu"}
    | {f"data {name}": _recipe(dataset=name) for name in SPECS if name != "byclass"},
    "jax": _LOSS,
    EITHER: {
        # Adam's first steps follow the signs of gradients, however small, and those differ between backends.
        f"model {name}": _recipe(
            **{
                **_SMALL[name],
                "optimizer": "sgd",
                "learning_rate": 0.01,
                "batch": 66,
                "epochs": 3,
            }
        )
        # what has blocks of ours; ResNet-50 is Keras' own, and takes JAX minutes to compile
        for name in ("lenet5", "residual-cnn", "wavemix-lite")
    },
}


def trajectory(section: str, recipe: Recipe) -> dict[str, Any]:
    """Train a recipe on the stand-in; return its losses and the versions of the modules that made them."""
    from emnist_utils.training import fit

    with _uncompiled(), mock.patch.object(fit, "build_model", _numpy_model if section == EITHER else fit.build_model):
        record, _ = fit.train(recipe, data.load(recipe.dataset))
    losses = [*record.curves.loss, *record.curves.val_loss, record.test.loss]
    return {
        "recipe": recipe.key,
        "numerics": numerics(recipe, BACKEND),
        "losses": [float(f"{loss:.6g}") for loss in losses],
    }


def read() -> dict[str, Section]:
    """Return the kept trajectories by section and name."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def changed(kept: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Return whether two trajectories differ by more than the tolerance."""
    return len(kept["losses"]) != len(found["losses"]) or not np.allclose(
        kept["losses"], found["losses"], rtol=TOLERANCE, atol=0
    )


def raised(kept: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Return whether a module on the way to the numbers states a higher version than it did."""
    return any(version > kept["numerics"].get(module, 0) for module, version in found["numerics"].items())


def updated(kept: Section, found: Section) -> tuple[Section, list[str]]:
    """Return a section with what may be overwritten, and the names of what may not: changed, but no version raised.

    Losses that are equal within the tolerance stay as they are, so that the file changes only where numbers did.
    """
    new: Section = {}
    refused = []
    for name, trajectory in found.items():
        before = kept.get(name)
        if before is None or before["recipe"] != trajectory["recipe"]:
            new[name] = trajectory
        elif not changed(before, trajectory):
            new[name] = trajectory | {"losses": before["losses"]}
        elif raised(before, trajectory):
            new[name] = trajectory
        else:
            new[name] = before
            refused.append(name)
    return new, refused


@contextmanager
def _uncompiled() -> Iterator[None]:
    """Let TensorFlow run step by step: for a few steps that is faster than tracing them first."""
    if BACKEND != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


def _numpy_model(recipe: Recipe, classes: int) -> Any:
    from emnist_utils.models import build

    model = build(recipe.model, classes, activation=recipe.activation, **recipe.sizes())
    rng = np.random.default_rng(recipe.seed)
    for variable in model.weights:
        if variable.name == "kernel":
            inputs = np.prod(variable.shape[:-1])
            variable.assign(rng.normal(0, np.sqrt(2 / inputs), variable.shape))
    return model
