"""What chapter 7 answers: whether a network trained on one set answers another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emnist_utils.data.specs import SPECS
from emnist_utils.report import cross_dataset
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.answers.wording import out_of, seeds, span
from emnist_utils.report.counting import expected_overlap
from emnist_utils.training.record import Records

#: What `cross_dataset.Advantage` calls a case, and how an answer counts such cases.
_VERDICTS = {
    "better": ("better in", "더 높은 경우가"),
    "worse": ("worse in", "더 낮은 경우가"),
    "no difference seen": ("not told apart in", "차이를 확인하지 못한 경우가"),
}


def in_short(runs: Records) -> Answer:
    """Return the answer from the records of the study ``cross-dataset``."""
    tests = cross_dataset.read_tests(runs)
    memory = [one.beside_own for key, one in cross_dataset.memory(tests).items() if cross_dataset.same_mix(key)]
    added = [100 * one.value for one in memory if one.low > 0]
    opening = (
        Answer("**It does, and in part from memory.**", "**그렇습니다. 다만 일부는 훈련 이미지를 외운 덕입니다.**")
        if added
        else Answer(
            "**No memory is seen in what it answers.**", "**훈련 이미지를 외워서 맞힌 효과는 확인하지 못했습니다.**"
        )
    )
    return together([opening, *_on_unseen(tests), _seen(tests, added), seeds(runs)])


def _on_unseen(tests: cross_dataset.Tests) -> list[Answer]:
    """Say what networks answer on new images of another set, in a sentence or, where there are none, in no sentence."""
    verdicts = {key: one.verdict for key, one in cross_dataset.advantages(tests, "unseen").items()}
    if not verdicts:
        return []
    right = span(
        (100 * float(np.mean([seed.only("unseen").right.mean() for seed in tests[key]])) for key in verdicts), ".1f"
    )
    found = list(verdicts.values())
    counted = {verdict: found.count(verdict) for verdict in _VERDICTS if verdict in found}
    english = " and ".join(f"{_VERDICTS[verdict][0]} {n}" for verdict, n in counted.items())
    korean = ", ".join(f"{_VERDICTS[verdict][1]} {n}가지" for verdict, n in counted.items())
    return [
        Answer(
            f"Of images that they have not seen, networks from another set answer {right.english} % rightly, in 47 "
            f"classes; beside the tested set's own network that is {english} of {len(found)} cases.",
            f"다른 세트로 훈련한 신경망은 처음 보는 이미지의 {right.korean}%를 맞힙니다(47개 클래스 기준). 그 세트로 "
            f"직접 훈련한 신경망과 비교하면 {len(found)}가지 경우 가운데 {korean}입니다.",
        )
    ]


def _seen(tests: cross_dataset.Tests, added: Sequence[float]) -> Answer:
    """Say how many images were seen, officially and here, and how many points that adds where it does."""
    across = cross_dataset.across(tests)
    alike = [key for key in across if cross_dataset.same_mix(key)]
    specs = {spec.title: spec for spec in SPECS.values()}
    official = span((100 * expected_overlap(specs[key[1]], specs[key[0]]) for key in across), ".1f")
    here = span((100 * float(np.mean([seed.share_seen for seed in tests[key]])) for key in across), ".1f")
    where = Answer(
        "tests where seen and unseen images have the same mix of classes",
        "본 이미지와 처음 보는 이미지의 클래스 구성이 같은 테스트",
    )
    if added:
        points, count = span(added), out_of(len(added), len(alike))
        effect = Answer(
            f"which adds {points.english} points of accuracy in {count.english} {where.english}",
            f"보았고, 그 덕에 {where.korean} {count.korean}에서 정확도가 {points.korean}%p 높게 나왔습니다",
        )
    else:
        effect = Answer(
            f"and no effect of that is seen in the {len(alike)} {where.english}",
            f"보았지만, {where.korean} {len(alike)}개에서 그 효과는 확인하지 못했습니다",
        )
    return Answer(
        f"In the complete sets {official.english} % of the test images are training images of the other set. The "
        f"networks here had seen {here.english} % of the test images, {effect.english}.",
        f"전체 세트에서는 테스트 이미지의 {official.korean}%가 다른 세트의 훈련 이미지입니다. 이 책의 신경망은 "
        f"테스트 이미지의 {here.korean}%를 훈련에서 이미 {effect.korean}.",
    )
