"""What chapter 2 answers: how much accuracy parameters and time buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emnist_utils.report import comparison
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import accuracy, against, name, names, seeds
from emnist_utils.report.comparison import same_budget
from emnist_utils.report.korean import with_particle
from emnist_utils.report.selection import best_on_validation
from emnist_utils.training.record import Record


def in_short(runs: Mapping[str, Sequence[Record]]) -> Answer:
    """Return the answer from the records of the study ``models``."""
    alike = {label: group for label, group in runs.items() if same_budget(group, runs["Residual CNN"])}
    others = [label for label in runs if label not in alike]
    best = best_on_validation(alike)
    lightest = min(alike, key=lambda label: alike[label][0].multiply_adds)
    parts = [
        Answer(
            f"**Of the {len(alike)} networks trained alike, {name(best).english} is best on validation, with "
            f"{accuracy(alike[best])} % in the test.**",
            f"**같은 조건으로 훈련한 신경망 {len(alike)}개 가운데 검증 정확도가 가장 높은 것은 "
            f"{with_particle(name(best).korean, '으로/로')}, 테스트 정확도는 {accuracy(alike[best])}%입니다.**",
        ),
        against(comparison.compare(alike).values()),
    ]
    if lightest == best:
        parts.append(Answer("It also does the least arithmetic.", "연산량도 가장 적습니다."))
    else:
        one, other = alike[best][0], alike[lightest][0]
        arithmetic = f"{one.multiply_adds / other.multiply_adds:,.0f}"
        parameters = f"{one.parameters / other.parameters:,.1f}"
        parts.append(
            Answer(
                f"For each image it does {arithmetic} times the arithmetic of {name(lightest).english}, with "
                f"{parameters} times the parameters.",
                f"그 대신 검증에서 가장 좋은 이 신경망은 {name(lightest).korean}에 비해 이미지 한 장에 "
                f"드는 연산이 {arithmetic}배, 파라미터가 {parameters}배입니다.",
            )
        )
    if others:
        parts.append(
            Answer(
                f"{names(others).english} had another budget, so their rows are not compared with these.",
                f"{with_particle(names(others).korean, '은/는')} 다른 조건으로 훈련했으므로 여기서 비교하지 않습니다.",
            )
        )
    return together([*parts, seeds(runs)])
