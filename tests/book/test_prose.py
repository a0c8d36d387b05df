"""Results in prose come from records by code, never from somebody's keyboard.

The rule: outside code, formulae, roles and links, no text of a chapter holds a number with a decimal point, or one in
per cent, points or times (in Korean, 배), unless it is listed here with the reason why no run could change it. Texts are the prose, captions,
alternative texts, and what stands between quotes in code, which might be shown.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).resolve().parents[2]

#: What is looked at: the chapters, what code answers for them in short, and the page that GitHub shows first.
PAGES = [
    *sorted((ROOT / "chapters").glob("*.py")),
    *sorted((ROOT / "emnist_utils" / "report" / "answers").glob("*.py")),
    ROOT / "README.md",
]

#: The level of all intervals, as English and Korean write it.
EVERYWHERE = {"95 %", "95%"}

ALLOWED = {
    "00-overview": {
        "3.11": "version of Python",
        "3.13": "version of Python",
        "1.8": "gigabytes of NIST's files, unpacked",
    },
    "01-dataset-analysis": {"86 per cent": "697,932 of 814,255: EMNIST's official sizes"},
    "02-model-design": {"25.73": "million parameters by the 2024 report, named beside it"},
    "03-optimizer": {"0.1": "Adagrad's constant in Keras", "0.9": "momentum, a setting"},
    "04-activation": {
        "1.76": "bound of SELU, from its formula",
        "0.28": "bound of swish, from its formula",
        "0.17": "bound of GELU, from its formula",
    },
    "05-residual-blocks": {"1.77": "million parameters by the 2024 report, named beside it"},
    "06-learning-rate": {"0.00": "digits of a number's format"},
    "08-class-weights-and-focal-loss": {
        "80 %": "an example of what calibrated means",
        "0.9": "the target of label smoothing, a setting",
        "0.1": "the rest of it",
    },
    "10-results": {"80 %": "an example of what calibrated means"},
    "12-cost": {"2.5": "gigabytes that training may hold, a target"},
    "README": {"3.11": "version of Python", "3.13": "version of Python", "1702.05373": "number of a paper on arXiv"},
}

_NO_PROSE = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]+\$|\{[a-z]+\}`[^`]*`|\]\([^)]*\)|https?://\S+", re.DOTALL)
_RESULT = re.compile(
    r"(?<![\w.])\d[\d,]*(?:\.\d+(?:\s*(?:%|per cent\b|points?\b|배))?"
    r"|\s*(?:%|per cent\b|percentage points?\b|points?\b|퍼센트|포인트|배))"
)


def results_in(text: str) -> list[str]:
    """Return what looks like a result in a text."""
    return [" ".join(found[0].split()) for found in _RESULT.finditer(_NO_PROSE.sub(" ", text))]


def texts(page: Path) -> Iterator[str]:
    """Yield the texts of a page that a reader might see."""
    if page.suffix == ".md":
        yield page.read_text(encoding="utf-8")
        return
    for cell in jupytext.read(page, fmt="py:percent").cells:
        if cell.cell_type == "markdown":
            yield cell.source
            continue
        shown = cell.metadata.get("mystnb", {}).values()
        yield from (text for part in shown for text in (part.values() if isinstance(part, dict) else [part]))
        yield from (
            node.value
            for node in ast.walk(ast.parse(cell.source))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_result_is_typed_by_hand(page: Path) -> None:
    """Protects prose from numbers that stay when the records change; each exception is still needed."""
    found = {number for text in texts(page) for number in results_in(text)} - EVERYWHERE
    assert found == ALLOWED.get(page.stem, {}).keys()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It reached 87.4 % of the images.", ["87.4 %"]),
        ("It is 3 points better, 1.5 times as fast, and answers\n84 per cent.", ["3 points", "1.5", "84 per cent"]),
        ("1,024.5 and **12%**", ["1,024.5", "12%"]),
        ("정확도는 84%이고 3%p 높으며, 연산량은 2배, 1.5배입니다.", ["84%", "3%", "2배", "1.5배"]),
        ("814,255 images in 62 classes of 2024, at 1e-3", []),
        (r"$\beta = 0.999$, `0.5`, {cite}`a0.5`, [report](v1.5.html), chapter 3.", []),
    ],
)
def test_what_looks_like_a_result(text: str, found: list[str]) -> None:
    """Protects the rule above from a pattern that finds nothing, or each number."""
    assert results_in(text) == found


def test_captions_and_code_are_read(tmp_path: Path) -> None:
    """Protects the rule above from looking at prose alone."""
    page = tmp_path / "page.py"
    page.write_text(
        '# %% [markdown]\n# 1.1\n\n# %% mystnb={"figure": {"caption": "2.2"}, "image": {"alt": "3.3"}}\nsay(f"4.4 {x}")\n'
    )
    assert [number for text in texts(page) for number in results_in(text)] == ["1.1", "2.2", "3.3", "4.4"]
