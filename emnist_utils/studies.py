"""The study: which recipes answer which question, and on which budget."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from emnist_utils import published, reported
from emnist_utils.data import SPECS
from emnist_utils.data.splits import VALIDATION_SHARE
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
    width : float
        Of the residual CNN.
    """

    train_size: int | None
    validation_size: int | None
    test_size: int | None
    epochs: int
    batch: int
    seeds: tuple[int, ...]
    width: float = 1.0


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
    comparison : Budget
        For comparisons of variants of the residual CNN: many runs.
    candidates : Budget
        For the recipes that the final model's is sought among, and their rows at other widths: long enough for what
        pays late, such as augmentation.
    headline : Budget
        For the networks of chapter 2, at their full size.
    heavy : Budget
        For those of them that take longest.
    final : Budget
        For the final model, at its own width. It keeps some of the validation images only, see ``Recipe.refit``.
    """

    name: str
    purpose: str
    schedule: str
    learning_rate: float
    comparison: Budget
    candidates: Budget
    headline: Budget
    heavy: Budget
    final: Budget


@dataclass(frozen=True)
class Variant:
    """One row of a study's table.

    Attributes
    ----------
    label : str
    changes : dict
        What it changes in the base recipe.
    budget : str
        Which of the profile's budgets it has.
    part : float
        Share of the budget's training images that it sees, in as many steps: half the images, twice the epochs.
    passes : int
        Factor on the budget's epochs, for few images or what makes them harder.
    """

    label: str
    changes: dict[str, Any] = field(hash=False)
    budget: Literal["comparison", "candidates", "headline", "heavy", "final"] = "comparison"
    part: float = 1.0
    passes: int = 1

    def recipes(self, profile: Profile) -> list[Recipe]:
        """Return the recipes of this row under a profile, one a seed."""
        budget: Budget = getattr(profile, self.budget)
        fields = BASE | {
            "schedule": profile.schedule,
            "learning_rate": profile.learning_rate,
            "train_size": budget.train_size,
            "validation_size": budget.validation_size,
            "test_size": budget.test_size,
            "epochs": budget.epochs * self.passes,
            "batch": budget.batch,
            "width": budget.width,
        }
        if self.part < 1:
            official = SPECS[BASE["dataset"]].train_size
            whole = budget.train_size or official - official // VALIDATION_SHARE
            fields |= {"train_size": round(whole * self.part), "epochs": round(budget.epochs / self.part)}
        return [Recipe.create(**(fields | self.changes | {"seed": seed})) for seed in budget.seeds]


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
        return {variant.label: variant.recipes(profile) for variant in self.variants}


_SMOKE = Budget(train_size=310, validation_size=124, test_size=310, epochs=1, batch=31, seeds=(0,))
_SMOKE_NARROW = replace(_SMOKE, width=1 / 8)
_QUICK = Budget(train_size=2_000, validation_size=400, test_size=2_500, epochs=3, batch=50, seeds=(0,), width=1 / 8)
_HOUR = Budget(train_size=8_000, validation_size=2_000, test_size=10_000, epochs=4, batch=50, seeds=(0,))
_HOUR_NARROW = replace(_HOUR, width=1 / 4)
_ALL_IMAGES = Budget(train_size=None, validation_size=None, test_size=None, epochs=1, batch=100, seeds=(0,))
_REPORTED = replace(_ALL_IMAGES, epochs=reported.EPOCHS, batch=reported.BATCH, seeds=(0, 1, 2))

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="smoke",
            purpose="the whole book in a few minutes, to test it; its numbers mean nothing",
            schedule="cosine",
            learning_rate=3e-3,
            comparison=_SMOKE_NARROW,
            candidates=_SMOKE_NARROW,
            headline=_SMOKE,
            heavy=Budget(train_size=62, validation_size=62, test_size=62, epochs=1, batch=31, seeds=(0,)),
            final=_SMOKE_NARROW,
        ),
        Profile(
            name="quick",
            purpose="everything trained anew in minutes on two cores; it concludes little",
            schedule="cosine",
            learning_rate=3e-3,
            comparison=_QUICK,
            candidates=_QUICK,
            headline=Budget(train_size=2_000, validation_size=500, test_size=1_000, epochs=3, batch=50, seeds=(0,)),
            heavy=Budget(train_size=1_000, validation_size=200, test_size=500, epochs=1, batch=50, seeds=(0,)),
            final=replace(_QUICK, epochs=6, width=1 / 2),
        ),
        Profile(
            name="hour",
            purpose="every run of the study once, in about an hour on two cores",
            schedule="cosine",
            learning_rate=3e-3,
            comparison=_HOUR_NARROW,
            candidates=_HOUR_NARROW,
            headline=_HOUR,
            heavy=Budget(train_size=1_500, validation_size=500, test_size=5_000, epochs=4, batch=50, seeds=(0,)),
            final=Budget(
                train_size=16_000, validation_size=4_000, test_size=10_000, epochs=6, batch=50, seeds=(0,), width=1 / 2
            ),
        ),
        Profile(
            name="standard",
            purpose="as much as some eight hours of two cores can do",
            schedule="cosine",
            learning_rate=3e-3,
            comparison=Budget(
                train_size=32_000,
                validation_size=6_000,
                test_size=None,
                epochs=5,
                batch=100,
                seeds=(0, 1, 2),
                width=1 / 4,
            ),
            candidates=replace(_ALL_IMAGES, epochs=8, width=1 / 4),
            headline=Budget(train_size=60_000, validation_size=10_000, test_size=None, epochs=4, batch=100, seeds=(0,)),
            heavy=Budget(train_size=16_000, validation_size=2_000, test_size=20_000, epochs=4, batch=100, seeds=(0,)),
            final=replace(_ALL_IMAGES, validation_size=2_000, epochs=16, width=3 / 4),
        ),
        Profile(
            name="full",
            purpose="the report's conditions on all of EMNIST, for a GPU",
            schedule="plateau",
            learning_rate=1e-3,
            comparison=_REPORTED,
            candidates=_REPORTED,
            headline=_REPORTED,
            heavy=_REPORTED,
            final=replace(_REPORTED, validation_size=10_000),
        ),
    )
}

PUBLISHED = published.PROFILE

#: The recipe that all studies share; each varies some of it.
BASE: dict[str, Any] = {
    "dataset": "byclass",
    "model": "residual-cnn",
    "blocks": 2,
    "activation": "relu",
    "optimizer": "adam",
}

#: Name in a recipe of each optimizer, its default rate in Keras, and the multiples of it that are tried: up past the
#: one that is best in a short run on two cores, where the default is far too low. With SGD's two, the next diverges.
OPTIMIZERS: dict[str, tuple[str, float, tuple[float, ...]]] = {
    "SGD": ("sgd", 1e-2, (1, 3, 10, 30, 100)),
    "SGD (Nesterov)": ("sgd-nesterov", 1e-2, (1, 3, 10, 30)),
    "Adagrad": ("adagrad", 1e-3, (1, 3, 10, 30, 100, 300, 1000)),
    "RMSprop": ("rmsprop", 1e-3, (0.3, 1, 3, 10)),
    "Adam": ("adam", 1e-3, (1, 3, 10, 30)),
    "Adamax": ("adamax", 1e-3, (1, 3, 10, 30, 100)),
    "Nadam": ("nadam", 1e-3, (1, 3, 10, 30)),
}

_ACTIVATIONS = tuple(
    Variant(label, {"activation": name})
    for label, name in {
        "ReLU": "relu",
        "Leaky ReLU": "leaky-relu",
        "ELU": "elu",
        "SELU": "selu",
        "sigmoid": "sigmoid",
        "tanh": "tanh",
        "softmax": "softmax",
        "softsign": "softsign",
        "swish": "swish",
        "GELU": "gelu",
    }.items()
)

_MODELS = (
    Variant("LeNet-5", {"model": "lenet5", "blocks": None}, "headline"),
    Variant("CNN", {"model": "cnn", "blocks": None}, "headline"),
    Variant("Residual CNN, quarter width", {"width": 0.25}, "headline"),
    Variant("Residual CNN", {}, "headline"),
    Variant("Residual CNN, fewer images", {}, "heavy"),
    Variant("ResNet-50", {"model": "resnet50", "blocks": None}, "heavy"),
    Variant("WaveMix-Lite 128/7", {"model": "wavemix-lite", "blocks": 7, "activation": "gelu"}, "heavy"),
)


def rate_label(rate: float) -> str:
    """Return a learning rate as the report writes it: ``2e-4``, and ``1e0`` for 1."""
    return f"{rate:.0e}".replace("e-0", "e-").replace("e+0", "e")


_SMOOTHED = {"label_smoothing": 0.1}
_SLIGHT = _SMOOTHED | {"augmentation": "slight"}
_AUGMENTED = _SMOOTHED | {"augmentation": "affine"}
_SHIFTED = _SMOOTHED | {"augmentation": "shift"}
_DROPPED = _SMOOTHED | {"dropout": 0.5}

_SHIFTED_DROPPED = _SHIFTED | {"dropout": 0.5}
#: With the optimizer and rate, and the number of blocks, that the comparisons of optimizers and of blocks show best.
_TUNED = _SHIFTED_DROPPED | {"optimizer": "sgd-nesterov", "learning_rate": 1e-1, "blocks": 3}
_WINNERS = _AUGMENTED | {"activation": "swish", "optimizer": "nadam"}

_CANDIDATES = (
    Variant("base", {}, "candidates"),
    Variant("label smoothing", _SMOOTHED, "candidates"),
    Variant("label smoothing, slight augmentation", _SLIGHT, "candidates"),
    Variant("label smoothing, augmentation", _AUGMENTED, "candidates"),
    Variant("label smoothing, augmentation, swish, Nadam", _WINNERS, "candidates"),
    Variant("label smoothing, augmentation, swish, Nadam, dropout", _WINNERS | {"dropout": 0.5}, "candidates"),
)

_WIDTHS = (
    *(
        Variant(f"{name} width{suffix}", changes | {"width": width}, "candidates")
        for name, width in (("quarter", 0.25), ("half", 0.5))
        for suffix, changes in (
            ("", _SMOOTHED),
            (", slight augmentation", _SLIGHT),
            (", dropout", _DROPPED),
        )
    ),
    *(
        Variant(f"half width, {name}, twice the passes", changes | {"width": 0.5}, "candidates", passes=2)
        for name, changes in (
            ("augmentation", _AUGMENTED),
            ("shifts", _SHIFTED),
            ("shifts, dropout", _SHIFTED_DROPPED),
        )
    ),
    *(
        Variant(
            f"{name} width, shifts, dropout, Nesterov, 3 blocks, twice the passes",
            _TUNED | {"width": width},
            "candidates",
            passes=2,
        )
        for name, width in (("half", 0.5), ("three-quarter", 0.75))
    ),
    Variant("whole width, shifts, dropout", _SHIFTED_DROPPED | {"width": 1.0}, "candidates"),
)

_FEW_IMAGES = tuple(
    Variant(label, changes | {"width": 0.5}, "heavy", passes=4)
    for label, changes in (
        ("label smoothing", _SMOOTHED),
        ("label smoothing, dropout", _DROPPED),
        ("label smoothing, slight augmentation", _SLIGHT),
        ("label smoothing, augmentation", _AUGMENTED),
        ("label smoothing, shifts", _SHIFTED),
        ("label smoothing, shifts, dropout", _SHIFTED_DROPPED),
    )
)

#: Study -> its row that showed best on validation images, whose recipe the final model has: among networks of half the
#: width or more, and where images are few.
CHOSEN = {
    "width": "three-quarter width, shifts, dropout, Nesterov, 3 blocks, twice the passes",
    "few-images": "label smoothing, shifts",
}

#: What the final model changes in the base recipe, and where it has few images: what those rows do.
_FINAL, _FINAL_OF_FEW = _TUNED, _SHIFTED

_OPTIMIZERS = tuple(
    Variant(f"{label}, {rate_label(rate)}", {"optimizer": name, "learning_rate": rate})
    for label, (name, default, factors) in OPTIMIZERS.items()
    for rate in (float(f"{default * factor:g}") for factor in factors)
)

_RATES = tuple(
    Variant(rate_label(rate), {"learning_rate": rate})
    for rate in (1e-2, *(step / 10_000 for step in range(10, 0, -1)), 1e-5, 1e-6)
)

_SETS = ("byclass", "bymerge", "balanced")

_CROSS_DATASET = tuple(
    Variant(SPECS[name].title, {"dataset": name, "test_on": [other for other in _SETS if other != name]})
    for name in _SETS
)

_CROSS_ENTROPY = Variant("cross-entropy", {})

_CLASS_WEIGHTS = Variant("class weights", {"class_balance": "inverse"})

_FOCAL = (
    *(
        Variant(f"focal, gamma {gamma:g}, alpha {alpha:g}", {"loss": "focal", "gamma": gamma, "alpha": alpha})
        for gamma in (0.5, 0.75, 1.0)
        for alpha in (0.15, 0.25, 0.35)
    ),
    *(Variant(f"focal, gamma {gamma:g}", {"loss": "focal", "gamma": gamma}) for gamma in (1.0, 2.0, 3.0)),
)

_BLOCKS = tuple(Variant(f"{blocks}", {"blocks": blocks}) for blocks in range(1, 5))


def _behind_the_report() -> tuple[Variant, ...]:
    """Return every run behind the report's tables once, each labelled with its first table and row."""
    defaults = {f"{label}, {rate_label(rate)}" for label, (_, rate, _) in OPTIMIZERS.items()}
    tables = {
        "models": [variant for variant in _MODELS if "," not in variant.label],
        "optimizers": [variant for variant in _OPTIMIZERS if variant.label in defaults],
        "activations": _ACTIVATIONS,
        "blocks": _BLOCKS,
        "learning rates": _RATES,
        "cross-dataset": _CROSS_DATASET,
        "losses": (_CROSS_ENTROPY, _CLASS_WEIGHTS, *_FOCAL),
    }
    found: list[Variant] = []
    seen: list[tuple[dict[str, Any], str]] = []
    for table, variants in tables.items():
        for variant in variants:
            point = (
                {name: value for name, value in variant.changes.items() if BASE.get(name) != value},
                variant.budget,
            )
            if point not in seen:
                seen.append(point)
                found.append(replace(variant, label=f"{table}: {variant.label}"))
    return tuple(found)


