"""Augmented images."""

from __future__ import annotations

import numpy as np
import pytest

from emnist_utils.report.augmentation_figures import augmented_sheet

pytestmark = pytest.mark.backend


def test_originals_are_above_their_changes() -> None:
    """Protects the sheet: the first row is as it was, each column is of one character, and each image differs."""
    images = np.zeros((2, 28, 28), np.uint8)
    images[0, 6:22, 8:11] = 255
    images[1, 6:9, 8:22] = 255
    axes = augmented_sheet(images).axes
    shown = np.array([np.asarray(axis.images[0].get_array(), float) for axis in axes]).reshape(5, 2, 28, 28)
    np.testing.assert_array_equal(shown[0], images)
    for column in range(2):
        assert len(np.unique(shown[:, column].reshape(5, -1), axis=0)) == 5
        alike = [(shown[row, column] * images[0]).sum() > (shown[row, column] * images[1]).sum() for row in range(5)]
        assert alike == [column == 0] * 5
