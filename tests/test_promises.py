"""The table of promises, and the tests that it names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)


def test_every_promise_has_its_test() -> None:
    """Protects the table from tests that were renamed or removed."""
    missing = []
    for file, name in NAMED:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8")) if (ROOT / file).is_file() else ast.Module([], [])
        if name not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}:
            missing.append(f"{file}::{name}")
    assert missing == []


def test_every_row_names_a_test() -> None:
    """Protects the table from a promise without one, and this file from finding nothing."""
    rows = [line for line in TABLE.splitlines() if line.startswith("| ") and not line.startswith(("| **", "| promise"))]
    assert len(rows) == len(NAMED) == len(set(NAMED)) > 50
