"""The tables of the 2024 report."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from emnist_utils import reported
from emnist_utils.data import SPECS

#: Rows, sums of the columns (loss, accuracy in per cent, seconds) and one row of each table.
ABLATIONS = {
    "optimizers": (7, (2.2883, 614.24, 6522.10), "Adamax", (0.3062, 88.43, 775.57)),
    "activations": (10, (3.6120, 867.90, 2592.03), "SELU", (0.3384, 87.24, 245.21)),
    "blocks": (4, (1.2893, 353.28, 6058.06), 3, (0.3264, 88.37, 1672.99)),
    "learning_rates_first": (5, (1.7241, 436.53, 6047.79), 1e-5, (0.3328, 87.38, 1618.95)),
    "learning_rates_second": (10, (3.0931, 882.95, 8361.83), 7e-4, (0.3098, 88.24, 673.69)),
}

LABELS = {
    "optimizers": ["SGD", "SGD (Nesterov)", "Adagrad", "RMSprop", "Adam", "Adamax", "Nadam"],
    "activations": ["ReLU", "Leaky ReLU", "ELU", "SELU", "sigmoid", "tanh", "softmax", "softsign", "swish", "GELU"],
    "blocks": [1, 2, 3, 4],
    "learning_rates_first": [1e-2, 1e-3, 1e-4, 1e-5, 1e-6],
    "learning_rates_second": [1e-4, 2e-4, 3e-4, 4e-4, 5e-4, 6e-4, 7e-4, 8e-4, 9e-4, 1e-3],
    "losses": ["cross-entropy", "focal, gamma 1", "focal, gamma 2", "focal, gamma 3"],
}


@pytest.mark.parametrize("table", ABLATIONS)
def test_ablations_are_as_reported(table: str) -> None:
    """Protects the numbers of each ablation from slips: how many rows, their sums, and one row in full."""
    rows, sums, label, values = ABLATIONS[table]
    found = reported.load(table)
    assert list(found.columns) == ["loss", "accuracy", "seconds"]
    assert all(dtype == "float64" for dtype in found.dtypes)
    assert len(found) == rows
    assert tuple(found.sum()) == pytest.approx(sums)
    assert tuple(found.loc[label]) == values


@pytest.mark.parametrize("table", LABELS)
def test_labels_are_those_of_the_studies(table: str) -> None:
    """Protects the columns side by side: a row is found by its label, a rate by the float that a recipe has."""
    found = reported.load(table)
    assert found.index.tolist() == LABELS[table]
    assert found.index.is_unique


def test_the_second_pass_trained_one_rate_anew() -> None:
    """Protects the one setting that the report has twice: 1e-4 is copied from pass to pass, 1e-3 differs."""
    first, second = reported.load("learning_rates_first"), reported.load("learning_rates_second")
    assert first.loc[1e-4].equals(second.loc[1e-4])
    assert tuple(first.loc[1e-3]) == (0.3120, 88.33, 758.32)
    assert tuple(second.loc[1e-3]) == (0.3100, 88.22, 671.94)


def test_losses_are_as_reported() -> None:
    """Protects the lessons' table, which has no test losses."""
    found = reported.load("losses")
    assert found["accuracy"].tolist() == [88.34, 87.88, 86.97, 86.80]
    assert found["seconds"].tolist() == [1149.58, 1629.38, 1642.57, 1614.12]
    assert list(found.columns) == ["accuracy", "seconds"]


def test_cross_dataset_is_as_reported() -> None:
    """Protects the matrix from being transposed: what was trained on stands first."""
    found = reported.load("cross_dataset")
    titles = [SPECS[name].title for name in ("byclass", "bymerge", "balanced")]
    accuracy = found.pivot(columns="tested on", values="accuracy").loc[titles, titles]
    assert accuracy.to_numpy().tolist() == [[88.27, 92.08, 90.53], [92.03, 91.42, 90.30], [86.53, 86.44, 86.99]]
    f1 = found.pivot(columns="tested on", values="f1").loc[titles, titles]
    assert f1.to_numpy().tolist() == [[0.8756, 0.9167, 0.9005], [0.9150, 0.9103, 0.8992], [0.8643, 0.8655, 0.8679]]
    seconds = found.pivot(columns="tested on", values="seconds").loc[titles, titles]
    assert seconds.to_numpy().tolist() == [[28.20, 22.81, 2.63], [22.75, 24.05, 3.46], [23.13, 20.53, 3.62]]


def test_every_table_is_documented_and_loads() -> None:
    """Protects readers from a table without source: each file has its note, and each note its file."""
    files = {path.stem for path in Path(reported.__file__).parent.glob("*.csv")}
    assert files == set(reported.TABLES)
    for table, note in reported.TABLES.items():
        assert note.endswith(".")
        assert isinstance(reported.load(table), pd.DataFrame)


def test_an_unknown_table_is_an_error() -> None:
    """Protects against a mistyped name: the error says which tables there are."""
    with pytest.raises(reported.ReportedError, match="no table 'optimiser'; choose one of models, class_counts"):
        reported.load("optimiser")
