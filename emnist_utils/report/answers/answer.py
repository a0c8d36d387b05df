"""A text in two languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emnist_utils.report.markdown import box


@dataclass(frozen=True)
class Answer:
    """An answer, or a part of one, in two languages.

    Attributes
    ----------
    english, korean : str
        Markdown. Both hold the same numbers.
    """

    english: str
    korean: str

    def show(self) -> None:
        """Show the English answer in a box, for the top of a chapter."""
        box("tip", "In short", self.english)


def together(sentences: Iterable[Answer]) -> Answer:
    """Return sentences as one text; those that begin with a name get a capital letter in English."""
    parts = list(sentences)
    english = " ".join(part.english[0].upper() + part.english[1:] for part in parts)
    return Answer(english, " ".join(part.korean for part in parts))
