"""What the chapters answer in short: words that follow the records, and one set of numbers in two languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from emnist_utils import reported, results, studies
from emnist_utils.data import SPECS, Source
from emnist_utils.data.parts import Part
from emnist_utils.data.snapshot import Snapshot
from emnist_utils.models.summary import LayerSummary
from emnist_utils.report import korean_banner, markdown, view_accuracy
from emnist_utils.report.answers import (
    across_datasets,
    activation,
    blocks,
    dataset,
    final,
    learning_rate,
    losses,
    network,
    optimizer,
    training_size,
    wording,
)
from emnist_utils.report.answers.answer import Answer
from emnist_utils.report.korean import with_particle
from emnist_utils.statistics import wilson
from emnist_utils.training import metrics
from emnist_utils.training.record import OtherPredictions, Predictions, Record
from emnist_utils.training.record import TestScores as Scores

Rows = dict[str, list[Record]]
Study = Callable[..., Rows]

#: Test images of each class, so that four in ten more right answers are no chance.
EACH = 8

#: Accuracies over several views of each image: 70, 80 and 90 %.
VIEWED = {title: wilson(right, 10) for title, right in zip(view_accuracy.SETS, (7, 8, 9), strict=True)}

#: The study or studies of each chapter that has runs, and its answer.
ANSWERS: dict[str, tuple[tuple[str, ...], Callable[..., Answer]]] = {
    "network": (("models",), network.in_short),
    "optimizer": (("optimizers",), optimizer.in_short),
    "activation": (("activations",), activation.in_short),
    "blocks": (("blocks",), blocks.in_short),
    "learning_rate": (("learning-rates",), learning_rate.in_short),
    "across_datasets": (("cross-dataset",), across_datasets.in_short),
    "losses": (("class-balance", "focal-loss", "regularisation"), losses.in_short),
    "training_size": (("training-size",), training_size.in_short),
    "final": (("width", "final", "models"), partial(final.in_short, over_views=VIEWED)),
}

BYCLASS, BYMERGE = SPECS["byclass"], SPECS["bymerge"]


def labels_of(name: str) -> np.ndarray:
    """Return the labels of a set's test images."""
    return np.repeat(np.arange(len(SPECS[name].classes), dtype=np.uint8), EACH)


def right_answers(trained_on: str, tested_on: str) -> np.ndarray:
    """Return what a perfect network answers, in the labels of the set that it was trained on."""
    labels = labels_of(tested_on)
    if trained_on == tested_on or SPECS[trained_on].classes == SPECS[tested_on].classes:
        return labels
    if tested_on == "byclass":
        return np.array(BYCLASS.from_byclass if trained_on == "byclass" else BYMERGE.from_byclass)[labels]
    return np.array([BYMERGE.from_byclass.index(label) for label in labels])


def answered(trained_on: str, tested_on: str, share: float, seen: np.ndarray | None = None) -> np.ndarray:
    """Return answers of which a share is right, spread over all classes; all are right on images that were seen."""
    right = right_answers(trained_on, tested_on)
    order = np.random.default_rng(0).permutation(len(right))
    wrong = order[round(share * len(right)) :]
    given = right.copy()
    given[wrong] = (given[wrong] + 1) % len(SPECS[trained_on].classes)
    return (given if seen is None else np.where(seen, right, given)).astype(np.uint8)


