"""Small EMNIST homes to read, break and mend."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from emnist_utils.data import SPECS, idx

MakeHome = Callable[..., Path]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty cache, and no EMNIST_HOME."""
    monkeypatch.delenv("EMNIST_HOME", raising=False)
    monkeypatch.setenv("EMNIST_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def make_home(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> MakeHome:
    """Return a function that writes IDX files of random images and makes them EMNIST_HOME."""

    def make(names: Sequence[str] = ("digits",), packed: bool = False, each: int = 6, seed: int = 0) -> Path:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        rng = np.random.default_rng(seed)
        opener = gzip.open if packed else open
        suffix = ".gz" if packed else ""
        for name in names:
            spec = SPECS[name]
            for split in ("train", "test"):
                labels = rng.permutation(np.repeat(np.arange(len(spec.classes)), each))
                images = rng.integers(0, 256, (len(labels), 28, 28), dtype=np.uint8)
                with opener(home / f"emnist-{name}-{split}-images-idx3-ubyte{suffix}", "wb") as file:
                    idx.write_images(file, images)
                with opener(home / f"emnist-{name}-{split}-labels-idx1-ubyte{suffix}", "wb") as file:
                    idx.write_labels(file, labels, spec)
        monkeypatch.setenv("EMNIST_HOME", str(home))
        return home

    return make


@pytest.fixture
def upper_right_share() -> Callable[[NDArray[np.uint8]], float]:
    """Return a function: of the mean image's ink at the upper right and lower left, the share at the upper right."""

    def share(images: NDArray[np.uint8]) -> float:
        ink = images.mean(axis=0).reshape(2, 14, 2, 14).sum(axis=(1, 3))
        return float(ink[0, 1] / (ink[0, 1] + ink[1, 0]))

    return share


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[[Path], Path]:
    """Return a function that packs a home into a zip laid out as NIST's."""

    def pack(home: Path) -> Path:
        archive = tmp_path / "gzip.zip"
        with zipfile.ZipFile(archive, "w") as file:
            for path in sorted(home.iterdir()):
                file.write(path, f"gzip/{path.name}")
        return archive

    return pack
