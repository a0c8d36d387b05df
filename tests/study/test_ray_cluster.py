"""Runs on a Ray cluster of one machine: the same records as here, kept here; and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ray_nodes

from emnist_utils import data, local_workers, paths, planning, ray_cluster, results, runner, studies
from emnist_utils.data import SPECS, idx
from emnist_utils.dispatch import Job
from emnist_utils.ray_cluster import ClusterError, Terms, UnlikeError
from emnist_utils.runner import RunError
from emnist_utils.studies import Budget, Study, Variant
from emnist_utils.training.record import Record

NEEDS_RAY = "needs Ray: pip install -r requirements.txt"
LENET = {"dataset": "digits", "model": "lenet5", "blocks": None}
VARIANTS = (Variant("LeNet-5", LENET), Variant("LeNet-5 with tanh", LENET | {"activation": "tanh"}))
DIVERGING = Variant("too fast", LENET | {"optimizer": "sgd-nesterov", "learning_rate": 10})
PROFILE = replace(
    studies.PROFILES["smoke"],
    comparison=Budget(train_size=300, validation_size=60, test_size=50, epochs=2, batch=30, seeds=(0,)),
)


@pytest.fixture(scope="module")
def declared(stand_in_cache: Path) -> Iterator[pytest.MonkeyPatch]:
    """Declare the studies "pair" and "mixed"; the stand-in is the data, and everything is trained with TensorFlow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("EMNIST_HOME", raising=False)
        patch.delenv("KERAS_BACKEND", raising=False)
        patch.setenv("EMNIST_CACHE", str(stand_in_cache))
        patch.setitem(studies.PROFILES, "tiny", PROFILE)
        patch.setitem(studies.STUDIES, "pair", Study("pair", "Which?", VARIANTS))
        patch.setitem(studies.STUDIES, "mixed", Study("mixed", "Which?", (*VARIANTS, DIVERGING)))
        yield patch


@pytest.fixture(scope="module")
def cluster(declared: pytest.MonkeyPatch, stand_in_cache: Path) -> Iterator[None]:
    """Run a cluster of one machine with two cores, and let this process find it."""
    pytest.importorskip("ray", reason=NEEDS_RAY)
    data.load("digits")  # so that the machine need not draw the stand-in
    port = ray_nodes.free_port()
    settings = {"EMNIST_HOME": "", "EMNIST_CACHE": str(stand_in_cache)}
    with ray_nodes.node(port=port, head=True, cpus=2, settings=settings):
        declared.setenv("RAY_ADDRESS", f"127.0.0.1:{port}")
        yield
        declared.delenv("RAY_ADDRESS")


