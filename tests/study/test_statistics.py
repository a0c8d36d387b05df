"""Intervals and tests against known values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from emnist_utils.statistics import (
    Scatter,
    accuracy_over_seeds,
    chance_of_more,
    compare_answers,
    difference_of_shares,
    difference_over_seeds,
    expected_range,
    holm,
    independent_difference,
    mean_of_shares,
    over_seeds,
    paired_difference,
    rank_agreement,
    scatter_over_seeds,
    wilson,
)


def answers(only_first: int, only_second: int, both: int = 50, neither: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Return two networks' answers with the given numbers of agreements and differences."""
    first = np.repeat([True, False, True, False], [only_first, only_second, both, neither])
    second = np.repeat([False, True, True, False], [only_first, only_second, both, neither])
    return first, second


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval(correct: int, n: int, low: float, high: float) -> None:
    """Protects the interval of one run: Newcombe 1998, "Two-sided confidence intervals", table I, method 3."""
    found = wilson(correct, n)
    assert (found.value, found.n) == (correct / n, n)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(("correct", "n"), [(-1, 10), (11, 10), (0, 0)])
def test_no_share_is_an_error(correct: int, n: int) -> None:
    """Protects against an interval of nonsense."""
    with pytest.raises(ValueError, match=f"{correct} right answers out of {n}"):
        wilson(correct, n)


def test_interval_over_seeds() -> None:
    """Protects the interval of several runs: mean 2, spread 1, and Student's 4.3027 for two degrees of freedom."""
    found = over_seeds([1.0, 2.0, 3.0])
    assert (found.value, found.n) == (2.0, 3)
    assert found.high - found.value == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)
    assert found.value - found.low == pytest.approx(found.high - found.value)


def test_one_seed_says_nothing_of_the_spread() -> None:
    """Protects one-seed conclusions from looking certain."""
    found = over_seeds([0.9])
    assert (found.value, found.low, found.high, found.n) == (0.9, -math.inf, math.inf, 1)
    with pytest.raises(ValueError, match="no values"):
        over_seeds([])


def test_an_accuracy_knows_one_kind_of_chance() -> None:
    """Protects the interval of each accuracy: the images' chance with one seed, that of training with several."""
    assert accuracy_over_seeds([(81, 263)]) == wilson(81, 263)
    assert accuracy_over_seeds([(8, 10), (18, 20)]) == over_seeds([0.8, 0.9])
    with pytest.raises(ValueError, match="is no share"):
        accuracy_over_seeds([(1, 2), (0, 0)])
    with pytest.raises(ValueError, match="no values"):
        accuracy_over_seeds([])


def test_exact_mcnemar() -> None:
    """Protects the test on few differing images: 8 against 2 is the two-sided binomial 112/1024."""
    found = compare_answers(*answers(8, 2))
    assert found.p == pytest.approx(112 / 1024)
    assert (found.only_first, found.only_second) == (8, 2)
    assert found.difference == pytest.approx(6 / 70)


def test_mcnemar_of_many_images() -> None:
    """Protects the test on many: 40 against 20 is twice the lower tail of a fair coin, and no more than 1 on a draw."""
    tail = sum(math.comb(60, k) for k in range(21)) / 2**60
    assert compare_answers(*answers(40, 20)).p == pytest.approx(2 * tail)
    assert compare_answers(*answers(186, 186)).p == 1


def test_order_turns_the_sign_alone() -> None:
    """Protects the direction of a comparison."""
    first, second = answers(9, 3)
    there, back = compare_answers(first, second), compare_answers(second, first)
    assert there.difference == -back.difference > 0
    assert there.p == back.p


def test_equal_answers_show_no_difference() -> None:
    """Protects against a division by zero where two networks agree on all images."""
    found = compare_answers(*answers(0, 0))
    assert (found.difference, found.p) == (0.0, 1.0)


@pytest.mark.parametrize("shapes", [(3, 4), (0, 0)])
def test_answers_that_cannot_be_paired(shapes: tuple[int, int]) -> None:
    """Protects against comparing answers on different images."""
    with pytest.raises(ValueError, match="cannot be paired"):
        compare_answers(np.ones(shapes[0], bool), np.ones(shapes[1], bool))


