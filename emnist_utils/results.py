"""The folders that keep the records of training runs: read, write, find, publish."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from emnist_utils import data, trace
from emnist_utils.errors import UserError
from emnist_utils.files import write_bytes, write_text
from emnist_utils.paths import results_dir, runs_dir
from emnist_utils.training.recipe import Recipe, explain, run_id
from emnist_utils.training.record import SCHEMA, Predictions, Record

if TYPE_CHECKING:
    import keras

    from emnist_utils.data import Dataset

#: Test images on which a network has to answer as its record says, and the share that rounding may change.
_ANSWERS_COMPARED, _ANSWERS_CHANGED = 1_000, 0.002

#: Ending of a file that holds a network's weights, as Keras wants it.
WEIGHTS = ".weights.h5"


class RecordError(UserError, ValueError):
    """A record that cannot be trusted, with its path and the reason."""


class OtherSchemaError(RecordError):
    """A record of another version of the project."""


def read_record(path: Path) -> Record:
    """Read and check one record.

    Raises
    ------
    OtherSchemaError
        If the record is of another version of the project.
    RecordError
        If the file does not parse, or its id does not follow from its recipe and data.
    """
    try:
        text = path.read_text(encoding="utf-8")
        version = json.loads(text).get("schema_version")
        if version != SCHEMA:
            raise OtherSchemaError(
                f"{path}: the record has schema {version!r}, this version reads {SCHEMA}; train the run again"
            )
        record = Record.model_validate_json(text)
    except OtherSchemaError:
        raise
    except ValidationError as error:
        raise RecordError(f"{path}: not a valid record: {explain(error)}") from None
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise RecordError(f"{path}: not a readable record ({error}); delete it and train the run again") from None
    expected = run_id(record.recipe, record.data.fingerprint)
    if record.run_id != expected:
        raise RecordError(
            f"{path}: its id is {record.run_id}, but its recipe and data give {expected}; it was altered, or belongs "
            "to another version; delete it and train the run again"
        )
    if path.stem != record.stem:
        raise RecordError(f"{path}: its content belongs under the name {record.stem}.json; it was altered")
    return record


def read_predictions(record: Record) -> Predictions:
    """Read the predictions that lie beside a record.

    Raises
    ------
    RecordError
        If they are missing, do not parse, or are not those that the record was written with.
    """
    name = f"{record.stem}.npz"
    path = next((folder / name for folder in store_folders() if (folder / name).exists()), None)
    if path is None:
        raise RecordError(f"{name}: the predictions of {record.recipe.label()} are missing; delete its record")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            predictions = Predictions.from_arrays(dict(arrays))
    except Exception as error:
        raise RecordError(f"{path}: not readable predictions ({error}); delete them to train the run again") from None
    if predictions.digest != record.predictions:
        raise RecordError(f"{path}: these are not the predictions of its record; delete them to train the run again")
    return predictions


def write_record(record: Record, predictions: Predictions, folder: Path) -> Path:
    """Write a record and its predictions into ``folder``, the record last; return the record's path."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **predictions.arrays())
    write_bytes(folder / f"{record.stem}.npz", buffer.getvalue())
    path = folder / f"{record.stem}.json"
    write_text(path, record.to_json(indent=1) + "\n")
    return path


def store_folders() -> list[Path]:
    """Return the folders that hold records: this machine's own, then the published ones."""
    return [runs_dir(), results_dir()]


@dataclass(frozen=True)
class Attempts:
    """What the folders hold of one run.

    Attributes
    ----------
    fresh, stale : list of Record
        Newest first; a stale one was made by code whose numbers have changed since.
    refused : list of str
        For each record that cannot be trusted, or whose predictions are missing, its path and the reason.
    """

    fresh: list[Record]
    stale: list[Record]
    refused: list[str]


def attempts(identifier: str) -> Attempts:
    """Return all attempts at a run; a bad file is told of, and does not keep the run from being trained again."""
    good: dict[str, Record] = {}
    refused = []
    for path in sorted(path for folder in store_folders() for path in folder.glob(f"*-{identifier}-*.json")):
        try:
            record = read_record(path)
        except RecordError as error:
            refused.append(str(error))
            continue
        if path.with_suffix(".npz").exists():
            good[record.stem] = record
        else:
            refused.append(f"{path}: its predictions are missing")
    found = Attempts([], [], refused)
    for record in sorted(good.values(), key=_start, reverse=True):
        (found.stale if record.stale() else found.fresh).append(record)
    return found


def readable(folder: Path, pattern: str = "*.json", passed_over: type[RecordError] = RecordError) -> list[Record]:
    """Return the records of a folder whose names fit a pattern, without those that raise ``passed_over``."""
    records = []
    for path in sorted(folder.glob(pattern)):
        with suppress(passed_over):
            records.append(read_record(path))
    return records


