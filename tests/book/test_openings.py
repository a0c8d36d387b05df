"""How pages open: chapters with their answer, the Korean page in its language."""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import pytest

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"
ANSWERED = sorted(path for path in CHAPTERS.glob("*.py") if 1 <= int(path.name[:2]) <= 10)
KOREAN = CHAPTERS / "15-korean.py"


@pytest.mark.parametrize("chapter", ANSWERED, ids=lambda path: path.stem)
def test_a_chapter_opens_with_its_answer(chapter: Path) -> None:
    """Protects readers who want the answer first: it stands right below the box with the origin of the numbers."""
    sources = [cell.source for cell in jupytext.read(chapter, fmt="py:percent").cells]
    (banner,) = [n for n, source in enumerate(sources) if re.search(r"^about_(runs|data)\(", source, re.MULTILINE)]
    module = re.search(r"report\.answers\.(\w+) import in_short\n\nin_short\(.*\)\.show\(\)$", sources[banner + 1])
    assert module
    korean = KOREAN.read_text(encoding="utf-8")
    assert f"{module[1]}.in_short(" in korean.partition(f'"{chapter.stem}"')[2].partition("\n    ),")[0]


def test_the_korean_page_says_its_language() -> None:
    """Protects those who hear the page, and the choice of a font: docutils makes ``lang`` of a class ``language-ko``."""
    first = jupytext.read(KOREAN, fmt="py:percent").cells[0].source
    assert first.startswith("{.language-ko}\n# [한국어 요약]{.language-ko}\n")
    overview = (CHAPTERS / "00-overview.py").read_text(encoding="utf-8")
    assert "[{doc}`15-korean`]{.language-ko}" in overview


def test_no_line_of_a_list_is_taken_for_a_comment() -> None:
    """Protects words that begin with a per cent sign, as "%p" would: MyST leaves such lines out."""
    for cell in jupytext.read(KOREAN, fmt="py:percent").cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"^\s*(?:[-*]\s+)?%", cell.source, re.MULTILINE)
