"""The command: what it prints, how it fails."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from emnist_utils import cli, data, runner, studies
from emnist_utils.data import DataError
from emnist_utils.paths import root
from emnist_utils.studies import Budget, Study, Variant

Emnist = Callable[..., tuple[object, str]]


@pytest.fixture
def emnist(
    stand_in: Path,
    folders: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Emnist:
    """Return a function that calls the command on a study of two runs; it gives the exit code and the output.

    The exit code of an error that is told in words is those words.
    """
    tiny = replace(studies.PROFILES["smoke"], comparison=Budget(60, 30, 20, 1, 30, (0,)))
    monkeypatch.setenv("EMNIST_RUNS", str(folders[0]))  # again, so that what --out does to it is undone
    monkeypatch.setattr(studies, "PROFILES", {"quick": tiny, "other": tiny})
    lenet = {"dataset": "digits", "model": "lenet5", "blocks": None}
    variants = (Variant("one", lenet), Variant("two", lenet | {"activation": "tanh"}))
    monkeypatch.setattr(studies, "STUDIES", {"pair": Study("pair", "Which?", variants)})

    def call(*arguments: str) -> tuple[object, str]:
        monkeypatch.setattr(sys, "argv", ["emnist", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, capsys.readouterr().out

    return call


def test_plan_lists_runs_and_sums_them(emnist: Emnist) -> None:
    """Protects the plan's text: a line a run, the sum, what is to do, and on which data."""
    code, text = emnist("plan")
    lines = text.splitlines()
    assert code == 0
    assert lines[0] == "pair: Which?"
    assert all("missing" in line and "pair: lenet5 on digits, adam 0.003, " in line for line in lines[1:3])
    assert lines[3] == "2 runs: 2 missing"
    assert lines[4] == "to do: 2 of unknown length (no such network on record yet)"
    assert "stand-in" in lines[5]


def test_run_stops_in_time_and_goes_on_in_its_folder(
    emnist: Emnist, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    """Protects a machine lent for so long: no run is begun that would not end in time, and the rest is done later."""
    out = tmp_path / "elsewhere"
    code, text = emnist("run", "--study", "all", "--max-minutes", "0", "--out", str(out))
    assert (code, text) == (0, "0 minutes are over; 2 runs are left, the same command goes on with them\n")
    assert not list(out.glob("*.json"))
    code, text = emnist("run", "--max-minutes", "30", "--out", str(out))
    assert code == 0
    assert "are present" in text
    assert len(list(out.glob("*.json"))) == 2
    assert not folders[0].exists()


def test_only_narrows_the_plan(emnist: Emnist) -> None:
    """Protects --only on the command line."""
    assert "1 runs: 1 missing" in emnist("plan", "--only", "activation=tanh", "--only", "seed=0")[1]


def test_shares_are_trained_one_after_another(emnist: Emnist, folders: tuple[Path, Path]) -> None:
    """Protects an array of jobs on one store: each share trains its own runs, and after the last one all are there."""
    for count, share in enumerate(("1/2", "2/2"), start=1):
        assert emnist("run", "--shard", share)[0] == 0
        assert len(list(folders[0].glob("*.json"))) == count
    assert "2 runs: 2 present" in emnist("plan")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("plan", "-p", "huge"), "no profile 'huge'; choose one of quick, other"),
        (("plan", "-s", "nothing"), "no study 'nothing'; choose one of pair"),
        (("run", "--only", "seed"), "--only seed: expected FIELD=VALUE"),
        (("run", "--only", "depth=3"), "no field 'depth'"),
        (("run", "--shard", "0/2"), "'0/2' is no share of the runs; expected I/N"),
        (("run", "--only", "seed=9"), "no run of profile quick has {'seed': '9'}"),
        (("data", "--subset", "list.npz"), "--subset and --to go together"),
        (("data", "--save-list", "list.npz"), "the stand-in is no part of EMNIST"),
    ],
)
def test_errors_are_one_line(emnist: Emnist, arguments: tuple[str, ...], words: str) -> None:
    """Protects whoever mistypes: one line that says what there is, no traceback, exit code 1."""
    code, text = emnist(*arguments)
    assert isinstance(code, str)
    assert code.startswith("emnist: ")
    assert words in code
    assert "\n" not in code
    assert text == ""


def test_errors_of_data_and_runs_are_told(emnist: Emnist, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects against tracebacks where a person can mend the cause, and only there."""

    def fail(error: Exception) -> Callable[..., None]:
        def raise_it(*arguments: object, **options: object) -> None:
            raise error

        return raise_it

    monkeypatch.setattr(runner, "run", fail(runner.RunError("1 of 2 runs failed")))
    assert emnist("run")[0] == "emnist: 1 of 2 runs failed"
    monkeypatch.setattr(runner, "run", fail(DataError("no such file")))
    assert emnist("run")[0] == "emnist: no such file"
    monkeypatch.setattr(runner, "run", fail(ZeroDivisionError()))
    monkeypatch.setattr(sys, "argv", ["emnist", "run"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_interruption_says_what_is_kept(
    emnist: Emnist, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Protects whoever presses Ctrl-C: the usual exit code, and the word that finished runs are kept."""

    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run", interrupt)
    monkeypatch.setattr(sys, "argv", ["emnist", "run"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 130
    assert "finished runs are kept" in capsys.readouterr().err


@pytest.mark.real_data
def test_a_part_is_listed_and_rebuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects reruns on a published part: the list that the command writes rebuilds the very same set."""

    def emnist(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["emnist", "data", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert not end.value.code

    monkeypatch.setenv("EMNIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(data, "available", lambda: ("byclass",))
    before = [data.load(name).fingerprint for name in data.available()]
    emnist("--save-list", str(tmp_path / "list.npz"))
    emnist("--subset", str(tmp_path / "list.npz"), "--to", str(tmp_path / "rebuilt"))
    monkeypatch.setenv("EMNIST_HOME", str(tmp_path / "rebuilt"))
    assert [data.load(name).fingerprint for name in data.available()] == before


def test_module_is_the_command() -> None:
    """Protects ``python -m emnist_utils``: its exit codes, its errors on stderr."""
    command = [sys.executable, "-m", "emnist_utils", "plan", "-p", "huge"]
    done = subprocess.run(command, cwd=root(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("emnist: there is no profile 'huge'")
    assert done.stderr.count("\n") == 1
