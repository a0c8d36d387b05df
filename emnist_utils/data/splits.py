"""Subsets by index, the same on every machine."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emnist_utils.data.errors import DataError

VALIDATION_SHARE = 6
"""A sixth of the training rows is kept for validation, as in the EMNIST paper."""

_VALIDATION_SEED = 2017


def stratified_subset(labels: NDArray[np.integer], size: int, seed: int) -> NDArray[np.int64]:
    """Choose `size` rows at random that keep the class proportions.

    Every class that is present has at least one row where `size` allows it; beyond that, seats go to the
    classes by Sainte-Lague's divisors. That method never takes a seat away when `size` grows, so subsets of
    one seed are nested: a smaller one is contained in a larger one.

    Parameters
    ----------
    labels : int [n]
        Class of each row.
    size : int
        Number of rows to choose, 0..n.
    seed : int
        Subsets of different seeds are independent draws.

    Returns
    -------
    int64 [size]
        Row numbers, sorted.

    Raises
    ------
    DataError
        If `size` is negative or larger than the number of rows.
    """
    n = len(labels)
    if not 0 <= size <= n:
        raise DataError(f"a subset of {size:,} rows was asked for, but there are {n:,}; ask for 0 to {n:,}")
    if n == 0:
        return np.empty(0, np.int64)
    # The raw output of a bit generator is the one random stream that NumPy promises never to change.
    draw = np.random.PCG64(seed).random_raw(n)
    shuffled = np.lexsort((draw, labels))
    _, start, count = np.unique(np.asarray(labels)[shuffled], return_index=True, return_counts=True)
    rank = np.arange(n) - np.repeat(start, count)
    priority = np.where(rank == 0, 0.0, (rank + 0.5) / np.repeat(count, count))
    chosen = shuffled[np.lexsort((draw[shuffled], priority))[:size]]
    return np.sort(chosen).astype(np.int64)


def validation_split(
    labels: NDArray[np.integer], method: Literal["tail", "stratified"]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Set a sixth of the training rows aside.

    Parameters
    ----------
    labels : int [n]
        Class of each training row.
    method : {"tail", "stratified"}
        A set's ``DatasetSpec.validation``: the last sixth, as the EMNIST paper does for its balanced sets, or one
        that is drawn with the class proportions kept and a fixed seed.

    Returns
    -------
    train, validation : int64
        Row numbers, sorted; together all rows.
    """
    n = len(labels)
    size = n // VALIDATION_SHARE
    chosen = np.arange(n - size, n) if method == "tail" else stratified_subset(labels, size, _VALIDATION_SEED)
    rest = np.ones(n, bool)
    rest[chosen] = False
    return np.flatnonzero(rest).astype(np.int64), chosen.astype(np.int64)
