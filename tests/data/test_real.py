"""Real EMNIST files, where EMNIST_HOME names some."""

from functools import cache

import numpy as np
import pytest

from emnist_utils import data
from emnist_utils.data import SPECS, idx, sources

pytestmark = pytest.mark.real_data


@pytest.fixture(autouse=True)
def real_cache(tmp_path_factory, monkeypatch):
    """Unpack into one cache for the session, not into the user's."""
    monkeypatch.setenv("EMNIST_CACHE", str(tmp_path_factory.getbasetemp() / "real-cache"))


@cache
def _hashes(name, split):
    return data.content_hashes(getattr(data.load(name), split).images)


@pytest.fixture(params=SPECS)
def dataset(request):
    """Give each set that the files hold."""
    if request.param not in data.available():
        pytest.skip(f"set EMNIST_HOME to files that hold {request.param}")
    return data.load(request.param)


def test_real_labels_and_counts(dataset):
    """Labels are 0..C-1, no class is empty or larger than the official one, and the kind follows from the counts."""
    spec, official = dataset.spec, []
    for split, counts in ((dataset.train, spec.train_counts), (dataset.test, spec.test_counts)):
        found = np.bincount(split.labels)
        assert len(found) == len(spec.classes) and found.min() > 0
        official.append(found.tolist() == list(counts))
    assert dataset.source.kind == ("official" if all(official) else "part")
    for rows in dataset.validation:
        assert len(np.unique(dataset.train.labels[rows])) == len(spec.classes)


def test_real_images_are_upright(dataset, upper_right_share):
    """7 and T have more ink at the upper right than at the lower left, L less: transposed it would be the reverse."""
    train, classes = dataset.train, dataset.spec.classes
    share = {c: upper_right_share(train.images[train.labels == classes.index(c)]) for c in "7TL" if c in classes}
    if dataset.spec.name == "letters":
        del share["L"]  # where most are an l
    assert share.pop("L", 0) < 0.45
    assert min(share.values()) > 0.52


def test_real_train_and_test_share_no_image(dataset):
    """No image is in both splits of one set, nor twice in one."""
    name = dataset.spec.name
    assert data.overlap(_hashes(name, "train"), _hashes(name, "test")) == 0
    assert len(np.unique(_hashes(name, "test"))) == len(dataset.test)


def test_real_shared_images_agree_in_their_label(dataset):
    """An image that is also in ByClass has the same character there: merging and folding are those of NIST."""
    if "byclass" not in data.available():
        pytest.skip("set EMNIST_HOME to files that hold byclass")
    byclass = data.load("byclass")
    _, ours, theirs = np.intersect1d(
        _hashes(dataset.spec.name, "test"), _hashes("byclass", "test"), return_indices=True
    )
    assert len(ours) > 100
    expected = np.array(dataset.spec.from_byclass)[byclass.test.labels[theirs]]
    np.testing.assert_array_equal(dataset.test.labels[ours], expected)


def test_real_pixels():
    """Mean and spread of ByClass's test images are those that are known of EMNIST."""
    pixels = data.load("byclass").test.images[::10] / 255
    assert (pixels.mean(), pixels.std()) == pytest.approx((0.1736, 0.3317), abs=0.003)


def test_real_source_names_every_set():
    """The description without loading images names the sets that there are."""
    found = sources.source()
    assert found.kind in ("official", "part")
    assert all(SPECS[name].title in found.description for name in data.available())


def test_what_was_used_can_be_rebuilt_from_the_official_files(tmp_path, zipped, monkeypatch):
    """Anyone with NIST's zip gets the very arrays back: here from a zip whose ByClass is all images that are here."""
    names = data.available()
    listed = data.list_part(names)
    images = np.zeros((len(listed.hashes), 28, 28), np.uint8)
    labels = np.full(len(listed.hashes), -1)
    for (name, split), places in listed.rows.items():
        part = getattr(data.load(name), split)
        images[places] = part.images
        # a character that has this label in the set stands for those whose label in ByClass is not here
        characters = np.array([SPECS[name].from_byclass.index(label) for label in range(len(SPECS[name].classes))])
        labels[places] = np.where(labels[places] < 0, characters[part.labels], labels[places])
    home = tmp_path / "home"
    home.mkdir()
    for split, rows in (("train", slice(1000, None)), ("test", slice(1000))):
        with (home / sources.images_name("byclass", split)).open("wb") as file:
            idx.write_images(file, images[rows])
        with (home / sources.labels_name("byclass", split)).open("wb") as file:
            idx.write_labels(file, labels[rows].astype(np.uint8), SPECS["byclass"])
    data.rebuild(listed, zipped(home), tmp_path / "again")
    monkeypatch.setenv("EMNIST_HOME", str(tmp_path / "again"))
    assert {name: data.load(name).fingerprint for name in names} == dict(listed.fingerprints)
