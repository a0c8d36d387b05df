"""The store: what is written comes back, what cannot be trusted does not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emnist_utils import files, results, trace
from emnist_utils.models import build
from emnist_utils.report import characters
from emnist_utils.results import (
    OtherSchemaError,
    RecordError,
    attempts,
    find,
    find_published,
    read_predictions,
    read_record,
)
from emnist_utils.training.recipe import Recipe
from emnist_utils.training.record import Record, SharedImages

FINGERPRINT = "0123456789abcdef"
Write = Callable[..., Record]
Folders = tuple[Path, Path]


def path_of(record: Record, folder: Path, ending: str = ".json") -> Path:
    """Return where a record lies."""
    return folder / f"{record.stem}{ending}"


def test_round_trip(make: Any, folders: Folders) -> None:
    """Protects a run's numbers on their way to the disk and back: equal to the last bit, with the same digest."""
    record, predictions = make()
    path = results.write_record(record, predictions, folders[0])
    again = read_record(path)
    assert again == record
    assert again.digest == record.digest
    assert path.stem == record.stem
    assert path.name.startswith(f"{record.recipe.key}-{record.run_id}-")
    written = predictions.arrays()
    for name, array in read_predictions(again).arrays().items():
        np.testing.assert_array_equal(array, written.pop(name))
    assert not written
    assert {item.name for item in folders[0].iterdir()} == {path.name, f"{record.stem}.npz"}


def test_any_float_survives(make: Any, folders: Folders) -> None:
    """Protects ids against floats that change in the last place on their way through JSON."""
    rng = np.random.default_rng(0)
    record, predictions = make()
    floats = (rng.random(2000) * 10.0 ** rng.integers(-12, 3, 2000)).tolist()
    record = record.model_copy(update={"curves": record.curves.model_copy(update={"loss": floats})})
    assert read_record(results.write_record(record, predictions, folders[0])).curves.loss == floats


def test_switch_added_later_leaves_a_record_readable(make: Any, folders: Folders) -> None:
    """Protects earlier records when recipes get a new switch: what was never set takes no part in the digest."""
    record, predictions = make()
    path = results.write_record(record, predictions, folders[0])
    assert "class_balance" not in json.loads(path.read_text())["recipe"]
    assert read_record(path).recipe.class_balance == "none"
    spelled_out, _ = make(class_balance="none", width=1.0)
    path = results.write_record(spelled_out, predictions, folders[0])
    assert "class_balance" in json.loads(path.read_text())["recipe"]
    assert read_record(path).run_id == record.run_id


def _set(*keys: Any) -> Callable[[dict[str, Any]], None]:
    *way, last, value = keys

    def change(content: dict[str, Any]) -> None:
        for key in way:
            content = content[key]
        content[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_set("schema_version", 0), "schema 0"),
        (_set("recipe", "seed", 5), "its id is"),
        (_set("recipe", "optimizer", "adamw"), "'adamw'"),
        (_set("recipe", "dropout", 0.5), "dropout"),
        (_set("data", "fingerprint", "f" * 16), "its id is"),
        (_set("run_id", "f" * 16), "its id is"),
        (_set("test", "accuracy", 0.99), "altered"),
        (_set("test", "accuracy", 1.5), "accuracy"),
        (_set("test", "loss", float("nan")), "loss"),
        (_set("curves", "val_loss", 0, 0.1), "altered"),
        (_set("provenance", "clean", False), "altered"),
        (_set("provenance", "numerics", "data", 99), "altered"),
        (_set("note", "better"), "note"),
        (lambda content: content.pop("confusion"), "confusion"),
        (_set("test", "two\nlines", 1), "two lines"),
    ],
)
def test_altered_record_is_refused(
    change: Callable[[dict[str, Any]], None], reason: str, write: Write, folders: Folders
) -> None:
    """Protects the tables from a file that is not what the run wrote; the message names the file and the reason."""
    path = path_of(write(), folders[0])
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(RecordError) as error:
        read_record(path)
    assert str(path) in str(error.value)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_records_of_another_version_are_passed_over(write: Write, folders: Folders) -> None:
    """Protects the book of the next version from the published records of this one: they are told from damaged ones."""
    record = write()
    path = path_of(record, folders[0])
    content = json.loads(path.read_text()) | {"schema_version": 0}
    folders[1].mkdir(exist_ok=True)
    (folders[1] / path.name).write_text(json.dumps(content))
    with pytest.raises(OtherSchemaError, match=r"json: the record has schema 0, this version reads \d+; train the run"):
        read_record(folders[1] / path.name)
    assert find_published([record.recipe]) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[1, 2]",
        lambda text: "3",
        lambda text: "seconds,loss\n1,2\n",
        lambda text: b"\xff\xfe\x00",
    ],
    ids=["cut", "empty", "list", "number", "csv", "bytes"],
)
def test_damaged_record_is_refused(damage: Callable[[str], str | bytes], write: Write, folders: Folders) -> None:
    """Protects against half written and foreign files."""
    path = path_of(write(), folders[0])
    damaged = damage(path.read_text())
    path.write_bytes(damaged if isinstance(damaged, bytes) else damaged.encode())
    with pytest.raises(RecordError, match="not a readable record") as error:
        read_record(path)
    assert str(path) in str(error.value)


