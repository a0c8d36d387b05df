"""A Ray cluster of two machines that loses a process, a machine, or whoever asked: no run is lost or half kept."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import ray_nodes

from emnist_utils import data, paths, planning, ray_cluster, results, runner, studies
from emnist_utils.studies import Study, Variant

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

#: A driver that is a process of its own, so that it can be killed.
DRIVER = """
from dataclasses import replace
from emnist_utils import ray_cluster, runner, studies
from test_ray_losses import declare
declare()
runner.run("long", ["losses"], train=ray_cluster.train)
"""


def declare() -> None:
    """Declare a study of four runs that take some ten seconds each."""
    smoke = studies.PROFILES["smoke"]
    budget = replace(smoke.headline, train_size=300, validation_size=60, test_size=50, batch=30, epochs=100)
    studies.PROFILES["long"] = replace(smoke, comparison=budget)
    variants = (
        Variant(name, {"dataset": "digits", "model": "lenet5", "blocks": None, "activation": name})
        for name in ("relu", "tanh", "elu", "selu")
    )
    studies.STUDIES["losses"] = Study("losses", "What is lost?", tuple(variants))


@pytest.fixture
def settings(stand_in_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Declare the study, give its records an empty folder, and return the environment of a machine."""
    pytest.importorskip("ray", reason="needs Ray: pip install -r requirements.txt")
    monkeypatch.setattr(studies, "PROFILES", dict(studies.PROFILES))
    monkeypatch.setattr(studies, "STUDIES", dict(studies.STUDIES))
    declare()
    monkeypatch.delenv("EMNIST_HOME", raising=False)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("EMNIST_CACHE", str(stand_in_cache))
    monkeypatch.setenv("EMNIST_RUNS", str(tmp_path / "runs"))
    for module in (paths, results):
        monkeypatch.setattr(module, "results_dir", lambda: tmp_path / "published")
    data.load("digits")
    return {"EMNIST_HOME": "", "EMNIST_CACHE": str(stand_in_cache)}


@pytest.fixture
def machines(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[psutil.Process, psutil.Process]]:
    """Run a cluster of two machines with room for one run each; give both, the first one first."""
    port = ray_nodes.free_port()
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{port}")
    with (
        ray_nodes.node(port=port, head=True, cpus=1, settings=settings) as first,
        ray_nodes.node(port=port, head=False, cpus=1, settings=settings) as second,
    ):
        yield first, second


def wait_for(what: Callable[[], Any], seconds: float = 240) -> Any:
    """Wait until something is true; return it."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
    return found


def kept(folder: Path) -> dict[str, float]:
    """Return the run ids and losses of all records of a folder, each of which has to be whole and the only attempt."""
    records = [results.read_record(path) for path in folder.glob("*.json")]
    for record in records:
        assert len(results.read_predictions(record).labels) == 50
        assert (folder / f"{record.stem}.weights.h5").stat().st_size > 200_000
    found = {record.run_id: record.test.loss for record in records}
    assert len(found) == len(records)
    return found


def in_the_middle(machine: psutil.Process) -> psutil.Process | None:
    """Return a process of a machine that has been training for some seconds, if there is one."""
    busy = [one for one in ray_nodes.training(machine) if sum(one.cpu_times()[:2]) > 8]
    return busy[0] if busy else None


@pytest.mark.parametrize("what", ["machine", "process"])
def test_lost_runs_are_trained_again(machines: Any, tmp_path: Path, what: str) -> None:
    """Protects a study from a machine that fails, or a process that is killed for lack of memory: it is finished."""
    _, second = machines
    killed: list[psutil.Process] = []

    def kill() -> None:
        process = wait_for(lambda: in_the_middle(second))
        if what == "machine":
            ray_nodes.kill(second)
        else:
            process.kill()
        killed.append(process)

    killer = threading.Thread(target=kill)
    killer.start()
    assert runner.run("long", ["losses"], train=ray_cluster.train) == 0
    killer.join()
    assert len(killed) == 1
    assert len(kept(tmp_path / "runs")) == 4
    assert second.is_running() == (what == "process")


def test_killed_driver_loses_nothing_that_was_finished(machines: Any, tmp_path: Path) -> None:
    """Protects finished runs: they stay, nothing is half kept, the machines are free again, the rest is done later."""
    search = os.pathsep.join([str(paths.root()), str(Path(__file__).parent)])
    driver = subprocess.Popen([sys.executable, "-c", DRIVER], env={**os.environ, "PYTHONPATH": search})
    runs = tmp_path / "runs"
    try:
        wait_for(lambda: list(runs.glob("*.json")) and any(map(ray_nodes.training, machines)))
    finally:
        driver.kill()
        driver.wait()
    before = kept(runs)
    assert 1 <= len(before) < 4
    wait_for(lambda: not any(map(ray_nodes.training, machines)), seconds=30)
    assert kept(runs) == before
    assert [item.state for item in planning.plan("long", ["losses"])].count("present") == len(before)
    assert runner.run("long", ["losses"], train=ray_cluster.train) == 0
    after = kept(runs)
    assert len(after) == 4
    assert after.items() >= before.items()


def test_time_that_is_up_frees_the_machines(machines: Any, tmp_path: Path) -> None:
    """Protects a limit in minutes: runs on their way are given up, nothing of them is kept, no process goes on."""
    start = time.monotonic()
    assert runner.run("long", ["losses"], {"activation": "relu"}, max_minutes=0.1, train=ray_cluster.train) == 1
    assert time.monotonic() - start < 60
    wait_for(lambda: not any(map(ray_nodes.training, machines)), seconds=30)
    assert not list((tmp_path / "runs").glob("*.json"))


def test_each_run_has_a_gpu_and_a_process_of_its_own(
    settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects a GPU's memory, which a process keeps as long as it lasts, and its time: no two runs share it.

    Ray is told of a GPU that is not there: whose turn it is does not depend on it.
    """
    port = ray_nodes.free_port()
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{port}")
    seen: set[tuple[int, ...]] = set()
    done = threading.Event()
    with ray_nodes.node(port=port, head=True, cpus=4, gpus=1, settings=settings) as machine:

        def watch() -> None:
            while not done.wait(0.1):
                seen.add(tuple(process.pid for process in ray_nodes.training(machine)))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            assert runner.run("long", ["losses"], {"learning_rate": "3e-3"}, train=ray_cluster.train) == 0
        finally:
            done.set()
            watcher.join()
    assert len(kept(tmp_path / "runs")) == 4
    assert len({pid for pids in seen for pid in pids}) == 4
    assert max(map(len, seen)) == 1
