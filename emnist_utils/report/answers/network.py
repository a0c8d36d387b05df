"""What chapter 2 answers: how much accuracy parameters and time buy."""

from __future__ import annotations

from emnist_utils.report import comparison
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import accuracy, against, name, seeds
from emnist_utils.report.comparison import same_budget
from emnist_utils.report.korean import with_particle
from emnist_utils.report.selection import best_on_validation
from emnist_utils.training.record import Records


def in_short(runs: Records) -> Answer:
    """Return the answer from the records of the study ``models``."""
    base = runs["Residual CNN"]
    alike = {label: group for label, group in runs.items() if same_budget(group, base)}
    fewer = {label: group for label, group in runs.items() if label not in alike}
    # with the largest budgets this row is that of the same network once more
    alike = {label: group for label, group in alike.items() if label == "Residual CNN" or group[0] != base[0]}
    best = best_on_validation(alike)
    sentences = [
        Answer(
            f"**Of the {len(alike)} networks trained alike, {name(best).english} is best on validation, with "
            f"{accuracy(alike[best])} % in the test.**",
            f"**같은 조건으로 훈련한 신경망 {len(alike)}개 가운데 검증 정확도가 가장 높은 것은 "
            f"{with_particle(name(best).korean, '으로/로')}, 테스트 정확도는 {accuracy(alike[best])}%입니다.**",
        ),
        against(comparison.compare(alike).values()),
        _price(alike, best),
    ]
    if len(fewer) > 1:
        best = best_on_validation(fewer)
        sentences += [
            Answer(
                f"Of {len(fewer)} that saw fewer images, {name(best).english} is best on validation, with "
                f"{accuracy(fewer[best])} % in the test.",
                f"더 적은 이미지로 훈련한 {len(fewer)}개 가운데서는 {with_particle(name(best).korean, '이/가')} "
                f"검증 정확도가 가장 높고, 테스트 정확도는 {accuracy(fewer[best])}%입니다.",
            ),
            against(comparison.compare(fewer).values()),
        ]
    return together([*sentences, seeds(runs)])


def _price(runs: Records, best: str) -> Answer:
    """Say what the best network costs beside the lightest."""
    lightest = min(runs, key=lambda label: runs[label][0].multiply_adds)
    if lightest == best:
        return Answer("It also does the least arithmetic.", "연산량도 가장 적습니다.")
    one, other = runs[best][0], runs[lightest][0]
    arithmetic = f"{one.multiply_adds / other.multiply_adds:,.0f}"
    parameters = f"{one.parameters / other.parameters:,.1f}"
    return Answer(
        f"For each image the best does {arithmetic} times the arithmetic of {name(lightest).english}, with "
        f"{parameters} times the parameters.",
        f"그 대신 검증에서 가장 좋은 이 신경망은 {name(lightest).korean}에 비해 이미지 한 장에 드는 연산이 "
        f"{arithmetic}배, 파라미터가 {parameters}배입니다.",
    )