def test_holm() -> None:
    """Protects families of comparisons: sorted p-values times 4, 3, 2, 1, never falling, at most 1."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])
    with pytest.raises(ValueError, match="no p-values"):
        holm([])


@pytest.mark.parametrize(
    ("first", "second", "n", "low", "high"),
    [(9, 3, 10, 0.1705, 0.8090), (6, 2, 7, 0.0582, 0.8062), (0, 0, 10, -0.2775, 0.2775), (10, 0, 10, 0.6075, 1.0)],
)
def test_difference_of_shares(first: int, second: int, n: int, low: float, high: float) -> None:
    """Protects the interval of a difference: Newcombe 1998, "Interval estimation", table II, method 10."""
    found = difference_of_shares(first, second, n)
    assert (found.value, found.n) == (pytest.approx((first - second) / n), n)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_turned_difference_is_the_negative() -> None:
    """Protects the direction: swapping two shares mirrors the difference and its interval."""
    there, back = difference_of_shares(60, 45, 100), difference_of_shares(45, 60, 100)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))


@pytest.mark.parametrize(("first", "second", "n"), [(11, 5, 10), (5, -1, 10), (0, 0, 0)])
def test_difference_of_no_shares_is_an_error(first: int, second: int, n: int) -> None:
    """Protects against the interval of a difference of nonsense, on either side."""
    with pytest.raises(ValueError, match="is no share"):
        difference_of_shares(first, second, n)


def test_rank_agreement_counts_pairs() -> None:
    """Protects the comparison of two orders: of 24, one agrees in all 6 pairs and 3 in 5; both tails count."""
    same = rank_agreement([1, 2, 3, 4], [10, 20, 30, 40])
    assert (same.tau, same.same, same.pairs, same.p) == pytest.approx((1, 6, 6, 2 / 24))
    swapped = rank_agreement([1, 2, 3, 4], [20, 10, 30, 40])
    assert (swapped.tau, swapped.same, swapped.p) == pytest.approx((4 / 6, 5, 8 / 24))
    assert rank_agreement([1, 2, 3], [3, 2, 1]).tau == pytest.approx(-1)


def test_rank_agreement_with_ties() -> None:
    """Protects tiny runs, whose rows may score the same: a tie agrees with nothing, and no order is no agreement."""
    tied = rank_agreement([1, 2, 3], [1, 1, 2])
    assert (tied.same, tied.pairs) == (2, 3)
    assert tied.tau == pytest.approx(2 / math.sqrt(3 * 2))
    constant = rank_agreement([1, 2, 3], [5, 5, 5])
    assert (constant.tau, constant.same, constant.p) == (0, 0, 1)
    with pytest.raises(ValueError, match="1 and 2 values"):
        rank_agreement([1], [1, 2])


def test_mean_of_shares_is_that_of_one_share_and_covers() -> None:
    """Protects balanced accuracy's interval: one share is Wilson's, and 95 % of samples of four shares are covered."""
    assert mean_of_shares([7], [10]) == wilson(7, 10)
    random = np.random.default_rng(0)
    whole, true = [8, 20, 50, 200], np.array([0.2, 0.5, 0.8, 0.95])
    found = [mean_of_shares(random.binomial(whole, true).tolist(), whole) for _ in range(1000)]
    assert np.mean([interval.low <= true.mean() <= interval.high for interval in found]) == pytest.approx(
        0.95, abs=0.02
    )
    with pytest.raises(ValueError, match="2 parts of 1 wholes"):
        mean_of_shares([1, 2], [3])
    with pytest.raises(ValueError, match="out of 0"):
        mean_of_shares([0, 1], [0, 2])


@pytest.mark.parametrize(("n", "expected"), [(1, 0), (2, 1.12838), (5, 2.32593), (10, 3.07751), (100, 5.01519)])
def test_expected_range(n: int, expected: float) -> None:
    """Protects the spread that chance alone gives: the constants d2 of control charts, from Tippett's table."""
    assert expected_range(n) == pytest.approx(expected, abs=5e-6)


def test_nothing_has_no_range() -> None:
    """Protects against a range of nonsense."""
    with pytest.raises(ValueError, match="0 values have no range"):
        expected_range(0)


#: Student 1908, additional hours of sleep of ten patients by two drugs.
SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)


def test_means_of_two_recipes() -> None:
    """Protects comparisons over seeds: Student's t test of two samples, with the scatter of both."""
    found = difference_over_seeds(*SLEEP)
    known = stats.ttest_ind(*SLEEP)
    interval = known.confidence_interval()
    assert found.p == pytest.approx(known.pvalue)
    assert found.difference.value == pytest.approx(-1.58)
    assert (found.difference.low, found.difference.high) == pytest.approx((interval.low, interval.high))
    assert found.difference.n == 10


def test_scatter_is_that_of_all_rows() -> None:
    """Protects the pooled scatter: that of three rows by hand, of which one has one seed and one more than others."""
    found = scatter_over_seeds([[0.1, 0.3], [0.7], [0.4, 0.6, 0.8]])
    assert (found.sd, found.freedom) == (pytest.approx(math.sqrt((0.02 + 0.08) / 3)), 3)
    with pytest.raises(ValueError, match="2 rows of one score each do not scatter; expected two seeds or more"):
        scatter_over_seeds([[0.1], [0.2]])


