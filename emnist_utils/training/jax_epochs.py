"""Training on JAX: the images stay on the device, and an epoch is one compiled loop over them."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from emnist_utils.training.sampling import Order

NUMERICS = 1

#: Arrays that one call hands to the next; each call may reuse their memory.
_Variables = tuple[list[jax.Array], ...]
_Data = tuple[jax.Array, ...]


class Epochs:
    """What ``model.fit`` does, with whole epochs on the device.

    On a GPU a small network's step takes less time than its call, so all steps of an epoch are one call. XLA's loops
    are slow on a CPU, where each step is a call.

    Parameters
    ----------
    model : keras.Model
        Compiled, its optimizer built.
    training : tuple of ndarray
        Images uint8 ``[n, 28, 28]``, labels int ``[n]`` and perhaps a weight float32 ``[n]`` for each.
    validation : tuple of ndarray
        Images and labels.
    batch, validation_batch : int
        Images a step.
    whole : bool
        Whether an epoch is one call.

    Attributes
    ----------
    compile_seconds : float
        Wall time of compilation, which no epoch holds.
    """

    def __init__(
        self,
        model: keras.Model,
        training: Sequence[np.ndarray],
        validation: Sequence[np.ndarray],
        batch: int,
        validation_batch: int,
        whole: bool,
    ) -> None:
        started = time.perf_counter()
        self._model = model
        self._training, self._validation = (tuple(map(jnp.asarray, part)) for part in (training, validation))
        self._batch = batch
        self._calls = functools.partial(_calls, whole=whole)
        rows = np.arange(max(len(training[0]), len(validation[0])))
        self._validation_calls = self._calls(rows[: len(validation[0])], validation_batch)
        self._train = self._compiled(
            _training_loop(model), self._training, self._calls(rows[: len(training[0])], batch), donate=True
        )
        self._evaluate = self._compiled(_validation_loop(model), self._validation, self._validation_calls)
        self.compile_seconds = time.perf_counter() - started

    def fit(self, order: Order, epochs: range, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        """Train for some epochs.

        Parameters
        ----------
        order : callable
            See `sampling.Order`.
        epochs : range
            Their numbers, from 0.
        callbacks : sequence of keras.callbacks.Callback
            Told of beginnings and ends of training and of epochs, with Keras' names of losses and accuracies. Training
            ends early where one of them sets ``model.stop_training``, or where the loss is no longer a number.
        """
        told = keras.callbacks.CallbackList(list(callbacks), model=self._model, epochs=epochs.stop)
        self._model.stop_training = False
        told.on_train_begin()
        for epoch in epochs:
            told.on_epoch_begin(epoch)
            logs = self._epoch(order(epoch))
            told.on_epoch_end(epoch, logs)
            if self._model.stop_training or not math.isfinite(logs["loss"]):
                break
        told.on_train_end()

    def _epoch(self, rows: np.ndarray) -> dict[str, float]:
        variables = _read(self._model)
        loss, right = jnp.zeros(()), jnp.zeros((), int)
        for call in self._calls(rows, self._batch):
            variables, loss, right = self._train[call.shape](variables, loss, right, self._training, call)
        _write(self._model, variables)
        val_loss, val_right = jnp.zeros(()), jnp.zeros((), int)
        for call in self._validation_calls:
            _, val_loss, val_right = self._evaluate[call.shape](variables, val_loss, val_right, self._validation, call)
        validated = len(self._validation[0])
        return {
            "loss": float(loss) / len(rows),
            "accuracy": float(right) / len(rows),
            "val_loss": float(val_loss) / validated,
            "val_accuracy": float(val_right) / validated,
        }

    def _compiled(
        self, loop: Callable[..., Any], data: _Data, calls: Sequence[np.ndarray], donate: bool = False
    ) -> dict[tuple[int, ...], Any]:
        """Compile a loop for each shape of its calls."""
        jitted = jax.jit(loop, donate_argnums=(0, 1, 2) if donate else ())
        variables = _read(self._model)
        shapes = {call.shape: call for call in calls}
        return {
            shape: jitted.lower(variables, jnp.zeros(()), jnp.zeros((), int), data, call).compile()
            for shape, call in shapes.items()
        }


def _calls(rows: np.ndarray, batch: int, whole: bool) -> list[np.ndarray]:
    """Divide rows into calls, int32 ``[steps, batch]``; the last one may have a shorter batch."""
    rows = rows.astype(np.int32)
    full, rest = divmod(len(rows), batch)
    batches = rows[: full * batch].reshape(full, batch)
    calls = ([batches] if whole else np.split(batches, full)) if full else []
    return [*calls, rows[None, full * batch :]] if rest else calls


def _training_loop(model: keras.Model) -> Callable[..., tuple[_Variables, jax.Array, jax.Array]]:
    """Return a function that trains on some rows and adds up their losses and right answers."""

    def losses(
        trainable: list[jax.Array], fixed: list[jax.Array], images: jax.Array, labels: jax.Array, *weights: jax.Array
    ) -> tuple[jax.Array, tuple[jax.Array, list[jax.Array]]]:
        scores, fixed = model.stateless_call(trainable, fixed, images, training=True)
        return model.loss(labels, scores, *weights), (scores, fixed)

    def step(carry: Any, rows: jax.Array, data: _Data) -> tuple[Any, None]:
        (trainable, fixed, optimizer), loss, right = carry
        images, labels, *weights = (array[rows] for array in data)
        (value, (scores, fixed)), gradients = jax.value_and_grad(losses, has_aux=True)(
            trainable, fixed, images, labels, *weights
        )
        trainable, optimizer = model.optimizer.stateless_apply(optimizer, gradients, trainable)
        right += (scores.argmax(axis=1) == labels).sum()
        return ((trainable, fixed, optimizer), loss + value * len(rows), right), None

    return _loop(step)


def _validation_loop(model: keras.Model) -> Callable[..., tuple[_Variables, jax.Array, jax.Array]]:
    """Return a function that answers some rows and adds up their losses and right answers."""

    def step(carry: Any, rows: jax.Array, data: _Data) -> tuple[Any, None]:
        variables, loss, right = carry
        images, labels = (array[rows] for array in data)
        scores, _ = model.stateless_call(*variables[:2], images, training=False)
        loss += model.loss(labels, scores) * len(rows)
        return (variables, loss, right + (scores.argmax(axis=1) == labels).sum()), None

    return _loop(step)


def _loop(step: Callable[..., tuple[Any, None]]) -> Callable[..., Any]:
    def loop(variables: _Variables, loss: jax.Array, right: jax.Array, data: _Data, rows: jax.Array) -> Any:
        carry, _ = jax.lax.scan(functools.partial(step, data=data), (variables, loss, right), rows)
        return carry

    return loop


def _read(model: keras.Model) -> _Variables:
    return tuple([variable.value for variable in group] for group in _groups(model))


def _write(model: keras.Model, variables: _Variables) -> None:
    for group, values in zip(_groups(model), variables, strict=True):
        for variable, value in zip(group, values, strict=True):
            variable.assign(value)


def _groups(model: keras.Model) -> tuple[list[Any], ...]:
    return model.trainable_variables, model.non_trainable_variables, model.optimizer.variables
