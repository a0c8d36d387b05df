"""The list of all runs."""

from __future__ import annotations

from types import SimpleNamespace

from emnist_utils.report.run_list import with_studies


def test_a_shared_run_is_listed_once_with_all_its_studies() -> None:
    """Protects the counts and sums of the appendix: no run counts twice, none is lost, no study of it is left out."""
    a, b, c = (SimpleNamespace(run_id=name) for name in "abc")
    studies = {"first": {"x": [a], "y": [b]}, "second": {"base": [a], "z": [c]}, "third": {"again": [b, c], "b": [b]}}
    assert with_studies(studies) == [
        (a, ["first", "second"]),
        (b, ["first", "third"]),
        (c, ["second", "third"]),
    ]
