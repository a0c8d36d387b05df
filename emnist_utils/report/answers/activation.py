"""What chapter 4 answers: whether the activation matters."""

from __future__ import annotations

from emnist_utils import reported
from emnist_utils.report import comparison, tables
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import accuracy, against, seeds
from emnist_utils.report.comparison import SIGNIFICANT
from emnist_utils.report.korean import with_particle
from emnist_utils.report.selection import best_on_validation
from emnist_utils.statistics import rank_agreement
from emnist_utils.training.record import Records

#: So far behind in the report that two orders agree by these alone.
_FAR_BEHIND = ("sigmoid", "softmax")


def in_short(runs: Records) -> Answer:
    """Return the answer from the records of the study ``activations``."""
    found = comparison.compare(runs)
    best = best_on_validation(runs)
    told_apart = sum(one.better is not None for one in found.values())
    if not told_apart:
        opening = Answer("**No difference is seen.**", "**활성화 함수에 따른 차이를 확인하지 못했습니다.**")
    elif any(one.better == one.first for one in found.values()):
        opening = Answer(
            "**Yes, but validation and test do not agree on the best.**",
            "**영향이 있습니다. 다만 검증과 테스트에서 가장 좋은 함수가 서로 다릅니다.**",
        )
    elif told_apart == len(found):
        opening = Answer("**Yes.**", "**영향이 있습니다.**")
    else:
        opening = Answer(
            "**Yes, but the best ones cannot be told apart.**",
            "**영향이 있습니다. 다만 상위권에서는 우열을 가릴 수 없습니다.**",
        )
    report = reported.load("activations").accuracy
    rest = [label for label in runs if label not in _FAR_BEHIND]
    order = rank_agreement([report[label] for label in rest], [tables.accuracy(runs[label]).value for label in rest])
    if order.p >= SIGNIFICANT:
        chance = Answer("which chance could give, too", "우연히 그럴 수도 있는 정도입니다")
    elif order.tau > 0:
        chance = Answer("more than chance gives", "우연으로 보기 어려울 만큼 많습니다")
    else:
        chance = Answer("fewer than chance gives", "우연으로 보기 어려울 만큼 적습니다")
    return together(
        [
            opening,
            Answer(
                f"{best} is best on validation, with {accuracy(runs[best])} % in the test.",
                f"검증 정확도는 {with_particle(best, '이/가')} 가장 높고, 테스트 정확도는 "
                f"{accuracy(runs[best])}%입니다.",
            ),
            against(found.values()),
            Answer(
                f"Without {' and '.join(_FAR_BEHIND)}, {order.same} of {order.pairs} pairs are in the order of the "
                f"2024 report, {chance.english}.",
                f"{_FAR_BEHIND[0]}와 {_FAR_BEHIND[1]}를 빼면 {order.pairs}쌍 가운데 {order.same}쌍의 순서가 2024년 "
                f"보고서와 같은데, {chance.korean}.",
            ),
            seeds(runs),
        ]
    )
