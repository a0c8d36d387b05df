"""Training throughput of each network on this CPU: this project's trainer against what one would use instead.

``python benchmarks/training.py`` needs ``benchmarks/requirements.txt`` and takes half an hour on two cores. Contenders
take turns, each in processes of its own, on the same images in steps of 500, with Adam:

- *ours*: ``emnist_utils.training.fit.train``, as a study's runs are trained;
- *Keras fit*: the same network, compiled and fitted with Keras' defaults on float images;
- *PyTorch*, and *PyTorch, compiled*: the same network in a plain loop, channels last, fused Adam.

Each has all cores once as one process with that many threads, once as so many processes side by side of one thread
each, whose rates are added up; its better arrangement counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from common import cores, machine, spread, write

BATCH = 500

#: Steps that are measured after as many that are not: enough for some seconds.
STEPS = {"lenet5": 40, "residual-cnn 1/4": 20, "residual-cnn": 6, "cnn": 4, "resnet50": 4, "wavemix-lite": 2}

REPEATS = 3


def ours(model: str, width: float, steps: int) -> float:
    """Return images a second of the second epoch of a run."""
    from emnist_utils import data, studies
    from emnist_utils.training.fit import train
    from emnist_utils.training.recipe import Recipe

    variant = next(v for v in studies.study("models").variants if v.changes.get("model", "residual-cnn") == model)
    sizes: dict[str, Any] = {
        "train_size": BATCH * steps,
        "validation_size": 62,
        "test_size": 62,
        "batch": BATCH,
        "epochs": 2,
    }
    sizes |= {"width": width, "schedule": "cosine", "learning_rate": 1e-3, "seed": 0}
    recipe = Recipe.create(**studies.BASE | variant.changes | sizes)
    record, _ = train(recipe, data.load("byclass"))
    return BATCH * steps / record.curves.seconds[1]


def keras_fit(model: str, width: float, steps: int) -> float:
    """Return images a second of the second epoch of ``fit`` with its defaults, on floats in 0..1."""
    import keras

    from emnist_utils.models import MODELS, build

    images, labels = _images(steps)
    sizes = {"width": width, "blocks": 7 if model == "wavemix-lite" else 2}
    ready = build(model, 62, **{name: value for name, value in sizes.items() if name in MODELS[model].sizes})
    standardised = next(layer for layer in ready.layers if isinstance(layer, keras.layers.Rescaling))
    network = keras.Model(standardised.output, ready.output)
    border = [(0, 0), *[((network.input_shape[1] - 28) // 2,) * 2] * 2]
    floats = np.pad(images, border)[..., None].astype(np.float32) / 255
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    ends: list[float] = []
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))
    network.fit(floats, labels, batch_size=BATCH, epochs=2, verbose=0, callbacks=[clock])
    return len(images) / (ends[1] - ends[0])


def pytorch(model: str, width: float, steps: int, compiled: bool = False) -> float:
    """Return images a second of a plain loop, after as many steps that are not measured."""
    import torch
    from torch_networks import build

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    network = build(model, width).to(memory_format=torch.channels_last).train()
    step = torch.compile(network) if compiled else network
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, eps=1e-7, fused=True)
    images, labels = (torch.from_numpy(np.array(part)) for part in _images(steps))
    labels = labels.long()
    for _ in range(2):
        start = time.perf_counter()
        for rows in torch.randperm(len(images)).split(BATCH):
            loss = torch.nn.functional.cross_entropy(step(images[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return len(images) / (time.perf_counter() - start)


def pytorch_compiled(model: str, width: float, steps: int) -> float:
    """Return images a second of the same loop with ``torch.compile``."""
    return pytorch(model, width, steps, compiled=True)


CONTENDERS: dict[str, Callable[[str, float, int], float]] = {
    "ours": ours,
    "Keras fit": keras_fit,
    "PyTorch": pytorch,
    "PyTorch, compiled": pytorch_compiled,
}


def _images(steps: int) -> tuple[np.ndarray, np.ndarray]:
    from emnist_utils import data

    train = data.load("byclass").train
    return train.images[: BATCH * steps], train.labels[: BATCH * steps]


def rate(contender: str, model: str, processes: int) -> float:
    """Return images a second of so many processes side by side, which share the cores evenly."""
    threads = str(cores() // processes)
    names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if contender != "Keras fit":  # which has the defaults of its libraries
        environment |= dict.fromkeys(names, threads) | {"TF_ENABLE_ONEDNN_OPTS": "1"}
    command = [sys.executable, __file__, "--measure", contender, model]
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    rates = []
    for process in started:
        out, error = process.communicate()
        if process.returncode:
            sys.exit(f"{contender}, {model}: {error[-2000:]}")
        rates.append(float(out.splitlines()[-1]))
    return sum(rates)


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
    """Measure the models named, or all of them, and write ``results/training.json``."""
    from emnist_utils.models import MODELS, build
    from emnist_utils.models.summary import summarise

    rows = []
    peak = [peak_gflops()]
    for model in models or STEPS:
        name, width = _parsed(model)
        found: dict[str, dict[int, list[float]]] = {contender: {1: [], cores(): []} for contender in CONTENDERS}
        for repeat in range(REPEATS):
            for contender, arrangements in found.items():
                for processes, rates in arrangements.items():
                    rates.append(rate(contender, name if width == 1 else model, processes))
                    print(f"{model}, {contender}, {processes} side by side, {repeat}: {rates[-1]:,.0f}", flush=True)
        peak.append(peak_gflops())
        blocks = {"blocks": 7 if name == "wavemix-lite" else 2} if "blocks" in MODELS[name].sizes else {}
        sizes = blocks | ({"width": width} if "width" in MODELS[name].sizes else {})
        adds = sum(row.multiply_adds for row in summarise(build(name, 62, **sizes)))
        best = {contender: max(by.values(), key=np.median) for contender, by in found.items()}
        peers = max((best[contender] for contender in CONTENDERS if contender != "ours"), key=np.median)
        rows.append(
            {
                "model": model,
                "multiply_adds": adds,
                "images_per_second": {
                    contender: {str(processes): spread(rates) for processes, rates in by.items()}
                    for contender, by in found.items()
                },
                "ratio_to_best_peer": spread([a / b for a, b in zip(best["ours"], peers, strict=True)]),
                # forward and backward: three times the multiply-adds, two operations each
                "share_of_peak": 6 * adds * float(np.median(best["ours"])) / (max(peak) * 1e9),
            }
        )
    write("training", {"machine": machine(), "batch": BATCH, "peak_gflops": spread(peak), "rows": rows})


def _parsed(model: str) -> tuple[str, float]:
    name, _, width = model.partition(" ")
    return name, 1 / int(width.removeprefix("1/")) if width else 1.0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    if sys.argv[1:2] == ["--measure"]:
        _, _, contender, model = sys.argv
        name, width = _parsed(model)
        print(json.dumps(CONTENDERS[contender](name, width, STEPS[model])))
    else:
        main(sys.argv[1:])
