"""Builds and commands that work on one store at the same time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from emnist_utils import paths, results

#: A study of three runs of seconds each in place of all others, and a chapter that shows it.
STUDY = """

STUDIES = {
    "small": Study(
        "small",
        "Which?",
        tuple(
            Variant(name, {"dataset": "digits", "model": "lenet5", "blocks": None, "activation": name})
            for name in ("relu", "tanh", "elu")
        ),
    )
}
_SMALL = Budget(train_size=300, validation_size=60, test_size=50, epochs=2, batch=30, seeds=(0,))
PROFILES["smoke"] = replace(PROFILES["smoke"], comparison=_SMALL)
"""

FILES = {
    "emnist_utils/report/view_accuracy.py": """
        def make(profile):
            pass
        """,
    "_toc.yml": """
        format: jb-book
        root: chapters/01-small
        """,
    "chapters/01-small.py": """
        # %% [markdown]
        # # Small

        # %% tags=["parameters"]
        profile = "quick"

        # %%
        from emnist_utils import runner

        for label, group in runner.records("small", profile).items():
            print(label, *(record.predictions for record in group))
        """,
}


def clone(folder: Path) -> Path:
    """Write a book of one small chapter with the whole library into a folder."""
    shutil.copytree(
        paths.root() / "emnist_utils", folder / "emnist_utils", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("_config.yml", "references.bib", "requirements.txt"):
        shutil.copyfile(paths.root() / name, folder / name)
    with (folder / "emnist_utils/studies.py").open("a", encoding="utf-8") as file:
        file.write(STUDY)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "emnist_utils.chapters"],
        cwd=folder,
        check=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )
    return folder


@pytest.mark.slow
def test_builds_and_runs_share_a_store(stand_in: Path, tmp_path: Path) -> None:
    """Protects a store that many use at once: four commands and two builds train each run once, and all show it."""
    runs = tmp_path / "runs"
    books = [clone(tmp_path / name) for name in ("one", "two")]
    build = ["-c", "from jupyter_book.cli.main import main; main()", "build", "."]
    train = ["-m", "emnist_utils", "run", "-p", "smoke", "--workers", "1"]
    settings = {**os.environ, "EMNIST_RUNS": str(runs), "EMNIST_PROFILE": "smoke", "TF_CPP_MIN_LOG_LEVEL": "3"}
    at_once = [
        subprocess.Popen(
            [sys.executable, *command],
            cwd=book,
            env={**settings, "PYTHONPATH": str(book)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command, book in [(build, books[0]), (build, books[1]), *[(train, books[0])] * 4]
    ]
    for process in at_once:
        said = process.communicate()[0]
        assert process.returncode == 0, said
    trained = [results.read_record(path) for path in runs.glob("*.json")]
    assert sorted(record.recipe.activation for record in trained) == ["elu", "relu", "tanh"]
    assert len(list(runs.glob("*.npz"))) == len(list(runs.glob("*.weights.h5"))) == 3
    for book in books:
        page = (book / "_build/html/chapters/01-small.html").read_text(encoding="utf-8")
        assert all(record.predictions in page for record in trained)
        assert not list((book / "_executed").rglob("*.failed.ipynb"))
