"""Files and folders while their writer is killed or starved: records, the cache, the published book."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faults
import numpy as np
import pytest

from emnist_utils import data, files, paths, publish, results
from emnist_utils.data import SPECS, DataError, idx, sources

FINGERPRINT = "0123456789abcdef"


def contents(folder: Path) -> dict[str, str]:
    """Return a digest of each file in a folder, locks apart."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def test_killed_in_a_records_write(make: Any, folders: Any) -> None:
    """Protects the store: wherever its writer is killed a record is not there or whole, and a rerun writes it."""
    record, predictions = make()
    runs = folders[0]
    points = 0
    for points in faults.killed_at_each_change(lambda: results.write_record(record, predictions, runs), runs):  # noqa: B007
        found = results.attempts(record.run_id)
        assert found.fresh in ([], [record])
        assert found.refused == []
        if found.fresh:
            assert results.read_predictions(record).digest == record.predictions
    assert found.fresh == [record]
    assert points > 6


@pytest.mark.parametrize("kills", [True, False], ids=["killed", "full disk"])
@pytest.mark.parametrize("size", [0, 1, 500, 1_500])
def test_record_that_ends_at_a_byte(size: int, kills: bool, make: Any, folders: Any) -> None:
    """Protects the store from a file that stops in the middle, and the finished records beside it."""
    earlier, predictions = make(seed=1)
    results.write_record(earlier, predictions, folders[0])
    before = contents(folders[0])
    record, predictions = make()

    def cut() -> None:
        faults.limit_files(size, kills=kills)
        results.write_record(record, predictions, folders[0])

    assert faults.forked(cut) != 0
    assert results.attempts(record.run_id) == results.Attempts([], [], [])
    assert before.items() <= contents(folders[0]).items()
    results.write_record(record, predictions, folders[0])
    assert results.find(record.recipe, FINGERPRINT) == record
    assert results.find(earlier.recipe, FINGERPRINT) == earlier


