"""How many processes a machine has room for."""

from __future__ import annotations

import pytest

from emnist_utils import machine


@pytest.mark.parametrize(
    ("tasks", "cores", "gigabytes", "expected"),
    [(75, 4, 64, 4), (75, 64, 16, 8), (3, 64, 256, 3), (75, 2, 1, 1), (0, 2, 16, 1)],
)
def test_processes_fit_the_machine(
    tasks: int, cores: int, gigabytes: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects a machine of many cores from more processes than its memory holds, and a small one from none."""
    monkeypatch.setattr(machine, "cores", lambda: cores)
    monkeypatch.setattr("os.sysconf", {"SC_PHYS_PAGES": gigabytes * 250_000, "SC_PAGE_SIZE": 4_000}.get)
    assert machine.processes(tasks) == expected
