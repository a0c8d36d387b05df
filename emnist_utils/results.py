"""The folders that keep the records of training runs: read, write, find, publish."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from emnist_utils import trace
from emnist_utils.errors import UserError
from emnist_utils.files import write_bytes, write_text
from emnist_utils.paths import results_dir, runs_dir
from emnist_utils.training.recipe import Recipe, explain, run_id
from emnist_utils.training.record import SCHEMA, Predictions, Record


class RecordError(UserError, ValueError):
    """A record that cannot be trusted, with its path and the reason."""


def read_record(path: Path) -> Record:
    """Read and check one record.

    Raises
    ------
    RecordError
        If the file does not parse, has another schema, or its id does not follow from its recipe and data.
    """
    try:
        text = path.read_text(encoding="utf-8")
        version = json.loads(text).get("schema_version")
        if version != SCHEMA:
            raise RecordError(
                f"{path}: the record has schema {version!r}, this version reads {SCHEMA}; train the run again"
            )
        record = Record.model_validate_json(text)
    except ValidationError as error:
        raise RecordError(f"{path}: not a valid record: {explain(error)}") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, AttributeError) as error:
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


def read_predictions(record: Record, folders: Sequence[Path] | None = None) -> Predictions:
    """Read the predictions that lie beside a record.

    Raises
    ------
    RecordError
        If they are missing or do not parse.
    """
    for folder in folders or store_folders():
        path = folder / f"{record.stem}.npz"
        if path.exists():
            try:
                with np.load(path, allow_pickle=False) as arrays:
                    return Predictions(**{name: arrays[name] for name in arrays.files})
            except Exception as error:
                raise RecordError(f"{path}: not readable predictions ({error}); train the run again") from None
    raise RecordError(f"{record.stem}.npz: the predictions of {record.recipe.label()} are missing; train it again")


def write_record(record: Record, predictions: Predictions, folder: Path) -> Path:
    """Write a record and its predictions into ``folder``, the record last; return the record's path."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **dict(predictions))
    write_bytes(folder / f"{record.stem}.npz", buffer.getvalue())
    path = folder / f"{record.stem}.json"
    write_text(path, record.model_dump_json(indent=1) + "\n")
    return path


def store_folders() -> list[Path]:
    """Return the folders that hold records: this machine's own, then the published ones."""
    return [runs_dir(), results_dir()]


def attempts(identifier: str, folders: Iterable[Path] | None = None) -> list[Record]:
    """Return all records of a run, newest first; stale ones too."""
    found = {
        record.stem: record
        for folder in folders or store_folders()
        for record in map(read_record, folder.glob(f"*-{identifier}-*.json"))
    }
    return sorted(found.values(), key=lambda record: record.provenance.started, reverse=True)


def find(recipe: Recipe, data_fingerprint: str) -> Record | None:
    """Return the newest record of a run that is not stale, or None; notes what was found (``trace``)."""
    identifier = run_id(recipe, data_fingerprint)
    fresh = [record for record in attempts(identifier) if not record.stale()]
    record = fresh[0] if fresh else None
    trace.note("record", identifier, record.digest if record else "")
    return record


def find_published(recipe: Recipe) -> Record | None:
    """Return the newest published record of a recipe, whatever part of EMNIST it was trained on, or None."""
    found = _published(recipe.key)
    trace.note("published", recipe.key, found.digest if found else "")
    return found


def _published(recipe_key: str) -> Record | None:
    records = [read_record(path) for path in results_dir().glob(f"{recipe_key}-*.json")]
    fresh = [record for record in records if not record.stale()]
    return max(fresh, key=lambda record: record.provenance.started, default=None)


def digest_of(kind: str, name: str) -> str:
    """Return the digest that ``find`` ("record") or ``find_published`` ("published") would note now."""
    if kind == "published":
        record = _published(name)
    else:
        record = next((found for found in attempts(name) if not found.stale()), None)
    return record.digest if record else ""


def unpublishable(record: Record) -> str:
    """Return why a record may not be published, or an empty string."""
    if not record.provenance.clean:
        return "it was trained from uncommitted code; train it from a commit"
    if record.data.kind == "synthetic":
        return "it was trained on the stand-in; set EMNIST_HOME to real EMNIST files"
    return ""


def copy_to_published(record: Record) -> None:
    """Copy a record and its predictions from this machine's folder to the published one, the record last."""
    for ending in (".npz", ".json"):
        source, target = runs_dir() / (record.stem + ending), results_dir() / (record.stem + ending)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(target.suffix + ".part")
            shutil.copyfile(source, partial)
            partial.replace(target)
