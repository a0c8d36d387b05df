"""What chapter 3 answers: which optimizer is best, and whether it is the optimizer or its rate that wins."""

from __future__ import annotations

from collections.abc import Iterable

from emnist_utils.report import comparison, tables
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import accuracy, against, out_of, seeds
from emnist_utils.report.korean import with_particle
from emnist_utils.report.optimizer_rates import OptimizerRates, optimizer_of, optimizer_rates
from emnist_utils.report.selection import best_on_validation
from emnist_utils.training.record import Records


def in_short(runs: Records) -> Answer:
    """Return the answer from the records of the study ``optimizers``."""
    rates = optimizer_rates(runs)
    found = comparison.compare_pairs(runs, rates.pairs)
    helped = sum(found[pair].better == pair[0] for pair in rates.gains.values())
    at_default, at_chosen = (_spread(runs, rows.values()) for rows in (rates.defaults, rates.tuned))
    chosen = {row: runs[row] for row in rates.tuned.values()}
    best = best_on_validation(chosen)
    at_best = comparison.compare_pairs(runs, [(row, best) for row in chosen if row != best])
    optimizer, rate = optimizer_of(best), best.rpartition(", ")[2]
    if not helped:
        opening = Answer(
            "**No optimizer is seen to gain by a rate of its own.**",
            "**학습률을 따로 골라 주어서 나아진 최적화 기법은 확인하지 못했습니다.**",
        )
        gained = Answer("none gains by more than chance", "우연으로 보기 어려울 만큼 나아진 기법은 없습니다")
    else:
        opening = (
            Answer("**It is the rate more than the optimizer.**", "**최적화 기법보다 학습률의 영향이 큽니다.**")
            if at_chosen < at_default / 2
            else Answer("**Both matter.**", "**최적화 기법과 학습률이 모두 영향을 줍니다.**")
        )
        count = out_of(helped, len(rates.tuned))
        gained = Answer(
            f"{count.english} gain by more than chance",
            f"최적화 기법 {count.korean}가 우연으로 보기 어려울 만큼 나아졌습니다",
        )
    return together(
        [
            opening,
            Answer(
                f"At Keras' default rates first and last are {at_default:.2f} points apart in the test, at rates "
                f"chosen on validation {at_chosen:.2f}; {gained.english}.",
                f"테스트 정확도의 최고와 최저의 차이는 Keras의 기본 학습률에서는 {at_default:.2f}%p, 검증으로 고른 "
                f"학습률에서는 {at_chosen:.2f}%p이며, {gained.korean}.",
            ),
            Answer(
                f"{optimizer} at {rate} is then best on validation, with {accuracy(runs[best])} % in the test.",
                f"학습률을 고르고 나면 검증 정확도는 {with_particle(f'{optimizer}({rate})', '이/가')} 가장 높고, "
                f"테스트 정확도는 {accuracy(runs[best])}%입니다.",
            ),
            against(at_best.values(), {row: optimizer_of(row) for row in chosen}),
            *_at_the_edge(rates),
            seeds(runs),
        ]
    )


def _at_the_edge(rates: OptimizerRates) -> list[Answer]:
    """Say for how many optimizers the chosen rate is the lowest or the highest that was tried."""
    if not rates.at_the_edge:
        return []
    count = out_of(len(rates.at_the_edge), len(rates.tuned))
    return [
        Answer(
            f"For {count.english} the chosen rate is at the end of those tried, so a better one may lie beyond.",
            f"최적화 기법 {count.korean}에서 고른 학습률이 시험한 범위의 끝에 있으므로, 그 너머에 더 나은 학습률이 "
            "있을 수 있습니다.",
        )
    ]


def _spread(runs: Records, rows: Iterable[str]) -> float:
    """Return how far the best of some rows is above the worst, in points of test accuracy."""
    found = [100 * tables.accuracy(runs[row]).value for row in rows]
    return max(found) - min(found)
