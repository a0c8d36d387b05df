"""One run: repeatable, tested with its best epoch, recorded as it was."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn import metrics
from toys import recipe, toy

from emnist_utils import data
from emnist_utils.data import SPECS, Split
from emnist_utils.training.balance import class_weights
from emnist_utils.training.fit import TrainingError, build_model, rows_used, train
from emnist_utils.training.metrics import log_probabilities
from emnist_utils.training.recipe import run_id
from emnist_utils.training.record import SharedImages
from emnist_utils.training.schedules import PLATEAU_PATIENCE, STOPPING_PATIENCE

#: For what a backend's own way to train could get wrong; the rest follows from the record, whoever trained.
backend = pytest.mark.backend

Train = Callable[..., Any]


def cross_entropies(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the loss of each image, computed without Keras' losses."""
    logits = keras.ops.convert_to_numpy(model(images, training=False))
    return -log_probabilities(logits)[np.arange(len(labels)), labels]


@backend
def test_two_runs_of_a_recipe_are_equal(plain_run: Any, trained: Train) -> None:
    """Protects repeatability on a CPU: curves, scores and predictions to the last bit."""
    again = trained(plain_run.recipe, plain_run.dataset)
    timeless = {"seconds"}
    assert again.record.curves.model_dump(exclude=timeless) == plain_run.record.curves.model_dump(exclude=timeless)
    assert again.record.test == plain_run.record.test
    assert again.predictions.digest == plain_run.predictions.digest


def test_another_seed_is_another_run(plain_run: Any, trained: Train) -> None:
    """Protects the spread over seeds: a seed that reached nothing would make it zero."""
    other = trained(recipe(seed=1), plain_run.dataset)
    assert other.record.curves.loss != plain_run.record.curves.loss
    assert other.record.run_id != plain_run.record.run_id
    assert other.record.data.rows == plain_run.record.data.rows


@backend
@pytest.mark.parametrize("name", ["plain_run", "overfitted_run"])
def test_best_epoch_is_kept_and_tested(name: str, request: pytest.FixtureRequest) -> None:
    """Protects the choice on validation: the weights left and tested are those of the curve's lowest loss."""
    run = request.getfixturevalue(name)
    losses = run.record.curves.val_loss
    assert run.record.best_epoch == 1 + losses.index(min(losses))
    assert (run.record.best_epoch == len(losses)) == (name == "plain_run")

    model = build_model(run.recipe.model_copy(update={"seed": 99}), 10)
    model.load_weights(run.weights)
    _, rows, _ = rows_used(run.recipe, run.dataset)
    found = cross_entropies(model, run.dataset.train.images[rows], run.dataset.train.labels[rows]).mean()
    assert found == pytest.approx(min(losses), abs=1e-4)
    tested = cross_entropies(model, run.dataset.test.images, run.dataset.test.labels).mean()
    assert tested == pytest.approx(run.record.test.loss, abs=1e-4)


@pytest.mark.parametrize("stops", [True, False], ids=["stopped early", "ran to its end"])
def test_best_weights_are_kept_with_and_without_early_stopping(stops: bool, trained: Train) -> None:
    """Protects the plateau schedule: the best epoch's weights are kept when stopping acts, and when it never does.

    Keras' EarlyStopping restores nothing by itself where it did not act.
    """
    chosen = recipe(schedule="plateau", learning_rate=6e-3, epochs=25 if stops else 5)
    run = trained(chosen, toy(random_labels=True))
    losses = run.record.curves.val_loss
    assert len(losses) == (run.record.best_epoch + STOPPING_PATIENCE if stops else 5)
    assert run.record.best_epoch == 1 + losses.index(min(losses)) < len(losses)
    model = build_model(run.recipe, 10)
    model.load_weights(run.weights)
    _, rows, _ = rows_used(run.recipe, run.dataset)
    found = cross_entropies(model, run.dataset.train.images[rows], run.dataset.train.labels[rows]).mean()
    assert found == pytest.approx(min(losses), abs=1e-4)


