"""Images changed at random."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from emnist_utils.training.augmentation import AUGMENTATIONS, STEP, augmented

pytestmark = pytest.mark.backend


def cross(n: int = 200) -> np.ndarray:
    """Return n images of a thick L, which equals none of its mirror images."""
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 6:22, 8:11] = 255
    images[:, 19:22, 8:18] = 255
    return images


def moved(images: np.ndarray, seed: int = 0, augmentation: str = "affine") -> np.ndarray:
    """Return the images as a training step would see them."""
    return keras.ops.convert_to_numpy(AUGMENTATIONS[augmentation](seed)(images, training=True))


@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
def test_images_change_in_training_alone(augmentation: str) -> None:
    """Protects the test and the validation: they see images as they are."""
    images = cross()
    layer = AUGMENTATIONS[augmentation](0)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer(images)), images)
    assert not np.array_equal(keras.ops.convert_to_numpy(layer(images, training=True)), images)


def test_each_image_changes_in_its_own_way() -> None:
    """Protects against one change for a whole batch."""
    images = cross()
    found = moved(images)
    assert found.dtype == np.uint8
    assert found.shape == images.shape
    assert len(np.unique(found.reshape(len(found), -1), axis=0)) == len(found)


def test_changes_are_small_and_mirror_nothing() -> None:
    """Protects labels: an image stays nearer to itself than to its mirror images, and keeps its ink."""
    images = cross()
    found = moved(images).astype(float)
    original = images.astype(float)

    def correlation(other: np.ndarray) -> np.ndarray:
        return (found * other).sum((1, 2)) / np.sqrt((found**2).sum((1, 2)) * (other**2).sum((1, 2)))

    assert (correlation(original) > correlation(original[:, :, ::-1])).all()
    assert (correlation(original) > correlation(original[:, ::-1])).all()
    np.testing.assert_allclose(found.sum((1, 2)) / original.sum((1, 2)), 1, atol=0.3)


def test_centre_of_ink_moves_evenly_and_by_no_more_than_the_shift() -> None:
    """Protects against a turn about a corner: a blot in the middle moves by up to two pixels, on average not at all."""
    images = np.zeros((500, 28, 28), np.uint8)
    images[:, 12:16, 12:16] = 255
    found = moved(images).astype(float)
    total = found.sum((1, 2))
    columns = (found.sum(1) * np.arange(28)).sum(1) / total - 13.5
    rows = (found.sum(2) * np.arange(28)).sum(1) / total - 13.5
    for shift in (columns, rows):
        assert np.abs(shift).max() < 2.5
        assert np.abs(shift).max() > 1.5
        assert abs(shift.mean()) < 0.2


def test_slight_changes_are_in_the_same_direction_and_half_as_far() -> None:
    """Protects the two strengths from being one: from one seed, a blot moves half as far."""
    images = np.zeros((50, 28, 28), np.uint8)
    images[:, 12:16, 12:16] = 255
    columns = []
    for augmentation in ("affine", "slight"):
        found = moved(images, augmentation=augmentation).astype(float)
        columns.append((found.sum(1) * np.arange(28)).sum(1) / found.sum((1, 2)) - 13.5)
    np.testing.assert_allclose(columns[1], columns[0] / 2, atol=0.1)


def test_shifts_are_whole_pixels_evenly_in_all_directions_and_change_no_grey_value() -> None:
    """Protects the blur of each image, and its edges: what leaves the frame is gone, what comes in is paper."""
    images = np.random.default_rng(0).integers(1, 256, (900, 28, 28), np.uint8)
    framed = np.pad(images, ((0, 0), (STEP, STEP), (STEP, STEP)))
    sides = range(2 * STEP + 1)
    shifted = {(down, right): framed[:, down : down + 28, right : right + 28] for down in sides for right in sides}
    found = moved(images, augmentation="shift")
    counts = [(found == image).all((1, 2)).sum() for image in shifted.values()]
    assert sum(counts) == len(images)
    assert min(counts) > 60
    assert max(counts) < 140


@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
def test_seed_repeats_and_steps_differ(augmentation: str) -> None:
    """Protects repeatable runs, and against one change that is used in every step."""
    np.testing.assert_array_equal(moved(cross(20), 3, augmentation), moved(cross(20), 3, augmentation))
    layer = AUGMENTATIONS[augmentation](3)
    first, second = (keras.ops.convert_to_numpy(layer(cross(20), training=True)) for _ in range(2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
def test_augmented_model_shares_the_weights_of_its_network(augmentation: str) -> None:
    """Protects the kept network: what is trained through the augmentation is the network itself."""
    inputs = keras.Input((28, 28), dtype="uint8")
    network = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Flatten()(inputs)))
    model = augmented(network, augmentation, 0)
    assert [id(v) for v in model.trainable_variables] == [id(v) for v in network.trainable_variables]
    np.testing.assert_allclose(model.predict(cross(4), verbose=0), network.predict(cross(4), verbose=0), rtol=1e-6)
