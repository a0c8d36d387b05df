"""Confidence against accuracy."""

from __future__ import annotations

import numpy as np
import pytest

from emnist_utils.report import calibration
from emnist_utils.training.record import Predictions


def predictions(confidence: list[float], right: list[bool]) -> Predictions:
    """Return answers of these confidences, right or wrong."""
    n = len(confidence)
    return Predictions(
        rows=np.arange(n, dtype=np.int32),
        labels=np.zeros(n, np.uint8),
        predicted=(~np.array(right)).astype(np.uint8),
        confidence=np.array(confidence, np.float16),
        true_probability=np.full(n, 0.5, np.float16),
    )


def test_overconfidence_is_what_is_promised_and_not_kept() -> None:
    """Protects the sign, and the mean from float16, whose sums stop growing at 2,048."""
    assert calibration.overconfidence(predictions([0.75, 0.75], [True, False])) == 0.25
    assert calibration.overconfidence(predictions([0.5] * 10_000, [True] * 10_000)) == -0.5


def test_reliability_takes_like_confidences_together() -> None:
    """Protects the bins: seeds together, full confidence in the last one, empty bins left out."""
    found = calibration.reliability([predictions([0.25, 0.25], [True, False]), predictions([1.0, 0.25], [True, False])])
    assert found["confidence"].tolist() == [0.25, 1]
    assert found["accuracy"].tolist() == pytest.approx([1 / 3, 1])
    assert found["answers"].tolist() == [3, 1]


def test_calibration_error_is_the_distance_weighted_by_answers() -> None:
    """Protects the mean over answers: bins that are too sure and too unsure add up and do not cancel."""
    group = [predictions([0.75] * 3, [True] * 3), predictions([0.25], [True])]
    assert calibration.expected_calibration_error(group) == pytest.approx((3 * 0.25 + 0.75) / 4)
    sure_and_unsure = predictions([0.75, 0.75, 0.25, 0.25], [True, False, True, False])
    assert calibration.expected_calibration_error([sure_and_unsure]) == pytest.approx(0.25)
    assert calibration.overconfidence(sure_and_unsure) == 0


def test_points_of_few_answers_are_not_drawn() -> None:
    """Protects the eye from single answers: a bin with fewer than 20 has no point."""
    group = predictions([0.25] * 20 + [0.875] * 19, [True] * 39)
    line = calibration.reliability_diagram({"a": [group]}).axes[0].lines[1]
    assert np.column_stack(line.get_data()).tolist() == [[0.25, 1]]


def test_no_recipe_is_left_out_of_the_diagram() -> None:
    """Protects the seventh recipe, for which there is no colour, from being dropped unseen."""
    group = [predictions([0.25] * 20, [True] * 20)]
    assert len(calibration.reliability_diagram(dict.fromkeys("abcdef", group)).axes[0].lines) == 7
    with pytest.raises(ValueError, match="7 recipes; expected up to 6"):
        calibration.reliability_diagram(dict.fromkeys("abcdefg", group))
