"""How sure a number is: intervals and paired tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy import integrate, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

#: Every interval of the book covers 95 %.
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A value and the range that it is known to within; ``n`` is what it rests on (images, seeds)."""

    value: float
    low: float
    high: float
    n: int


def wilson(correct: int, n: int) -> Interval:
    """Return a share of right answers with its 95 % interval for ``n`` test images drawn at random.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".

    Raises
    ------
    ValueError
        If ``correct`` is not in 0..n or n is 0.
    """
    if not 0 <= correct <= n or n == 0:
        raise ValueError(f"{correct} right answers out of {n} is no share; expected 0 <= correct <= n, n > 0")
    low, high = proportion_confint(correct, n, alpha=1 - LEVEL, method="wilson")
    return Interval(correct / n, float(low), float(high), n)


def student(error: float, freedom: float) -> float:
    """Return half of the 95 % interval of a mean with this standard error, by Student's t with degrees of freedom."""
    return float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * error


def over_seeds(values: Sequence[float]) -> Interval:
    """Return the mean over seeds with its 95 % interval by Student's t; infinitely wide for a single seed.

    Raises
    ------
    ValueError
        If there is no value.
    """
    if not values:
        raise ValueError("no values to average; expected one a seed")
    mean = float(np.mean(values))
    if len(values) == 1:
        return Interval(mean, -np.inf, np.inf, 1)
    half = student(float(np.std(values, ddof=1)) / len(values) ** 0.5, len(values) - 1)
    return Interval(mean, mean - half, mean + half, len(values))


def accuracy_over_seeds(right: Sequence[tuple[int, int]]) -> Interval:
    """Return the accuracy of a recipe with its 95 % interval, in 0..1.

    One seed: Wilson's interval, which knows the chance of the test images alone. Several: the mean over seeds with
    Student's interval, which knows the chance of training.

    Parameters
    ----------
    right : sequence of pair of int
        Of each seed, how many answers are right, and of how many.

    Raises
    ------
    ValueError
        If there is no seed, or one whose numbers are no share.
    """
    each = [wilson(correct, n) for correct, n in right]
    return each[0] if len(each) == 1 else over_seeds([one.value for one in each])


@dataclass(frozen=True)
class PairedTest:
    """Two networks' answers on the same images.

    Attributes
    ----------
    difference : float
        Accuracy of the first less that of the second.
    only_first, only_second : int
        Images that one alone got right.
    p : float
        Chance of a split at least as uneven if both were equally good (McNemar's test).
    """

    difference: float
    only_first: int
    only_second: int
    p: float


