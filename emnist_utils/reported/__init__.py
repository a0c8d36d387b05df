"""The figures of the 2024 report that this book reproduces, as they stand on its slides.

A course's final presentation, June 2024: "optimising and analysing CNN models on the extended MNIST dataset".
``models.csv`` is its table of models (byClass; loss and accuracy on the test set, accuracy in per cent, training time
in seconds), ``class_counts.csv`` the extreme counts of its data slide.
"""

from __future__ import annotations

from importlib import resources

import pandas as pd


def load(table: str) -> pd.DataFrame:
    """Return one of the report's tables, indexed by its first column.

    Parameters
    ----------
    table : str
        ``"models"`` or ``"class_counts"``.

    Raises
    ------
    FileNotFoundError
        If the report has no such table.
    """
    with resources.files(__name__).joinpath(f"{table}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, index_col=0)
