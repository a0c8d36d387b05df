"""A network tested on other sets: how labels are compared, what is scored, and what seen images add."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from emnist_utils import results
from emnist_utils.data.specs import SPECS
from emnist_utils.report import cross_dataset
from emnist_utils.report.cross_dataset import Answers
from emnist_utils.statistics import (
    Scatter,
    compare_answers,
    difference_over_seeds,
    holm,
    paired_difference,
    scatter_over_seeds,
    wilson,
)
from emnist_utils.training.recipe import Recipe
from emnist_utils.training.record import DataUsed, OtherPredictions, OtherTest, Predictions, Record, Timing

SPLIT, MERGED = SPECS["byclass"].classes, SPECS["bymerge"].classes

RECIPE = {
    "model": "lenet5", "activation": "relu", "optimizer": "adam", "learning_rate": 1e-3, "schedule": "cosine",
    "batch": 30, "epochs": 2, "train_size": 60, "validation_size": 30, "test_size": 4, "seed": 0,
}  # fmt: skip


def labels(characters: str, classes: tuple[str, ...]) -> np.ndarray:
    """Return the labels of characters."""
    return np.array([classes.index(character) for character in characters], np.uint8)


def predictions(truth: str, answered: str, classes: tuple[str, ...], **others: OtherPredictions) -> Predictions:
    """Return what is read of predictions here."""
    return Predictions.model_construct(
        rows=np.arange(len(truth)), labels=labels(truth, classes), predicted=labels(answered, classes), others=others
    )


def other(truth: np.ndarray, answered: np.ndarray, seen: tuple[int, ...] = ()) -> OtherPredictions:
    """Return answers on another set, with the places of the images that were seen."""
    rows = np.arange(len(truth), dtype=np.int32)
    return OtherPredictions(rows=rows, labels=truth, predicted=answered, seen=np.isin(rows, seen))


def record(trained_on: str) -> Record:
    """Return what is read of a record here."""
    return Record.model_construct(recipe=Recipe.create(**RECIPE | {"dataset": trained_on}))


def made(right: list[int], seen: list[int] | None = None) -> Answers:
    """Return answers on images of the digit 1, of which some are right and some were seen."""
    predicted = np.array(right)
    n = len(predicted)
    return Answers(MERGED, np.arange(n), np.ones(n, int), predicted, np.array(seen or [0] * n, bool))


def test_answers_of_62_classes_are_merged_on_another_set() -> None:
    """Protects the cells of ByClass' network: c for C is right, a for A is not; Balanced has ByMerge's classes."""
    merged = other(labels("CAL", MERGED), labels("cal", SPLIT), seen=(1,))
    found = cross_dataset.answers(record("byclass"), predictions("0", "0", SPLIT, balanced=merged), "balanced")
    assert found.classes == MERGED
    assert [MERGED[label] for label in found.predicted] == ["C", "a", "L"]
    assert found.right.tolist() == [True, False, True]
    assert (found.seen.tolist(), found.share_seen) == ([False, True, False], pytest.approx(1 / 3))


def test_labels_of_62_classes_are_merged_for_a_network_of_47() -> None:
    """Protects the cells in ByClass' column: a network that has no c is right with C."""
    found = cross_dataset.answers(
        record("bymerge"),
        predictions("0", "0", MERGED, byclass=other(labels("cza", SPLIT), labels("CZA", MERGED))),
        "byclass",
    )
    assert [MERGED[label] for label in found.truth] == ["C", "Z", "a"]
    assert found.right.tolist() == [True, True, False]


def test_sets_of_47_classes_are_compared_as_they_are() -> None:
    """Protects ByMerge and Balanced from a merge that would turn their labels into others."""
    truth = np.arange(47, dtype=np.uint8)
    found = cross_dataset.answers(
        record("balanced"), predictions("0", "0", MERGED, bymerge=other(truth, truth)), "bymerge"
    )
    np.testing.assert_array_equal(found.truth, truth)
    np.testing.assert_array_equal(found.predicted, truth)


