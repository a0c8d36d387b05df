"""Scripts and their derived notebooks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import papermill
import pytest

from emnist_utils import chapters

SCRIPT = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       jupytext_version: 1.0.0
#   kernelspec:
#     display_name: Somebody's
#     name: somebodys-kernel
# ---

# %% [markdown]
# # Title

# %% tags=["parameters"]
profile = "quick"

# %%
print(profile)

# %%
print(profile)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Give a chapter's script in a folder of its own."""
    path = tmp_path / "01-title.py"
    path.write_text(SCRIPT)
    return path


def test_pair_says_what_the_script_says(script: Path) -> None:
    """Readers of the notebook see the script's cells, tags and nothing else."""
    assert chapters.write_pairs(script.parent) == [script.with_suffix(".ipynb")]
    notebook = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    assert [cell.source for cell in notebook.cells] == [
        "# Title",
        'profile = "quick"',
        "print(profile)",
        "print(profile)",
    ]
    assert notebook.cells[1].metadata.tags == ["parameters"]


def test_nothing_of_a_machine_reaches_the_pair(script: Path) -> None:
    """Somebody's kernel name or jupytext version would make the notebook fail or differ elsewhere."""
    chapters.write_pairs(script.parent)
    text = script.with_suffix(".ipynb").read_text()
    assert "somebodys-kernel" not in text
    assert "jupytext" not in text
    assert nbformat.reads(text, as_version=4).metadata.kernelspec.name == "python3"


def test_writing_again_changes_no_byte(script: Path) -> None:
    """A fresh clone stays clean: the same script always gives the same notebook."""
    chapters.write_pairs(script.parent)
    before = script.with_suffix(".ipynb").read_bytes()
    script.with_suffix(".ipynb").unlink()
    chapters.write_pairs(script.parent)
    assert script.with_suffix(".ipynb").read_bytes() == before
    assert chapters.write_pairs(script.parent) == []


def test_cell_ids_are_unique_and_keep_to_their_cells(script: Path) -> None:
    """An inserted cell changes no other cell's id, so that a change of a chapter stays readable."""
    before = [cell.id for cell in chapters.notebook(script).cells]
    assert len(set(before)) == len(before)
    script.write_text(SCRIPT.replace("# %% [markdown]", "# %%\n1 + 1\n\n# %% [markdown]"))
    assert [cell.id for cell in chapters.notebook(script).cells][1:] == before


def test_check_names_what_is_out_of_date(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A notebook that was left behind, or edited by hand, is found and not overwritten by the check."""
    folder = str(script.parent)
    assert chapters.main([folder, "--check"]) == 1
    assert chapters.main([folder]) == 0
    assert chapters.main([folder, "--check"]) == 0
    pair = script.with_suffix(".ipynb")
    pair.write_text(pair.read_text().replace("Title", "Titel"))
    capsys.readouterr()
    assert chapters.main([folder, "--check"]) == 1
    assert str(pair) in capsys.readouterr().out
    assert "Titel" in pair.read_text()


def test_papermill_runs_the_pair(script: Path, tmp_path: Path) -> None:
    """A reader can run a chapter alone: papermill chapters/01-title.ipynb out.ipynb -p profile smoke."""
    chapters.write_pairs(script.parent)
    pair, out = script.with_suffix(".ipynb"), tmp_path / "out.ipynb"
    done = papermill.execute_notebook(pair, out, {"profile": "smoke"}, progress_bar=False)
    assert done.cells[-1].outputs[0].text == "smoke\n"


def test_papermills_notebook_goes_back_to_the_script(script: Path, tmp_path: Path) -> None:
    """A notebook that papermill ran, less the cell that papermill adds, is the script again: no run alters a chapter."""
    chapters.write_pairs(script.parent)
    before = script.with_suffix(".ipynb").read_bytes()
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(script.with_suffix(".ipynb"), out, {"profile": "smoke"}, progress_bar=False)
    assert script.with_suffix(".ipynb").read_bytes() == before
    ran = nbformat.read(out, as_version=4)
    own = [cell for cell in ran.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    assert len(own) == len(ran.cells) - 1
    for cell in own:
        cell.metadata = {name: value for name, value in cell.metadata.items() if name == "tags" and value}
    back = jupytext.writes(nbformat.v4.new_notebook(cells=own), fmt="py:percent")
    written = SCRIPT.partition("# %% [markdown]")
    assert back.partition("# %% [markdown]")[1:] == written[1:]


def test_two_papermill_runs_at_once(script: Path, tmp_path: Path) -> None:
    """Two readers, or two windows of one, can run the same notebook at the same time with parameters of their own."""
    chapters.write_pairs(script.parent)
    pair = str(script.with_suffix(".ipynb"))
    outs = {profile: tmp_path / f"{profile}.ipynb" for profile in ("smoke", "full")}
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", pair]
    both = [subprocess.Popen([*command, str(out), "-p", "profile", profile]) for profile, out in outs.items()]
    assert [process.wait(60) for process in both] == [0, 0]
    for profile, out in outs.items():
        assert nbformat.read(out, as_version=4).cells[-1].outputs[0].text == f"{profile}\n"
