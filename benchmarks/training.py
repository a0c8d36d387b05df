"""Training throughput of each network on this CPU: this project's trainer against what one would use instead.

``python benchmarks/training.py`` needs ``benchmarks/requirements.txt`` and takes a quarter of an hour on two cores. All
contenders train on the same images in steps of 500, with Adam, each in a process of its own that has all cores:

- *ours*: ``emnist_utils.training.fit.train``, as a study's runs are trained;
- *ours, side by side*: one such process a core with one thread each, as ``emnist run`` has them; rates are added up;
- *Keras fit*: the same network, compiled and fitted with Keras' defaults on float images;
- *PyTorch*, and *PyTorch, compiled*: the same network in a plain loop, channels last, fused Adam.

The first epoch of each process is a warm-up, the others are repeats. Of the smaller networks there are several rounds,
in which the contenders take turns, since a machine's speed drifts.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from common import machine, read, result, spread, start, write

from emnist_utils.machine import cores

BATCH = 500

#: Steps of an epoch, epochs of a process, and rounds: enough for some seconds and some repeats.
PLANS = {
    "lenet5": (120, 3, 2),
    "residual-cnn 1/4": (40, 3, 2),
    "residual-cnn": (4, 4, 1),
    "cnn": (3, 4, 1),
    "resnet50": (3, 4, 1),
    "wavemix-lite": (1, 4, 1),
}

Rates = list[float]


def ours(model: str, width: float, steps: int, epochs: int) -> Rates:
    """Return images a second of a run's epochs after the first."""
    from emnist_utils import data, studies
    from emnist_utils.training.fit import train
    from emnist_utils.training.recipe import Recipe

    variant = next(v for v in studies.study("models").variants if v.changes.get("model", "residual-cnn") == model)
    sizes: dict[str, Any] = {
        "train_size": BATCH * steps,
        "validation_size": 62,
        "test_size": 62,
        "batch": BATCH,
        "epochs": epochs,
    }
    sizes |= {"width": width, "schedule": "cosine", "learning_rate": 1e-3, "seed": 0}
    recipe = Recipe.create(**studies.BASE | variant.changes | sizes)
    record, _ = train(recipe, data.load("byclass"))
    return [BATCH * steps / seconds for seconds in record.curves.seconds[1:]]


