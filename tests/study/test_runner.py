"""The runner: trains in processes of its own what a study lacks, keeps what is done, reports what is not."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

from emnist_utils import data, local_workers, paths, planning, progress, results, runner, studies
from emnist_utils.runner import RunError
from emnist_utils.studies import Budget, Study, StudyError, Variant

LENET = {"dataset": "digits", "model": "lenet5", "blocks": None}
GOOD, OTHER = Variant("LeNet-5", LENET), Variant("LeNet-5 with tanh", LENET | {"activation": "tanh"})
DIVERGING = Variant("too fast", LENET | {"optimizer": "sgd-nesterov", "learning_rate": 10})
PROFILE = replace(
    studies.PROFILES["smoke"],
    name="tiny",
    comparison=Budget(train_size=300, validation_size=60, test_size=50, epochs=2, batch=30, seeds=(0,)),
)


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    """Give a patch that lasts for the module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def declare(stand_in_cache: Path, patch: pytest.MonkeyPatch) -> Any:
    """Return a function that declares studies; the stand-in is their data, "tiny" their profile."""
    patch.delenv("EMNIST_HOME", raising=False)
    patch.setenv("EMNIST_CACHE", str(stand_in_cache))
    patch.setitem(studies.PROFILES, "tiny", PROFILE)

    def declare_studies(**variants: Sequence[Variant]) -> None:
        for name, rows in variants.items():
            patch.setitem(studies.STUDIES, name, Study(name, "Which?", tuple(rows)))

    return declare_studies


