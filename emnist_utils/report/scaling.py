"""How errors fall with the number of training images: a power law through a few points, and what lies beyond them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from emnist_utils.statistics import LEVEL, Interval, wilson
from emnist_utils.training.record import Record

_Z = float(stats.norm.ppf((1 + LEVEL) / 2))


@dataclass(frozen=True)
class Point:
    """What networks trained on some number of images did in the test.

    Attributes
    ----------
    images : int
        Training images.
    wrong, tested : int
        Test images that were answered wrongly, of all that were tried; for several seeds the mean number of one.
    """

    images: int
    wrong: int
    tested: int

    @property
    def error(self) -> float:
        """The share answered wrongly, in 0..1, with half an image added to both answers so that none is certain."""
        return (self.wrong + 0.5) / (self.tested + 1)


def point(records: Sequence[Record]) -> Point:
    """Return the point of one recipe's records, one a seed.

    Test images stay as many, however many seeds there are: all seeds answer the same ones.
    """
    tested = records[0].data.test
    wrong = float(np.mean([(1 - record.test.accuracy) * tested for record in records]))
    return Point(records[0].data.train, round(wrong), tested)


@dataclass(frozen=True)
class PowerLaw:
    """A law ``error(n) = floor + exp(intercept) * n ** -exponent`` for ``n`` training images, as `fit` finds it.

    Attributes
    ----------
    floor : float
        The error that no number of images goes below, in 0..1; assumed, not fitted.
    intercept : float
        Logarithm of the error above the floor at one image.
    exponent : Interval
        How steeply the error falls, with its 95 % interval; its ``n`` is the number of points.
    covariance : ndarray, shape ``[2, 2]``
        Of the slope, which is the negative exponent, and the intercept.
    p : float
        Chance that points on such a law scatter about the fit at least as much as these do.
    """

    floor: float
    intercept: float
    exponent: Interval
    covariance: NDArray[np.float64]
    p: float

    def at(self, images: float) -> Interval:
        """Return the error at a number of training images with its 95 % interval, in 0..1."""
        x = np.array([np.log(images), 1.0])
        middle = self.intercept - self.exponent.value * x[0]
        half = _Z * float(np.sqrt(x @ self.covariance @ x))
        value, low, high = (min(self.floor + float(np.exp(y)), 1.0) for y in (middle, middle - half, middle + half))
        return Interval(value, low, high, self.exponent.n)


def fits(points: Sequence[Point], floor: float) -> bool:
    """Return whether each point's error is above the floor by more than its own 95 % interval."""
    return all(wilson(one.wrong, one.tested).low > floor for one in points)


def fit(points: Sequence[Point], floor: float = 0.0) -> PowerLaw:
    """Fit a power law with a given floor to the errors at several numbers of training images.

    The logarithm of the error above the floor is a line in the logarithm of the number of images. It is fitted by
    least squares, each point weighted by its binomial noise, carried to the logarithm by the delta method. Where the
    points scatter about the line more than this noise explains, intervals are widened by the ratio (Birge 1932), which
    takes in the chance of training as far as it shows.

    The floor is not fitted: it trades against the exponent, and a few points over less than two decades hardly tell
    them apart. Fits with the least and the greatest floor that are thought possible enclose those between.

    The points are taken to be independent. Networks that answer the same test images err partly on the same ones;
    far beyond the points, the intervals are then somewhat too wide rather than too narrow.

    Sources: Cortes et al. 1994, "Learning curves: asymptotic values and rate of convergence"; Hestness et al. 2017,
    "Deep learning scaling is predictable, empirically", arXiv:1712.00409.

    Parameters
    ----------
    points : sequence of Point
        Of three different numbers of training images or more.
    floor : float
        In 0..1.

    Raises
    ------
    ValueError
        If there are fewer than three numbers of images, or an error is not clearly above the floor (see `fits`).
    """
    images = np.array([one.images for one in points])
    if len(set(images.tolist())) < 3 or min(images) < 1:
        raise ValueError(f"no law follows from points at {images.tolist()} images; expected three different numbers")
    if not 0 <= floor < 1 or not fits(points, floor):
        errors = ", ".join(f"{one.error:.4f}" for one in points)
        raise ValueError(
            f"a law with the floor {floor:.4f} does not fit errors of {errors}; expected a floor of 0 or more that is "
            "below each error by more than its 95 % interval"
        )
    error = np.array([one.error for one in points])
    tested = np.array([one.tested for one in points])
    x, y = np.log(images), np.log(error - floor)
    noise = np.sqrt(error * (1 - error) / tested) / (error - floor)
    (slope, intercept), covariance = np.polyfit(x, y, 1, w=1 / noise, cov="unscaled")
    misfit = float(np.sum(((y - slope * x - intercept) / noise) ** 2))
    freedom = len(points) - 2
    covariance = covariance * max(1.0, misfit / freedom)
    half = _Z * float(np.sqrt(covariance[0, 0]))
    exponent = Interval(-float(slope), -float(slope) - half, -float(slope) + half, len(points))
    return PowerLaw(floor, float(intercept), exponent, covariance, float(stats.chi2.sf(misfit, freedom)))
