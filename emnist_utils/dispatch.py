"""Hands runs to workers as these become free, wherever they are, until all are done or the time is up."""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from emnist_utils.paths import workers_log
from emnist_utils.planning import Planned
from emnist_utils.progress import Board
from emnist_utils.training.recipe import Recipe
from emnist_utils.training.record import Record

#: Seconds after which workers are asked anew how far they are.
PATIENCE = 0.5

Started = TypeVar("Started")


@dataclass(frozen=True)
class Job:
    """What is to be trained.

    Attributes
    ----------
    todo : sequence of Planned
        In the order in which the runs are to be started.
    of : int
        Number of runs of the whole profile.
    workers : int or None
        Number of runs side by side; None for as many as there is room for.
    again : bool
        Whether a run is trained although its record is there.
    deadline : float
        When the time is up, by ``time.monotonic``.
    """

    todo: Sequence[Planned]
    of: int
    workers: int | None
    again: bool
    deadline: float


class Workers(Protocol[Started]):
    """Where runs are trained. ``Started`` stands for a run that is on its way."""

    def room(self) -> int:
        """Return how many runs can be on their way at once, as things are now."""

    def start(self, item: Planned) -> Started:
        """Begin a run."""

    def ended(self, running: Collection[Started]) -> Collection[Started]:
        """Return those runs that have ended; if there are none, wait for one for ``PATIENCE`` seconds."""

    def epochs(self) -> Iterable[tuple[Recipe, int]]:
        """Return for runs on their way how many epochs they have finished, where that is known and new."""

    def record(self, item: Planned, started: Started) -> Record:
        """Return the record of a run that has ended, once it is kept; raise what made the run fail."""

    def dismiss(self) -> None:
        """Give up all that is on its way."""


def train(workers: Workers[Started], todo: Sequence[Planned], board: Board, deadline: float) -> None:
    """Train runs as far as the time allows: none is started that would take longer than is left.

    What came of each is noted on the board. A run that fails stops no other.
    """
    waiting, running = deque(todo), dict[Started, Planned]()
    try:
        while waiting or running:
            while waiting and len(running) < workers.room():
                item = waiting.popleft()
                if time.monotonic() + (item.seconds or 0.0) < deadline:
                    running[workers.start(item)] = item
            ended = workers.ended(running)
            for recipe, epoch in workers.epochs():
                board.epoch(recipe, epoch)
            for started in ended:
                item = running.pop(started)
                try:
                    board.success(item, workers.record(item, started))
                except Exception as error:
                    board.failure(item, error)
                    with workers_log().open("a", encoding="utf-8") as log:
                        traceback.print_exception(error, file=log)
            if time.monotonic() > deadline:
                workers.dismiss()
                return
    except BaseException:
        workers.dismiss()
        raise
