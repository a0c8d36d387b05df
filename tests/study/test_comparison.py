"""What chapters show of a study's rows side by side, and which differences they call real."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emnist_utils import results
from emnist_utils.report import comparison, tables
from emnist_utils.report.comparison import (
    accuracy_table,
    compare,
    compare_pairs,
    comparison_note,
    comparison_table,
    cost_table,
    same_budget,
    timing_note,
)
from emnist_utils.statistics import compare_answers, difference_over_seeds, holm, scatter_over_seeds
from emnist_utils.training.record import Record

Group = Callable[..., list[Record]]


@pytest.fixture
def group(write: Callable[..., Record]) -> Group:
    """Return a function that writes one record for each number of right answers out of four, and returns them."""
    return lambda *correct, **changes: [write(correct=n, seed=seed, **changes) for seed, n in enumerate(correct)]


@pytest.fixture
def report() -> pd.DataFrame:
    """Return a table such as the report's."""
    return pd.DataFrame(
        {"loss": [0.3, np.nan], "accuracy": [88.1, 87.25], "seconds": [1200.4, np.nan], "parameters": ["64k", "9.6M"]},
        index=["two", "not here"],
    )


def elsewhere(record: Record) -> Record:
    """Return the record as if another machine had made it."""
    return record.model_copy(update={"provenance": record.provenance.model_copy(update={"device": "another machine"})})


def test_accuracies_stand_side_by_side(group: Group, report: pd.DataFrame) -> None:
    """Protects the table: report, published and here in this order, dashes where there is nothing."""
    runs = {"one": group(3), "two": group(1, 3, 2, activation="tanh")}
    published = {"two": group(4, epochs=9)}
    frame = accuracy_table(runs, "network", report, published)
    assert frame.columns.tolist() == [
        "network", "report: accuracy", "published: accuracy", "here: accuracy", "macro-F1", "balanced accuracy",
        "report: loss", "loss",
    ]  # fmt: skip
    first, second = frame.to_numpy().tolist()
    assert first == ["one", "–", "–", tables.percent(tables.accuracy(runs["one"])), "60.00", "75.00", "–", "0.7000"]
    assert second[1:4] == ["88.10", *(tables.percent(tables.accuracy(x["two"])) for x in (published, runs))]
    assert second[5:] == ["50.00", "0.3000", "0.7000"]


def test_accuracy_table_has_no_empty_columns(group: Group, report: pd.DataFrame) -> None:
    """Protects the published page and tables that the report lacks: neither itself nor nothing stands beside them."""
    runs = {"two": group(3)}
    assert accuracy_table(runs, "network", published=runs).columns.tolist() == [
        "network", "here: accuracy", "macro-F1", "balanced accuracy", "loss"
    ]  # fmt: skip
    assert "report: loss" not in accuracy_table(runs, "network", report.drop(columns="loss"))


def test_a_repeated_study_says_which_rows_it_reproduced(group: Group) -> None:
    """Protects the word "reproduced": said of each row that was trained again, by the published number's interval."""
    published = {
        "same": group(3),
        "near": group(2, 3, activation="tanh"),
        "far": group(3, 3, 3, activation="elu"),
        "kept": group(4, activation="selu"),
    }
    again = {
        "same": group(3, minute=1),
        "near": group(2, 2, activation="tanh", minute=1),
        "far": group(3, 3, 2, activation="elu", minute=1),
        "kept": published["kept"],
        "new": group(1, activation="gelu"),
    }
    frame = accuracy_table(again, "network", published=published)
    assert frame.columns.tolist()[:4] == ["network", "published: accuracy", "here: accuracy", "reproduced"]
    assert frame["reproduced"].tolist() == ["yes", "yes", "no", "–", "–"]


def test_report_of_other_labels_is_an_error(group: Group, report: pd.DataFrame) -> None:
    """Protects from a column of dashes where the report's rows are only named otherwise."""
    with pytest.raises(ValueError, match="rows two, not here are none of 2e-4; rename its index"):
        accuracy_table({"2e-4": group(3)}, "rate", report)


def test_costs_stand_apart(group: Group, report: pd.DataFrame) -> None:
    """Protects the table: epochs, seconds of each and compilation apart; size only where rows differ in it."""
    runs = {"one": group(3), "two": group(1, activation="tanh")}
    frame = cost_table(runs, "activation", report.drop(columns="parameters"))
    assert frame.columns.tolist() == [
        "activation", "report: s in all", "epochs", "s / epoch", "images / s", "s to compile"
    ]  # fmt: skip
    assert frame.to_numpy().tolist() == [
        ["one", "–", "2", "1.0", "60", "1.0"], ["two", "1,200", "2", "1.0", "60", "1.0"]
    ]  # fmt: skip
    larger = runs["two"][0].model_copy(update={"layers": runs["two"][0].layers * 2})
    frame = cost_table({"one": runs["one"], "two": [larger]}, "network", report)
    assert frame["parameters"].tolist() == ["7,850", "15,700"]
    assert frame["report: parameters"].tolist() == ["–", "64k"]


