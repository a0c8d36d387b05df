"""Training throughput on one GPU through JAX: images a second in steady state, compilation apart.

``KERAS_BACKEND=jax python benchmarks/accelerator.py`` trains each network of the study for some epochs in steps of 500,
as ``emnist run`` does: images stay on the GPU and an epoch is one call. Name networks to measure these alone.
``--images`` cuts the training set, so that the command can be tried on a CPU; figures of a CPU are not written.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from common import machine, read, spread, write

os.environ.setdefault("KERAS_BACKEND", "jax")

BATCH, EPOCHS = 500, 4


def measure(label: str, images: int | None) -> dict[str, Any]:
    """Return a network's row: seconds to compile, and images a second of each epoch."""
    from emnist_utils import data, studies
    from emnist_utils.training.fit import train
    from emnist_utils.training.recipe import Recipe

    variant = next(variant for variant in studies.study("models").variants if variant.label == label)
    sizes = {"train_size": images, "validation_size": BATCH, "test_size": BATCH, "batch": BATCH, "epochs": EPOCHS}
    fixed = {"schedule": "cosine", "learning_rate": 1e-3, "seed": 0}
    record, _ = train(Recipe.create(**studies.BASE | variant.changes | sizes | fixed), data.load("byclass"))
    return {
        "model": label,
        "images": record.data.train,
        "compile_seconds": record.timing.compile_seconds,
        "images_per_second": spread([record.data.train / seconds for seconds in record.curves.seconds]),
    }


def main() -> None:
    """Measure the networks named, or all of them; each replaces its row of ``results/accelerator.json`` as it ends."""
    from emnist_utils import studies
    from emnist_utils.training import accelerator

    labels = [variant.label for variant in studies.study("models").variants]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", metavar="network", choices=[*labels, []], help=", ".join(labels))
    parser.add_argument("--images", type=int, help="training images; all if left out")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = read("accelerator").get("rows", [])
    for label in options.networks or labels:
        row = measure(label, options.images)
        rate = row["images_per_second"]["median"]
        print(f"{label}: {rate:,.0f} images/s, compiled in {row['compile_seconds']:.1f} s", flush=True)
        rows = sorted(
            [row, *(old for old in rows if old["model"] != label)], key=lambda row: labels.index(row["model"])
        )
        if accelerator.set_up():
            write("accelerator", {"machine": machine(), "batch": BATCH, "rows": rows})
    if not accelerator.set_up():
        sys.exit("There is no GPU here, so nothing was written.")


if __name__ == "__main__":
    main()
