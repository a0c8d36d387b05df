"""Test-time augmentation: answers averaged over nine views of each image, shifted by up to a pixel each way.

They are made from the weights that a run left on this machine, and kept beside the records, so that a page needs
neither weights nor images once they are published.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from emnist_utils import paths, results, trace
from emnist_utils.errors import UserError
from emnist_utils.files import replacing_file

if TYPE_CHECKING:
    import keras

    from emnist_utils.training.record import Record

#: Raised when the answers change; older ones are made anew.
VERSION = 1

#: Where the answers are, within a folder of records.
FOLDER = "views"

#: Which of a run's images.
Part = Literal["test", "validation"]


class ViewsError(UserError, ValueError):
    """Answers that cannot be made or read, with their path."""


@dataclass(frozen=True, eq=False)
class Views:
    """Answers of one run to one part of its images, each uint8 ``[n]``.

    Attributes
    ----------
    labels : ndarray
        True classes.
    once, averaged : ndarray
        Answers to the images as they are, and those over all views.
    """

    labels: NDArray[np.uint8]
    once: NDArray[np.uint8]
    averaged: NDArray[np.uint8]


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

    Krizhevsky, Sutskever and Hinton 2012, "ImageNet classification with deep convolutional neural networks", section
    4.1, average the probabilities of ten views.

    Parameters
    ----------
    network : keras.Model
        From images to logits.
    images : uint8 ``[n, 28, 28]``

    Returns
    -------
    once, averaged : uint8 ``[n]``
    """
    from emnist_utils.training.fit import EVALUATION_BATCH

    # the class with the highest sum of logits has the highest sum of log-probabilities
    logits = (network.predict(view, batch_size=EVALUATION_BATCH, verbose=0) for view in shifted(images))
    total = next(logits)
    once = total.argmax(axis=1)
    for view in logits:
        total = total + view
    return once.astype(np.uint8), total.argmax(axis=1).astype(np.uint8)


def kept(record: Record, part: Part) -> Views | None:
    """Return the answers of a run if they are kept, and made by code as it is now.

    Raises
    ------
    ViewsError
        If their file cannot be read.
    """
    trace.note_files(f"{paths.results_dir().name}/{FOLDER}/{_name(record, part)}")
    for folder in results.store_folders():
        path = folder / FOLDER / _name(record, part)
        if path.exists():
            try:
                with np.load(path, allow_pickle=False) as arrays:
                    if int(arrays["version"]) == VERSION:
                        return Views(**{name: arrays[name] for name in Views.__dataclass_fields__})
            except Exception as error:
                raise ViewsError(f"{path}: not readable ({error}); delete it") from None
    return None


def make(record: Record, part: Part) -> Views:
    """Return the answers of a run, which are made and kept beside this machine's records if they are not kept yet.

    Raises
    ------
    ViewsError
        If the weights are missing.
    RecordError
        If the weights or the images here are not those of the run.
    """
    if found := kept(record, part):
        return found
    from emnist_utils.training import accelerator, fit

    weights = paths.runs_dir() / f"{record.stem}{results.WEIGHTS}"
    if not weights.exists():
        raise ViewsError(
            f"{weights}: the weights of {record.recipe.label()} are missing, so nothing more can be asked of it; train "
            "it anew with 'emnist run --again', or make the book where it was trained"
        )
    accelerator.set_up()
    dataset = results.dataset_of(record)
    network = results.read_network(record, weights)
    results.check_network(record, network, weights)
    if part == "test":
        known = results.read_predictions(record)
        images, labels = dataset.test.images_at(known.rows), known.labels
    else:
        _, rows, _ = fit.rows_used(record.recipe, dataset)
        images, labels = dataset.train.images_at(rows), dataset.train.labels[rows].astype(np.uint8)
    made = Views(labels, *answer(network, images))
    _write(made, paths.runs_dir() / FOLDER / _name(record, part))
    return made


def copy(record: Record, part: Part, target: Path) -> None:
    """Make the answers of a run if need be, and put them beside the records of a folder."""
    _write(make(record, part), target / FOLDER / _name(record, part))


def _write(views: Views, path: Path) -> None:
    with replacing_file(path) as file:
        np.savez_compressed(file, allow_pickle=False, version=VERSION, **asdict(views))


def _name(record: Record, part: Part) -> str:
    return f"{record.stem}.{part}.npz"
