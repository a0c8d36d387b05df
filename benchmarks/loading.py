"""First and second load of byClass at its official size, against bare gzip and torchvision's EMNIST on the same files.

``python benchmarks/loading.py`` needs ``benchmarks/requirements.txt`` and 4 GB in the temporary folder. The images are
those of the stand-in, as many as in the official files.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from common import machine, result, spread, start, write

from emnist_utils.data.specs import SPECS

REPEATS = 3
SIZES = {"train": SPECS["byclass"].train_size, "test": SPECS["byclass"].test_size}


def write_files(folder: Path) -> None:
    """Write byClass with its official names and counts, packed by gzip."""
    from emnist_utils import data
    from emnist_utils.data import idx

    rng = np.random.default_rng(0)
    drawn = data.load("byclass")
    for split, n in SIZES.items():
        rows = rng.integers(0, len(drawn.train), n)
        with gzip.open(folder / f"emnist-byclass-{split}-images-idx3-ubyte.gz", "wb", compresslevel=6) as file:
            idx.write_images(file, drawn.train.images[rows])
        with gzip.open(folder / f"emnist-byclass-{split}-labels-idx1-ubyte.gz", "wb") as file:
            idx.write_labels(file, drawn.train.labels[rows], drawn.spec)


def bare_gzip(folder: Path) -> None:
    """Unpack all files in pieces of 1 MiB, and drop them."""
    for path in sorted(folder.glob("*.gz")):
        with gzip.open(path) as file:
            while file.read(1 << 20):
                pass


def ours(folder: Path) -> Any:
    """Load the set; the first time it is unpacked into the cache."""
    from emnist_utils import data

    dataset = data.load("byclass")
    assert len(dataset.train) == SIZES["train"]
    return dataset


def torchvision(folder: Path) -> Any:
    """Unpack the files, as torchvision does after its download, and load both splits."""
    from torchvision.datasets import EMNIST
    from torchvision.datasets.utils import extract_archive

    root = folder.parent / "torchvision"
    raw = root / "EMNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.gz"):
        if not (raw / path.stem).exists():
            extract_archive(str(path), str(raw))
    splits = [EMNIST(str(root), "byclass", train=train) for train in (True, False)]
    assert [len(split) for split in splits] == list(SIZES.values())
    return splits


LOADERS = {"gzip": bare_gzip, "ours": ours, "torchvision": torchvision}


def measure(loader: str, folder: Path) -> dict[str, float]:
    """Return the seconds that a loader takes in a fresh process, imports apart, and by how many MB it grows."""
    places = {"EMNIST_HOME": str(folder), "EMNIST_CACHE": str(folder.parent / "cache")}
    found: dict[str, float] = result(start(__file__, loader, str(folder), **places))
    return found


def _resident_mb() -> float:
    return float(psutil.Process().memory_info().rss / 1e6)


def main() -> None:
    """Measure and write ``results/loading.json``."""
    os.environ.pop("EMNIST_HOME", None)
    found: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        files.mkdir()
        write_files(files)
        packed = sum(path.stat().st_size for path in files.iterdir())
        for repeat in range(REPEATS):
            for left in ("cache", "torchvision"):
                shutil.rmtree(Path(folder) / left, ignore_errors=True)
            for name, loader in (
                ("gzip alone", "gzip"),
                ("ours, first", "ours"),
                ("ours, second", "ours"),
                ("torchvision, first", "torchvision"),
                ("torchvision, second", "torchvision"),
            ):
                found.setdefault(name, []).append(measure(loader, files))
                print(repeat, name, found[name][-1], flush=True)
    alone = [one["seconds"] for one in found["gzip alone"]]
    rows = [
        {
            "what": name,
            "seconds": spread([one["seconds"] for one in ones]),
            "resident_mb": spread([one["mb"] for one in ones]),
            "ratio_to_gzip": spread([one["seconds"] / base for one, base in zip(ones, alone, strict=True)]),
        }
        for name, ones in found.items()
    ]
    write("loading", {"machine": machine(), "images": sum(SIZES.values()), "packed_bytes": packed, "rows": rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        _, _, loader, place = sys.argv
        __import__({"gzip": "gzip", "ours": "emnist_utils.data", "torchvision": "torchvision.datasets"}[loader])
        before, start = _resident_mb(), time.perf_counter()
        held = LOADERS[loader](Path(place))
        print(json.dumps({"seconds": time.perf_counter() - start, "mb": _resident_mb() - before}))
    else:
        main()
