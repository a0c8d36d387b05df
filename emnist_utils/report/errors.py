"""What a network gets wrong: parts of its confusion matrix, its commonest confusions, and look-alikes against the rest.

A confusion matrix is a `pandas.DataFrame` of counts here: true classes as rows, answers as columns, both named by
their characters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emnist_utils.data.specs import CASE_PAIRS, DIGITS, LOOK_ALIKES, UPPER, with_case_pairs
from emnist_utils.report.counting import losses
from emnist_utils.training.record import Predictions, Record

GROUPS = with_case_pairs(LOOK_ALIKES)
"""Classes that look alike: the five groups across digits and letters, and the case pairs that are in none of them."""

#: At most so many true classes are told of an answer, and of each at least this share.
_BEHIND, _LEAST_SHARE = 4, 0.01


def confusion_counts(records: Sequence[Record]) -> NDArray[np.int64]:
    """Return the counts ``[C, C]`` of a recipe, all seeds together; rows are true classes."""
    return np.sum([record.confusion for record in records], axis=0, dtype=np.int64)


def confusion_matrix(records: Sequence[Record], classes: Sequence[str]) -> pd.DataFrame:
    """Return the confusion matrix of a recipe, all seeds together.

    Parameters
    ----------
    records : sequence of Record
        One a seed.
    classes : sequence of str, length C
        Character of each class.

    Returns
    -------
    pandas.DataFrame, shape ``[C, C]``
    """
    return pd.DataFrame(confusion_counts(records), pd.Index(classes, name="true"), pd.Index(classes, name="answered"))


def digits_only(confusion: pd.DataFrame) -> pd.DataFrame:
    """Return the images of digits: a row for each digit, a column for each and one, ``"letter"``, for all letters."""
    columns = [answer if answer in DIGITS else "letter" for answer in confusion.columns]
    return confusion.loc[list(DIGITS)].T.groupby(columns).sum().T[[*DIGITS, "letter"]]


def letters_only(confusion: pd.DataFrame) -> pd.DataFrame:
    """Return the images of letters, both cases as one: a row for each of the 26, and a column ``"digit"``."""
    letters = confusion.drop(index=list(DIGITS))
    columns = ["digit" if answer in DIGITS else answer.upper() for answer in confusion.columns]
    return letters.groupby(str.upper).sum().T.groupby(columns).sum().T[[*UPPER, "digit"]]


def accuracy_of(confusion: pd.DataFrame) -> float:
    """Return the share, 0..1, of a matrix's images that were answered with the name of their row."""
    right = sum(int(confusion.loc[name, name]) for name in confusion.index)
    return right / int(confusion.to_numpy().sum())


def commonest_confusions(confusion: pd.DataFrame, n: int = 20) -> pd.DataFrame:
    """Return the n commonest wrong answers, the commonest first; fewer where there are fewer.

    Returns
    -------
    pandas.DataFrame
        ``true`` and ``answered`` (characters), ``images`` (a count), ``of errors`` and ``of class`` (shares, 0..1, of
        all errors and of the true class's images), ``alike`` (bool, whether both are in one of `GROUPS`).
    """
    images = confusion.sum(axis=1)
    pairs = _wrong(confusion).reset_index().melt("true", var_name="answered", value_name="images")
    wrong = pairs[pairs["images"] > 0].sort_values("images", ascending=False, kind="stable", ignore_index=True)
    found = wrong.head(n).copy()
    found["of errors"] = found["images"] / wrong["images"].sum()
    found["of class"] = found["images"] / found["true"].map(images)
    found["alike"] = [alike(true, answer) for true, answer in zip(found["true"], found["answered"], strict=True)]
    return found


def behind_answers(confusion: pd.DataFrame) -> dict[str, list[tuple[str, float]]]:
    """Return for each answer what the images truly were that got it.

    Returns
    -------
    dict
        By answer, at most four true classes and their shares of these images, from a hundredth up, the commonest first;
        none for an answer that was never given.
    """
    shares = confusion / confusion.sum().replace(0, 1)
    return {
        str(answer): [
            (str(true), float(share))
            for true, share in column.sort_values(ascending=False, kind="stable").head(_BEHIND).items()
            if share >= _LEAST_SHARE
        ]
        for answer, column in shares.items()
    }


def alike(first: str, second: str) -> bool:
    """Return whether two different characters are in one of `GROUPS`."""
    return first != second and any(first in group and second in group for group in GROUPS)


