"""Test-time augmentation: answers averaged over nine views of each image, shifted by up to a pixel each way.

They are made from the weights that a run left on this machine, and kept beside the records, so that a page needs
neither weights nor images once they are published.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from emnist_utils import paths, results
from emnist_utils.errors import UserError
from emnist_utils.files import replacing_file, replacing_folder

if TYPE_CHECKING:
    import keras

    from emnist_utils.training.record import Record

NUMERICS = 1

#: Where the answers are, within a folder of records.
_FOLDER = "views"

#: Images a step.
_BATCH = 500


class ViewsError(UserError, ValueError):
    """Answers that cannot be made or read, with their path."""


@dataclass(frozen=True, eq=False)
class Views:
    """Answers of one run, averaged over the views, all uint8.

    Attributes
    ----------
    predicted : ndarray, shape ``[n]``
        To the test images, in the order of the run's predictions.
    validation_labels, validation_once, validation : ndarray, shape ``[v]``
        True classes of the validation images, the answers to them as they are, and those averaged over the views.
    """

    predicted: NDArray[np.uint8]
    validation_labels: NDArray[np.uint8]
    validation_once: NDArray[np.uint8]
    validation: NDArray[np.uint8]


def shifted(images: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Give images ``[n, 28, 28]`` as they are, then in each other shift that training draws from (``RandomShift``)."""
    from emnist_utils.training.augmentation import STEP

    height, width = images.shape[1:]
    framed = np.pad(images, ((0, 0), (STEP, STEP), (STEP, STEP)))
    places = [(down, right) for down in range(2 * STEP + 1) for right in range(2 * STEP + 1)]
    for down, right in sorted(places, key=lambda place: place != (STEP, STEP)):
        yield framed[:, down : down + height, right : right + width]


def answer(network: keras.Model, images: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the answers to images as they are, and those with the highest mean log-probability over all views.

    Averaging over views of the test images is as old as Krizhevsky, Sutskever and Hinton 2012, "ImageNet classification
    with deep convolutional neural networks", section 4.1, which averages probabilities.

    Parameters
    ----------
    network : keras.Model
        From images to logits.
    images : uint8 ``[n, 28, 28]``

    Returns
    -------
    once, averaged : uint8 ``[n]``
    """
    from emnist_utils.training.metrics import log_probabilities

    views = (log_probabilities(network.predict(view, batch_size=_BATCH, verbose=0)) for view in shifted(images))
    total = next(views)
    once = total.argmax(axis=1)
    for view in views:
        total = total + view
    return once.astype(np.uint8), total.argmax(axis=1).astype(np.uint8)


def views(record: Record) -> Views:
    """Return the answers of a run, which are made where they are not kept yet.

    Raises
    ------
    ViewsError
        If they are neither kept nor can be made here, because the weights are missing.
    RecordError
        If the weights or the images here are not those of the run.
    """
    if found := _kept(record):
        return found
    weights = paths.runs_dir() / f"{record.stem}{results.WEIGHTS}"
    if not weights.exists():
        raise ViewsError(
            f"{weights}: the weights of {record.recipe.label()} are missing, so nothing more can be asked of it; "
            "'emnist run --again' trains it anew"
        )
    path = _path(paths.runs_dir(), record)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if found := _kept(record):
            return found
        made = _made(record, weights)
        _write(made, path)
    return made


def publish(records: Iterable[Record], target: Path) -> None:
    """Write the answers of some runs beside the records of a folder, in place of all others there."""
    found = {record.stem: views(record) for record in records}
    with replacing_folder(target / _FOLDER) as folder:
        for stem, answers in found.items():
            _write(answers, folder / f"{stem}.npz")


def _made(record: Record, weights: Path) -> Views:
    from emnist_utils.training import fit

    dataset = results.dataset_of(record)
    network = results.read_network(record, weights)
    known = results.read_predictions(record)
    once, predicted = answer(network, dataset.test.images_at(known.rows))
    results.check_answers(record, once, weights)
    _, rows, _ = fit.rows_used(record.recipe, dataset)
    labels = dataset.train.labels[rows].astype(np.uint8)
    return Views(predicted, labels, *answer(network, dataset.train.images_at(rows)))


def _kept(record: Record) -> Views | None:
    for folder in results.store_folders():
        path = _path(folder, record)
        if path.exists():
            try:
                with np.load(path, allow_pickle=False) as arrays:
                    if int(arrays["numerics"]) == NUMERICS:
                        return Views(**{name: arrays[name] for name in Views.__dataclass_fields__})
            except Exception as error:
                raise ViewsError(f"{path}: not readable ({error}); delete it") from None
    return None


def _write(answers: Views, path: Path) -> None:
    with replacing_file(path) as file:
        np.savez_compressed(file, allow_pickle=False, numerics=NUMERICS, **asdict(answers))


def _path(folder: Path, record: Record) -> Path:
    return folder / _FOLDER / f"{record.stem}.npz"