def test_byclass_on_itself_keeps_62_classes_until_it_is_merged() -> None:
    """Protects the diagonal, and the comparison of it in 47 classes; no image of the own set was seen."""
    found = cross_dataset.answers(record("byclass"), predictions("cOa", "C0a", SPLIT), "byclass")
    assert (found.classes, found.right.tolist(), found.share_seen) == (SPLIT, [False, False, True], 0)
    merged = found.merged()
    assert (merged.classes, merged.right.tolist()) == (MERGED, [True, False, True])
    assert merged.merged() is merged


def test_a_cell_that_was_not_tested_or_cannot_be_is_an_error() -> None:
    """Protects from the wrong answers, and from sets whose labels mean other characters."""
    with pytest.raises(ValueError, match="tested on bymerge alone, not on balanced"):
        cross_dataset.answers(record("bymerge"), predictions("0", "0", MERGED), "balanced")
    with pytest.raises(ValueError, match="'letters' shares no classes with ByMerge"):
        cross_dataset.answers(record("bymerge"), predictions("0", "0", MERGED), "letters")


def test_confusion_is_named_by_character() -> None:
    """Protects the figures of the results: rows are true classes, in the classes of the cell."""
    answered = predictions("cOO", "C00", SPLIT, bymerge=other(labels("C", MERGED), labels("c", SPLIT)))
    matrix = cross_dataset.confusion(record("byclass"), answered, "byclass")
    assert matrix.shape == (62, 62)
    assert (matrix.loc["c", "C"], matrix.loc["O", "0"], matrix.loc["0", "O"], matrix.to_numpy().sum()) == (1, 2, 0, 3)
    merged = cross_dataset.confusion(record("byclass"), answered, "bymerge")
    assert merged.shape == (47, 47)
    assert merged.loc["C", "C"] == 1


def test_all_cells_are_read_once_in_the_order_of_the_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the matrix: named by titles, the sets in their order, a list with an entry a seed."""
    stored = {
        "byclass": predictions("c", "C", SPLIT, bymerge=other(labels("C", MERGED), labels("c", SPLIT))),
        "bymerge": predictions("C", "C", MERGED, byclass=other(labels("c", SPLIT), labels("C", MERGED))),
    }
    read: list[str] = []

    def read_predictions(one: Record) -> Predictions:
        read.append(one.recipe.dataset)
        return stored[one.recipe.dataset]

    monkeypatch.setattr(results, "read_predictions", read_predictions)
    tests = cross_dataset.read_tests({"ByClass": [record("byclass")] * 2, "ByMerge": [record("bymerge")]})
    assert read == ["byclass", "byclass", "bymerge"]
    assert {key: len(seeds) for key, seeds in tests.items()} == {
        ("ByClass", "ByClass"): 2, ("ByClass", "ByMerge"): 2, ("ByMerge", "ByClass"): 1, ("ByMerge", "ByMerge"): 1
    }  # fmt: skip
    assert cross_dataset.across(tests) == [("ByClass", "ByMerge"), ("ByMerge", "ByClass")]
    frame = cross_dataset.matrix({key: float(len(seeds)) for key, seeds in tests.items()})
    assert frame.loc["ByClass", "ByMerge"] == 2 and frame.loc["ByMerge", "ByClass"] == 1


def test_speed_is_of_the_set_that_is_asked_for() -> None:
    """Protects images per second from the seconds of another set."""
    run = record("bymerge").model_copy(
        update={
            "data": DataUsed.model_construct(test=300),
            "timing": Timing.model_construct(evaluate_seconds=2.0),
            "others": {"byclass": OtherTest.model_construct(test=100, seconds=4.0)},
        }
    )
    assert cross_dataset.images_per_second(run, "bymerge") == 150
    assert cross_dataset.images_per_second(run, "byclass") == 25


def test_scores_of_parts_and_seeds() -> None:
    """Protects accuracy and both F1, on a part of the images, over seeds, and where there is no image."""
    one = Answers(
        ("a", "b", "c"), np.arange(4), np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0], bool)
    )
    found = cross_dataset.scores([one])
    assert (found.n, found.accuracy) == (4, wilson(3, 4))
    assert found.weighted_f1 == pytest.approx(f1_score(one.truth, one.predicted, average="weighted"))
    assert found.macro_f1 == pytest.approx((0.8 + 2 / 3 + 0) / 3)
    assert cross_dataset.scores([one.only("unseen")]).accuracy == wilson(3, 3)
    assert cross_dataset.scores([one.only("seen")]).accuracy == wilson(0, 1)
    two = cross_dataset.scores([one, replace(one, predicted=one.truth)])
    assert (two.n, two.accuracy.value, two.accuracy.n) == (4, 0.875, 2)
    nothing = cross_dataset.scores([one.only("seen").only("unseen")])
    assert nothing.n == 0 and np.isnan([nothing.accuracy.value, nothing.weighted_f1, nothing.macro_f1]).all()


def pair(mine: Answers, own: Answers) -> dict[tuple[str, str], list[Answers]]:
    """Return the tests of a network from elsewhere and of the tested set's own."""
    return {("ByMerge", "Balanced"): [mine], ("Balanced", "Balanced"): [own]}