def test_leftovers_of_killed_writers_go_and_a_live_one_stays(make: Any, folders: Any) -> None:
    """Protects the store from what killed writers leave in it, and a writer that is at work from losing its file."""
    runs = folders[0]
    for _ in faults.killed_at_each_change(lambda: results.write_record(*make(), runs), runs):
        pass
    written = contents(runs).keys() - {path.name for path in runs.glob(".*.tmp")}
    assert len(contents(runs)) > len(written) == 2
    files.remove_old_leftovers(runs)
    assert len(contents(runs)) > 2
    yesterday = time.time() - 25 * 60 * 60
    for path in runs.iterdir():
        os.utime(path, (yesterday, yesterday))
    with files.replacing_file(runs / "other.json") as file:
        files.remove_old_leftovers(runs)
        file.write(b"{}")
    assert contents(runs).keys() == written | {"other.json"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a small EMNIST_HOME of digits and an empty cache; return the cache."""
    place = tmp_path / "home"
    place.mkdir()
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        with (place / sources.images_name("digits", split)).open("wb") as file:
            idx.write_images(file, rng.integers(0, 256, (60, 28, 28), dtype=np.uint8))
        with (place / sources.labels_name("digits", split)).open("wb") as file:
            idx.write_labels(file, np.repeat(np.arange(10), 6), SPECS["digits"])
    monkeypatch.setenv("EMNIST_HOME", str(place))
    monkeypatch.setenv("EMNIST_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_killed_while_the_cache_is_filled(home: Path) -> None:
    """Protects arrays: wherever filling is killed the next load fills anew, and leaves nothing of the first try."""
    expected = data.load("digits").fingerprint
    whole = contents(home)
    for points in faults.killed_at_each_change(lambda: empty_and_load(home), home):  # noqa: B007
        assert data.load("digits").fingerprint == expected
        assert contents(home) == whole
    assert points > 15


def empty_and_load(cache: Path) -> None:
    """Load digits into a cache that is emptied first."""
    if (cache / "arrays").exists():
        (cache / "arrays").rename(cache.parent / f"old-{os.getpid()}")
    data.load("digits")


@pytest.mark.parametrize("number", [1, 3, 5, 8, 12])
def test_full_disk_while_the_cache_is_filled(number: int, home: Path) -> None:
    """Protects a person with a full disk: one clear error, nothing half filled, and the next load fills the cache."""

    def starved() -> None:
        faults.at_change(number, home, faults.full)
        data.load("digits")

    assert faults.forked(starved, DataError) == 1
    assert not [path for path in home.glob("arrays/*") if path.is_dir() and path.name[0] != "."]
    data.load("digits")
    assert not list(home.glob("arrays/.*.tmp"))


@pytest.fixture
def site(tmp_path: Path, make: Any, folders: Any) -> Callable[[], None]:
    """Give built pages, records beside them, and the book that readers have; return a function that installs."""
    html, records, book = tmp_path / "html", tmp_path / "records", tmp_path / "book"
    for name in ("index.html", "chapters/01-first.html", "_static/style.css"):
        files.write_text(html / name, f"new {name}")
        files.write_text(book / name, f"old {name}")
    files.write_text(book / "chapters/00-gone.html", "old")
    results.write_record(*make(), records)

    def install() -> None:
        publish.add(records)
        publish.install(html, book)

    return install


def test_killed_while_the_book_is_published(site: Callable[[], None], tmp_path: Path, make: Any, folders: Any) -> None:
    """Protects readers: wherever publishing is killed they have the old book or the new one, and records are whole."""
    book, record = tmp_path / "book", make()[0]
    old = contents(book)
    new = {**contents(tmp_path / "html"), ".nojekyll": hashlib.sha256().hexdigest()}
    found = []
    for _ in faults.killed_at_each_change(site, tmp_path):
        found.append(contents(book))
        assert found[-1] in (old, new)
        assert results.attempts(record.run_id).refused == []
        site()
        assert contents(book) == new
        assert results.attempts(record.run_id).fresh == [record]
        assert not [*tmp_path.glob(".book*"), *folders[1].glob(".*")]
        shutil.rmtree(folders[1])
        with files.replacing_folder(book) as again:
            for name in old:
                files.write_text(again / name, "old" if "gone" in name else f"old {name}")
    assert old in found[:-1] and new in found[:-1] and found[-1] == new
    assert len(found) > 20


@pytest.mark.parametrize("number", range(1, 20, 4))
def test_full_disk_while_the_book_is_published(number: int, site: Callable[[], None], tmp_path: Path) -> None:
    """Protects readers from a disk that is full: they keep the old book, and the next try publishes the new one."""
    before = contents(tmp_path / "book")

    def starved() -> None:
        faults.at_change(number, tmp_path, faults.full)
        site()

    assert faults.forked(starved) == 1
    assert contents(tmp_path / "book") == before
    site()
    assert contents(tmp_path / "book").items() >= contents(tmp_path / "html").items()


def test_full_disk_is_told_by_publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects whoever publishes from a traceback: one error that says what became of the book."""
    monkeypatch.setattr(paths, "root", lambda: tmp_path)
    monkeypatch.setattr(publish, "_publish", lambda *_: faults.full())
    with pytest.raises(publish.PublishError, match=r"book/ was left as it was.*No space left on device"):
        publish.publish("smoke")


def test_readers_find_a_page_at_every_moment(tmp_path: Path) -> None:
    """Protects readers while a folder is replaced: there is no moment without a page."""
    book, stopped, missed = tmp_path / "book", threading.Event(), []
    files.write_text(book / "index.html", "0")

    def read() -> None:
        while not stopped.is_set():
            try:
                (book / "index.html").read_text()
            except FileNotFoundError as error:
                missed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(400):
        with files.replacing_folder(book) as new:
            (new / "index.html").write_text(str(number))
    stopped.set()
    reader.join()
    assert missed == []
    assert (book / "index.html").read_text() == "399"


def test_folder_is_replaced_where_names_cannot_change_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects file systems and machines without renameat2: two renames do the same, but for an instant."""
    monkeypatch.setattr(files, "_exchange", lambda one, other: False)
    book = tmp_path / "book"
    files.write_text(book / "index.html", "old")
    with files.replacing_folder(book) as new:
        (new / "page.html").write_text("new")
    assert contents(tmp_path).keys() == {"book/page.html"}