def test_a_file_of_weights_used_again_holds_the_later_run(tmp_path: Path) -> None:
    """Protects a worker, whose weights of an interrupted run lie where the next attempt writes: the last run counts.

    The folder's name has a space, a dot and Hangul in it. The second run is worse than the first.
    """
    weights = tmp_path / "runs v1.0 한글" / "best.weights.h5"
    train(recipe(), toy(), weights=weights)
    dataset = toy(random_labels=True)
    record, _ = train(recipe(), dataset, weights=weights)
    model = build_model(recipe(seed=99), 10)
    model.load_weights(weights)
    _, rows, _ = rows_used(recipe(), dataset)
    found = cross_entropies(model, dataset.train.images[rows], dataset.train.labels[rows]).mean()
    assert found == pytest.approx(min(record.curves.val_loss), abs=1e-4)


@backend
def test_scores_follow_from_the_predictions(plain_run: Any) -> None:
    """Protects the record against scores and predictions of different images or weights."""
    record, predictions, dataset = plain_run.record, plain_run.predictions, plain_run.dataset
    truth, answers = predictions.labels, predictions.predicted
    np.testing.assert_array_equal(truth, dataset.test.labels[predictions.rows])
    np.testing.assert_array_equal(record.confusion, metrics.confusion_matrix(truth, answers, labels=np.arange(10)))
    assert record.test.accuracy == pytest.approx(metrics.accuracy_score(truth, answers))
    assert record.test.macro_f1 == pytest.approx(metrics.f1_score(truth, answers, average="macro"))
    assert record.test.weighted_f1 == pytest.approx(metrics.f1_score(truth, answers, average="weighted"))
    assert record.test.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(truth, answers))
    assert record.test.loss == pytest.approx(-np.log(predictions.true_probability.astype(float)).mean(), rel=1e-2)
    right = truth == answers
    np.testing.assert_array_equal(predictions.confidence[right], predictions.true_probability[right])
    assert (predictions.confidence[~right] >= predictions.true_probability[~right]).all()


@backend
def test_record_says_what_happened(plain_run: Any) -> None:
    """Protects the record's plain facts: id, images, epochs, rates, times, backend."""
    record = plain_run.record
    assert record.run_id == run_id(plain_run.recipe, plain_run.dataset.fingerprint)
    assert (record.data.train, record.data.validation, record.data.test) == (300, 60, 200)
    assert record.parameters == 61_706
    assert record.epochs_run == 2
    assert all(len(curve) == 2 for curve in record.curves.model_dump().values())
    assert record.curves.learning_rate[-1] == pytest.approx(0, abs=1e-9)
    assert record.provenance.backend == os.environ.get("KERAS_BACKEND", "tensorflow")
    assert record.timing.train_seconds == pytest.approx(sum(record.curves.seconds))
    assert record.timing.compile_seconds > 0
    assert record.timing.images_per_second == pytest.approx(600 / record.timing.train_seconds)
    assert [epoch for epoch, _ in plain_run.told] == [1, 2]
    assert [accuracy for _, accuracy in plain_run.told] == pytest.approx(record.curves.val_accuracy)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX takes all cores")
def test_one_thread_is_timed_by_its_processor(monkeypatch: pytest.MonkeyPatch, plain_run: Any, trained: Train) -> None:
    """Protects times from other work on the machine, and says by which clock they are."""
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1")
    assert trained(recipe(epochs=1), toy()).record.timing.clock == "processor"
    assert plain_run.record.timing.clock == "wall"


def test_images_that_parts_share_are_counted(trained: Train) -> None:
    """Protects against a leak that nobody sees: the record says how many images were in two parts."""
    dataset = toy()
    chosen = recipe(epochs=1, train_size=100, validation_size=30, test_size=50)
    assert trained(chosen, dataset).record.data.shared == SharedImages(
        train_validation=0, train_test=0, validation_test=0
    )
    rows, validation_rows, tested = rows_used(chosen, dataset)
    train_images, test_images = dataset.train.images.copy(), dataset.test.images.copy()
    test_images[tested[:3]] = train_images[rows[:3]]
    test_images[tested[3:5]] = train_images[validation_rows[:2]]
    train_images[validation_rows[4]] = train_images[rows[7]]
    leaking = replace(
        dataset, train=Split(train_images, dataset.train.labels), test=Split(test_images, dataset.test.labels)
    )
    assert trained(chosen, leaking).record.data.shared == SharedImages(
        train_validation=1, train_test=3, validation_test=2
    )


