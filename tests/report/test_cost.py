"""The page on cost: figures of the benchmarks as they were written."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from emnist_utils import trace
from emnist_utils.report import cost
from emnist_utils.report.cost_figures import throughput, where_time_goes

NAMES = ("training", "levers", "overhead", "loading", "book_times")


def test_every_benchmark_has_figures_and_a_table() -> None:
    """Protects the page from a benchmark whose figures were never committed or whose form has changed."""
    tables = [getattr(cost, f"{name}_table")(found) for name, found in ((name, cost.measured(name)) for name in NAMES)]
    assert all(len(table) >= 2 for table in tables)
    assert not [table for table in tables if table.isna().to_numpy().any()]
    assert all("Python 3" in cost.conditions(cost.measured(name)) for name in (*NAMES, "memory", "pages"))


def test_documents_have_the_measured_figures() -> None:
    """Protects the page on many machines, which no code writes, from figures of an earlier measurement."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "many-machines.md").read_text(encoding="utf-8")
    measured = cost.measured("cluster")
    assert measured["machine"]["date"] in text
    for row in measured["rows"]:
        an_hour = round(3600 * row["runs"] / row["seconds"], -1)
        overhead = row["seconds_a_run"] - row["trained_seconds_a_run"]
        assert f"| {row['seconds_to_first']:.1f} | {row['seconds']:.1f} | {an_hour:,.0f} | {overhead:.1f} |" in text
    own = next(row for row in cost.measured("overhead")["rows"] if row["what"] == "ours")
    assert f"the overhead is {own['seconds']['median']:.1f} s a run" in text


def test_a_missing_benchmark_says_how_to_run_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects a person without the figures from a bare file error, and the page from missing them when they come."""
    monkeypatch.setattr(trace, "root", lambda: tmp_path)
    monkeypatch.setenv(trace.VARIABLE, str(tmp_path / "notes"))
    assert cost.files() == cost.files("training") == []
    assert ("files", "benchmarks/results/training.json") in trace.read(tmp_path / "notes")
    with pytest.raises(cost.BenchmarkError, match=r"training\.json is missing; .*python benchmarks/training\.py"):
        cost.measured("training")


def test_ratio_is_to_the_fastest_peer_and_ours_are_none() -> None:
    """Protects the figure: the line at one is the best of the others, whatever our own two ways reach."""
    rates = {"ours": 300.0, "ours, side by side": 400.0, "Keras fit": 100.0, "PyTorch": 200.0}
    row = {"model": "net", "images_per_second": {name: {"median": rate} for name, rate in rates.items()}}
    (axis,) = throughput({"rows": [row]}).axes
    drawn = {line.get_label(): float(line.get_xdata()[0]) for line in axis.lines[:4]}
    assert drawn == {"ours": 1.5, "ours, side by side": 2.0, "Keras fit": 0.5, "PyTorch": 1.0}


def test_epoch_on_a_gpu_is_of_all_images() -> None:
    """Protects the projection: an epoch of ByClass' 697,932 images at the measured rate, whatever was measured on."""
    rate = {"median": 100_000.0, "low": 90_000.0, "high": 110_000.0}
    row = {"model": "net", "images": 5_000, "compile_seconds": 12.34, "images_per_second": rate}
    assert cost.accelerator_table({"rows": [row]}).iloc[0].tolist() == [
        "net", "100,000 (90,000 to 110,000)", "7.0", "12.3"
    ]  # fmt: skip


def test_a_lever_stands_under_its_network() -> None:
    """Protects the table from ways or networks that sorting puts elsewhere, and ratios from their neighbours' place."""
    ratios = {("z", "as it is"): 1.0, ("z", "XLA"): 0.5, ("a", "as it is"): 1.0, ("a", "XLA"): 2.0}
    rows = [
        {"model": model, "way": way, "ratio_to_as_it_is": {"median": ratio, "low": ratio, "high": ratio + 0.1}}
        for (model, way), ratio in ratios.items()
    ]
    found = cost.levers_table({"rows": rows})
    assert found.columns.tolist() == ["way", "z", "a"]
    assert found.iloc[1].tolist() == ["XLA", "0.50 (0.50 to 0.60)", "2.00 (2.00 to 2.10)"]
    assert cost.levers_table({"rows": rows[:3]}).iloc[1].tolist() == ["XLA", "0.50 (0.50 to 0.60)", "–"]


def test_a_build_is_a_multiple_of_the_first() -> None:
    """Protects the table of builds from shares that are lost in rounding, and from hiding what was executed."""
    seconds, ratio = ({"median": value, "low": value / 2, "high": value} for value in (6.0, 0.02))
    row = {"what": "no change", "executed": 0, "seconds": seconds, "ratio_to_first": ratio}
    assert cost.book_times_table({"rows": [row]}).iloc[0].tolist() == [
        "no change", "0", "6.0 (3.0 to 6.0)", "0.020 (0.010 to 0.020)"
    ]  # fmt: skip


def test_seconds_are_summed_by_network() -> None:
    """Protects the bars: each network once, with its runs, and the three parts of their time."""

    def run(model: str, width: float, *seconds: float) -> Any:
        names = ("compile_seconds", "train_seconds", "evaluate_seconds")
        timing = SimpleNamespace(**dict(zip(names, seconds, strict=True)))
        return SimpleNamespace(recipe=SimpleNamespace(model=model, width=width), timing=timing)

    runs = {"some": [run("lenet5", 1.0, 1, 2, 3), run("lenet5", 1.0, 3, 4, 5)], "other": [run("cnn", 0.5, 1, 10, 1)]}
    times = cost.time_by_network(runs)
    assert times.to_dict("index") == {
        "lenet5": {"runs": 2, "compilation": 4, "epochs": 6, "test": 8},
        "cnn w0.5": {"runs": 1, "compilation": 1, "epochs": 10, "test": 1},
    }
    (axis,) = where_time_goes(times).axes
    assert sorted(patch.get_x() + patch.get_width() for patch in axis.patches)[-2:] == [11, 12]
