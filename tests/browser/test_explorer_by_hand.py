"""The confusion matrix to walk through on the page of results, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Witnessed

pytestmark = pytest.mark.slow

Given = dict[str, Any]


@pytest.fixture
def shown(book: Path, opened: Callable[..., Witnessed]) -> Iterator[Witnessed]:
    """Open the page; nothing may go wrong on it, whatever a test does there."""
    witnessed = opened(book, "chapters/10-results.html")
    yield witnessed
    assert witnessed.troubles == []


@pytest.fixture
def given(shown: Witnessed) -> Given:
    """What the page's code wrote for the script."""
    return json.loads(shown.page.locator(".confusion-explorer script").text_content())


def count(given: Given, key: str) -> tuple[int, int]:
    """Return the images of a cell, and those of its true class."""
    true, answered = (given["classes"].index(name) for name in key)
    row = {a: n for t, a, n in given["counts"] if t == true}
    return row.get(answered, 0), sum(row.values())


def focused(shown: Witnessed) -> str:
    """Return the key of the cell that has the focus."""
    return shown.page.evaluate("document.activeElement.dataset.key")


def status(shown: Witnessed) -> str:
    """Return what stands below the matrix about the cell."""
    return shown.page.locator(".confusion-explorer .status").text_content()


def test_cells_are_walked_through_by_keyboard(shown: Witnessed, given: Given) -> None:
    """Protects readers without a mouse: arrows, Home and End move, the numbers follow, the edge is no way out."""
    page, names = shown.page, given["views"]["all 62"]
    page.focus('td[data-key="00"]')
    right, images = count(given, "00")
    assert status(shown) == f"0 answered rightly: {right:,} of {images:,} images, {100 * right / images:.1f} % of them"
    for key, cell in {
        "ArrowRight": names[0] + names[1],
        "ArrowDown": names[1] + names[1],
        "ArrowLeft": names[1] + names[0],
        "ArrowUp": names[0] + names[0],
        "End": names[0] + names[-1],
        "Control+End": names[-1] + names[-1],
        "Home": names[-1] + names[0],
        "Control+Home": names[0] + names[0],
    }.items():
        page.keyboard.press(key)
        assert focused(shown) == cell, key
        told = "rightly" if cell[0] == cell[1] else f"as {cell[1]}"
        images = "{:,} of {:,} images".format(*count(given, cell))
        assert status(shown).startswith(f"{cell[0]} answered {told}: {images}")
    for key in ("ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
        assert focused(shown) == "00"
    assert page.locator(".confusion-explorer td[tabindex='0']").count() == 1


@pytest.mark.parametrize("by", ["mouse", "Enter", "Space"])
def test_cell_shows_the_characters_behind_it(shown: Witnessed, given: Given, by: str) -> None:
    """Protects the way from a number to what is behind it: the characters of that cell, no others, and no empty box."""
    page = shown.page
    sheet = [(row, given["classes"][true] + given["classes"][answered]) for row, true, answered in given["sheet"]]
    wrong = next(key for _, key in sheet if key[0] != key[1])
    cell = page.locator(f'td[data-key="{wrong}"]')
    if by == "mouse":
        cell.click()
    else:
        cell.focus()
        page.keyboard.press(by)
    images = page.locator(".confusion-explorer .shown .character")
    assert images.evaluate_all("(all) => all.map((one) => one.getAttribute('aria-label'))") == [
        f"a {wrong[0]}, row {row} of the test images" for row, key in sheet if key == wrong
    ]
    assert page.locator('.confusion-explorer [aria-selected="true"]').get_attribute("data-key") == wrong
    assert page.locator("#figure-characters img").evaluate("(one) => one.complete && one.naturalWidth") > 0
    assert "url(" in images.first.evaluate("(one) => getComputedStyle(one).backgroundImage")


def test_views_show_some_classes_alone(shown: Witnessed, given: Given) -> None:
    """Protects the choice above the matrix: each view has its classes, and can be entered by keyboard."""
    page = shown.page
    for view, names in given["views"].items():
        page.get_by_label(view, exact=True).click()
        heads = page.locator(".confusion-explorer thead th").all_text_contents()
        assert heads == page.locator(".confusion-explorer tbody th").all_text_contents() == list(names)
        page.keyboard.press("Tab")
        assert focused(shown) == names[0] * 2
