"""What this machine has room for."""

from __future__ import annotations

import os

#: Memory that a process which trains a network or executes a chapter may take.
_BYTES_A_PROCESS = 2_000_000_000


def cores() -> int:
    """Return how many cores of a CPU this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processes(tasks: int) -> int:
    """Return in how many processes to do some tasks side by side: one a core, as far as memory goes."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(tasks, cores(), memory // _BYTES_A_PROCESS))
