"""What chapter 6 answers: how exact the learning rate has to be."""

from __future__ import annotations

from collections.abc import Sequence

from emnist_utils import reported
from emnist_utils.report import comparison
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import names, seeds
from emnist_utils.report.korean import with_particle
from emnist_utils.report.reported_figures import reported_differences
from emnist_utils.report.selection import best_on_validation, validation_accuracy
from emnist_utils.studies import rate_label
from emnist_utils.training.record import Records


def in_short(runs: Records) -> Answer:
    """Return the answer from the records of the study ``learning-rates``."""
    tenths = [rate_label(rate) for rate in reported.load("learning_rates_second").index]
    within = comparison.compare({label: runs[label] for label in tenths})
    best = next(iter(within.values())).second
    worse = [label for label, one in within.items() if one.better == best]
    better = sum(one.better == one.first for one in within.values())
    level = len(within) - len(worse) - better
    powers = comparison.compare_pairs(runs, [("1e-3", "1e-5"), ("1e-3", "1e-6")])
    lower = {one.second: 100 * one.difference.value for one in powers.values() if one.better == one.first}
    if not lower and level == len(within):
        opening = Answer("**No difference is seen.**", "**학습률에 따른 차이를 확인하지 못했습니다.**")
    elif level > len(within) / 2:
        opening = Answer(
            "**To its power of 10, and hardly more.**",
            "**10의 몇 제곱인지만 맞추면, 그보다 정확할 필요는 거의 없습니다.**",
        )
    else:
        opening = Answer(
            "**More exact than to its power of 10, for trainings of this length.**",
            "**이 정도 길이의 훈련에서는 10의 몇 제곱인지만 맞추어서는 부족합니다.**",
        )
    sentences = [opening]
    if lower:
        rates, points = names(list(lower)), [f"{value:.2f}" for value in lower.values()]
        korean = "각각 " * (len(points) > 1) + ", ".join(f"{point}%p" for point in points)
        sentences.append(
            Answer(
                f"With {rates.english} accuracy is {' and '.join(points)} points lower than with 1e-3.",
                f"학습률 {rates.korean}에서는 1e-3일 때보다 정확도가 {korean} 낮습니다.",
            )
        )
    sentences += [_others(tenths, best, worse, level, better), *_beyond(runs, tenths, best)]
    if not reported_differences().query("table == 'learning_rates_second'")["exceeds"].any():
        sentences.append(
            Answer(
                "The differences within the 2024 report's second pass are no larger than the chance of its test "
                "images makes them.",
                "2024년 보고서의 두 번째 탐색에서 나온 차이는 테스트 이미지를 뽑는 우연만으로 모두 설명됩니다.",
            )
        )
    return together([*sentences, seeds(runs)])


def _others(tenths: Sequence[str], best: str, worse: Sequence[str], level: int, better: int) -> Answer:
    """Say which of the fine rates is best, and how many of the others are level with it, worse or better."""
    smaller = bool(worse) and all(float(label) < float(best) for label in worse)
    counts = [
        (level, "", "not told apart from it", "이와 구별되지 않"),
        (len(worse), "all smaller" * smaller, "worse", "더 낮"),
        (better, "", "better in the test", "테스트에서 더 높"),
    ]
    found = [one for one in counts if one[0]]
    if len(found) == 1:
        ((n, note, what, korean),) = found
        english = f"the other {n}{f', {note},' if note else ''} are {what}"
        korean = f"나머지 {n}개{'(더 작은 값)' if note else ''}는 모두 {korean}"
    else:
        parts = (f"{n} {'is' if n == 1 else 'are'} {what}{f' ({note})' if note else ''}" for n, note, what, _ in found)
        english = f"of the others {' and '.join(parts)}"
        parts = (f"{n}개{'(모두 더 작은 값)' if note else ''}는 {what}" for n, note, _, what in found)
        korean = f"나머지 중 {'고, '.join(parts)}"
    return Answer(
        f"Of {len(tenths)} rates from {tenths[0]} to {tenths[-1]} the best on validation is {best}; {english}.",
        f"{tenths[0]}부터 {tenths[-1]}까지 {len(tenths)}개 가운데 검증 정확도는 {with_particle(best, '이/가')} "
        f"가장 높고, {korean}습니다.",
    )


def _beyond(runs: Records, tenths: Sequence[str], best: str) -> list[Answer]:
    """Say which rate is best of all where that lies outside the fine range, in a sentence or in none."""
    top = best_on_validation(runs)
    rates = {label: group[0].recipe.learning_rate for label, group in runs.items()}
    outside = not min(map(float, tenths)) <= rates[top] <= max(map(float, tenths))
    if not outside or validation_accuracy(runs[top]) <= validation_accuracy(runs[best]):
        return []
    end = rates[top] in (min(rates.values()), max(rates.values()))
    label = rate_label(rates[top])
    return [
        Answer(
            f"The best of all lies outside that range: {label}{', at the end of those that were tried' * end}.",
            f"전체에서 검증 정확도가 가장 높은 학습률은 이 범위 밖에 있는 {label}"
            f"{', 곧 시험한 값 가운데 맨 끝' * end}입니다.",
        )
    ]
