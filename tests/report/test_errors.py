"""What a network gets wrong."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from emnist_utils.data import SPECS
from emnist_utils.data.specs import CASE_PAIRS, LOOK_ALIKES
from emnist_utils.report import errors
from emnist_utils.report.counting import frequency_only_accuracy

CLASSES = SPECS["byclass"].classes


def matrix(*answers: tuple[str, str, int], right: int = 0) -> pd.DataFrame:
    """Return a confusion matrix of ByClass: so many right answers in each class, and some (true, answered, images)."""
    found = pd.DataFrame(
        right * np.eye(62, dtype=int), pd.Index(CLASSES, name="true"), pd.Index(CLASSES, name="answered")
    )
    for true, answered, images in answers:
        found.loc[true, answered] += images
    return found


def test_groups_are_disjoint_and_hold_all_look_alikes_and_case_pairs() -> None:
    """Protects the error budget from counting an error twice or calling a case pair anything else."""
    members = [character for group in errors.GROUPS for character in group]
    assert len(members) == len(set(members))
    assert set(members) >= {character for group in (*LOOK_ALIKES, *CASE_PAIRS[:1]) for character in group}
    # L and l are the one pair that is split: l looks like 1, L does not
    assert [pair for pair in CASE_PAIRS if not errors.alike(*pair)] == [("L", "l")]
    assert errors.alike("q", "9")
    assert not errors.alike("9", "9")
    assert not errors.alike("0", "1")


def test_seeds_are_added() -> None:
    """Protects the matrix of several seeds: true classes as rows, counts of all seeds."""
    seeds = [SimpleNamespace(confusion=[[1, 2], [0, 3]]), SimpleNamespace(confusion=[[1, 0], [1, 3]])]
    found = errors.confusion_matrix(seeds, ["a", "b"])
    assert found.loc["a", "b"] == 2
    assert found.to_numpy().tolist() == [[2, 2], [1, 6]]


def test_digits_and_letters_lose_no_image() -> None:
    """Protects the parts: every image of a digit or letter is in one cell, answers of the other kind in the last."""
    confusion = matrix(
        ("0", "O", 3), ("0", "o", 2), ("1", "7", 4), ("o", "O", 5), ("l", "1", 6), ("A", "B", 7), right=2
    )
    digits, letters = errors.digits_only(confusion), errors.letters_only(confusion)
    assert digits.shape == (10, 11)
    assert letters.shape == (26, 27)
    assert digits.to_numpy().sum() + letters.to_numpy().sum() == confusion.to_numpy().sum()
    assert digits.loc["0", "letter"] == 5
    assert digits.loc["1", "7"] == 4
    assert letters.loc["O", "O"] == 9  # both cases, either answer
    assert letters.loc["L", "digit"] == 6
    assert letters.loc["A", "B"] == 7


def test_accuracy_of_a_part_counts_the_answers_outside_as_wrong() -> None:
    """Protects the digits' accuracy from leaving out the digits that were taken for letters."""
    assert errors.accuracy_of(errors.digits_only(matrix(("0", "O", 10), right=1))) == 0.5


def test_commonest_confusions_are_ordered_and_no_right_answer_is_among_them() -> None:
    """Protects the table: order, shares of all errors and of the true class, and what is called a look-alike."""
    found = errors.commonest_confusions(matrix(("O", "0", 6), ("b", "6", 3), ("0", "O", 1), right=6), 2)
    assert found[["true", "answered", "images", "alike"]].to_numpy().tolist() == [
        ["O", "0", 6, True],
        ["b", "6", 3, False],
    ]
    assert found["of errors"].tolist() == [0.6, 0.3]
    assert found["of class"].tolist() == pytest.approx([6 / 12, 3 / 9])
    assert errors.commonest_confusions(matrix(right=1)).empty


def test_budget_adds_up_to_all_errors_and_to_the_ceiling_of_counting() -> None:
    """Protects the budget: its points are all errors, and its second column is the loss that chapter 1 counts."""
    confusion = matrix(("O", "0", 6), ("o", "0", 2), ("l", "i", 3), ("b", "6", 5), ("C", "c", 1), right=4)
    budget = errors.error_budget(confusion)
    images = confusion.to_numpy().sum()
    assert budget["here"].sum() == pytest.approx(100 * 17 / images)
    assert budget["here"][["0 O o", "1 I i l", "C c", "everything else"]].tolist() == pytest.approx(
        [100 * wrong / images for wrong in (8, 3, 1, 5)]
    )
    counted = frequency_only_accuracy(confusion.sum(axis=1).tolist(), CLASSES, errors.GROUPS)
    assert budget["by frequency"].sum() == pytest.approx(100 * (1 - counted))


def test_cases_are_of_the_images_whose_letter_was_right() -> None:
    """Protects the shares of the cases: answers that are another character do not count."""
    found = errors.cases(matrix(("C", "C", 6), ("C", "c", 2), ("c", "C", 1), ("c", "c", 1), ("c", "e", 50)))
    assert found.loc["C"].tolist() == pytest.approx([6 / 8, 1 / 2, 7 / 10, 8 / 10])
    assert found.loc["Z"].isna().all()


def test_confident_mistakes_are_wrong_and_in_order() -> None:
    """Protects the sheet from right answers, and its order."""
    answers = SimpleNamespace(
        labels=np.array([0, 1, 2, 3]),
        predicted=np.array([0, 5, 5, 5]),
        confidence=np.array([1, 0.25, 0.75, 0.5], np.float16),
    )
    assert errors.confident_mistakes(answers, 40).tolist() == [2, 3, 1]
    assert errors.confident_mistakes(answers, 1).tolist() == [2]


def test_errors_in_common_and_the_vote() -> None:
    """Protects the shares of errors that networks have in common, by hand on six images, and how they vote."""
    labels = np.array([0, 0, 0, 1, 1, 1])
    networks = [
        SimpleNamespace(rows=np.arange(6), labels=labels, predicted=np.array(answers, np.uint8))
        for answers in ([0, 1, 1, 1, 2, 0], [0, 1, 0, 1, 2, 2], [0, 1, 0, 0, 3, 1])
    ]
    found = errors.in_common(networks)
    # wrong in: none, all with one answer, one, one, all with two answers, two with two answers
    assert found["images"].tolist() == pytest.approx([1 / 6, 2 / 6, 1 / 6, 2 / 6])
    assert found["one answer"].tolist() == pytest.approx([1 / 6, 2 / 6, 0, 1 / 6])
    assert errors.vote(networks) == pytest.approx(3 / 6)  # of the last image's three answers the first one's is taken
    assert errors.vote(networks[::-1]) == pytest.approx(4 / 6)
    networks[1].rows = networks[1].rows + 1
    for function in (errors.in_common, errors.vote):
        with pytest.raises(ValueError, match="different images"):
            function(networks)


def test_behind_answers_are_shares_of_the_answer() -> None:
    """Protects the line on what images were that got an answer: by columns, the commonest four, without rare ones."""
    answers = ("O", "0", 100), ("o", "0", 60), ("D", "0", 30), ("Q", "0", 20), ("0", "O", 9)
    found = errors.behind_answers(matrix(*answers, right=790))
    assert found["0"] == [("0", 0.79), ("O", 0.1), ("o", 0.06), ("D", 0.03)]
    assert errors.behind_answers(matrix(("O", "0", 99), ("D", "0", 1), ("Q", "0", 900)))["0"] == [
        ("Q", 0.9),
        ("O", 0.099),
    ]
    assert errors.behind_answers(matrix(("O", "0", 1)))["O"] == []
