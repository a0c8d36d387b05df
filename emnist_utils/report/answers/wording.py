"""Sentences on the rows of a study in two languages, made from the same numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from emnist_utils.report import tables
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.comparison import Comparison
from emnist_utils.report.korean import with_particle
from emnist_utils.training.record import Record, Records

#: Labels of rows that read otherwise within a sentence, in English and Korean.
_NAMES = {
    "Residual CNN": ("the residual CNN", "잔차 CNN"),
    "Residual CNN, fewer images": ("the residual CNN", "잔차 CNN"),
    "Residual CNN, quarter width": ("the residual CNN at 1/4 of its width", "너비를 1/4로 줄인 잔차 CNN"),
    "CNN": ("the CNN", "CNN"),
    "SGD (Nesterov)": ("SGD (Nesterov)", "SGD(Nesterov)"),
    "cross-entropy": ("plain cross-entropy", "교차 엔트로피"),
    "class weights": ("class weights", "클래스 가중치"),
    "class weights, square root": ("square-root weights", "제곱근 가중치"),
    "class weights, effective number": ("effective-number weights", "유효 개수 가중치"),
    "balanced sampling": ("balanced sampling", "균형 샘플링"),
    "logit adjustment": ("logit adjustment", "로짓 보정"),
    "label smoothing": ("label smoothing", "레이블 스무딩"),
    "dropout": ("dropout", "드롭아웃"),
    "slight augmentation": ("slight augmentation", "약한 데이터 증강"),
    "augmentation": ("augmentation", "데이터 증강"),
    "shifts": ("shifts", "평행 이동"),
    "focal, gamma 1": ("focal loss (gamma 1)", "초점 손실(감마 1)"),
    "focal, gamma 2": ("focal loss (gamma 2)", "초점 손실(감마 2)"),
    "focal, gamma 3": ("focal loss (gamma 3)", "초점 손실(감마 3)"),
    "whole width": ("whole width", "전체 너비"),
    "three-quarter width": ("3/4 width", "너비 3/4"),
    "Nesterov": ("SGD (Nesterov)", "SGD(Nesterov)"),
    "3 blocks": ("3 blocks", "블록 3개"),
    "twice the passes": ("twice the passes", "에포크 두 배"),
    "base": ("the base recipe", "기본 설정"),
}

#: Of so many rows at most each has its own number; of more, a sentence tells the range.
_MOST_GAPS = 3


def name(label: str) -> Answer:
    """Return how a study's row is called within a sentence; one that names several things, as a quotation."""
    if label in _NAMES or ", " not in label:
        return Answer(*_NAMES.get(label, (label, label)))
    parts = [name(part) for part in label.split(", ")]
    english, korean = (", ".join(getattr(part, language) for part in parts) for language in ("english", "korean"))
    return Answer(f"*{english}*", f"‘{korean}’")


def listed(parts: Iterable[str]) -> str:
    """Return one or more parts of an English sentence as a list: ``a, b and c``."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def names(labels: Sequence[str]) -> Answer:
    """Return how several rows are called within a sentence, one or more."""
    called = [name(label) for label in labels]
    english = listed(one.english for one in called)
    if len(called) == 2:
        return Answer(english, f"{with_particle(called[0].korean, '과/와')} {called[1].korean}")
    return Answer(english, ", ".join(one.korean for one in called))


def span(values: Iterable[float], form: str = ".2f") -> Answer:
    """Return the range of some numbers, one or more, each written in a form; a single number where they are one."""
    found = sorted(values)
    low, high = (format(value, form) for value in (found[0], found[-1]))
    return Answer(low, low) if low == high else Answer(f"{low} to {high}", f"{low}\\~{high}")


def out_of(part: int, whole: int) -> Answer:
    """Return how many there are of some things, all of them or a part; Korean takes the counter for things."""
    if part == whole:
        return Answer(f"all {whole}", f"{whole}개 모두")
    return Answer(f"{part} of the {whole}", f"{whole}개 가운데 {part}개")


def against(comparisons: Iterable[Comparison], labels: Mapping[str, str] | None = None) -> Answer:
    """Say which rows are behind the one that they are compared with, which are ahead, and where nothing is seen.

    Parameters
    ----------
    comparisons : iterable of Comparison
        One or more, all with the same second row, which the sentence before has named.
    labels : mapping, optional
        What the rows are called, by their labels in the comparisons.
    """
    found = sorted(comparisons, key=lambda one: abs(one.difference.value))
    called = {one.first: (labels or {}).get(one.first, one.first) for one in found}
    gaps = {one.first: 100 * abs(one.difference.value) for one in found}
    behind = {called[one.first]: gaps[one.first] for one in found if one.better == one.second}
    ahead = {called[one.first]: gaps[one.first] for one in found if one.better == one.first}
    level = [called[one.first] for one in found if not one.better]
    sentences = []
    if behind:
        rows = _with_gaps(behind, "은/는")
        verb = "is" if len(behind) == 1 else "are"
        sentences.append(
            Answer(f"behind it in the test {verb} {rows.english}.", f"테스트에서는 {rows.korean} 더 낮습니다.")
        )
    if ahead:
        rows = _with_gaps(ahead, "이/가")
        verb = "is" if len(ahead) == 1 else "are"
        sentences.append(
            Answer(f"ahead of it in the test {verb} {rows.english}.", f"테스트에서는 {rows.korean} 더 높습니다.")
        )
    if level:
        rows = names(level)
        korean = f"{with_particle(rows.korean, '과/와')}는 차이를 확인하지 못했습니다."
        sentences.append(Answer(f"no difference to {rows.english} is seen.", korean))
    return together(sentences)


def _with_gaps(gaps: Mapping[str, float], particle: str) -> Answer:
    """Return rows, the nearest first, and by how many points each differs; where they are many, the range."""
    if len(gaps) > _MOST_GAPS:
        rows, points = names(list(gaps)), span(gaps.values())
        return Answer(
            f"{rows.english}, by {points.english} points (nearest first)",
            f"차이가 작은 순으로 {with_particle(rows.korean, particle)} {points.korean}%p",
        )
    english = listed(f"{name(label).english} by {points:.2f}" for label, points in gaps.items())
    each = (f"{with_particle(name(label).korean, particle)} {points:.2f}%p" for label, points in gaps.items())
    return Answer(f"{english} points", ", ".join(each))


def accuracy(records: Sequence[Record]) -> str:
    """Write the test accuracy of a row in per cent with half of its interval, without the sign for per cent."""
    return tables.percent(tables.accuracy(records))


def seeds(runs: Records) -> Answer:
    """Say on how many seeds the rows of an answer rest, the fewest where they differ."""
    n = min(len(group) for group in runs.values())
    if n == 1:
        return Answer("(1 seed for each: close ones may change places in another training.)", "(설정마다 시드 1개)")
    return Answer(f"(Means of {n} seeds.)", f"(시드 {n}개의 평균)")
