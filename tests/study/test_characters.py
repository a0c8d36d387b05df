"""The picture of test characters that is published with the final model's record."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from emnist_utils import data, results, studies, trace
from emnist_utils.report import characters

if TYPE_CHECKING:
    from conftest import Make


def answers(*pairs: tuple[int, int, int]) -> SimpleNamespace:
    """Return predictions: for each (true class, answer, images) as many answers."""
    true, answered, counts = np.array(pairs).T
    labels = np.repeat(true, counts)
    return SimpleNamespace(labels=labels, predicted=np.repeat(answered, counts), confidence=np.ones(len(labels)))


def test_common_mistakes_have_more_characters_and_a_full_sheet_is_no_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the book from holding more of EMNIST than it says, and the explorer from empty common cells."""
    monkeypatch.setattr(characters, "CONFIDENT", 0)
    found = answers((0, 0, 50), (1, 1, 9), (0, 1, 100), (1, 0, 10), (1, 2, 1))
    chosen = characters.choose(found)
    shown = list(zip(found.labels[chosen].tolist(), found.predicted[chosen].tolist(), strict=True))
    assert [shown.count(pair) for pair in ((0, 0), (1, 1), (0, 1), (1, 0), (1, 2))] == [1, 1, 6, 4, 1]
    assert shown == sorted(shown)
    few = characters.choose(found, 4)
    assert [(int(found.labels[one]), int(found.predicted[one])) for one in few] == [(0, 0), (0, 1), (0, 1), (1, 1)]


def test_confident_mistakes_are_on_the_sheet() -> None:
    """Protects the page of confident mistakes, which cuts its images from the sheet."""
    found = answers((0, 0, 50), (0, 1, 100))
    found.confidence[77] = 2.0
    assert 77 in characters.choose(found, 3)
    assert len(characters.choose(found, 3)) == 3


def test_the_published_sheet_serves_a_machine_without_the_images(
    make: Make, folders: tuple[Path, Path], stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects the page of results from needing EMNIST, and the sheet from showing other images than it names."""
    published = folders[1]
    monkeypatch.setattr(trace, "root", lambda: published.parent)
    monkeypatch.setenv(trace.VARIABLE, str(published.parent / "notes"))
    recipe = studies.study("final").recipes(studies.profile("smoke"))["ByClass"][0]
    record, predictions = make(**recipe.model_dump())
    results.write_record(record, predictions, published)
    images = data.load("byclass").test.images
    drawn = characters.sheet(record)
    assert not characters.published(record)
    (published / "characters").mkdir()
    (published / "characters" / "old.png").touch()

    (note,) = [name for kind, name in trace.read(published.parent / "notes") if kind == "files"]
    unpublished = trace.files_digest(note)
    characters.publish("smoke")
    assert trace.files_digest(note) != unpublished
    monkeypatch.setattr(data, "load", lambda name: pytest.fail("the images were read"))
    assert characters.published(record)
    assert characters.sheet(record) == drawn
    assert sorted(path.suffix for path in (published / "characters").iterdir()) == [".json", ".png"]
    picture = np.asarray(Image.open(io.BytesIO(drawn.png)))
    np.testing.assert_array_equal(drawn.images(drawn.rows[::-1]), images[list(drawn.rows[::-1])])
    for place, row in enumerate(drawn.rows):
        left = 28 * place
        assert np.array_equal(picture[:28, left : left + 28], 255 - images[row])
        index = int(np.flatnonzero(predictions.rows == row)[0])
        assert (drawn.true[place], drawn.answered[place]) == (predictions.labels[index], predictions.predicted[index])

    next((published / "characters").glob("*.json")).write_text("{")
    with pytest.raises(characters.SheetError, match="not readable"):
        characters.sheet(record)
