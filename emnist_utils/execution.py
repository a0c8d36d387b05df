"""Chapters that are executed once and kept until something they depend on changes.

An executed chapter is kept in ``_executed/<profile>/NN-name.ipynb`` together with its key: digests of its code cells,
its parameters, the library modules it imports, the versions of the packages behind them, and everything that it read
while running. It is current as long as all of these are what they were. Prose is no part of the key: a page is put
together from the script as it is now and the outputs that are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError, strip_color

from emnist_utils import captions, chapters, dependencies, trace
from emnist_utils.errors import UserError
from emnist_utils.files import write_text

KEY = "emnist"
"""The kept notebook's metadata entry that holds its key."""


class ChapterError(UserError, RuntimeError):
    """A chapter that cannot be run or that failed; the message names chapter, cell and error."""


@dataclass(frozen=True)
class Chapter:
    """A chapter to be executed.

    Attributes
    ----------
    script : Path
        ``chapters/NN-name.py``.
    folder : Path
        Where the executed chapter is kept, one folder a profile.
    parameters : dict[str, str]
        Values for names of the chapter's ``parameters`` cell.
    """

    script: Path
    folder: Path
    parameters: dict[str, str]

    @property
    def pair(self) -> Path:
        """The derived notebook, which gives the page its place in the book."""
        return self.script.with_suffix(".ipynb")

    @property
    def kept(self) -> Path:
        """The executed chapter."""
        return self.folder / f"{self.script.stem}.ipynb"

    @property
    def failed(self) -> Path:
        """What papermill left of a chapter that failed."""
        return self.folder / f"{self.script.stem}.failed.ipynb"


def why_stale(chapter: Chapter, digest_now: Callable[[str, str], str]) -> str:
    """Say why a chapter has to be executed.

    Parameters
    ----------
    chapter : Chapter
        The chapter.
    digest_now : callable
        ``digest_now(kind, name)`` returns the present digest of something that a chapter noted (see `trace.note`).

    Returns
    -------
    str
        The reasons, or ``""`` where the kept outputs are current.

    Raises
    ------
    ChapterError
        If the chapter or a module it imports is not valid Python.
    """
    if not chapter.kept.exists():
        return "first run"
    kept = nbformat.read(chapter.kept, as_version=4).metadata.get(KEY, {})
    now = _key(chapter)
    if kept.keys() != {*now, "read"}:
        return "kept by another version of the book"
    reasons = [part for part in ("code", "parameters") if kept[part] != now[part]]
    for part in ("library", "packages"):
        names = sorted(name for name, _ in kept[part].items() ^ now[part].items())
        if names:
            reasons.append(f"{part}: {', '.join(dict.fromkeys(names))}")
    read = [f"{kind} {name}" for kind, name, digest in kept["read"] if digest_now(kind, name) != digest]
    if read:
        more = f" and {len(read) - 3} more" if len(read) > 3 else ""
        reasons.append(f"what it reads: {', '.join(read[:3])}{more}")
    return "; ".join(reasons)


def execute(chapter: Chapter, timeout: int) -> None:
    """Run a chapter with papermill and keep its outputs, whole or not at all.

    Parameters
    ----------
    chapter : Chapter
        The chapter.
    timeout : int
        The most seconds that one cell may run.

    Raises
    ------
    ChapterError
        If a parameter is unknown to the chapter or was assigned again by it, or if a cell failed, ran too long or lost
        its kernel. What was run is then in ``chapter.failed``, and what was kept before stays as it was.
    """
    notebook = chapters.notebook(chapter.script)
    unknown = sorted(chapter.parameters.keys() - papermill.inspect_notebook(notebook).keys())
    if unknown:
        raise ChapterError(f"{chapter.script}: the parameters cell does not assign {', '.join(unknown)}")
    key = _key(chapter)
    names = ", ".join(f"{name!r}: {name}" for name in chapter.parameters)
    witness = nbformat.v4.new_code_cell(f"print(__import__('json').dumps({{{names}}}))")
    chapter.failed.unlink(missing_ok=True)
    chapter.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "read.jsonl"
        variables = {trace.VARIABLE: str(notes), "PYTHONPATH": _python_path(), **_absolute_folders()}
        # TensorFlow tells of the machine at each start, and of a GPU that it misses as an error; this hides some of it
        variables |= {"TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3")}
        with _environment(variables):
            try:
                executed = papermill.execute_notebook(
                    nbformat.v4.new_notebook(cells=[*notebook.cells, witness], metadata=notebook.metadata),
                    chapter.failed.absolute(),
                    chapter.parameters,
                    progress_bar=False,
                    execution_timeout=timeout,
                    cwd=chapter.script.parent,
                    # else each kernel warns that its connection, which does not leave this machine, is not encrypted
                    extra_arguments=["--log-level=ERROR"],
                )
            except Exception as error:
                raise ChapterError(_failure(chapter, error, timeout)) from error
        read = [[kind, name, digest] for (kind, name), digest in sorted(trace.read(notes).items())]
    *ran, last = _own_code_cells(executed)
    _check_parameters(chapter, last)
    for cell, done in zip(_own_code_cells(notebook), ran, strict=True):
        cell.outputs = done.outputs
    notebook.metadata[KEY] = {**key, "read": read}
    write_text(chapter.kept, nbformat.writes(notebook) + "\n")
    chapter.failed.unlink(missing_ok=True)


