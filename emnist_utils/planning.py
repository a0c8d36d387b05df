"""Which runs a profile has, which of them are there, and how long the others would take."""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from emnist_utils import data, published, results, studies
from emnist_utils.training.recipe import Recipe, run_id
from emnist_utils.training.record import Record

#: Seconds of a run beside its epochs and its test: building, compiling, writing.
_OVERHEAD_SECONDS = 5.0


@dataclass(frozen=True)
class Planned:
    """One run of a study, and whether its record is there.

    Attributes
    ----------
    studies : tuple of str
        The studies that share the run.
    recipe : Recipe
    run_id : str
    state : str
        ``"present"``, ``"missing"`` or ``"stale"``.
    reason : str
        Why it is not present, in words.
    seconds : float or None
        How long it took, or would take by earlier runs of the same network, be it of another width; None where there
        were none.
    """

    studies: tuple[str, ...]
    recipe: Recipe
    run_id: str
    state: Literal["present", "missing", "stale"]
    reason: str
    seconds: float | None


@dataclass(frozen=True)
class Shard:
    """One of ``count`` shares of a plan that have no run in common and are together all of it.

    Attributes
    ----------
    index : int
        From 1 to ``count``.
    count : int
    """

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``"2/4"``: the second of four shares.

        Raises
        ------
        StudyError
            If the text has another form, or names a share that there is not.
        """
        match = re.fullmatch(r"(\d+)/(\d+)", text, re.ASCII)
        if not match or not 1 <= int(match[1]) <= int(match[2]):
            raise studies.StudyError(
                f"{text!r} is no share of the runs; expected I/N with I from 1 to N, such as 2/4 for the second of four"
                " (an array of Slurm's tasks has to begin at 1: --array=1-4)"
            )
        return cls(int(match[1]), int(match[2]))

    def of(self, planned: Sequence[Planned]) -> list[Planned]:
        """Return this share of a plan, in the plan's order.

        It follows from the ids of the plan's runs alone, whatever is present already, so that shares that are trained
        at different times have no run in common.
        """
        mine = set(sorted(item.run_id for item in planned)[self.index - 1 :: self.count])
        return [item for item in planned if item.run_id in mine]


def plan(
    profile: str, study_names: Sequence[str] | None = None, only: Mapping[str, str] | None = None
) -> list[Planned]:
    """List the runs of a profile, each once, those of lower seeds first.

    Parameters
    ----------
    profile : str
        A key of ``studies.PROFILES``.
    study_names : sequence of str, optional
        Keys of ``studies.STUDIES``; all studies if left out.
    only : mapping, optional
        Recipe fields and the values that they must have, as text: ``{"width": "0.25"}``.

    Raises
    ------
    StudyError
        If there is no such profile or study, or no run fits ``only``.
    DataError
        If a data set cannot be read.
    """
    users = recipes(profile, study_names)
    chosen = [recipe for recipe in users if _fits(recipe, only or {})]
    if not chosen:
        raise studies.StudyError(f"no run of profile {profile} has {dict(only or {})}; see 'emnist plan'")
    longest = functools.cache(_longest_runs)  # read where an estimate is wanted, and then once
    planned = [_planned(recipe, profile, tuple(users[recipe]), longest) for recipe in chosen]
    return sorted(planned, key=lambda item: (item.recipe.seed, -(item.seconds or float("inf"))))


def recipes(profile: str, study_names: Sequence[str] | None = None) -> dict[Recipe, list[str]]:
    """Return the recipes of a profile, each once, with the studies that share it."""
    users: dict[Recipe, list[str]] = {}
    for study in map(studies.study, study_names or studies.STUDIES):
        for recipe in itertools.chain(*study.recipes(studies.profile(profile)).values()):
            users.setdefault(recipe, []).append(study.name)
    return users


def _planned(
    recipe: Recipe, profile: str, names: tuple[str, ...], longest: Callable[[], Mapping[tuple[object, ...], Record]]
) -> Planned:
    identifier = run_id(recipe, published.fingerprint(recipe.dataset, profile))
    found = results.attempts(identifier)
    if found.fresh:
        return Planned(names, recipe, identifier, "present", "", _OVERHEAD_SECONDS + found.fresh[0].timing.seconds)
    dataset = data.load(recipe.dataset)
    seconds = None
    if known := _like(recipe, list(longest().values())):
        earlier, factor = known
        whole = len(dataset.train) - (recipe.validation_size or 0) if recipe.refit else len(dataset.validation[0])
        images = (recipe.train_size or whole) * recipe.epochs
        tests = recipe.test_size or len(dataset.test.labels)
        seconds = _OVERHEAD_SECONDS + factor * (
            images / earlier.timing.images_per_second + tests * earlier.timing.evaluate_seconds / earlier.data.test
        )
    if found.stale:
        return Planned(names, recipe, identifier, "stale", "; ".join(found.stale[0].stale()), seconds)
    reason = "; ".join(found.refused) or f"never trained on {recipe.dataset} as it is here"
    return Planned(names, recipe, identifier, "missing", reason, seconds)


def _fits(recipe: Recipe, only: Mapping[str, str]) -> bool:
    for name, value in only.items():
        if name not in Recipe.model_fields:
            raise studies.StudyError(f"a recipe has no field {name!r}; it has {', '.join(Recipe.model_fields)}")
        actual = getattr(recipe, name)
        try:
            same = float(actual) == float(value)
        except (TypeError, ValueError):
            same = str(actual) == value
        if not same:
            return False
    return True


def _like(recipe: Recipe, earlier: Sequence[Record]) -> tuple[Record, float] | None:
    """Return an earlier run of the same network, or of its nearest width, and how many times as much an image costs."""
    same = [record for record in earlier if record.recipe.model == recipe.model]
    if not same:
        return None
    if exact := [record for record in same if _shape(record.recipe) == _shape(recipe)]:
        return exact[0], 1.0
    factors = [(record, recipe.width / record.recipe.width) for record in same]
    return min(factors, key=lambda one: abs(math.log(one[1])))


def _shape(recipe: Recipe) -> tuple[object, ...]:
    return recipe.model, recipe.width, recipe.blocks


def _longest_runs() -> dict[tuple[object, ...], Record]:
    """Return of each network the run that took longest on this machine, or of the published ones where it has none."""
    longest: dict[tuple[object, ...], Record] = {}
    for folder in reversed(results.store_folders()):
        here: dict[tuple[object, ...], Record] = {}
        for record in results.readable(folder):
            shape = _shape(record.recipe)
            if shape not in here or record.timing.train_seconds > here[shape].timing.train_seconds:
                here[shape] = record
        longest |= here
    return longest
