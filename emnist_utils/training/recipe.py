"""What is trained: one point of a study, with everything that its numbers depend on."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from emnist_utils.data import SPECS
from emnist_utils.errors import UserError
from emnist_utils.models import MODELS
from emnist_utils.models.activations import ACTIVATIONS
from emnist_utils.training.optimizers import OPTIMIZERS

#: Fields that a label names where they are not as usual.
_NAMED_IN_LABELS = (
    "activation",
    "loss",
    "gamma",
    "alpha",
    "label_smoothing",
    "class_balance",
    "augmentation",
    "dropout",
    "refit",
    "test_on",
)


class RecipeError(UserError, ValueError):
    """A recipe that cannot be trained, with the field, the value and what was expected."""


class Recipe(BaseModel):
    """The full description of one training run.

    Fields with a default are switches in their "off" position. They are left out of the canonical form, so that a
    switch which is added later changes no id of an earlier run; a default must therefore never change.

    Attributes
    ----------
    dataset, model, activation, optimizer : str
        Keys of ``data.SPECS``, ``MODELS``, ``ACTIVATIONS`` and ``OPTIMIZERS``.
    width : float
        Factor on the numbers of filters, from 1/64 (the narrowest layer has 64).
    blocks : int or None
        Residual blocks; None for networks that have none.
    learning_rate : float
        The peak of the cosine cycle, or the initial rate of the plateau schedule.
    schedule : str
        ``"cosine"`` (warm-up, then half a cosine to zero) or ``"plateau"`` (halve when validation loss stalls, stop
        early).
    loss : str
        ``"cross-entropy"`` or ``"focal"``, the latter with ``gamma`` and ``alpha``.
    label_smoothing : float
        Share of the target that is spread evenly over all classes; with the cross-entropy only.
    class_balance : str
        ``"none"``, or what is done against the imbalance of the classes: weights (``"inverse"``, ``"square-root"``,
        ``"effective-number"``, see ``training.balance``), ``"sampling"`` (each class is drawn as often) or
        ``"logit-adjustment"`` (see ``training.losses``).
    augmentation : str
        ``"none"``, ``"affine"`` (small shifts, turns and changes of size, see ``training.augmentation``), ``"slight"``
        (half as much), or ``"shift"`` (by a whole pixel at most).
    dropout : float
        Share of the units before the last layer that are switched off in each step.
    batch, epochs : int
        Images a step, and the (greatest) number of epochs.
    train_size, validation_size, test_size : int or None
        Number of images, drawn with the classes' proportions kept; None for all. Where the test set has fewer, all of
        it is used.
    refit : bool
        Whether the training images may also be drawn from the validation images beyond ``validation_size``, which have
        done their work when the recipe is chosen; the kept ones still tell which epoch is the best.
    test_on : tuple of str
        Further sets on whose test images the network answers, ``test_size`` of each.
    seed : int
        Seeds the weights, the order of the images and all that is random in training.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    model: str
    activation: str
    optimizer: str
    learning_rate: float = Field(gt=0, le=10)
    schedule: Literal["cosine", "plateau"]
    batch: int = Field(ge=1)
    epochs: int = Field(ge=1)
    train_size: int | None = Field(ge=1)
    validation_size: int | None = Field(ge=1)
    test_size: int | None = Field(ge=1)
    seed: int = Field(ge=0, lt=2**31)
    width: float = Field(default=1.0, ge=1 / 64, le=8)
    blocks: int | None = Field(default=None, ge=1, le=16)
    loss: Literal["cross-entropy", "focal"] = "cross-entropy"
    gamma: float = Field(default=0.0, ge=0, le=10)
    alpha: float = Field(default=1.0, gt=0, le=1)
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    class_balance: Literal["none", "inverse", "square-root", "effective-number", "sampling", "logit-adjustment"] = (
        "none"
    )
    augmentation: Literal["none", "affine", "slight", "shift"] = "none"
    dropout: float = Field(default=0.0, ge=0, lt=1)
    refit: bool = False
    test_on: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        for field, known in (
            ("dataset", SPECS),
            ("model", MODELS),
            ("activation", ACTIVATIONS),
            ("optimizer", OPTIMIZERS),
        ):
            if getattr(self, field) not in known:
                raise ValueError(f"{field} is {getattr(self, field)!r}; known: {', '.join(known)}")
        sizes = MODELS[self.model].sizes
        for name, off in (("width", 1.0), ("dropout", 0.0)):
            if getattr(self, name) != off and name not in sizes:
                raise ValueError(f"{name} is {getattr(self, name)}, but {self.model} takes none; leave it at {off:g}")
        if (self.blocks is not None) != ("blocks" in sizes):
            raise ValueError(
                f"blocks is {self.blocks}, but {self.model} "
                + ("needs a number" if "blocks" in sizes else "takes none")
            )
        if self.loss != "focal" and (self.gamma != 0.0 or self.alpha != 1.0):
            raise ValueError("gamma and alpha belong to the focal loss; set loss to 'focal' or leave them out")
        if self.loss == "focal" and self.class_balance != "none":
            raise ValueError("a class balance on top of the focal loss would weigh twice; choose one of them")
        if self.loss == "focal" and self.label_smoothing:
            raise ValueError("label_smoothing belongs to the cross-entropy; leave it at 0 with the focal loss")
        if self.refit and self.validation_size is None:
            raise ValueError(
                "refit trains on the validation images beyond validation_size, which is None, so all; give a number"
            )
        for name in self.test_on:
            if name == self.dataset or not _has_all_characters(name) or not _has_all_characters(self.dataset):
                sets = ", ".join(name for name in SPECS if _has_all_characters(name))
                raise ValueError(
                    f"test_on names {name!r} for a network trained on {self.dataset}; expected two different ones of "
                    f"{sets}, whose classes cover the same characters"
                )
        return self

    @classmethod
    def create(cls, /, **fields: Any) -> Self:
        """Build a recipe from fields that a person typed.

        Raises
        ------
        RecipeError
            If a field is unknown, missing or out of range; the message names each one.
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise RecipeError(explain(error)) from None

    def canonical(self) -> str:
        """Return the recipe as JSON with sorted keys and without the switches that are off."""
        return json.dumps(
            self.model_dump(exclude_defaults=True), sort_keys=True, separators=(",", ":"), allow_nan=False
        )

    @property
    def key(self) -> str:
        """Eight hexadecimal digits that name the recipe, whatever the data."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:8]

    def sizes(self) -> dict[str, float]:
        """Return the size arguments of the network, as ``models.build`` takes them."""
        return {name: getattr(self, name) for name in sorted(MODELS[self.model].sizes)}

    def label(self) -> str:
        """Return a short name for logs that tells a study's recipes apart.

        For instance ``residual-cnn w0.25 b2 on byclass, adam 0.003, seed 0``; what is not usual is added by name.
        """
        size = (f" w{self.width:g}" if self.width != 1 else "") + (f" b{self.blocks}" if self.blocks else "")
        usual = {name: field.default for name, field in type(self).model_fields.items()} | {"activation": "relu"}
        switches = [
            _switch(name.replace("_", " "), value)
            for name, value in self
            if value != usual[name] and name in _NAMED_IN_LABELS
        ]
        rate = f"{self.optimizer} {self.learning_rate:g}"
        return ", ".join([f"{self.model}{size} on {self.dataset}", rate, *switches, f"seed {self.seed}"])


def _switch(name: str, value: Any) -> str:
    if value is True:
        return name
    if isinstance(value, tuple):
        return f"{name} {' and '.join(value)}"
    return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"


def _has_all_characters(dataset: str) -> bool:
    return dataset in SPECS and -1 not in SPECS[dataset].from_byclass


def explain(error: ValidationError) -> str:
    """Return pydantic's findings in one line: field, what is wrong, and the value."""
    parts = []
    for item in error.errors(include_url=False):
        where = ".".join(map(str, item["loc"]))
        message = item["msg"].removeprefix("Value error, ")
        parts.append(f"{where}: {message} (got {item['input']!r:.80})" if where else message)
    return " ".join("; ".join(parts).split())


def run_id(recipe: Recipe, data_fingerprint: str) -> str:
    """Return 16 hexadecimal digits that name a run: a recipe, its budget and the content of the data.

    Parameters
    ----------
    recipe : Recipe
        What is trained.
    data_fingerprint : str
        ``Dataset.fingerprint`` of the set that it is trained on.
    """
    text = json.dumps([recipe.canonical(), data_fingerprint])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
