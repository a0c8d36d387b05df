"""The list of all runs."""

from __future__ import annotations

from types import SimpleNamespace

from emnist_utils.report.run_list import each_once


def test_a_shared_run_is_listed_once_in_its_first_study() -> None:
    """Protects the counts and sums of the appendix: no run counts twice, none is lost, empty studies are left out."""
    a, b, c = (SimpleNamespace(run_id=name) for name in "abc")
    found = each_once({"first": {"x": [a], "y": [b]}, "second": {"base": [a], "z": [c]}, "third": {"again": [b, c]}})
    assert found == {"first": {"x": [a], "y": [b]}, "second": {"z": [c]}}
