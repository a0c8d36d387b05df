"""A small book of two chapters, built by the real extension, with stand-ins for the study behind it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
REAL = """
__init__ book captions chapters colab dependencies errors execution files links machine offline paths publish readable
trace
""".split()

FILES = {
    "_config.yml": """
        title: Small
        author: Somebody
        only_build_toc_files: true
        exclude_patterns: [_executed, book]
        execute: {execute_notebooks: "off"}
        sphinx:
          local_extensions: {emnist_utils.book: "."}
          config: {emnist_cell_timeout: 20, nb_merge_streams: true}
        """,
    "_toc.yml": """
        format: jb-book
        root: intro
        chapters:
          - file: chapters/01-first
          - file: chapters/02-second
        """,
    "intro.md": "# Intro\n",
    # Each chapter prints the time, so that a page changes if its chapter was executed again.
    "chapters/01-first.py": """
        # %% [markdown]
        # # First
        #
        # Prose of the first chapter.

        # %% tags=["parameters"]
        profile = "quick"

        # %%
        import time

        from emnist_utils import data, report

        print("first", profile, report.VALUE, data.load("byclass").fingerprint, time.time_ns())
        """,
    "chapters/02-second.py": """
        # %% [markdown]
        # # Second

        # %% tags=["parameters"]
        profile = "quick"

        # %%
        import time

        from emnist_utils import results

        print("second", profile, results.read("abc"), time.time_ns())
        """,
    "emnist_utils/studies.py": """
        from emnist_utils.errors import UserError

        PUBLISHED = "standard"

        def profile(name):
            if name not in ("smoke", "quick", "standard"):
                raise UserError(f"there is no profile {name!r}; choose one of smoke, quick, standard")
        """,
    "emnist_utils/runner.py": """
        import json
        from emnist_utils import paths
        from emnist_utils.errors import UserError

        class RunError(UserError):
            pass

        def run(profile):
            if profile == "smoke":
                raise RunError("a1b2: out of memory")
            paths.runs_dir().mkdir(exist_ok=True)
            with (paths.runs_dir() / "trained").open("a") as file:
                file.write(profile + "\\n")

        def collect_publishable(profile, target):
            (target / "new.npz").write_text("arrays")
            (target / "new.json").write_text("record")
            return json.loads((paths.results_dir() / "now.json").read_text())["problems"]
        """,
    "emnist_utils/results.py": """
        import json
        from emnist_utils import paths, trace

        def digest_of(kind, name):
            return json.loads((paths.results_dir() / "now.json").read_text()).get(f"{kind} {name}", "")

        def read(name):
            trace.note("record", name, digest_of("record", name))
            return digest_of("record", name)
        """,
    "emnist_utils/data/__init__.py": """
        from types import SimpleNamespace
        from emnist_utils import trace

        class DataError(ValueError):
            pass

        def load(name):
            from emnist_utils.results import digest_of

            trace.note("data", name, digest_of("data", name))
            return SimpleNamespace(fingerprint=digest_of("data", name))
        """,
    "emnist_utils/data/snapshot.py": """
        def take():
            return "the images"

        def save(taken, folder):
            folder.mkdir(exist_ok=True)
            (folder / "snapshot").write_text(taken)
        """,
    "emnist_utils/published.py": """
        from emnist_utils import paths

        def is_all_there_is(profile):
            return False

        def snapshot_folder():
            return paths.results_dir() / "data"
        """,
    "emnist_utils/report/__init__.py": "from .tables import VALUE\n",
    "emnist_utils/report/tables.py": "VALUE = 41\n",
    "emnist_utils/report/run_export.py": """
        def write(profile, folder):
            (folder / "runs.csv").write_text(profile)
        """,
    "emnist_utils/report/characters.py": """
        from emnist_utils import paths

        def publish(profile):
            (paths.results_dir() / "characters").mkdir(exist_ok=True)
            (paths.results_dir() / "characters" / "sheet.json").write_text(profile)
        """,
    "emnist_utils/views.py": """
        FOLDER = "views"
        """,
    "emnist_utils/report/view_accuracy.py": """
        def make(profile):
            pass

        def collect(profile, folder):
            (folder / "views").mkdir(exist_ok=True)
            (folder / "views" / "answers.npz").write_text(profile)
        """,
    "results/now.json": '{"data byclass": "d1", "record abc": "r1", "problems": []}',
}

SENTINEL = """
    {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
     "cells": [{"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": null,
                "source": "open('sentinel-ran', 'w').close(); print('sentinel')"}]}
    """


class Project:
    """A book project in a folder, and what can be done with it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> None:
        """Write a file."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip())

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace text in a file."""
        text = (self.root / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new))

    def set(self, name: str, value: object) -> None:
        """Set a digest (``"data byclass"``, ``"record abc"``) or the ``problems`` of the records."""
        file = self.root / "results/now.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), name: value}))

    def python(self, *arguments: str, expect: int = 0, **environment: str) -> str:
        """Run Python with the project's own library; return what it says."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("EMNIST_")}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env={**inherited, "PYTHONPATH": str(self.root), "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == expect, done.stdout
        return done.stdout

    def git(self, *arguments: str) -> str:
        """Run git in the project; return what it says."""
        return subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True).stdout

    def commit(self) -> None:
        """Commit all files."""
        self.git("add", ".")
        self.git("-c", "user.name=n", "-c", "user.email=e@example.org", "commit", "--quiet", "-m", "All")

    def build(self, *options: str, expect: int = 0, **environment: str) -> str:
        """Build the book; return what it says."""
        command = "from jupyter_book.cli.main import main; main()"
        return self.python("-c", command, "build", ".", *options, expect=expect, **environment)

    def html(self, docname: str) -> str:
        """Return a built page."""
        return (self.root / f"_build/html/{docname}.html").read_text()

    def bytes_of(self, folder: str = "_build/html") -> dict[str, str]:
        """Return a digest of each file in a folder."""
        base = self.root / folder
        return {
            path.relative_to(base).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(base.rglob("*"))
            if path.is_file()
        }


def make(root: Path) -> Project:
    """Write the small book into a folder, under git, as a fresh clone would have it."""
    made = Project(root)
    for name in REAL:
        target = root / f"emnist_utils/{name}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / f"emnist_utils/{name}.py", target)
    shutil.copyfile(REPOSITORY / ".gitignore", root / ".gitignore")
    for path, text in FILES.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip())
    made.python("-m", "emnist_utils.chapters")
    made.git("init", "--quiet")
    made.commit()
    return made


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Give a small book that was never built."""
    return make(tmp_path / "project")


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give a small book that was built without a warning. To look at only: other tests share it."""
    made = make(tmp_path_factory.mktemp("book") / "project")
    made.write("tests/sentinel.ipynb", SENTINEL)
    made.write("chapters/sentinel.md", "# Sentinel\n")
    made.build("-n", "-W", "--keep-going")
    return made


@pytest.fixture
def built(built_once: Project, tmp_path: Path) -> Project:
    """Give a copy of the built book, to change. Sphinx reads all pages of a moved book again; no chapter is stale."""
    shutil.copytree(built_once.root, tmp_path / "project")
    return Project(tmp_path / "project")
