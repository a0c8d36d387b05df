"""Rubbish in: whatever a file, a setting or a name holds, only errors come out that a person can mend."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fuzzing import JSON, damaged, examples, fuzz
from hypothesis import strategies as st
from sphinx.errors import ExtensionError

from emnist_utils import book, chapters, data, execution, paths, planning, results, runner, studies
from emnist_utils.data import SPECS, DataError, cache, idx, parts, sources
from emnist_utils.data.idx import IdxFile
from emnist_utils.errors import UserError
from emnist_utils.results import RecordError
from emnist_utils.studies import StudyError
from emnist_utils.training.recipe import Recipe, RecipeError

DIGITS = SPECS["digits"]


def idx_bytes(kind: str, n: int = 6) -> bytes:
    """Return a whole IDX file of labels or images of digits."""
    stream = io.BytesIO()
    if kind == "labels":
        idx.write_labels(stream, np.arange(n) % 10, DIGITS)
    else:
        idx.write_images(stream, np.zeros((n, 28, 28), np.uint8))
    return stream.getvalue()


@examples
@pytest.mark.parametrize("kind", ["labels", "images"])
@pytest.mark.parametrize("packed", [False, True])
def test_idx_files(packed: bool, kind: str, examples: int, tmp_path: Path) -> None:
    """Protects the reader of IDX files: right arrays or a `DataError`, in little memory, whatever the header says."""
    whole = idx_bytes(kind)
    path = tmp_path / "file"

    def check(content: bytes) -> None:
        path.write_bytes(content)
        try:
            if kind == "labels":
                labels = idx.read_labels(IdxFile(path), DIGITS)
                assert labels.dtype == np.uint8 and (labels < 10).all()
            else:
                images = np.concatenate(list(idx.read_images(IdxFile(path), 6)))
                assert images.shape == (6, 28, 28)
        except DataError as error:
            assert str(path) in str(error)

    headers = st.builds(
        lambda magic, sizes: struct.pack(f">I{len(sizes)}I", magic, *sizes) + whole[8:],
        st.sampled_from([2049, 2051]),
        st.lists(st.integers(0, 2**32 - 1), max_size=4),
    )
    if packed:
        fuzz(examples, check, content=damaged(gzip.compress(whole, mtime=0)) | headers.map(gzip.compress))
    else:
        fuzz(examples, check, content=damaged(whole) | headers)


def test_a_bomb_of_labels_is_not_unpacked(tmp_path: Path) -> None:
    """Protects memory from a small file that promises, and holds, far more labels than any set has."""
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb") as file:
        file.write(struct.pack(">2I", 2049, 2**32 - 1))
        for _ in range(64):
            file.write(bytes(1 << 20))
    assert path.stat().st_size < 100_000
    with pytest.raises(DataError, match=r"promises 4,294,967,295 labels, but Digits has 240,000 at most"):
        idx.read_labels(IdxFile(path), DIGITS)


def home_of(archive: Path, prefix: str = "gzip/", compression: int = zipfile.ZIP_DEFLATED) -> None:
    """Write a zip of the four files of a small set of digits."""
    with zipfile.ZipFile(archive, "w", compression) as file:
        for split in cache.SPLITS:
            for name, kind in (
                (sources.images_name("digits", split), "images"),
                (sources.labels_name("digits", split), "labels"),
            ):
                entry = zipfile.ZipInfo(f"{prefix}{name}.gz")
                entry.compress_type = compression
                file.writestr(entry, gzip.compress(idx_bytes(kind), mtime=0))


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a zip that is EMNIST_HOME, beside an empty cache in a folder of its own."""
    place = tmp_path / "given" / "gzip.zip"
    place.parent.mkdir()
    monkeypatch.setenv("EMNIST_HOME", str(place))
    monkeypatch.setenv("EMNIST_CACHE", str(tmp_path / "cache"))
    return place


