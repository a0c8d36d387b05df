"""The study: which recipes answer which question, and on which budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from emnist_utils.errors import UserError
from emnist_utils.training.recipe import Recipe


class StudyError(UserError, ValueError):
    """A profile or study that does not exist, with those that do."""


@dataclass(frozen=True)
class Budget:
    """How much a run may cost. Sizes are numbers of images; None means all.

    Attributes
    ----------
    train_size, validation_size, test_size : int or None
    epochs : int
        Number of epochs, or their upper limit with the plateau schedule.
    batch : int
        Images a step.
    seeds : tuple of int
        One run for each.
    """

    train_size: int | None
    validation_size: int | None
    test_size: int | None
    epochs: int
    batch: int
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Profile:
    """A scale at which the whole study can be run. It scales budgets, never questions.

    Attributes
    ----------
    name : str
    purpose : str
        One sentence for pages and help texts.
    schedule : str
        ``"plateau"`` is the report's. Neither of its callbacks would act within a few epochs, so the shorter profiles
        give every run the same cosine cycle.
    learning_rate : float
        Where a study does not vary it. A cycle that ends at zero bears a higher peak than a constant rate.
    headline : Budget
        For the networks that the book presents.
    """

    name: str
    purpose: str
    schedule: str
    learning_rate: float
    headline: Budget


@dataclass(frozen=True)
class Variant:
    """One row of a study's table: a label, and what it changes in the base recipe."""

    label: str
    changes: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Study:
    """A question, and the recipes that answer it.

    Attributes
    ----------
    name, question : str
    variants : tuple of Variant
        The rows of its table.
    """

    name: str
    question: str
    variants: tuple[Variant, ...]

    def recipes(self, profile: Profile) -> dict[str, list[Recipe]]:
        """Return for each variant's label its recipes under a profile, one a seed."""
        budget = profile.headline
        common = BASE | {
            "schedule": profile.schedule,
            "learning_rate": profile.learning_rate,
            "train_size": budget.train_size,
            "validation_size": budget.validation_size,
            "test_size": budget.test_size,
            "epochs": budget.epochs,
            "batch": budget.batch,
        }
        return {
            variant.label: [Recipe.create(**(common | variant.changes | {"seed": seed})) for seed in budget.seeds]
            for variant in self.variants
        }


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="smoke",
            purpose="the whole book in a minute, to test it; its numbers mean nothing",
            schedule="cosine",
            learning_rate=3e-3,
            headline=Budget(train_size=620, validation_size=310, test_size=620, epochs=1, batch=31, seeds=(0,)),
        ),
        Profile(
            name="quick",
            purpose="everything trained anew in minutes on two cores",
            schedule="cosine",
            learning_rate=3e-3,
            headline=Budget(train_size=4_000, validation_size=1_000, test_size=2_500, epochs=3, batch=50, seeds=(0,)),
        ),
        Profile(
            name="standard",
            purpose="hours on two cores; the published numbers",
            schedule="cosine",
            learning_rate=3e-3,
            headline=Budget(train_size=40_000, validation_size=10_000, test_size=None, epochs=4, batch=100, seeds=(0,)),
        ),
        Profile(
            name="full",
            purpose="the report's conditions on all of EMNIST, for a GPU",
            schedule="plateau",
            learning_rate=1e-3,
            headline=Budget(
                train_size=None, validation_size=None, test_size=None, epochs=50, batch=500, seeds=(0, 1, 2)
            ),
        ),
    )
}

#: The recipe that all studies share; each varies some of it.
BASE: dict[str, Any] = {
    "dataset": "byclass",
    "model": "residual-cnn",
    "blocks": 2,
    "activation": "relu",
    "optimizer": "adam",
}

STUDIES = {
    study.name: study
    for study in (
        Study(
            name="models",
            question="How much accuracy do parameters and time buy?",
            variants=(
                Variant("LeNet-5", {"model": "lenet5", "blocks": None}),
                Variant("CNN", {"model": "cnn", "blocks": None}),
                Variant("Residual CNN, quarter width", {"width": 0.25}),
                Variant("Residual CNN", {}),
            ),
        ),
    )
}


def profile(name: str) -> Profile:
    """Return a profile by its name.

    Raises
    ------
    StudyError
        If there is none of that name.
    """
    if name not in PROFILES:
        raise StudyError(f"there is no profile {name!r}; choose one of {', '.join(PROFILES)}")
    return PROFILES[name]


def study(name: str) -> Study:
    """Return a study by its name.

    Raises
    ------
    StudyError
        If there is none of that name.
    """
    if name not in STUDIES:
        raise StudyError(f"there is no study {name!r}; choose one of {', '.join(STUDIES)}")
    return STUDIES[name]
