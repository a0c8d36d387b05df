"""Trains what a study still lacks: plan, run, and hand its records to a chapter."""

from __future__ import annotations

import itertools
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from emnist_utils import local_workers, planning, results, studies
from emnist_utils.dispatch import Job
from emnist_utils.errors import UserError
from emnist_utils.files import remove_old_leftovers
from emnist_utils.paths import runs_dir, workers_log
from emnist_utils.planning import Shard, plan
from emnist_utils.progress import Board
from emnist_utils.published import fingerprint, is_all_there_is
from emnist_utils.training.provenance import code
from emnist_utils.training.record import Record


class RunError(UserError, RuntimeError):
    """Runs that failed, each with its reason. What finished is kept."""


def run(
    profile: str,
    study_names: Sequence[str] | None = None,
    only: Mapping[str, str] | None = None,
    *,
    shard: Shard | None = None,
    workers: int | None = None,
    again: bool = False,
    max_minutes: float | None = None,
    train: Callable[[Job], Board] = local_workers.train,
) -> int:
    """Train what a profile still lacks, several runs side by side, each saved the moment it ends.

    Progress and time left go to the terminal, or one line a run where there is none.

    Parameters
    ----------
    profile, study_names, only
        See ``planning.plan``.
    shard : Shard, optional
        Train only this share of these runs.
    workers : int, optional
        Number of runs side by side; as many as there is room for if left out.
    again : bool
        Train runs that are present too: a further attempt at each, as with another backend.
    max_minutes : float, optional
        Stop after so long: no run is started that would take longer than is left, and those that are on their way then
        are given up.
    train : callable
        Where to train: ``local_workers.train`` or ``ray_cluster.train``.

    Returns
    -------
    int
        How many runs are left for lack of time.

    Raises
    ------
    RunError
        If runs failed; the others were finished first.
    """
    planned = plan(profile, study_names, only)
    if shard:
        planned = shard.of(planned)
    todo = [item for item in planned if again or item.state != "present"]
    if not todo:
        return 0
    if is_all_there_is(profile):
        raise RunError(
            f"{len(todo)} runs of profile {profile} cannot be trained, for there is no EMNIST here: "
            "'emnist data --download' fetches it, or set EMNIST_HOME"
        )
    deadline = time.monotonic() + 60 * max_minutes if max_minutes is not None else math.inf
    if not code().clean:
        print("the code is not as committed: these runs can be used here, but not published", file=sys.stderr)
    _make_folder()
    for folder in results.store_folders():
        remove_old_leftovers(folder)
    board = train(Job(todo, len(planning.recipes(profile)), workers, again, deadline))
    if board.failures:
        listed = "\n  ".join(dict.fromkeys(board.failures))
        raise RunError(f"{len(board.failures)} of {len(todo)} runs failed:\n  {listed}\nMore is in {workers_log()}")
    return len(todo) - board.finished


def records(study_name: str, profile: str) -> dict[str, list[Record]]:
    """Return a study's records by the labels of its variants, training first what is missing.

    Parameters
    ----------
    study_name : str
        A key of ``studies.STUDIES``.
    profile : str
        A key of ``studies.PROFILES``.
    """
    run(profile, [study_name])
    found: dict[str, list[Record]] = {}
    for label, recipes in studies.study(study_name).recipes(studies.profile(profile)).items():
        for recipe in recipes:
            record = results.find(recipe, fingerprint(recipe.dataset, profile))
            if record is None:
                raise RunError(f"{recipe.label()}: its record vanished after the run; run again")
            found.setdefault(label, []).append(record)
    return found


def all_records(profile: str) -> dict[str, dict[str, list[Record]]]:
    """Return the records of every study by its name, training first what is missing."""
    return {name: records(name, profile) for name in studies.STUDIES}


def published(study_name: str, profile: str) -> dict[str, list[Record]]:
    """Return a study's published records, all trained on the same data, by the labels of its variants.

    A label is left out unless all its seeds are there.
    """
    by_label = studies.study(study_name).recipes(studies.profile(profile))
    found = {record.recipe: record for record in results.find_published(list(itertools.chain(*by_label.values())))}
    return {
        label: [found[recipe] for recipe in recipes]
        for label, recipes in by_label.items()
        if all(recipe in found for recipe in recipes)
    }


def collect_publishable(profile: str, target: Path) -> list[str]:
    """Copy the records of a profile to a folder; return what stands in the way, if anything.

    Nothing is copied unless every run of the profile can be published.
    """
    problems, ready = [], []
    for item in plan(profile):
        if item.state != "present":
            problems.append(f"{item.recipe.label()}: {item.state}: {item.reason}")
            continue
        fresh = results.attempts(item.run_id).fresh
        good = next((record for record in fresh if not results.unpublishable(record)), None)
        if good is None:
            problems.append(f"{item.recipe.label()}: {results.unpublishable(fresh[0])}")
        else:
            ready.append(good)
    if not problems:
        for record in ready:
            results.copy_record(record, target)
    return problems


def _make_folder() -> None:
    try:
        (runs_dir() / "locks").mkdir(parents=True, exist_ok=True)
        workers_log().touch()
    except OSError as error:
        raise RunError(
            f"{runs_dir()} cannot be written ({error.strerror or error}), so no run could be kept; make it writable or "
            "set EMNIST_RUNS to another folder"
        ) from error
