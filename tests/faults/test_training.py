"""Training runs that are killed or starved in their middle, in the process of a worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emnist_utils import data, paths, results
from emnist_utils.training.recipe import Recipe, run_id

RECIPE = {
    "dataset": "digits",
    "model": "lenet5",
    "activation": "relu",
    "optimizer": "adam",
    "learning_rate": 3e-3,
    "schedule": "cosine",
    "batch": 30,
    "epochs": 4,
    "train_size": 120,
    "validation_size": 30,
    "test_size": 50,
    "seed": 0,
}

#: Trains in the folders that are named, one after the other, as a worker does, and says which epochs it did.
WORKER = """
import json, os, sys
sys.path.insert(0, {here!r})
import faults
from emnist_utils import local_workers, runner
from emnist_utils.training import fit, resumption
from emnist_utils.training.recipe import Recipe
resumption.WORTH_KEEPING = 0.0
told = []
class Epochs:
    def put(self, told_of):
        told.append(told_of[1])
        if told[-1] == {kill}:
            faults.kill()
local_workers._epochs = Epochs()
if {limit}:
    faults.limit_files({limit}, kills=False)
for folder in {folders!r}:
    os.environ["EMNIST_RUNS"] = folder
    runner._make_folder()
    told.clear()
    try:
        local_workers._train(Recipe.create(**{recipe!r}), False)
    except OSError as error:
        told.append(error.errno)
    print(json.dumps(told), flush=True)
"""

#: Bytes that no file may exceed where the disk is full: fewer than the network's weights take.
LIMIT = 40_000

FILE_TOO_LARGE = 27


def start(*folders: Path, kill: int = 0, limit: int = 0) -> subprocess.Popen[str]:
    """Train in each folder in another process, which is killed after an epoch, or whose disk is full."""
    here, names = str(Path(__file__).parent), [str(path) for path in folders]
    script = WORKER.format(here=here, kill=kill, limit=limit, folders=names, recipe=RECIPE)
    settings = {**os.environ, "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=paths.root(), env=settings, stdout=subprocess.PIPE, text=True
    )


@dataclass
class Aftermath:
    """What became of the folders of three runs: one killed, one starved, one left alone."""

    killed: Path
    starved: Path
    whole: Path
    records_before: dict[Path, int]
    ends: list[int]
    starved_said: list[Any]
    rerun_said: list[Any]


@pytest.fixture(scope="module")
def aftermath(stand_in_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Kill one run, starve another, then train in both folders and in a third."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("EMNIST_HOME", raising=False)
        patch.setenv("EMNIST_CACHE", str(stand_in_cache))
        folder = tmp_path_factory.mktemp("training")
        patch.setattr(results, "results_dir", lambda: folder / "published")
        data.load("digits")  # now, since there is no room for its arrays later
        killed, starved, whole = folder / "runs v1.0 한글", folder / "starved", folder / "whole"
        first, second = start(killed, kill=3), start(starved, limit=LIMIT)
        starved_said = [json.loads(line) for line in second.communicate()[0].splitlines()]
        ends = [first.wait(), second.returncode]
        before = {path: len(list(path.glob("*.json"))) for path in (killed, starved)}
        third = start(killed, starved, whole)
        said = [json.loads(line) for line in third.communicate()[0].splitlines()]
        assert third.returncode == 0
        yield Aftermath(killed, starved, whole, before, ends, starved_said, said)


def record_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> results.Record:
    """Return the only record of a folder."""
    monkeypatch.setenv("EMNIST_RUNS", str(folder))
    found = results.attempts(run_id(Recipe.create(**RECIPE), data.load("digits").fingerprint))
    assert (found.stale, found.refused) == ([], [])
    (record,) = found.fresh
    results.read_predictions(record)
    return record


def test_killed_in_an_epoch_goes_on_from_its_bookmark(
    aftermath: Aftermath, stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects a long run: killed in its third epoch it goes on with that, to the numbers of an undisturbed one.

    Its folder has a space, a dot and Hangul in its name, as a person's may have.
    """
    assert aftermath.ends[0] == -9
    assert aftermath.records_before[aftermath.killed] == 0
    assert aftermath.rerun_said[0] == [3, 4]
    assert aftermath.rerun_said[2] == [1, 2, 3, 4]
    first, whole = (record_in(folder, monkeypatch) for folder in (aftermath.killed, aftermath.whole))
    timeless = {"seconds"}
    assert first.curves.model_dump(exclude=timeless) == whole.curves.model_dump(exclude=timeless)
    assert (first.test, first.predictions) == (whole.test, whole.predictions)


def test_full_disk_in_an_epoch(aftermath: Aftermath, stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects a run whose weights find no room: an error that says so and no record; the next try trains it.

    After that error the HDF5 library may crash its process (signal 11), which the runner reports as a killed worker.
    """
    assert aftermath.starved_said == [[1, FILE_TOO_LARGE]]
    assert aftermath.ends[1] in (0, -11)
    assert aftermath.records_before[aftermath.starved] == 0
    assert aftermath.rerun_said[1] == [1, 2, 3, 4]
    starved, whole = (record_in(folder, monkeypatch) for folder in (aftermath.starved, aftermath.whole))
    assert (starved.test, starved.predictions) == (whole.test, whole.predictions)


def test_nothing_is_left_over(aftermath: Aftermath, stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the disk: beside a finished run lies neither a bookmark nor a temporary file."""
    for folder in (aftermath.killed, aftermath.starved, aftermath.whole):
        stem = record_in(folder, monkeypatch).stem
        assert {path.name for path in folder.iterdir() if path.is_file()} == {
            "workers.log",
            *(f"{stem}{ending}" for ending in (".json", ".npz", ".weights.h5")),
        }
