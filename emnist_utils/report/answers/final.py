"""What chapter 10 answers: how good the best network is, and what it still gets wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emnist_utils import reported
from emnist_utils.data.specs import SPECS
from emnist_utils.report import comparison, errors
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import accuracy, against, name, seeds
from emnist_utils.report.korean import with_particle
from emnist_utils.report.selection import best_on_validation
from emnist_utils.training.record import Record


def in_short(candidates: Mapping[str, Sequence[Record]], finals: Mapping[str, Sequence[Record]]) -> Answer:
    """Return the answer from the records of the studies ``candidates`` and ``final``."""
    byclass = SPECS["byclass"]
    chosen = best_on_validation(candidates)
    confusion = errors.confusion_matrix(finals["ByClass"], byclass.classes)
    lost = errors.error_budget(confusion)["here"]
    levels = {title: accuracy(finals[title]) for title in ("ByClass", "ByMerge", "Balanced")}
    *others, last = (f"{level} % on {title}" for title, level in levels.items())
    sentences = [
        Answer(
            f"**It answers {', '.join(others)} and {last} rightly.**",
            f"**테스트 정확도는 {', '.join(f'{title} {level}%' for title, level in levels.items())}입니다.**",
        ),
        Answer(
            f"Of {len(candidates)} recipes {name(chosen).english} is best on validation, with "
            f"{accuracy(candidates[chosen])} % in the test.",
            f"후보 {len(candidates)}개 가운데 검증 정확도가 가장 높은 것은 "
            f"{with_particle(name(chosen).korean, '이고/고')}, 그 테스트 정확도는 "
            f"{accuracy(candidates[chosen])}%입니다.",
        ),
        against(comparison.compare(candidates, chosen).values()),
    ]
    if lost.sum() > 0:
        share = f"{100 * lost.iloc[:-1].sum() / lost.sum():.0f}"
        first = errors.commonest_confusions(confusion, 1).iloc[0]
        sentences.append(
            Answer(
                f"{share} % of its errors are between characters that look alike; the commonest is {first['true']} "
                f"read as {first['answered']}.",
                f"틀린 답의 {share}%는 모양이 비슷한 글자끼리 혼동한 것이며, {with_particle(first['true'], '을/를')} "
                f"{with_particle(first['answered'], '으로/로')} 읽은 경우가 가장 많습니다.",
            )
        )
    trained = finals["ByClass"][0].data.train
    if trained < byclass.train_size / 2:
        report, times = f"{reported.load('models').accuracy['Residual CNN']:.2f}", f"{byclass.train_size / trained:.0f}"
        sentences.append(
            Answer(
                f"The 2024 report's final network reached {report} % with {times} times the training images.",
                f"2024년 보고서의 최종 모델은 {times}배의 이미지로 훈련하여 {report}%를 얻었습니다.",
            )
        )
    return together([*sentences, seeds(candidates)])
