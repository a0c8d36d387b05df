"""How much an activation lets through behind batch normalisation."""

from __future__ import annotations

import math

import pytest

from emnist_utils.models.activations import ACTIVATIONS
from emnist_utils.report.saturation import saturation

pytestmark = pytest.mark.backend


def test_known_slopes_and_spreads() -> None:
    """Protects the numbers against what integration by hand gives for ReLU, SELU and the sigmoid."""
    found = saturation(["relu", "selu", "sigmoid", "tanh"])
    relu = found.loc["relu"]
    assert found.steepest.tolist() == pytest.approx([1, 1.0507 * 1.6733, 0.25, 1], abs=2e-3)
    assert relu.slope == pytest.approx(math.sqrt(0.5), rel=2e-3)
    assert relu.spread == pytest.approx(math.sqrt(0.5 - 1 / (2 * math.pi)), rel=2e-3)
    assert relu.ratio**2 == pytest.approx(math.pi / (math.pi - 1), rel=5e-3)
    assert found.spread["selu"] == pytest.approx(1, abs=5e-3)  # what SELU was made for


def test_softmax_shrinks_with_the_number_of_channels() -> None:
    """Protects what softmax over channels does: its output is about 1 / channels, its ratio stays."""
    few, many = (saturation(["softmax"], channels).loc["softmax"] for channels in (64, 256))
    assert few.spread / many.spread == pytest.approx(4, rel=0.05)
    # log-normal values: variance e² - e, mean square e²
    assert many.ratio == pytest.approx(1 / math.sqrt(1 - 1 / math.e), rel=0.03)
    assert many.steepest == pytest.approx(0.25, abs=1e-3)


def test_all_activations_pass_gradients_on_between_normalisations() -> None:
    """Protects the chapter's point: behind normalisation none of the ten makes gradients vanish."""
    found = saturation()
    assert found.index.tolist() == list(ACTIVATIONS)
    assert found.ratio.between(1, 1.35).all()


def test_unknown_names_and_too_few_channels_are_told() -> None:
    """Protects the reader of an error: it names what was wrong."""
    with pytest.raises(ValueError, match=r"step.*expected one or more of relu"):
        saturation(["step"])
    with pytest.raises(ValueError, match="channels is 1"):
        saturation(["softmax"], 1)
