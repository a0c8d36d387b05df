"""Test characters behind the cells of a confusion matrix, as one small picture that is published with its record.

With the picture a machine without EMNIST builds the same page. All pictures of the book together show fewer than 1,000
characters: it shows what EMNIST is like, and is no copy of it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from emnist_utils import data, paths, results, runner, trace
from emnist_utils.errors import UserError
from emnist_utils.files import replacing_folder, write_bytes, write_text
from emnist_utils.report.errors import confident_mistakes
from emnist_utils.training.record import Predictions, Record

#: Characters in a row of the picture.
COLUMNS = 20

#: The most characters of a sheet, and of one wrong answer; and how many confident mistakes are among them.
_MOST, _MOST_ALIKE, CONFIDENT = 400, 6, 40

_EDGE = 28

#: Where the pictures are, within the published records.
_FOLDER = "characters"


class SheetError(UserError, ValueError):
    """A published sheet that cannot be read, with its path."""


@dataclass(frozen=True)
class Sheet:
    """Test characters in one picture, by true class and then by answer.

    Attributes
    ----------
    png : bytes
        Grey picture, `COLUMNS` characters of 28x28 pixels a row, dark ink on white.
    rows, true, answered : tuple of int
        For each character its row in the test images, its class and the answer.
    """

    png: bytes
    rows: tuple[int, ...]
    true: tuple[int, ...]
    answered: tuple[int, ...]

    def images(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """Return the images, uint8 ``[n, 28, 28]`` with ink 255, of some of its characters by their rows in the test.

        Raises
        ------
        ValueError
            If the sheet does not show one of them.
        """
        picture = 255 - np.asarray(Image.open(io.BytesIO(self.png)))
        tiles = picture.reshape(-1, _EDGE, COLUMNS, _EDGE).swapaxes(1, 2).reshape(-1, _EDGE, _EDGE)
        return tiles[[self.rows.index(row) for row in rows]]


def choose(predictions: Predictions, most: int = _MOST) -> NDArray[np.int64]:
    """Return which answers a sheet shows, by true class and then by answer.

    The most confident mistakes, the first right answer of each class, then the first of each kind of wrong answer, the
    commonest kinds first: the square root of their number each, and at most six, until the sheet is full.
    """
    pairs = np.stack([predictions.labels, predictions.predicted], axis=1).astype(np.int64)
    kinds, kind, counts = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    right = kinds[:, 0] == kinds[:, 1]
    each = np.where(right, 1, np.minimum(np.ceil(np.sqrt(counts)), _MOST_ALIKE)).astype(int)
    order = np.lexsort([-counts, ~right])
    chosen = dict.fromkeys(confident_mistakes(predictions, min(CONFIDENT, most)).tolist())
    for one in order:
        alike = np.flatnonzero(kind.ravel() == one)[: each[one]].tolist()
        chosen |= dict.fromkeys([row for row in alike if row not in chosen][: most - len(chosen)])
    found = np.array(list(chosen), np.int64)
    return found[np.lexsort([found, *pairs[found].T[::-1]])]


def sheet(record: Record) -> Sheet:
    """Return the sheet of a run: the published one, else one that is drawn from the test images.

    Raises
    ------
    SheetError
        If the published one cannot be read.
    DataError
        If there is none, and the run's set cannot be read.
    """
    picture = _picture(record.stem)
    trace.note_files(f"{paths.results_dir().name}/{_FOLDER}/{record.stem}.*")
    if not picture.exists():
        return draw(record)
    try:
        index = json.loads(picture.with_suffix(".json").read_text(encoding="utf-8"))
        return Sheet(picture.read_bytes(), *(tuple(index[name]) for name in ("rows", "true", "answered")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SheetError(f"{picture.with_suffix('.json')}: not readable ({error}); publish the book again") from None


def published(record: Record) -> bool:
    """Return whether the sheet of a run is published."""
    return _picture(record.stem).exists()


def draw(record: Record) -> Sheet:
    """Return a run's sheet, drawn from the test images of its set."""
    predictions = results.read_predictions(record)
    chosen = choose(predictions)
    rows = predictions.rows[chosen]
    images = data.load(record.recipe.dataset).test.images[rows]
    picture = np.full((-(-len(rows) // COLUMNS) * _EDGE, COLUMNS * _EDGE), 255, np.uint8)
    for place, image in enumerate(images):
        top, left = _EDGE * (place // COLUMNS), _EDGE * (place % COLUMNS)
        picture[top : top + _EDGE, left : left + _EDGE] = 255 - image
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", optimize=True)
    columns = (rows, predictions.labels[chosen], predictions.predicted[chosen])
    return Sheet(buffer.getvalue(), *(tuple(column.tolist()) for column in columns))


def publish(profile: str) -> None:
    """Write the sheet of a profile's published final model to ``results/characters/``, in place of any other."""
    record = runner.published("final", profile)["ByClass"][0]
    made = draw(record)
    index = {"dataset": record.recipe.dataset, "rows": made.rows, "true": made.true, "answered": made.answered}
    with replacing_folder(_picture(record.stem).parent) as folder:
        write_bytes(folder / f"{record.stem}.png", made.png)
        write_text(folder / f"{record.stem}.json", json.dumps(index) + "\n")


def _picture(stem: str) -> Path:
    return paths.results_dir() / _FOLDER / f"{stem}.png"