@examples
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_archives(compression: int, examples: int, archive: Path, tmp_path: Path) -> None:
    """Protects the reader of zips: a set or a `DataError`, and no file anywhere but in the cache."""
    home_of(archive, compression=compression)
    whole = archive.read_bytes()

    def check(content: bytes) -> None:
        archive.write_bytes(content)
        with suppress(DataError):
            assert len(data.load("digits").train) == 6
        assert {path.name for path in tmp_path.iterdir()} <= {"given", "cache"}
        assert [path.name for path in archive.parent.iterdir()] == [archive.name]

    # the central directory, which tells of names, sizes, methods and flags, lies at the end
    tail = len(whole) - whole.rindex(b"PK\x01\x02")
    in_directory = st.builds(
        lambda place, byte: whole[: -1 - place] + bytes([byte]) + (whole[-place:] if place else b""),
        st.integers(0, tail - 1),
        st.integers(0, 255),
    )
    fuzz(examples, check, content=damaged(whole) | in_directory)


@pytest.mark.parametrize("prefix", ["../../", "/tmp/emnist-escape/", "..\\..\\", "C:\\", "a/../../"])
def test_zip_members_stay_inside(prefix: str, archive: Path, tmp_path: Path) -> None:
    """Protects the disk from an archive whose members are named for a place outside: they are read, never unpacked."""
    home_of(archive, prefix)
    before = {path for path in tmp_path.rglob("*") if "cache" not in path.parts}
    with pytest.MonkeyPatch.context() as patch:
        for name in ("extract", "extractall"):
            patch.setattr(zipfile.ZipFile, name, lambda *_: pytest.fail("a member was unpacked by its own name"))
        if "\\" in prefix:
            with pytest.raises(DataError, match="holds no complete EMNIST set"):
                data.load("digits")
        else:
            assert len(data.load("digits").train) == 6
    assert {path for path in tmp_path.rglob("*") if "cache" not in path.parts} == before
    assert not Path("/tmp/emnist-escape").exists()


@pytest.mark.parametrize("field", ["encrypted", "method", "size"])
def test_zip_directories_that_lie(field: str, archive: Path) -> None:
    """Protects against a traceback where a member is encrypted, packed by an unknown method, or of another size."""
    home_of(archive)
    content = bytearray(archive.read_bytes())
    for signature, flags, method, size in ((b"PK\x03\x04", 6, 8, 22), (b"PK\x01\x02", 8, 10, 24)):
        for found in re.finditer(re.escape(signature), bytes(content)):
            place, value, width = {"encrypted": (flags, 1, 2), "method": (method, 97, 2), "size": (size, 9, 4)}[field]
            content[found.start() + place : found.start() + place + width] = value.to_bytes(width, "little")
    archive.write_bytes(content)
    with pytest.raises(DataError):
        data.load("digits")


@pytest.mark.parametrize("signature", [b"PK\x03\x04", b"PK\x01\x02"])
def test_zip_names_that_are_no_text(signature: bytes, archive: Path) -> None:
    """Protects against a traceback where a name is said to be UTF-8 and is not, before a member or in the directory."""
    home_of(archive)
    content = bytearray(archive.read_bytes())
    flags, name = (6, 30) if signature == b"PK\x03\x04" else (8, 46)
    for found in re.finditer(re.escape(signature), bytes(content)):
        content[found.start() + flags + 1] |= 0x08
        content[found.start() + name] = 0x93
    archive.write_bytes(content)
    with pytest.raises(DataError):
        data.load("digits")


