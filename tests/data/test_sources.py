"""Where the images come from, and what they are called."""

import os
import shutil
from functools import partial

import numpy as np
import pytest

from emnist_utils import data
from emnist_utils.data import SPECS, DataError, idx, sources
from emnist_utils.data.download import Archive, is_official
from emnist_utils.data.hashing import sha256


def test_without_files_the_stand_in_is_named(cache):
    """No EMNIST anywhere: said, not hidden, and nothing is drawn yet."""
    assert data.source().is_synthetic
    assert data.available() == tuple(SPECS)
    assert not cache.exists()


@pytest.mark.parametrize("packed", [False, True])
def test_folder_subfolder_and_zip_give_the_same_arrays(make_home, zipped, packed, tmp_path, monkeypatch):
    """IDX files serve plain or gzipped, in a folder, in its gzip/, or in a zip, by its name or its folder's."""
    home = make_home(("digits", "letters"), packed=packed)
    expected = data.load("letters")
    nested = tmp_path / "nested"
    shutil.copytree(home, nested / "gzip")
    archive = zipped(home)
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(archive, alone)
    for place in (nested, archive, alone):
        monkeypatch.setenv("EMNIST_HOME", str(place))
        assert data.available() == ("letters", "digits")
        found = data.load("letters")
        assert found.fingerprint == expected.fingerprint
        assert found.source.kind == "part"
        np.testing.assert_array_equal(found.test.images, expected.test.images)


def test_a_part_is_called_a_part_with_its_size(make_home):
    """The description has the counts found and the official ones, and no path."""
    home = make_home(("digits",))
    part = data.load("digits").source
    assert (part.kind, part.is_synthetic) == ("part", False)
    assert "60 training" in part.description and "officially 240,000" in part.description
    assert "120 of 280,000" in data.source().description
    assert str(home) not in part.description + data.source().description


@pytest.fixture
def full_size(make_home):
    """Give the MNIST set with the official counts, its images black."""
    home = make_home(())
    spec = SPECS["mnist"]
    for split, counts in (("train", spec.train_counts), ("test", spec.test_counts)):
        labels = np.repeat(np.arange(10), counts)
        with (home / sources.images_name("mnist", split)).open("wb") as file:
            idx.write_images(file, np.zeros((len(labels), 28, 28), np.uint8))
        with (home / sources.labels_name("mnist", split)).open("wb") as file:
            idx.write_labels(file, labels, spec)
    return home


def test_official_takes_the_count_of_every_class(full_size):
    """One label moved to another class makes official files a part, though the number of rows is right."""
    assert data.source().kind == data.load("mnist").source.kind == "official"
    labels = full_size / sources.labels_name("mnist", "test")
    content = bytearray(labels.read_bytes())
    content[8] = 9
    labels.write_bytes(content)
    assert data.source().kind == data.load("mnist").source.kind == "part"


def test_a_zip_is_official_by_its_sha256(full_size, zipped, monkeypatch, cache):
    """Official counts in another archive than NIST's are not enough; the SHA-256 is worked out once."""
    archive = zipped(full_size)
    monkeypatch.setenv("EMNIST_HOME", str(archive))
    assert data.load("mnist").source.kind == data.source().kind == "part"
    assert "not NIST's own" in data.source().description

    own = Archive("gzip.zip", (), archive.stat().st_size, sha256(archive))
    monkeypatch.setattr(sources, "is_official", partial(is_official, archive=own))
    assert data.load("mnist").source.kind == "official"
    (memo,) = (cache / "sha256").iterdir()
    written = memo.stat().st_mtime_ns
    assert data.load("mnist").source.kind == "official"
    assert memo.stat().st_mtime_ns == written


def test_the_downloaded_zip_comes_after_emnist_home(make_home, zipped, cache, monkeypatch):
    """EMNIST_HOME is asked first, then the user's download."""
    home = make_home(("digits",))
    cache.mkdir(exist_ok=True)
    shutil.copy(zipped(home), cache / "gzip.zip")
    shutil.rmtree(home)
    make_home(("letters",))
    assert data.available() == ("letters",)
    monkeypatch.delenv("EMNIST_HOME")
    assert data.available() == ("digits",)