def page(chapter: Chapter) -> str:
    """Return the chapter as the book shows it: the script as it is now, with the outputs that are kept.

    The text depends on the script and the outputs alone: no times, no durations, and nothing of what a cell wrote to
    stderr, which is about the machine (`cells_with_stderr` names those cells). Below each caption stands a line on
    where the figure's records are (`emnist_utils.captions`).
    """
    notebook = chapters.notebook(chapter.script)
    kept = nbformat.read(chapter.kept, as_version=4)
    pairs = zip(_own_code_cells(notebook), _own_code_cells(kept), strict=True)
    for count, (cell, done) in enumerate(pairs, 1):
        cell.outputs = [output for output in done.outputs if output.get("name") != "stderr"]
        cell.execution_count = count
        if "records" in cell.metadata:
            cell.metadata.mystnb.figure.caption += "\n\n" + captions.foot_line(cell.metadata.records)
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
    return nbformat.writes(notebook)


def cells_with_stderr(chapter: Chapter) -> list[int]:
    """Return the numbers, from 1, of the executed chapter's code cells that wrote to stderr."""
    cells = _own_code_cells(nbformat.read(chapter.kept, as_version=4))
    return [
        count for count, cell in enumerate(cells, 1) if any(output.get("name") == "stderr" for output in cell.outputs)
    ]


def _key(chapter: Chapter) -> dict[str, Any]:
    """Return what is known of a chapter before it runs."""
    cells = [
        [cell.source, cell.metadata.get("tags", [])] for cell in _own_code_cells(chapters.notebook(chapter.script))
    ]
    try:
        library, packages = dependencies.library(chapter.script), dependencies.versions(chapter.script)
    except SyntaxError as error:
        raise ChapterError(f"not valid Python: {error.filename}, line {error.lineno}: {error.msg}") from error
    return {
        "code": hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()[:16],
        "parameters": chapter.parameters,
        "library": library,
        "packages": packages,
    }


def _own_code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return a notebook's code cells without the one in which papermill sets the parameters."""
    return [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", [])
    ]


def _check_parameters(chapter: Chapter, witness: nbformat.NotebookNode) -> None:
    """Compare the parameters' values after the last cell with those that were given."""
    text = "".join(output.get("text", "") for output in witness.outputs)
    if not text:
        raise ChapterError(f"{chapter.script} did not run to its end; what was run is in {chapter.failed}")
    for name, value in json.loads(text).items():
        if value != chapter.parameters[name]:
            given = chapter.parameters[name]
            raise ChapterError(f"{chapter.script}: {name} was given as {given!r}, but a cell assigns {value!r} to it")


def _failure(chapter: Chapter, error: Exception, timeout: int) -> str:
    """Say in which cell and by what a chapter failed."""
    traceback = ""
    match error:
        case PapermillExecutionError():
            reason = f"{error.ename}: {error.evalue}"
            traceback = strip_color("\n".join(error.traceback)) + "\n"
        case TimeoutError():
            reason = f"it was stopped after {timeout} seconds (emnist_cell_timeout in _config.yml)"
        case DeadKernelError():
            reason = "its kernel died (killed, or out of memory)"
        case _:
            reason = f"{type(error).__name__}: {error}"
    place = "before its first cell"
    if chapter.failed.exists():
        code = _own_code_cells(nbformat.read(chapter.failed, as_version=4))
        started = [number for number, cell in enumerate(code) if cell.metadata.papermill.get("start_time")]
        if started:
            first_line = (code[started[-1]].source.strip().splitlines() or [""])[0]
            place = f"in code cell {started[-1] + 1} ({first_line})"
    return f"{traceback}{chapter.script} failed {place}: {reason}\nWhat was run is in {chapter.failed}"


def _python_path() -> str:
    """Return a ``PYTHONPATH`` by which the kernel imports the library that the key describes."""
    return os.pathsep.join(filter(None, [str(dependencies.PACKAGE.parent), os.environ.get("PYTHONPATH")]))


def _absolute_folders() -> dict[str, str]:
    """Return the settings that name folders so that they hold in the kernel, which runs in another folder."""
    names = ("EMNIST_HOME", "EMNIST_CACHE", "EMNIST_RUNS")
    return {name: str(Path(os.environ[name]).expanduser().absolute()) for name in names if os.environ.get(name)}


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables for the time of a block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