@pytest.fixture
def study(make: Any, monkeypatch: pytest.MonkeyPatch) -> Study:
    """Return a function that makes the records of a study, with so many seeds, by the share of right answers."""
    predictions: dict[str, Predictions] = {}
    monkeypatch.setattr(results, "read_predictions", lambda record: predictions[record.run_id])

    def made(name: str, seeds: int, share: Callable[[str], float], **options: Any) -> Rows:
        smoke = studies.PROFILES["smoke"]
        budgets = ("comparison", "candidates", "headline", "heavy", "final")
        profile = replace(smoke, **{b: replace(getattr(smoke, b), seeds=tuple(range(seeds))) for b in budgets})
        by_label = studies.study(name).recipes(profile)
        return {
            label: [record(recipe, share(label) + luck(index, recipe.seed), index, **options) for recipe in group]
            for index, (label, group) in enumerate(by_label.items())
        }

    def luck(row: int, seed: int) -> float:
        return float(np.random.default_rng([row, seed]).normal(0, 0.02)) if seed else 0.0

    def record(recipe: Any, share: float, index: int, remembers: bool = True, chosen: str = "") -> Record:
        one, _ = make(**recipe.model_dump())
        name, classes = recipe.dataset, len(SPECS[recipe.dataset].classes)
        labels, given = labels_of(name), answered(name, name, share)
        others = {}
        for other in recipe.test_on:
            seen = np.arange(len(labels_of(other))) % 3 == 0
            others[other] = OtherPredictions(
                rows=np.arange(len(seen), dtype=np.int32),
                labels=labels_of(other),
                predicted=answered(name, other, share, seen if remembers else None),
                seen=seen,
            )
        predictions[one.run_id] = Predictions(
            rows=np.arange(len(labels), dtype=np.int32),
            labels=labels,
            predicted=given,
            confidence=np.full(len(labels), 0.75, np.float16),
            true_probability=np.full(len(labels), 0.5, np.float16),
            others=others,
        )
        accuracy = float((given == labels).mean())
        scores = Scores(loss=1, accuracy=accuracy, weighted_f1=0, macro_f1=0, balanced_accuracy=accuracy)
        return one.model_copy(
            update={
                "test": scores,
                "confusion": metrics.confusion(labels, given, classes).tolist(),
                "data": one.data.model_copy(update={"train": recipe.train_size, "test": len(labels)}),
                "curves": one.curves.model_copy(
                    update={"val_accuracy": [0.0, 1.0 if recipe.activation == chosen else share]}
                ),
                "layers": (LayerSummary("Dense", (10,), 1_000 * (index + 1), 500 * (index + 1)),),
            }
        )

    return made


def numbers(text: str) -> Counter[str]:
    """Count the numbers of a text."""
    return Counter(re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text))


def spread(names: Sequence[str]) -> Callable[[str], float]:
    """Return shares for rows that are far apart, the last the best."""
    order = list(
        dict.fromkeys(label for name in names for label in studies.study(name).recipes(studies.PROFILES["smoke"]))
    )
    return lambda label: 0.2 + 0.7 * (order.index(label) + 1) / len(order)


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("apart", [True, False], ids=["apart", "alike"])
@pytest.mark.parametrize("chapter", ANSWERS)
def test_an_answer_says_the_same_in_both_languages(chapter: str, apart: bool, seeds: int, study: Study) -> None:
    """Protects readers of either language from numbers that the other has not, and from an unmarked single training."""
    names, in_short = ANSWERS[chapter]
    share = spread(names) if apart else lambda label: 0.8
    found = in_short(*(study(name, seeds, share) for name in names))
    assert numbers(found.english) == numbers(found.korean)
    assert len(numbers(found.english)) > 3
    assert ("(1 seed for each" in found.english) == ("시드 1개" in found.korean) == (seeds == 1)
    assert re.findall(r"[은을이과]/[는를가와]|nan|\{|\}", found.english + found.korean) == []
    sentences = re.split(r"\.(?:\*\*)?(?: |$)", found.korean)
    assert [sentence for sentence in sentences if sentence and not sentence.endswith(("니다", ")"))] == []


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("chapter", [name for name in ANSWERS if name != "across_datasets"])
def test_rows_alike_are_no_difference(chapter: str, seeds: int, study: Study) -> None:
    """Protects from a verdict on rows that cannot be told apart, in either language."""
    names, in_short = ANSWERS[chapter]
    found = in_short(*(study(name, seeds, lambda label: 0.8) for name in names))
    assert re.search(r"[Nn]o (difference|gain|help|larger)|No optimizer", found.english)
    assert "확인하지 못했습니다" in found.korean
    assert not re.search(r"[Bb]ehind it|[Aa]head of it|rises|lower than|are beaten", found.english)
    assert not re.search(r"더 낮습니다|더 높습니다|오릅니다|뒤지지만", found.korean)