KEY = ("ByMerge", "Balanced")


def test_memory_is_accuracy_on_all_less_that_on_unseen_images() -> None:
    """Protects the measure: exactly the difference of the two accuracies, and beside the own network's less its own."""
    rng = np.random.default_rng(0)
    seen = (rng.random(400) < 0.3).astype(int)
    mine = made(((rng.random(400) < 0.8) | (seen == 1)).astype(int).tolist(), seen.tolist())
    own = made((rng.random(400) < 0.75).astype(int).tolist())
    found = cross_dataset.memory(pair(mine, own))[KEY]
    of_mine = mine.right.mean() - mine.right[seen == 0].mean()
    of_own = own.right.mean() - own.right[seen == 0].mean()
    assert found.seen.value == pytest.approx(of_mine)
    assert found.beside_own.value == pytest.approx(of_mine - of_own)
    assert 0 < found.seen.low < found.seen.value < found.seen.high < 0.3
    assert found.beside_own.low < found.beside_own.value < found.beside_own.high


def test_easy_images_are_no_memory() -> None:
    """Protects from calling it memory that the seen images happen to be easy, for any network."""
    right, seen = [1] * 100 + [0, 1] * 100, [1] * 100 + [0] * 200
    found = cross_dataset.memory(pair(made(right, seen), made(right)))[KEY]
    assert found.seen.low > 0.1
    assert found.beside_own.low < found.beside_own.value == 0 < found.beside_own.high


def test_memory_covers_no_and_all_images_seen() -> None:
    """Protects small runs: nothing seen adds nothing, and where nothing is unseen nothing can be said."""
    none = cross_dataset.memory(pair(made([1, 0, 1]), made([1, 1, 0])))[KEY]
    assert (none.seen.value, none.seen.low, none.beside_own.high) == (0, 0, 0)
    everything = cross_dataset.memory(pair(made([1, 0, 1], [1, 1, 1]), made([1, 1, 0])))[KEY]
    assert np.isnan([everything.seen.value, everything.beside_own.value]).all()


def test_memory_over_seeds() -> None:
    """Protects the several-seeds case: the mean of the seeds' values, with the chance of training and of the images."""
    own = made([1, 0, 1, 0])
    tests = {
        KEY: [made([1, 1, 1, 0], [1, 1, 0, 0]), made([1, 1, 0, 0], [1, 1, 0, 0])], ("Balanced", "Balanced"): [own, own]
    }  # fmt: skip
    found = cross_dataset.memory(tests)[KEY]
    assert (found.seen.value, found.seen.n) == (pytest.approx((0.25 + 0.5) / 2), 2)
    alone = [cross_dataset.memory(pair(mine, own))[KEY].seen for mine in tests[KEY]]
    training = 4.302653 * np.std([one.value for one in alone], ddof=1) / np.sqrt(2)
    images = np.mean([one.high - one.value for one in alone])
    assert found.seen.high - found.seen.value == pytest.approx(np.hypot(training, images))
    same = cross_dataset.memory({KEY: tests[KEY][:1] * 2, ("Balanced", "Balanced"): [own, own]})[KEY].seen
    assert (same.low, same.high) == pytest.approx((alone[0].low, alone[0].high))


