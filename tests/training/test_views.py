"""Test-time augmentation: answers averaged over shifted views."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from emnist_utils import data, paths, results, studies, views
from emnist_utils.report import tables, view_accuracy
from emnist_utils.results import RecordError
from emnist_utils.studies import STUDIES
from emnist_utils.training.augmentation import AUGMENTATIONS
from emnist_utils.training.fit import rows_used
from emnist_utils.views import Part, ViewsError

if TYPE_CHECKING:
    from conftest import Run

PARTS: tuple[Part, ...] = ("test", "validation")


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
    answers = iter([first, *[others] * 8])
    network: Any = SimpleNamespace(predict=lambda images, **options: next(answers))
    once, averaged = views.answer(network, images)
    assert once.tolist() == [1, 1]
    assert averaged.tolist() == [0, 1]
    assert next(answers, None) is None


def test_answers_are_made_once_and_then_need_neither_weights_nor_images(
    plain_run: Run, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects pages on a machine that has records alone, and the order of answers, images and labels."""
    runs, published = folders
    record, dataset = plain_run.record, plain_run.dataset
    for part in PARTS:
        assert views.kept(record, part) is None
        views.copy(record, part, published)
    made = {part: views.kept(record, part) for part in PARTS}
    _, rows, tested = rows_used(record.recipe, dataset)
    np.testing.assert_array_equal(made["test"].labels, dataset.test.labels[tested])
    np.testing.assert_array_equal(made["validation"].labels, dataset.train.labels[rows])
    np.testing.assert_array_equal(made["test"].once, plain_run.predictions.predicted)
    known = record.curves.val_accuracy[record.best_epoch - 1]
    assert view_accuracy.gain(record, "validation").once == pytest.approx(known)
    assert view_accuracy.accuracy([record]).value == pytest.approx(view_accuracy.gain(record, "test").averaged)
    shutil.rmtree(runs / "views")
    (runs / f"{record.stem}.weights.h5").unlink()
    monkeypatch.setattr(data, "load", lambda name: pytest.fail("the images were read"))
    for part in PARTS:
        views.make(record, part)
        for name, array in vars(views.kept(record, part)).items():
            np.testing.assert_array_equal(array, getattr(made[part], name))


def test_answers_of_older_code_are_not_shown(
    plain_run: Run, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects numbers from outliving the code that they came from; where they cannot be made, it is said."""
    views.make(plain_run.record, "test")
    assert view_accuracy.written([plain_run.record]) != tables.NOTHING
    monkeypatch.setattr(views, "VERSION", views.VERSION + 1)
    assert view_accuracy.written([plain_run.record]) == tables.NOTHING
    with pytest.raises(ViewsError, match=r"lenet5.*: its answers over several views are not kept; 'make book'"):
        view_accuracy.accuracy([plain_run.record])
    (folders[0] / f"{plain_run.record.stem}.weights.h5").unlink()
    with pytest.raises(ViewsError, match=r"weights\.h5: the weights of lenet5.* are missing.*emnist run --again"):
        views.make(plain_run.record, "test")


def test_other_weights_and_damaged_answers_are_refused(
    plain_run: Run, overfitted_run: Run, folders: tuple[Path, Path]
) -> None:
    """Protects a record from answers of another network, and pages from half a file."""
    weights = folders[0] / f"{plain_run.record.stem}.weights.h5"
    shutil.copyfile(overfitted_run.weights, weights)
    with pytest.raises(RecordError, match="% of the answers differ from those on record"):
        views.make(plain_run.record, "test")
    shutil.copyfile(plain_run.weights, weights)
    views.make(plain_run.record, "test")
    (path,) = (folders[0] / "views").glob("*.npz")
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ViewsError, match=f"{path.name}: not readable"):
        views.kept(plain_run.record, "test")


def test_what_a_profile_shows_is_collected_beside_its_records(
    plain_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects the published pages: the chosen row's validation, and the tests of the final model on each set."""
    smoke = studies.profile("smoke")
    shown = {
        **{STUDIES["final"].recipes(smoke)[title][0]: "test" for title in view_accuracy.SETS},
        STUDIES["width"].recipes(smoke)[studies.CHOSEN["width"]][0]: "validation",
    }
    everything = [recipes[0] for name in ("width", "final") for recipes in STUDIES[name].recipes(smoke).values()]
    records = [plain_run.record.model_copy(update={"recipe": recipe}) for recipe in everything]
    monkeypatch.setattr(results, "readable", lambda folder: records)
    copied = []
    monkeypatch.setattr(views, "copy", lambda record, part, target: copied.append((record.recipe, part, target)))
    view_accuracy.collect("smoke", tmp_path)
    assert {recipe: part for recipe, part, _ in copied} == shown
    assert len(copied) == len(shown)
    assert {target for _, _, target in copied} == {tmp_path}
