"""Real EMNIST files, where EMNIST_HOME names some."""

from functools import cache

import numpy as np
import pytest

from emnist_utils import data
from emnist_utils.data import SPECS, sources

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
