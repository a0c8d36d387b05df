"""Many runs in one process."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import keras
import pytest
from toys import recipe, toy

from emnist_utils.training.fit import train


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the process' memory from /proc")
def test_memory_hardly_grows_from_run_to_run() -> None:
    """Protects long studies in one process: no network outlives its run, and little else does."""

    def resident_mb() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def networks() -> int:
        gc.collect()
        return sum(isinstance(thing, keras.Model) for thing in gc.get_objects())

    dataset, sizes = toy(), {"epochs": 1, "batch": 60, "train_size": 60, "validation_size": 10, "test_size": 10}
    train(recipe(seed=0, **sizes), dataset)
    before, networks_before = resident_mb(), networks()
    for seed in range(4):
        train(recipe(seed=seed, **sizes), dataset)
    assert networks() <= networks_before
    # TensorFlow itself keeps about 10 MB of traced graphs a fit (tensorflow/tensorflow#61791).
    assert (resident_mb() - before) / 4 < 20