def find(recipe: Recipe, data_fingerprint: str) -> Record | None:
    """Return the newest record of a run that is not stale, or None; notes what was found (``trace``)."""
    identifier = run_id(recipe, data_fingerprint)
    record = next(iter(attempts(identifier).fresh), None)
    trace.note("record", identifier, record.digest if record else "")
    return record


def find_published(recipes: Sequence[Recipe]) -> list[Record]:
    """Return published records of some recipes, those of one set trained on the very same data, the newest of each.

    Where records of a set from several data sources are published, the source of the newest is taken. Recipes without a
    record on it are left out. Notes what was found (``trace``).
    """
    candidates = {recipe.key: _published(recipe.key) for recipe in recipes}
    for key, found in candidates.items():
        trace.note("published", key, _digests(found))
    everything = sorted((record for found in candidates.values() for record in found), key=_start)
    newest = {record.recipe.dataset: record.data.fingerprint for record in everything}
    same_data = [[r for r in found if r.data.fingerprint == newest[r.recipe.dataset]] for found in candidates.values()]
    return [max(found, key=_start) for found in same_data if found]


def find_network() -> tuple[Record, Path]:
    """Return the record whose network is published, and the file of its weights; notes them (``trace``).

    Raises
    ------
    RecordError
        If not exactly one network is published, or its record cannot be read.
    """
    found = trace.note_files(f"{results_dir().name}/*{WEIGHTS}")
    if len(found) != 1:
        raise RecordError(
            f"{results_dir()} has {len(found)} files *{WEIGHTS}, expected one, beside its record; "
            "'emnist publish-network RUN' publishes that of a run"
        )
    return read_record(found[0].with_name(found[0].name.removesuffix(WEIGHTS) + ".json")), found[0]


def read_network(record: Record, weights: Path) -> keras.Model:
    """Return a record's network with the weights of a file that ``training.fit.train`` left.

    Returns
    -------
    keras.Model
        From uint8 images ``[n, 28, 28]``, ink 255, to logits ``[n, classes]``.

    Raises
    ------
    RecordError
        If the file does not hold weights of this network.
    """
    from emnist_utils.training.fit import build_model

    network = build_model(record.recipe, len(record.confusion))
    try:
        network.load_weights(weights)
    except Exception as error:
        raise RecordError(f"{weights} does not hold the weights of {record.recipe.label()}: {error}") from None
    return network


def dataset_of(record: Record) -> Dataset:
    """Return the set that a run was trained on.

    Raises
    ------
    RecordError
        If the images here are others.
    """
    dataset = data.load(record.recipe.dataset)
    if dataset.fingerprint != record.data.fingerprint:
        raise RecordError(
            f"{record.recipe.label()} was trained on {record.data.description}, but here is "
            f"{dataset.source.description}; set EMNIST_HOME to the former"
        )
    return dataset


def check_network(record: Record, network: keras.Model, weights: Path) -> None:
    """Refuse weights with which a network does not answer a run's first test images as on record, rounding apart.

    Raises
    ------
    RecordError
        If too many answers differ, or the images here are others.
    """
    known = read_predictions(record)
    images = dataset_of(record).test.images_at(known.rows[:_ANSWERS_COMPARED])
    n = len(images)
    changed = int((network.predict(images, verbose=0).argmax(axis=1) != known.predicted[:n]).sum())
    if changed > max(1, _ANSWERS_CHANGED * n):
        raise RecordError(
            f"{weights}: on {n} test images {100 * changed / n:.1f} % of the answers differ from those on record; "
            "these are not the weights of this run"
        )


def digest_of(kind: str, name: str) -> str:
    """Return the digest that ``find`` ("record") or ``find_published`` ("published") would note now."""
    if kind == "published":
        return _digests(_published(name))
    return next((record.digest for record in attempts(name).fresh), "")


def _published(recipe_key: str) -> list[Record]:
    found = readable(results_dir(), f"{recipe_key}-*.json", OtherSchemaError)
    return [record for record in found if not record.stale()]


def _digests(records: Sequence[Record]) -> str:
    return " ".join(record.digest for record in records)


def _start(record: Record) -> datetime:
    return record.provenance.started


def unpublishable(record: Record) -> str:
    """Return why a record may not be published, or an empty string."""
    if not record.provenance.clean:
        return "it was trained from uncommitted code; train it from a commit"
    if record.data.kind == "synthetic":
        return "it was trained on the stand-in; set EMNIST_HOME to real EMNIST files"
    if record.data.shared is None:
        return "nobody counted the images that its training, validation and test have in common; train it again"
    if any(shared := dict(record.data.shared).values()):
        return (
            "its training and validation, training and test, or validation and test have images in common "
            f"({', '.join(map(str, shared))}); find out why its data leak"
        )
    return ""


def copy_record(record: Record, target: Path) -> None:
    """Copy a record and its predictions to a folder, the record last."""
    write_record(record, read_predictions(record), target)
