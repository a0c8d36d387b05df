"""One chapter, executed and kept."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from emnist_utils import execution
from emnist_utils.execution import Chapter, ChapterError

HEAD = '# %% [markdown]\n# # Title\n\n# %% tags=["parameters"]\nprofile = "quick"\n\n# %%\n'


def chapter(tmp_path: Path, body: str, **parameters: str) -> Chapter:
    """Write a chapter, and return it."""
    script = tmp_path / "chapters/01-title.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text(HEAD + body)
    return Chapter(script, tmp_path / "_executed", {"profile": "smoke", **parameters})


def nothing_changed(kind: str, name: str) -> str:
    """Answer as if all that was read is as it was."""
    return "d1"


def test_page_has_outputs_and_nothing_of_the_run(tmp_path: Path) -> None:
    """The page shows what the parameters gave, and neither times nor papermill's own cells."""
    made = chapter(tmp_path, "import os\nprint(profile, os.path.basename(os.getcwd()))\n\n# %%\n6 * 7\n")
    execution.execute(made, timeout=60)
    page = execution.page(made)
    _, printed, result = [cell.outputs for cell in nbformat.reads(page, as_version=4).cells if "outputs" in cell]
    assert printed[0].text == "smoke chapters\n"
    assert result[0].data == {"text/plain": "42"}
    for word in ("papermill", "injected", "start_time", "duration", str(tmp_path), "__import__"):
        assert word not in page
    assert not made.failed.exists()


def test_kept_until_something_changes(tmp_path: Path) -> None:
    """Prose executes nothing; code, parameters and what was read do, and the reason is said."""
    body = 'from emnist_utils import trace\ntrace.note("data", "byclass", "d1")\nprint(1)\n'
    made = chapter(tmp_path, body)
    assert execution.why_stale(made, nothing_changed) == "first run"
    execution.execute(made, timeout=60)
    assert execution.why_stale(made, nothing_changed) == ""
    made.script.write_text(made.script.read_text().replace("# # Title", "# # A better title"))
    assert execution.why_stale(made, nothing_changed) == ""
    assert "A better title" in execution.page(made)
    assert execution.why_stale(made, lambda kind, name: "d2") == "what it reads: data byclass"
    other = Chapter(made.script, made.folder, {"profile": "full"})
    assert execution.why_stale(other, nothing_changed) == "parameters"
    made.script.write_text(made.script.read_text().replace("print(1)", "import numpy"))
    assert execution.why_stale(made, nothing_changed) == "code; packages: numpy"


def test_folders_of_any_name(tmp_path: Path) -> None:
    """A clone under a person's own folder, whose name has a space, a dot and Hangul in it, gives the same page."""
    place = tmp_path / "my book v1.0 한글"
    place.mkdir()
    made = chapter(place, "import pathlib\nprint(profile, pathlib.Path.cwd().parent.name)\n")
    execution.execute(made, timeout=60)
    assert "smoke my book v1.0 한글" in execution.page(made)


def test_unknown_parameter_is_an_error(tmp_path: Path) -> None:
    """By itself papermill only warns, and the chapter would run with its default."""
    with pytest.raises(ChapterError, match="does not assign budget"):
        execution.execute(chapter(tmp_path, "1", budget="all"), timeout=60)


def test_parameter_that_a_cell_assigns_again_is_an_error(tmp_path: Path) -> None:
    """Else a page would say one profile and show another."""
    with pytest.raises(ChapterError, match="given as 'smoke', but a cell assigns 'full'"):
        execution.execute(chapter(tmp_path, 'profile = "full"'), timeout=60)


def test_stderr_is_named_and_never_on_the_page(tmp_path: Path) -> None:
    """A library's notes on the machine, or a progress bar, would differ on each machine that builds the book."""
    made = chapter(tmp_path, "import sys\nprint('noise', file=sys.stderr)\nprint('result')\n\n# %%\n1\n")
    execution.execute(made, timeout=60)
    assert execution.cells_with_stderr(made) == [2]
    assert "noise" in made.kept.read_text()
    assert "result" in (page := execution.page(made))
    assert '"noise\\n"' not in page


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("ok = 1\n\n# %%\nok / 0\n", r"in code cell 3 \(ok / 0\): ZeroDivisionError: division by zero"),
        ("import time\ntime.sleep(60)\n", r"in code cell 2 \(import time\): it was stopped after 5 seconds"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", r"in code cell 2 .*: its kernel died"),
        ("import sys\nsys.exit(0)\n\n# %%\nprint(1)\n", "did not run to its end"),
    ],
    ids=["raises", "sleeps", "is killed", "leaves early"],
)
def test_failure_names_the_cell_and_keeps_nothing(tmp_path: Path, body: str, message: str) -> None:
    """However a chapter ends early, the cell and the reason are named, and no half chapter is kept."""
    made = chapter(tmp_path, body)
    with pytest.raises(ChapterError, match=message):
        execution.execute(made, timeout=5 if "sleep" in body else 60)
    assert made.failed.exists()
    assert not made.kept.exists()
    assert execution.why_stale(made, nothing_changed) == "first run"


def test_failure_leaves_what_was_kept(tmp_path: Path) -> None:
    """A broken edit that is taken back needs no new run."""
    made = chapter(tmp_path, "print(1)\n")
    execution.execute(made, timeout=60)
    before, script = made.kept.read_bytes(), made.script.read_text()
    made.script.write_text(script + "1 / 0\n")
    with pytest.raises(ChapterError, match="ZeroDivisionError"):
        execution.execute(made, timeout=60)
    assert made.kept.read_bytes() == before
    made.script.write_text(script)
    assert execution.why_stale(made, nothing_changed) == ""


def test_script_that_is_not_python(tmp_path: Path) -> None:
    """A typing error is reported with the chapter's name, before a kernel starts."""
    with pytest.raises(ChapterError, match=r"not valid Python: .*01-title.py, line 8"):
        execution.execute(chapter(tmp_path, "print(\n"), timeout=60)


CLAIM = """\
from emnist_utils.report.claims import Claims

findings = Claims(profile)
findings.add("Less is worse.", False, "2 < 1")
findings.show()
"""


@pytest.mark.parametrize("profile", ["standard", "full"])
def test_claim_without_backing_fails_the_chapter_each_time(profile: str, tmp_path: Path) -> None:
    """Protects published pages: where the records of a binding profile do not back a claim there is no page."""
    made = chapter(tmp_path, CLAIM, profile=profile)
    for _ in range(2):
        with pytest.raises(ChapterError, match=rf"ClaimError: the records of profile {profile} do not back: Less is"):
            execution.execute(made, timeout=60)
        assert not made.kept.exists()
        assert execution.why_stale(made, nothing_changed) == "first run"


def test_claim_without_backing_is_told_in_a_quick_run(tmp_path: Path) -> None:
    """Protects a reader's quick run, which cannot show everything, from failing for it."""
    made = chapter(tmp_path, CLAIM, profile="quick")
    execution.execute(made, timeout=60)
    assert "Not enough runs in this profile to show" in execution.page(made)
