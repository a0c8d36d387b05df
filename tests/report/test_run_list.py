"""The list of all runs."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

from emnist_utils.report.run_list import device_table, with_studies


def test_a_shared_run_is_listed_once_with_all_its_studies() -> None:
    """Protects the counts and sums of the appendix: no run counts twice, none is lost, no study of it is left out."""
    a, b, c = (SimpleNamespace(run_id=name) for name in "abc")
    studies = {"first": {"x": [a], "y": [b]}, "second": {"base": [a], "z": [c]}, "third": {"again": [b, c], "b": [b]}}
    assert with_studies(studies) == [
        (a, ["first", "second"]),
        (b, ["first", "third"]),
        (c, ["second", "third"]),
    ]


def test_each_machine_has_its_own_runs_and_hours() -> None:
    """Protects the account of what made the numbers: hours with compilation and test, days from first to last."""

    def run(device: str, day: int) -> SimpleNamespace:
        timing = SimpleNamespace(seconds=3600)
        made = SimpleNamespace(device=device, backend="jax", started=datetime(2026, 1, day))
        return SimpleNamespace(timing=timing, provenance=made)

    table = device_table([run("GPU", 3), run("CPU", 5), run("CPU", 2)])
    assert table.to_dict("records") == [
        {"device": "CPU", "Keras on": "JAX", "runs": "2", "days": "2026-01-02 to 2026-01-05", "hours": "2.00"},
        {"device": "GPU", "Keras on": "JAX", "runs": "1", "days": "2026-01-03", "hours": "1.00"},
    ]
