"""The published study on a machine without EMNIST."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emnist_utils import data, published, runner, studies, trace
from emnist_utils.data import Source, snapshot
from emnist_utils.runner import RunError
from emnist_utils.studies import Budget, Study, Variant

if TYPE_CHECKING:
    from emnist_utils.training.record import Record

FINGERPRINT = "e" * 16
ROW = Variant("LeNet-5", {"dataset": "digits", "model": "lenet5", "blocks": None})
PROFILE = replace(
    studies.PROFILES["smoke"],
    name="tiny",
    comparison=Budget(train_size=60, validation_size=30, test_size=4, epochs=2, batch=30, seeds=(0,)),
)


@pytest.fixture
def repository(stand_in: Path, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a repository with a published snapshot of images that are not here; return its folder of records."""
    monkeypatch.setattr(published, "results_dir", lambda: folders[1])
    monkeypatch.setattr(published, "PROFILE", "tiny")
    monkeypatch.setitem(studies.PROFILES, "tiny", PROFILE)
    monkeypatch.setattr(studies, "STUDIES", {"one": Study("one", "Which?", (ROW,))})
    taken = snapshot.take()
    fingerprints = dict.fromkeys(taken.part.fingerprints, FINGERPRINT)
    elsewhere = replace(
        taken, source=Source("part", "Images of another machine."), part=replace(taken.part, fingerprints=fingerprints)
    )
    snapshot.save(elsewhere, folders[1] / "data")
    published._published.cache_clear()
    return folders[1]


def publish(write: Callable[..., Record]) -> Record:
    """Publish the record of the study's one run, trained on those images."""
    (recipe,) = ROW.recipes(PROFILE)
    return write(published=True, fingerprint=FINGERPRINT, **recipe.model_dump())


def test_published_records_and_snapshot_are_used(
    repository: Path, write: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects published pages from needing EMNIST, from runs on the stand-in, and from outliving their snapshot."""
    record = publish(write)
    monkeypatch.setattr(trace, "root", lambda: repository.parent)
    monkeypatch.setenv(trace.VARIABLE, str(repository / "notes"))
    assert runner.records("one", "tiny") == {"LeNet-5": [record]}
    assert published.snapshot_of("tiny").source.description == "Images of another machine."
    read, without = trace.read(repository / "notes"), trace.files_digest("nothing")
    assert read["files", f"{repository.name}/data/*"] == trace.files_digest(f"{repository.name}/data/*") != without


def test_run_that_is_not_published_is_an_error(repository: Path) -> None:
    """Protects the published profile from runs on the stand-in; the message says what to do."""
    with pytest.raises(RunError, match=r"1 runs of profile tiny cannot be trained.*emnist data --download"):
        runner.run("tiny")


def test_other_profiles_and_machines_with_images_use_what_is_here(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects a reader's own build: what is published takes the place of nothing that is here."""
    assert not published.is_all_there_is("quick")
    assert published.fingerprint("digits", "quick") == data.load("digits").fingerprint
    assert published.is_all_there_is("tiny")
    monkeypatch.setattr(data, "source", lambda: Source("part", "Images of this machine."))
    assert not published.is_all_there_is("tiny")
