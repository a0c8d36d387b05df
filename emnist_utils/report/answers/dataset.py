"""What chapter 1 answers: what is in EMNIST, and what limits any network on it."""

from __future__ import annotations

from emnist_utils import data
from emnist_utils.data.snapshot import Snapshot
from emnist_utils.data.specs import BYMERGE_TEST_IN_BYCLASS_TEST, SPECS
from emnist_utils.report.answers.answer import Answer, together
from emnist_utils.report.counting import frequency_only_error
from emnist_utils.report.edges import sharper


def in_short(images: Snapshot) -> Answer:
    """Return the answer, counted from the images here and from the official files."""
    byclass, bymerge = SPECS["byclass"], SPECS["bymerge"]
    imbalance = f"{max(byclass.train_counts) / min(byclass.train_counts):.1f}"
    guessed = f"{100 - 100 * frequency_only_error():.2f}"
    shared = f"{100 - 100 * BYMERGE_TEST_IN_BYCLASS_TEST / bymerge.test_size:.1f}"
    uneven_here = shared_here = Answer("", "")
    if images.source.kind != "official":
        counts = images.counts("byclass", "train")
        times = f"{counts.max() / counts.min():.1f}"
        uneven_here = Answer(f" ({times} times in the images here)", f"(이 책이 쓴 이미지에서는 {times}배)")
        if bymerge.name in images.sets:
            seen = data.overlap(images.hashes["bymerge", "test"], images.hashes["byclass", "train"])
            shared_here = Answer(f" ({100 * seen:.1f} % here)", f"(이 책이 쓴 이미지에서는 {100 * seen:.1f}%)")
    return together(
        [
            Answer(
                "**The classes are uneven, some are hard to tell apart, and the sets share images.**",
                "**클래스마다 이미지 수가 크게 다르고, 서로 구별하기 어려운 글자가 있으며, 세트끼리 이미지가 "
                "겹칩니다.**",
            ),
            Answer(
                f"In ByClass the commonest class has {imbalance} times the training images of the rarest"
                f"{uneven_here.english}.",
                "ByClass에서 가장 흔한 클래스의 훈련 이미지는 가장 드문 클래스의 "
                f"{imbalance}배입니다{uneven_here.korean}.",
            ),
            Answer(
                "Someone who reads all else perfectly, but cannot tell apart 0 O o, 1 I i l and the two cases of "
                f"letters that look alike, and answers the commonest there, is right in {guessed} % of its test "
                "images.",
                "0 O o, 1 I i l, 그리고 대문자와 소문자의 모양이 같은 글자를 구별하지 못해 늘 그중 가장 흔한 "
                f"글자로 답하는 사람은, 나머지를 모두 맞히더라도 테스트 이미지의 {guessed}%를 맞히는 데 그칩니다.",
            ),
            *_size(images),
            Answer(
                f"And {shared} % of ByMerge's test images are training images of ByClass{shared_here.english}, so that "
                "tests across sets measure memory, too.",
                f"또 ByMerge 테스트 이미지의 {shared}%는 ByClass의 훈련 이미지이기도 합니다{shared_here.korean}. "
                "그래서 세트를 바꾸어 테스트하면 이미 본 이미지를 외운 효과까지 함께 재게 됩니다.",
            ),
        ]
    )


def _size(images: Snapshot) -> list[Answer]:
    """Say what is left of a character's size, in a sentence, or in none where it does not tell 0 from O."""
    counts = dict(zip(SPECS["byclass"].classes, images.counts("byclass", "train").tolist(), strict=True))
    if min(counts["0"], counts["O"]) < 2:
        return []
    chance = sharper(images, "0", "O")
    if chance.low <= 0.5:
        return []
    times = f"{100 * chance.value:.0f}"
    return [
        Answer(
            "Scaling all characters to one size leaves a sign that hints at it, the sharpness of their edges: of a 0 "
            f"and an O the digit is the sharper {times} times of 100.",
            "크기를 하나로 맞춘 뒤에도 원래 크기를 짐작하게 하는 흔적이 남습니다. 바로 윤곽선의 선명도입니다. 0과 O를 "
            f"하나씩 뽑으면 100번 가운데 {times}번은 숫자의 윤곽선이 더 선명합니다.",
        )
    ]