def test_advantages_are_paired_on_the_same_images() -> None:
    """Protects the comparison with the own network: the first network's unseen images for both, Holm over all cells."""
    mine, own = made([1, 1, 1, 0, 0, 1], [1, 1, 0, 0, 0, 0]), made([0, 0, 1, 1, 1, 1])
    third = made([0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1])
    tests = pair(mine, own) | {("ByClass", "Balanced"): [third]}
    found = cross_dataset.advantages(tests, "unseen")
    rights = [(mine.right[2:], own.right[2:]), (third.right[:5], own.right[:5])]
    assert list(found) == [KEY, ("ByClass", "Balanced")]
    assert [one.difference for one in found.values()] == [paired_difference(*right) for right in rights]
    assert [one.p for one in found.values()] == holm([compare_answers(*right).p for right in rights])
    assert [one.n for one in found.values()] == [4, 5]
    assert cross_dataset.advantages(tests, "all")[KEY].difference.value == 0
    assert list(cross_dataset.advantages(pair(made([1]), made([1])), "seen")) == []


def test_advantage_of_byclass_is_counted_in_47_classes() -> None:
    """Protects the column of ByClass: its own network is not called wrong for a c that the other cannot tell from C."""
    own = Answers(SPLIT, np.arange(3), labels("cCa", SPLIT), labels("CcA", SPLIT), np.zeros(3, bool))
    mine = Answers(MERGED, np.arange(3), labels("CCa", MERGED), labels("CCA", MERGED), np.zeros(3, bool))
    tests = {("ByMerge", "ByClass"): [mine], ("ByClass", "ByClass"): [own]}
    assert cross_dataset.advantages(tests, "all")["ByMerge", "ByClass"].difference.value == 0


def test_advantages_over_seeds_and_their_words() -> None:
    """Protects the several-seeds case: paired by seed, and a verdict with its direction."""
    good, bad = [1] * 9 + [0], [1, 1, 1] + [0] * 7
    tests = {
        KEY: [made(good), made([1] * 10), made(good)], ("Balanced", "Balanced"): [made(bad), made(bad[::-1]), made(bad)]
    }  # fmt: skip
    found = cross_dataset.advantages(tests, "all")[KEY]
    mine, own = [0.9, 1.0, 0.9], [0.3, 0.3, 0.3]
    expected = difference_over_seeds(mine, own)
    assert (found.difference, found.p, found.n) == (expected.difference, expected.p, 10)
    assert found.verdict == "better"
    assert replace(found, p=0.2).verdict == "no difference seen"
    assert replace(found, difference=wilson(0, 1), p=0.01).verdict == "worse"


def test_all_pairs_tell_how_seeds_scatter() -> None:
    """Protects few seeds: a pair has the scatter of all pairs, in which a network counts once."""
    half, most = [1] * 5 + [0] * 5, [1] * 8 + [0] * 2
    tests = {
        KEY: [made(most), made([1] * 10)],
        ("Balanced", "Balanced"): [made(half), made(half)],
        ("ByClass", "Balanced"): [made(half), made(most)],
    }
    found = cross_dataset.advantages(tests, "all")
    own, others = [0.5, 0.5], {KEY: [0.8, 1.0], ("ByClass", "Balanced"): [0.5, 0.8]}
    scatter = Scatter(scatter_over_seeds([*others.values(), own, own]).sd, 3)
    for key, mine in others.items():
        assert found[key].difference == difference_over_seeds(mine, own, (scatter, scatter)).difference


def test_networks_of_other_test_images_are_not_compared() -> None:
    """Protects pairs from being made of different images that have the same number."""
    mine = made([1, 0, 1])
    with pytest.raises(ValueError, match="answered other test images of Balanced"):
        cross_dataset.advantages(pair(replace(mine, rows=mine.rows + 1), mine), "all")


def test_images_seen_by_balanced_are_of_another_mix() -> None:
    """Protects from calling it memory that a network trained on Balanced knows rare classes better than others."""
    sets = ("ByClass", "ByMerge", "Balanced")
    other_mix = [(one, two) for one in sets for two in sets if one != two and not cross_dataset.same_mix((one, two))]
    assert other_mix == [("Balanced", "ByClass"), ("Balanced", "ByMerge")]
