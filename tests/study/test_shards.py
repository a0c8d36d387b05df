"""Shares of a plan: what several machines train without knowing of each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from emnist_utils import planning, runner
from emnist_utils.dispatch import Job
from emnist_utils.planning import Planned, Shard
from emnist_utils.progress import Board
from emnist_utils.studies import StudyError
from emnist_utils.training.recipe import Recipe, run_id
from emnist_utils.training.record import Record

Make = Callable[..., tuple[Record, object]]


@pytest.fixture
def planned(make: Make) -> list[Planned]:
    """Plan eleven runs that differ in their seeds, none present."""
    base = make()[0].recipe
    recipes = [base.model_copy(update={"seed": seed}) for seed in range(11)]
    return [Planned(("study",), recipe, run_id(recipe, "f" * 16), "missing", "", None) for recipe in recipes]


def ids(planned: list[Planned]) -> list[str]:
    """Return the ids of some runs."""
    return [item.run_id for item in planned]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 11, 15])
def test_shares_are_the_plan(planned: list[Planned], count: int) -> None:
    """Protects an array of jobs: no run is trained twice, none is left out, and the shares are of one size."""
    shares = [Shard(index, count).of(planned) for index in range(1, count + 1)]
    assert sorted(run for share in shares for run in ids(share)) == sorted(ids(planned))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    for share in shares:
        assert share == [item for item in planned if item in share]


def test_share_follows_from_ids_alone(planned: list[Planned]) -> None:
    """Protects jobs that start at different times: neither what is present nor the order moves a run to another share.

    The order changes as soon as records tell how long runs take.
    """
    later = [replace(item, state="present", seconds=float(i)) for i, item in enumerate(reversed(planned))]
    for index in (1, 2, 3):
        assert sorted(ids(Shard(index, 3).of(later))) == sorted(ids(Shard(index, 3).of(planned)))


@pytest.mark.parametrize(
    "text", ["0/4", "5/4", "1/0", "-1/4", "2", "2/", "/4", "1/4/2", "a/b", "1.0/4", " 1/4", "²/4", ""]
)
def test_bad_shares_are_refused(text: str) -> None:
    """Protects whoever mistypes, or counts from 0, from a study that lacks a share."""
    with pytest.raises(StudyError, match=r"no share of the runs; expected I/N with I from 1 to N.*--array=1-4"):
        Shard.parse(text)


def test_share_is_read() -> None:
    """Protects --shard on the command line."""
    assert Shard.parse("2/4") == Shard(2, 4)


def test_runner_trains_a_share(planned: list[Planned], tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the job of one share: it is taken from the whole plan, and then what is present is left out."""
    monkeypatch.setenv("EMNIST_RUNS", str(tmp_path))
    mine = Shard(2, 3).of(planned)
    there = [replace(item, state="present") if item == mine[0] else item for item in planned]
    monkeypatch.setattr(runner, "plan", lambda *_: there)
    monkeypatch.setattr(planning, "recipes", lambda _: dict[Recipe, list[str]]())
    seen: list[Planned] = []

    def train(job: Job) -> Board:
        seen.extend(job.todo)
        return Board(job.todo, 1)

    assert runner.run("any", shard=Shard(2, 3), train=train) == len(mine) - 1
    assert seen == mine[1:]
