"""How numbers are written in tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import timedelta

from emnist_utils.data.specs import SPECS
from emnist_utils.statistics import Interval, accuracy_over_seeds, wilson
from emnist_utils.training.record import Record, Records

#: What a table shows where there is no number.
NOTHING = "–"

#: What Keras computes on, as it writes itself.
BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}

_PAUSE = timedelta(hours=1)

_NO_BREAK = "\N{NO-BREAK SPACE}"


def accuracy(records: Sequence[Record]) -> Interval:
    """Return the test accuracy of a recipe with its interval (``statistics.accuracy_over_seeds``), in 0..1.

    Raises
    ------
    ValueError
        If there is no record.
    """
    return accuracy_over_seeds(
        [(sum(row[index] for index, row in enumerate(one.confusion)), one.data.test) for one in records]
    )


def reported_accuracy(percent: float, dataset: str = "byclass") -> Interval:
    """Return an accuracy of the 2024 report, given in per cent, with its interval, in 0..1.

    The interval is Wilson's for the set's official test images, and knows their chance alone.
    """
    n = SPECS[dataset].test_size
    return wilson(round(percent / 100 * n), n)


def percent(interval: Interval) -> str:
    """Write a share as per cent with the wider half of its interval, if it has one: ``84.12 ± 0.31``."""
    if math.isinf(interval.low):
        return f"{100 * interval.value:.2f}"
    half = max(interval.high - interval.value, interval.value - interval.low)
    return f"{100 * interval.value:.2f}{_NO_BREAK}±{_NO_BREAK}{100 * half:.2f}"


def points(difference: Interval) -> str:
    """Write a difference of two shares in points, with the wider half of its interval: ``+1.20 ± 0.40``."""
    return ("+" if difference.value >= 0 else "") + percent(difference).replace("-", "\N{MINUS SIGN}")


def at_width(width: float) -> str:
    """Return what follows a network's name in a sentence: nothing at its full width, ``" at 0.25 of its width"``."""
    return "" if width == 1 else f" at {width:g} of its width"


def whole_percent(share: float) -> str:
    """Write a share as whole per cent: ``84``; a dash where there is none (NaN), as for a class without images."""
    return NOTHING if math.isnan(share) else f"{100 * share:.0f}"


def p_value(p: float, equals: str = "") -> str:
    """Write a p-value: ``0.012``, ``< 0.0001`` where it is tiny; before any other stands ``equals``."""
    return f"<{_NO_BREAK}0.0001" if p < 1e-4 else f"{equals}{p:.2g}"


def mean(values: Sequence[float], digits: int = 1) -> str:
    """Write the mean of some values with a number of digits; a dash if there is none."""
    return f"{sum(values) / len(values):,.{digits}f}" if values else NOTHING


def timed_together(records: Records) -> dict[str, list[Record]]:
    """Return the runs whose seconds may be compared: made in one go, on one device, with one backend and clock.

    A device is named by its processor and threads, and the same name may be another machine, or a busier one, on
    another day. So in one go no run begins more than an hour after the one before it should have ended.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants.

    Returns
    -------
    dict of list of Record
        Of each row those of its seeds that belong to the largest such group with a run of every row, and of two as
        large to the later one. Empty if no group has a run of every row.
    """
    label_of = {id(run): label for label, group in records.items() for run in group}
    runs = [run for group in records.values() for run in group]
    best: list[Record] = []
    for go in _goes(runs):
        if len(go) >= len(best) and {label_of[id(run)] for run in go} == set(records):
            best = go
    return {label: [run for run in best if label_of[id(run)] == label] for label in records} if best else {}


def _goes(runs: Iterable[Record]) -> list[list[Record]]:
    """Return runs grouped by what they ran on and, within that, by when; the latest group last."""
    kinds: dict[tuple[str, str, str], list[Record]] = {}
    for run in sorted(runs, key=lambda run: run.provenance.started):
        kinds.setdefault((run.provenance.device, run.provenance.backend, run.timing.clock), []).append(run)
    goes: list[list[Record]] = []
    for kind in kinds.values():
        end = None
        for run in kind:
            if end is None or run.provenance.started >= end + _PAUSE:
                goes.append([])
            goes[-1].append(run)
            end = run.provenance.started + timedelta(seconds=run.timing.seconds)
    return sorted(goes, key=lambda go: go[-1].provenance.started)


def others_published(records: Records, published: Records) -> bool:
    """Return whether there are published records beside these ones, of another profile or other data.

    Parameters
    ----------
    records, published : mapping
        Records by the labels of a study's variants, as ``runner.records`` and ``runner.published`` return them.
    """
    own = {record.run_id for group in records.values() for record in group}
    return any(record.run_id not in own for group in published.values() for record in group)


def repeats_published(records: Records, published: Records) -> bool:
    """Return whether these records are the published study trained again: the same runs, other attempts at them.

    Parameters
    ----------
    records, published : mapping
        See `others_published`.
    """
    known = {record.stem for group in published.values() for record in group}
    again = any(record.stem not in known for label in published for record in records.get(label, ()))
    return again and not others_published(records, published)


def reproduced(again: Sequence[Record], published: Sequence[Record]) -> str:
    """Return whether a row trained again has the published accuracy, to within its interval: ``yes`` or ``no``.

    Parameters
    ----------
    again, published : sequence of Record
        The records of each, one a seed. A row that is not published, or was not trained again, gets a dash.
    """
    if not published or {record.stem for record in again} == {record.stem for record in published}:
        return NOTHING
    known = accuracy(published)
    return "yes" if known.low <= accuracy(again).value <= known.high else "no"
