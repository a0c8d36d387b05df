"""Which modules a chapter depends on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emnist_utils import dependencies

FILES = {
    "__init__.py": "",
    "plain.py": "from . import deep\n",
    "deep.py": "def later():\n    from .inner.table import rows\n    return rows\n",
    "inner/__init__.py": "from .sibling import thing\n",
    "inner/table.py": "import numpy as np\nrows = 1\n",
    "inner/sibling.py": "from .. import plain\nthing = 1\n",
    "inner/figures.csv": "1,2\n",
    "apart.py": "import json\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Give a package whose modules import one another, in a circle and inside functions."""
    for name, text in FILES.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "pack"


def written(package: Path, script: str) -> Path:
    """Write a script beside the package, and return it."""
    path = package.parent / "script.py"
    path.write_text(script)
    return path


EVERYTHING = ["pack", "pack.deep", "pack.inner", "pack.inner.sibling", "pack.inner.table", "pack.plain"]


@pytest.mark.parametrize(
    ("script", "modules"),
    [
        ("import json", []),
        ("import pack.apart", ["pack", "pack.apart"]),
        ("from pack import apart, no_module", ["pack", "pack.apart"]),
        ("def f():\n    import pack.plain", EVERYTHING),
        ("from pack.inner.table import rows", EVERYTHING),
        ("import packaging", []),
    ],
)
def test_imports_are_followed(package: Path, script: str, modules: list[str]) -> None:
    """A chapter is stale for each module on its path, inside functions and packages too, and for no other."""
    assert list(dependencies.library(written(package, script), package)) == modules


def test_data_beside_a_package_count(package: Path) -> None:
    """A corrected figure in a package's table makes the chapters that show it stale."""
    script = written(package, "import pack.inner")
    before = dependencies.library(script, package)
    (package / "inner/figures.csv").write_text("1,3\n")
    after = dependencies.library(script, package)
    assert {name for name in before if before[name] != after[name]} == {"pack.inner"}


def test_versions_of_what_the_modules_import(package: Path) -> None:
    """An upgrade of a package behind a chapter's numbers makes it stale."""
    assert dependencies.versions(written(package, "import pack.plain"), package)["numpy"] == np.__version__
    assert "numpy" not in dependencies.versions(written(package, "import pack.apart"), package)


def test_a_module_that_is_not_python_is_named(package: Path) -> None:
    """A typing error in the library is found before a chapter runs, with its file."""
    (package / "deep.py").write_text("def\n")
    with pytest.raises(SyntaxError) as caught:
        dependencies.library(written(package, "import pack.plain"), package)
    assert caught.value.filename == str(package / "deep.py")


def test_the_books_own_package_is_the_default(package: Path) -> None:
    """The real package is read, and of it no more than what a chapter imports."""
    assert list(dependencies.library(written(package, "from emnist_utils import trace"))) == [
        "emnist_utils",
        "emnist_utils.errors",
        "emnist_utils.paths",
        "emnist_utils.trace",
    ]