def use_folders(patch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Give this machine's and the published records an empty folder each; return this machine's."""
    patch.setenv("EMNIST_RUNS", str(folder / "runs"))
    for module in (paths, results):
        patch.setattr(module, "results_dir", lambda: folder / "published")
    return folder / "runs"


@pytest.fixture
def empty(declare: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give empty folders; return this machine's."""
    return use_folders(monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def half_failed(
    declare: Any, patch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, RunError, list[str]]:
    """Run a study of two good runs and one that diverges; return the folder, the error and what was said."""
    declare(mixed=[GOOD, OTHER, DIVERGING], good=[OTHER, GOOD])
    runs = use_folders(patch, tmp_path_factory.mktemp("half-failed"))
    said: list[str] = []
    patch.setattr(progress, "print", lambda *words, **_: said.append(" ".join(words)), raising=False)
    with pytest.raises(RunError) as error:
        runner.run("tiny", ["mixed"], workers=2)
    patch.delattr(progress, "print")
    return runs, error.value, said


def no_pool(*arguments: Any, **options: Any) -> None:
    """Stand for a pool where none may be started."""
    raise AssertionError("a run was started")


def test_plan_of_nothing(empty: Path, declare: Any) -> None:
    """Protects the first plan: all is missing, with a reason; a run that two studies share is listed once."""
    declare(first=[GOOD, OTHER], second=[OTHER])
    planned = planning.plan("tiny", ["first", "second"])
    assert [(item.state, item.studies) for item in planned] == [
        ("missing", ("first",)),
        ("missing", ("first", "second")),
    ]
    assert all(item.reason == "never trained on digits as it is here" for item in planned)
    assert all(item.seconds is None for item in planned)
    assert not empty.exists()


def test_plan_puts_lower_seeds_first(empty: Path, declare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects an interrupted study: a whole table of one seed is worth more than one row of three."""
    three = replace(PROFILE, comparison=replace(PROFILE.comparison, seeds=(0, 1, 2)))
    monkeypatch.setitem(studies.PROFILES, "tiny", three)
    declare(first=[GOOD, OTHER])
    assert [item.recipe.seed for item in planning.plan("tiny", ["first"])] == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("only", "labels"),
    [
        ({"activation": "tanh"}, ["tanh"]),
        ({"width": "1"}, ["relu", "tanh"]),
        ({"blocks": "None", "learning_rate": "3e-3"}, ["relu", "tanh"]),
    ],
)
def test_only_chooses_by_value(empty: Path, declare: Any, only: dict[str, str], labels: list[str]) -> None:
    """Protects --only: numbers are compared as numbers, several conditions must all hold."""
    declare(first=[GOOD, OTHER])
    assert [item.recipe.activation for item in planning.plan("tiny", ["first"], only)] == labels


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tiny", ["first"], {"depth": "3"}), r"no field 'depth'; it has dataset, model"),
        (("tiny", ["first"], {"seed": "7"}), r"no run of profile tiny has \{'seed': '7'\}"),
        (("tiny", ["nothing"]), "no study 'nothing'"),
        (("huge",), "no profile 'huge'"),
    ],
)
def test_plan_of_unknown_things(empty: Path, declare: Any, arguments: Any, message: str) -> None:
    """Protects whoever mistypes a name from a plan of nothing."""
    declare(first=[GOOD])
    with pytest.raises(StudyError, match=message):
        planning.plan(*arguments)


def test_failed_run_is_reported_and_the_others_kept(half_failed: Any) -> None:
    """Protects finished work: one run's failure stops no other, is named with its reason, and leaves no record."""
    runs, error, _ = half_failed
    assert str(error).startswith("1 of 3 runs failed:")
    assert "lenet5 on digits, sgd-nesterov 10, seed 0: TrainingError" in str(error)
    assert "lower the learning rate (10)" in str(error)
    records = [results.read_record(path) for path in runs.glob("*.json")]
    assert {record.recipe.activation for record in records} == {"relu", "tanh"}
    assert all(record.recipe.optimizer == "adam" for record in records)
    for record in records:
        assert results.read_predictions(record).labels.shape == (50,)


def test_output_is_a_line_a_run(half_failed: Any) -> None:
    """Protects logs: without a terminal there is no bar, but a line at the start and one for each finished run."""
    said = [line for line in half_failed[2] if "not as committed" not in line]
    assert said[0] == "training 3 runs, 2 at a time"
    assert [line.partition(" ")[0] for line in said[1:]] == ["[1/3]", "[2/3]"]
    assert all("lenet5 on digits, adam 0.003, " in line and "% on test in" in line for line in said[1:])


def test_second_run_trains_nothing(half_failed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects against training twice: where all is present no process is started."""
    monkeypatch.setattr(local_workers, "ProcessPoolExecutor", no_pool)
    assert [item.state for item in planning.plan("tiny", ["good"])] == ["present", "present"]
    runner.run("tiny", ["good"])
    found = runner.records("good", "tiny")
    assert list(found) == ["LeNet-5 with tanh", "LeNet-5"]
    assert [record.recipe.activation for (record,) in found.values()] == ["tanh", "relu"]


def test_further_attempt_is_a_file_of_its_own(half_failed: Any) -> None:
    """Protects earlier records: a run that is trained again replaces nothing."""
    runner.run("tiny", ["good"], {"activation": "relu"}, again=True)
    new, old = results.attempts(planning.plan("tiny", ["good"], {"activation": "relu"})[0].run_id).fresh
    assert new.stem != old.stem
    assert new.test.accuracy == pytest.approx(old.test.accuracy, abs=0.05)


def test_plan_knows_how_long_a_known_network_takes(half_failed: Any) -> None:
    """Protects the estimate: from earlier runs of the same network, scaled by the images."""
    planned = {item.recipe.optimizer: item for item in planning.plan("tiny", ["mixed"])}
    assert planned["sgd-nesterov"].state == "missing"
    assert planning._OVERHEAD_SECONDS < (planned["sgd-nesterov"].seconds or 0) < planning._OVERHEAD_SECONDS + 60
    took = results.attempts(planned["adam"].run_id).fresh[0].timing.seconds
    assert planned["adam"].seconds == planning._OVERHEAD_SECONDS + took  # --again needs it


def test_plan_judges_a_new_width_by_the_nearest_known_one(make: Any) -> None:
    """Protects the order of runs, the longest first, where a profile is run for the first time."""
    quarter, full = (make(model="residual-cnn", blocks=2, width=width)[0] for width in (0.25, 1.0))
    eighth = make(model="residual-cnn", blocks=3, width=0.125)[0].recipe
    assert planning._like(eighth, [full, quarter]) == (quarter, 0.5)
    assert planning._like(full.recipe, [quarter, full]) == (full, 1.0)
    assert planning._like(make()[0].recipe, [full]) is None


def test_raised_version_makes_runs_stale(half_failed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects numbers from outliving the code that made them; the plan says which module changed."""
    from emnist_utils.training import record

    now = record.numerics
    monkeypatch.setattr(record, "numerics", lambda *path: now(*path) | {"training.fit": 99})
    planned = planning.plan("tiny", ["good"])
    assert [item.state for item in planned] == ["stale", "stale"]
    assert all("training.fit is at version 99, the run at" in item.reason for item in planned)


def test_other_data_is_another_run(half_failed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects tables from numbers of other images: a record of the stand-in does not answer for real EMNIST."""
    digits = data.load("digits")
    monkeypatch.setattr(data, "load", lambda name: replace(digits, fingerprint="f" * 16))
    assert [item.state for item in planning.plan("tiny", ["good"])] == ["missing", "missing"]


def test_damaged_record_is_trained_again(half_failed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the study from one bad file: its run is missing, and the plan names the file."""
    (bad,) = [path for path in half_failed[0].glob("*.json") if results.read_record(path).recipe.activation == "tanh"]
    whole = bad.read_bytes()
    bad.write_bytes(whole[:100])
    try:
        planned = {item.recipe.activation: item for item in planning.plan("tiny", ["good"])}
    finally:
        bad.write_bytes(whole)
    assert planned["relu"].state == "present"
    assert planned["tanh"].state == "missing"
    assert str(bad) in planned["tanh"].reason


def test_publishing_is_all_or_nothing(half_failed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the published records: nothing is copied while one run cannot be published, and each reason is given."""
    mixed, good = studies.STUDIES["mixed"], studies.STUDIES["good"]
    monkeypatch.setattr(studies, "STUDIES", {"mixed": mixed})
    target = tmp_path / "target"
    problems = runner.collect_publishable("tiny", target)
    assert len(problems) == 3
    assert not target.exists()
    assert sum("missing" in problem for problem in problems) == 1

    monkeypatch.setattr(results, "unpublishable", lambda record: "")
    assert len(runner.collect_publishable("tiny", target)) == 1
    assert not target.exists()

    monkeypatch.setattr(studies, "STUDIES", {"good": good})
    assert runner.collect_publishable("tiny", target) == []
    assert len(list(target.glob("*.json"))) == len(list(target.glob("*.npz"))) == 2


def test_a_run_clears_what_killed_writers_left(empty: Path, declare: Any) -> None:
    """Protects the folder of records from files that nobody finishes, without a command that one has to know."""
    declare(one=[GOOD])
    empty.mkdir()
    (empty / ".a.json.b.tmp").touch()
    os.utime(empty / ".a.json.b.tmp", (0, 0))
    runner.run("tiny", ["one"], train=lambda job: SimpleNamespace(failures=[], finished=1))
    assert not list(empty.glob(".*.tmp"))


def test_killed_process_is_reported_and_finished_runs_stay(
    empty: Path, declare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects hours of work from a process that is killed for lack of memory in the middle of the study."""
    endless = Variant("endless", LENET | {"epochs": 100_000, "activation": "tanh"})
    declare(killed=[GOOD, endless])
    killed: list[int] = []

    def kill_after_the_first() -> None:
        deadline = time.monotonic() + 120
        # the second run's weights appear after the first run's result has been handed over
        while not (list(empty.glob("*.json")) and list(empty.glob(".*.weights.h5"))) and time.monotonic() < deadline:
            time.sleep(0.1)
        for child in multiprocessing.active_children():
            if child.name.startswith("SpawnProcess"):
                os.kill(child.pid, signal.SIGKILL)
                killed.append(child.pid)

    killer = threading.Thread(target=kill_after_the_first)
    killer.start()
    with pytest.raises(
        RunError,
        match=r"1 of 2 runs failed:\n  lenet5 .*tanh, seed 0: .*killed.*finished runs",
    ):
        runner.run("tiny", ["killed"], workers=1)
    killer.join()
    assert len(killed) == 1
    assert sorted(item.state for item in planning.plan("tiny", ["killed"])) == ["missing", "present"]
    assert np.isfinite(planning.plan("tiny", ["killed"])[1].seconds or np.nan)


def test_time_that_is_up_ends_a_run(empty: Path, declare: Any) -> None:
    """Protects a limit in minutes from a run that nobody knew to be long: it is given up, and nothing of it is kept."""
    declare(long=[Variant("LeNet-5", LENET | {"epochs": 100_000})])
    start = time.monotonic()
    assert runner.run("tiny", ["long"], max_minutes=0.05) == 1
    assert time.monotonic() - start < 30
    assert not list(empty.glob("*.json"))
    assert not [child for child in multiprocessing.active_children() if child.name.startswith("SpawnProcess")]


def test_no_worker_outlives_the_process_that_started_it(empty: Path) -> None:
    """Protects a machine from trainings that nobody waits for any more, after a parent was killed outright."""
    script = (
        "import os, sys, time, multiprocessing as m\n"
        "from emnist_utils import local_workers, runner\n"
        "if __name__ == '__main__':\n"
        "    runner._make_folder()\n"
        "    pool = m.get_context('spawn').Pool(1, local_workers._set_up_worker, (1, None))\n"
        "    worker = pool.apply(os.getpid)\n"
        "    pool.apply_async(time.sleep, (60,))\n"
        "    time.sleep(1)\n"
        "    print(worker, flush=True)\n"
        "    time.sleep(60)\n"
    )
    settings = {**os.environ, "EMNIST_RUNS": str(empty)}
    parent = subprocess.Popen(
        [sys.executable, "-c", script], cwd=paths.root(), env=settings, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive(worker)


def alive(process: psutil.Process) -> bool:
    """Return whether a process runs; one that has ended, but that nobody asked about, does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_ctrl_c_ends_everything(tmp_path: Path, stand_in_cache: Path) -> None:
    """Protects a person who has had enough: queued runs are dropped, running ones end, and it takes seconds."""
    script = (
        "import sys\n"
        "from dataclasses import replace\n"
        "from emnist_utils import runner, studies\n"
        "if __name__ == '__main__':\n"
        "    quick = studies.PROFILES['quick']\n"
        "    long = replace(quick.headline, epochs=1000, train_size=1000, seeds=(0, 1, 2))\n"
        "    studies.PROFILES['quick'] = replace(quick, headline=long)\n"
        "    runner.run('quick', only={'model': 'lenet5'}, workers=2)\n"
    )
    settings = {"EMNIST_HOME": "", "EMNIST_CACHE": str(stand_in_cache), "EMNIST_RUNS": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=paths.root(),
        env={**os.environ, **settings},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # where the tests run in a shell's background, they ignore Ctrl-C, and so would their children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 120
    while len(list(tmp_path.glob(".*.weights.h5"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    workers = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) != 0
    deadline = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [worker for worker in workers if alive(worker)]
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "unknown time"), (0.4, "0 s"), (59.4, "59 s"), (61, "1 min"), (3599, "1 h 00 min"), (12000, "3 h 20 min")],
)
def test_durations(seconds: float | None, words: str) -> None:
    """Protects plans from seconds by the thousand."""
    assert progress.duration(seconds) == words
