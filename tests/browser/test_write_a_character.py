"""The page "Write a character", in a real browser and from its files."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from emnist_utils import data, results
from emnist_utils.data import to_emnist
from emnist_utils.report import tables

if TYPE_CHECKING:
    from conftest import Witnessed

pytestmark = pytest.mark.slow

STEM = "14-write-a-character"
PAGE = f"chapters/{STEM}.html"
PAIRS = Path(__file__).parents[1] / "data/sd19-pairs.npz"

Stroke = Sequence[tuple[float, float]]

_ROUND = [(0.5 + 0.25 * math.sin(turn), 0.5 - 0.35 * math.cos(turn)) for turn in np.linspace(0, 2 * math.pi, 40)]

#: Strokes of some characters, in shares of the area's side, and the answers that are right for them.
CHARACTERS: dict[str, tuple[list[Stroke], str]] = {
    "one": ([[(0.5, 0.15), (0.5, 0.85)]], "1Iil"),
    "round": ([_ROUND], "0Oo"),
    "L": ([[(0.3, 0.15), (0.3, 0.85), (0.75, 0.85)]], "L"),
    "T": ([[(0.2, 0.2), (0.8, 0.2)], [(0.5, 0.2), (0.5, 0.85)]], "T"),
    "seven": ([[(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]], "7"),
    "A": ([[(0.25, 0.85), (0.5, 0.15), (0.75, 0.85)], [(0.35, 0.6), (0.65, 0.6)]], "A"),
    "E": ([[(0.7, 0.2), (0.3, 0.2), (0.3, 0.8), (0.7, 0.8)], [(0.3, 0.5), (0.65, 0.5)]], "E"),
    "H": ([[(0.25, 0.15), (0.25, 0.85)], [(0.75, 0.15), (0.75, 0.85)], [(0.25, 0.5), (0.75, 0.5)]], "H"),
}


#: What the network gives to each class for the image that the page shows, in 0..1.
PROBABILITIES = """() => {
  const { network } = JSON.parse(document.getElementById("write-network").textContent);
  const { data } = document.getElementById("write-seen").getContext("2d").getImageData(0, 0, 28, 28);
  return Array.from(readNetwork(network)(Uint8Array.from({ length: 28 * 28 }, (_, pixel) => data[4 * pixel])));
}"""


@pytest.fixture(scope="module")
def html(built_page: Callable[[str], Path]) -> Path:
    """Give the folder of the built page."""
    return built_page(STEM)


@pytest.fixture
def shown(html: Path, opened: Callable[..., Witnessed]) -> Witnessed:
    """Open the page as a reader would; nothing may go wrong on it, whatever a test does there."""
    witnessed = opened(html, PAGE)
    witnessed.page.wait_for_selector("#write-tool:not([hidden])")
    yield witnessed
    assert witnessed.troubles == []


def write(witnessed: Witnessed, strokes: Sequence[Stroke], size: float = 1.0) -> None:
    """Draw strokes with the mouse, at the upper left in a part of the area's size."""
    area = witnessed.page.locator("#write-area")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    mouse = witnessed.page.mouse
    for stroke in strokes:
        places = [(box["x"] + size * x * box["width"], box["y"] + size * y * box["height"]) for x, y in stroke]
        mouse.move(*places[0])
        mouse.down()
        for place in places[1:]:
            mouse.move(*place, steps=5)
        mouse.up()
    two_frames(witnessed)


def two_frames(witnessed: Witnessed) -> None:
    """Wait until what was asked for is on the screen."""
    witnessed.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def top(witnessed: Witnessed) -> str:
    """Return the class on top."""
    return witnessed.page.locator("#write-bars b").first.text_content()


def status(witnessed: Witnessed) -> str:
    """Return what a screen reader is told."""
    return witnessed.page.locator("#write-status").text_content()


@pytest.mark.parametrize("name", CHARACTERS)
def test_what_is_written_is_read(shown: Witnessed, name: str) -> None:
    """Protects the page as a whole: strokes of the mouse get a right answer, from files, with no error or request."""
    strokes, right = CHARACTERS[name]
    write(shown, strokes)
    assert top(shown) in right
    assert re.fullmatch(r"(digit \d|(capital|small) \w) \d+ %(; else .*)?\.", status(shown))
    assert status(shown).split()[1] == top(shown)
    shares = [
        0.0 if text.startswith("<") else float(text.split()[0])
        for text in shown.page.locator(".write-percent").all_text_contents()
    ]
    probabilities = sorted(shown.page.evaluate(PROBABILITIES), reverse=True)
    assert sum(probabilities) == pytest.approx(1, abs=1e-3)
    assert shares == [math.floor(100 * one + 0.5) if one >= 0.005 else 0 for one in probabilities[:5]]
    assert f"this network answered with {' '.join(status(shown).split()[:2])}, " in shown.page.inner_text(
        "#write-confusions"
    )