def compare_answers(first: np.ndarray, second: np.ndarray) -> PairedTest:
    """Compare two networks image by image (McNemar 1947, by the exact binomial distribution).

    Parameters
    ----------
    first, second : ndarray of bool, shape ``[n]``
        Whether each image was answered rightly, in the same order.

    Raises
    ------
    ValueError
        If the shapes differ or there is no image.
    """
    if first.shape != second.shape or first.size == 0:
        raise ValueError(f"answers of shapes {first.shape} and {second.shape} cannot be paired; expected equal ones")
    first, second = first.astype(bool), second.astype(bool)
    only_first = int(np.sum(first & ~second))
    only_second = int(np.sum(second & ~first))
    differing = only_first + only_second
    p = float(stats.binomtest(only_first, differing).pvalue) if differing else 1.0
    return PairedTest((only_first - only_second) / first.size, only_first, only_second, p)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for being several (Holm 1979): below 0.05 in 5 % of all families by chance alone.

    Raises
    ------
    ValueError
        If there is no p-value.
    """
    if not p_values:
        raise ValueError("no p-values to correct")
    return [float(p) for p in multipletests(p_values, method="holm")[1]]


def difference_of_shares(first: int, second: int, n: int) -> Interval:
    """Return how much larger the first of two shares is, with the 95 % interval for two independent samples of n.

    The limits join the shares' own Wilson intervals: the distances from each share to its limits are squared, added
    and rooted. Two networks tested on the same images are not independent: there `compare_answers` sees more.

    Source: Newcombe 1998, "Interval estimation for the difference between independent proportions: comparison of
    eleven methods", method 10.

    Parameters
    ----------
    first, second : int
        Right answers of each, 0..n.
    n : int
        Images in each sample.

    Raises
    ------
    ValueError
        If `first` or `second` is not in 0..n or n is 0.
    """
    return replace(independent_difference(wilson(first, n), wilson(second, n)), n=n)


def paired_difference(first: np.ndarray, second: np.ndarray) -> Interval:
    """Return the accuracy of one network less that of another on the same images, with its 95 % interval.

    The interval is the normal one of the images' differences, after half an image is added to each of the four cases
    that two answers can make (right or wrong), which keeps it honest where few images differ.

    Source: Agresti and Min 2005, "Simple improved confidence intervals for comparing matched proportions".

    Parameters
    ----------
    first, second : ndarray of bool, shape ``[n]``
        Whether each image was answered rightly, in the same order.

    Raises
    ------
    ValueError
        If the shapes differ or there is no image.
    """
    found = compare_answers(first, second)
    n = first.size + 2
    middle = (found.only_first - found.only_second) / n
    spread = np.sqrt((found.only_first + found.only_second + 1) / n - middle**2)
    half = float(stats.norm.ppf((1 + LEVEL) / 2) * spread / np.sqrt(n))
    return Interval(found.difference, max(middle - half, -1.0), min(middle + half, 1.0), first.size)


def independent_difference(first: Interval, second: Interval) -> Interval:
    """Return the difference of two values that rest on independent samples, with its 95 % interval.

    The limits join those of the values as `difference_of_shares` does, which it equals for two shares of samples of one
    size. ``n`` is the sum of both.

    Source: Zou and Donner 2008, "Construction of confidence limits about effect measures: a general approach".
    """
    value = first.value - second.value
    below = float(np.hypot(first.value - first.low, second.high - second.value))
    above = float(np.hypot(first.high - first.value, second.value - second.low))
    return Interval(value, value - below, value + above, first.n + second.n)


@dataclass(frozen=True)
class RankAgreement:
    """How far two orders of the same things agree.

    Attributes
    ----------
    tau : float
        Kendall's tau-b: 1 for the same order, -1 for the reverse, 0 where one of them orders nothing.
    same, pairs : int
        Pairs that both put in the same order, of all pairs; a pair that is tied in one of them is not among the former.
    p : float
        Chance of a tau at least as far from 0 if the orders had nothing to do with each other.
    """

    tau: float
    same: int
    pairs: int
    p: float


def rank_agreement(first: Sequence[float], second: Sequence[float]) -> RankAgreement:
    """Compare the orders that two measures give the same things; exact where there are no ties and few things.

    Source: Kendall 1938, "A new measure of rank correlation"; ties as in Kendall 1945.

    Raises
    ------
    ValueError
        If the lengths differ or there are fewer than two things.
    """
    if len(first) != len(second) or len(first) < 2:
        raise ValueError(
            f"{len(first)} and {len(second)} values cannot be ranked together; expected as many, 2 or more"
        )
    pairs = list(combinations(zip(first, second, strict=True), 2))
    same = sum((a[0] - b[0]) * (a[1] - b[1]) > 0 for a, b in pairs)
    if len(set(first)) == 1 or len(set(second)) == 1:
        return RankAgreement(0.0, same, len(pairs), 1.0)
    found = stats.kendalltau(first, second)
    return RankAgreement(float(found.statistic), same, len(pairs), float(found.pvalue))


def mean_of_shares(part: Sequence[int], whole: Sequence[int]) -> Interval:
    """Return the plain mean of several independent shares, such as the recalls of classes, with its 95 % interval.

    The limits join the shares' own Wilson intervals as `difference_of_shares` does: distances are squared, added and
    rooted. ``n`` is the sum of ``whole``.

    Source: Zou and Donner 2008, "Construction of confidence limits about effect measures: a general approach".

    Parameters
    ----------
    part, whole : sequence of int
        Each share is ``part`` of ``whole``.

    Raises
    ------
    ValueError
        If the lengths differ, there is no share, or a part is not in 0..whole or a whole is 0.
    """
    if len(part) != len(whole) or len(part) == 0:
        raise ValueError(f"{len(part)} parts of {len(whole)} wholes have no mean; expected as many, 1 or more")
    shares = [wilson(int(one), int(of)) for one, of in zip(part, whole, strict=True)]
    value = float(np.mean([share.value for share in shares]))
    below = float(np.linalg.norm([share.value - share.low for share in shares])) / len(shares)
    above = float(np.linalg.norm([share.high - share.value for share in shares])) / len(shares)
    return Interval(value, value - below, value + above, int(sum(whole)))


def expected_range(n: int) -> float:
    """Return how far the largest of ``n`` equally good rows lies above the smallest by chance, in standard deviations.

    It is the mean range of ``n`` independent normal values.

    Source: Tippett 1925, "On the extreme individuals and the range of samples taken from a normal population".

    Raises
    ------
    ValueError
        If ``n`` is less than 1.
    """
    if n < 1:
        raise ValueError(f"{n} values have no range; expected 1 or more")
    inside = integrate.quad(lambda x: 1 - stats.norm.cdf(x) ** n - stats.norm.sf(x) ** n, -10, 10)
    return float(inside[0])


@dataclass(frozen=True)
class Scatter:
    """How far the scores of one recipe lie apart from seed to seed.

    Attributes
    ----------
    sd : float
        Standard deviation of a single score.
    freedom : int
        Degrees of freedom that it rests on, 1 or more.
    """

    sd: float
    freedom: int


def scatter_over_seeds(rows: Sequence[Sequence[float]]) -> Scatter:
    """Return the scatter that several recipes share: the root mean square of their own.

    Three seeds of one recipe hardly tell how far seeds scatter; ten such recipes do, if they scatter alike.

    Source: Fisher 1925, "Statistical methods for research workers", chapter 7, analysis of variance.

    Parameters
    ----------
    rows : sequence of sequence of float
        For each recipe a score for each seed. Those with one seed say nothing.

    Raises
    ------
    ValueError
        If no recipe has two seeds.
    """
    freedom = sum(len(scores) - 1 for scores in rows if scores)
    if freedom == 0:
        raise ValueError(f"{len(rows)} rows of one score each do not scatter; expected two seeds or more in one")
    squares = sum(float(np.sum((np.array(scores) - np.mean(scores)) ** 2)) for scores in rows if scores)
    return Scatter((squares / freedom) ** 0.5, freedom)


@dataclass(frozen=True)
class SeedDifference:
    """Two recipes, each trained with several seeds.

    Attributes
    ----------
    difference : Interval
        Mean score of the first less that of the second, with its 95 % interval; ``n`` is the smaller number of seeds.
    p : float
        Chance of a difference at least as far from 0 if the recipes were equally good.
    """

    difference: Interval
    p: float


def difference_over_seeds(
    first: Sequence[float], second: Sequence[float], scatter: tuple[Scatter, Scatter] | None = None
) -> SeedDifference:
    """Compare the mean scores of two recipes by Student's t test with the scatter of each.

    Scores count as independent. What one seed does alike to both makes the true chance less than what is given. The
    degrees of freedom follow Welch, but for two scatters that may rest on the same rows: those of one that rests on
    all of them, which are fewer than if they were estimated apart.

    Source: Welch 1947, "The generalization of 'Student's' problem when several different population variances are
    involved".

    Parameters
    ----------
    first, second : sequence of float
        A score for each seed, one or more.
    scatter : tuple of Scatter, optional
        That of the first and that of the second. Left out, it is what both show together.

    Raises
    ------
    ValueError
        If there is no score, or no scatter is given and neither has two seeds.
    """
    if not first or not second:
        raise ValueError(f"{len(first)} and {len(second)} scores cannot be compared; expected 1 or more of each")
    own, other = scatter or (scatter_over_seeds([first, second]),) * 2
    variances = np.array([own.sd**2 / len(first), other.sd**2 / len(second)])
    error = float(np.sqrt(variances.sum()))
    difference = float(np.mean(first) - np.mean(second))
    n = min(len(first), len(second))
    if error == 0:
        return SeedDifference(Interval(difference, difference, difference, n), float(difference == 0))
    freedom = float((variances.sum() / np.sum(variances / np.sqrt([own.freedom, other.freedom]))) ** 2)
    half = student(error, freedom)
    p = 2 * float(stats.t.sf(abs(difference) / error, freedom))
    return SeedDifference(Interval(difference, difference - half, difference + half, n), p)


def chance_of_more(first: Sequence[int], second: Sequence[int]) -> Interval:
    """Return the chance that a value drawn from one sample is above one drawn from another, with its 95 % interval.

    Equal values count half. It is the area under the ROC curve: 0.5 where the values tell nothing of the sample. Where
    the samples do not overlap, the interval has no width, however few the values.

    Source: DeLong, DeLong and Clarke-Pearson 1988, "Comparing the areas under two or more correlated receiver operating
    characteristic curves", equations 2 to 5.

    Parameters
    ----------
    first, second : sequence of int, of the same length
        How many values of each sample lie on each level, from the lowest.

    Raises
    ------
    ValueError
        If a sample has fewer than two values.
    """
    counts = np.asarray([first, second], float)
    sizes = counts.sum(axis=1)
    if sizes.min() < 2:
        raise ValueError(
            f"samples of {sizes[0]:.0f} and {sizes[1]:.0f} values cannot be compared; expected two or more"
        )
    below = (np.cumsum(counts, axis=1) - counts / 2) / sizes[:, None]
    chance = float(counts[0] @ below[1] / sizes[0])
    variance = 0.0
    for own, other, n in zip(counts, below[::-1], sizes, strict=True):
        variance += own @ (other - own @ other / n) ** 2 / (n - 1) / n
    half = float(stats.norm.ppf((1 + LEVEL) / 2) * np.sqrt(variance))
    return Interval(chance, max(0.0, chance - half), min(1.0, chance + half), int(sizes.sum()))
