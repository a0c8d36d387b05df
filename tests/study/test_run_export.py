"""The table of all runs to download."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from emnist_utils.report import run_export

if TYPE_CHECKING:
    from conftest import Make


def test_the_dictionary_explains_every_column_and_the_row_is_the_record(make: Make) -> None:
    """Protects whoever computes with the table: no column without a meaning, none that is another record's."""
    record, _ = make(test_on=(), minute=3)
    table = run_export.runs_table({"first": {"x": [record]}, "second": {"y": [record]}})
    assert list(table.columns) == list(run_export.DICTIONARY)
    assert {*dict(run_export._cells(record, []))} == set(run_export.DICTIONARY)
    (row,) = table.to_dict("records")
    assert (row["run"], row["record"], row["studies"]) == (record.run_id, record.stem, "first; second")
    assert (row["learning_rate"], row["train_size"]) == (record.recipe.learning_rate, record.recipe.train_size)
    assert (row["test_accuracy"], row["test_macro_f1"]) == (record.test.accuracy, record.test.macro_f1)
    assert (row["train_images"], row["commit"]) == (record.data.train, record.provenance.commit or "")


def test_writing_again_leaves_the_files_alone(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects a second build from reading the page of runs again: Sphinx looks at a file's time."""
    record, _ = make()
    monkeypatch.setattr(run_export.runner, "records", lambda study, profile: {"x": [record]})
    run_export.write("smoke", tmp_path)
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == ["runs-columns.csv", "runs.csv"]
    before = [path.stat().st_mtime_ns for path in files]
    run_export.write("smoke", tmp_path)
    assert [path.stat().st_mtime_ns for path in files] == before
    assert pd.read_csv(files[0]).column.tolist() == list(pd.read_csv(files[1]).columns)