def test_renamed_record_is_refused(write: Write, folders: Folders) -> None:
    """Protects the link between a record and its predictions, which the name makes."""
    record = write()
    path = path_of(record, folders[0])
    renamed = path.rename(path.with_stem(path.stem[:-8] + "00000000"))
    with pytest.raises(RecordError, match=rf"{record.stem}\.json"):
        read_record(renamed)


def test_missing_record_is_refused(folders: Folders) -> None:
    """Protects against a bare FileNotFoundError."""
    with pytest.raises(RecordError, match=r"nowhere\.json"):
        read_record(folders[0] / "nowhere.json")


def test_predictions_are_checked(make: Any, write: Write, folders: Folders) -> None:
    """Protects error analyses: predictions that are missing, damaged, pickled or another run's are refused."""
    record = write()
    path = path_of(record, folders[0], ".npz")
    _, others = make(correct=1)
    np.savez(path, **others.arrays())
    with pytest.raises(RecordError, match=r"\.npz: these are not the predictions of its record"):
        read_predictions(record)
    np.savez(path, rows=np.array([{"any": "object"}], dtype=object))
    with pytest.raises(RecordError, match=r"\.npz: not readable predictions .*allow_pickle"):
        read_predictions(record)
    path.write_bytes(b"PK")
    with pytest.raises(RecordError, match=r"\.npz: not readable predictions"):
        read_predictions(record)
    path.unlink()
    with pytest.raises(RecordError, match=r"\.npz: the predictions of lenet5 on digits.* are missing"):
        read_predictions(record)


def test_newest_fresh_attempt_is_found(write: Write) -> None:
    """Protects tables from attempts that a change of the code made stale, and from an order by file name."""
    oldest, newest, middle = write(minute=1), write(minute=3, correct=2), write(minute=2)
    stale = write(minute=9, numerics={**oldest.provenance.numerics, "training.fit": 0})
    found = attempts(oldest.run_id)
    assert found.fresh == [newest, middle, oldest]
    assert found.stale == [stale]
    assert found.refused == []
    assert find(oldest.recipe, FINGERPRINT) == newest


def test_stale_record_names_the_module(write: Write) -> None:
    """Protects the plan's reasons: which module's numbers changed, and from which version to which."""
    record = write()
    now = record.provenance.numerics
    assert record.stale() == []
    stale = write(numerics={**now, "training.fit": 0})
    assert stale.stale() == [f"training.fit is at version {now['training.fit']}, the run at 0"]
    older = write(numerics={name: version for name, version in now.items() if name != "data"})
    assert older.stale() == [f"data is at version {now['data']}, the run at none"]
    assert find(record.recipe, FINGERPRINT) == record


def test_nothing_is_found_where_nothing_is(write: Write) -> None:
    """Protects against numbers of another recipe or of other data."""
    record = write()
    assert find(record.recipe, "f" * 16) is None
    assert find(record.recipe.model_copy(update={"seed": 1}), FINGERPRINT) is None


def test_bad_file_is_told_of_but_stops_nothing(write: Write, folders: Folders) -> None:
    """Protects a run from a damaged attempt at it: the good one is found, the bad one named."""
    good, bad, bare = write(minute=0), write(minute=1), write(minute=2)
    path_of(bad, folders[0]).write_text("{")
    path_of(bare, folders[0], ".npz").unlink()
    found = attempts(good.run_id)
    assert found.fresh == [good]
    assert len(found.refused) == 2
    assert any(bad.stem in reason and "not a readable record" in reason for reason in found.refused)
    assert any(bare.stem in reason and "predictions are missing" in reason for reason in found.refused)
    assert results.readable(folders[0]) == sorted([good, bare], key=lambda record: record.stem)


