"""Rubbish by the thousand: what several folders of tests throw at the code that reads files and settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

#: A few examples, the same each time, for each commit; thousands, new ones each time, in the soak.
examples = pytest.mark.parametrize("examples", [40, pytest.param(5_000, marks=pytest.mark.soak)])

#: Anything that JSON can say.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def fuzz(examples: int, check: Callable[..., None], **strategies: st.SearchStrategy[Any]) -> None:
    """Call a check with so many examples of its arguments."""
    few = examples < 1_000
    options = settings(max_examples=examples, derandomize=few, database=None, deadline=None)
    options(given(**strategies)(check))()


def damaged(whole: bytes) -> st.SearchStrategy[bytes]:
    """Give what may become of a file: cut, lengthened, some bytes changed, or something else altogether."""
    edit = st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255))

    def apply(edits: list[tuple[int, int]], length: int, more: bytes) -> bytes:
        content = bytearray(whole)
        for place, byte in edits:
            content[place] = byte
        return bytes(content[:length]) + more

    edits = st.lists(edit, max_size=6)
    lengths = st.just(len(whole)) | st.integers(0, len(whole))
    return st.binary(max_size=200) | st.builds(apply, edits, lengths, st.just(b"") | st.binary(max_size=9))
