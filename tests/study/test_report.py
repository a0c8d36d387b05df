"""What chapters show of runs: tables, figures, claims, the box with the origin, the report's own figures."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from emnist_utils import reported, studies, trace
from emnist_utils.report import banner, claims, markdown, tables
from emnist_utils.report.training_figures import accuracy_against_cost, accuracy_dots, learning_curves
from emnist_utils.statistics import over_seeds, wilson
from emnist_utils.training.record import Provenance, Record

Records = Callable[..., list[Record]]


@pytest.fixture
def records(make: Any) -> Records:
    """Return a function that makes one record for each number of right answers out of four."""
    return lambda *correct, **changes: [make(correct=n, seed=i, **changes)[0] for i, n in enumerate(correct)]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the Markdown that is shown, as in a plain notebook."""
    texts: list[str] = []
    monkeypatch.delenv(trace.VARIABLE, raising=False)
    monkeypatch.setattr(markdown, "display", lambda thing: texts.append(thing.data))
    return texts


def test_accuracy_of_one_run_is_wilsons(records: Records) -> None:
    """Protects one-run intervals: right answers of the confusion matrix out of the test images."""
    assert tables.accuracy(records(3)) == wilson(3, 4)


def test_accuracy_over_seeds_is_students(records: Records) -> None:
    """Protects intervals over seeds: the spread of training, not of the images."""
    found = tables.accuracy(records(3, 4, 2))
    assert found == over_seeds([0.75, 1.0, 0.5])
    assert found.n == 3
    with pytest.raises(ValueError, match="no values"):
        tables.accuracy([])


def test_percent_shows_the_wider_half() -> None:
    """Protects readers from an interval that looks narrower than it is; a lone seed has none."""
    interval = wilson(81, 263)
    assert tables.percent(interval).replace("\N{NO-BREAK SPACE}", " ") == "30.80 ± 5.82"
    assert tables.percent(over_seeds([0.5])) == "50.00"


def test_a_share_that_is_not_there_is_a_dash() -> None:
    """Protects pages from "nan %" where a class has no image: small budgets leave rare classes out."""
    assert tables.whole_percent(0.834) == "83"
    assert tables.whole_percent(math.nan) == tables.NOTHING


def test_citations_read_well_in_a_plain_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects whoever opens one chapter from the book's markup, and the book's links."""
    monkeypatch.delenv(trace.VARIABLE, raising=False)
    assert markdown.cite("holm1979", "wilson1927") == "[holm1979, wilson1927]"
    monkeypatch.setenv(trace.VARIABLE, "notes")
    assert markdown.cite("holm1979", "wilson1927") == "{cite}`holm1979,wilson1927`"


def test_mean_of_nothing_is_a_dash() -> None:
    """Protects tables from a division by zero where nothing is published yet."""
    assert tables.mean([1000, 2001.0]) == "1,500.5"
    assert tables.mean([1, 2], digits=0) == "2"
    assert tables.mean([]) == "–"


def test_times_of_two_devices_are_not_compared(records: Records) -> None:
    """Protects against seconds side by side that different machines took."""
    here = records(1, 2)
    elsewhere = [run.model_copy(update={"provenance": moved(run, "another machine")}) for run in here]
    assert tables.timed_together({"one": here[:1], "two": here[1:]}) == {"one": here[:1], "two": here[1:]}
    assert tables.timed_together({"one": here[:1], "two": elsewhere[1:]}) == {}
    both = {"one": [here[0], elsewhere[0]], "two": [elsewhere[1]]}
    assert tables.timed_together(both) == {"one": [elsewhere[0]], "two": [elsewhere[1]]}


def test_times_of_the_largest_go_are_shown(records: Records) -> None:
    """Protects tables of several seeds, trained on several days: times are of those that belong together."""
    first, second, third = (
        [
            run.model_copy(update={"provenance": moved(run, "one machine", days)})
            for run in records(*(1 for _ in range(4)))
        ]
        for days in (0, 1, 2)
    )
    runs = {"one": [first[0], second[0], third[0]], "two": [first[1], second[1], third[1], third[2]]}
    assert tables.timed_together(runs) == {"one": [third[0]], "two": third[1:3]}
    del runs["two"][3]
    assert tables.timed_together(runs) == {"one": [third[0]], "two": [third[1]]}
    assert tables.timed_together({"one": [third[0]], "two": first[1:]}) == {}


def moved(run: Record, device: str, days: int = 0) -> Provenance:
    """Return where and when a run was made, with another device and day."""
    started = run.provenance.started + timedelta(days=days)
    return run.provenance.model_copy(update={"device": device, "started": started})


@pytest.mark.parametrize("profile", ["standard", "full"])
def test_failed_claim_stops_a_published_build(profile: str, shown: list[str]) -> None:
    """Protects the book from a sentence that its records do not back; the error names it with its numbers."""
    found = claims.Claims(profile)
    found.add("More is better.", True, "1 < 2")
    found.add("Less is worse.", False, "2 < 1")
    with pytest.raises(claims.ClaimError, match=rf"profile {profile} do not back: Less is worse\. \(2 < 1\); rewrite"):
        found.show()
    assert shown == ["- ✓ More is better. (1 < 2)\n- ✗ *Not seen:* Less is worse. (2 < 1)"]


@pytest.mark.parametrize("profile", ["smoke", "quick"])
def test_failed_claim_is_only_told_elsewhere(profile: str, shown: list[str]) -> None:
    """Protects a reader's quick run: a finding that it does not show is told of, and the build goes on."""
    found = claims.Claims(profile)
    found.add("Less is worse.", False, "2 < 1")
    found.show()
    assert shown == ["- – *Not enough runs in this profile to show:* Less is worse. (2 < 1)"]


