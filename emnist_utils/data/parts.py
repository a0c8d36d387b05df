"""A part of EMNIST, published as a list: anyone who holds the official files can rebuild it bit for bit.

The list names images by their content hash and holds the order of each set and split. It holds no image and
no label: those come from the official ByClass files, which have every image of all six sets.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emnist_utils import files
from emnist_utils.data import idx, sources
from emnist_utils.data.cache import SPLITS
from emnist_utils.data.errors import DataError
from emnist_utils.data.hashing import array_digest, content_hashes, fingerprint
from emnist_utils.data.loading import Dataset, load
from emnist_utils.data.sources import Home
from emnist_utils.data.specs import SPECS


@dataclass(frozen=True, eq=False)
class Part:
    """Which images a part of EMNIST holds, in which order.

    Attributes
    ----------
    hashes : uint64 [n]
        Content hash of each distinct image, sorted.
    rows : mapping
        From a set's name and "train" or "test" to the places in `hashes` of its images, uint32, in order.
    fingerprints : mapping
        From a set's name to its `Dataset.fingerprint`.
    """

    hashes: NDArray[np.uint64]
    rows: Mapping[tuple[str, str], NDArray[np.uint32]]
    fingerprints: Mapping[str, str]


def list_part(names: Sequence[str]) -> Part:
    """List the images of these sets of the present source.

    Raises
    ------
    DataError
        If the source is the stand-in.
    """
    sets = {name: load(name) for name in names}
    if any(dataset.source.is_synthetic for dataset in sets.values()):
        raise DataError("the stand-in is no part of EMNIST, so there is nothing to list; set EMNIST_HOME")
    return listed(sets)


def listed(sets: Mapping[str, Dataset]) -> Part:
    """Return the list of the images of some sets, by their names."""
    fingerprints = {name: dataset.fingerprint for name, dataset in sets.items()}
    hashes = {
        (name, split): content_hashes(getattr(dataset, split).images)
        for name, dataset in sets.items()
        for split in SPLITS
    }
    distinct, places = np.unique(np.concatenate(list(hashes.values())), return_inverse=True)
    ends = np.cumsum([len(each) for each in hashes.values()])[:-1]
    rows = dict(zip(hashes, np.split(places.astype(np.uint32), ends), strict=True))
    return Part(distinct, rows, fingerprints)


def save_part(part: Part, path: Path) -> None:
    """Write a list as a compressed .npz, whole or not at all."""
    arrays: dict[str, Any] = {f"{name}/{split}": rows for (name, split), rows in part.rows.items()}
    arrays |= {"hashes": part.hashes, "fingerprints": np.array(json.dumps(part.fingerprints))}
    try:
        with files.replacing_file(path) as file:
            np.savez_compressed(file, **arrays)
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror or error}); name another file") from error


def read_part(path: Path) -> Part:
    """Read a list that `save_part` wrote.

    Raises
    ------
    DataError
        If the file is missing or not such a list.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            fingerprints = json.loads(str(arrays["fingerprints"]))
            if unknown := set(fingerprints) - set(SPECS):
                raise ValueError(f"unknown sets: {', '.join(sorted(unknown))}")
            rows = {(name, split): arrays[f"{name}/{split}"] for name in fingerprints for split in SPLITS}
            hashes = arrays["hashes"]
        if hashes.dtype != np.uint64 or not (hashes[1:] > hashes[:-1]).all():
            raise ValueError("its hashes are not in order")
        if any(places.dtype != np.uint32 or (places >= len(hashes)).any() for places in rows.values()):
            raise ValueError("it names images that it does not list")
        return Part(hashes, rows, fingerprints)
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} is not a list of a part of EMNIST ({error}); fetch it again") from error


def rebuild(part: Part, official: Path | None, destination: Path) -> None:
    """Write a listed part as IDX files, which then serve as `EMNIST_HOME`.

    Parameters
    ----------
    part : Part
        The list.
    official : Path or None
        NIST's zip, or a folder of the official IDX files; None for the present source (`EMNIST_HOME` or the download).
    destination : Path
        A folder that does not exist yet, or is empty.

    Raises
    ------
    DataError
        If an image of the list is not there, if the arrays are not those that were listed, or if the
        destination is not empty. Nothing is written then.
    """
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise DataError(f"{destination} is not an empty folder; name a folder that does not exist yet")
    home = sources.find() if official is None else sources.at(official)
    if home is None:
        raise DataError("there is no EMNIST here to rebuild the part from; fetch it first (emnist data --download)")
    images, labels = _collect(part, home)
    with files.replacing_folder(destination) as folder:
        for name, expected in part.fingerprints.items():
            spec = SPECS[name]
            own_labels = np.array(spec.from_byclass)[labels]
            digests = []
            for split in SPLITS:
                rows = part.rows[name, split]
                chosen, chosen_labels = images[rows], own_labels[rows].astype(np.uint8)
                digests += [array_digest(chosen), array_digest(chosen_labels)]
                with (folder / sources.images_name(name, split)).open("wb") as file:
                    idx.write_images(file, chosen)
                with (folder / sources.labels_name(name, split)).open("wb") as file:
                    idx.write_labels(file, chosen_labels, spec)
            if fingerprint(digests) != expected:
                raise DataError(
                    f"the set {name} rebuilt from {home.place} has the fingerprint {fingerprint(digests)}, but "
                    f"{expected} was listed; the files there are not the official ones, or the list is damaged"
                )


def _collect(part: Part, home: Home) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the image and the ByClass label of each hash of a list."""
    spec = SPECS["byclass"]
    images = np.zeros((len(part.hashes), idx.SIDE, idx.SIDE), np.uint8)
    labels = np.full(len(part.hashes), -1, np.int64)
    for split, split_labels in home.labels(spec).items():
        start = 0
        for chunk in idx.read_images(home.images(spec, split), len(split_labels)):
            hashes = content_hashes(chunk)
            places = np.searchsorted(part.hashes, hashes)
            places[places == len(part.hashes)] = 0
            listed = part.hashes[places] == hashes
            images[places[listed]] = chunk[listed]
            labels[places[listed]] = split_labels[start : start + len(chunk)][listed]
            start += len(chunk)
    lacking = np.flatnonzero(labels < 0)
    if len(lacking):
        raise DataError(
            f"{len(lacking):,} of the {len(labels):,} listed images are not in ByClass at {home.place} (the first has "
            f"the hash {part.hashes[lacking[0]]:016x}); all are in the official files, NIST's zip: use those"
        )
    return images, labels