def test_size_and_place_do_not_matter(shown: Witnessed) -> None:
    """Protects small writing: its pen is fitted, so it gives the network nearly the image of large writing."""
    image = "Array.from(document.getElementById('write-seen').getContext('2d').getImageData(0, 0, 28, 28).data)"
    seen = []
    for size in (1.0, 0.3):
        write(shown, CHARACTERS["A"][0], size)
        seen.append(np.array(shown.page.evaluate(image)).reshape(28, 28, 4)[..., 0])
        shown.page.click("#write-clear")
        two_frames(shown)
    assert seen[0].max() == 255 and seen[0][0].max() == 0
    assert np.corrcoef(seen[0].ravel(), seen[1].ravel())[0, 1] > 0.9


def test_undo_and_clear_by_button_and_key(shown: Witnessed) -> None:
    """Protects the way back, with and without a mouse: an E less two strokes is an L, and clearing leaves nothing."""
    page = shown.page
    write(shown, [[(0.3, 0.15), (0.3, 0.85), (0.75, 0.85)]])
    write(shown, [[(0.75, 0.15), (0.3, 0.15)], [(0.3, 0.5), (0.7, 0.5)]])
    assert top(shown) == "E"
    page.focus("#write-undo")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+z")
    two_frames(shown)
    assert top(shown) == "L" and status(shown).startswith("capital L")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "write-clear"
    page.keyboard.press("Space")
    two_frames(shown)
    assert status(shown) == "Nothing is written."
    assert page.locator(".write-bar").count() == 0 and page.inner_text("#write-confusions") == ""
    write(shown, CHARACTERS["T"][0])
    page.keyboard.press("Delete")
    two_frames(shown)
    assert status(shown) == "Nothing is written."


