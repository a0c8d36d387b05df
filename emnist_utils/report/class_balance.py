"""What balancing the classes does to each of them: weights, and recall against precision."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from emnist_utils.report.errors import confusion_counts
from emnist_utils.report.style import CHARACTERS, COLOURS, WIDTH
from emnist_utils.statistics import (
    Interval,
    difference_over_seeds,
    independent_difference,
    mean_of_shares,
    over_seeds,
    wilson,
)
from emnist_utils.training.balance import class_weights
from emnist_utils.training.record import Record

#: A white rim, so that a character can be read where a line runs behind it.
_RIM = [withStroke(linewidth=3, foreground="white")]

#: For each line of the figure the column that it shows, and what is drawn there.
_LINES = {
    "inverse": "inverse counts, balanced sampling",
    "square-root": "square root",
    "effective-number": "effective number",
}


def weights_by_class(labels: NDArray[np.integer], classes: Sequence[str]) -> pd.DataFrame:
    """Return what an image of each class counts for in training under each scheme; 1 is an image's mean.

    Balanced sampling needs no column of its own: it draws an image as often in an epoch, on average, as its weight
    under ``"inverse"`` says.

    Parameters
    ----------
    labels : ndarray of int, shape ``[n]``
        Training labels, 0..C-1; each class must occur.
    classes : sequence of str, length C
        Character of each class.

    Returns
    -------
    pandas.DataFrame
        Indexed by character: ``images`` (a count), ``inverse``, ``square-root`` and ``effective-number``.
    """
    counts = np.bincount(labels, minlength=len(classes))
    weights = {scheme: class_weights(labels, len(classes), scheme).astype(float) for scheme in _LINES}
    return pd.DataFrame({"images": counts, **weights}, index=pd.Index(classes, name="class"))


def weights_against_counts(weights: pd.DataFrame, marked: Sequence[str] = ()) -> Figure:
    """Draw the weight of an image against the number of images of its class, both on logarithmic axes.

    Parameters
    ----------
    weights : pandas.DataFrame
        As `weights_by_class` returns it.
    marked : sequence of str
        Classes to be named in the figure.
    """
    figure = Figure((WIDTH, 0.5 * WIDTH))
    axis = figure.subplots()
    ordered = weights.sort_values("images")
    axis.axhline(1, color="0.4", lw=1.5, label="no weights")
    for colour, marker, (scheme, label) in zip(COLOURS, "os^", _LINES.items(), strict=False):
        axis.plot(ordered["images"], ordered[scheme], marker + "-", color=colour, label=label, markersize=4, lw=1)
    for character in marked:
        at = (weights["images"][character], weights["inverse"][character])
        axis.annotate(
            character, at, (0, -16), textcoords="offset points", ha="center", family=CHARACTERS, fontsize=11,
            path_effects=_RIM,
        )  # fmt: skip
    axis.set(xscale="log", yscale="log", xlabel="training images of the class", ylabel="weight of each image")
    for side in (axis.xaxis, axis.yaxis):
        _label_ticks(side)
    axis.legend()
    return figure


def by_class(records: Sequence[Record], classes: Sequence[str]) -> pd.DataFrame:
    """Return how each class of the test images fared, all seeds together.

    Parameters
    ----------
    records : sequence of Record
        One a seed.
    classes : sequence of str, length C
        Character of each class.

    Returns
    -------
    pandas.DataFrame
        Indexed by character: ``images`` and ``answers`` (how often the class is the truth and the answer), ``right``
        (both at once), ``recall`` and ``precision`` in 0..1, NaN for a class without image or answer.
    """
    matrix = confusion_counts(records)
    images, answers, right = matrix.sum(axis=1), matrix.sum(axis=0), np.diag(matrix)
    with np.errstate(invalid="ignore"):
        shares = {"recall": right / images, "precision": right / answers}
    counts = {"images": images, "answers": answers, "right": right}
    return pd.DataFrame(counts | shares, index=pd.Index(classes, name="class"))


def recall_and_precision(
    before: pd.DataFrame, after: pd.DataFrame, counts: pd.Series, marked: Sequence[str] = ()
) -> Figure:
    """Draw how each class's recall and precision changed against its number of training images.

    Classes without recall or precision in one of the two are left out.

    Parameters
    ----------
    before, after : pandas.DataFrame
        As `by_class` returns them.
    counts : pandas.Series
        Training images of each class.
    marked : sequence of str
        Classes to be coloured.
    """
    figure = Figure((WIDTH, 0.5 * WIDTH))
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for axis, name in zip(axes, ("recall", "precision"), strict=True):
        change = (100 * (after[name] - before[name])).dropna()
        axis.axhline(0, color="0.4", lw=1)
        axis.plot(counts[change.index], change, ls="")  # sets the limits, which text does not
        for character, points in zip(map(str, change.index), change, strict=True):
            axis.text(
                counts[character], points, character, family=CHARACTERS, fontsize=10, ha="center", va="center",
                color=COLOURS[1] if character in marked else COLOURS[0],
                weight="bold" if character in marked else "normal", zorder=3 if character in marked else 2,
                path_effects=_RIM,
            )  # fmt: skip
        axis.set(xscale="log", title=f"{name}, {len(change)} classes", xlabel="training images of the class")
        axis.margins(0.06)
        _label_ticks(axis.xaxis)
    axes[0].set_ylabel("change (points)")
    return figure


def by_commonness(records: Sequence[Record], counts: NDArray[np.integer]) -> pd.DataFrame:
    """Return recall and precision of the rarest, the middle and the commonest third of the classes.

    Recall is the share of the third's images that were answered rightly, precision the share of the answers from the
    third that were right.

    Parameters
    ----------
    records : sequence of Record
        One a seed: the intervals are then those of `emnist_utils.report.tables.accuracy`.
    counts : ndarray of int, shape ``[C]``
        Training images of each class.

    Returns
    -------
    pandas.DataFrame
        Rows ``rarest``, ``middle``, ``commonest``; columns ``recall`` and ``precision`` (Interval, its value NaN where
        nothing was answered) and ``answers per image`` (float).
    """
    matrices = [np.array(record.confusion) for record in records]
    rows = []
    for third in np.array_split(np.argsort(counts, kind="stable"), 3):
        right = [int(matrix[np.ix_(third, third)].trace()) for matrix in matrices]
        images = [int(matrix[third].sum()) for matrix in matrices]
        answers = [int(matrix[:, third].sum()) for matrix in matrices]
        rows.append([_share(right, images), _share(right, answers), sum(answers) / sum(images)])
    return pd.DataFrame(
        rows, index=["rarest", "middle", "commonest"], columns=["recall", "precision", "answers per image"]
    )


def balanced_accuracy(records: Sequence[Record]) -> Interval:
    """Return the mean recall of the classes with its interval, in 0..1.

    One seed: the interval knows the chance of the test images of each class. Several: Student's over the seeds.
    """
    if len(records) > 1:
        return over_seeds([record.test.balanced_accuracy for record in records])
    matrix = confusion_counts(records)
    images = matrix.sum(axis=1)
    return mean_of_shares(np.diag(matrix)[images > 0], images[images > 0])


def change(
    first: Sequence[Record], second: Sequence[Record], measure: Callable[[Sequence[Record]], Interval]
) -> Interval:
    """Return how much more of something the networks of one row have than those of another, with the 95 % interval.

    Parameters
    ----------
    first, second : sequence of Record
        The records of each row, one a seed.
    measure : callable
        What is measured, a function of such records: `balanced_accuracy`.

    Returns
    -------
    Interval
        One seed each: it knows the chance of the test images, and takes those of the two to be independent, which
        makes it too wide rather than too narrow. Several: it knows the chance of training, by Student's t.
    """
    if min(len(first), len(second)) == 1:
        return independent_difference(measure(first), measure(second))
    ours, theirs = ([measure([run]).value for run in runs] for runs in (first, second))
    return difference_over_seeds(ours, theirs).difference


def share_answered(records: Sequence[Record], classes: Sequence[str], true: str, answers: Sequence[str]) -> float:
    """Return which share, 0..1, of a class's test images was answered as one of some classes; NaN without an image."""
    matrix = confusion_counts(records)
    row = matrix[list(classes).index(true)]
    return float(row[[list(classes).index(answer) for answer in answers]].sum() / row.sum()) if row.any() else np.nan


def _label_ticks(side: Axis) -> None:
    """Write the ticks of a logarithmic axis as plain numbers."""
    side.set_major_locator(LogLocator(subs=(1, 3)))
    side.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    side.set_minor_formatter(NullFormatter())


def _share(part: Sequence[int], whole: Sequence[int]) -> Interval:
    """Return a share with its interval: of the images for one seed, over the seeds for several."""
    shares = [wilson(one, of) for one, of in zip(part, whole, strict=True) if of]
    if not shares:
        return Interval(np.nan, np.nan, np.nan, 0)
    return shares[0] if len(shares) == 1 else over_seeds([share.value for share in shares])