def test_held_claims_pass_everywhere(shown: list[str]) -> None:
    """Protects the published build from failing without a reason."""
    found = claims.Claims("standard")
    found.add("More is better.", True, "1 < 2")
    found.show()
    assert shown == ["- ✓ More is better. (1 < 2)"]


def test_published_profiles_exist() -> None:
    """Protects the claims from binding a profile that was renamed."""
    assert set(studies.PROFILES) >= claims.BINDING_PROFILES


def test_banner_names_every_origin(records: Records, shown: list[str]) -> None:
    """Protects the word on where numbers come from: each budget, device and source that occurs is named."""
    runs = {"one": records(3, 4), "two": records(2, fingerprint="f" * 16, epochs=5)}
    banner.about_runs("quick", runs, "standard", {"one": records(3, epochs=9)})
    text = "\n".join(shown)
    seeds = "1 in 1 of 2 rows, 2 in 1 of 2 rows"
    for words in ("60 training", "2 epochs", "5 epochs", seeds, "CPU (a test's), 1 thread", "Images of a test."):
        assert words in text
    (published,) = [line for line in text.splitlines() if "Published" in line and "Budget" in line]
    assert "9 epochs" in published
    assert "not EMNIST" not in text


def test_banner_stays_short(records: Records, shown: list[str]) -> None:
    """Protects a study of many runs: more budgets than two are told of by their ranges, in as many lines as ever."""
    runs = {f"{n}": records(3, 4, 2, train_size=1000 * n, epochs=n) for n in range(1, 8)}
    for group in runs.values():
        group[:] = [
            run.model_copy(update={"data": run.data.model_copy(update={"train": run.recipe.train_size})})
            for run in group
        ]
    banner.about_runs("quick", runs, "standard", {})
    (budget,) = [line for line in shown[0].splitlines() if "Budget" in line]
    assert "1,000 to 7,000 training, 30 validation and 4 test images, 1 to 7 epochs in batches of 30" in budget
    assert "seeds per row: 3." in budget
    assert len(shown[0].splitlines()) == 6


def test_published_runs_of_other_data_are_others(records: Records) -> None:
    """Protects the published column: there for a reader's own data, absent where the very runs are shown."""
    own = {"one": records(3, 4), "two": records(2)}
    assert not tables.others_published(own, {"one": own["one"]})
    assert not tables.others_published(own, {})
    assert tables.others_published(own, {"one": records(3, fingerprint="f" * 16)})
    assert tables.others_published(own, {"one": records(3, epochs=9)})


def test_banner_warns_of_the_stand_in(records: Records, shown: list[str]) -> None:
    """Protects readers from taking drawn characters for EMNIST: one such run is enough for the warning."""
    banner.about_runs("quick", {"one": records(3), "two": records(2, kind="synthetic")}, "standard", {})
    assert "not EMNIST" in "\n".join(shown)


