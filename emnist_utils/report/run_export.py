"""All runs as a table to download: one row a run, and a dictionary of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from emnist_utils import runner
from emnist_utils.files import write_bytes
from emnist_utils.report.run_list import Studies, with_studies
from emnist_utils.training.recipe import Recipe
from emnist_utils.training.record import Record

RUNS, COLUMNS = "runs.csv", "runs-columns.csv"

_SHARE = "share, 0..1"
_SECONDS = "seconds"

#: Unit and meaning of each column.
DICTIONARY: dict[str, tuple[str, str]] = {
    "run": ("", "16 hexadecimal digits over recipe and data; further attempts at a run share them"),
    "record": ("", "name of the record's files in results/ or runs/, without ending"),
    "studies": ("", "the studies that use the run, separated by semicolons"),
    "dataset": ("", "the EMNIST set trained on"),
    "model": ("", "the network"),
    "activation": ("", "activation function"),
    "optimizer": ("", "optimizer"),
    "learning_rate": ("", "learning rate: the peak of the cosine schedule, the start of the plateau schedule"),
    "schedule": ("", "cosine (one cycle with warm-up) or plateau (halved when validation loss stalls)"),
    "batch": ("images", "images a step of training"),
    "epochs": ("epochs", "epochs allowed"),
    "train_size": ("images", "training images asked for; empty for all"),
    "validation_size": ("images", "validation images asked for; empty for all"),
    "test_size": ("images", "test images asked for; empty for all"),
    "seed": ("", "seed of weights, order and all else that is random in training"),
    "width": ("", "channels as a multiple of the network's own"),
    "blocks": ("", "number of blocks; empty where the network has none"),
    "loss": ("", "training loss: cross-entropy or focal"),
    "gamma": ("", "focal loss: how much well answered images count less; 0 is off"),
    "alpha": ("", "focal loss: a factor on the whole loss"),
    "label_smoothing": (_SHARE, "share of the label that is spread over all classes"),
    "class_balance": ("", "what is done for rare classes in training"),
    "augmentation": (
        "",
        "none, affine (small shifts, turns and changes of size), slight (half as much), or shift (by whole pixels)",
    ),
    "dropout": (_SHARE, "share of the units before the last layer that are off in each step"),
    "refit": ("True or False", "whether validation images beyond validation_size may be trained on"),
    "test_on": ("", "further sets whose test images were answered, separated by semicolons"),
    "data_kind": ("", "official, part (of EMNIST) or synthetic (the stand-in)"),
    "data_fingerprint": ("", "16 hexadecimal digits over all images and labels of the set"),
    "train_images": ("images", "images trained on"),
    "validation_images": ("images", "images of validation"),
    "test_images": ("images", "images of the test"),
    "parameters": ("", "parameters of the network, statistics of batch normalisation included"),
    "multiply_adds": ("", "multiplications with an addition each, for one image"),
    "epochs_run": ("epochs", "epochs that were trained"),
    "best_epoch": ("epoch, from 1", "the epoch with the lowest validation loss, which was tested"),
    "validation_loss": ("", "validation loss at that epoch, by the training loss's formula"),
    "validation_accuracy": (_SHARE, "validation accuracy at that epoch"),
    "test_loss": ("nats", "mean cross-entropy of the test images"),
    "test_accuracy": (_SHARE, "test images answered rightly"),
    "test_weighted_f1": (_SHARE, "F1 averaged over classes, weighted by their counts"),
    "test_macro_f1": (_SHARE, "F1 averaged over classes"),
    "test_balanced_accuracy": (_SHARE, "mean recall of the classes"),
    "compile_seconds": (_SECONDS, "tracing of the training step and of the evaluation"),
    "train_seconds": (_SECONDS, "all epochs with their validation, without compilation"),
    "evaluate_seconds": (_SECONDS, "the test"),
    "images_per_second": ("images a second", "speed of training"),
    "clock": ("", "what the seconds are of: wall, or processor time of a single thread"),
    "peak_memory_mb": ("MB", "the most memory that the process held in the host"),
    "backend": ("", "what Keras computed on"),
    "device": ("", "processor or GPU"),
    "started": ("ISO 8601", "when the run began"),
    "commit": ("", "git commit of the code; empty where there was none"),
    "clean": ("True or False", "whether the code was as committed"),
    "code": ("", "fingerprint of the sources that make numbers"),
    "versions": ("", "packages and their versions, separated by semicolons"),
}


def write(profile: str, folder: Path) -> None:
    """Write the runs of a profile and their columns' dictionary into a folder, where they have changed."""
    of_studies = runner.all_records(profile)
    dictionary = pd.DataFrame(
        [(name, unit, meaning) for name, (unit, meaning) in DICTIONARY.items()], columns=["column", "unit", "meaning"]
    )
    for name, table in ((RUNS, runs_table(of_studies)), (COLUMNS, dictionary)):
        content = table.to_csv(index=False, lineterminator="\n").encode()
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            write_bytes(path, content)


def runs_table(of_studies: Studies) -> pd.DataFrame:
    """Return a row for each run, in the order of the studies, with the columns of `DICTIONARY`.

    Parameters
    ----------
    of_studies : mapping
        For each study's name its records by label, as ``runner.records`` returns them.
    """
    return pd.DataFrame(
        [dict(_cells(record, users)) for record, users in with_studies(of_studies)], columns=list(DICTIONARY)
    )


def _cells(record: Record, users: Sequence[str]) -> Iterator[tuple[str, object]]:
    yield from {"run": record.run_id, "record": record.stem, "studies": "; ".join(users)}.items()
    for name in Recipe.model_fields:
        value = getattr(record.recipe, name)
        yield name, "; ".join(value) if name == "test_on" else "" if value is None else value
    used, best = record.data, record.best_epoch - 1
    yield from {"data_kind": used.kind, "data_fingerprint": used.fingerprint}.items()
    yield from {"train_images": used.train, "validation_images": used.validation, "test_images": used.test}.items()
    for name in ("parameters", "multiply_adds", "epochs_run", "best_epoch", "peak_memory_mb"):
        yield name, getattr(record, name)
    yield "validation_loss", record.curves.val_loss[best]
    yield "validation_accuracy", record.curves.val_accuracy[best]
    yield from ((f"test_{name}", value) for name, value in record.test)
    yield from record.timing
    made = record.provenance
    for name in ("backend", "device", "clean", "code"):
        yield name, getattr(made, name)
    yield from {"started": made.started.isoformat(), "commit": made.commit or ""}.items()
    yield "versions", "; ".join(f"{package} {version}" for package, version in sorted(made.versions.items()))