def test_degrees_of_freedom_of_two_scatters() -> None:
    """Protects small p-values: a scatter that both rows share counts once, a well-known one helps no other."""
    first, second = [0.5, 0.7, 0.9], [0.2, 0.1, 0.3]
    shared = Scatter(0.15, 4)
    assert difference_over_seeds(first, second, (shared, shared)).p == pytest.approx(
        2 * stats.t.sf(0.5 / (0.15 * math.sqrt(2 / 3)), 4)
    )
    poor, good = Scatter(0.2, 2), Scatter(0.001, 40)
    alone = difference_over_seeds(first, second, (poor, good)).p
    assert alone == pytest.approx(2 * stats.t.sf(0.5 / (0.2 / math.sqrt(3)), 2), rel=0.02)


@pytest.mark.parametrize("sds", [(1, 1, 1, 1), (1, 1, 1, 10)])
def test_chance_is_found_at_its_own_level(sds: tuple[float, ...]) -> None:
    """Protects against seeing differences where there are none: about 5 % of p-values, or fewer, lie below 0.05."""
    random, hits = np.random.default_rng(0), 0
    for _ in range(2_000):
        rows = [random.normal(0, sd, 3).tolist() for sd in sds]
        shared = scatter_over_seeds(rows[:3])
        hits += difference_over_seeds(rows[2], rows[3], (shared, scatter_over_seeds(rows[3:]))).p < 0.05
    assert 10 <= hits <= 130


def test_equal_seeds_do_not_differ() -> None:
    """Protects from a p-value that is no number where two recipes are one, or do not scatter at all."""
    assert difference_over_seeds([0.5, 0.7], [0.7, 0.5]).p == 1
    certain = Scatter(0.0, 4)
    assert difference_over_seeds([0.5, 0.7], [0.5, 0.7], (certain, certain)).p == 1
    assert difference_over_seeds([0.5, 0.5], [0.7, 0.7]).p == 0


@pytest.mark.parametrize(("first", "second"), [([0.5], []), ([], [0.5, 0.6])])
def test_no_scores_are_an_error(first: list[float], second: list[float]) -> None:
    """Protects from a mean of nothing."""
    with pytest.raises(ValueError, match="scores cannot be compared; expected 1 or more of each"):
        difference_over_seeds(first, second)


def test_paired_difference() -> None:
    """Protects Agresti and Min's interval: half an image in each of four cells, by hand for 150 and 86 of 1,600."""
    found = paired_difference(*answers(150, 86, both=794, neither=570))
    assert (found.value, found.n) == (0.04, 1600)
    middle, half = 64 / 1602, 1.959964 * math.sqrt(237 / 1602 - (64 / 1602) ** 2) / math.sqrt(1602)
    assert (found.low, found.high) == (pytest.approx(middle - half), pytest.approx(middle + half))
    same = paired_difference(*answers(0, 0))
    assert same.low < same.value == 0 < same.high
    with pytest.raises(ValueError, match="cannot be paired"):
        paired_difference(np.ones(3, bool), np.ones(4, bool))


def test_independent_difference_is_that_of_shares() -> None:
    """Protects one definition: Newcombe's limits for samples of one size, and the larger sample's share of doubt."""
    found, known = independent_difference(wilson(9, 10), wilson(3, 10)), difference_of_shares(9, 3, 10)
    assert (found.value, found.low, found.high) == pytest.approx((known.value, known.low, known.high))
    assert found.n == 20
    surer = independent_difference(wilson(9, 10), wilson(3000, 10_000))
    assert found.low < surer.low < surer.value < surer.high < found.high


def test_chance_of_more_is_the_area_under_the_curve() -> None:
    """Protects value and interval: SciPy's count of pairs, and DeLong's variance from all pairs, image by image."""
    random = np.random.default_rng(0)
    first, second = random.integers(2, 9, 60), random.integers(0, 8, 90)
    levels = np.arange(9)
    found = chance_of_more((first[:, None] == levels).sum(0), (second[:, None] == levels).sum(0))
    area = stats.mannwhitneyu(first, second).statistic / (60 * 90)
    assert (found.value, found.n) == (pytest.approx(area), 150)
    above = (first[:, None] > second) + (first[:, None] == second) / 2
    variance = above.mean(1).var(ddof=1) / 60 + above.mean(0).var(ddof=1) / 90
    assert found.high - found.low == pytest.approx(2 * 1.959964 * math.sqrt(variance))


def test_chance_of_more_knows_no_order_from_equal_samples() -> None:
    """Protects from a lean to either side, and from a variance of one value."""
    assert chance_of_more([1, 5, 3], [1, 5, 3]).value == pytest.approx(0.5)
    assert chance_of_more([0, 0, 3], [2, 0, 0]).value == 1
    with pytest.raises(ValueError, match="samples of 1 and 3 values cannot be compared"):
        chance_of_more([1, 0], [0, 3])
