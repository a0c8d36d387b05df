"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for binary writing that takes the place of `path` when the block ends without an error.

    After an error `path` is as it was, and nothing else is left. Missing parent folders are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all."""
    with replacing_file(path) as file:
        file.write(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8 with plain line feeds, whole or not at all."""
    write_bytes(path, text.encode())


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of `path` when the block ends without an error.

    After an error `path` is as it was, and nothing else is left. Missing parent folders are made. On Linux an older
    folder is replaced in one step; elsewhere `path` is absent between two.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent))
    new, old = workplace / "new", workplace / "old"
    try:
        new.mkdir()
        yield new
        if path.exists():
            if _exchange(new, path):
                return
            path.replace(old)
        try:
            new.replace(path)
        except BaseException:
            if old.exists():
                old.replace(path)
            raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def remove_leftovers(path: Path) -> None:
    """Remove what killed writers of `path` left half done. Call it where no other process writes `path`."""
    for leftover in path.parent.glob(f".{path.name}.*.tmp"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


#: Seconds after which a file that nobody has written to is given up. A write takes less than a minute.
_GIVEN_UP = 24 * 60 * 60


def remove_old_leftovers(folder: Path) -> None:
    """Remove the files that killed writers left half done in a folder, into which other processes may be writing.

    A day's age tells them from those. The writer's process id would not: it may belong to another machine.
    """
    for leftover in folder.glob(".*.tmp"):
        with suppress(OSError):  # another process removed it, or it is not ours to remove
            if time.time() - leftover.stat().st_mtime > _GIVEN_UP:
                leftover.unlink()


#: Arguments of Linux' renameat2(2): names are relative to the current folder, and change places.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def _exchange(one: Path, other: Path) -> bool:
    """Let two names change places in one step; return whether that was possible here.

    Source: renameat2(2), which Linux has, though not on every file system.
    """
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    names = os.fsencode(one), os.fsencode(other)
    return renameat2 is not None and renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0


def send_stderr_to(path: Path) -> None:
    """Append to a file whatever this process and those that it starts write to stderr from now on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, sys.stderr.fileno())
    os.close(file)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
