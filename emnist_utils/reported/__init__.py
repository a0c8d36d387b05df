"""The figures of the 2024 report that this book reproduces, as they stand on its slides.

A course's final presentation, June 2024: "optimising and analysing CNN models on the extended MNIST dataset". Each
table is a CSV file of the same name beside this one; `TABLES` says where it stands, in which units, and what is left
unsaid.

All rows are of ByClass but those of ``cross_dataset``. Unless `TABLES` says otherwise, ``loss`` is the mean
cross-entropy of the test images in nats, ``accuracy`` the share of them that was answered rightly in per cent, and
``seconds`` the time of the whole training. Of no row the report says on which device it was trained, after how
many epochs training stopped, how many seeds there were, or which images were kept for validation.
"""

from __future__ import annotations

import math
from importlib import resources
from types import MappingProxyType

import pandas as pd

from emnist_utils.data.specs import SPECS
from emnist_utils.errors import UserError

TABLES: MappingProxyType[str, str] = MappingProxyType(
    {
        "models": (
            "The table of models. WaveMix-Lite's row is quoted from elsewhere and has an accuracy alone. Parameters "
            "are rounded. Unsaid: the layers of each network, and the settings that the last row was fine-tuned to."
        ),
        "class_counts": "The data slide: training images of four classes. J and Y are the counts of j and y.",
        "optimizers": "The table of optimizers. Unsaid: network, learning rate of each, momentum.",
        "activations": (
            "The table of activations. Unsaid: network, optimizer, learning rate. No row reaches 88 % and none took "
            "as long as the shortest training of the other ablations, so their settings were probably others."
        ),
        "blocks": "The table of numbers of residual blocks. Unsaid: optimizer, learning rate, where blocks were added.",
        "learning_rates_first": (
            "The table of learning rates, first pass: powers of ten. Unsaid: optimizer, number of blocks."
        ),
        "learning_rates_second": (
            "The table of learning rates, second pass: 1e-4 to 1e-3. The row 1e-4 is the first pass's own; 1e-3 was "
            "trained anew, with another loss, accuracy and time. Unsaid: as for the first pass."
        ),
        "losses": (
            "The table of losses among the lessons. It writes beta for what the slide's formula calls gamma. Unsaid: "
            "alpha, network, optimizer, learning rate; test losses are not given."
        ),
        "cross_dataset": (
            "The table of sets trained on and tested on, a row for each pair. Accuracy in per cent; F1 in 0..1; "
            "seconds are those of testing. Unsaid: which mean of the classes' F1 it is, how labels of 47 and of 62 "
            "classes were compared, and how many test images had been seen in training."
        ),
    }
)
"""Source, units and gaps of each table by its name."""


EPOCHS, BATCH = 50, 500
"""The most epochs of a training in the report, and its images a step."""


class ReportedError(UserError, ValueError):
    """A table that the report does not have, with those that it has."""


def most_steps() -> int:
    """Return how many steps a training in the report could have, on all training images of ByClass."""
    return math.ceil(SPECS["byclass"].train_size / BATCH) * EPOCHS


def load(table: str) -> pd.DataFrame:
    """Return one of the report's tables, indexed by its first column.

    Labels are those of the book's studies where they name the same thing. Numbers are as on the slides.

    Parameters
    ----------
    table : str
        A key of `TABLES`, which documents it.

    Returns
    -------
    pandas.DataFrame
        A row for each of the table's rows, in its order; a number that the report does not give is NaN. The index is
        unique but for ``cross_dataset``, where it names the set trained on.

    Raises
    ------
    ReportedError
        If the report has no such table.
    """
    if table not in TABLES:
        raise ReportedError(f"the 2024 report has no table {table!r}; choose one of {', '.join(TABLES)}")
    with resources.files(__name__).joinpath(f"{table}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, index_col=0)
