"""Where the images come from: `EMNIST_HOME`, else the downloaded zip, else the synthetic stand-in."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emnist_utils.data import idx
from emnist_utils.data.cache import SPLITS
from emnist_utils.data.download import NIST, downloaded, is_official
from emnist_utils.data.errors import DataError
from emnist_utils.data.idx import IdxFile
from emnist_utils.data.specs import SPECS, DatasetSpec


@dataclass(frozen=True)
class Source:
    """What the images are.

    Attributes
    ----------
    kind : {"official", "part", "synthetic"}
        "official" where the counts of every class are the official ones (and a zip is NIST's own).
    description : str
        One sentence for a reader.
    """

    kind: Literal["official", "part", "synthetic"]
    description: str

    @property
    def is_synthetic(self) -> bool:
        """Whether the images are not EMNIST at all."""
        return self.kind == "synthetic"


SYNTHETIC = Source(
    "synthetic",
    "A synthetic stand-in for EMNIST, drawn by code from line fonts; accuracies on it say nothing about EMNIST.",
)


@dataclass(frozen=True)
class Home:
    """The IDX files found in one place.

    Attributes
    ----------
    place : Path
        The folder or zip.
    files : mapping
        From an official name without ".gz", such as "emnist-byclass-train-images-idx3-ubyte", to the file.
    """

    place: Path
    files: Mapping[str, IdxFile]

    @property
    def is_zip(self) -> bool:
        """Whether the files are read out of a zip."""
        return any(file.member for file in self.files.values())

    def sets(self) -> list[str]:
        """Names of the sets that have all four files."""
        return [name for name in SPECS if all(file_name in self.files for file_name in _names(name))]

    def labels(self, spec: DatasetSpec) -> dict[str, NDArray[np.uint8]]:
        """Read the labels of "train" and "test", 0..C-1."""
        self._complete(spec)
        return {split: idx.read_labels(self.files[_labels(spec.name, split)], spec) for split in SPLITS}

    def images(self, spec: DatasetSpec, split: str) -> IdxFile:
        """Return the image file of "train" or "test"."""
        self._complete(spec)
        return self.files[_images(spec.name, split)]

    def identity(self, spec: DatasetSpec) -> str:
        """State which files hold a set, and their sizes and times: it changes when they do."""
        self._complete(spec)
        rows = []
        for name in _names(spec.name):
            file = self.files[name]
            status = file.path.stat()
            rows.append([str(file.path), file.member, status.st_size, status.st_mtime_ns])
        return json.dumps(rows)

    def judge(self, spec: DatasetSpec, labels: Mapping[str, NDArray[np.integer]]) -> Source:
        """Compare the counts of every class with the official ones."""
        official = all(
            tuple(np.bincount(labels[split], minlength=len(spec.classes)).tolist()) == counts
            for split, counts in (("train", spec.train_counts), ("test", spec.test_counts))
        )
        if not official:
            return Source(
                "part",
                f"A part of EMNIST {spec.title}: {len(labels['train']):,} of {spec.train_size:,} training "
                f"images and {len(labels['test']):,} of {spec.test_size:,} test images.",
            )
        if self.is_zip and not is_official(self.place):
            return Source(
                "part",
                f"EMNIST {spec.title} with the official counts, from an archive that is not the one NIST publishes.",
            )
        return Source(
            "official",
            f"The official EMNIST {spec.title}: {spec.train_size:,} training and {spec.test_size:,} test images.",
        )

    def _complete(self, spec: DatasetSpec) -> None:
        missing = [name for name in _names(spec.name) if name not in self.files]
        if missing:
            have = ", ".join(self.sets()) or "none"
            raise DataError(
                f"{self.place} lacks {', '.join(missing)} (or .gz) of the set {spec.name}; add what is "
                f"missing, or use a set that is complete there: {have}"
            )


def find() -> Home | None:
    """Return the place of the official files; None where only the synthetic stand-in is left.

    Raises
    ------
    DataError
        If `EMNIST_HOME` is set but holds no EMNIST: it never falls back silently.
    """
    setting = os.environ.get("EMNIST_HOME")
    if not setting:
        archive = downloaded()
        return None if archive is None else _from_zip(archive)
    place = Path(setting).expanduser()
    try:
        home = _from_folder(place) if place.is_dir() else _from_zip(place)
    except OSError as error:
        raise DataError(f"EMNIST_HOME={setting} cannot be read ({error.strerror or error}); {_ADVICE}") from error
    if not home.sets():
        found = ", ".join(sorted(home.files)) or "no file with an official name"
        raise DataError(f"EMNIST_HOME={setting} holds no complete EMNIST set (found: {found}); {_ADVICE}")
    return home


def source() -> Source:
    """Say where data would come from now, without loading images."""
    home = find()
    if home is None:
        return SYNTHETIC
    judged = {}
    sizes = []
    for name in home.sets():
        spec, labels = SPECS[name], home.labels(SPECS[name])
        judged[name] = home.judge(spec, labels)
        official = spec.train_size + spec.test_size
        sizes.append(f"{sum(map(len, labels.values())):,} of {official:,} images of {spec.title}")
    if all(each.kind == "official" for each in judged.values()):
        return Source("official", f"The official EMNIST: {_listed([SPECS[name].title for name in judged])}.")
    return Source("part", f"A part of EMNIST: {_listed(sizes)}.")


def available() -> tuple[str, ...]:
    """Names of the sets that the source holds completely, in the order of `SPECS`."""
    home = find()
    return tuple(SPECS) if home is None else tuple(home.sets())


_ADVICE = (
    f"set it to a folder of EMNIST IDX files, to NIST's {NIST.name} or to its folder, or unset it to use "
    "the downloaded data or the synthetic stand-in"
)


def _from_folder(place: Path) -> Home:
    place = place.resolve()
    for candidate in (place, *sorted(child for child in place.iterdir() if child.is_dir())):
        found: dict[str, IdxFile] = {}
        for path in sorted(candidate.iterdir()):
            name = path.name.removesuffix(".gz")
            if name in _OFFICIAL_NAMES and path.is_file():
                found.setdefault(name, IdxFile(path))
        if found:
            return Home(candidate, found)
    archives = sorted(place.glob("*.zip"))
    for archive in archives:
        home = _from_zip(archive)
        if home.files:
            return home
    return Home(place, {})


def _from_zip(place: Path) -> Home:
    place = place.resolve()
    if not place.exists():
        raise DataError(f"{place} does not exist; {_ADVICE}")
    try:
        with zipfile.ZipFile(place) as archive:
            members = archive.namelist()
    except zipfile.BadZipFile as error:
        with place.open("rb") as file:
            is_page = file.read(512).lstrip()[:1] == b"<"
        what = "is a web page" if is_page else "is not a zip, or is cut short"
        raise DataError(
            f"{place} {what} ({place.stat().st_size:,} bytes); NIST's {NIST.name} has {NIST.size:,} bytes "
            f"and SHA-256 {NIST.sha256}: remove this file and fetch it again"
        ) from error
    found: dict[str, IdxFile] = {}
    for member in sorted(members):
        name = member.rpartition("/")[2].removesuffix(".gz")
        if name in _OFFICIAL_NAMES:
            found.setdefault(name, IdxFile(place, member))
    return Home(place, found)


def _images(name: str, split: str) -> str:
    return f"emnist-{name}-{split}-images-idx3-ubyte"


def _labels(name: str, split: str) -> str:
    return f"emnist-{name}-{split}-labels-idx1-ubyte"


def _names(name: str) -> list[str]:
    return [file_name for split in SPLITS for file_name in (_images(name, split), _labels(name, split))]


_OFFICIAL_NAMES = frozenset(file_name for name in SPECS for file_name in _names(name))


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
