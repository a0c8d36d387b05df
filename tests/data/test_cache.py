"""The cache of unpacked arrays."""

import errno
import os
import re
import resource
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from emnist_utils import data, files, paths, trace
from emnist_utils.data import SPECS, DataError, idx


def _arrays(cache):
    return sorted(path.name for path in (cache / "arrays").iterdir() if not path.name.endswith(".lock"))


def test_second_load_reads_no_image(make_home, cache):
    """Arrays open memory-mapped and read-only, the fingerprint is stored, and the image files are not read again."""
    home = make_home()
    first = data.load("digits")
    for path in home.glob("*images*"):
        status = path.stat()
        path.write_bytes(bytes(status.st_size))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    second = data.load("digits")
    assert second.fingerprint == first.fingerprint
    assert isinstance(second.train.images, np.memmap) and not second.train.images.flags.writeable
    assert second.train.images.dtype == np.uint8 and second.train.labels.dtype == np.int64
    np.testing.assert_array_equal(second.train.images, first.train.images)


def test_a_load_is_noted(make_home, tmp_path, monkeypatch):
    """A page that shows a set is out of date when the set's content changes, so each load leaves its fingerprint."""
    make_home()
    monkeypatch.setenv(trace.VARIABLE, str(tmp_path / "notes"))
    fingerprint = data.load("digits").fingerprint
    assert trace.read(tmp_path / "notes") == {("data", "digits"): fingerprint}


def test_changed_files_are_loaded_anew(make_home, cache):
    """Other content gives another fingerprint, and the older arrays are removed."""
    make_home(seed=0)
    first = data.load("digits")
    before = _arrays(cache)
    make_home(seed=1)
    second = data.load("digits")
    assert second.fingerprint != first.fingerprint
    assert len(_arrays(cache)) == 1 and _arrays(cache) != before


def test_fingerprint_sees_images_labels_and_order(make_home):
    """A pixel, a label, or two swapped rows change the fingerprint; the form of the files does not."""
    home = make_home()
    base = data.load("digits").fingerprint
    images, labels = home / "emnist-digits-test-images-idx3-ubyte", home / "emnist-digits-test-labels-idx1-ubyte"
    content, names = images.read_bytes(), labels.read_bytes()

    def changed(path, new):
        old = path.read_bytes()
        path.write_bytes(new)
        found = data.load("digits").fingerprint
        path.write_bytes(old)
        return found

    pixel = content[:-1] + bytes([content[-1] ^ 1])
    rows = content[:16] + content[16 + 784 : 16 + 2 * 784] + content[16 : 16 + 784] + content[16 + 2 * 784 :]
    label = names[:8] + bytes([(names[8] + 1) % 10]) + names[9:]
    found = {changed(images, pixel), changed(images, rows), changed(labels, label)}
    assert len(found | {base}) == 4
    assert data.load("digits").fingerprint == base
    assert len(base) == 16 and int(base, 16)


FILL = """
import sys
from emnist_utils import data
from emnist_utils.data import loading
unpack = loading._unpack
def told(*arguments):
    print("filled")
    unpack(*arguments)
loading._unpack = told
sys.stdin.readline()
print(data.load("digits").fingerprint)
"""


def test_two_processes_fill_the_cache_once(make_home, cache):
    """Of two processes that start at once one fills, the other waits, and both read the same."""
    make_home(each=2_000, packed=True)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", FILL], cwd=paths.root(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    told = [racer.communicate(timeout=60)[0].split() for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0]
    assert sorted(len(words) for words in told) == [1, 2]
    assert told[0][-1] == told[1][-1] == data.load("digits").fingerprint


def test_killed_process_leaves_nothing_in_the_way(make_home, cache):
    """What a killed process left half written is never read, and is removed by the next load."""
    make_home()
    script = textwrap.dedent(
        """
        import os
        from emnist_utils import data
        from emnist_utils.data import cache
        write = cache.write_set
        def killed(folder, arrays):
            write(folder, arrays)
            os.kill(os.getpid(), 9)
        cache.write_set = killed
        data.load("digits")
        """
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=paths.root()).returncode == -9
    assert len(_arrays(cache)) == 1 and _arrays(cache)[0].endswith(".tmp")
    data.load("digits")
    assert len(_arrays(cache)) == 1 and not _arrays(cache)[0].endswith(".tmp")


