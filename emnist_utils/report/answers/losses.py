"""What chapter 8 answers: whether another loss can help where cross-entropy fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emnist_utils import reported
from emnist_utils.report import comparison
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import accuracy, against, names, seeds, span
from emnist_utils.report.class_balance import balanced_accuracy
from emnist_utils.report.korean import with_particle
from emnist_utils.training.record import Record

Records = Mapping[str, Sequence[Record]]

_PLAIN = "cross-entropy"

#: All three aim at classes that are equally common.
_SAME_AIM = ("class weights", "balanced sampling", "logit adjustment")


def in_short(balance: Records, focal: Records, regular: Records) -> Answer:
    """Return the answer from the records of ``class-balance``, ``focal-loss`` and ``regularisation``."""
    by_gamma = {label: focal[label] for label in reported.load("losses").index}
    rows = {**balance, **by_gamma, **{label: group for label, group in regular.items() if label != "none"}}
    found = comparison.compare(rows, _PLAIN)
    better = any(one.better == one.first for one in found.values())
    balanced = {label: balanced_accuracy(balance[label]) for label in (_PLAIN, *_SAME_AIM)}
    raised = [label for label in _SAME_AIM if balanced[label].low > balanced[_PLAIN].high]
    plain = f"{100 * balanced[_PLAIN].value:.2f}"
    if raised:
        reached = span(100 * balanced[label].value for label in raised)
        opening = (
            Answer(
                "**Yes, for accuracy and for the rare classes.**",
                "**정확도에도, 드문 클래스에도 도움이 되는 것이 있습니다.**",
            )
            if better
            else Answer(
                "**For the rare classes, yes; for accuracy no gain is seen.**",
                "**드문 클래스에는 도움이 되지만, 정확도가 나아지는 것은 확인하지 못했습니다.**",
            )
        )
        rare = Answer(
            f"Balanced accuracy, in which all classes count alike, rises from {plain} to {reached.english} % with "
            f"{names(raised).english}.",
            f"모든 클래스를 똑같은 비중으로 치는 균형 정확도는 {plain}%인데, "
            f"{with_particle(names(raised).korean, '을/를')} 쓰면 {reached.korean}%로 오릅니다.",
        )
    else:
        opening = (
            Answer(
                "**For accuracy, yes; for the rare classes no gain is seen.**",
                "**정확도에는 도움이 되는 것이 있지만, 드문 클래스의 성적이 나아지는 것은 확인하지 못했습니다.**",
            )
            if better
            else Answer("**No help is seen.**", "**도움이 되는 것을 확인하지 못했습니다.**")
        )
        rare = Answer(
            f"Balanced accuracy, in which all classes count alike, is {plain} %; {names(_SAME_AIM).english} are not "
            "seen to raise it.",
            f"모든 클래스를 똑같은 비중으로 치는 균형 정확도는 {plain}%이고, "
            f"{with_particle(names(_SAME_AIM).korean, '으로/로')} 이 값이 오르는 것은 확인하지 못했습니다.",
        )
    return together(
        [
            opening,
            Answer(
                f"Plain cross-entropy answers {accuracy(rows[_PLAIN])} % of the test images rightly; {len(found)} "
                "other ways to train are compared with it.",
                f"기준인 교차 엔트로피의 테스트 정확도는 {accuracy(rows[_PLAIN])}%이고, 다른 방법 "
                f"{len(found)}가지를 이와 비교했습니다.",
            ),
            against(found.values()),
            rare,
            seeds(rows),
        ]
    )
