"""Faults at chosen places: a process is killed, or its disk is full, at its n-th change of a file."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

#: Python's audit events of calls that change files, each told of before the call is made.
_CHANGES = {"os.chmod", "os.mkdir", "os.remove", "os.rename", "os.rmdir"}

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

#: Those of them that a full disk allows.
_REMOVALS = {"os.chmod", "os.remove", "os.rmdir"}

#: More than any action of these tests makes.
_MOST_CHANGES = 500


def _is_change(event: str, arguments: tuple[Any, ...], folder: str) -> bool:
    """Return whether an audit event is a change of a file in a folder, or of one that is named by an open folder."""
    if event == "ctypes.dlsym":
        return bool(arguments[1] == "renameat2")
    if event == "open":
        path, _, flags = arguments
        return isinstance(path, str | bytes | os.PathLike) and bool(flags & _WRITING) and _lies_in(path, folder)
    if event in _CHANGES:
        below_a_folder = isinstance(arguments[-1], int) and arguments[-1] >= 0 and event != "os.chmod"
        return below_a_folder or _lies_in(arguments[0], folder)
    return False


def _lies_in(path: Any, folder: str) -> bool:
    return os.fsdecode(path).startswith(folder)


def at_change(number: int, folder: Path, fault: Callable[[], None], spare: int = 0) -> None:
    """Let a fault happen in this process, before its ``number``-th change of a file in a folder, and before each later.

    Changes count from 1. It can't be undone. Children by fork count for themselves; the process with the id ``spare``
    is spared.
    """
    counts: dict[int, int] = {}

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if fault is full and event in _REMOVALS:
            return
        if _is_change(event, arguments, str(folder)) and (process := os.getpid()) != spare:
            counts[process] = counts.get(process, 0) + 1
            if counts[process] >= number:
                fault()

    sys.addaudithook(watch)


def kill() -> None:
    """Kill this process as the kernel does that is short of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def full() -> None:
    """Fail as calls do that need room on a full disk."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def limit_files(size: int, *, kills: bool) -> None:
    """Let no file of this process grow beyond ``size`` bytes: what tries is killed there, or told that it can't."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL if kills else signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def forked(action: Callable[[], object], expected: type[Exception] = OSError) -> int:
    """Do something in a fork of this process; return 0, 1 where it raised what was expected, or minus the signal."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        code = 70
        try:
            action()
            code = 0
        except expected:
            code = 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at_each_change(action: Callable[[], object], folder: Path) -> Iterator[int]:
    """Do something again and again, each time killed before a later change of a file in a folder; yield its number.

    The last time, when there are no more changes, the action has come to its end.
    """
    for number in range(1, _MOST_CHANGES):

        def doomed(number: int = number) -> None:
            at_change(number, folder, kill)
            action()

        ended = forked(doomed)
        assert ended in (0, -signal.SIGKILL), f"ended with {ended} at change {number}"
        yield number
        if ended == 0:
            return
    raise AssertionError(f"more than {_MOST_CHANGES} changes")
