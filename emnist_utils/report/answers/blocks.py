"""What chapter 5 answers: how many residual blocks are enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from emnist_utils.report import comparison
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import accuracy, seeds
from emnist_utils.report.reported_figures import reported_differences
from emnist_utils.training.record import Record


def in_short(runs: Mapping[str, Sequence[Record]]) -> Answer:
    """Return the answer from the records of the study ``blocks``."""
    found = comparison.compare_pairs(runs, [(more, fewer) for fewer, more in combinations(runs, 2)])
    gains = [pair for pair, one in found.items() if one.better == pair[0]]
    losses = [pair for pair, one in found.items() if one.better == pair[1]]
    enough = next(label for label in runs if not any(fewer == label for _, fewer in gains))
    few, *_, many = runs
    if enough == few:
        opening = Answer(
            f"**{enough} block, as far as this can tell: no larger number beats it by more than chance.**",
            f"**이 결과로 보면 {enough}개로 충분합니다. 블록을 더 쌓아도 우연을 넘어서는 향상은 확인하지 못했습니다.**",
        )
    else:
        opening = Answer(
            f"**{enough} blocks: fewer are beaten by a larger number, {enough} by none.**",
            f"**{enough}개입니다. 그보다 적으면 더 많이 쌓은 쪽에 뒤지지만, {enough}개보다 더 쌓아서 나아지는 것은 "
            "확인하지 못했습니다.**",
        )
    sentences = [opening]
    if gains and losses:
        sentences.append(
            Answer(
                "But more blocks win in some pairs and lose in others, so it is hardly depth as such that counts.",
                "다만 블록이 많은 쪽이 나은 비교도 있고 못한 비교도 있어서, 깊이 자체의 효과라고 보기는 어렵습니다.",
            )
        )
    arithmetic = f"{runs[many][0].multiply_adds / runs[few][0].multiply_adds:.2f}"
    reached = f"{accuracy(runs[few])} and {accuracy(runs[many])} % in the test"
    levels = f"{accuracy(runs[few])}%와 {accuracy(runs[many])}%"
    if found[many, few].better:
        sentences.append(
            Answer(
                f"{few} and {many} blocks reach {reached}, at {arithmetic} times the arithmetic.",
                f"테스트 정확도는 블록이 {few}개와 {many}개일 때 {levels}이고, 연산량은 {arithmetic}배로 늘어납니다.",
            )
        )
    else:
        sentences.append(
            Answer(
                f"Between {few} and {many} no difference is seen ({reached}), at {arithmetic} times the arithmetic.",
                f"블록이 {few}개와 {many}개일 때의 테스트 정확도는 {levels}로 차이를 확인하지 못했지만, 연산량은 "
                f"{arithmetic}배로 늘어납니다.",
            )
        )
    if not reported_differences().query("table == 'blocks'")["exceeds"].any():
        sentences.append(
            Answer(
                "The rows of the 2024 report cannot be told apart, either.",
                "2024년 보고서의 결과끼리도 구별되지 않습니다.",
            )
        )
    return together([*sentences, seeds(runs)])