@pytest.mark.parametrize("sizes", [(None, None, None), (120, 30, 50)])
def test_rows_are_disjoint_and_as_many_as_asked(sizes: tuple[int | None, ...]) -> None:
    """Protects the test of a network on images that it has not seen, and the budget's sizes."""
    dataset = toy()
    train_rows, validation_rows, test_rows = rows_used(
        recipe(train_size=sizes[0], validation_size=sizes[1], test_size=sizes[2]), dataset
    )
    assert (len(train_rows), len(validation_rows), len(test_rows)) == tuple(
        size or whole for size, whole in zip(sizes, (300, 60, 200), strict=True)
    )
    assert not set(train_rows) & set(validation_rows)
    for rows, last in ((train_rows, 360), (validation_rows, 360), (test_rows, 200)):
        assert (np.diff(rows) > 0).all()
        assert rows[0] >= 0 and rows[-1] < last


@pytest.mark.parametrize("size", [None, 330])
def test_refit_trains_on_the_validation_images_that_are_not_kept(size: int | None) -> None:
    """Protects the final model's extra images, and the validation images that still tell which epoch is the best."""
    dataset = toy()
    train_rows, kept, _ = rows_used(recipe(refit=True, train_size=size, validation_size=20), dataset)
    _, as_kept, _ = rows_used(recipe(validation_size=20), dataset)
    assert (kept == as_kept).all()
    assert len(train_rows) == (size or 340)
    assert not set(train_rows) & set(kept)
    _, validation, _ = rows_used(recipe(), dataset)
    assert set(train_rows) & set(validation)


@pytest.mark.parametrize("part", ["train_size", "validation_size"])
def test_more_images_than_there_are_is_an_error(part: str) -> None:
    """Protects against a budget that is cut in silence."""
    with pytest.raises(TrainingError, match=rf"{part} is 5000, but digits has \d+ such images"):
        rows_used(recipe(**{part: 5000}), toy())


@pytest.mark.parametrize("scheme", ["inverse", "sampling", "logit-adjustment"])
def test_a_class_without_image_cannot_be_weighed(scheme: str) -> None:
    """Protects whoever tries a remedy on few images: the error names the run and the classes."""
    few = recipe(class_balance=scheme)
    with pytest.raises(TrainingError, match=rf"{re.escape(few.label())}: classes \[9\] have no training image"):
        train(few, toy((36,) * 9 + (0,)))


def test_a_small_test_set_is_used_whole() -> None:
    """Protects one budget for sets of all sizes: as many test images as there are, and the record says how many."""
    assert len(rows_used(recipe(test_size=5000), toy())[2]) == 200


@backend
def test_diverged_run_is_an_error(tmp_path: Path) -> None:
    """Protects the store from a run whose loss is no number; the message says what to do."""
    diverging = recipe(optimizer="sgd-nesterov", learning_rate=10, schedule="plateau", epochs=3)
    with pytest.raises(TrainingError, match=r"no longer a number after 1 epoch.*lower the learning rate \(10\)"):
        train(diverging, toy())


@backend
def test_class_weights_reach_training_but_not_validation(trained: Train) -> None:
    """Protects the meaning of the curves: the training loss is weighted, the validation loss that decides is not."""
    dataset = toy(counts=(120, 90, 50, 30, 20, 20, 10, 10, 5, 5))
    still = recipe(class_balance="inverse", learning_rate=1e-12, optimizer="sgd", batch=300, epochs=1)
    run = trained(still, dataset)
    rows, validation_rows, _ = rows_used(still, dataset)
    model = build_model(still, 10)
    labels = dataset.train.labels[rows]
    weights = class_weights(labels, 10, "inverse")[labels]
    losses = cross_entropies(model, dataset.train.images[rows], labels)
    held = cross_entropies(model, dataset.train.images[validation_rows], dataset.train.labels[validation_rows])
    assert run.record.curves.loss == pytest.approx([np.mean(weights * losses)], abs=1e-4)
    assert run.record.curves.val_loss == pytest.approx([held.mean()], abs=1e-4)
    assert abs(np.mean(weights * losses) - losses.mean()) > 1e-3