def test_times_of_two_devices_are_left_out(group: Group) -> None:
    """Protects against seconds side by side that different machines took, and says why there are none."""
    runs = {"one": group(3), "two": group(1, activation="tanh")}
    assert "CPU (a test's), 1 thread" in timing_note(runs)
    assert "processor time" not in timing_note(runs)
    runs["two"] = [elsewhere(runs["two"][0])]
    assert cost_table(runs, "network").columns.tolist() == ["network"]
    assert "not compared. Each ran 2 epochs." in timing_note(runs)
    curves = runs["one"][0].curves
    longer = curves.model_copy(update={name: [*values, values[-1]] for name, values in curves})
    runs["one"] = [runs["one"][0].model_copy(update={"curves": longer})]
    assert cost_table(runs, "network")["epochs"].tolist() == ["3", "2"]
    assert timing_note(runs).endswith("not compared.")


def test_times_of_another_day_are_left_out(group: Group) -> None:
    """Protects against seconds side by side of one name for two machines, or of one machine at rest and at work."""
    (one,), (two,) = group(3), group(1, activation="tanh")
    end = one.provenance.started + timedelta(seconds=one.timing.seconds)
    for pause, compared in ((59, True), (61, False)):
        started = one.provenance.model_copy(update={"started": end + timedelta(minutes=pause)})
        runs = {"two": [two.model_copy(update={"provenance": started})], "one": [one]}
        assert ("not compared" in timing_note(runs)) != compared


def test_times_of_some_seeds_are_named(group: Group) -> None:
    """Protects a table of three seeds trained on two days: it has the times of one day, and says of which seeds."""
    runs = {"one": group(3, 3, 3), "two": group(1, 1, 1, activation="tanh")}
    assert "They are those of" not in timing_note(runs)
    for later in runs.values():
        started = later[0].provenance.started + timedelta(days=1)
        later[0] = later[0].model_copy(
            update={"provenance": later[0].provenance.model_copy(update={"started": started})}
        )
    assert "They are those of seeds 1, 2: the others were trained another time" in timing_note(runs)
    assert cost_table(runs, "activation")["s / epoch"].tolist() == ["1.0", "1.0"]


def test_times_of_two_clocks_are_left_out(group: Group) -> None:
    """Protects against processor time beside wall time; a page says which of them it shows."""
    runs = {"one": group(3), "two": group(1, activation="tanh")}
    for label in runs:
        (record,) = runs[label]
        timing = record.timing.model_copy(update={"clock": "processor"})
        runs[label] = [record.model_copy(update={"timing": timing})]
        assert ("processor time" in timing_note(runs)) == (label == "two")
        assert ("not compared" in timing_note(runs)) == (label == "one")


def test_one_seed_is_compared_by_image(group: Group) -> None:
    """Protects one-seed comparisons: McNemar's test with Holm's correction, and the limits of it in words."""
    runs = {"one": group(3), "two": group(0, activation="tanh"), "three": group(4, activation="elu")}
    found = compare(runs, "one")
    assert list(found) == ["two", "three"]
    right = {label: np.arange(4) < n for label, n in (("one", 3), ("two", 0), ("three", 4))}
    expected = {label: compare_answers(right[label], right["one"]) for label in found}
    assert {label: one.answers for label, one in found.items()} == expected
    assert [one.p for one in found.values()] == holm([test.p for test in expected.values()])
    two = found["two"]
    assert (two.difference.value, two.difference.n, two.images, two.seeds) == (-0.75, 1, 4, (0,))
    assert two.better is None
    assert two.verdict == "none seen"
    assert two.evidence == "\N{MINUS SIGN}75.00 points, p = 0.5 after Holm, n = 1 (seed 0)"
    note = comparison_note(found)
    assert "two trained networks, those of seed 0, and not yet one between two designs" in note
    assert "the 2 comparisons" in note
    assert "Student" not in note
    frame = comparison_table(found)
    assert frame.columns.tolist() == [
        "compared with one", "points", "only this one right", "only one right", "p (Holm)", "verdict"
    ]  # fmt: skip
    assert frame.iloc[1].tolist()[:4] == ["three", "+25.00", "1", "0"]


def test_several_seeds_are_compared_by_their_means(group: Group) -> None:
    """Protects comparisons over seeds: of those that both rows have, in any order, each with its own scatter."""
    three = group(4, 4, 3)
    runs = {"one": group(2, 1, 1, 4, activation="tanh"), "three": three[::-1]}
    found = compare_pairs(runs, [("three", "one")])
    (pair,) = found.values()
    one, other = [1.0, 1.0, 0.75], [0.5, 0.25, 0.25]
    scatter = scatter_over_seeds([one]), scatter_over_seeds([[*other, 1.0]])
    tested = difference_over_seeds(one, other, scatter)
    assert pair.p == pytest.approx(tested.p)
    assert pair.difference.value == pytest.approx(tested.difference.value)
    assert pair.difference.low == pytest.approx(tested.difference.low)
    assert (pair.seeds, pair.difference.n) == ((0, 1, 2), 3)
    assert pair.answers is None
    assert pair.better is None
    assert pair.evidence.endswith("after Holm, n = 3 seeds")
    note = comparison_note(found)
    assert "n = 3 seeds" in note
    assert "Holm" not in note
    assert "McNemar" not in note
    assert comparison_table(found).columns.tolist() == ["compared with one", "points", "p (Holm)", "verdict"]