@pytest.fixture(scope="module")
def trained(cluster: None, declared: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Train two good runs and one that diverges on the cluster; return the folder and the error."""
    folder = tmp_path_factory.mktemp("ray")
    declared.setenv("EMNIST_RUNS", str(folder))
    for module in (paths, results):
        declared.setattr(module, "results_dir", lambda: folder / "published")
    with pytest.raises(RunError) as error:
        runner.run("tiny", ["mixed"], train=ray_cluster.train)
    return folder, error.value


def job() -> Job:
    """Return the two good runs, all of them."""
    return Job(planning.plan("tiny", ["pair"]), of=2, workers=None, again=False, deadline=float("inf"))


def by_id(folder: Path) -> dict[str, Record]:
    """Return the records of a folder by their ids."""
    return {record.run_id: record for record in map(results.read_record, folder.glob("*.json"))}


def numbers(record: Record) -> dict[str, Any]:
    """Return all of a record that does not depend on when and how fast it was trained."""
    varying = {"timing": True, "peak_memory_mb": True, "curves": {"seconds"}, "provenance": {"started"}}
    return record.model_dump(exclude=varying) | {"clock": record.timing.clock}


def test_records_are_those_of_this_machine(trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the study from a difference between machines: same ids, numbers, data, code, device and clock."""
    monkeypatch.setattr(local_workers, "cores", lambda: 1)  # a run on one thread, as in the cluster
    monkeypatch.setenv("EMNIST_RUNS", str(tmp_path))
    runner.run("tiny", ["pair"])
    here, there = by_id(tmp_path), by_id(trained[0])
    assert here.keys() == there.keys()
    assert len(here) == 2
    for name, record in here.items():
        assert numbers(there[name]) == numbers(record)


def test_predictions_and_weights_come_back(trained: Any) -> None:
    """Protects what lies beside a record: both files are there, whole, under the record's name, and nothing else is."""
    import h5py

    records = list(by_id(trained[0]).values())
    kept = [f"{record.stem}{ending}" for record in records for ending in (".json", ".npz", ".weights.h5")]
    assert sorted(path.name for path in trained[0].iterdir() if path.is_file()) == sorted([*kept, "workers.log"])
    for record in records:
        assert results.read_predictions(record).labels.shape == (50,)
        sizes: list[int] = []
        with h5py.File(trained[0] / f"{record.stem}.weights.h5") as file:
            file["layers"].visititems(partial(_note_size, sizes))
        assert sum(sizes) == record.parameters


def _note_size(sizes: list[int], name: str, item: Any) -> None:
    """Note the size of an array in a file of weights; a group of them has none."""
    sizes.extend([item.size] if hasattr(item, "size") else [])


def test_failed_run_is_told_as_here(trained: Any) -> None:
    """Protects finished work and the reason of a failure, which comes from another process, perhaps another machine."""
    folder, error = trained
    assert str(error).startswith("1 of 3 runs failed:\n  lenet5 on digits, sgd-nesterov 10, seed 0: TrainingError: ")
    assert "lower the learning rate (10)" in str(error)
    assert "in train" in (folder / "workers.log").read_text()


def test_second_call_trains_nothing(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects against training twice: not even a cluster is needed where all is present."""
    monkeypatch.setitem(sys.modules, "ray", None)
    assert runner.run("tiny", ["pair"], train=ray_cluster.train) == 0


def test_what_another_command_has_trained_is_not_trained_again(trained: Any) -> None:
    """Protects against training twice where two commands share a folder and plan at the same time."""
    before = by_id(trained[0])
    board = ray_cluster.train(replace(job(), workers=1))
    assert (board.finished, board.failures) == (2, [])
    assert by_id(trained[0]) == before
    assert len(list(trained[0].glob("*.json"))) == 2


def test_other_data_is_refused(cluster: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects real EMNIST from being trained on the stand-in by a machine that lacks the files."""
    rng = np.random.default_rng(0)
    spec, home = SPECS["digits"], tmp_path / "home"
    home.mkdir()
    for split in ("train", "test"):
        labels = rng.permutation(np.repeat(np.arange(10), 60))
        with (home / f"emnist-digits-{split}-images-idx3-ubyte").open("wb") as file:
            idx.write_images(file, rng.integers(0, 256, (600, 28, 28), dtype=np.uint8))
        with (home / f"emnist-digits-{split}-labels-idx1-ubyte").open("wb") as file:
            idx.write_labels(file, labels, spec)
    monkeypatch.setenv("EMNIST_HOME", str(home))
    monkeypatch.setenv("EMNIST_RUNS", str(tmp_path / "runs"))
    here = data.load("digits").fingerprint
    with pytest.raises(UnlikeError) as error:
        runner.run("tiny", ["pair"], train=ray_cluster.train)
    assert str(error.value).startswith("nothing was trained")
    assert f"instead of {here} (A synthetic stand-in for EMNIST" in str(error.value)
    assert "set EMNIST_HOME to the same files there before 'ray start'" in str(error.value)
    assert not list((tmp_path / "runs").glob("*.json"))


def test_machine_that_joins_later_is_checked_too(
    cluster: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects the store from a machine that nobody asked beforehand: its process refuses, and the run fails."""
    monkeypatch.setenv("EMNIST_RUNS", str(tmp_path))
    runner._make_folder()
    here = Terms.here(item.recipe for item in job().todo)
    monkeypatch.setattr(Terms, "here", lambda recipes: replace(here, data={"digits": "f" * 16}))
    monkeypatch.setattr(ray_cluster, "_check_nodes", lambda *_: None)
    board = ray_cluster.train(replace(job(), todo=job().todo[:1]))
    assert board.finished == 0
    assert "UnlikeError: its digits has fingerprint" in board.failures[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"code": "0" * 16, "commit": "abc"},
            r"code has fingerprint \w{16} \(commit .*\) instead of 0{16} \(commit abc\)",
        ),
        ({"versions": {"keras": "2.0"}}, r"it has keras 3\S+ instead of 2.0: install requirements.txt there"),
        ({"data": {"nothing": "f" * 16}}, "there is no set 'nothing'"),
    ],
)
def test_unlike_machine_says_how(declared: Any, changes: dict[str, Any], words: str) -> None:
    """Protects records from other code and other packages; the message says what to do about it."""
    terms = Terms.here(recipe for variant in VARIANTS for recipe in variant.recipes(PROFILE))
    terms.check()
    with pytest.raises(UnlikeError, match=words):
        replace(terms, **changes).check()


def test_no_ray_is_told(declared: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects whoever has not installed Ray from a traceback."""
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv("EMNIST_RUNS", str(tmp_path))
    with pytest.raises(ClusterError, match=r"Ray is not installed here .*pip install -r requirements.txt"):
        runner.run("tiny", ["pair"], train=ray_cluster.train)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1:{port}", "no Ray cluster answers at RAY_ADDRESS=127.0.0.1:.*correct or unset it.*ray start --head"),
        ("nonsense", "cannot connect to the Ray cluster: .*nonsense"),
    ],
)
def test_no_cluster_is_told(
    declared: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, words: str
) -> None:
    """Protects whoever has no cluster, or mistypes its address, from minutes of waiting; says what to type."""
    pytest.importorskip("ray", reason=NEEDS_RAY)
    monkeypatch.setenv("RAY_ADDRESS", address.format(port=ray_nodes.free_port()))
    monkeypatch.setenv("EMNIST_RUNS", str(tmp_path))
    with pytest.raises(ClusterError, match=words):
        runner.run("tiny", ["pair"], train=ray_cluster.train)


def test_jax_needs_gpus(cluster: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects a machine from as many JAX as it has cores, each of which takes all of them."""
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setenv("EMNIST_RUNS", str(tmp_path))
    with pytest.raises(ClusterError, match="this Ray cluster has no GPU; unset KERAS_BACKEND"):
        runner.run("tiny", ["pair"], train=ray_cluster.train)