def test_one_record_in_both_folders_counts_once(write: Write) -> None:
    """Protects the number of attempts: a published run also lies in this machine's folder."""
    record = write()
    write(published=True)
    assert attempts(record.run_id).fresh == [record]


def test_finds_are_noted(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the book: a chapter is stale when what it would find is no longer what it found."""
    notes = tmp_path / "notes"
    monkeypatch.setenv(trace.VARIABLE, str(notes))
    record = write()
    other = record.recipe.model_copy(update={"seed": 1})
    find(record.recipe, FINGERPRINT)
    find(other, FINGERPRINT)
    find_published([record.recipe])
    found = trace.read(notes)
    missing = results.run_id(other, FINGERPRINT)
    assert found == {
        ("record", record.run_id): record.digest,
        ("record", missing): "",
        ("published", record.recipe.key): "",
    }
    assert all(results.digest_of(kind, name) == digest for (kind, name), digest in found.items())
    newer = write(minute=5)
    published = write(published=True)
    assert results.digest_of("record", record.run_id) == newer.digest
    assert results.digest_of("published", record.recipe.key) == published.digest


def test_published_records_are_of_one_source(write: Write) -> None:
    """Protects tables from rows on different data: the newest record's data decide, own runs do not count."""
    write(minute=9)
    first = write(published=True, seed=0, minute=1)
    second = write(published=True, seed=1, minute=2)
    other = write(published=True, seed=0, minute=3, fingerprint="f" * 16)
    recipes = [first.recipe, second.recipe]
    assert find_published(recipes) == [other]
    last = write(published=True, seed=1, minute=4)
    assert find_published(recipes) == [first, last]


def test_published_records_may_be_of_several_sets(write: Write) -> None:
    """Protects studies that train on several sets, whose data are never the same: the newest data of each set count."""
    digits = write(published=True, minute=1)
    mnist = write(published=True, dataset="mnist", minute=2, fingerprint="e" * 16)
    older = write(published=True, dataset="mnist", minute=0, fingerprint="f" * 16)
    assert find_published([digits.recipe, mnist.recipe]) == [digits, mnist]
    assert older.recipe == mnist.recipe


def test_stale_published_records_are_left_out(write: Write) -> None:
    """Protects the published column from numbers of code that has changed since."""
    fresh = write(published=True)
    write(published=True, minute=5, numerics={**fresh.provenance.numerics, "data": 0})
    assert find_published([fresh.recipe]) == [fresh]


def test_unpublishable_records_say_why(make: Any) -> None:
    """Protects the published numbers: only of committed code and of real images."""
    assert results.unpublishable(make()[0]) == ""
    assert "commit" in results.unpublishable(make(clean=False)[0])
    assert "EMNIST_HOME" in results.unpublishable(make(kind="synthetic")[0])
    assert "nobody counted the images" in results.unpublishable(make(shared=None)[0])


@pytest.mark.parametrize("counts", [(1, 0, 0), (0, 2, 0), (0, 0, 3)])
def test_leaking_records_are_unpublishable(counts: tuple[int, int, int], make: Any) -> None:
    """Protects the published numbers from a network that was tested, or chosen, on images that it was trained on."""
    shared = dict(zip(("train_validation", "train_test", "validation_test"), counts, strict=True))
    reason = results.unpublishable(make(shared=SharedImages(**shared))[0])
    assert f"({', '.join(map(str, counts))}); find out why its data leak" in reason


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "`{raw} html`", "a\n:::{raw} html", "$x$", "[a](b)", "a|b"]
)
@pytest.mark.parametrize("place", [("data", "description"), ("provenance", "device"), ("provenance", "code")])
def test_markup_is_refused(place: tuple[str, str], text: str, write: Write, folders: Folders) -> None:
    """Protects readers' browsers: no text of a record that a page might show can be HTML, Markdown or MyST."""
    path = path_of(write(), folders[0])
    content = json.loads(path.read_text())
    content[place[0]][place[1]] = text
    forge(content, folders[0])
    (forged,) = set(folders[0].glob("*.json")) - {path}
    with pytest.raises(RecordError, match="holds markup, which no text of a record may"):
        read_record(forged)


