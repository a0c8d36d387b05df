"""What chapter 8 answers: whether another loss can help where cross-entropy fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from emnist_utils import reported
from emnist_utils.report import comparison
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import accuracy, against, names, seeds, span
from emnist_utils.report.class_balance import balanced_accuracy, change
from emnist_utils.report.korean import with_particle
from emnist_utils.training.record import Records

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
    raised = [label for label in _SAME_AIM if change(balance[label], balance[_PLAIN], balanced_accuracy).low > 0]
    plain = f"{100 * balanced[_PLAIN].value:.2f}"
    macro = {label: 100 * float(np.mean([run.test.macro_f1 for run in group])) for label, group in balance.items()}
    if raised:
        values = sorted({f"{100 * balanced[label].value:.2f}" for label in raised}, key=float)
        reached = values[0] if len(values) == 1 else f"between {values[0]} and {values[-1]}"
        if better:
            opening = Answer(
                "**Yes, for accuracy and for the rare classes.**",
                "**정확도에도, 드문 클래스에도 도움이 되는 것이 있습니다.**",
            )
        elif any(macro[label] < macro[_PLAIN] for label in raised):
            opening = Answer(
                "**More images of the rare classes are found; for accuracy no gain is seen.**",
                "**드문 클래스를 더 많이 찾아내지만, 정확도가 나아지는 것은 확인하지 못했습니다.**",
            )
        else:
            opening = Answer(
                "**For the rare classes, yes; for accuracy no gain is seen.**",
                "**드문 클래스에는 도움이 되지만, 정확도가 나아지는 것은 확인하지 못했습니다.**",
            )
        rare = Answer(
            f"Balanced accuracy, in which all classes count alike, rises from {plain} % to {reached} % with "
            f"{names(raised).english}.",
            f"모든 클래스를 똑같은 비중으로 치는 균형 정확도는 {plain}%인데, "
            f"{with_particle(names(raised).korean, '을/를')} 쓰면 {span(map(float, values)).korean}%로 오릅니다.",
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
            *_macro(macro, raised),
            seeds(rows),
        ]
    )


def _macro(macro: Mapping[str, float], raised: Sequence[str]) -> list[Answer]:
    """Say where macro-F1 is lower though balanced accuracy is raised, and where it is higher; else nothing."""
    lower = [label for label in raised if macro[label] < macro[_PLAIN]]
    higher = [label for label in macro if macro[label] > macro[_PLAIN]]
    if not lower:
        return []
    english, korean = [], []
    for labels, what, verb in ((lower, "lower", "낮"), (higher, "higher", "높")):
        if labels:
            rows, values = names(labels), span(macro[label] for label in labels)
            english.append(f"{what} with {rows.english} ({values.english} %)")
            korean.append(f"{rows.korean}에서는 {values.korean}%로 더 {verb}")
    plain = f"{macro[_PLAIN]:.2f}"
    return [
        Answer(
            f"But macro-F1, in which wrong answers of a rare class count too, is {plain} % with plain cross-entropy, "
            f"{' and '.join(english)}.",
            f"그러나 드문 클래스로 잘못 답한 것까지 따지는 매크로 F1은 교차 엔트로피에서 {plain}%인데, "
            f"{'고, '.join(korean)}습니다.",
        )
    ]
