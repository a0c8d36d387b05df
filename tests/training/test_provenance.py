"""Which code, and which version of it, made a number."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from toys import recipe

from emnist_utils.models import MODELS
from emnist_utils.paths import root
from emnist_utils.training import provenance

PACKAGE = root() / "emnist_utils"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let provenance look at a copy of the code, which may be edited; return its package folder."""
    shutil.copytree(PACKAGE, tmp_path / "emnist_utils", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "root", lambda: tmp_path)
    provenance.code.cache_clear()
    yield tmp_path / "emnist_utils"
    provenance.code.cache_clear()


def forget() -> None:
    """Forget what was read from the code earlier."""
    provenance.code.cache_clear()


def edit(path: Path, old: str, new: str) -> None:
    """Replace text in a file that must contain it."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    provenance.code.cache_clear()


def recipes() -> list[Any]:
    """Return recipes that together take every path."""
    sizes = {name: {"blocks": 2} if "blocks" in MODELS[name].sizes else {} for name in MODELS}
    return [recipe(model=name, **sizes[name]) for name in MODELS] + [
        recipe(class_balance="sampling"),
        recipe(augmentation="affine"),
    ]


def named() -> dict[str, int]:
    """Return the versions of all modules on any path."""
    found: dict[str, int] = {}
    for one in recipes():
        found |= provenance.numerics(one, "tensorflow") | provenance.numerics(one, "jax")
    return found


def test_named_modules_state_their_version() -> None:
    """Protects staleness: the version read from the source is the one that the module has."""
    for module, version in named().items():
        assert importlib.import_module(f"emnist_utils.{module}").NUMERICS == version >= 1


def test_every_stated_version_counts() -> None:
    """Protects staleness: no module states a version that no record keeps."""
    stating = {
        path.relative_to(PACKAGE).with_suffix("").as_posix().removesuffix("/__init__").replace("/", ".")
        for path in PACKAGE.rglob("*.py")
        if re.search(r"^NUMERICS\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert stating == set(named())


def test_path_of_a_recipe() -> None:
    """Protects fresh records: a change in one network does not touch the runs of another."""
    names = set(provenance.numerics(recipe(), "tensorflow"))
    assert "models.lenet5" in names
    assert not names & {"models.cnn", "models.residual_cnn", "training.balance", "training.jax_epochs"}
    assert set(provenance.numerics(recipe(), "jax")) == names | {"training.jax_epochs"}
    assert "training.balance" in provenance.numerics(recipe(class_balance="inverse"), "tensorflow")


def test_raised_version_is_read(copy: Path) -> None:
    """Protects staleness: raising a module's version changes what a record is compared with."""
    before = provenance.numerics(recipe(), "tensorflow")
    edit(copy / "training" / "fit.py", "NUMERICS = 1", "NUMERICS = 2")
    assert provenance.numerics(recipe(), "tensorflow") == before | {"training.fit": 2}


def test_module_without_a_version_is_an_error(copy: Path) -> None:
    """Protects staleness from a module that lost its version; the message says what to add."""
    edit(copy / "models" / "lenet5.py", "NUMERICS = 1", "")
    with pytest.raises(LookupError, match=r"lenet5\.py .* add 'NUMERICS = 1'"):
        provenance.numerics(recipe(), "tensorflow")


@pytest.mark.parametrize("place", ["data/splits.py", "models/layers.py", "training/fit.py"])
def test_fingerprint_changes_with_the_code(copy: Path, place: str) -> None:
    """Protects the record's word on its code: any edit of what makes numbers is another fingerprint."""
    before = provenance.code().fingerprint
    path = copy / place
    path.write_text(path.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    provenance.code.cache_clear()
    assert provenance.code().fingerprint != before
    path.unlink()
    provenance.code.cache_clear()
    assert provenance.code().fingerprint != before


def test_fingerprint_ignores_what_makes_no_number(copy: Path) -> None:
    """Protects the fingerprint's meaning: the report and the book may change under it."""
    before = provenance.code().fingerprint
    edit(copy / "report" / "tables.py", "def percent", "def per_cent")
    assert provenance.code().fingerprint == before


def test_commit_is_clean_only_without_changes(copy: Path) -> None:
    """Protects publishing: a changed or an untracked file of code makes a record's code unclean, a page does not."""

    def state() -> tuple[str | None, bool]:
        provenance.code.cache_clear()
        return provenance.code().commit, provenance.code().clean

    project = copy.parent
    assert state() == (None, False)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *command], cwd=project, check=True
        )
    head, clean = state()
    assert re.fullmatch("[0-9a-f]{40}", head or "")
    assert clean
    (project / "intro.md").touch()
    assert state() == (head, True)
    (copy / "new.py").touch()
    assert state() == (head, False)
    (copy / "new.py").unlink()
    edit(copy / "training" / "fit.py", "NUMERICS = 1", "NUMERICS = 1 ")
    assert state() == (head, False)