def test_names_are_texts_too(write: Write, folders: Folders) -> None:
    """Protects pages that list packages and layers: their names are checked as well."""
    path = path_of(write(), folders[0])
    for change in (_set("provenance", "versions", "<b>keras", "3"), _set("layers", 0, "kind", "<i>")):
        content = json.loads(path.read_text())
        change(content)
        forge(content, folders[0])
    forged = set(folders[0].glob("*.json")) - {path}
    assert len(forged) == 2
    for one in forged:
        with pytest.raises(RecordError, match="holds markup"):
            read_record(one)


def forge(content: dict[str, Any], folder: Path) -> None:
    """Write a record whose name, id and digest are right, whatever is in it."""
    text = json.dumps(content, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    key = Recipe.model_validate(content["recipe"]).key
    (folder / f"{key}-{content['run_id']}-{digest}.json").write_text(text)


def test_stopped_writer_leaves_no_record(make: Any, folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects against a record without predictions or half a record: the record's file is the last to appear."""
    record, predictions = make()

    def full_disk(self: Path, target: Path) -> Path:
        if target.suffix == ".json":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    replace = files.Path.replace
    monkeypatch.setattr(files.Path, "replace", full_disk)
    with pytest.raises(OSError, match="No space left"):
        results.write_record(record, predictions, folders[0])
    monkeypatch.undo()
    assert [path.name for path in folders[0].iterdir()] == [f"{record.stem}.npz"]
    assert attempts(record.run_id).fresh == []


def test_copy_is_whole(make: Any, write: Write, folders: Folders, tmp_path: Path) -> None:
    """Protects publishing: a copied record reads like the first, and one with wrong predictions is not copied."""
    record = write()
    results.copy_record(record, tmp_path / "target")
    assert read_record(path_of(record, tmp_path / "target")) == record
    assert path_of(record, tmp_path / "target").read_bytes() == path_of(record, folders[0]).read_bytes()
    np.savez(path_of(record, folders[0], ".npz"), **dict(make(correct=0)[1]))
    with pytest.raises(RecordError):
        results.copy_record(record, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_the_published_network_is_the_one_with_weights(
    make: Any, folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects the page from showing another network: one file of weights, beside its record, or a clear error."""
    monkeypatch.setattr(trace, "root", lambda: tmp_path)
    records = [make(seed=seed)[0] for seed in (0, 1)]
    for seed in (0, 1):
        results.write_record(*make(seed=seed), folders[1])
    with pytest.raises(RecordError, match=r"has 0 files \*\.weights\.h5, expected one.*publish-network"):
        results.find_network()
    weights = [path_of(record, folders[1], results.WEIGHTS) for record in records]
    weights[1].touch()
    assert results.find_network() == (records[1], weights[1])
    weights[0].touch()
    with pytest.raises(RecordError, match="has 2 files"):
        results.find_network()


@pytest.mark.backend
def test_the_published_network_loads_in_three_lines_with_its_records_size() -> None:
    """Protects the lines that the README shows, and the published weights from being another network's."""
    from emnist_utils import results

    record, weights = results.find_network()
    network = results.read_network(record, weights)

    assert network.count_params() == record.parameters
    assert network.predict(np.zeros((2, 28, 28), np.uint8), verbose=0).shape == (2, len(record.confusion))


@pytest.mark.backend
def test_the_published_network_answers_as_its_record_says() -> None:
    """Protects its page from weights that are not those of the run: 400 test characters, most of them hard."""
    record, weights = results.find_network()
    assert characters.published(record), (
        "publish-network: the network is not the final model's, whose characters are here"
    )
    sheet = characters.sheet(record)
    scores = results.read_network(record, weights).predict(sheet.images(sheet.rows), verbose=0)
    assert (scores.argmax(axis=1) == sheet.answered).mean() > 0.98


def test_other_weights_are_refused(tmp_path: Path) -> None:
    """Protects the page from weights of another network than the record's; the error names file and recipe."""
    record, _ = results.find_network()
    other = tmp_path / "other.weights.h5"
    build("lenet5", 62).save_weights(other)
    with pytest.raises(RecordError, match=r"other\.weights\.h5 does not hold the weights of residual-cnn"):
        results.read_network(record, other)
