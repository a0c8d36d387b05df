"""Chapters whose execution is killed, starved, or done twice at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from emnist_utils import execution, paths
from emnist_utils.execution import Chapter, ChapterError

HEAD = '# %% [markdown]\n# # Title\n\n# %% tags=["parameters"]\nprofile = "quick"\n\n# %%\n'

#: Executes a chapter in a process of its own; its cells may look up that process as their kernel's parent.
EXECUTE = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
import faults
from emnist_utils.execution import Chapter, execute
if {full}:
    faults.at_change({full}, Path({folder!r}), faults.full)
execute(Chapter(Path({script!r}), Path({folder!r}), {{"profile": "smoke"}}), 60)
"""


def chapter(tmp_path: Path, body: str) -> Chapter:
    """Write a chapter, and return it."""
    script = tmp_path / "chapters/01-title.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text(HEAD + body)
    return Chapter(script, tmp_path / "_executed", {"profile": "smoke"})


def start(made: Chapter, full: int = 0) -> subprocess.Popen[str]:
    """Execute a chapter in another process, whose disk is full from some change on."""
    here = str(Path(__file__).parent)
    script = EXECUTE.format(here=here, full=full, script=str(made.script), folder=str(made.folder))
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=paths.root(), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def printed(made: Chapter) -> list[str]:
    """Return what the kept chapter's cells printed."""
    kept = nbformat.read(made.kept, as_version=4)
    return [output.text for cell in kept.cells for output in cell.get("outputs", []) if "text" in output]


@pytest.mark.parametrize("earlier", [False, True], ids=["first time", "kept before"])
def test_killed_while_a_chapter_is_executed(earlier: bool, tmp_path: Path) -> None:
    """Protects pages: what was kept stays, nothing half executed is kept, the kernel ends, and a rerun works."""
    made = chapter(tmp_path, "print('old')\n")
    if earlier:
        execution.execute(made, timeout=60)
    (tmp_path / "doom").touch()
    body = (
        "import os, pathlib\n"
        f"doom = pathlib.Path({str(tmp_path / 'doom')!r})\n"
        "if doom.exists():\n"
        "    doom.unlink()\n"
        f"    pathlib.Path({str(tmp_path / 'kernel')!r}).write_text(str(os.getpid()))\n"
        "    os.kill(os.getppid(), 9)\n"
        "print('new')\n"
    )
    made = chapter(tmp_path, body)
    assert start(made).wait(60) == -signal.SIGKILL
    assert made.kept.exists() == earlier
    assert execution.why_stale(made, lambda kind, name: "") == ("code" if earlier else "first run")
    kernel = int((tmp_path / "kernel").read_text())
    deadline = time.monotonic() + 20
    while psutil.pid_exists(kernel) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not psutil.pid_exists(kernel) or psutil.Process(kernel).status() == psutil.STATUS_ZOMBIE
    execution.execute(made, timeout=60)
    assert printed(made) == ["new\n"]
    assert {path.name for path in made.folder.iterdir()} == {"01-title.ipynb", ".01-title.lock"}


@pytest.mark.parametrize("full", [1, 3, 8])
def test_full_disk_while_a_chapter_is_executed(full: int, tmp_path: Path) -> None:
    """Protects a person with a full disk: an error that names the chapter, and nothing kept."""
    made = chapter(tmp_path, "print(1)\n")
    process = start(made, full)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    error = said.rpartition("emnist_utils.execution.ChapterError: ")[2]
    assert "No space left on device" in error
    assert str(made.script) in error
    assert not made.kept.exists()


def test_two_executions_at_once(tmp_path: Path) -> None:
    """Protects two builds side by side: one chapter is executed by one after the other, and both end well."""
    made = chapter(
        tmp_path,
        "import pathlib, time\n"
        f"busy = pathlib.Path({str(tmp_path / 'busy')!r})\n"
        "busy.touch(exist_ok=False)\n"
        "time.sleep(1)\n"
        "busy.unlink()\n"
        "print(profile)\n",
    )
    both = [start(made), start(made)]
    for process in both:
        said = process.communicate(timeout=100)[1]
        assert process.returncode == 0, said
    assert printed(made) == ["smoke\n"]
    assert not made.failed.exists()


def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    """Protects whoever has a file where kept chapters belong from a traceback."""
    made = chapter(tmp_path, "print(1)\n")
    made.folder.write_text("")
    with pytest.raises(ChapterError, match=r"01-title\.py: its outputs cannot be kept .*make room there or make"):
        execution.execute(made, timeout=60)
