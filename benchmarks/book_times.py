"""How long a build of the book takes: the first one, one after no change, and ones after a change of prose or library.

``python benchmarks/book_times.py`` takes some ten minutes a repeat on two cores. It clones the last commit into a
temporary folder, where nothing was drawn, trained or executed before, and builds the profile ``quick`` there on the
stand-in.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import machine, spread, write

from emnist_utils.paths import root
from emnist_utils.publish import JUPYTER_BOOK

REPEATS = 2
PROFILE = "quick"

#: What is appended to which file before each build, and stays. No other chapter imports the module.
BUILDS: dict[str, tuple[str, str] | None] = {
    "nothing there": None,
    "no change": None,
    "a change of prose": ("chapters/05-residual-blocks.py", "\n# %% [markdown]\n# One more sentence.\n"),
    "a change of a chapter's module": ("emnist_utils/report/block_figures.py", "\n# One more comment.\n"),
}

#: Seconds of a build, and how many chapters it executed.
Built = tuple[float, int]


def clone(folder: Path) -> Path:
    """Clone the project's last commit into a folder; return its place there."""
    subprocess.run(["git", "clone", "--quiet", str(root()), str(folder / "clone")], check=True)
    return folder / "clone"


def build(book: Path) -> Built:
    """Build a clone, with a cache of its own beside it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EMNIST_")}
    environment |= {
        "EMNIST_PROFILE": PROFILE,
        "EMNIST_CACHE": str(book.parent / "cache"),
        "PYTHONPATH": str(book),
    }
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", JUPYTER_BOOK, "build", "."], cwd=book, env=environment, capture_output=True, text=True
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\nthe build failed, so nothing was measured")
    return seconds, done.stdout.count(": running (")


def measure() -> dict[str, Built]:
    """Return each build of one clone, one after the other."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        book = clone(Path(folder))
        for what, change in BUILDS.items():
            if change:
                with (book / change[0]).open("a", encoding="utf-8") as file:
                    file.write(change[1])
            found[what] = build(book)
            print(what, found[what], flush=True)
    return found


def rows(repeats: list[dict[str, Built]]) -> list[dict[str, Any]]:
    """Return what was measured by build, with its time as a share of the first build's of the same clone."""
    first = [next(iter(builds.values()))[0] for builds in repeats]
    return [
        {
            "what": what,
            "executed": repeats[0][what][1],
            "seconds": spread([builds[what][0] for builds in repeats]),
            "ratio_to_first": spread([builds[what][0] / base for builds, base in zip(repeats, first, strict=True)]),
        }
        for what in BUILDS
    ]


def main() -> None:
    """Measure and write ``results/book_times.json``, after each repeat anew."""
    repeats = []
    for _ in range(REPEATS):
        repeats.append(measure())
        write("book_times", {"machine": machine(), "profile": PROFILE, "repeats": len(repeats), "rows": rows(repeats)})


if __name__ == "__main__":
    main()
