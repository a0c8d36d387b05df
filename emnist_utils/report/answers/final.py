"""What chapter 10 answers: how good the best network is, and what it still gets wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emnist_utils import reported
from emnist_utils.data.specs import SPECS
from emnist_utils.report import comparison, errors, tables
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import accuracy, against, listed, name, seeds, span
from emnist_utils.report.korean import with_particle
from emnist_utils.report.selection import best_on_validation, half_or_wider, recipe_of
from emnist_utils.statistics import Interval
from emnist_utils.studies import CHOSEN
from emnist_utils.training.record import Record, Records

_PEER = "WaveMix-Lite 128/7"


def in_short(widths: Records, finals: Records, networks: Records, over_views: Mapping[str, Interval]) -> Answer:
    """Return the answer.

    Parameters
    ----------
    widths, finals, networks : mapping
        Records of the studies ``width``, ``final`` and ``models``.
    over_views : mapping
        From each set's title to the final model's accuracy over shifted views of each test image, in 0..1.
    """
    compared = half_or_wider(widths)
    on = [f"{accuracy(finals[title])} % on {title}" for title in over_views]
    korean = ", ".join(f"{title}에서 {accuracy(finals[title])}%" for title in over_views)
    viewed = [f"{tables.percent(over_views[title])} % on {title}" for title in over_views]
    in_korean = [f"{title}에서 {tables.percent(over_views[title])}%" for title in over_views]
    matrix = reported.load("cross_dataset").set_index("tested on", append=True).accuracy
    theirs = [f"{matrix[title, title]:.2f}" for title in over_views]
    seen = f"{100 * finals['ByClass'][0].data.train / SPECS['byclass'].train_size:.0f}"
    return together(
        [
            Answer(
                f"**The final model answers {on[0]}, {on[1]} and {on[2]} rightly in the test.**",
                f"**최종 모델의 테스트 정확도는 {korean}입니다.**",
            ),
            Answer(
                f"The 2024 report has {theirs[0]}, {theirs[1]} and {theirs[2]} % there; this model saw {seen} % of "
                "ByClass' training images.",
                f"2024년 보고서에서는 차례로 {theirs[0]}%, {theirs[1]}%, {theirs[2]}%였고, 이 모델은 ByClass 훈련 "
                f"이미지의 {seen}%를 썼습니다.",
            ),
            Answer(
                f"Over nine views of each image, shifted by up to a pixel, it answers {listed(viewed)} rightly.",
                "각 이미지를 상하좌우로 최대 한 픽셀씩 옮긴 아홉 가지 모습으로 보고 답을 평균하면 정확도는 "
                f"{', '.join(in_korean)}입니다.",
            ),
            *_recipe(compared),
            _beside_peer(finals["ByClass, fewer images"], networks[_PEER]),
            *_wrong(finals["ByClass"]),
            seeds({**compared, **finals}),
        ]
    )


def _recipe(compared: Records) -> list[Answer]:
    """Say which recipe the model has, and how the others compare with the one that validation chooses."""
    best = best_on_validation(compared)
    trained = recipe_of(CHOSEN["width"])
    own, chosen = name(trained), name(best)
    if best == trained:
        sentence = Answer(
            f"Its recipe on ByClass and ByMerge, {own.english}, is the best of {len(compared)} on validation.",
            f"ByClass와 ByMerge에 쓴 설정은 {len(compared)}개 가운데 검증 정확도가 가장 높은 {own.korean}입니다.",
        )
    else:
        sentence = Answer(
            f"Its recipe on ByClass and ByMerge is {own.english}; of {len(compared)} here {chosen.english} is the best "
            "on validation.",
            f"ByClass와 ByMerge에 쓴 설정은 {with_particle(own.korean, '이고/고')}, 여기서 {len(compared)}개 가운데 "
            f"검증 정확도가 가장 높은 것은 {chosen.korean}입니다.",
        )
    beside = comparison.compare(compared, best).values()
    if all(one.better == best for one in beside):
        points = span(100 * abs(one.difference.value) for one in beside)
        return [
            sentence,
            Answer(
                f"Behind it in the test are all {len(beside)} others, by {points.english} points.",
                f"테스트에서는 나머지 {len(beside)}개 모두가 {points.korean}%p 더 낮습니다.",
            ),
        ]
    return [sentence, against(beside)]


def _beside_peer(own: Sequence[Record], peer: Sequence[Record]) -> Answer:
    """Say how the recipe for few images does beside the network that the report quotes as the best, on the same few."""
    (found,) = comparison.compare_pairs({"own": own, "peer": peer}, [("own", "peer")]).values()
    points = f"{100 * abs(found.difference.value):.2f}"
    if not found.better:
        return Answer(
            f"On equally few training images no difference to {_PEER} is seen.",
            f"같은 수의 적은 이미지로 훈련한 {with_particle(_PEER, '과/와')}는 차이를 확인하지 못했습니다.",
        )
    ahead = found.better == "own"
    recipe = name(CHOSEN["few-images"])
    return Answer(
        f"Where images are few, and on Balanced, it is {recipe.english}; trained on {own[0].data.train:,} images so, "
        f"as {_PEER} is here, it is {points} points {'ahead of' if ahead else 'behind'} it.",
        f"이미지가 적을 때와 Balanced에서 쓴 설정은 {with_particle(recipe.korean, '이고/고')}, "
        f"{with_particle(_PEER, '과/와')} 똑같이 이미지 {own[0].data.train:,}장으로 훈련하면 그보다 "
        f"{points}%p {'높' if ahead else '낮'}습니다.",
    )


def _wrong(final: Sequence[Record]) -> list[Answer]:
    """Say what kind of errors there are, in a sentence or, where there are none, in no sentence."""
    confusion = errors.confusion_matrix(final, SPECS["byclass"].classes)
    lost = errors.error_budget(confusion)["here"]
    if lost.sum() == 0:
        return []
    share = f"{100 * lost.iloc[:-1].sum() / lost.sum():.0f}"
    true, answered = errors.commonest_confusions(confusion, 1).iloc[0][["true", "answered"]]
    return [
        Answer(
            f"{share} % of its errors on ByClass are between characters that look alike; the commonest is {true} "
            f"read as {answered}.",
            f"ByClass에서 틀린 답의 {share}%는 모양이 비슷한 글자끼리 혼동한 것이며, {with_particle(true, '을/를')} "
            f"{with_particle(answered, '으로/로')} 읽은 경우가 가장 많습니다.",
        )
    ]
