"""Test-time augmentation: answers averaged over shifted views."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from emnist_utils import data, paths, results, views
from emnist_utils.data import validation_split
from emnist_utils.report import view_accuracy
from emnist_utils.results import RecordError
from emnist_utils.training.augmentation import AUGMENTATIONS
from emnist_utils.views import ViewsError

if TYPE_CHECKING:
    from conftest import Run


@pytest.fixture
def folders(plain_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Give the folder of a run with its weights, and one of published records."""
    runs, published = tmp_path / "runs", tmp_path / "published"
    monkeypatch.setenv("EMNIST_RUNS", str(runs))
    for module in (paths, results):
        monkeypatch.setattr(module, "results_dir", lambda: published)
    monkeypatch.setattr(data, "load", lambda name: plain_run.dataset)
    results.write_record(plain_run.record, plain_run.predictions, runs)
    shutil.copyfile(plain_run.weights, runs / f"{plain_run.record.stem}.weights.h5")
    return runs, published


def test_views_are_what_training_saw_and_the_image_itself_is_the_first() -> None:
    """Protects the average from shifts that the network never learned, from a shift twice, and from a lost one."""
    image = np.random.default_rng(0).integers(1, 256, (1, 28, 28), np.uint8)
    found = [view[0] for view in views.shifted(image)]
    np.testing.assert_array_equal(found[0], image[0])
    seen = np.asarray(AUGMENTATIONS["shift"](0)(np.repeat(image, 300, axis=0), training=True))
    assert {view.tobytes() for view in found} == {view.tobytes() for view in seen}
    assert len(found) == 9


def test_the_average_is_one_of_log_probabilities() -> None:
    """Protects the mean: eight lukewarm views outvote a first one that is no surer, and lose to one that is certain."""
    images = np.zeros((2, 28, 28), np.uint8)
    first = np.array([[0.0, 1.0, 0.0], [0.0, 50.0, 0.0]])
    others = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    answers = iter([first, *[others + shift for shift in range(8)]])
    network: Any = SimpleNamespace(predict=lambda images, **options: next(answers))
    once, averaged = views.answer(network, images)
    assert once.tolist() == [1, 1]
    assert averaged.tolist() == [0, 1]


def test_answers_are_made_once_and_then_need_neither_weights_nor_images(
    plain_run: Run, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects pages on a machine that has records alone, and the order of answers, images and labels."""
    runs, published = folders
    record, dataset = plain_run.record, plain_run.dataset
    made = views.views(record)
    assert made.predicted.shape == plain_run.predictions.labels.shape
    _, rows = validation_split(dataset.train.labels, dataset.spec.validation)
    assert len(made.validation) == record.data.validation == len(made.validation_labels)
    assert set(made.validation_labels.tolist()) <= set(dataset.train.labels[rows].tolist())
    kept = record.curves.val_accuracy[record.best_epoch - 1]
    assert view_accuracy.on_validation(record).once == pytest.approx(kept)
    assert view_accuracy.on_test(record).once == pytest.approx(record.test.accuracy)
    assert view_accuracy.accuracy([record]).value == pytest.approx(view_accuracy.on_test(record).averaged)
    views.publish([record], published)
    shutil.rmtree(runs / "views")
    (runs / f"{record.stem}.weights.h5").unlink()
    monkeypatch.setattr(data, "load", lambda name: pytest.fail("the images were read"))
    for name, array in vars(views.views(record)).items():
        np.testing.assert_array_equal(array, getattr(made, name))


def test_answers_of_older_code_are_made_anew(
    plain_run: Run, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects numbers from outliving the code that they came from."""
    views.views(plain_run.record)
    monkeypatch.setattr(views, "NUMERICS", views.NUMERICS + 1)
    (folders[0] / f"{plain_run.record.stem}.weights.h5").unlink()
    with pytest.raises(ViewsError, match=r"weights\.h5: the weights of lenet5.* are missing.*emnist run --again"):
        views.views(plain_run.record)


def test_other_weights_and_damaged_answers_are_refused(
    plain_run: Run, overfitted_run: Run, folders: tuple[Path, Path]
) -> None:
    """Protects a record from answers of another network, and pages from half a file."""
    weights = folders[0] / f"{plain_run.record.stem}.weights.h5"
    shutil.copyfile(overfitted_run.weights, weights)
    with pytest.raises(RecordError, match="% of the answers differ from those on record"):
        views.views(plain_run.record)
    shutil.copyfile(plain_run.weights, weights)
    views.views(plain_run.record)
    (path,) = (folders[0] / "views").glob("*.npz")
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ViewsError, match=f"{path.name}: not readable"):
        views.views(plain_run.record)