def keras_fit(model: str, width: float, steps: int, epochs: int) -> Rates:
    """Return images a second of ``fit`` with its defaults, on floats in 0..1."""
    import keras

    from emnist_utils.models import MODELS, build
    from emnist_utils.models.layers import BatchNormalization

    images, labels = _images(steps)
    sizes = {"width": width, "blocks": 7 if model == "wavemix-lite" else 2}
    ready = build(model, 62, **{name: value for name, value in sizes.items() if name in MODELS[model].sizes})
    standardised = next(layer for layer in ready.layers if isinstance(layer, keras.layers.Rescaling))
    network = keras.Model(standardised.output, ready.output)
    border = [(0, 0), *[((network.input_shape[1] - 28) // 2,) * 2] * 2]
    floats = np.pad(images, border)[..., None].astype(np.float32) / 255
    # Keras' own batch normalisation, not this project's
    BatchNormalization.call = keras.layers.BatchNormalization.call
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    ends: list[float] = []
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))
    network.fit(floats, labels, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[clock])
    return (len(images) / np.diff(ends)).tolist()


def pytorch(model: str, width: float, steps: int, epochs: int, compiled: bool = False) -> Rates:
    """Return images a second of a plain loop."""
    import torch
    from torch_networks import build

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    network = build(model, width).to(memory_format=torch.channels_last).train()
    step = torch.compile(network) if compiled else network
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, eps=1e-7, fused=True)
    images, labels = (torch.from_numpy(np.array(part)) for part in _images(steps))
    labels = labels.long()
    ends = []
    for _ in range(epochs):
        for rows in torch.randperm(len(images)).split(BATCH):
            loss = torch.nn.functional.cross_entropy(step(images[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        ends.append(time.perf_counter())
    return (len(images) / np.diff(ends)).tolist()


def pytorch_compiled(model: str, width: float, steps: int, epochs: int) -> Rates:
    """Return images a second of the same loop with ``torch.compile``."""
    return pytorch(model, width, steps, epochs, compiled=True)


CONTENDERS: dict[str, Callable[[str, float, int, int], Rates]] = {
    "ours": ours,
    "ours, side by side": ours,
    "Keras fit": keras_fit,
    "PyTorch": pytorch,
    "PyTorch, compiled": pytorch_compiled,
}


def _images(steps: int) -> tuple[np.ndarray, np.ndarray]:
    from emnist_utils import data

    train = data.load("byclass").train
    return train.images[: BATCH * steps], train.labels[: BATCH * steps]


def rates(contender: str, model: str) -> Rates:
    """Return images a second of a contender, measured in processes of its own that have all cores together."""
    processes = cores() if contender == "ours, side by side" else 1
    environment = {}
    if contender != "Keras fit":  # which has the defaults of its libraries
        names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
        environment = dict.fromkeys(names, str(cores() // processes)) | {"TF_ENABLE_ONEDNN_OPTS": "1"}
    started = [start(__file__, contender, model, **environment) for _ in range(processes)]
    found = [result(process) for process in started]
    return [sum(epoch) for epoch in zip(*found, strict=True)]


def peak_gflops() -> float:
    """Return the most multiplications and additions a second, in 1e9, that all cores reach in a matrix product."""
    a, b = np.ones((2, 4096, 4096), np.float32)
    best = np.inf
    for _ in range(5):
        start = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - start)
    return 2 * 4096**3 / best / 1e9


def main(models: list[str]) -> None:
    """Measure the models named, or all of them; each replaces its row of ``results/training.json`` as it ends."""
    from emnist_utils.models import MODELS, build
    from emnist_utils.models.summary import summarise

    rows: list[dict[str, Any]] = read("training").get("rows", [])
    for model in models or PLANS:
        name, width = parsed(model)
        found: dict[str, Rates] = {contender: [] for contender in CONTENDERS}
        for _ in range(PLANS[model][2]):
            for contender, values in found.items():
                values += rates(contender, model)
                print(f"{model}, {contender}: {', '.join(f'{rate:,.0f}' for rate in values)}", flush=True)
        peak = peak_gflops()
        sizes = {"width": width, "blocks": 7 if name == "wavemix-lite" else 2}
        network = build(name, 62, **{size: value for size, value in sizes.items() if size in MODELS[name].sizes})
        adds = sum(row.multiply_adds for row in summarise(network))
        best = {
            side: max((found[contender] for contender in found if contender.startswith("ours") == side), key=np.median)
            for side in (True, False)
        }
        row = {
            "model": model,
            "multiply_adds": adds,
            "images_per_second": {contender: spread(values) for contender, values in found.items()},
            "ratio_to_best_peer": spread([a / b for a, b in zip(best[True], best[False], strict=True)]),
            # forward and backward: three times the multiply-adds, two operations each
            "share_of_peak": 6 * adds * float(np.median(best[True])) / (peak * 1e9),
            "peak_gflops": peak,
        }
        rows = sorted(
            [row, *(old for old in rows if old["model"] != model)], key=lambda row: list(PLANS).index(row["model"])
        )
        write("training", {"machine": machine(), "batch": BATCH, "rows": rows})


def parsed(model: str) -> tuple[str, float]:
    """Return a network's name and width: of ``residual-cnn 1/4`` a quarter."""
    name, _, width = model.partition(" ")
    return name, 1 / int(width.removeprefix("1/")) if width else 1.0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    if sys.argv[1:2] == ["--measure"]:
        _, _, contender, model = sys.argv
        name, width = parsed(model)
        print(json.dumps(CONTENDERS[contender](name, width, *PLANS[model][:2])))
    else:
        main(sys.argv[1:])