@examples
def test_records(examples: int, make: Any, folders: Any) -> None:
    """Protects tables: a record that was altered in any way is refused, unless it says the very same."""
    record, predictions = make()
    path = results.write_record(record, predictions, folders[0])
    content = json.loads(path.read_text())

    def leaves(part: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        yield way
        items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        for key, value in items:
            yield from leaves(value, (*way, key))

    def changed(way: tuple[Any, ...], value: Any) -> str:
        if not way:
            return json.dumps(value)
        altered = json.loads(json.dumps(content))
        part = altered
        for key in way[:-1]:
            part = part[key]
        part[way[-1]] = value
        return json.dumps(altered)

    def check(text: str) -> None:
        path.write_text(text, errors="surrogatepass")
        try:
            assert results.read_record(path) == record
        except RecordError as error:
            assert str(path) in str(error) and "\n" not in str(error).replace(text, "")

    altered = st.builds(changed, st.sampled_from(list(leaves(content))), JSON)
    fuzz(examples, check, text=altered | st.text())


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"schema_version": ' + "1" * 5_000 + "}", '{"schema_version": 1, "a": "\\ud800"}']
)
def test_records_beyond_json(text: str, folders: Any) -> None:
    """Protects against what breaks a parser: depth, numbers without end, half a character."""
    folders[0].mkdir()
    path = folders[0] / "a-b-c.json"
    path.write_text(text)
    with pytest.raises(RecordError, match=r"a-b-c\.json: "):
        results.read_record(path)


@examples
def test_recipes(examples: int, make: Any) -> None:
    """Protects whoever writes a recipe: a valid one or a `RecipeError` in one line, and ids of valid ones alone."""
    good = make()[0].recipe.model_dump()
    names = st.sampled_from([*Recipe.model_fields, "cls", "self", "fields", "depth"])

    def check(changes: dict[str, Any]) -> None:
        try:
            made = Recipe.create(**good | changes)
        except RecipeError as error:
            assert any(name in str(error) for name in changes)
        else:
            assert Recipe.model_validate_json(made.model_dump_json()) == made
            assert json.loads(made.canonical())
            assert made.label()

    fuzz(examples, check, changes=st.dictionaries(names, JSON, min_size=1, max_size=3))


