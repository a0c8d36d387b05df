"""The Sphinx extension behind ``jupyter-book build .``.

Before Sphinx reads a page, what is missing of the study is trained, each chapter whose outputs are out of date is
executed (`emnist_utils.execution`), and the files to download are written beside what is kept of the chapters. Sphinx
then renders each chapter's script with its outputs. A chapter that fails ends the build, now and on each further build
until it is repaired.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from importlib import metadata
from pathlib import Path

from filelock import FileLock, Timeout
from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from emnist_utils import chapters, colab, dependencies, execution, offline, readable
from emnist_utils.errors import UserError
from emnist_utils.execution import Chapter
from emnist_utils.files import send_stderr_to
from emnist_utils.machine import processes

logger = logging.getLogger(__name__)

#: Held while this process builds.
_lock: FileLock


class BookEnvironment(BuildEnvironment):
    """Sphinx's memory of the last build, with what this extension adds to it."""

    emnist_pages: dict[str, str]
    """Digest of each chapter's page as it was last read, by docname."""


def require_jupyter_book_1() -> None:
    """Raise `ExtensionError` unless the installed Jupyter Book is a version 1, which builds on Sphinx."""
    version = metadata.version("jupyter-book")
    if int(version.split(".")[0]) >= 2:
        raise ExtensionError(
            f"jupyter-book {version} does not build this book. Install the version that requirements.txt pins: "
            'pip install "jupyter-book>=1.0.4.post1,<2"'
        )


def profile_of(app: Sphinx) -> str:
    """Return the profile to build: ``EMNIST_PROFILE``, else ``emnist_profile`` of ``_config.yml``."""
    from emnist_utils import studies

    name: str = os.environ.get("EMNIST_PROFILE") or app.config.emnist_profile
    try:
        studies.profile(name)
    except UserError as error:
        raise ExtensionError(str(error)) from error
    return name


def chapters_of(app: Sphinx) -> dict[str, Chapter]:
    """Return the chapters in the order of the table of contents, by docname: each page that has a script."""
    if not hasattr(app.config, "external_site_map"):
        raise ExtensionError("A chapter is not built alone. Build the book: jupyter-book build .")
    profile = profile_of(app)
    pages = {docname.removesuffix(".ipynb"): Path(app.srcdir, docname) for docname in app.config.external_site_map}
    return {
        docname: Chapter(path.with_suffix(".py"), Path(app.srcdir, "_executed", profile), {"profile": profile})
        for docname, path in pages.items()
        if path.with_suffix(".py").exists()
    }


def train_and_execute(app: Sphinx) -> None:
    """Train what is missing, then execute the chapters that are out of date."""
    require_jupyter_book_1()
    if dependencies.PACKAGE.parent != Path(app.srcdir):
        raise ExtensionError(
            f"emnist_utils was imported from {dependencies.PACKAGE.parent}, not from this book's own folder. "
            "Install this one (pip install -e .), or build with PYTHONPATH=."
        )
    _wait_for_other_builds(Path(app.outdir).parent)
    found = chapters_of(app)
    if not found:
        return
    for chapter in found.values():
        if not chapter.pair.exists():
            raise ExtensionError(f"{chapter.pair} is missing. Write it with: python -m emnist_utils.chapters")
    from emnist_utils import runner
    from emnist_utils.report import run_export, view_accuracy

    try:
        runner.run(profile_of(app))
        view_accuracy.make(profile_of(app))
        _bring_up_to_date(found, app.config.emnist_cell_timeout)
        run_export.write(profile_of(app), next(iter(found.values())).folder)
    except UserError as error:
        raise ExtensionError(str(error)) from error


def _wait_for_other_builds(folder: Path) -> None:
    """Let one build at a time write into a folder; the lock ends with the process."""
    global _lock
    _lock = FileLock(folder / "build.lock")
    try:
        _lock.acquire(timeout=0)
    except Timeout:
        logger.info("waiting for another build into %s", folder)
        _lock.acquire()


def _bring_up_to_date(found: dict[str, Chapter], timeout: int) -> None:
    """Execute the chapters that are out of date, and say of each in one line what was done and why."""
    for folder in {chapter.script.parent for chapter in found.values()}:
        for pair in chapters.outdated(folder):
            logger.info("%s differs from its script, which counts (python -m emnist_utils.chapters writes it)", pair)
    reasons = {docname: execution.why_stale(chapter, _digest_now) for docname, chapter in found.items()}
    for docname, reason in reasons.items():
        logger.info("%s: %s", docname, f"running ({reason})" if reason else "kept")
    stale = {docname: chapter for docname, chapter in found.items() if reasons[docname]}
    if not stale:
        return
    workers = processes(len(stale))
    # what kernels print about the machine: TensorFlow tells of a GPU that it misses at each start
    log = next(iter(stale.values())).folder.parent / "kernels.log"
    with ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=send_stderr_to, initargs=(log,)
    ) as pool:
        futures = {docname: pool.submit(_execute, chapter, timeout) for docname, chapter in stale.items()}
        try:
            for docname, chapter in stale.items():
                seconds = futures[docname].result()
                if noisy := execution.cells_with_stderr(chapter):
                    cells = ", ".join(map(str, noisy))
                    logger.info("%s: stderr of code cells %s is in %s, not on the page", docname, cells, chapter.kept)
                logger.info("%s: run, %.1f s", docname, seconds)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _execute(chapter: Chapter, timeout: int) -> float:
    """Execute a chapter in a process of its own, since its environment is the process'; return the seconds it took."""
    start = time.perf_counter()
    execution.execute(chapter, timeout)
    return time.perf_counter() - start


def _digest_now(kind: str, name: str) -> str:
    """Return the present digest of what a chapter read."""
    from emnist_utils import data, results, trace

    try:
        match kind:
            case "data":
                return data.load(name).fingerprint
            case "source":
                return data.source().description
            case "available":
                return " ".join(data.available())
            case "files":
                return trace.files_digest(name)
            case _:
                return results.digest_of(kind, name)
    except data.DataError:
        return ""  # what is gone has changed; the chapter itself says what it lacks


def changed_pages(
    app: Sphinx, env: BookEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Name the chapters whose page differs from the one that Sphinx last read."""
    before = getattr(env, "emnist_pages", {})
    env.emnist_pages = {
        docname: hashlib.sha256(execution.page(chapter).encode()).hexdigest()
        for docname, chapter in chapters_of(app).items()
    }
    return [docname for docname, digest in env.emnist_pages.items() if before.get(docname) != digest]


def read_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """Give Sphinx a chapter's page in place of the notebook without outputs."""
    chapter = chapters_of(app).get(docname)
    if chapter:
        source[0] = execution.page(chapter)


def forget_after_warnings(app: Sphinx, error: Exception | None) -> None:
    """Let the next build read every page again, so that it repeats the warnings of this one.

    Sphinx only reads pages that changed: with ``-W`` a broken link would fail the build once and never again.
    """
    if app._warncount:
        Path(app.doctreedir, ENV_PICKLE_FILENAME).unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.add_config_value("emnist_profile", "quick", "", str)
    app.add_config_value("emnist_cell_timeout", 600, "", int)
    app.connect("config-inited", colab.add_button)
    app.connect("builder-inited", train_and_execute)
    app.connect("env-get-outdated", changed_pages)
    app.connect("source-read", read_page)
    app.connect("build-finished", forget_after_warnings)
    offline.setup(app)
    readable.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
