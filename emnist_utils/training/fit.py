"""One run: a recipe and a data set in, a record and its predictions out."""

from __future__ import annotations

import contextlib
import hashlib
import math
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import keras
import numpy as np

from emnist_utils import data
from emnist_utils.data import SPECS, Dataset, content_hashes, stratified_subset, validation_split
from emnist_utils.errors import UserError
from emnist_utils.models import build
from emnist_utils.models.summary import summarise
from emnist_utils.training import accelerator, provenance
from emnist_utils.training.augmentation import augmented
from emnist_utils.training.balance import class_weights
from emnist_utils.training.losses import build_loss
from emnist_utils.training.metrics import confusion, log_probabilities, score
from emnist_utils.training.optimizers import build_optimizer
from emnist_utils.training.recipe import Recipe, run_id
from emnist_utils.training.record import (
    SCHEMA,
    Curves,
    DataUsed,
    OtherPredictions,
    OtherTest,
    Predictions,
    Provenance,
    Record,
    SharedImages,
    Timing,
)
from emnist_utils.training.resumption import Bookmark
from emnist_utils.training.sampling import Batches, Order, balanced, shuffled
from emnist_utils.training.schedules import best_weights, cosine, plateau_callbacks

NUMERICS = 1

#: Seed of the draws that cut the budget's images out of a set: the same for all runs, so that rows can be compared.
SUBSET_SEED = 0

#: The most training steps that one call into the backend makes on a GPU. On a CPU a step takes longer than a call, and
#: the loop of steps would have to be compiled.
STEPS_PER_CALL = 10

#: Images a step in evaluation; it changes the speed only.
EVALUATION_BATCH = 500

#: Read now, when the modules have just been imported: a source may be edited while a run lasts.
_CODE = provenance.code()

#: Told after each epoch: epochs done, validation accuracy.
Progress = Callable[[int, float], None]


class TrainingError(UserError, RuntimeError):
    """A run that could not be finished, with its recipe and the reason."""


