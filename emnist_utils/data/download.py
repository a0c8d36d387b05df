"""The explicit download of NIST's EMNIST zip into the user's cache: resumable, checked, with mirrors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from emnist_utils import files, paths
from emnist_utils.data.cache import short_hash
from emnist_utils.data.errors import DataError
from emnist_utils.data.hashing import sha256

_TIMEOUT = 30.0
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Archive:
    """A published file: its name here, where it lies, its size in bytes and its SHA-256 in hex."""

    name: str
    urls: tuple[str, ...]
    size: int
    sha256: str


NIST = Archive(
    name="gzip.zip",
    urls=(
        "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
        "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip",
    ),
    size=561_753_746,
    sha256="fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
)
"""All six sets as gzipped IDX files, as NIST publishes them."""


def downloaded(archive: Archive = NIST) -> Path | None:
    """Return the downloaded file in the cache; None where it has not been downloaded."""
    path = paths.cache_dir() / archive.name
    return path if path.is_file() else None


def is_official(path: Path, archive: Archive = NIST) -> bool:
    """Whether a file has the archive's size and SHA-256.

    The SHA-256 is worked out once for a file of this path, size and time, and remembered in the cache.
    """
    status = path.stat()
    if status.st_size != archive.size:
        return False
    identity = json.dumps([str(path), status.st_size, status.st_mtime_ns])
    memo = paths.cache_dir() / "sha256" / f"{short_hash(identity)}.txt"
    if memo.is_file():
        return memo.read_text().strip() == archive.sha256
    found = sha256(path)
    with suppress(OSError):
        files.write_text(memo, found + "\n")
    return found == archive.sha256


def download(archive: Archive = NIST) -> Path:
    """Fetch an archive into the cache, unless it is there already.

    What has arrived is kept in a ``.part`` file and resumed by the next call, from the same mirror or
    another. The file gets its name only when its size and SHA-256 are right.

    Returns
    -------
    Path
        The whole, checked file.

    Raises
    ------
    DataError
        If no mirror delivers the file; the message tells what each answered and what was expected.
    """
    path = paths.cache_dir() / archive.name
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(path.name + ".lock")):
            if path.is_file() and is_official(path, archive):
                return path
            _fetch(archive, part)
            part.replace(path)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written ({error.strerror or error}); it takes {archive.size:,} bytes: make room "
            "there or set EMNIST_CACHE to another folder"
        ) from error
    return path


class _MirrorError(Exception):
    """What one mirror did wrong."""


def _fetch(archive: Archive, part: Path) -> None:
    problems = []
    for url in archive.urls:
        try:
            if not part.is_file() or part.stat().st_size != archive.size:
                _receive(url, archive, part)
            found = sha256(part)
            if found == archive.sha256:
                return
            part.unlink()
            raise _MirrorError(f"delivered a file of another SHA-256 ({found})")
        except _MirrorError as problem:
            problems.append(f"\n  {url} {problem}")
    kept = part.stat().st_size if part.is_file() else 0
    raise DataError(
        f"{archive.name} could not be downloaded; expected {archive.size:,} bytes with SHA-256 "
        f"{archive.sha256}, but{''.join(problems)}\n"
        f"Try again later{f' ({kept:,} bytes are kept and will be resumed)' if kept else ''}, or fetch the file "
        "by other means and set EMNIST_HOME to it."
    )


def _receive(url: str, archive: Archive, part: Path) -> None:
    import requests
    from tqdm import tqdm

    have = part.stat().st_size if part.is_file() else 0
    if have > archive.size:
        have = 0
    # Ranges count bytes as stored, so the server must not compress on the way.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
            start = _start(answer.status_code, answer.headers, archive, have)
            with (
                part.open("ab" if start else "wb") as file,
                tqdm(
                    total=archive.size,
                    initial=start,
                    unit="B",
                    unit_scale=True,
                    desc=archive.name,
                    disable=None,
                ) as bar,
            ):
                for block in answer.iter_content(_BLOCK):
                    bar.update(file.write(block))
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        arrived = part.stat().st_size if part.is_file() else 0
        if arrived > have:
            raise _MirrorError(f"stopped after {arrived:,} bytes") from error
        raise _MirrorError(f"cannot be reached ({type(error).__name__})") from error
    except requests.RequestException as error:
        raise _MirrorError(f"cannot be used ({error})") from error
    size = part.stat().st_size
    if size > archive.size:
        part.unlink()
        raise _MirrorError(f"delivered {size:,} bytes")
    if size < archive.size:
        raise _MirrorError(f"stopped after {size:,} bytes")


def _start(status: int, headers: Mapping[str, str], archive: Archive, have: int) -> int:
    """Return the byte at which the answer starts, or say why it is not the file."""
    if status not in (200, 206):
        raise _MirrorError(f"answered with status {status}")
    if "text/html" in headers.get("Content-Type", ""):
        raise _MirrorError("answered with a web page")
    if status == 206:
        expected = f"bytes {have}-{archive.size - 1}/{archive.size}"
        if headers.get("Content-Range") != expected:
            raise _MirrorError(f"sends {headers.get('Content-Range')} where {expected} was asked for")
        return have
    length = headers.get("Content-Length")
    if length is not None and int(length) != archive.size:
        raise _MirrorError(f"offers a file of {int(length):,} bytes")
    return 0
