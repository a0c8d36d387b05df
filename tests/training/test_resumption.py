"""Runs that were interrupted: they go on, and end as if nothing had happened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from fuzzing import damaged, examples, fuzz
from toys import recipe, toy

from emnist_utils.training import fit, resumption
from emnist_utils.training.fit import train
from emnist_utils.training.recipe import Recipe
from emnist_utils.training.resumption import Bookmark

#: Among them all that is random in training, and all callbacks with a memory.
RECIPES = {
    "cosine": recipe(epochs=4, augmentation="affine"),
    "dropout": recipe(epochs=3, model="residual-cnn", width=1 / 16, blocks=1, dropout=0.5, class_balance="sampling"),
    "shift": recipe(epochs=3, augmentation="shift"),
    # nothing improves, so that the rate is cut in the fourth epoch and training ends after the eighth
    "plateau": recipe(epochs=9, schedule="plateau", optimizer="sgd", learning_rate=1e-12, batch=300),
}


class Killed(BaseException):
    """Ends a run as a signal would."""


def interrupted(chosen: Recipe, folder: Path, epoch: int) -> None:
    """Train until an epoch has ended but is not kept yet."""

    def kill(done: int, _: float) -> None:
        if done == epoch:
            raise Killed

    with pytest.raises(Killed):
        train(chosen, toy(), progress=kill, **files(folder))


def files(folder: Path) -> dict[str, Path]:
    """Return the files that a run needs to be gone on with."""
    return {"weights": folder / "best.weights.h5", "bookmark": folder / "bookmark.npz"}


@pytest.mark.backend
@pytest.mark.parametrize("name", RECIPES)
def test_interrupted_run_ends_with_the_same_numbers(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects long runs: optimizer, callbacks, order and random state are as if there had been no interruption."""
    monkeypatch.setattr(resumption, "WORTH_KEEPING", 0.0)
    chosen = RECIPES[name]
    whole, predictions = train(chosen, toy())
    interrupted(chosen, tmp_path, 2)
    interrupted(chosen, tmp_path, 3)
    told: list[int] = []
    record, again = train(chosen, toy(), progress=lambda epoch, _: told.append(epoch), **files(tmp_path))
    assert told[0] == 3
    timeless = {"seconds"}
    assert record.curves.model_dump(exclude=timeless) == whole.curves.model_dump(exclude=timeless)
    assert len(record.curves.seconds) == record.epochs_run
    assert record.best_epoch == whole.best_epoch
    assert again.digest == predictions.digest


@pytest.mark.parametrize("name", ["cosine", "plateau"])
def test_killed_between_its_last_epoch_and_its_record(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects a run that is killed while it is tested, after its last epoch or after it stopped early.

    It must neither fail for having no epoch left, now and on each further try, nor train one more than it should.
    """
    monkeypatch.setattr(resumption, "WORTH_KEEPING", 0.0)
    chosen = RECIPES[name]
    whole, predictions = train(chosen, toy())

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(fit, "_answers", kill)
        with pytest.raises(Killed):
            train(chosen, toy(), **files(tmp_path))
    record, again = train(chosen, toy(), **files(tmp_path))
    timeless = {"seconds"}
    assert record.curves.model_dump(exclude=timeless) == whole.curves.model_dump(exclude=timeless)
    assert again.digest == predictions.digest


def test_short_run_starts_again(tmp_path: Path) -> None:
    """Protects short runs from writing more than they compute."""
    interrupted(recipe(), tmp_path, 2)
    assert not (tmp_path / "bookmark.npz").exists()


@pytest.mark.parametrize("damage", ["other run", "cut", "rubbish", "other code"])
def test_bookmark_of_no_use_is_passed_over(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects numbers from state of another run or other code, and a run from a damaged file."""
    monkeypatch.setattr(resumption, "WORTH_KEEPING", 0.0)
    path = tmp_path / "bookmark.npz"
    interrupted(recipe(seed=1) if damage == "other run" else recipe(), tmp_path, 2)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-900])
    elif damage == "rubbish":
        path.write_bytes(b"rubbish")
    elif damage == "other code":
        monkeypatch.setattr(fit, "_CODE", fit._CODE.__class__("other", None, False, fit._CODE.numerics))
    told: list[Any] = []
    train(recipe(), toy(), progress=lambda *epoch: told.append(epoch), **files(tmp_path))
    assert [epoch for epoch, _ in told] == [1, 2]


def test_full_disk_costs_the_bookmark_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Protects a run from what is kept for its sake."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(resumption, "WORTH_KEEPING", 0.0)
    monkeypatch.setattr(resumption, "write_bytes", full)
    record, _ = train(recipe(), toy(), **files(tmp_path))
    assert record.epochs_run == 2
    assert "No space left on device" in capsys.readouterr().err


@examples
def test_damaged_bookmark_is_passed_over(examples: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects a run from any file in its bookmark's place: it starts again, and no error ends it."""
    monkeypatch.setattr(resumption, "WORTH_KEEPING", 0.0)
    interrupted(recipe(epochs=3, batch=300), tmp_path, 2)
    path = tmp_path / "bookmark.npz"
    whole = path.read_bytes()
    with np.load(path) as arrays:
        identity = json.loads(json.loads(str(arrays["told"]))["identity"])
    assert Bookmark(path, identity, (), tmp_path).epochs == 1

    def check(content: bytes) -> None:
        path.write_bytes(content)
        assert Bookmark(path, identity, (), tmp_path).epochs in (0, 1)

    fuzz(examples, check, content=damaged(whole))


def test_bookmark_runs_no_code(tmp_path: Path) -> None:
    """Protects a machine from a stranger's bookmark: it is never unpickled."""
    sprung = tmp_path / "sprung"

    class Trap:
        def __reduce__(self) -> Any:
            return (Path.touch, (sprung,))

    trap = np.array([Trap()], dtype=object)
    np.savez(tmp_path / "bookmark.npz", told=trap, best=trap)
    assert Bookmark(tmp_path / "bookmark.npz", {}, (), tmp_path).epochs == 0
    assert not sprung.exists()
    np.load(tmp_path / "bookmark.npz", allow_pickle=True)["told"]
    assert sprung.exists(), "the trap is none"


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    """Protects the disk from bookmarks half written, each as large as the network and its optimizer."""
    (tmp_path / ".bookmark.npz.abc.tmp").write_bytes(b"half")
    (tmp_path / ".other.npz.abc.tmp").write_bytes(b"another run's")
    Bookmark(tmp_path / "bookmark.npz", {}, (), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".other.npz.abc.tmp"]


def test_networks_load_in_safe_mode(tmp_path: Path) -> None:
    """Protects a machine from a network with code in it: Keras' safe mode is on after all that the project imports."""
    network = keras.Sequential([keras.layers.Lambda(lambda x: x, output_shape=(1,))])
    network.build((None, 1))
    network.save(tmp_path / "network.keras")
    with pytest.raises(ValueError, match="safe"):
        keras.models.load_model(tmp_path / "network.keras")