def test_finger_writes_and_does_not_scroll(html: Path, opened: Callable[..., Witnessed]) -> None:
    """Protects phones: touch draws, the page stays where it is, and nothing is wider than 360 pixels."""
    witnessed = opened(html, PAGE, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = witnessed.page
    page.wait_for_selector("#write-tool:not([hidden])")
    area = page.locator("#write-area")
    area.scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    before, box = page.evaluate("scrollY"), area.bounding_box()
    assert box["width"] > 280 and abs(box["width"] - box["height"]) < 1
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    for stroke in CHARACTERS["T"][0]:
        send("touchStart", stroke[0])
        for share in np.linspace(0.1, 1, 10):
            send("touchMove", tuple((1 - share) * a + share * b for a, b in zip(*stroke, strict=True)))
        send("touchEnd")
    two_frames(witnessed)
    assert top(witnessed) == "T"
    assert page.evaluate("scrollY") == before
    assert witnessed.troubles == []


@pytest.mark.parametrize("settings", [{"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_ink_shows_in_the_dark_and_in_high_contrast(
    html: Path, opened: Callable[..., Witnessed], settings: dict[str, str]
) -> None:
    """Protects readability: ink and ground, bar and ground are far apart in lightness (WCAG's 3:1 for graphics)."""
    witnessed = opened(html, PAGE, **settings)
    witnessed.page.wait_for_selector("#write-tool:not([hidden])")
    write(witnessed, CHARACTERS["one"][0])
    area = _picture(witnessed.page.locator("#write-area").screenshot())
    assert _contrast(area[area.shape[0] // 2, area.shape[1] // 2], area[area.shape[0] // 2, area.shape[1] // 5]) > 3
    bar = _picture(witnessed.page.locator(".write-bar").first.screenshot())
    assert _contrast(bar[bar.shape[0] // 2, 4], bar[bar.shape[0] // 2, -5]) > 3
    assert witnessed.troubles == []


def test_answers_while_one_writes(shown: Witnessed) -> None:
    """Protects the live answer: bars are there before the stroke ends, a screen reader is told once, at its end."""
    page, box = shown.page, shown.page.locator("#write-area").bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
    two_frames(shown)
    assert page.locator(".write-bar").count() == 5
    assert status(shown) == "Nothing is written."
    page.mouse.up()
    two_frames(shown)
    assert status(shown) != "Nothing is written."


def test_says_so_without_javascript(html: Path, opened: Callable[..., Witnessed]) -> None:
    """Protects readers without JavaScript from an area that does not answer."""
    page = opened(html, PAGE, java_script_enabled=False).page
    assert "Writing needs JavaScript" in page.inner_text("article")
    assert not page.locator("#write-tool").is_visible()


def test_says_which_network_answers(html: Path) -> None:
    """Protects the reader's trust: record, images and accuracy with its interval are those of the published record."""
    record, _ = results.find_network()
    article = re.sub(r"<[^>]+>", "", (html / PAGE).read_text()).replace("\N{NO-BREAK SPACE}", " ")
    assert record.run_id in article
    assert f"{record.data.train:,} images" in article
    assert tables.percent(tables.accuracy([record])).replace("\N{NO-BREAK SPACE}", " ") in article


def test_no_other_page_loads_the_network(html: Path) -> None:
    """Protects every other page from half a megabyte of scripts."""
    assert [page for page in html.rglob("*.html") if "tf-core" in page.read_text()] == [html / PAGE]


def test_same_images_as_in_python(shown: Witnessed) -> None:
    """Protects the way from drawing to 28x28: as Python's to_emnist within 2 grey levels on 500 drawings."""
    drawings = [*_scanned(200), *_scribbled(300)]
    seen = shown.page.evaluate(
        """(drawings) => drawings.map(({ width, ink }) => {
             const bytes = Uint8Array.from(atob(ink), (character) => character.charCodeAt(0));
             return Array.from(toEmnist(bytes, width));
           })""",
        [{"width": one.shape[1], "ink": base64.b64encode(one.tobytes()).decode()} for one in drawings],
    )
    ours = np.array(seen).reshape(-1, 28, 28)
    difference = np.abs(ours - np.array([to_emnist(one) for one in drawings], int)).max(axis=(1, 2))
    assert len(difference) == 500
    assert difference.max() <= 2
    assert shown.page.evaluate("toEmnist(new Uint8Array(100), 10)") is None


def test_same_answers_as_in_keras(shown: Witnessed) -> None:
    """Protects what is answered: on 1,000 test images the page and Keras choose the same class in 99 % and more."""
    record, weights = results.find_network()
    images = data.load(record.recipe.dataset).test.images[:1000]
    logits = results.read_network(record, weights).predict(images, verbose=0)
    probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    answers = shown.page.evaluate(
        """(images) => {
             const { network } = JSON.parse(document.getElementById("write-network").textContent);
             const bytes = Uint8Array.from(atob(images), (character) => character.charCodeAt(0));
             return Array.from(readNetwork(network)(bytes));
           }""",
        base64.b64encode(images.tobytes()).decode(),
    )
    ours = np.array(answers).reshape(probabilities.shape)
    assert (ours.argmax(axis=1) == probabilities.argmax(axis=1)).mean() >= 0.99
    assert np.abs(ours - probabilities).max() < 0.05


def test_classes_and_confusions_are_the_records(html: Path) -> None:
    """Protects the line below the bars: what the page holds of each answer is counted in the record."""
    record, _ = results.find_network()
    text = re.search(r'id="write-network">(.*?)</script>', (html / PAGE).read_text())[1]
    held = json.loads(text)
    classes = held["classes"]
    assert classes == list(data.SPECS[record.recipe.dataset].classes)
    counts = np.array(record.confusion)
    for answer, behind in held["behind"].items():
        column = counts[:, classes.index(answer)]
        for name, share in behind:
            assert share == pytest.approx(column[classes.index(name)] / column.sum())


def _picture(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), float) / 255


def _contrast(one: np.ndarray, other: np.ndarray) -> float:
    """Return WCAG's contrast of two colours, 1..21."""
    linear = [np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) for c in (one, other)]
    light = sorted(float(c @ [0.2126, 0.7152, 0.0722]) for c in linear)
    return (light[1] + 0.05) / (light[0] + 0.05)


def _scanned(count: int) -> list[np.ndarray]:
    """Return bitmaps of Special Database 19, enlarged or reduced by various factors to grey ones."""
    with np.load(PAIRS) as pairs:
        ink = np.unpackbits(pairs["ink"], axis=2)[:count]
    rng = np.random.default_rng(0)
    sides = [side + (side == 128) for side in rng.integers(90, 300, count)]
    return [
        np.asarray(Image.fromarray(255 * one).resize((side, side), Image.Resampling.BICUBIC))
        for one, side in zip(ink, sides, strict=True)
    ]


def _scribbled(count: int) -> list[np.ndarray]:
    """Return random broken lines with smooth edges, on grounds of various shapes."""
    rng = np.random.default_rng(1)
    drawings = []
    for _ in range(count):
        width, height = (int(side) for side in rng.integers(100, 260, 2))
        large = Image.new("L", (3 * width, 3 * height))
        pen = ImageDraw.Draw(large)
        for _ in range(rng.integers(1, 4)):
            points = rng.uniform(0.15, 0.85, (rng.integers(2, 6), 2)) * [3 * width, 3 * height]
            pen.line([tuple(point) for point in points], fill=255, width=int(rng.integers(12, 45)), joint="curve")
        drawings.append(np.asarray(large.reduce(3)))
    return drawings