UNEVEN = (120, 90, 50, 30, 20, 20, 10, 10, 5, 5)


@pytest.fixture(scope="module")
def uneven_run(trained: Train) -> Any:
    """Return a run without any switch, on classes of unequal size."""
    return trained(recipe(epochs=1), toy(UNEVEN))


@backend
@pytest.mark.parametrize(
    "changes",
    [
        {"class_balance": "square-root"},
        {"class_balance": "logit-adjustment"},
        {"class_balance": "sampling"},
        {"label_smoothing": 0.2},
        {"augmentation": "affine"},
        {"augmentation": "shift"},
    ],
    ids=lambda changes: "-".join(map(str, changes.values())),
)
def test_each_switch_changes_training_and_is_repeatable(
    changes: dict[str, Any], uneven_run: Any, trained: Train
) -> None:
    """Protects against a switch that reaches nothing, and against randomness that no seed rules."""
    run = trained(recipe(epochs=1, **changes), uneven_run.dataset)
    assert run.record.curves.loss != uneven_run.record.curves.loss
    assert run.record.predictions != uneven_run.record.predictions
    if "sampling" in changes.values() or "augmentation" in changes:
        again = trained(run.recipe, uneven_run.dataset)
        assert run.record.curves.loss == again.record.curves.loss
        assert run.record.predictions == again.record.predictions
        model = build_model(run.recipe, 10)
        model.load_weights(run.weights)
        tested = cross_entropies(model, run.dataset.test.images, run.dataset.test.labels).mean()
        assert tested == pytest.approx(run.record.test.loss, abs=1e-4)


@backend
def test_another_set_is_answered_and_known_images_are_marked(monkeypatch: pytest.MonkeyPatch, trained: Train) -> None:
    """Protects the cross-dataset matrix from memory that passes for skill: exactly the images trained on are marked."""
    mine = replace(toy(), spec=SPECS["bymerge"])
    chosen = recipe(dataset="bymerge", test_on=["balanced"], train_size=200, test_size=150, epochs=1)
    rows, validation_rows, _ = rows_used(chosen, mine)
    known = np.concatenate([rows[:60], validation_rows[:20]])
    held = np.setdiff1d(np.arange(360), np.concatenate([rows, validation_rows]))[:40]
    images = np.concatenate([mine.train.images[known], mine.train.images[held], mine.test.images[:40]])
    labels = np.concatenate([mine.train.labels[known], mine.train.labels[held], mine.test.labels[:40]])
    other = replace(mine, spec=SPECS["balanced"], test=Split(images, labels), fingerprint="other" + "0" * 11)
    monkeypatch.setattr(data, "load", lambda name: {"balanced": other}[name])
    run = trained(chosen, mine)
    answers = run.predictions.others["balanced"]
    assert run.record.others["balanced"].test == len(answers.labels) == 150
    assert run.record.others["balanced"].fingerprint == other.fingerprint
    np.testing.assert_array_equal(answers.labels, labels[answers.rows])
    np.testing.assert_array_equal(answers.seen, answers.rows < 80)
    model = build_model(chosen, 47)
    model.load_weights(run.weights)
    expected = keras.ops.convert_to_numpy(model(images[answers.rows], training=False)).argmax(axis=1)
    np.testing.assert_array_equal(answers.predicted, expected)


@backend
def test_plateau_halves_the_rate_and_then_stops(trained: Train) -> None:
    """Protects the report's schedule where nothing improves: halved after 3 epochs, used so, stopped after 7."""
    # At this rate no weight changes in float32, so the first epoch stays the best.
    rate = 1e-12
    run = trained(recipe(schedule="plateau", optimizer="sgd", learning_rate=rate, epochs=20, batch=300), toy())
    assert PLATEAU_PATIENCE < STOPPING_PATIENCE
    assert run.record.epochs_run == 1 + STOPPING_PATIENCE
    assert run.record.best_epoch == 1
    assert run.record.curves.learning_rate == pytest.approx([rate] * 4 + [rate / 2] * 3 + [rate / 4], rel=1e-5)
