"""What a run costs beside its epochs: as ``emnist run`` does it, and as a script with plain Keras for each run.

``python benchmarks/overhead.py`` takes some minutes. Ours trains two studies of the profile ``quick``, as many runs
side by side as there are cores; the peer trains as many networks side by side, each in a script that is started, trains
with ``fit``, tests, and ends. What is left of the cores' time after the epochs is divided by the runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import machine, spread, write

from emnist_utils.machine import cores

REPEATS = 2
STUDIES = ("activations", "class-balance")

SCRIPT = """
import time
import keras
from emnist_utils import data
from emnist_utils.models import build
from emnist_utils.models.layers import BatchNormalization
BatchNormalization.call = keras.layers.BatchNormalization.call
dataset = data.load("byclass")
images, labels = (part[:4500] for part in (dataset.train.images, dataset.train.labels))
floats = images.astype("float32")
network = build("residual-cnn", 62, width=0.125, blocks=2)
network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
starts, ends = [], []
clock = keras.callbacks.LambdaCallback(
    on_train_batch_begin=lambda batch, logs: starts.append(time.perf_counter()) if batch == 1 else None,
    on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()),
)
network.fit(floats[:2000], labels[:2000], batch_size=50, epochs=3, verbose=0, callbacks=[clock],
            validation_data=(floats[2000:2400], labels[2000:2400]))
network.evaluate(floats[2000:], labels[2000:], verbose=0)
# the first step of an epoch is counted as long as the others, so that its tracing is none of them
print(sum(end - start for start, end in zip(starts, ends)) * 40 / 39)
"""


def ours() -> tuple[float, int]:
    """Return the cores' seconds beside the epochs, and the number of runs."""
    from emnist_utils import results, runner

    with tempfile.TemporaryDirectory() as folder:
        os.environ["EMNIST_RUNS"] = folder
        start = time.perf_counter()
        runner.run("quick", STUDIES)
        wall = time.perf_counter() - start
        records = list(results.readable(Path(folder)))
    return cores() * wall - sum(record.timing.train_seconds for record in records), len(records)


def scripts() -> tuple[float, int]:
    """Return the same of one script a core."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    start = time.perf_counter()
    started = [
        subprocess.Popen([sys.executable, "-c", SCRIPT], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(cores())
    ]
    epochs = sum(float(process.communicate()[0]) for process in started)
    return cores() * (time.perf_counter() - start) - epochs, cores()


def main() -> None:
    """Measure and write ``results/overhead.json``."""
    rows = []
    found: dict[str, list[tuple[float, int]]] = {"ours": [], "a script a run": []}
    for _ in range(REPEATS):
        for what, way in (("ours", ours), ("a script a run", scripts)):
            found[what].append(way())
            print(what, found[what][-1], flush=True)
    for what, repeats in found.items():
        seconds = spread([seconds / runs for seconds, runs in repeats])
        rows.append({"what": what, "runs": repeats[0][1], "seconds": seconds})
    write("overhead", {"machine": machine(), "rows": rows})


if __name__ == "__main__":
    main()