STUDIES = {
    study.name: study
    for study in (
        Study("models", "How much accuracy do parameters and time buy?", _MODELS),
        Study("optimizers", "Which optimizer, at its default rate and at its best one?", _OPTIMIZERS),
        Study("activations", "Does the activation matter?", _ACTIVATIONS),
        Study("blocks", "How many residual blocks are enough?", _BLOCKS),
        Study("learning-rates", "How exact does the learning rate have to be?", (*_RATES, Variant("base", {}))),
        Study("cross-dataset", "Does a network trained on one set answer another?", _CROSS_DATASET),
        Study(
            "class-balance",
            "What helps the rare classes, and what does it cost the common ones?",
            (
                _CROSS_ENTROPY,
                _CLASS_WEIGHTS,
                Variant("class weights, square root", {"class_balance": "square-root"}),
                Variant("class weights, effective number", {"class_balance": "effective-number"}),
                Variant("balanced sampling", {"class_balance": "sampling"}),
                Variant("logit adjustment", {"class_balance": "logit-adjustment"}),
            ),
        ),
        Study("focal-loss", "Does it help to look away from what is easy?", (_CROSS_ENTROPY, *_FOCAL)),
        Study(
            "regularisation",
            "What helps against over-fitting?",
            (
                Variant("none", {}),
                Variant("label smoothing", {"label_smoothing": 0.1}),
                Variant("dropout", {"dropout": 0.5}),
                Variant("slight augmentation", {"augmentation": "slight"}),
                Variant("augmentation", {"augmentation": "affine"}),
                Variant("shifts", {"augmentation": "shift"}),
            ),
        ),
        Study(
            "training-size",
            "What would more images bring?",
            tuple(Variant(f"1/{n}" if n > 1 else "all", {}, part=1 / n) for n in (8, 4, 2, 1)),
        ),
        Study("candidates", "Which recipe is best on validation images, when it is trained for long?", _CANDIDATES),
        Study(
            "width",
            "Which recipe is best at half the width, and does a wider network bear more regularisation?",
            _WIDTHS,
        ),
        Study("few-images", "Which recipe is best where images are few?", _FEW_IMAGES),
        Study(
            "final",
            "How good is the best recipe on each of three sets?",
            (
                Variant("ByClass", _FINAL | {"refit": True}, "final"),
                Variant("ByMerge", _FINAL | {"refit": True, "dataset": "bymerge"}, "final"),
                Variant("Balanced", _FINAL_OF_FEW | {"refit": True, "dataset": "balanced", "width": 0.5}, "final"),
                Variant("ByClass, fewer images", _FINAL_OF_FEW | {"width": 0.5}, "heavy", passes=4),
            ),
        ),
        Study("report", "What are all the runs behind the report's tables?", _behind_the_report()),
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