@pytest.mark.parametrize("chapter", ["network", "optimizer", "activation", "losses", "final"])
def test_rows_apart_are_named_with_their_gaps(chapter: str, study: Study) -> None:
    """Protects from an answer that hides a difference which the chapter sees."""
    names, in_short = ANSWERS[chapter]
    found = in_short(*(study(name, 1, spread(names)) for name in names))
    assert re.search(
        r"Behind it in the test (is|are) .*points|Ahead of it in the test (is|are) .*points", found.english
    )
    assert re.search(r"[은는이가] [\d.]+(\\~[\d.]+)?%p.* 더 (낮|높)습니다", found.korean)


def test_an_answer_follows_its_records(study: Study) -> None:
    """Protects from words that stay when the records say something else."""
    rates = {"1e-6": 0.2, "1e-5": 0.3}
    share = {
        "plain": lambda label: rates.get(label, 0.8),
        "slope": lambda label: rates.get(label, 0.9 if label in ("1e-3", "1e-2", "base") else 0.5),
    }
    plain, slope = (learning_rate.in_short(study("learning-rates", 1, each)).english for each in share.values())
    assert plain.startswith("**To its power of 10, and hardly more.**")
    assert "the other 9 are not told apart from it." in plain
    assert slope.startswith("**More exact than to its power of 10")
    assert "the other 9, all smaller, are worse." in slope
    assert re.search(r"With 1e-5 and 1e-6 accuracy is \d+\.\d\d and \d+\.\d\d points lower", plain)
    higher = learning_rate.in_short(study("learning-rates", 1, lambda label: 0.95 if label == "1e-2" else 0.8)).english
    assert "The best of all lies outside that range: 1e-2, at the end of those that were tried." in higher
    assert "outside that range" not in plain
    deeper = blocks.in_short(study("blocks", 1, lambda label: 0.4 if label == "1" else 0.8))
    assert deeper.english.startswith("**2 blocks: no larger number beats 2 by more than chance; 1 is beaten.**")
    assert deeper.korean.startswith("**2개입니다.")
    mixed = blocks.in_short(study("blocks", 1, lambda label: {"1": 0.4, "4": 0.6}.get(label, 0.8))).english
    assert "win in some pairs and lose in others" in mixed
    grown = training_size.in_short(study("training-size", 1, lambda label: 0.3 if label == "1/8" else 0.8)).english
    assert re.match(r"\*\*Accuracy: from 39 to 310 training images it rises by 50\.\d\d points", grown)
    assert "From the last doubling alone no gain is seen." in grown
    assert re.search(
        r"two laws, neither of which fits the points, put the test error at [\d.]+ to [\d.]+ or [\d.]+ to", grown
    )


def test_a_row_that_only_the_test_prefers_is_told(study: Study) -> None:
    """Protects the choice on validation, and readers from hearing that the best ones are alike where they are not."""
    share = {"ReLU": 0.7, "GELU": 0.9}
    found = activation.in_short(study("activations", 1, lambda label: share.get(label, 0.3), chosen="relu"))
    assert found.english.startswith(
        "**Yes, but validation and test do not agree on the best.** ReLU is best on validation"
    )
    assert "Ahead of it in the test is GELU by" in found.english
    assert "테스트에서는 GELU가" in found.korean
    level = activation.in_short(study("activations", 1, lambda label: 0.7 if label in share else 0.3))
    assert level.english.startswith("**Yes, but the best ones cannot be told apart.** ReLU is best on validation")


