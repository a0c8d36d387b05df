"""What may be imported without the seconds that a deep learning library takes, and how tests are imported."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

from emnist_utils.paths import root

_NAMES = """
data results studies planning progress dispatch local_workers ray_cluster runner
book cli chapters colab execution machine publish statistics trace reported models
training training.recipe training.record training.provenance training.metrics training.balance
"""

LIGHT = [
    *_NAMES.split(),
    *(f"report.{path.stem}" for path in sorted((root() / "emnist_utils" / "report").glob("[a-z]*.py"))),
    *(f"report.answers.{path.stem}" for path in sorted((root() / "emnist_utils/report/answers").glob("[a-z]*.py"))),
]

SCRIPT = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(f"emnist_utils.{name}")
    heavy = {"tensorflow", "keras", "jax", "ray"} & set(sys.modules)
    if heavy:
        sys.exit(f"importing {name} imports {sorted(heavy)}")
"""


def test_pages_and_plans_import_no_backend() -> None:
    """Protects every command and every chapter from seconds of waiting for a library that it does not use."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *LIGHT], cwd=root(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_help_loads_no_backend() -> None:
    """Protects the help: it works, lists the commands, and starts no library."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "emnist_utils", "--help"],
        cwd=root(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(command in done.stdout for command in ("plan", "run", "data", "publish"))
    assert not [line for line in done.stderr.splitlines() if line.endswith((" tensorflow", " keras", " jax"))]


def test_files_of_tests_have_names_of_their_own() -> None:
    """Protects against two files of one name, of which pytest imports one and refuses the other."""
    names = Counter(path.name for path in (root() / "tests").rglob("*.py") if path.name != "conftest.py")
    assert [name for name, count in names.items() if count > 1] == []
