"""The published study on a machine without EMNIST: its pages are made from what is in the repository alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from emnist_utils import data, trace
from emnist_utils.data import snapshot
from emnist_utils.data.snapshot import Snapshot
from emnist_utils.paths import results_dir

#: The profile whose records are in ``results/`` and whose pages are in ``book/``.
PROFILE = "standard"


def snapshot_folder() -> Path:
    """Return the folder of the published snapshot of the images."""
    return results_dir() / "data"


def part() -> Path:
    """Return the published list of the images that were used (`data.parts`)."""
    return snapshot_folder() / snapshot.PART


def is_all_there_is(profile: str) -> bool:
    """Return whether a profile's pages are made from what is published alone.

    That is so for the published profile where there is no EMNIST. Any other would be trained on the stand-in.
    """
    return profile == PROFILE and data.source().is_synthetic and snapshot.exists(snapshot_folder())


def snapshot_of(profile: str) -> Snapshot:
    """Return what a profile's pages show of the images: of those here, or as it was published."""
    return _published() if is_all_there_is(profile) else snapshot.take()


def fingerprint(dataset: str, profile: str) -> str:
    """Return the fingerprint of the set that a profile's records were trained on.

    Raises
    ------
    DataError
        If there is no such set.
    """
    if is_all_there_is(profile):
        return _published().part.fingerprints[dataset]
    return data.load(dataset).fingerprint


@cache
def _published() -> Snapshot:
    trace.note_files(f"{results_dir().name}/{snapshot_folder().name}/*")
    return snapshot.read(snapshot_folder())
