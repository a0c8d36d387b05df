"""Long runs that were interrupted go on from their last finished epoch."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from emnist_utils.files import remove_leftovers, write_bytes

#: Seconds of training after which a run is worth going on with; a shorter one starts again.
WORTH_KEEPING = 120.0


class Bookmark(keras.callbacks.Callback):
    """Keeps all that the rest of a run depends on, after each epoch once the run has become long.

    That is the variables of network and optimizer, those of random numbers among them, the other callbacks' state and
    the best epoch's weights. Put it last among the callbacks: it sets the others' state when training begins.

    Parameters
    ----------
    path : Path
        Where to keep it (``*.npz``). What was kept there is gone on with if it fits ``identity``, else overwritten.
    identity : dict
        What must be equal to go on: plain values that stand for run, code and versions.
    callbacks : sequence of keras.callbacks.Callback
        The other callbacks. Their public attributes that are plain values are their state; what they
        monitor is to fall.
    checkpoint : Path
        File of the best epoch's weights.

    Attributes
    ----------
    epochs : int
        Number of epochs that are done.
    """

    def __init__(
        self, path: Path, identity: dict[str, Any], callbacks: Sequence[keras.callbacks.Callback], checkpoint: Path
    ) -> None:
        super().__init__()
        self._path, self._checkpoint = path, checkpoint
        self._identity, self._callbacks = json.dumps(identity, sort_keys=True), callbacks
        remove_leftovers(path)
        self._kept = self._read()
        self.epochs = self._kept["epochs"] if self._kept else 0
        self._began = time.monotonic()

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Set the state that was kept, if any."""
        if not self._kept:
            return
        for variable, value in zip(self._variables(), self._kept["variables"], strict=True):
            variable.assign(value)
        for callback, state in zip(self._callbacks, self._kept["callbacks"], strict=True):
            vars(callback).update(state)
            if hasattr(callback, "monitor_op"):
                # set at the first epoch's end, and with it the sign of min_delta, which is in the state already
                callback.monitor_op = keras.ops.less
        write_bytes(self._checkpoint, self._kept["best"])
        self._kept = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keep the state, if the run has become long; a full disk costs this file, not the run."""
        if not self.epochs and time.monotonic() - self._began < WORTH_KEEPING:
            return
        if self.model.stop_training or epoch + 1 == self.params["epochs"]:
            return  # there is no epoch to go on with; a run that is killed from here on repeats its last one
        told = {
            "identity": self._identity,
            "epochs": epoch + 1,
            "callbacks": [
                {name: value for name, value in vars(callback).items() if name[0] != "_" and _plain(value)}
                for callback in self._callbacks
            ],
        }
        buffer = io.BytesIO()
        np.savez(
            buffer,
            allow_pickle=False,
            told=np.array(json.dumps(told)),
            best=np.frombuffer(self._checkpoint.read_bytes(), np.uint8),
            **{
                f"{i:04}": np.asarray(keras.ops.convert_to_tensor(variable))
                for i, variable in enumerate(self._variables())
            },
        )
        try:
            write_bytes(self._path, buffer.getvalue())
        except OSError as error:
            print(f"{self._path}: cannot be kept ({error}); the run goes on without", file=sys.stderr)

    def _variables(self) -> list[Any]:
        return [*self.model.variables, *self.model.optimizer.variables]

    def _read(self) -> dict[str, Any] | None:
        """Return what was kept, or None where nothing was, or nothing of use."""
        try:
            with np.load(self._path, allow_pickle=False) as arrays:
                told = json.loads(str(arrays["told"]))
                if told["identity"] != self._identity:
                    return None
                numbered = sorted(name for name in arrays.files if name.isdigit())
                return told | {
                    "variables": [arrays[name] for name in numbered],
                    "best": arrays["best"].tobytes(),
                }
        except Exception:  # NumPy raises of many kinds where a file is damaged
            return None


def _plain(value: Any) -> bool:
    """Return whether a value is a number, text or None, or a list or dictionary of such."""
    if isinstance(value, dict):
        return all(map(_plain, value.values()))
    if isinstance(value, list):
        return all(map(_plain, value))
    return value is None or isinstance(value, bool | int | float | str)
