"""Small panels of accuracy by epoch."""

from __future__ import annotations

import numpy as np
import pytest

from emnist_utils.report.accuracy_panels import accuracy_panels
from emnist_utils.training.record import Curves, Record


def record(validation: list[float], training: list[float]) -> Record:
    """Return what is read of a record here."""
    return Record.model_construct(
        curves=Curves.model_construct(loss=validation, val_accuracy=validation, accuracy=training)
    )


def test_each_panel_has_the_reference_and_its_own_lines() -> None:
    """Protects the comparison: one reference in all panels, means over the epochs of all seeds, validation solid."""
    reference = {"cross-entropy": [record([0.5, 0.6], [0.4, 0.5])]}
    seeds = [record([0.2, 0.4, 0.9], [0.1, 0.1, 0.1]), record([0.4, 0.6], [0.3, 0.3])]
    panels = {title: {"alpha 1": seeds, "alpha 2": seeds} for title in "abcd"}
    figure = accuracy_panels(panels, reference)
    assert [axis.get_title() for axis in figure.axes] == list("abcd")
    for axis in figure.axes:
        assert len(axis.lines) == 6
        assert (list(axis.lines[0].get_ydata()), axis.lines[0].get_linestyle()) == ([50, 60], "-")
        assert axis.lines[2].get_ydata() == pytest.approx(np.array([30, 50]))
        assert axis.lines[3].get_ydata() == pytest.approx(np.array([20, 20]))
    assert [axis.get_xlabel() for axis in figure.axes] == ["", "epoch", "epoch", "epoch"]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["cross-entropy", "alpha 1", "alpha 2", "validation", "training"]


def test_more_labels_than_colours_are_refused() -> None:
    """Protects the reader from two lines of one colour."""
    run = [record([0.5], [0.5])]
    with pytest.raises(ValueError, match="7 labels; expected up to 6"):
        accuracy_panels({"a": {str(index): run for index in range(7)}}, {"none": run})
