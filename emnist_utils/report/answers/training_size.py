"""What chapter 9 answers: what more images would bring."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from emnist_utils import reported
from emnist_utils.data.specs import SPECS
from emnist_utils.report import comparison, scaling
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import seeds
from emnist_utils.report.counting import frequency_only_error
from emnist_utils.training.record import Records


def in_short(runs: Records) -> Answer:
    """Return the answer from the records of the study ``training-size``."""
    doublings = [(more, fewer) for fewer, more in pairwise(runs)]
    found = comparison.compare_pairs(runs, [*doublings, ("all", "1/8")])
    fewest, most = (runs[label][0].data.train for label in ("1/8", "all"))
    eightfold, last = found["all", "1/8"], found[doublings[-1]]
    if eightfold.better == "all":
        gain = f"{100 * eightfold.difference.value:.2f}"
        opening = Answer(
            f"**Accuracy: from {fewest:,} to {most:,} training images it rises by {gain} points.**",
            f"**정확도가 오릅니다. 훈련 이미지를 {fewest:,}장에서 {most:,}장으로 늘리면 {gain}%p 높아집니다.**",
        )
    else:
        opening = Answer(
            f"**No gain is seen from {fewest:,} to {most:,} training images.**",
            f"**훈련 이미지를 {fewest:,}장에서 {most:,}장으로 늘려도 나아지는 것을 확인하지 못했습니다.**",
        )
    if last.better == "all":
        gain = f"{100 * last.difference.value:.2f}"
        doubling = Answer(f"The last doubling brings {gain} points.", f"마지막으로 두 배 늘린 효과는 {gain}%p입니다.")
    else:
        doubling = Answer(
            "From the last doubling alone no gain is seen.", "마지막으로 두 배 늘린 효과는 확인하지 못했습니다."
        )
    sentences = [opening, doubling]
    official = SPECS["byclass"].train_size
    if official > 10 * most:
        sentences.append(_ahead([scaling.point(group) for group in runs.values()], official))
    return together([*sentences, seeds(runs)])


def _ahead(points: Sequence[scaling.Point], official: int) -> Answer:
    """Say where the laws of the chapter end at the official number of images."""
    floors = [0.0, *(floor for floor in [frequency_only_error()] if scaling.fits(points, floor))]
    laws = [scaling.fit(points, floor) for floor in floors]
    bands = sorted((100 * one.low, 100 * one.high) for one in (law.at(official) for law in laws))
    low, high = bands[0][0], max(end for _, end in bands)
    english = " or ".join(f"{one:.1f} to {other:.1f}" for one, other in bands)
    korean = " 또는 ".join(f"{one:.1f}\\~{other:.1f}%" for one, other in bands)
    subject = _laws(len(laws), sum(law.p < comparison.SIGNIFICANT for law in laws))
    report = reported.load("models").accuracy
    if high - low > report.max() - report.min():
        verdict = Answer(
            ": too wide a range to tell where it would end",
            "범위가 너무 넓어 어디까지 나아질지 말할 수 없습니다",
        )
    else:
        verdict = Answer(", if the law holds that far", "그때까지 같은 법칙을 따른다는 가정에서 나온 값입니다")
    return Answer(
        f"Extrapolated to all {official:,} images of ByClass, {subject.english} the test error at {english} "
        f"%{verdict.english}.",
        f"ByClass의 훈련 이미지 {official:,}장을 모두 쓰는 경우로 외삽하면 {subject.korean} 테스트 오류율은 {korean}로 "
        f"나오는데, {verdict.korean}.",
    )


def _laws(count: int, refuted: int) -> Answer:
    """Return one or two laws as the subject of a sentence, with how many of them the points contradict."""
    if count == 1:
        return (
            Answer("a law that does not fit the points puts", "측정값에 맞지 않는 법칙 하나로 본")
            if refuted
            else Answer("a law puts", "한 법칙으로 본")
        )
    return (
        Answer("two laws put", "두 법칙으로 본"),
        Answer("two laws, one of which does not fit the points, put", "두 법칙(그중 하나는 측정값에 맞지 않음)으로 본"),
        Answer("two laws, neither of which fits the points, put", "두 법칙(둘 다 측정값에 맞지 않음)으로 본"),
    )[refuted]
