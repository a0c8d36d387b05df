"""What is kept of one training run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from emnist_utils.models.summary import LayerSummary
from emnist_utils.training.provenance import MARKUP, numerics
from emnist_utils.training.recipe import Recipe

SCHEMA = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SharedImages(_Part):
    """Numbers of images that two parts of a run's data have in common, pixel for pixel.

    The second part's images that are in the first are counted. Anything but 0 is a leak, or a set with duplicates.
    """

    train_validation: int
    train_test: int
    validation_test: int


class DataUsed(_Part):
    """The images that a run saw.

    Attributes
    ----------
    kind : str
        ``"official"``, ``"part"`` (of EMNIST) or ``"synthetic"`` (the stand-in).
    description : str
        One sentence on the source.
    fingerprint : str
        Digest of the whole set's images and labels.
    train, validation, test : int
        Numbers of images used.
    rows : str
        Digest of the row numbers used for the three.
    shared : SharedImages or None
        What they have in common; None for runs from before this was checked.
    """

    kind: Literal["official", "part", "synthetic"]
    description: str
    fingerprint: str
    train: int
    validation: int
    test: int
    rows: str
    shared: SharedImages | None = None


class Curves(_Part):
    """One value an epoch. Losses are training losses: weighted where the recipe weighs classes."""

    loss: list[float]
    accuracy: list[float]
    val_loss: list[float]
    val_accuracy: list[float]
    learning_rate: list[float]
    seconds: list[float]


class TestScores(_Part):
    """Scores on the test images of the epoch with the lowest validation loss, all in 0..1 but the loss.

    Attributes
    ----------
    loss : float
        Mean cross-entropy in nats, whatever the training loss was.
    accuracy : float
        Share of right answers.
    weighted_f1, macro_f1 : float
        F1 averaged over classes, weighted by their counts, and plainly.
    balanced_accuracy : float
        Mean recall of the classes that occur.
    """

    loss: float
    accuracy: float = Field(ge=0, le=1)
    weighted_f1: float = Field(ge=0, le=1)
    macro_f1: float = Field(ge=0, le=1)
    balanced_accuracy: float = Field(ge=0, le=1)


class Timing(_Part):
    """How long a run took. An epoch's seconds (``Curves.seconds``) hold its validation, but no compilation.

    All seconds of a record are by one ``clock``: ``"processor"`` where a single thread of a CPU computed, since other
    work on the machine hardly changes that time, else ``"wall"``.
    """

    clock: Literal["wall", "processor"] = "wall"
    compile_seconds: float
    train_seconds: float
    evaluate_seconds: float
    images_per_second: float

    @property
    def seconds(self) -> float:
        """All of them: compilation, training with validation, and test."""
        return self.compile_seconds + self.train_seconds + self.evaluate_seconds


class OtherTest(_Part):
    """A test on the images of a set other than the one that was trained on.

    Attributes
    ----------
    fingerprint : str
        Digest of that whole set's images and labels.
    test : int
        Number of images.
    rows : str
        Digest of their row numbers.
    seconds : float
        Time of all answers (see `Timing`).
    """

    fingerprint: str
    test: int
    rows: str
    seconds: float


class Provenance(_Part):
    """The code, machine and moment of a run."""

    code: str
    commit: str | None
    clean: bool
    numerics: dict[str, int]
    versions: dict[str, str]
    backend: str
    device: str
    started: datetime


class Record(_Part):
    """Everything that is kept of one training run.

    The predictions lie in a file beside it; ``predictions`` is their digest. ``peak_memory_mb`` is the most memory that
    the process held in the host while the run lasted. ``others`` has a test for each set of ``Recipe.test_on``.
    """

    schema_version: int
    run_id: str
    recipe: Recipe
    data: DataUsed
    layers: tuple[LayerSummary, ...]
    curves: Curves
    best_epoch: int = Field(ge=1)
    test: TestScores
    confusion: list[list[int]]
    predictions: str
    timing: Timing
    peak_memory_mb: float
    provenance: Provenance
    others: dict[str, OtherTest] = {}

    @model_validator(mode="after")
    def _check_texts(self) -> Self:
        for text in _texts(self.model_dump(mode="json")):
            if MARKUP.search(text):
                raise ValueError(f"{text!r:.80} holds markup, which no text of a record may, since pages show it")
        return self

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the record as JSON, without what was never set: a field added later must not alter this record."""
        content = self.model_dump(mode="json", exclude_unset=True)
        return json.dumps(content, indent=indent, sort_keys=indent is None, allow_nan=False)

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits over the content."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    @property
    def parameters(self) -> int:
        """Number of parameters of the network, the statistics of batch normalisation included."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Multiplications, each with its addition, for one image's way through the network."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def stem(self) -> str:
        """File name without ending: recipe, run and attempt."""
        return f"{self.recipe.key}-{self.run_id}-{self.digest[:8]}"

    @property
    def epochs_run(self) -> int:
        """Number of epochs that were trained; fewer than the recipe's where training stopped early."""
        return len(self.curves.loss)

    def stale(self) -> list[str]:
        """Return the modules whose numbers have changed since the run, in words; empty if it is fresh."""
        then = self.provenance.numerics
        return [
            f"{module} is at version {now}, the run at {then.get(module, 'none')}"
            for module, now in numerics(self.recipe, self.provenance.backend).items()
            if then.get(module) != now
        ]


#: The records of a study by the labels of its rows, each with one a seed.
Records = Mapping[str, Sequence[Record]]


def _texts(content: Any) -> Iterator[str]:
    """Yield every text in some plain values, the keys of dictionaries among them."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield key
            yield from _texts(value)
    elif isinstance(content, list):
        for value in content:
            yield from _texts(value)


class OtherPredictions(BaseModel):
    """What a run answered on test images of a set that it was not trained on.

    Attributes
    ----------
    rows : ndarray of int32, shape ``[n]``
        Row numbers in that set's test images.
    labels : ndarray of uint8, shape ``[n]``
        Labels of that set.
    predicted : ndarray of uint8, shape ``[n]``
        Labels of the set that was trained on.
    seen : ndarray of bool, shape ``[n]``
        Whether the very same image was among the run's training or validation images.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    rows: np.ndarray
    labels: np.ndarray
    predicted: np.ndarray
    seen: np.ndarray


class Predictions(BaseModel):
    """What a run answered on its test images.

    Attributes
    ----------
    rows : ndarray of int32, shape ``[n]``
        Row numbers in the test set.
    labels, predicted : ndarray of uint8, shape ``[n]``
    confidence : ndarray of float16, shape ``[n]``
        Probability given to the predicted class.
    true_probability : ndarray of float16, shape ``[n]``
        Probability given to the true class.
    others : dict
        Answers on the test images of other sets, by the names of these.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    rows: np.ndarray
    labels: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    true_probability: np.ndarray
    others: dict[str, OtherPredictions] = {}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all arrays by name; those of another set as ``set.name``."""
        own = {name: array for name, array in self if name != "others"}
        return own | {f"{other}.{name}": array for other, answers in self.others.items() for name, array in answers}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Return the predictions whose ``arrays`` these are."""
        own: dict[str, Any] = {"others": {}}
        for name, array in arrays.items():
            other, _, field = name.rpartition(".")
            (own["others"].setdefault(other, {}) if other else own)[field] = array
        return cls(**own)

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits over the arrays."""
        digest = hashlib.sha256()
        for name, array in sorted(self.arrays().items()):
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]
