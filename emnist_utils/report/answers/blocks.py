"""What chapter 5 answers: how many residual blocks are enough."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from emnist_utils.report import comparison
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import accuracy, names, seeds
from emnist_utils.report.reported_figures import reported_differences
from emnist_utils.training.record import Records


def in_short(runs: Records) -> Answer:
    """Return the answer from the records of the study ``blocks``."""
    found = comparison.compare_pairs(runs, [(more, fewer) for fewer, more in combinations(runs, 2)])
    gains = [pair for pair, one in found.items() if one.better == pair[0]]
    losses = [pair for pair, one in found.items() if one.better == pair[1]]
    enough = next(label for label in runs if not any(fewer == label for _, fewer in gains))
    few, *_, many = runs
    beaten = list(runs)[: list(runs).index(enough)]
    verb = "is" if len(beaten) == 1 else "are"
    korean = names([f"{label}개" for label in beaten]).korean if beaten else ""
    if not beaten:
        opening = Answer(
            f"**{enough} block, as far as this can tell: no larger number beats it by more than chance.**",
            f"**이 결과로 보면 {enough}개로 충분합니다. 블록을 더 쌓아도 우연을 넘어서는 향상은 확인하지 못했습니다.**",
        )
    elif enough == many:
        opening = Answer(
            f"**{enough} blocks, the most that were tried: {names(beaten).english} {verb} beaten by a larger number.**",
            f"**시험한 가운데 가장 많은 {enough}개입니다. {korean}는 더 많이 쌓은 쪽에 뒤집니다.**",
        )
    else:
        opening = Answer(
            f"**{enough} blocks: no larger number beats {enough} by more than chance; {names(beaten).english} {verb} "
            "beaten.**",
            f"**{enough}개입니다. {korean}는 더 많이 쌓은 쪽에 뒤지지만, {enough}개보다 더 쌓아서 나아지는 것은 "
            "확인하지 못했습니다.**",
        )
    sentences = [opening]
    if gains and losses:
        sentences.append(
            Answer(
                "But more blocks win in some pairs and lose in others, so more is not simply better.",
                "다만 블록이 많은 쪽이 나은 비교도 있고 못한 비교도 있어서, 많을수록 좋다고 할 수는 없습니다.",
            )
        )
    sentences.append(_beside(runs, found, *((enough, few) if beaten else (many, few))))
    if not reported_differences().query("table == 'blocks'")["exceeds"].any():
        seen = bool(gains or losses)
        sentences.append(
            Answer(
                f"The rows of the 2024 report cannot be told apart{'' if seen else ', either'}.",
                f"2024년 보고서의 {'결과끼리는' if seen else '결과끼리도'} 구별되지 않습니다.",
            )
        )
    return together([*sentences, seeds(runs)])


def _beside(
    runs: Records,
    found: Mapping[tuple[str, str], comparison.Comparison],
    more: str,
    fewer: str,
) -> Answer:
    """Say what two numbers of blocks reach, and what the larger one costs."""
    arithmetic = f"{runs[more][0].multiply_adds / runs[fewer][0].multiply_adds:.2f}"
    one = found[more, fewer]
    gain = f"{100 * one.difference.value:+.2f}"
    verdict = Answer("", "차이가 나고") if one.better else Answer(", no difference seen", "차이는 우연일 수 있고")
    return Answer(
        f"In the test {more} blocks reach {accuracy(runs[more])} %, {fewer} block{'s' * (fewer != '1')} "
        f"{accuracy(runs[fewer])} % ({gain} points{verdict.english}), at {arithmetic} times the arithmetic.",
        f"테스트 정확도는 {more}개일 때 {accuracy(runs[more])}%, {fewer}개일 때 {accuracy(runs[fewer])}%로 "
        f"{gain}%p {verdict.korean}, 연산량은 {arithmetic}배입니다.",
    )
