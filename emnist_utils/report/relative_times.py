"""How much longer one row of a study trains than another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emnist_utils.report.tables import timed_together
from emnist_utils.training.record import Records


def relative_times(runs: Records, reference: str, report: pd.DataFrame) -> pd.DataFrame:
    """Return training times as multiples of one row's: the 2024 report's of a whole training, ours of an epoch.

    How far a row's epochs differ among themselves tells how even the machine was, and so what to make of the rest.

    Parameters
    ----------
    runs : mapping
        Records by the labels of a study's variants.
    reference : str
        The label of the row that counts as 1.
    report : pandas.DataFrame
        As ``reported.load`` returns it, its index renamed to these labels where it is not.

    Returns
    -------
    pandas.DataFrame
        Indexed by label, all float: ``report``; ``here``, of the mean epoch; ``fastest`` and ``slowest``, of single
        epochs. The last three are NaN where times cannot be compared (``tables.timed_together``).

    Raises
    ------
    KeyError
        If `reference` is no row of both.
    """
    seconds = report["seconds"].to_dict()
    multiples = {label: seconds.get(label, np.nan) / seconds[reference] for label in runs}
    frame = pd.DataFrame({"report": multiples, "here": np.nan, "fastest": np.nan, "slowest": np.nan})
    timed = timed_together(runs)
    if timed:
        epochs = {label: np.concatenate([run.curves.seconds for run in group]) for label, group in timed.items()}
        unit = epochs[reference].mean()
        for column, measure in (("here", np.mean), ("fastest", np.min), ("slowest", np.max)):
            frame[column] = [float(measure(values) / unit) for values in epochs.values()]
    return frame
