"""How far the runs are, for whoever waits for them."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from tqdm import tqdm

from emnist_utils.planning import Planned
from emnist_utils.training.recipe import Recipe
from emnist_utils.training.record import Record


class Board:
    """Shows how far the runs are: a bar on a terminal, else one line a finished run.

    Attributes
    ----------
    finished : int
        Number of runs whose records are kept.
    failures : list of str
        For each run that failed its label and the reason.
    """

    def __init__(self, todo: Sequence[Planned], at_a_time: int) -> None:
        self._known = known = all(item.seconds for item in todo)
        self._weights = {
            item.recipe: float(item.seconds or 0)
            if known
            else float((item.recipe.train_size or 1) * item.recipe.epochs)
            for item in todo
        }
        self._done = dict.fromkeys(self._weights, 0.0)
        self.finished = 0
        self.failures: list[str] = []
        self._start = time.perf_counter()
        self._terminal = sys.stderr.isatty()
        names = f"{len(todo)} run{'s' if len(todo) > 1 else ''}, {at_a_time} at a time"
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

    def success(self, item: Planned, record: Record) -> None:
        """Note that a run's record is kept, and say what came of it."""
        self._advance(item.recipe, self._weights[item.recipe])
        self.finished += 1
        seconds = record.timing.seconds
        line = (
            f"[{self.finished}/{len(self._weights)}] {item.recipe.label()}: "
            f"{100 * record.test.accuracy:.2f} % on test in {seconds:.0f} s"
        )
        if self._terminal:
            self._bar.write(line, file=sys.stderr)
        else:
            print(line + self._left(), file=sys.stderr, flush=True)

    def failure(self, item: Planned, error: Exception) -> None:
        """Note why a run has failed."""
        self.failures.append(f"{item.recipe.label()}: {type(error).__name__}: {error}")

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