@examples
def test_names_of_profiles_and_studies(examples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects whoever mistypes a name: an error that lists the names there are."""

    def check(name: str) -> None:
        for ask, known in ((studies.profile, studies.PROFILES), (studies.study, studies.STUDIES)):
            if name not in known:
                with pytest.raises(StudyError, match=f"choose one of {next(iter(known))}"):
                    ask(name)
        if name and name not in studies.PROFILES and "\0" not in name and name.isprintable():
            monkeypatch.setenv("EMNIST_PROFILE", name)
            with pytest.raises(ExtensionError, match="there is no profile"):
                book.profile_of(SimpleNamespace(config=SimpleNamespace(emnist_profile="quick")))

    fuzz(examples, check, name=st.text() | st.sampled_from(["Quick", "quick ", "full/..", "*", "--help"]))


@examples
def test_conditions(examples: int, make: Any) -> None:
    """Protects ``--only``: any value of a field is compared, any other field named."""
    recipe = make()[0].recipe

    def check(name: str, value: str) -> None:
        try:
            assert planning._fits(recipe, {name: value}) in (True, False)
        except StudyError:
            assert name not in Recipe.model_fields

    fuzz(
        examples,
        check,
        name=st.sampled_from([*Recipe.model_fields]) | st.text(),
        value=st.text() | st.floats().map(str),
    )


@examples
def test_parameters_of_chapters(examples: int, tmp_path: Path) -> None:
    """Protects a page from a parameter that the chapter does not know: no kernel is started for it."""
    script = tmp_path / "01-title.py"
    script.write_text('# %% tags=["parameters"]\nprofile = "quick"\n\n# %%\nraise SystemError("was started")\n')

    def check(name: str) -> None:
        made = execution.Chapter(script, tmp_path / "_executed", {"profile": "smoke", name: "1"})
        with pytest.raises(execution.ChapterError, match="the parameters cell does not assign"):
            execution.execute(made, timeout=5)

    fuzz(examples, check, name=st.text().filter(lambda name: name != "profile"))


@examples
def test_kept_chapters(examples: int, tmp_path: Path) -> None:
    """Protects a build from a damaged file in ``_executed/``: the chapter is executed again, and says why."""
    script = tmp_path / "01-title.py"
    script.write_text('# %% tags=["parameters"]\nprofile = "quick"\n')
    made = execution.Chapter(script, tmp_path, {"profile": "smoke"})
    notebook = chapters.notebook(script)
    notebook.metadata[execution.KEY] = {**execution._key(made), "read": [["data", "digits", "d1"]]}

    def check(content: bytes) -> None:
        made.kept.write_bytes(content)
        assert isinstance(execution.why_stale(made, lambda kind, name: "d1"), str)

    whole = json.dumps(notebook).encode()
    fuzz(examples, check, content=damaged(whole) | JSON.map(lambda value: json.dumps(value).encode()))
    made.kept.write_bytes(whole)
    assert execution.why_stale(made, lambda kind, name: "d1") == ""
    made.kept.write_bytes(whole[:-9])
    assert "cannot be read" in execution.why_stale(made, lambda kind, name: "d1")


@examples
@pytest.mark.parametrize("name", ["train-images.npy", "test-labels.npy", "set.json"])
def test_cached_arrays(name: str, examples: int, tmp_path: Path) -> None:
    """Protects against a damaged cache: arrays or a `DataError` that names the folder to remove."""
    images, labels = np.zeros((6, 28, 28), np.uint8), np.arange(6, dtype=np.uint8)
    cache.write_set(tmp_path, {split: ([images], labels) for split in cache.SPLITS})
    whole = (tmp_path / name).read_bytes()

    def check(content: bytes) -> None:
        (tmp_path / name).write_bytes(content)
        try:
            cache.read_set(tmp_path)
        except DataError as error:
            assert f"{tmp_path} cannot be read" in str(error)

    fuzz(examples, check, content=damaged(whole))


@examples
def test_lists_of_parts(examples: int, tmp_path: Path) -> None:
    """Protects a rebuild: a list or a `DataError`."""
    path = tmp_path / "list.npz"
    rows = {("digits", split): np.arange(3, dtype=np.uint32) for split in cache.SPLITS}
    parts.save_part(parts.Part(np.arange(3, dtype=np.uint64), rows, {"digits": "0" * 16}), path)
    whole = path.read_bytes()

    def check(content: bytes) -> None:
        path.write_bytes(content)
        try:
            parts.read_part(path)
        except DataError as error:
            assert str(path) in str(error)

    fuzz(examples, check, content=damaged(whole))


@contextmanager
def as_somebody() -> Iterator[None]:
    """Give up a superuser's right to read everything for the time of a block."""
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(65534)
    try:
        yield
    finally:
        if superuser:
            os.seteuid(0)


PLACES = {
    "missing": "{here}/missing",
    "file": "{here}/file",
    "empty": "",
    "spaces": "{here}/ two  spaces ",
    "Hangul": "{here}/한글 폴더",
    "nobody's": "~nobody-of-this-name/emnist",
    "long": "/" + "a" * 5_000,
    "loop": "{here}/loop/inside",
    "bytes": "{here}/not-\udcff-text",
    "unreadable": "{here}/locked",
    "in an unreadable one": "{here}/locked/inside",
}


@pytest.fixture
def here() -> Iterator[Path]:
    """Give a folder that everybody may read, which those of pytest are not, with things to stumble over in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "file").write_text("")
        (folder / "loop").symlink_to("loop")
        (folder / "locked").mkdir(0o000)
        (folder / "home").mkdir()
        home_of(folder / "home" / "gzip.zip")
        yield folder


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("variable", ["EMNIST_HOME", "EMNIST_CACHE", "EMNIST_RUNS"])
def test_settings(
    variable: str, place: str, stand_in_cache: Path, here: Path, monkeypatch: pytest.MonkeyPatch, make: Any
) -> None:
    """Protects whoever sets a folder: it works, or one error names the setting or the place."""
    monkeypatch.chdir(here)
    monkeypatch.setattr(results, "results_dir", lambda: here / "results")  # nobody may read a clone in a private folder
    # without EMNIST_HOME the stand-in is drawn, once for all tests
    cache_folder = stand_in_cache if (variable, place) == ("EMNIST_HOME", "empty") else here / "cache"
    for name, value in (("HOME", here / "home"), ("CACHE", cache_folder), ("RUNS", here / "runs")):
        monkeypatch.setenv(f"EMNIST_{name}", str(value))
    monkeypatch.setenv(variable, PLACES[place].format(here=here))
    actions: dict[str, Callable[[], object]] = {
        "source": data.source,
        "available": data.available,
        "find": lambda: results.find(make()[0].recipe, "0" * 16),
        "kernel": execution._absolute_folders,
    }
    if place != "empty":  # else it is this user's and this project's own folder
        actions |= {"make": runner._make_folder, "load": lambda: data.load("digits")}
    failed = set()
    for name, action in actions.items():
        try:
            if "unreadable" in place:
                with as_somebody():
                    action()
            else:
                action()
        except UserError as error:
            failed.add(name)
            assert variable in str(error) or str(here) in str(error)
            assert "\n" not in str(error)
    works = place in ("empty", "spaces", "Hangul", "bytes") or (place == "missing" and variable != "EMNIST_HOME")
    if works and variable != "EMNIST_HOME":
        assert failed == set()
    elif not works:
        assert failed


@pytest.mark.parametrize("value", ["", " ", "한글", "quick,standard", "../full"])
def test_setting_of_the_profile(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects a build from a profile that is none; an empty setting is the default."""
    monkeypatch.setenv("EMNIST_PROFILE", value)
    app = SimpleNamespace(config=SimpleNamespace(emnist_profile="quick"))
    if value:
        with pytest.raises(ExtensionError, match=f"there is no profile {re.escape(repr(value))}; choose one of smoke"):
            book.profile_of(app)
    else:
        assert book.profile_of(app) == "quick"


class Trap:
    """Something that runs code when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def test_no_file_of_arrays_runs_code(tmp_path: Path, make: Any, folders: Any) -> None:
    """Protects a machine from records, bookmarks, lists and caches of strangers: none is ever unpickled."""
    sprung = tmp_path / "sprung"
    trap = np.array([Trap(sprung)], dtype=object)
    record, predictions = make()
    results.write_record(record, predictions, folders[0])
    np.savez(folders[0] / f"{record.stem}.npz", rows=trap)
    with pytest.raises(RecordError, match="allow_pickle"):
        results.read_predictions(record)
    np.savez(tmp_path / "list.npz", fingerprints=trap, hashes=trap)
    with pytest.raises(DataError, match="allow_pickle"):
        parts.read_part(tmp_path / "list.npz")
    for split in cache.SPLITS:
        np.save(tmp_path / f"{split}-images.npy", trap)
        np.save(tmp_path / f"{split}-labels.npy", trap)
    with pytest.raises(DataError):
        cache.read_set(tmp_path)
    assert not sprung.exists()
    np.load(tmp_path / "train-labels.npy", allow_pickle=True)
    assert sprung.exists(), "the trap is none"


def test_no_code_asks_for_pickles_or_unsafe_networks() -> None:
    """Protects the same in chapters and code to come: weights alone are read, and nothing switches safety off."""
    forbidden = re.compile(
        r"allow_pickle\s*=\s*True|import pickle|pickle\.loads?\(|safe_mode|enable_unsafe|load_model\(|torch\.load\("
    )
    found = [
        f"{path}: {match[0]}"
        for folder in ("emnist_utils", "chapters")
        for path in sorted((paths.root() / folder).rglob("*.py"))
        if (match := forbidden.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []
