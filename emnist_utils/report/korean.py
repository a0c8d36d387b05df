"""Korean as code writes it: particles that fit the word before them."""

from __future__ import annotations

import re

#: Syllables are in the order of their final consonants, so many to a vowel: none comes first, and l at this place.
_FIRST_SYLLABLE, _FINALS, _FINAL_L = ord("가"), 28, 8


def with_particle(word: str, pair: str) -> str:
    """Return a word and the one of two particles that goes with its last sound.

    What stands in brackets is not read, and neither are quotation marks. Digits are read as numbers, capital and lone
    letters by their names, and words in small letters roughly as Koreans read those of this book.

    Parameters
    ----------
    word : str
        Such as ``"잔차 CNN"``, ``"1e-3"`` or ``"Nadam(3e-3)"``.
    pair : str
        The form after a consonant and the one after a vowel: ``"은/는"``, ``"으로/로"``.

    Returns
    -------
    str
        Such as ``"잔차 CNN은"``.

    Raises
    ------
    ValueError
        If the word has nothing to be read.
    """
    parts = re.findall(r"[A-Za-z]+|\d|[가-힣]", re.sub(r"\([^)]*\)", "", word))
    if not parts:
        raise ValueError(f"{word!r} has no letter or digit that a particle could follow")
    after_consonant, after_vowel = pair.split("/")
    final = _final(parts[-1])
    takes_vowel = not final or (final == "l" and after_vowel == "로")
    return word + (after_vowel if takes_vowel else after_consonant)


def _final(part: str) -> str:
    """Return the final consonant of a digit, a syllable or Latin letters: none, "l", or "x" for all others."""
    last = part[-1]
    if "가" <= last <= "힣":
        final = (ord(last) - _FIRST_SYLLABLE) % _FINALS
        return "l" if final == _FINAL_L else "x" if final else ""
    if last.isdigit():
        return "l" if last in "178" else "x" if last in "036" else ""
    if last.isupper() or len(part) == 1:
        return "l" if last in "LRlr" else "x" if last in "MNmn" else ""
    return "l" if last == "l" else "x" if last in "bcgkmnpt" else ""