def test_rates_and_optimizers_share_the_blame_as_the_records_say(study: Study) -> None:
    """Protects the answer on optimizers: the rate decides where rates of their own bring them together."""
    default = {f"{name}, {studies.rate_label(rate)}" for name, (_, rate, _) in studies.OPTIMIZERS.items()}
    of_rate = study("optimizers", 1, lambda label: (0.3 if label.startswith("A") else 0.5) if label in default else 0.8)
    assert optimizer.in_short(of_rate).english.startswith("**It is the rate more than the optimizer.**")
    assert "all 7 gain by more than chance" in optimizer.in_short(of_rate).english
    both = study("optimizers", 1, lambda label: 0.9 if label.startswith("Nadam") else 0.2 if label in default else 0.5)
    assert optimizer.in_short(both).english.startswith("**Both matter.**")
    assert "6 of the 7 gain" in optimizer.in_short(both).english
    assert "7개 가운데 6개가" in optimizer.in_short(both).korean
    middle = {"SGD": "3e-2", "SGD (Nesterov)": "3e-2", "Adagrad": "3e-3", "RMSprop": "1e-3"}
    tops = {f"{name}, {middle.get(name, '3e-3')}" for name in studies.OPTIMIZERS}
    within = study("optimizers", 1, lambda label: 0.8 if label in tops else 0.5)
    assert "end of those tried" not in optimizer.in_short(within).english
    outside = study("optimizers", 1, lambda label: 0.8 if label in tops - {"Adam, 3e-3"} else 0.5)
    assert "For 1 of the 7 the chosen rate is at the end of those tried" in optimizer.in_short(outside).english
    assert "7개 가운데 1개에서" in optimizer.in_short(outside).korean


def test_memory_is_told_only_where_it_is_seen(study: Study) -> None:
    """Protects the answer across sets: networks that know seen images, and networks that do not."""
    remembering = across_datasets.in_short(study("cross-dataset", 1, lambda label: 0.5))
    assert remembering.english.startswith("**It does, and in part from memory.**")
    assert "in all 4 tests where seen and unseen images have the same mix of classes" in remembering.english
    forgetful = across_datasets.in_short(study("cross-dataset", 1, lambda label: 0.5, remembers=False))
    assert forgetful.english.startswith("**No memory is seen")
    assert "그 효과는 확인하지 못했습니다" in forgetful.korean


def test_networks_are_compared_within_a_budget(study: Study) -> None:
    """Protects from a verdict on networks that saw other numbers of images, and on a network against itself."""
    runs = study("models", 1, spread(["models"]))
    found = network.in_short(runs)
    assert found.english.startswith("**Of the 4 networks trained alike, the residual CNN is best")
    assert "Of 3 that saw fewer images, WaveMix-Lite 128/7 is best on validation" in found.english
    assert "더 적은 이미지로 훈련한 3개 가운데서는 WaveMix-Lite 128/7이" in found.korean
    same = network.in_short(runs | {"Residual CNN, fewer images": runs["Residual CNN"]})
    assert same.english.startswith("**Of the 4 networks trained alike")
    assert "the residual CNN is seen" not in same.english


def test_the_final_model_is_told_with_its_recipe_and_its_peer(study: Study) -> None:
    """Protects the last answer: the model's recipe, whether validation chose it, and how the quoted peer does."""
    finals = study("final", 1, lambda label: 0.9 if label == "ByClass, fewer images" else 0.8)
    networks = study("models", 1, lambda label: 0.8)
    own = studies.CHOSEN["width"]
    called = wording.name("label smoothing, three-quarter width, shifts, dropout, Nesterov, 3 blocks, twice the passes")
    other = study("width", 1, lambda label: 0.5 if label == own else 0.9)
    assert (
        f"Its recipe on ByClass and ByMerge is {called.english}; of 9 here "
        in final.in_short(other, finals, networks, VIEWED).english
    )
    chosen = study("width", 1, lambda label: 0.9 if label in (own, "quarter width") else 0.5)
    found = final.in_short(chosen, finals, networks, VIEWED)
    assert f"Its recipe on ByClass and ByMerge, {called.english}, is the best of 9 on validation." in found.english
    assert f"검증 정확도가 가장 높은 {called.korean}입니다." in found.korean
    assert re.search(r"Behind it in the test are all 8 others, by \d+\.\d\d", found.english)
    assert "half width" not in found.english
    for title, share in zip(view_accuracy.SETS, ("70.00", "80.00", "90.00"), strict=True):
        assert re.search(rf"{share}\s±\s\d+\.\d\d % on {title}", found.english)
        assert re.search(rf"{title}에서 {share}\s±", found.korean)
    assert re.search(r"as WaveMix-Lite 128/7 is here, it is (\d+\.\d\d) points ahead of it\.", found.english)
    assert re.search(r"WaveMix-Lite 128/7과 똑같이 .*그보다 \d+\.\d\d%p 높습니다", found.korean)
    level = final.in_short(chosen, finals | {"ByClass, fewer images": finals["ByClass"]}, networks, VIEWED)
    assert "no difference to WaveMix-Lite 128/7 is seen" in level.english


