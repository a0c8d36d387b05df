"""Trains what a study still lacks: plan, run, and hand its records to a chapter."""

from __future__ import annotations

import functools
import itertools
import math
import multiprocessing
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Literal

from filelock import FileLock
from tqdm import tqdm

from emnist_utils import data, results, studies
from emnist_utils.errors import UserError
from emnist_utils.paths import runs_dir
from emnist_utils.training.provenance import code
from emnist_utils.training.recipe import Recipe, run_id
from emnist_utils.training.record import Record

#: Seconds of a run beside its epochs and its test: building, compiling, writing.
_OVERHEAD_SECONDS = 5.0

#: A worker takes up to 2 GB; more of them than this would not fit most machines.
_MOST_WORKERS = 8

#: TensorFlow keeps some 25 MB of each run for as long as a process lasts.
_RUNS_A_WORKER = 45

#: In a worker: where to tell of each epoch that ends.
_epochs: SimpleQueue[tuple[Recipe, int]]


class RunError(UserError, RuntimeError):
    """Runs that failed, each with its reason. What finished is kept."""


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
        Estimated duration from earlier runs of the same network, be it of another width; None where there were none.
    """

    studies: tuple[str, ...]
    recipe: Recipe
    run_id: str
    state: Literal["present", "missing", "stale"]
    reason: str
    seconds: float | None


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
    users = _users(profile, study_names)
    chosen = [recipe for recipe in users if _fits(recipe, only or {})]
    if not chosen:
        raise studies.StudyError(f"no run of profile {profile} has {dict(only or {})}; see 'emnist plan'")
    longest = functools.cache(_longest_runs)  # read where an estimate is wanted, and then once
    planned = [_planned(recipe, tuple(users[recipe]), longest) for recipe in chosen]
    return sorted(planned, key=lambda item: (item.recipe.seed, -(item.seconds or float("inf"))))


def run(
    profile: str,
    study_names: Sequence[str] | None = None,
    only: Mapping[str, str] | None = None,
    *,
    workers: int | None = None,
    again: bool = False,
    max_minutes: float | None = None,
) -> int:
    """Train what a profile still lacks, several runs side by side, each saved the moment it ends.

    Progress and time left go to the terminal, or one line a run where there is none.

    Parameters
    ----------
    profile, study_names, only
        See ``plan``.
    workers : int, optional
        Number of runs side by side. If left out it is one a core on a CPU, since two runs on a core each are about a
        third faster than one after the other on both, and one on a GPU or with JAX, which takes all cores itself.
    again : bool
        Train runs that are present too: a further attempt at each, as with another backend.
    max_minutes : float, optional
        Stop after so long: no run is started that would take longer than is left, and those that are on their way then
        are given up.

    Returns
    -------
    int
        How many runs are left for lack of time.

    Raises
    ------
    RunError
        If runs failed; the others were finished first.
    """
    todo = [item for item in plan(profile, study_names, only) if again or item.state != "present"]
    if not todo:
        return 0
    deadline = time.monotonic() + 60 * max_minutes if max_minutes is not None else math.inf
    if not code().clean:
        print("the code is not as committed: these runs can be used here, but not published", file=sys.stderr)
    _make_folder()
    cores = _cores()
    # So many threads a run that the whole profile fills the machine, however little of it is left to do: times of runs
    # with other numbers of threads could not be compared.
    threads = max(1, cores // (workers or default_workers(len(_users(profile, None)))))
    workers = workers or default_workers(len(todo))
    context = multiprocessing.get_context("spawn")
    epochs = context.SimpleQueue()
    board = _Board(todo, workers)
    failures: list[str] = []
    try:
        for start in range(0, len(todo), workers * _RUNS_A_WORKER):
            with ProcessPoolExecutor(
                workers, mp_context=context, initializer=_set_up_worker, initargs=(threads, epochs)
            ) as pool:
                some = todo[start : start + workers * _RUNS_A_WORKER]
                failures += _train_all(pool, workers, some, again, board, epochs, deadline)
    except _TimeIsUp:
        pass
    finally:
        board.close()
    if failures:
        listed = "\n  ".join(dict.fromkeys(failures))
        raise RunError(f"{len(failures)} of {len(todo)} runs failed:\n  {listed}\nMore is in {_log()}")
    return len(todo) - board.count


class _TimeIsUp(Exception):
    """The time that a person gave has passed."""


def _train_all(
    pool: ProcessPoolExecutor,
    workers: int,
    todo: Sequence[Planned],
    again: bool,
    board: _Board,
    epochs: SimpleQueue[tuple[Recipe, int]],
    deadline: float,
) -> list[str]:
    """Train some runs in a pool of workers, as far as the time allows; return why some of them failed."""
    failures = []
    waiting, running = deque(todo), dict[Future[Record], Planned]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                item = waiting.popleft()
                if time.monotonic() + (item.seconds or 0.0) < deadline:
                    running[_submit(pool, item, again)] = item
            ended, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
            while not epochs.empty():
                board.epoch(*epochs.get())
            for future in ended:
                item = running.pop(future)
                try:
                    board.finished(item, future.result())
                except BrokenProcessPool:
                    failures.append(
                        f"{item.recipe.label()}: not finished, since a process was killed, perhaps for lack of "
                        "memory; run again with fewer --workers, finished runs are kept"
                    )
                except Exception as error:
                    failures.append(f"{item.recipe.label()}: {type(error).__name__}: {error}")
            if running and time.monotonic() > deadline:
                raise _TimeIsUp
    except BaseException:
        # shutdown() would wait for all runs that are on their way
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    return failures


def _submit(pool: ProcessPoolExecutor, item: Planned, again: bool) -> Future[Record]:
    """Hand a run to a pool; to a broken one, too, whose runs all fail."""
    try:
        return pool.submit(_train, item.recipe, again)
    except BrokenProcessPool as error:
        failed: Future[Record] = Future()
        failed.set_exception(error)
        return failed


def default_workers(runs: int) -> int:
    """Return how many of ``runs`` runs to train side by side on this machine."""
    alone = _has_gpu() or os.environ.get("KERAS_BACKEND") == "jax"
    return 1 if alone else min(runs, _cores(), _MOST_WORKERS)


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
            record = results.find(recipe, data.load(recipe.dataset).fingerprint)
            if record is None:
                raise RunError(f"{recipe.label()}: its record vanished after the run; run again")
            found.setdefault(label, []).append(record)
    return found


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


def _users(profile: str, study_names: Sequence[str] | None) -> dict[Recipe, list[str]]:
    """Return the recipes of a profile, each once, with the studies that share it."""
    users: dict[Recipe, list[str]] = {}
    for study in map(studies.study, study_names or studies.STUDIES):
        for recipe in itertools.chain(*study.recipes(studies.profile(profile)).values()):
            users.setdefault(recipe, []).append(study.name)
    return users


def _planned(
    recipe: Recipe, names: tuple[str, ...], longest: Callable[[], Mapping[tuple[object, ...], Record]]
) -> Planned:
    dataset = data.load(recipe.dataset)
    identifier = run_id(recipe, dataset.fingerprint)
    found = results.attempts(identifier)
    if found.fresh:
        return Planned(names, recipe, identifier, "present", "", 0.0)
    seconds = None
    if known := _like(recipe, list(longest().values())):
        earlier, factor = known
        images = (recipe.train_size or len(dataset.validation[0])) * recipe.epochs
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


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _has_gpu() -> bool:
    return Path("/dev/nvidia0").exists()


def _make_folder() -> None:
    try:
        (runs_dir() / "locks").mkdir(parents=True, exist_ok=True)
        _log().touch()
    except OSError as error:
        raise RunError(
            f"{runs_dir()} cannot be written ({error.strerror or error}), so no run could be kept; make it writable or "
            "set EMNIST_RUNS to another folder"
        ) from error


def _log() -> Path:
    return runs_dir() / "workers.log"


def _set_up_worker(threads: int, epochs: SimpleQueue[tuple[Recipe, int]]) -> None:
    """Set a worker up before it imports a backend; what backends print about themselves goes to a log file."""
    global _epochs
    _epochs = epochs
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(threads)
    # TensorFlow turns oneDNN's kernels on by itself on some processors only; they pay on others too, 1.3 to 4 times.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    log = os.open(_log(), os.O_WRONLY | os.O_APPEND)
    os.dup2(log, sys.stderr.fileno())
    os.close(log)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when the process that started it is gone, however it ended."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _train(recipe: Recipe, again: bool) -> Record:
    """Train one recipe in a worker, unless another process has just done it; what goes wrong is logged in full."""
    try:
        return _train_and_write(recipe, again)
    except Exception:
        traceback.print_exc()
        raise


def _train_and_write(recipe: Recipe, again: bool) -> Record:
    from emnist_utils.training.fit import train

    dataset = data.load(recipe.dataset)
    identifier = run_id(recipe, dataset.fingerprint)
    folder = runs_dir()
    with FileLock(folder / "locks" / f"{identifier}.lock"):
        done = None if again else results.find(recipe, dataset.fingerprint)
        if done:
            return done
        weights, bookmark = folder / f".{identifier}.weights.h5", folder / f".{identifier}.bookmark.npz"
        record, predictions = train(
            recipe,
            dataset,
            progress=lambda epoch, _: _epochs.put((recipe, epoch)),
            weights=weights,
            bookmark=bookmark,
        )
        weights.replace(folder / f"{record.stem}.weights.h5")
        results.write_record(record, predictions, folder)
        bookmark.unlink(missing_ok=True)
        return record


class _Board:
    """Shows how far the runs are: a bar on a terminal, else one line a finished run."""

    def __init__(self, todo: Sequence[Planned], workers: int) -> None:
        self._known = known = all(item.seconds for item in todo)
        self._weights = {
            item.recipe: float(item.seconds or 0)
            if known
            else float((item.recipe.train_size or 1) * item.recipe.epochs)
            for item in todo
        }
        self._done = dict.fromkeys(self._weights, 0.0)
        self.count = 0
        self._start = time.perf_counter()
        self._terminal = sys.stderr.isatty()
        names = f"{len(todo)} run{'s' if len(todo) > 1 else ''}, {workers} at a time"
        self._bar = tqdm(
            total=sum(self._weights.values()),
            desc=f"training {names}",
            bar_format="{desc}: {percentage:3.0f} % |{bar}| {elapsed}" + (", {remaining} left" if known else ""),
            disable=not self._terminal,
        )
        if not self._terminal:
            print(f"training {names}", file=sys.stderr, flush=True)

    def epoch(self, recipe: Recipe, epoch: int) -> None:
        """Note that a run has finished its ``epoch``-th epoch."""
        self._advance(recipe, self._weights[recipe] * epoch / recipe.epochs)

    def finished(self, item: Planned, record: Record) -> None:
        """Note that a run has ended, and say what came of it."""
        self._advance(item.recipe, self._weights[item.recipe])
        self.count += 1
        seconds = record.timing.compile_seconds + record.timing.train_seconds + record.timing.evaluate_seconds
        line = (
            f"[{self.count}/{len(self._weights)}] {item.recipe.label()}: "
            f"{100 * record.test.accuracy:.2f} % on test in {seconds:.0f} s"
        )
        if self._terminal:
            self._bar.write(line, file=sys.stderr)
        else:
            print(line + self._left(), file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the terminal tidy."""
        self._bar.close()

    def _left(self) -> str:
        """Say how long the rest takes; without earlier runs to go by, runs of unlike networks tell nothing."""
        done, total = sum(self._done.values()), sum(self._weights.values())
        if not self._known or done == total:
            return ""
        return f", about {duration((time.perf_counter() - self._start) * (total - done) / done)} left"

    def _advance(self, recipe: Recipe, weight: float) -> None:
        self._bar.update(weight - self._done[recipe])
        self._done[recipe] = weight


def duration(seconds: float | None) -> str:
    """Say a duration as a person would: ``40 s``, ``12 min``, ``3 h 20 min``; None is ``unknown time``."""
    if seconds is None:
        return "unknown time"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