def rows_used(recipe: Recipe, dataset: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows of the set that a run trains, validates and tests on, each sorted, int64.

    The first two index ``dataset.train`` and have no row in common; the third indexes ``dataset.test``.

    Raises
    ------
    TrainingError
        If the recipe asks for more training or validation images than the set has.
    """
    return rows_of(recipe, dataset.train.labels, dataset.test.labels)


def rows_of(recipe: Recipe, labels: np.ndarray, test_labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what `rows_used` does from the set's labels of training and test images alone."""
    train, validation = validation_split(labels, SPECS[recipe.dataset].validation)
    kept = _drawn(recipe, "validation_size", validation, labels)
    if recipe.refit:
        train = np.setdiff1d(np.arange(len(labels)), kept)
    return _drawn(recipe, "train_size", train, labels), kept, test_rows(recipe, test_labels)


def _drawn(
    recipe: Recipe, field: Literal["train_size", "validation_size"], rows: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Return as many of the rows as the recipe's field says, sorted."""
    size = getattr(recipe, field)
    if size is None:
        return rows
    if size > len(rows):
        raise TrainingError(
            f"{recipe.label()}: {field} is {size}, but {recipe.dataset} has {len(rows)} such images here; "
            "choose a smaller profile or more of EMNIST"
        )
    return rows[stratified_subset(labels[rows], size, SUBSET_SEED)]


def test_rows(recipe: Recipe, labels: np.ndarray) -> np.ndarray:
    """Return the rows of a set's test images, with these labels, that a recipe is tested on, sorted, int64."""
    if recipe.test_size is None or recipe.test_size >= len(labels):
        return np.arange(len(labels))
    return stratified_subset(labels, recipe.test_size, SUBSET_SEED)


def build_model(recipe: Recipe, classes: int) -> keras.Model:
    """Return the recipe's network with weights drawn from its seed."""
    keras.utils.set_random_seed(recipe.seed)
    return build(recipe.model, classes, activation=recipe.activation, **recipe.sizes())


def train(
    recipe: Recipe,
    dataset: Dataset,
    *,
    progress: Progress | None = None,
    weights: Path | None = None,
    bookmark: Path | None = None,
) -> tuple[Record, Predictions]:
    """Train, keep the epoch with the lowest validation loss, and test that.

    Parameters
    ----------
    recipe : Recipe
        What to train.
    dataset : Dataset
        The set that ``recipe.dataset`` names.
    progress : callable, optional
        Called after each epoch with the epochs done and the validation accuracy in 0..1.
    weights : Path, optional
        Where to leave the best epoch's weights (``*.weights.h5``).
    bookmark : Path, optional
        Where to keep what a long run can be gone on from (``*.npz``). If it was interrupted it goes on from there, and
        on a CPU its numbers are those of a run that was not.

    Returns
    -------
    record : Record
    predictions : Predictions

    Raises
    ------
    TrainingError
        If the set is too small for the recipe, a class that is to be weighed has no image, or the loss is no longer a
        number.
    """
    started = datetime.now(UTC).replace(microsecond=0)
    _forget_peak_memory()
    keras.backend.clear_session()
    gpu = accelerator.set_up()  # the session's end forgets the precision
    classes = len(dataset.spec.classes)
    rows, validation_rows, tested = rows_used(recipe, dataset)
    images, labels = dataset.train.images_at(rows), _integers(dataset.train.labels[rows])
    validation = (dataset.train.images_at(validation_rows), _integers(dataset.train.labels[validation_rows]))
    identifier = run_id(recipe, dataset.fingerprint)
    try:
        training, order = _balanced(recipe, images, labels, classes)
        loss = build_loss(recipe, np.bincount(labels, minlength=classes) / len(labels))
    except ValueError as error:
        raise TrainingError(f"{recipe.label()}: {error}") from None
    network = build_model(recipe, classes)
    model = network
    if recipe.augmentation != "none":
        model = augmented(network, recipe.augmentation, recipe.seed)
    steps = -(-len(labels) // recipe.batch)
    rate = cosine(recipe.learning_rate, steps * recipe.epochs) if recipe.schedule == "cosine" else recipe.learning_rate
    model.compile(
        optimizer=build_optimizer(recipe.optimizer, rate),
        loss=loss,
        metrics=["accuracy"],
        steps_per_execution=_steps_per_call(steps) if gpu else 1,
        # On a CPU TensorFlow's own kernels train these networks about twice as fast as XLA's; JAX has XLA alone.
        jit_compile=keras.backend.backend() == "jax" or gpu,
    )
    now = time.process_time if provenance.on_one_thread() else time.perf_counter
    warm_up_started = now()
    # Variables that come into being while a step is traced have it traced twice.
    model.optimizer.build(model.trainable_variables)
    _compile_evaluation(model, *validation, dataset.test.images[tested[: _a_batch_and_the_rest(len(tested))]])
    clock = _Clock(progress, now, now() - warm_up_started)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = weights or Path(folder) / "best.weights.h5"
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        callbacks = [clock, keras.callbacks.TerminateOnNaN(), best_weights(checkpoint)]
        if recipe.schedule == "plateau":
            callbacks += plateau_callbacks()
        done = 0
        if bookmark:
            identity = {"run": identifier, "code": _CODE.fingerprint, "versions": provenance.versions()}
            callbacks.append(Bookmark(bookmark, identity, tuple(callbacks), checkpoint))
            done = callbacks[-1].epochs
        epochs = range(done, recipe.epochs)
        if keras.backend.backend() == "jax":
            from emnist_utils.training.jax_epochs import Epochs

            on_device = Epochs(model, training, validation, recipe.batch, EVALUATION_BATCH, whole=gpu)
            clock.compile_seconds += on_device.compile_seconds
            on_device.fit(order, epochs, callbacks)
        else:
            model.fit(
                Batches(training, order, recipe.batch, epochs),
                shuffle=False,  # would shuffle the batches of all epochs
                steps_per_epoch=steps,
                validation_data=validation,
                validation_batch_size=EVALUATION_BATCH,
                initial_epoch=done,
                epochs=recipe.epochs,
                callbacks=callbacks,
                verbose=0,
            )
        history = clock.curves
        if not np.isfinite(history["loss"] + history["val_loss"]).all():
            raise TrainingError(
                f"{recipe.label()}: the loss is no longer a number after {len(history['loss'])} epochs; "
                f"lower the learning rate ({recipe.learning_rate:g})"
            )
        model.load_weights(checkpoint)
    if weights and model is not network:
        network.save_weights(weights)
    best_epoch = int(np.argmin(history["val_loss"])) + 1

    test_images, test_labels = dataset.test.images_at(tested), np.asarray(dataset.test.labels[tested])
    logits, evaluate_seconds = _answers(model, test_images, now)
    hashes = [content_hashes(part) for part in (images, validation[0], test_images)]
    known = np.concatenate(hashes[:2])
    others = {name: _test_elsewhere(recipe, model, data.load(name), known, now) for name in recipe.test_on}
    predictions = _predictions(tested, test_labels, logits, {name: answers for name, (_, answers) in others.items()})
    train_seconds = sum(clock.seconds)
    record = Record(
        schema_version=SCHEMA,
        run_id=identifier,
        recipe=recipe,
        data=DataUsed(
            kind=dataset.source.kind,
            description=dataset.source.description,
            fingerprint=dataset.fingerprint,
            train=len(rows),
            validation=len(validation_rows),
            test=len(tested),
            rows=_digest(rows, validation_rows, tested),
            shared=_shared(*hashes),
        ),
        layers=summarise(network),
        curves=Curves(**history, seconds=clock.seconds),
        best_epoch=best_epoch,
        test=score(test_labels, logits),
        confusion=confusion(test_labels, logits.argmax(axis=1), classes).tolist(),
        predictions=predictions.digest,
        timing=Timing(
            clock="processor" if now is time.process_time else "wall",
            compile_seconds=clock.compile_seconds,
            train_seconds=train_seconds,
            evaluate_seconds=evaluate_seconds,
            images_per_second=len(rows) * len(clock.seconds) / train_seconds,
        ),
        peak_memory_mb=_peak_memory_mb(),
        **({"others": {name: test for name, (test, _) in others.items()}} if others else {}),
        provenance=Provenance(
            code=_CODE.fingerprint,
            commit=_CODE.commit,
            clean=_CODE.clean,
            numerics=provenance.numerics(recipe, keras.backend.backend()),
            versions=provenance.versions(),
            backend=keras.backend.backend(),
            device=provenance.device(),
            started=started,
        ),
    )
    return record, predictions


def _balanced(
    recipe: Recipe, images: np.ndarray, labels: np.ndarray, classes: int
) -> tuple[tuple[np.ndarray, ...], Order]:
    """Return what is trained on and in which order, with the classes balanced as the recipe says."""
    if recipe.class_balance == "sampling":
        return (images, labels), balanced(labels, classes, recipe.seed)
    order = shuffled(len(labels), recipe.seed)
    if recipe.class_balance in ("none", "logit-adjustment"):
        return (images, labels), order
    return (images, labels, class_weights(labels, classes, recipe.class_balance)[labels]), order


def _steps_per_call(steps: int) -> int:
    """Return into how many steps a call may be divided so that an epoch ends with a call."""
    return max(count for count in range(1, STEPS_PER_CALL + 1) if steps % count == 0)


def _compile_evaluation(model: keras.Model, images: np.ndarray, labels: np.ndarray, few_tests: np.ndarray) -> None:
    """Evaluate and predict a few images, so that no later measurement holds the compilation of that."""
    few = _a_batch_and_the_rest(len(images))
    if keras.backend.backend() != "jax":  # which has a validation of its own
        model.evaluate(images[:few], labels[:few], batch_size=EVALUATION_BATCH, verbose=0)
    model.predict(few_tests, batch_size=EVALUATION_BATCH, verbose=0)


def _a_batch_and_the_rest(count: int) -> int:
    """Return how many images make a whole batch and the shorter one that comes last: each shape may be compiled."""
    return min(count, EVALUATION_BATCH + count % EVALUATION_BATCH)


class _Clock(keras.callbacks.Callback):
    """Note the curves, and time the epochs, the compilation in the first call apart."""

    def __init__(self, progress: Progress | None, now: Callable[[], float], compile_seconds: float) -> None:
        super().__init__()
        self.progress, self._now = progress, now
        self.compile_seconds = compile_seconds
        self._timed = False
        self.seconds: list[float] = []
        names = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
        self.curves: dict[str, list[float]] = {name: [] for name in names}

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch_start = self._last_call = self._now()
        self._calls: list[float] = []

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        elapsed = self._now()
        self._calls.append(elapsed - self._last_call)
        self._last_call = elapsed

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        now, compilation = self._now(), 0.0
        # the first epoch of this process, which is not the run's first where it was interrupted
        if not self._timed and len(self._calls) > 1:
            compilation = max(0.0, self._calls[0] - statistics.median(self._calls[1:]))
            self.compile_seconds += compilation
        self._timed = True
        self.seconds.append(now - self._epoch_start - compilation)
        logs = (logs or {}) | {"learning_rate": float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))}
        for name, curve in self.curves.items():
            curve.append(float(logs.get(name, math.nan)))
        if self.progress:
            self.progress(epoch + 1, self.curves["val_accuracy"][-1])


def _integers(labels: np.ndarray) -> np.ndarray:
    return np.asarray(labels, np.int32)


def _answers(model: keras.Model, images: np.ndarray, now: Callable[[], float]) -> tuple[np.ndarray, float]:
    """Return the logits of some images, and the seconds that they took."""
    started = now()
    logits = model.predict(images, batch_size=EVALUATION_BATCH, verbose=0)
    return logits, now() - started


def _test_elsewhere(
    recipe: Recipe, model: keras.Model, dataset: Dataset, known: np.ndarray, now: Callable[[], float]
) -> tuple[OtherTest, OtherPredictions]:
    """Let a network answer another set's test images, and mark those whose content hash is ``known`` from training."""
    rows = test_rows(recipe, dataset.test.labels)
    images = dataset.test.images_at(rows)
    logits, seconds = _answers(model, images, now)
    answers = OtherPredictions(
        rows=rows.astype(np.int32),
        labels=dataset.test.labels[rows].astype(np.uint8),
        predicted=logits.argmax(axis=1).astype(np.uint8),
        seen=np.isin(content_hashes(images), known),
    )
    return OtherTest(fingerprint=dataset.fingerprint, test=len(rows), rows=_digest(rows), seconds=seconds), answers


def _predictions(
    rows: np.ndarray, labels: np.ndarray, logits: np.ndarray, others: dict[str, OtherPredictions]
) -> Predictions:
    probabilities = np.exp(log_probabilities(logits))
    return Predictions(
        rows=rows.astype(np.int32),
        labels=labels.astype(np.uint8),
        predicted=logits.argmax(axis=1).astype(np.uint8),
        confidence=probabilities.max(axis=1).astype(np.float16),
        true_probability=probabilities[np.arange(len(labels)), labels].astype(np.float16),
        others=others,
    )


def _shared(train: np.ndarray, validation: np.ndarray, test: np.ndarray) -> SharedImages:
    """Count the images that two of the parts have in common, from the content hashes of all."""
    return SharedImages(
        train_validation=int(np.isin(validation, train).sum()),
        train_test=int(np.isin(test, train).sum()),
        validation_test=int(np.isin(test, validation).sum()),
    )


def _digest(*rows: np.ndarray) -> str:
    digest = hashlib.sha256()
    for part in rows:
        digest.update(np.ascontiguousarray(part, "<i8").tobytes() + b"|")
    return digest.hexdigest()[:16]


def _forget_peak_memory() -> None:
    """Start the process' peak anew, so that it is this run's and not an earlier one's; Linux alone can do that."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")


def _peak_memory_mb() -> float:
    """Return the process' greatest resident size, in MB."""
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    return (int(peak[1]) if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024 / 1e6
