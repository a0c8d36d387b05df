"""The table of all runs, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Witnessed

pytestmark = pytest.mark.slow


@pytest.fixture
def shown(book: Path, opened: Callable[..., Witnessed]) -> Iterator[Witnessed]:
    """Open the page; nothing may go wrong on it, whatever a test does there."""
    witnessed = opened(book, "chapters/11-runs.html")
    yield witnessed
    assert witnessed.troubles == []


def column(shown: Witnessed, head: str) -> list[str]:
    """Return the texts of a column in the rows that can be seen, from the top."""
    return shown.page.evaluate(
        """(head) => {
             const table = document.querySelector("table.run-table");
             const at = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent.trim().startsWith(head));
             return [...table.tBodies[0].rows].filter((row) => row.offsetHeight)
               .map((row) => row.cells[at].textContent.trim());
           }""",
        head,
    )


def said(shown: Witnessed) -> str:
    """Return how many runs are said to be seen."""
    return shown.page.locator(".run-filter output").text_content()


def test_a_figures_foot_line_leads_to_the_runs_of_its_study(book: Path, shown: Witnessed) -> None:
    """Protects the way from a figure to its runs: the link filters, on a page to open and on one that is open."""
    page = shown.page
    every = len(column(shown, "studies"))
    assert said(shown) == f"{every} of {every} runs"
    page.evaluate("location.hash = 'study-blocks'")
    page.wait_for_function("document.querySelector('.run-filter select').value === 'blocks'")
    blocks = column(shown, "studies")
    assert 0 < len(blocks) < every and all("blocks" in names.split(", ") for names in blocks)
    assert said(shown) == f"{len(blocks)} of {every} runs"
    page.goto((book / "chapters/05-residual-blocks.html").as_uri())
    page.locator('figure a[href="11-runs.html#study-blocks"]').first.click()
    page.wait_for_selector(".run-filter")
    assert column(shown, "studies") == blocks and said(shown) == f"{len(blocks)} of {every} runs"


def test_words_and_a_study_filter_together(shown: Witnessed) -> None:
    """Protects the search: all of the words, in any order and case, within the study; none of them hides nothing."""
    page = shown.page
    every = column(shown, "recipe")
    page.get_by_label("Words").fill("SGD  byclass")
    found = column(shown, "recipe")
    assert 0 < len(found) < len(every) and all("sgd" in text and "byclass" in text for text in found)
    page.get_by_label("Study").select_option("optimizers")
    assert 0 < len(column(shown, "recipe")) <= len(found)
    assert all("optimizers" in names.split(", ") for names in column(shown, "studies"))
    page.get_by_label("Words").fill("no such run")
    assert column(shown, "recipe") == [] and said(shown) == f"0 of {len(every)} runs"
    page.get_by_label("Words").fill("")
    page.get_by_label("Study").select_option("")
    assert column(shown, "recipe") == every


@pytest.mark.parametrize("by", ["mouse", "Enter"])
def test_heads_sort_and_the_filter_stays(shown: Witnessed, by: str) -> None:
    """Protects the order: numbers as numbers, there and back, said to screen readers, and a filter works after it."""
    page = shown.page
    page.evaluate("location.hash = 'study-optimizers'")
    page.wait_for_function("document.querySelector('.run-filter select').value === 'optimizers'")
    table = page.locator("table.run-table")
    table.evaluate("(table) => table.addEventListener('sort-end', () => (table.sorted = (table.sorted ?? 0) + 1))")
    head = table.locator("thead th", has_text="seconds")
    for times, order in enumerate(("ascending", "descending"), start=1):
        before = len(column(shown, "seconds"))
        head.click() if by == "mouse" else head.press(by)
        page.wait_for_function("(times) => document.querySelector('table.run-table').sorted === times", arg=times)
        assert head.get_attribute("aria-sort") == order
        seconds = [float(text) for text in column(shown, "seconds")]
        assert seconds == sorted(seconds, reverse=order == "descending") and len(set(seconds)) > 1
        assert len(seconds) == before
    page.get_by_label("Study").select_option("blocks")
    assert all("blocks" in names.split(", ") for names in column(shown, "studies"))