def error_budget(confusion: pd.DataFrame) -> pd.DataFrame:
    """Return where the accuracy is lost, group by group.

    Parameters
    ----------
    confusion : pandas.DataFrame, shape ``[C, C]``
        Of a set whose classes hold all of `GROUPS`.

    Returns
    -------
    pandas.DataFrame
        A row for each of `GROUPS`, named by its characters, and one, ``"everything else"``, for all other errors.
        Values in points of accuracy: ``here``, images that were answered with another class of their group; ``by
        frequency``, images lost to whoever can only answer the commonest class of the group (`counting.losses`), and
        is right everywhere else.
    """
    classes = [str(name) for name in confusion.index]
    images = confusion.sum(axis=1)
    wrong = _wrong(confusion)
    within = [int(wrong.loc[list(group), list(group)].to_numpy().sum()) for group in GROUPS]
    here = [*within, int(wrong.to_numpy().sum()) - sum(within)]
    frequency = [*losses(images.tolist(), classes, GROUPS), 0]
    names = [*(" ".join(group) for group in GROUPS), "everything else"]
    return pd.DataFrame({"here": here, "by frequency": frequency}, index=names) * (100 / int(images.sum()))


def cases(confusion: pd.DataFrame) -> pd.DataFrame:
    """Return how well the cases of the 15 letters of `CASE_PAIRS` are told apart where the letter itself was right.

    Returns
    -------
    pandas.DataFrame
        Indexed by the upper-case letter. ``upper`` and ``lower``: share, 0..1, of the images of that case that were
        answered with it, of those that were answered with either case; NaN where there is none. ``right``: the same of
        both cases together. ``commoner``: share of the commoner case among these images, which is what answering it
        each time would get right.
    """
    rows = []
    for upper, lower in CASE_PAIRS:
        square = confusion.loc[[upper, lower], [upper, lower]].to_numpy(float)
        images = square.sum(axis=1)
        with np.errstate(invalid="ignore"):
            rows.append([*(square.diagonal() / images), square.trace() / images.sum(), images.max() / images.sum()])
    return pd.DataFrame(rows, index=[upper for upper, _ in CASE_PAIRS], columns=["upper", "lower", "right", "commoner"])


def confident_mistakes(predictions: Predictions, n: int) -> NDArray[np.int64]:
    """Return which of the answers were wrong and given with most confidence, at most n, the most confident first."""
    wrong = np.flatnonzero(predictions.predicted != predictions.labels)
    return wrong[np.argsort(-predictions.confidence[wrong].astype(float), kind="stable")[:n]]


def in_common(networks: Sequence[Predictions]) -> pd.DataFrame:
    """Return how many of several networks are wrong on the same images.

    Parameters
    ----------
    networks : sequence of Predictions, length k
        One or more.

    Returns
    -------
    pandas.DataFrame
        A row for each number of networks, 0 to k, that are wrong on an image; shares of all images, 0..1: ``images``,
        and ``one answer``, those on which all these give the same wrong answer.

    Raises
    ------
    ValueError
        If they answered different images.
    """
    labels, answers = networks[0].labels, _answers(networks)
    wrong = answers != labels
    # the answers of those that are right must not count as other answers
    first = np.take_along_axis(answers, wrong.argmax(axis=0)[None], axis=0)
    alike = ((answers == first) | ~wrong).all(axis=0)
    count = wrong.sum(axis=0)
    each = range(len(networks) + 1)
    return pd.DataFrame(
        {
            "images": [float((count == n).mean()) for n in each],
            "one answer": [float(((count == n) & alike).mean()) for n in each],
        },
        index=pd.Index(each, name="wrong"),
    )


def vote(networks: Sequence[Predictions]) -> float:
    """Return the accuracy, 0..1, of the answer that most of several networks give, the first's where it is a draw.

    Raises
    ------
    ValueError
        If they answered different images.
    """
    answers = _answers(networks)
    votes = (answers[:, None] == answers[None]).sum(axis=1)  # the first of those with the most is taken
    chosen = np.take_along_axis(answers, votes.argmax(axis=0)[None], axis=0)[0]
    return float((chosen == networks[0].labels).mean())


def _answers(networks: Sequence[Predictions]) -> NDArray[np.uint8]:
    """Return the answers of networks to the same images, ``[k, n]``."""
    if not all(np.array_equal(one.rows, networks[0].rows) for one in networks):
        raise ValueError("the networks were tested on different images, so their errors cannot be laid side by side")
    return np.stack([one.predicted for one in networks])


def _wrong(confusion: pd.DataFrame) -> pd.DataFrame:
    """Return the matrix without its right answers."""
    return confusion.mask(np.eye(len(confusion), dtype=bool), 0)
