"""The most memory that training on ByClass at its official size holds.

``python benchmarks/memory.py`` takes some minutes and 2 GB in the temporary folder. The images are those of the
stand-in, as many as in the official files; LeNet-5 is trained on them for one epoch, in a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from common import machine, result, start, write
from loading import write_files


def train_on_all() -> dict[str, float]:
    """Train, and return the number of images and the most memory held."""
    from emnist_utils import data, studies
    from emnist_utils.training.fit import train
    from emnist_utils.training.recipe import Recipe

    (lenet,) = studies.study("models").recipes(studies.profile("hour"))["LeNet-5"]
    whole = {"train_size": None, "validation_size": None, "test_size": None, "epochs": 1, "batch": 500}
    record, _ = train(Recipe.create(**lenet.model_dump() | whole), data.load("byclass"))
    return {"images": record.data.train, "peak_mb": record.peak_memory_mb}


def main() -> None:
    """Measure and write ``results/memory.json``."""
    os.environ.pop("EMNIST_HOME", None)
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        files.mkdir()
        write_files(files)
        found = result(start(__file__, EMNIST_HOME=str(files), EMNIST_CACHE=str(Path(folder) / "cache")))
    print(found)
    write("memory", {"machine": machine(), **found})


if __name__ == "__main__":
    if sys.argv[1:] == ["--measure"]:
        print(json.dumps(train_on_all()))
    else:
        main()
