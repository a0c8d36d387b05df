"""What each way to train faster is worth on this CPU, and that those in use change no number beyond its spread.

``python benchmarks/levers.py`` takes a quarter of an hour on two cores. The trainer runs as it is, and with one thing
changed: a lever in use let go, or one pulled that is not in use. Each way has processes of its own, all cores and the
same images, in steps of 500 with Adam; the ways take turns, and the first epoch of each process is a warm-up.

Then networks of one recipe are trained as it is, and with all levers let go: the same seeds for both.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from common import machine, result, spread, start, write
from scipy import stats
from training import BATCH, ours, parsed

from emnist_utils import data, studies
from emnist_utils.machine import cores
from emnist_utils.models.layers import BatchNormalization
from emnist_utils.statistics import LEVEL
from emnist_utils.training import fit
from emnist_utils.training.recipe import Recipe
from emnist_utils.training.sampling import Batches

#: Steps of an epoch, and epochs of a process.
PLANS = {"lenet5": (60, 3), "residual-cnn 1/4": (20, 3), "residual-cnn": (4, 3)}
ROUNDS = 2
SEEDS = 20


class _OnDevice:
    """An array as one tensor, of which batches are gathered."""

    def __init__(self, array: np.ndarray) -> None:
        self._tensor = tf.constant(array)

    def __len__(self) -> int:
        return len(self._tensor)

    def __getitem__(self, rows: np.ndarray) -> tf.Tensor:
        return tf.gather(self._tensor, rows)


def _compiling_with(**changes: Any) -> None:
    compile_model = keras.Model.compile

    def changed(model: keras.Model, **settings: Any) -> None:
        compile_model(model, **settings | changes)

    keras.Model.compile = changed


def _batches_of(convert: Callable[[np.ndarray], Any]) -> None:
    def changed(arrays: tuple[np.ndarray, ...], *rest: Any) -> Batches:
        return Batches([convert(array) for array in arrays], *rest)

    fit.Batches = changed


def keras_batch_normalisation() -> None:
    """Let Keras make batch normalisation of its dozen operations."""
    BatchNormalization.call = keras.layers.BatchNormalization.call


def float_images() -> None:
    """Hand images over as floats, four times as many bytes."""
    _batches_of(lambda array: array.astype(np.float32) if array.dtype == np.uint8 else array)


def all_let_go() -> None:
    """Let go of all levers in use but oneDNN, which is an environment variable."""
    keras_batch_normalisation()
    float_images()


NOTHING = "as it is"
WITHOUT_ONEDNN = "without oneDNN"
ALL = "without all three"
TEN_STEPS = "ten steps a call"

#: What is changed before training, by name; after the first, four let go of levers in use.
WAYS: dict[str, Callable[[], None]] = {
    NOTHING: lambda: None,
    "Keras' batch normalisation": keras_batch_normalisation,
    WITHOUT_ONEDNN: lambda: None,
    "images as floats": float_images,
    ALL: all_let_go,
    "XLA": lambda: _compiling_with(jit_compile=True),
    TEN_STEPS: lambda: _compiling_with(steps_per_execution=10),
    "images as one tensor": lambda: _batches_of(_OnDevice),
}


def accuracies() -> list[float]:
    """Return the test accuracy of networks that differ in their seed, small and briefly trained."""
    quick = studies.profile("quick")
    (base,) = studies.study("activations").recipes(quick)["ReLU"]
    dataset = data.load(base.dataset)
    return [
        fit.train(Recipe.create(**base.model_dump() | {"seed": seed}), dataset)[0].test.accuracy
        for seed in range(SEEDS)
    ]


def start_way(way: str, what: str, threads: int) -> subprocess.Popen[str]:
    """Start the measurement of a way in a process of its own with so many threads."""
    environment = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), str(threads))
    environment["TF_ENABLE_ONEDNN_OPTS"] = "0" if way in (WITHOUT_ONEDNN, ALL) else "1"
    return start(__file__, way, what, **environment)


def speeds() -> list[dict[str, Any]]:
    """Return for each network and way the images a second, and their ratio to the trainer's as it is."""
    rows = []
    for model in PLANS:
        # a call of more steps than an epoch has would measure nothing
        found: dict[str, list[float]] = {way: [] for way in WAYS if way != TEN_STEPS or PLANS[model][0] >= 10}
        for _ in range(ROUNDS):
            for way, rates in found.items():
                rates += result(start_way(way, model, cores()))
                print(f"{model}, {way}: {', '.join(f'{rate:,.0f}' for rate in rates)}", flush=True)
        rows += [
            {
                "model": model,
                "way": way,
                "images_per_second": spread(rates),
                "ratio_to_as_it_is": spread([a / b for a, b in zip(rates, found[NOTHING], strict=True)]),
            }
            for way, rates in found.items()
        ]
    return rows


def numbers() -> dict[str, Any]:
    """Return the test accuracies of both ways and how far the means of them differ, seed by seed."""
    started = {way: start_way(way, "seeds", 1) for way in (NOTHING, ALL)}
    found = {way: result(process) for way, process in started.items()}
    paired = stats.ttest_rel(found[NOTHING], found[ALL])
    low, high = paired.confidence_interval(LEVEL)
    difference = {"value": float(np.mean(np.subtract(found[NOTHING], found[ALL]))), "low": low, "high": high}
    return {"accuracies": found, "difference": difference, "p": float(paired.pvalue)}


def main() -> None:
    """Measure and write ``results/levers.json``."""
    write("levers", {"machine": machine(), "batch": BATCH, "rows": speeds(), "numbers": numbers()})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        _, _, way, what = sys.argv
        WAYS[way]()
        print(json.dumps(accuracies() if what == "seeds" else ours(*parsed(what), *PLANS[what])))
    else:
        main()
