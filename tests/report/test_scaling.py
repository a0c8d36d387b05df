"""Power laws of the error in the number of training images."""

from __future__ import annotations

import numpy as np
import pytest

from emnist_utils.report.scaling import Point, fit, fits, point
from emnist_utils.training.record import DataUsed, Record
from emnist_utils.training.record import TestScores as Scores

SIZES = (1_000, 2_000, 4_000, 8_000)


def law(images: float, floor: float) -> float:
    """Return the error of a known law: 0.3 above its floor at 1,000 images, with the exponent 0.4."""
    return floor + 0.3 * (images / 1_000) ** -0.4


def exact(floor: float, tested: int = 10_000_000) -> list[Point]:
    """Return points on the known law, free of noise."""
    return [Point(n, round(tested * law(n, floor)), tested) for n in SIZES]


@pytest.mark.parametrize("floor", [0.0, 0.1265])
def test_a_known_law_is_recovered(floor: float) -> None:
    """Protects the extrapolation: points on a law give back its exponent and its errors far beyond them."""
    found = fit(exact(floor), floor)
    assert found.exponent.value == pytest.approx(0.4, abs=1e-4)
    assert found.exponent.low < 0.4 < found.exponent.high
    assert found.at(700_000).value == pytest.approx(law(700_000, floor), rel=1e-3)
    assert found.p > 0.99


@pytest.mark.parametrize("floor", [0.0, 0.1265])
def test_intervals_cover_the_truth(floor: float) -> None:
    """Protects what 95 % means: of many draws of the test, about so many intervals hold the true error and exponent."""
    random = np.random.default_rng(0)
    errors = [law(n, floor) for n in SIZES]
    truth = law(700_000, floor)
    beyond = steep = 0
    for _ in range(400):
        drawn = [Point(n, int(random.binomial(10_000, e)), 10_000) for n, e in zip(SIZES, errors, strict=True)]
        found = fit(drawn, floor)
        interval = found.at(700_000)
        beyond += interval.low <= truth <= interval.high
        steep += found.exponent.low <= 0.4 <= found.exponent.high
    assert 0.93 <= beyond / 400 <= 0.995
    assert 0.93 <= steep / 400 <= 0.995


def test_scatter_beyond_the_noise_widens_the_interval() -> None:
    """Protects from a narrow interval around a line that the points do not follow."""
    smooth = exact(0.0, tested=10_000)
    rough = [Point(one.images, one.wrong + 400 * (-1) ** i, one.tested) for i, one in enumerate(smooth)]
    wide, narrow = fit(rough).exponent, fit(smooth).exponent
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert fit(rough).p < 0.001


def test_the_wrong_floor_gives_the_wrong_error_beyond() -> None:
    """Protects the reason for showing two laws: the floor that is assumed decides the extrapolation."""
    points = exact(0.1)
    assert fit(points).at(700_000).high < law(700_000, 0.1) < fit(points, 0.15).at(700_000).low


def test_no_share_exceeds_one_and_perfect_answers_are_finite() -> None:
    """Protects tiny budgets, where errors may rise with the images, and easy data, where nothing is wrong."""
    rising = fit([Point(n, 80 + i, 100) for i, n in enumerate(SIZES)]).at(1e9)
    assert rising.value <= rising.high <= 1
    perfect = Point(8_000, 0, 100)
    assert 0 < perfect.error < 0.01


def test_bad_input_says_what_was_expected() -> None:
    """Protects from a law through too few points, below its floor, or with a floor that is no share."""
    points = exact(0.0)
    with pytest.raises(ValueError, match=r"at \[1000, 2000\] images; expected three different numbers"):
        fit(points[:2])
    with pytest.raises(ValueError, match="three different numbers"):
        fit([points[0]] * 4)
    assert not fits(points, 0.2)
    with pytest.raises(ValueError, match=r"a law with the floor 0\.2000 does not fit errors of 0\.3000"):
        fit(points, 0.2)
    with pytest.raises(ValueError, match="expected a floor of 0 or more"):
        fit(points, -0.1)


def test_seeds_are_averaged_on_one_set_of_test_images() -> None:
    """Protects from counting the same test images once a seed, as if they were more."""
    data = DataUsed(kind="part", description="", fingerprint="", train=500, validation=1, test=1_000, rows="")
    scores = [Scores(loss=0, accuracy=share, weighted_f1=0, macro_f1=0, balanced_accuracy=0) for share in (0.75, 0.85)]
    records = [Record.model_construct(data=data, test=score) for score in scores]
    assert point(records) == Point(500, 200, 1_000)
