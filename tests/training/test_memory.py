"""Many runs in one process."""

from __future__ import annotations

import gc
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import keras
import psutil
import pytest
from toys import recipe, toy

from emnist_utils.training.fit import train


def _resident_mb() -> float:
    return float(psutil.Process().memory_info().rss / 1e6)


def _networks() -> int:
    gc.collect()
    return sum(isinstance(thing, keras.Model) for thing in gc.get_objects())


def _growth(runs: int) -> tuple[float, int]:
    """Return by how many MB and networks a process grows from run to run, the first run apart."""
    dataset, sizes = toy(), {"epochs": 1, "batch": 60, "train_size": 60, "validation_size": 10, "test_size": 10}
    train(recipe(seed=0, **sizes), dataset)
    before, networks_before = _resident_mb(), _networks()
    for seed in range(runs):
        train(recipe(seed=seed, **sizes), dataset)
    return (_resident_mb() - before) / runs, _networks() - networks_before


@pytest.mark.slow
@pytest.mark.parametrize("runs", [4, pytest.param(30, marks=pytest.mark.soak)])
def test_memory_hardly_grows_from_run_to_run(runs: int) -> None:
    """Protects long studies in one process: no network outlives its run, and little else does."""
    # A process of its own, since memory that earlier tests left in pieces would count.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        grown_mb, networks = process.submit(_growth, runs).result()
    assert networks <= 0
    # TensorFlow itself keeps about 10 MB of traced graphs a fit (tensorflow/tensorflow#61791).
    assert grown_mb < 20
