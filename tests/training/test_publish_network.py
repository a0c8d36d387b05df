"""Publishing the network of the page "Write a character"."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emnist_utils import data, paths, results
from emnist_utils.publish import PublishError, publish_network
from emnist_utils.results import RecordError

if TYPE_CHECKING:
    from conftest import Run


@pytest.fixture
def kept(plain_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the weights of a run, in a folder of runs; its set is the data, and it may be published."""
    runs, published = tmp_path / "runs", tmp_path / "published"
    monkeypatch.setenv("EMNIST_RUNS", str(runs))
    for module in (paths, results):
        monkeypatch.setattr(module, "results_dir", lambda: published)
    monkeypatch.setattr(results, "unpublishable", lambda record: "")
    monkeypatch.setattr(data, "load", lambda name: plain_run.dataset)
    results.write_record(plain_run.record, plain_run.predictions, runs)
    weights = runs / f"{plain_run.record.stem}.weights.h5"
    shutil.copyfile(plain_run.weights, weights)
    return weights


def test_network_takes_the_place_of_the_one_before(plain_run: Run, kept: Path, tmp_path: Path) -> None:
    """Protects the page: record, predictions and weights are published together, as the only ones with weights."""
    published = tmp_path / "published"
    published.mkdir()
    (published / "earlier.weights.h5").touch()
    (published / "earlier.json").touch()
    target = publish_network(plain_run.record.run_id)
    assert target == published / kept.name
    stem = plain_run.record.stem
    assert {path.name for path in published.iterdir()} == {
        "earlier.json",
        *(f"{stem}{ending}" for ending in (".json", ".npz", ".weights.h5")),
    }
    assert target.stat().st_size < 0.6 * kept.stat().st_size  # Adam's two moments stay behind


def test_what_cannot_be_published(
    plain_run: Run, overfitted_run: Run, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects readers from a network that is not its record's; each refusal says what to do, and writes nothing."""
    identifier = plain_run.record.run_id
    with pytest.raises(PublishError, match=r"no weights of a run 'abc'.*emnist plan"):
        publish_network("abc")
    shutil.copyfile(overfitted_run.weights, kept)
    with pytest.raises(RecordError, match="% of the answers differ from those on record"):
        publish_network(identifier)
    monkeypatch.setattr(results, "unpublishable", lambda record: "it was trained from uncommitted code")
    with pytest.raises(PublishError, match=r"lenet5.*: it was trained from uncommitted code"):
        publish_network(identifier)
    monkeypatch.setattr(results, "unpublishable", lambda record: "")
    other = replace(plain_run.dataset, fingerprint="another set")
    monkeypatch.setattr(data, "load", lambda name: other)
    with pytest.raises(RecordError, match="set EMNIST_HOME to the former"):
        publish_network(identifier)
    assert not list((tmp_path / "published").glob("*"))
