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

from emnist_utils import paths, trace
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

    def sets(self) -> list[str]:
        """Names of the sets that have all four files."""
        return [name for name in SPECS if all(file_name in self.files for file_name in _names(name))]

    def labels(self, spec: DatasetSpec) -> dict[str, NDArray[np.uint8]]:
        """Read the labels of "train" and "test", 0..C-1."""
        self._complete(spec)
        return {split: idx.read_labels(self.files[labels_name(spec.name, split)], spec) for split in SPLITS}

    def images(self, spec: DatasetSpec, split: str) -> IdxFile:
        """Return the image file of "train" or "test"."""
        self._complete(spec)
        return self.files[images_name(spec.name, split)]

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
        """Say what a set of these labels is: official where the count of every class is."""
        counts = [np.bincount(labels[split], minlength=len(spec.classes)).tolist() for split in SPLITS]
        train, test = len(labels["train"]), len(labels["test"])
        if counts != [list(spec.train_counts), list(spec.test_counts)]:
            return Source(
                "part",
                f"A part of EMNIST {spec.title}: {train:,} training and {test:,} test images "
                f"(officially {spec.train_size:,} and {spec.test_size:,}).",
            )
        if not self.is_trusted():
            return Source(
                "part",
                f"A set with the counts of EMNIST {spec.title}, from an archive that is not NIST's own.",
            )
        return Source(
            "official",
            f"The official EMNIST {spec.title}: {train:,} training images and {test:,} test images.",
        )

    def is_trusted(self) -> bool:
        """Whether the files are not in a zip, or in the very zip that NIST publishes."""
        return is_official(self.place) if any(file.member for file in self.files.values()) else True

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
        return None if archive is None else at(archive)
    try:
        place = paths.absolute(setting, "EMNIST_HOME")
    except paths.PathError as error:
        raise DataError(str(error)) from error
    try:
        return at(place)
    except DataError as error:
        raise DataError(
            f"EMNIST_HOME={setting} cannot be used: {error}. Set EMNIST_HOME to a folder of EMNIST IDX files, to "
            f"NIST's {NIST.name} or to its folder; or unset it to use the downloaded data or the synthetic stand-in"
        ) from error


def at(place: Path) -> Home:
    """Find the IDX files in a folder, in one of its folders, or in a zip.

    Raises
    ------
    DataError
        If the place cannot be read or holds no complete EMNIST set.
    """
    place = place.expanduser().resolve()
    try:
        if not place.exists():
            raise DataError(f"{place} does not exist")
        home = _from_folder(place) if place.is_dir() else _from_zip(place)
    except OSError as error:
        raise DataError(f"{place} cannot be read ({error.strerror or error})") from error
    if not home.sets():
        found = ", ".join(sorted(home.files)) or "no file with an official name"
        raise DataError(f"{place} holds no complete EMNIST set, which has four files (found: {found})")
    return home


def source() -> Source:
    """Say where data would come from now, without loading images; a chapter that asks is noted (`trace`)."""
    found = _source()
    trace.note("source", "", found.description)
    return found


def _source() -> Source:
    home = find()
    if home is None:
        return SYNTHETIC
    sets = {name: home.labels(SPECS[name]) for name in home.sets()}
    titles = _listed([SPECS[name].title for name in sets])
    if all(home.judge(SPECS[name], labels).kind == "official" for name, labels in sets.items()):
        return Source("official", f"The official EMNIST: {titles}.")
    if not home.is_trusted():
        return Source("part", f"Files in the form of EMNIST, from an archive that is not NIST's own: {titles}.")
    sizes = [
        f"{len(labels['train']) + len(labels['test']):,} of "
        f"{SPECS[name].train_size + SPECS[name].test_size:,} images of {SPECS[name].title}"
        for name, labels in sets.items()
    ]
    return Source("part", f"A part of EMNIST: {_listed(sizes)}.")


def available() -> tuple[str, ...]:
    """Names of the sets that the source holds completely, in the order of `SPECS`; noted as `source` is."""
    home = find()
    names = tuple(SPECS) if home is None else tuple(home.sets())
    trace.note("available", "", " ".join(names))
    return names


def _from_folder(place: Path) -> Home:
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
    try:
        with zipfile.ZipFile(place) as archive:
            members = archive.namelist()
    except idx.DAMAGE as error:
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


def images_name(name: str, split: str) -> str:
    """Return the official name of a set's image file of "train" or "test"."""
    return f"emnist-{name}-{split}-images-idx3-ubyte"


def labels_name(name: str, split: str) -> str:
    """Return the official name of a set's label file of "train" or "test"."""
    return f"emnist-{name}-{split}-labels-idx1-ubyte"


def _names(name: str) -> list[str]:
    return [file_name for split in SPLITS for file_name in (images_name(name, split), labels_name(name, split))]


_OFFICIAL_NAMES = frozenset(file_name for name in SPECS for file_name in _names(name))


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