def test_better_balance_is_told_apart_from_better_accuracy(study: Study) -> None:
    """Protects the answer on losses: balanced accuracy rises where intervals part, accuracy where a test says so."""
    aim = ("class weights", "balanced sampling", "logit adjustment")
    names, _ = ANSWERS["losses"]
    both = [study(name, 1, lambda label: 0.9 if label in aim else 0.6) for name in names]
    assert losses.in_short(*both).english.startswith("**Yes, for accuracy and for the rare classes.**")
    accuracy = [study(name, 1, lambda label: 0.9 if label == "dropout" else 0.6) for name in names]
    assert losses.in_short(*accuracy).english.startswith("**For accuracy, yes; for the rare classes no gain is seen.**")
    assert "Ahead of it in the test is dropout by" in losses.in_short(*accuracy).english


def test_macro_f1_tells_what_balance_costs(study: Study) -> None:
    """Protects from balanced accuracy alone, which does not see how many answers of a rare class are wrong."""
    aim = ("class weights", "balanced sampling", "logit adjustment")
    names, _ = ANSWERS["losses"]
    balance, *others = [study(name, 1, lambda label: 0.9 if label in aim else 0.6) for name in names]
    assert "macro-F1" not in losses.in_short(balance, *others).english
    for label, macro_f1 in (("cross-entropy", 0.5), ("class weights, square root", 0.75)):
        (one,) = balance[label]
        balance[label] = [one.model_copy(update={"test": one.test.model_copy(update={"macro_f1": macro_f1})})]
    found = losses.in_short(balance, *others)
    assert "lower with class weights, balanced sampling and logit adjustment (0.00 %)" in found.english
    assert "and higher with square-root weights (75.00 %)." in found.english
    assert numbers(found.english) == numbers(found.korean)


def snapshot(kind: Any, sets: Sequence[str], sharper: int = 0) -> Snapshot:
    """Return a snapshot of some images: 30 of each class, of 0 alone 90; a third of ByMerge's test is in ByClass.

    So many of the images of 0 have sharper edges than all others.
    """
    labels, rows = {}, {}
    for name in sets:
        classes = np.arange(len(SPECS[name].classes), dtype=np.uint8)
        labels[name, "train"] = np.concatenate([np.repeat(classes, 30), np.zeros(60, np.uint8)])
        labels[name, "test"] = np.repeat(classes, 3)
        start = 100_000 * sets.index(name)
        rows[name, "train"] = np.arange(start, start + len(labels[name, "train"]))
        rows[name, "test"] = np.arange(start + 50_000, start + 50_000 + len(labels[name, "test"]))
    if "bymerge" in sets:
        third = len(rows["bymerge", "test"]) // 3
        rows["bymerge", "test"][:third] = rows["byclass", "train"][:third]
    part = Part(np.arange(300_000, dtype=np.uint64), rows, {})
    pixels: Mapping[str, Any] = dict.fromkeys(sets)
    edges = np.zeros((62, 256), np.int64)
    edges[:, 100] = 30
    edges[0, [100, 120]] = 90 - sharper, sharper
    means = np.zeros((62, 28, 28))
    return Snapshot(Source(kind, "Images of a test."), part, labels, pixels, means, edges, None)  # type: ignore


@pytest.mark.parametrize(
    ("kind", "sets", "here", "hier"),
    [
        ("part", ["byclass", "bymerge"], ["3.0", "33.3"], 2),
        ("part", ["byclass"], ["3.0"], 1),
        ("official", ["byclass", "bymerge"], [], 0),
    ],
)
def test_images_here_stand_beside_the_official_ones(kind: str, sets: list[str], here: list[str], hier: int) -> None:
    """Protects the first chapter's answer: official numbers, beside them those of the images here where they differ."""
    found = dataset.in_short(snapshot(kind, sets))
    assert numbers(found.english) == numbers(found.korean)
    official = ["20.2", "87.35", "85.8"]
    assert {number for number in numbers(found.english) if "." in number} == {*official, *here}
    assert found.english.count("here)") == found.korean.count("(이 책이 쓴") == hier