def test_rows_that_reach_as_much_tell_how_seeds_scatter(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects comparisons of few seeds: a row has the scatter of those near it, none that is far or collapsed."""
    monkeypatch.setattr(comparison, "_ALIKE", 0.25)  # one of four images
    runs = {
        "one": group(4, 4, 3),
        "two": group(4, 3, 4, activation="elu"),
        "far": group(0, 1, 3, activation="tanh"),
        "single": group(4, activation="selu"),
        "collapsed": group(4, 4, 2, activation="gelu"),
    }
    found = compare_pairs(runs, [("two", "one"), ("far", "one"), ("collapsed", "one")])
    near, far = [[1.0, 1.0, 0.75], [1.0, 0.75, 1.0]], [0.0, 0.25, 0.75]
    scatter, its_own = scatter_over_seeds(near), scatter_over_seeds([far])
    assert scatter.freedom == 4
    assert found["two", "one"].difference == difference_over_seeds(near[1], near[0], (scatter, scatter)).difference
    assert found["two", "one"].verdict == "none seen"
    alone = scatter_over_seeds([[1.0, 1.0, 0.5]])
    collapsed = difference_over_seeds([1.0, 1.0, 0.5], near[0], (alone, scatter)).difference
    assert found["collapsed", "one"].difference == collapsed
    assert found["far", "one"].difference == difference_over_seeds(far, near[0], (its_own, scatter)).difference


def test_differences_of_several_seeds_are_seen(group: Group) -> None:
    """Protects the verdict: its direction, and that seeds which never differ leave no doubt."""
    runs = {"one": group(4, 4, 4), "two": group(3, 3, 3, activation="elu")}
    (found,) = compare_pairs(runs, [("two", "one")]).values()
    assert (found.better, found.verdict, found.p) == ("one", "differs", 0)


def test_pairs_name_both_rows(group: Group) -> None:
    """Protects a table of several references: each row says which two it compares, a mixture has dashes."""
    runs = {"one": group(3, 4), "two": group(1, 1, activation="tanh"), "single": group(2, activation="elu")}
    frame = comparison_table(compare_pairs(runs, [("two", "one"), ("single", "two")]))
    assert frame[["first", "second"]].to_numpy().tolist() == [["two", "one"], ["single", "two"]]
    assert frame["seeds"].tolist() == ["2", "1"]
    assert frame["only the first right"].tolist() == ["–", "1"]


def test_reference_is_the_best_on_validation(group: Group) -> None:
    """Protects the test images from choosing the row that all others are compared with."""
    best, tested_best = group(1)[0], group(4, activation="tanh")
    curves = best.curves.model_copy(update={"val_accuracy": [0.5, 0.9]})
    found = compare({"tested best": tested_best, "best": [best.model_copy(update={"curves": curves})]})
    assert [(one.first, one.second) for one in found.values()] == [("tested best", "best")]


def test_what_cannot_be_compared_is_an_error(group: Group, make: Any, folders: Any) -> None:
    """Protects from pairing what does not belong together: other seeds, other images, one row."""
    one = group(3)
    with pytest.raises(ValueError, match="one and two have no seed in common"):
        compare_pairs({"one": one, "two": group(3, 4)[1:]}, [("one", "two")])
    with pytest.raises(ValueError, match="one and two were not tested on the same images"):
        compare_pairs({"one": one, "two": group(3, fingerprint="f" * 16)}, [("one", "two")])
    record, predictions = make(activation="tanh")
    others = predictions.model_copy(update={"rows": predictions.rows + 1})
    record = record.model_copy(update={"predictions": others.digest})
    results.write_record(record, others, folders[0])
    with pytest.raises(ValueError, match="answered other test images"):
        compare_pairs({"one": one, "two": [record]}, [("one", "two")])
    with pytest.raises(ValueError, match="the rows one make no pair"):
        compare({"one": one})


def test_rows_of_other_budgets_are_told_apart(group: Group) -> None:
    """Protects from a verdict on two networks of which one saw fewer images or trained for fewer epochs."""
    row = group(3, 2)
    assert same_budget(row, group(1, activation="tanh"))
    assert not same_budget(row, group(1, epochs=3))
    fewer = row[0].model_copy(update={"data": row[0].data.model_copy(update={"train": 30})})
    assert not same_budget(row, [fewer])