def test_banner_tells_of_published_runs_once(records: Records, shown: list[str]) -> None:
    """Protects the published book, where this run's records and the published ones are the same."""
    runs = {"one": records(3)}
    banner.about_runs("standard", runs, "standard", runs)
    assert "Published" not in "\n".join(shown)


@pytest.mark.parametrize("in_book", [False, True])
def test_tables_and_boxes_read_in_both_places(
    in_book: bool, shown: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Protects plain notebooks from directives that they do not understand, and the book from losing them."""
    if in_book:
        monkeypatch.setenv(trace.VARIABLE, str(tmp_path / "notes"))
    markdown.table(pd.DataFrame({"model": ["a"], "accuracy": ["1.50"]}), "A caption.", "table-one")
    markdown.box("note", "Title", "Text.")
    table, box = shown
    assert "1.50" in table
    assert "A caption." in table
    assert (":name: table-one" in table) == in_book
    assert (":::" in box) == in_book
    assert all(line.startswith(">") for line in box.splitlines()) == (not in_book)


def test_columns_of_words_stand_left_and_those_of_numbers_right(shown: list[str]) -> None:
    """Protects tables from sentences that are flush right, and from numbers that cannot be compared by eye."""
    columns = {"row": ["1"], "points": ["+1.20 ± 0.40"], "p": ["< 0.0001"], "of": ["–"], "verdict": ["none seen"]}
    markdown.table(pd.DataFrame(columns), "A caption.", "table-one")
    rule = shown[0].splitlines()[3].strip("|").split("|")
    assert [cell.startswith(":") for cell in rule] == [True, False, False, False, True]


@pytest.fixture
def unequal(records: Records) -> list[Record]:
    """Return two seeds of which the second stopped after one epoch."""
    first, second = records(3, 4)
    curves = second.curves.model_copy(update={name: values[:1] for name, values in dict(second.curves).items()})
    return [first, second.model_copy(update={"curves": curves, "best_epoch": 1})]


def test_learning_curves_draw_each_run(records: Records, unequal: list[Record]) -> None:
    """Protects the figure: in both panels two lines a variant of a colour of its own, runs of unequal length."""
    figure = learning_curves({f"variant {i}": records(3) for i in range(5)} | {"unequal": unequal})
    loss, accuracy = figure.axes
    assert len(loss.lines) == len(accuracy.lines) == 12
    assert len({line.get_color() for line in loss.lines}) == 6
    assert list(loss.lines[0].get_ydata()) == [1.9, 0.7]
    assert list(accuracy.lines[-2].get_xdata()) == [1]
    assert accuracy.get_ylabel() == "accuracy (%)"
    assert 1 < max(accuracy.lines[0].get_ydata()) <= 100
    figure.canvas.draw()


def test_a_bad_epoch_does_not_hide_the_others(records: Records) -> None:
    """Protects legible curves: where losses differ fifty-fold their axis is logarithmic, else it is not."""
    usual = records(3)
    assert learning_curves({"usual": usual}).axes[0].get_yscale() == "linear"
    curves = usual[0].curves.model_copy(update={"val_loss": [100.0, 0.7]})
    figure = learning_curves({"usual": usual, "bad": [usual[0].model_copy(update={"curves": curves})]})
    assert [axis.get_yscale() for axis in figure.axes] == ["log", "linear"]
    figure.canvas.draw()


def test_many_learning_curves_are_drawn_apart(records: Records, unequal: list[Record]) -> None:
    """Protects legibility: with more variants than colours each has panels of its own before the others in grey."""
    labels = [f"variant {i}" for i in range(10)]
    figure = learning_curves({label: records(3) for label in labels} | {"unequal": unequal})
    figure.draw_without_rendering()
    titled = [axis for axis in figure.axes if axis.get_title()]
    assert [axis.get_title() for axis in titled] == [*labels, "unequal"]
    for axis in titled:
        assert len(axis.lines) == 11 + 2
        assert len({line.get_color() for line in axis.lines}) == 2
    validation, training = titled[0].lines[-2:]
    assert (list(validation.get_ydata()), list(training.get_ydata())) == ([1.9, 0.7], [2.0, 1.1 / 3])
    assert list(titled[-1].lines[-1].get_xdata()) == [1]


def test_accuracies_stand_beside_the_reports(records: Records) -> None:
    """Protects the figure: each row at one height in both panels, hollow for the report, nothing where it has none."""
    report = pd.DataFrame({"accuracy": [88.5, 87.0, 80.0]}, index=["many", "one", "not here"])
    figure = accuracy_dots({"one": records(3), "other": records(4), "many": records(2, 3, 4)}, report)
    figure.draw_without_rendering()
    here, there = figure.axes
    assert [label.get_text() for label in here.get_yticklabels()] == ["one", "other", "many"]
    bar, point = here.lines[:2]
    assert (point.get_xdata()[0], point.get_ydata()[0]) == (pytest.approx(75), 0)
    assert list(bar.get_xdata()) == pytest.approx([100 * wilson(3, 4).low, 100 * wilson(3, 4).high])
    (theirs,) = there.lines
    assert (list(theirs.get_xdata()), list(theirs.get_ydata())) == ([87.0, 88.5], [0, 2])
    assert theirs.get_markerfacecolor() == "white"
    assert len(accuracy_dots({"one": records(3)}).axes) == 1


def test_accuracy_against_cost_draws_intervals(records: Records) -> None:
    """Protects the figure: a point and its interval for each variant and cost; times only where comparable."""
    figure = accuracy_against_cost({"one": records(3), "many": records(2, 3, 4)})
    assert [axis.get_xlabel() for axis in figure.axes] == [
        "parameters",
        "multiply-adds per image",
        "seconds per 1,000 images",
    ]
    assert figure.axes[2].lines[1].get_xdata()[0] == pytest.approx(1_000 / 60)
    for axis in figure.axes:
        bar, point = axis.lines[:2]
        assert point.get_ydata()[0] == pytest.approx(75)
        low, high = bar.get_ydata()
        assert (low, high) == pytest.approx((100 * wilson(3, 4).low, 100 * wilson(3, 4).high))
        assert [text.get_text() for text in axis.texts] == ["one", "many"]
    assert figure.legends == []
    figure.canvas.draw()


def test_budgets_and_names_are_told_apart_in_costs(records: Records) -> None:
    """Protects from comparing networks that saw other numbers of images, and from names that cover each other."""
    one = records(3)
    few = [run.model_copy(update={"data": run.data.model_copy(update={"train": 7})}) for run in one]
    figure = accuracy_against_cost({"one network": one, "the same network": one, "one on few images": few})
    figure.canvas.draw()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["60 training images", "7 training images"]
    for axis in figure.axes:
        points = axis.lines[1::2]
        assert len({point.get_color() for point in points}) == 2
        assert [point.get_markerfacecolor() == "white" for point in points] == [False, False, True]
        boxes = [text.get_window_extent() for text in axis.texts]
        assert not any(a.overlaps(b) for index, a in enumerate(boxes) for b in boxes[:index])


def test_report_models_are_as_reported() -> None:
    """Protects the 2024 report's table from slips: loss, accuracy in per cent, seconds and parameters."""
    found = reported.load("models")
    rows = {
        "LeNet-5": (0.3691, 86.58, 272.90, "64k"),
        "ResNet-50": (0.3282, 87.76, 3086.12, "25.73M"),
        "CNN": (0.3734, 86.25, 324.04, "0.27M"),
        "Residual CNN": (0.3076, 88.27, 811.98, "1.77M"),
    }
    assert {name: tuple(found.loc[name]) for name in rows} == rows
    (quoted,) = set(found.index) - set(rows)
    assert quoted == "WaveMix-Lite 128/7"
    assert found.loc[quoted, "accuracy"] == 88.43
    assert found.loc[quoted, "parameters"] == "9.6M"
    assert all(math.isnan(found.loc[quoted, column]) for column in ("loss", "seconds"))


def test_report_counts_are_as_reported() -> None:
    """Protects the report's class counts, which the book corrects: they stand as the slide has them."""
    assert reported.load("class_counts")["images"].to_dict() == {"J": 1896, "Y": 2365, "1": 38374, "7": 35754}


@pytest.mark.parametrize(("width", "words"), [(1.0, ""), (0.25, " at 0.25 of its width")])
def test_a_network_at_its_full_width_is_named_alone(width: float, words: str) -> None:
    """Protects sentences from "at 1 of its width"."""
    assert tables.at_width(width) == words