def test_a_sign_of_size_is_told_where_the_images_have_it() -> None:
    """Protects the sentence on edges: an image of 0 is the sharper one for all that are, and half of the equal ones."""
    assert "sharper" not in dataset.in_short(snapshot("part", ["byclass"])).english
    found = dataset.in_short(snapshot("part", ["byclass"], sharper=45))
    assert "of a 0 and an O the digit is the sharper 75 times of 100." in found.english
    assert numbers(found.english) == numbers(found.korean)


@pytest.mark.parametrize("kind", ["part", "synthetic"])
def test_the_korean_box_tells_the_origin_of_the_numbers(kind: str, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects Korean readers from numbers of unknown origin, and from characters drawn by code taken for EMNIST's."""
    shown: list[str] = []
    monkeypatch.setattr(markdown, "display", lambda thing: shown.append(thing.data))
    rows = {"one": [make(seed=seed, kind=kind)[0] for seed in range(3)], "two": [make(epochs=5, kind=kind)[0]]}
    korean_banner.about_runs("smoke", rows)
    assert ("EMNIST의 이미지가 아닙니다" in shown[0]) == (len(shown) == 2) == (kind == "synthetic")
    assert "훈련 이미지 60장, 테스트 이미지 4장, 2\\~5에포크, 설정마다 시드 1개 또는 3개" in shown[-1]
    assert "`smoke`" in shown[-1] and "CPU (a test's), 스레드 1개" in shown[-1]


@pytest.mark.parametrize(
    ("word", "pair", "expected"),
    [
        ("잔차 CNN", "은/는", "잔차 CNN은"),
        ("LeNet-5", "은/는", "LeNet-5는"),
        ("WaveMix-Lite 128/7", "은/는", "WaveMix-Lite 128/7은"),
        ("WaveMix-Lite 128/7", "으로/로", "WaveMix-Lite 128/7로"),
        ("ResNet-50", "과/와", "ResNet-50과"),
        ("1e-3", "이/가", "1e-3이"),
        ("Nadam(3e-4)", "이/가", "Nadam(3e-4)이"),
        ("RMSprop", "은/는", "RMSprop은"),
        ("swish", "이/가", "swish가"),
        ("ReLU", "과/와", "ReLU와"),
        ("‘swish, Nadam, 데이터 증강’", "은/는", "‘swish, Nadam, 데이터 증강’은"),
        ("교차 엔트로피", "과/와", "교차 엔트로피와"),
        ("초점 손실(감마 1)", "으로/로", "초점 손실(감마 1)로"),
        ("m", "을/를", "m을"),
        ("c", "을/를", "c를"),
        ("r", "을/를", "r을"),
        ("r", "으로/로", "r로"),
        ("O", "을/를", "O를"),
        ("0", "으로/로", "0으로"),
    ],
)
def test_particles_fit_the_sound_before_them(word: str, pair: str, expected: str) -> None:
    """Protects Korean readers from particles that no one would say."""
    assert with_particle(word, pair) == expected


def test_nothing_to_read_is_an_error() -> None:
    """Protects from a particle behind nothing."""
    with pytest.raises(ValueError, match=r"'\(a\)' has no letter or digit that a particle could follow"):
        with_particle("(a)", "은/는")


def test_every_row_in_a_sentence_has_a_korean_name() -> None:
    """Protects Korean readers from English words; some networks are called the same in both languages."""
    same = {"LeNet-5", "CNN", "ResNet-50", "WaveMix-Lite 128/7"}
    labels = set(reported.load("losses").index)
    for study_name in ("models", "class-balance", "regularisation", "candidates"):
        labels |= studies.study(study_name).recipes(studies.PROFILES["smoke"]).keys()
    for label in labels - same - {"none"}:
        assert re.search("[가-힣]", wording.name(label).korean), label
