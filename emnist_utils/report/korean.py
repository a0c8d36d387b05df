"""Korean as code writes it: particles that fit the word before them, and the box at the top of the Korean page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from emnist_utils import studies
from emnist_utils.report.markdown import box
from emnist_utils.training.record import Record

_IMAGES = {
    "official": "공식 EMNIST 파일의 이미지를 썼습니다.",
    "part": "EMNIST의 일부를 썼습니다.",
    "synthetic": "코드로 그린 대체 글자를 썼습니다.",
}

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


def about_runs(profile: str, records: Mapping[str, Sequence[Record]]) -> None:
    """Say in Korean which data, budget and devices some runs used, as ``banner.about_runs`` does in English.

    Parameters
    ----------
    profile : str
        A key of ``studies.PROFILES``.
    records : mapping
        Records by label, as ``runner.records`` returns them.
    """
    runs = [record for group in records.values() for record in group]
    kinds = {record.data.kind for record in runs}
    if "synthetic" in kinds:
        box(
            "warning",
            "EMNIST의 이미지가 아닙니다",
            "EMNIST 파일을 찾지 못해 코드로 그린 글자로 이 페이지를 만들었습니다. 연구가 어떻게 돌아가는지는 볼 수 "
            "있지만, 숫자는 EMNIST에 대해 아무것도 말해 주지 않습니다. `.venv/bin/emnist data --download` 명령으로 "
            "진짜 이미지를 받을 수 있습니다.",
        )
    seeds = sorted({len(group) for group in records.values()})
    devices = sorted({f"{record.provenance.device}, Keras({record.provenance.backend})" for record in runs})
    lines = [
        f"프로필 `{studies.profile(profile).name}`: {' '.join(_IMAGES[kind] for kind in sorted(kinds))}",
        f"규모: 훈련 이미지 {_range(record.data.train for record in runs)}장, 테스트 이미지 "
        f"{_range(record.data.test for record in runs)}장, {_range(record.recipe.epochs for record in runs)}에포크, "
        f"설정마다 시드 {' 또는 '.join(f'{n}개' for n in seeds)}.",
        f"계산한 기기: {'; '.join(devices)}.",
    ]
    box("note", "이 숫자들은 어디에서 왔나", "\n".join(f"- {line}" for line in lines))


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


def _range(numbers: Iterable[int]) -> str:
    found = sorted(set(numbers))
    return f"{found[0]:,}" if len(found) == 1 else f"{found[0]:,}\\~{found[-1]:,}"