def _refused(monkeypatch, place, *words):
    monkeypatch.setenv("EMNIST_HOME", str(place))
    for call in (data.source, data.available, lambda: data.load("digits")):
        with pytest.raises(DataError) as caught:
            call()
        assert all(word in str(caught.value) for word in ("EMNIST_HOME", str(place), *words)), caught.value


def test_emnist_home_never_falls_back(cache, tmp_path, monkeypatch):
    """A place that is missing, empty, or holds other files is an error that names it."""
    _refused(monkeypatch, tmp_path / "nowhere", "does not exist")
    empty = tmp_path / "empty"
    empty.mkdir()
    _refused(monkeypatch, empty, "no complete EMNIST set")
    (empty / "train-images-idx3-ubyte").write_bytes(b"mnist")
    _refused(monkeypatch, empty, "no complete EMNIST set")


def test_web_page_in_place_of_the_zip(cache, tmp_path, monkeypatch):
    """A server's page saved as gzip.zip is called that."""
    page = tmp_path / "gzip.zip"
    page.write_text("<!DOCTYPE html>\n<html>Page not found</html>")
    _refused(monkeypatch, page, "web page", "561,753,746")


def test_truncated_zip(make_home, zipped, monkeypatch):
    """A download that was cut off is refused with the size that was expected."""
    archive = zipped(make_home())
    archive.write_bytes(archive.read_bytes()[: int(archive.stat().st_size * 0.6)])
    _refused(monkeypatch, archive, "cut short", "561,753,746")


def test_damaged_member_of_a_zip(make_home, zipped, monkeypatch):
    """A flipped bit inside the zip is found while reading, and nothing is left in the cache."""
    archive = zipped(make_home())
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 255
    archive.write_bytes(content)
    monkeypatch.setenv("EMNIST_HOME", str(archive))
    with pytest.raises(DataError, match="damaged or cut short"):
        data.load("digits")


def test_a_set_whose_files_are_partly_missing(make_home):
    """The error names the missing file and the sets that are whole."""
    home = make_home(("digits", "letters"))
    (home / "emnist-digits-test-labels-idx1-ubyte").unlink()
    assert data.available() == ("letters",)
    with pytest.raises(DataError, match=r"emnist-digits-test-labels-idx1-ubyte.*letters"):
        data.load("digits")


def test_image_and_label_counts_that_differ(make_home):
    """One label too few is refused before images are read in vain."""
    home = make_home()
    with (home / "emnist-digits-test-labels-idx1-ubyte").open("wb") as file:
        idx.write_labels(file, np.arange(10), SPECS["digits"])
    with pytest.raises(DataError, match="60 images, but its label file 10 labels"):
        data.load("digits")


def test_unreadable_folder(make_home):
    """A folder that may not be read is an error that names it, not an empty source."""
    home = make_home()
    home.chmod(0)
    superuser = os.geteuid() == 0
    if superuser:  # who may read everything, so the question is asked as somebody else
        os.seteuid(65534)
    try:
        with pytest.raises(DataError) as caught:
            data.source()
    finally:
        if superuser:
            os.seteuid(0)
        home.chmod(0o755)
    assert str(home) in str(caught.value) and "cannot be used (Permission denied)" in str(caught.value)


def test_a_file_that_vanishes(make_home):
    """A file that is gone between looking and reading is named."""
    home = sources.at(make_home())
    (home.place / sources.labels_name("digits", "test")).unlink()
    with pytest.raises(DataError, match=r"digits-test-labels.*cannot be read \(No such file"):
        home.labels(SPECS["digits"])


def test_unknown_set(cache):
    """The error lists the sets that there are."""
    with pytest.raises(DataError, match=r"'byname'.*byclass, bymerge"):
        data.load("byname")
