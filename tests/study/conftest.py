"""Records that nobody had to train, in folders of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emnist_utils import paths, results
from emnist_utils.models.summary import LayerSummary
from emnist_utils.training.provenance import numerics
from emnist_utils.training.recipe import Recipe, run_id
from emnist_utils.training.record import SCHEMA, Curves, DataUsed, Predictions, Provenance, Record, TestScores, Timing

FINGERPRINT = "0123456789abcdef"

Made = tuple[Record, Predictions]
Make = Callable[..., Made]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Give this machine's and the published records an empty folder each."""
    runs, published = tmp_path / "runs", tmp_path / "published"
    monkeypatch.setenv("EMNIST_RUNS", str(runs))
    for module in (paths, results):
        monkeypatch.setattr(module, "results_dir", lambda: published)
    return runs, published


@pytest.fixture
def make() -> Make:
    """Return a function that makes a record and its predictions."""

    def make_record(
        *, correct: int = 3, fingerprint: str = FINGERPRINT, minute: int = 0, kind: str = "part", **changes: Any
    ) -> Made:
        fields = {
            "dataset": "digits",
            "model": "lenet5",
            "activation": "relu",
            "optimizer": "adam",
            "learning_rate": 1e-3,
            "schedule": "cosine",
            "batch": 30,
            "epochs": 2,
            "train_size": 60,
            "validation_size": 30,
            "test_size": 4,
            "seed": 0,
        }
        provenance = {"clean": changes.pop("clean", True), "numerics": changes.pop("numerics", None)}
        recipe = Recipe.create(**(fields | changes))
        labels = np.arange(4, dtype=np.uint8)
        predicted = np.where(labels < correct, labels, 9).astype(np.uint8)
        matrix = np.zeros((10, 10), int)
        np.add.at(matrix, (labels, predicted), 1)
        predictions = Predictions(
            rows=np.arange(4, dtype=np.int32),
            labels=labels,
            predicted=predicted,
            confidence=np.full(4, 0.75, np.float16),
            true_probability=np.full(4, 0.5, np.float16),
        )
        record = Record(
            schema_version=SCHEMA,
            run_id=run_id(recipe, fingerprint),
            recipe=recipe,
            data=DataUsed(
                kind=kind,
                description="Images of a test.",
                fingerprint=fingerprint,
                train=60,
                validation=30,
                test=4,
                rows="f" * 16,
            ),
            layers=(LayerSummary("Dense", (10,), 7850, 7840),),
            curves=Curves(
                loss=[2.0, 1.1 / 3],
                accuracy=[0.5, 0.9],
                val_loss=[1.9, 0.7],
                val_accuracy=[0.5, 0.8],
                learning_rate=[1e-3, 0.0],
                seconds=[1.0, 1.0],
            ),
            best_epoch=2,
            test=TestScores(
                loss=0.7, accuracy=correct / 4, weighted_f1=0.7, macro_f1=0.6, balanced_accuracy=correct / 4
            ),
            confusion=matrix.tolist(),
            predictions=predictions.digest,
            timing=Timing(compile_seconds=1.0, train_seconds=2.0, evaluate_seconds=0.1, images_per_second=60.0),
            peak_memory_mb=500.0,
            provenance=Provenance(
                code="c" * 16,
                commit="d" * 40,
                clean=provenance["clean"],
                numerics=provenance["numerics"] or numerics(recipe, "tensorflow"),
                versions={"keras": "3"},
                backend="tensorflow",
                device="CPU (a test's), 1 thread",
                started=datetime(2026, 1, 1, 12, minute, tzinfo=UTC),
            ),
        )
        return record, predictions

    return make_record


@pytest.fixture
def write(make: Make, folders: tuple[Path, Path]) -> Callable[..., Record]:
    """Return a function that makes a record and writes it to this machine's folder, or the published one."""

    def write_one(*, published: bool = False, **changes: Any) -> Record:
        record, predictions = make(**changes)
        results.write_record(record, predictions, folders[published])
        return record

    return write_one
