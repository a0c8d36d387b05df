"""Publishing: ``book/`` is written from published records, whole or not at all, and only from a clean build.

So is the network that readers can try in their browser: from a run whose weights were kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock
from sphinx_external_toc.parsing import parse_toc_yaml

from emnist_utils import chapters, links, offline, paths, published, results, runner, studies, views
from emnist_utils.data import snapshot
from emnist_utils.errors import UserError
from emnist_utils.files import remove_leftovers, replacing_folder, write_bytes
from emnist_utils.report import characters, view_accuracy

JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"


class PublishError(UserError, RuntimeError):
    """The book, or a network, cannot be published; the message lists why."""


def publish(profile: str = studies.PUBLISHED) -> Path:
    """Write ``book/`` from the records of a profile, and add these to the published ones.

    Parameters
    ----------
    profile : str
        The profile to publish.

    Returns
    -------
    Path
        The folder ``book/``.

    Raises
    ------
    PublishError
        If a run is missing or not clean, a file is not committed, a notebook differs from its script, the build gives a
        warning or an error, a page is missing or shows an error, a link leads nowhere, reading a page would ask another
        host for something, or the disk is full. ``book/`` is then what it was.
    """
    root = paths.root()
    try:
        (root / "_build").mkdir(exist_ok=True)
        with FileLock(root / "_build" / "publish.lock"), tempfile.TemporaryDirectory() as folder:
            _publish(profile, root, Path(folder))
    except OSError as error:
        raise PublishError(
            f"book/ was left as it was, since a file cannot be written ({error}); make room there, then publish again"
        ) from error
    return root / "book"


def _publish(profile: str, root: Path, folder: Path) -> None:
    records = folder / "runs"
    records.mkdir()
    problems = uncommitted(root)
    problems += [f"{pair} differs from its script" for pair in chapters.outdated(root / "chapters")]
    problems += runner.collect_publishable(profile, records)
    _refuse(problems, "Nothing was published")
    view_accuracy.collect(profile, records)
    build(root, folder, profile)
    html = folder / "_build" / "html"
    _refuse(faults(html, root / "_toc.yml"), "The book was built, but not published")
    add(records)
    if not published.is_all_there_is(profile):
        snapshot.save(snapshot.take(), published.snapshot_folder())
        characters.publish(profile)
    install(html, root / "book")


def add(records: Path) -> None:
    """Add records to the published ones; wherever this is interrupted, each record that can be read is whole.

    Answers over several views come with them, and those that are not among them go.
    """
    # a record counts from its .json on, so that comes after its predictions
    answers = sorted(records.glob(f"{views.FOLDER}/*.npz"))
    for path in [*answers, *sorted(records.glob("*.npz")), *sorted(records.glob("*.json"))]:
        target = paths.results_dir() / path.relative_to(records)
        remove_leftovers(target)
        write_bytes(target, path.read_bytes())
    for path in (paths.results_dir() / views.FOLDER).glob("*.npz"):
        if path.name not in {one.name for one in answers}:
            path.unlink()


def install(html: Path, book: Path) -> None:
    """Put built pages in the place of ``book/``; wherever this is interrupted, that is the old or the new one."""
    remove_leftovers(book)
    with replacing_folder(book) as new:
        # .buildinfo holds a digest of the configuration with this machine's paths in it
        shutil.copytree(html, new, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".buildinfo"))
        (new / ".nojekyll").touch()


def uncommitted(root: Path) -> list[str]:
    """Return the files that differ from the commit, those apart that publishing itself writes."""
    command = ["git", "-C", str(root), "status", "--porcelain", "--", ".", ":!book", ":!results"]
    try:
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return [f"{root} is not in a git repository; a book is published from a commit"]
    return [f"{line[3:]} is not as committed; commit it or take it away" for line in said.splitlines()]


def publish_network(run: str) -> Path:
    """Add a run and its weights to the published records, as the network of the page "Write a character".

    The one that was there before goes; its record stays. Weights are written without the optimizer's state.

    Parameters
    ----------
    run : str
        Its id, as ``emnist plan`` shows it. The newest attempt on this machine counts.

    Returns
    -------
    Path
        The file of the weights, beside the record.

    Raises
    ------
    PublishError
        If there is no such run with weights, or it may not be published.
    UserError
        If the page cannot compute such a network, a file cannot be read, or the weights do not give the run's answers.
    """
    from emnist_utils.report import browser_network

    runs = paths.runs_dir()
    kept = [record for record in results.attempts(run).fresh if (runs / f"{record.stem}{results.WEIGHTS}").exists()]
    if not kept:
        raise PublishError(
            f"{runs} has no weights of a run {run!r} that is not stale; 'emnist plan' shows the runs' ids, "
            "'emnist run --again' trains one anew"
        )
    record = kept[0]
    if reason := results.unpublishable(record):
        raise PublishError(f"{record.recipe.label()}: {reason}")
    weights = runs / f"{record.stem}{results.WEIGHTS}"
    network = results.read_network(record, weights)
    browser_network.describe(network)
    results.check_network(record, network, weights)
    target = paths.results_dir() / weights.name
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / weights.name
        network.save_weights(own)
        results.copy_record(record, target.parent)
        write_bytes(target, own.read_bytes())
    for path in target.parent.glob(f"*{results.WEIGHTS}"):
        if path != target:
            path.unlink()
    return target


def build(root: Path, output: Path, profile: str) -> None:
    """Build the book at `root` into ``output/_build/html``; any warning is an error.

    Of this machine's own records only those in ``output/runs`` are in sight, which are to be published.

    Raises
    ------
    PublishError
        If jupyter-book fails. What it says goes to the terminal.
    """
    environment = {
        **os.environ,
        "EMNIST_PROFILE": profile,
        "EMNIST_RUNS": str(output / "runs"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")])),
    }
    options = ["--path-output", str(output), "-n", "-W", "--keep-going"]
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(root), *options]
    if subprocess.run(command, env=environment, check=False).returncode:
        raise PublishError("The build failed (see above), so book/ was left as it was.")


def faults(html: Path, toc: Path) -> list[str]:
    """Return what keeps a built book from being published: missing pages, errors on pages, dead links, other hosts."""
    pages = ["index", *(docname.removesuffix(".ipynb").removesuffix(".md") for docname in parse_toc_yaml(toc))]
    found = [f"{page}.html is missing" for page in pages if not (html / f"{page}.html").is_file()]
    for path in sorted(html.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        found += [
            f"{path.relative_to(html)} shows {sign!r}" for sign in ("Traceback", "papermill-error") if sign in text
        ]
    return found + links.dead_links(html) + offline.requests_elsewhere(html)


def _refuse(problems: list[str], consequence: str) -> None:
    if problems:
        raise PublishError("\n".join([f"{consequence}:", *(f"- {problem}" for problem in problems)]))
