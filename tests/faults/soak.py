"""A small study that is disturbed again and again: processes over one store are killed, interrupted and starved.

``python tests/faults/soak.py --faults 200 --seed 1`` prints what came of it as JSON. Processes are forks of this one,
which has imported the backend and never used it, so that a fault costs seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import faults

from emnist_utils import data, results, runner, studies
from emnist_utils.studies import Budget, Study, Variant
from emnist_utils.training import (
    fit,  # noqa: F401  the backend is imported here, once
    resumption,
)
from emnist_utils.training.record import Record

STUDY, PROFILE = "soak", "tiny"

#: Seconds after which processes that were disturbed or not must have ended.
_PATIENCE = 300

#: How many processes work side by side on the store.
_PROCESSES = 2

KINDS = ("worker killed", "all killed", "all killed at a change", "interrupted", "disk full")


@dataclass
class Outcome:
    """What came of all faults.

    ``left_over`` counts bookmarks of finished runs: where a process is killed between the two, the record is there and
    its bookmark is not yet removed. That costs room on the disk, and no result.
    """

    faults: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)
    studies: int = 0
    records: int = 0
    left_over: int = 0


def declare() -> None:
    """Declare a study of six runs of seconds each, whose bookmarks are kept from the first epoch on."""
    budget = Budget(train_size=120, validation_size=30, test_size=50, epochs=3, batch=30, seeds=(0,))
    studies.PROFILES[PROFILE] = replace(studies.PROFILES["smoke"], name=PROFILE, comparison=budget)
    rows = tuple(
        Variant(name, {"dataset": "digits", "model": "lenet5", "blocks": None, "activation": name})
        for name in ("relu", "tanh", "elu", "sigmoid", "swish", "gelu")
    )
    studies.STUDIES[STUDY] = Study(STUDY, "Does it survive?", rows)
    resumption.WORTH_KEEPING = 0.0
    forking = multiprocessing.get_context("fork")
    multiprocessing.get_context = lambda method=None: forking  # type: ignore[method-assign, assignment]


def use(store: Path) -> None:
    """Let a folder be the store, and no other."""
    os.environ["EMNIST_RUNS"] = str(store)
    results.results_dir = lambda: store / "published"


def start(action: Callable[[], object]) -> int:
    """Do something in a fork that leads a process group of its own; return its id."""
    child = os.fork()
    if not child:
        code = 70
        try:
            os.setpgid(0, 0)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            action()
            code = 0
        except (runner.RunError, KeyboardInterrupt):
            code = 1
        finally:
            os._exit(code)
    with contextlib.suppress(OSError):  # it was faster
        os.setpgid(child, child)
    return child


def train() -> None:
    """Train what the store lacks."""
    runner.run(PROFILE, [STUDY], workers=2)


def complete(store: Path) -> str:
    """Train without a fault what the store lacks; return why that failed, or an empty string."""
    reason = store / "reason.txt"

    def action() -> None:
        try:
            train()
        except BaseException as error:
            reason.write_text(f"{type(error).__name__}: {error}", encoding="utf-8")
            raise

    code = os.waitstatus_to_exitcode(os.waitpid(start(action), 0)[1])
    return "" if code == 0 else reason.read_text(encoding="utf-8") if reason.exists() else f"ended with {code}"


def disturbed(kind: str, change: int, store: Path) -> Callable[[], None]:
    """Return what trains with a fault of a kind at a change of the store."""

    def action() -> None:
        me = os.getpid()
        if kind == "worker killed":
            faults.at_change(change, store, faults.kill, spare=me)
        elif kind == "all killed at a change":
            faults.at_change(change, store, lambda: os.killpg(me, signal.SIGKILL))
        elif kind == "disk full":
            faults.at_change(change, store, faults.full)
        train()

    return action


def side_by_side(random_: random.Random, store: Path, outcome: Outcome) -> None:
    """Let processes train side by side, each with a fault of its own, until all have ended."""
    running: dict[int, tuple[str, float]] = {}
    for _ in range(_PROCESSES):
        kind = random_.choice(KINDS)
        moment = random_.uniform(0.2, 6.0) if kind in ("all killed", "interrupted") else float("inf")
        child = start(disturbed(kind, random_.randint(1, 40), store))
        running[child] = kind, time.monotonic() + moment
    deadline = time.monotonic() + _PATIENCE
    groups = list(running)
    while running and time.monotonic() < deadline:
        for child, (kind, moment) in list(running.items()):
            if time.monotonic() > moment:
                os.killpg(child, signal.SIGINT if kind == "interrupted" else signal.SIGKILL)
                running[child] = kind, float("inf")
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                del running[child]
                if os.waitstatus_to_exitcode(status):
                    outcome.faults[kind] += 1
        time.sleep(0.02)
    outcome.losses += ["a process never ended"] * len(running)
    for group in groups:  # workers end by themselves when their parent is gone; those of the next round start now
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    for child in running:
        os.waitpid(child, 0)


def check(store: Path, known: dict[str, str]) -> list[str]:
    """Return what was lost or is not whole; add the finished records to those that are known."""
    losses = []
    for name, digest in known.items():
        path = store / name
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            losses.append(f"{name} was there and is gone or altered")
    for path in sorted(store.glob("*.json")):
        try:
            results.read_predictions(results.read_record(path))
        except results.RecordError as error:
            losses.append(str(error))
        for part in (path, path.with_suffix(".npz")):
            if part.exists():
                known[part.name] = hashlib.sha256(part.read_bytes()).hexdigest()
    twice = Counter(path.name.split("-")[1] for path in store.glob("*.json"))
    return losses + [f"run {name} was trained {count} times" for name, count in twice.items() if count > 1]


def numbers(store: Path) -> dict[str, Any]:
    """Return what must be equal however a study was disturbed, by run."""

    def of(record: Record) -> Any:
        return record.curves.model_dump(exclude={"seconds"}), record.test, record.predictions, record.best_epoch

    return {record.run_id: of(record) for record in results.readable(store)}


def soak(count: int, seed: int, folder: Path, told: Callable[[str], None] = lambda _: None) -> Outcome:
    """Disturb studies, each in a store of its own, until there were so many faults; then let the last one end."""
    declare()
    data.load("digits")
    outcome, random_ = Outcome(), random.Random(seed)
    undisturbed = folder / "undisturbed"
    use(undisturbed)
    undisturbed.mkdir()
    if reason := complete(undisturbed):
        raise RuntimeError(f"the undisturbed study failed, so nothing can be compared: {reason}")
    expected = numbers(undisturbed)
    assert len(expected) == len(studies.STUDIES[STUDY].variants)
    while outcome.faults.total() < count:
        store, known = folder / f"store-{outcome.studies}", dict[str, str]()
        use(store)
        while outcome.faults.total() < count and len(list(store.glob("*.json"))) < len(expected):
            side_by_side(random_, store, outcome)
            outcome.losses += check(store, known)
            told(f"{outcome.faults.total()} faults, {len(outcome.losses)} losses")
        if reason := complete(store):
            outcome.losses.append(f"a study was not completed: {reason}")
        outcome.losses += check(store, known)
        if numbers(store) != expected:
            outcome.losses.append("a study's numbers are not those of an undisturbed one")
        outcome.left_over += len(list(store.glob(".*.bookmark.npz")))
        outcome.studies += 1
        outcome.records += len(known) // 2
        shutil.rmtree(store)
    return outcome


def main() -> None:
    """Disturb, and print what came of it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--faults", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcome = soak(
            options.faults, options.seed, Path(folder), lambda line: print(line, file=sys.stderr, flush=True)
        )
    print(
        json.dumps(
            {
                "faults": outcome.faults.total(),
                "by kind": dict(sorted(outcome.faults.items())),
                "losses": outcome.losses,
                "studies completed": outcome.studies,
                "records checked": outcome.records,
                "bookmarks left over": outcome.left_over,
                "seconds": round(time.monotonic() - began),
                "seed": options.seed,
            }
        )
    )


if __name__ == "__main__":
    main()
