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
    class_balance : str
        ``"none"`` or ``"inverse"`` (class weights in inverse proportion to the class counts).
    batch, epochs : int
        Images a step, and the (greatest) number of epochs.
    train_size, validation_size, test_size : int or None
        Number of images, drawn with the classes' proportions kept; None for all.
    seed : int
        Seeds the weights and the order of the images.
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
    class_balance: Literal["none", "inverse"] = "none"

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
        if self.width != 1.0 and "width" not in sizes:
            raise ValueError(f"width is {self.width}, but {self.model} takes none; leave it at 1")
        if (self.blocks is not None) != ("blocks" in sizes):
            raise ValueError(
                f"blocks is {self.blocks}, but {self.model} "
                + ("needs a number" if "blocks" in sizes else "takes none")
            )
        if self.loss != "focal" and (self.gamma != 0.0 or self.alpha != 1.0):
            raise ValueError("gamma and alpha belong to the focal loss; set loss to 'focal' or leave them out")
        if self.loss == "focal" and self.class_balance != "none":
            raise ValueError("class weights on top of the focal loss would weigh twice; choose one of them")
        return self

    @classmethod
    def create(cls, **fields: Any) -> Self:
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
        """Return a short name for logs, such as ``residual-cnn w0.25 b2 on byclass, seed 0``."""
        size = (f" w{self.width:g}" if self.width != 1 else "") + (f" b{self.blocks}" if self.blocks else "")
        return f"{self.model}{size} on {self.dataset}, seed {self.seed}"


def explain(error: ValidationError) -> str:
    """Return pydantic's findings in one line: field, what is wrong, and the value."""
    parts = []
    for item in error.errors(include_url=False):
        where = ".".join(map(str, item["loc"]))
        message = item["msg"].removeprefix("Value error, ")
        parts.append(f"{where}: {message} (got {item['input']!r:.80})" if where else message)
    return "; ".join(parts)


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
