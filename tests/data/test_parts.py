"""Parts of EMNIST as lists."""

import filecmp
import shutil

import numpy as np
import pytest

from emnist_utils import data
from emnist_utils.data import DataError, idx, sources

NAMES = ("byclass", "balanced", "letters", "mnist")


def _write(folder, name, dataset, rows=None):
    for split in ("train", "test"):
        chosen = slice(None) if rows is None else rows[split]
        part = getattr(dataset, split)
        with (folder / sources.images_name(name, split)).open("wb") as file:
            idx.write_images(file, part.images[chosen])
        with (folder / sources.labels_name(name, split)).open("wb") as file:
            idx.write_labels(file, part.labels[chosen], dataset.spec)


@pytest.fixture
def pool(stand_in, tmp_path):
    """Give the stand-in as a whole ByClass, which takes the place of the official files."""
    home = tmp_path / "pool"
    home.mkdir()
    _write(home, "byclass", data.load("byclass"))
    return home


@pytest.fixture
def part(stand_in, tmp_path, monkeypatch):
    """Give a home with a part of four sets of the stand-in, in an order of its own."""
    home = tmp_path / "part"
    home.mkdir()
    rng = np.random.default_rng(0)
    for name in NAMES:
        dataset = data.load(name)
        rows = {s: rng.permutation(len(getattr(dataset, s)))[:400] for s in ("train", "test")}
        _write(home, name, dataset, rows)
    monkeypatch.setenv("EMNIST_HOME", str(home))
    return home


def test_a_list_rebuilds_the_files_bit_for_bit(pool, part, tmp_path, monkeypatch):
    """From the zip of the whole, the list gives the very files of the part; labels included, though not listed."""
    path = tmp_path / "part.npz"
    data.save_part(data.list_part(NAMES), path)
    expected = {name: data.load(name).fingerprint for name in NAMES}
    archive = shutil.make_archive(str(tmp_path / "gzip"), "zip", pool)
    again = tmp_path / "again"
    data.rebuild(data.read_part(path), tmp_path / archive, again)
    assert sorted(p.name for p in again.iterdir()) == sorted(p.name for p in part.iterdir())
    assert all(filecmp.cmp(p, again / p.name, shallow=False) for p in part.iterdir())
    monkeypatch.setenv("EMNIST_HOME", str(again))
    assert {name: data.load(name).fingerprint for name in NAMES} == expected


def test_an_image_that_is_not_there(pool, part, tmp_path):
    """Files that lack a listed image are refused with the number of such images, and nothing is written."""
    listed = data.list_part(("mnist",))
    images = pool / sources.images_name("byclass", "train")
    content = np.fromfile(images, np.uint8)
    content[16:] = 0
    content.tofile(images)
    with pytest.raises(DataError, match=r"of the \d+ listed images are not in ByClass at .*NIST's zip"):
        data.rebuild(listed, pool, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_list_that_does_not_fit(pool, part, tmp_path):
    """Arrays of another fingerprint than listed are refused, and nothing is written."""
    listed = data.list_part(("mnist",))
    listed.rows["mnist", "train"][:2] = listed.rows["mnist", "train"][:2][::-1].copy()
    with pytest.raises(DataError, match="fingerprint"):
        data.rebuild(listed, pool, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_rebuild_does_not_replace_a_folder(pool, part):
    """A folder with something in it is left alone."""
    with pytest.raises(DataError, match="not an empty folder"):
        data.rebuild(data.list_part(("mnist",)), pool, part)
    assert len(list(part.iterdir())) == 4 * len(NAMES)


def test_a_list_of_unknown_sets(tmp_path):
    """A list that names no EMNIST set is refused by that name."""
    path = tmp_path / "part.npz"
    data.save_part(data.Part(np.zeros(0, np.uint64), {}, {"byname": "0" * 16}), path)
    with pytest.raises(DataError, match="byname"):
        data.read_part(path)


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\3\4 cut short"])
def test_a_file_that_is_no_list(tmp_path, content):
    """Something else under the list's name is refused by that name."""
    path = tmp_path / "part.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"part\.npz is not a list"):
        data.read_part(path)
    with pytest.raises(DataError, match=r"none\.npz is not a list"):
        data.read_part(tmp_path / "none.npz")
