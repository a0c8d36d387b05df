"""Chapters on Colab: the button, and the cell that fetches the project."""

from __future__ import annotations

import os
import site
import subprocess
import tomllib
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from emnist_utils import chapters, colab, dependencies
from emnist_utils.offline import requests_elsewhere
from emnist_utils.paths import root

if TYPE_CHECKING:
    from conftest import Project

ADDRESS = "https://github.com/somebody/emnist"
SETTING = "execute: "
WITH_ADDRESS = f"repository: {{url: {ADDRESS}, branch: dev}}\n{SETTING}"

#: A notebook as it would be on Colab, with its first cell run twice, the second time where nothing could be fetched.
NOTEBOOK = """
{cell}
import emnist_utils, os
print("imported", emnist_utils.ORIGIN, sorted(os.listdir()))
os.environ["PATH"] = ""
{cell}
print("again")
"""


def test_cell_is_in_the_pairs_alone(project: Project) -> None:
    """Protects scripts, and so what makes a page stale, from setup; and pairs from a cell with nowhere to go."""
    folder = project.root / "chapters"
    before = {path: chapters.notebook(path) for path in folder.glob("*.py")}
    assert "importlib" not in "".join(path.read_text() for path in folder.glob("*.ipynb"))
    project.replace("_config.yml", SETTING, f"repository: {{url: '', branch: dev}}\n{SETTING}")
    assert chapters.outdated(folder) == []
    project.replace("_config.yml", "url: ''", f"url: {ADDRESS}")
    assert len(chapters.write_pairs(folder)) == len(before) == 2
    for script, notebook in before.items():
        pair = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
        assert pair.cells[1:] == chapters.notebook(script).cells == notebook.cells
        assert pair.cells[0].source == colab.setup_cell(project.root)
        assert f"--branch dev {ADDRESS} " in pair.cells[0].source
    assert chapters.write_pairs(folder) == []


@pytest.mark.slow
def test_each_chapter_has_a_button(built: Project) -> None:
    """Protects readers from a button that leads nowhere or has no icon, and chapters from being executed for it."""
    assert "colab" not in built.html("chapters/01-first").lower()
    built.replace("_config.yml", SETTING, WITH_ADDRESS)
    built.python("-m", "emnist_utils.chapters")
    said = built.build("-n", "-W", "--keep-going")
    assert said.count(": kept") == 2
    html = built.root / "_build/html"
    for name in ("01-first", "02-second"):
        page = built.html(f"chapters/{name}")
        assert f'href="{colab.COLAB}/github/somebody/emnist/blob/dev/chapters/{name}.ipynb"' in page
        assert "find_spec" not in page
    assert colab.COLAB not in built.html("intro")
    assert [path.name for path in (html / "_static/images").iterdir()] == ["logo_colab.png"]
    assert requests_elsewhere(html) == []


@pytest.mark.slow
def test_cell_fetches_the_project_once(project: Project, tmp_path: Path) -> None:
    """Protects the button from starting a notebook that cannot import the project, and others from a second copy."""
    origin, place = tmp_path / "origin", tmp_path / "a place"
    (origin / "emnist_utils").mkdir(parents=True)
    place.mkdir()
    (origin / "emnist_utils/__init__.py").write_text("ORIGIN = 'fetched'\n")
    (origin / "pyproject.toml").write_text('[project]\nname = "small"\nversion = "1"\n')
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "All"]):
        subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *command], cwd=origin, check=True)
    project.replace("_config.yml", SETTING, f"repository: {{url: {origin.as_uri()}}}\n{SETTING}")
    (place / "notebook.ipy").write_text(NOTEBOOK.format(cell=colab.setup_cell(project.root)))
    venv.create(tmp_path / "clean", with_pip=False)
    # This environment's packages without its editable ones, so that IPython and pip are there and the project is not.
    others = ("EMNIST_", "PIP_", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    environment |= {
        "PYTHONPATH": os.pathsep.join(site.getsitepackages()),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's spelling of yes
    }

    def run(*arguments: str) -> str:
        command = [str(tmp_path / "clean/bin/python"), *arguments]
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    said = run("-m", "IPython", "notebook.ipy").splitlines()
    assert said[-2:] == ["imported fetched ['emnist-book', 'notebook.ipy']", "again"]
    # the next kernel finds it too, beside what else is in the clone
    module = Path(run("-c", "import emnist_utils; print(emnist_utils.__file__)").strip())
    assert module == place / "emnist-book/emnist_utils/__init__.py"


def test_what_chapters_import_comes_with_the_project() -> None:
    """Protects a chapter in a clean environment from a package that only requirements.txt knows."""
    project = tomllib.loads((root() / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {canonicalize_name(Requirement(one).name) for one in project["dependencies"]}
    imported = set().union(*(dependencies.versions(script) for script in (root() / "chapters").glob("*.py")))
    # a part of IPython, and the backend that has to be asked for
    others = {"python", "matplotlib-inline", "jax"}
    assert len(imported) > 10
    assert {canonicalize_name(name) for name in imported} - declared <= others