def test_full_disk(make_home, cache):
    """A file that may not grow gives one clear error with the way out, and leaves nothing half written."""
    make_home(each=100)
    script = textwrap.dedent(
        """
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        from emnist_utils import data
        data.load("digits")
        """
    )

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    filled = subprocess.run(
        [sys.executable, "-c", script], cwd=paths.root(), capture_output=True, text=True, preexec_fn=limit
    )
    assert "DataError: there is no room left" in filled.stderr and "EMNIST_CACHE" in filled.stderr
    assert _arrays(cache) == []
    assert len(data.load("digits").train) == 1_000


def test_no_space_left_on_the_device(make_home, cache, monkeypatch):
    """The error number of a full disk gives the same error."""
    make_home()

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np.lib.format, "write_array_header_1_0", full)
    with pytest.raises(DataError, match=r"no room left.*No space left on device.*EMNIST_CACHE"):
        data.load("digits")
    assert _arrays(cache) == []


def test_cache_that_cannot_be_made(make_home, tmp_path, monkeypatch):
    """A file in the way of the cache's folder is named."""
    make_home()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EMNIST_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"cannot write .*file"):
        data.load("digits")


def test_damaged_cache(make_home, cache):
    """A cached array that was cut short is refused with the folder to remove."""
    make_home()
    data.load("digits")
    (array,) = (cache / "arrays").glob("*/train-images.npy")
    array.write_bytes(array.read_bytes()[:-100])
    with pytest.raises(DataError, match="remove that folder"):
        data.load("digits")


def test_replacing_is_all_or_nothing(tmp_path):
    """After an error the old file and the old folder are there, unchanged and alone."""
    path, folder = tmp_path / "page.txt", tmp_path / "site"
    files.write_text(path, "old\n")
    with files.replacing_folder(folder) as new:
        (new / "index").write_text("old")
    with pytest.raises(RuntimeError), files.replacing_file(path) as file:
        file.write(b"new")
        raise RuntimeError
    with pytest.raises(RuntimeError), files.replacing_folder(folder) as new:
        (new / "other").write_text("new")
        raise RuntimeError
    assert (path.read_text(), (folder / "index").read_text()) == ("old\n", "old")
    with files.replacing_folder(folder) as new:
        (new / "other").write_text("new")
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")) == ["page.txt", "site", "site/other"]


@pytest.mark.parametrize("name", SPECS)
def test_every_set_loads_from_files(make_home, name):
    """Labels are 0..C-1 after loading with no class empty, and images are what was written."""
    home = make_home((name,))
    dataset = data.load(name)
    n = len(dataset.spec.classes)
    for split in (dataset.train, dataset.test):
        np.testing.assert_array_equal(np.unique(split.labels), np.arange(n))
        assert split.images.shape == (6 * n, 28, 28) and len(split) == 6 * n
    (raw,) = idx.read_images(idx.IdxFile(home / f"emnist-{name}-train-images-idx3-ubyte"), 6 * n)
    np.testing.assert_array_equal(dataset.train.images, raw)
    train, validation = dataset.validation
    assert len(train) + len(validation) == 6 * n and not np.intersect1d(train, validation).size


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the memory held")
def test_reading_images_holds_none_of_the_file(tmp_path):
    """Protects memory from a large set that is held twice: as the images to train on, and as what they came from."""

    def held() -> int:
        status = Path("/proc/self/status").read_text()
        return int(re.search(r"RssFile:\s+(\d+) kB", status)[1]) * 1024

    images = np.random.default_rng(0).integers(0, 256, (100_000, 28, 28), dtype=np.uint8)
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    split = data.Split(mapped, np.zeros(len(mapped), np.int64))
    before = held()
    copied = split.images_at(np.arange(len(mapped)))
    assert held() - before < images.nbytes / 4
    np.testing.assert_array_equal(copied, images)
    np.testing.assert_array_equal(split.images[-1], images[-1])
    assert held() - before < images.nbytes / 4
