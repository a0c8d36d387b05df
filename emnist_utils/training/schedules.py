"""The course of the learning rate, and what goes with it."""

from __future__ import annotations

from pathlib import Path

import keras

NUMERICS = 1

#: Share of all steps in which the cosine cycle rises to its peak.
WARMUP_SHARE = 0.2

#: The report halves the rate on a plateau and stops early but does not give its patience. The plateau's must be the
#: shorter one, or training stops in the very epoch of the cut.
PLATEAU_PATIENCE, STOPPING_PATIENCE = 3, 7


def cosine(peak: float, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Rise linearly from zero to ``peak`` over a fifth of ``steps``, then follow half a cosine to zero.

    Source: Loshchilov and Hutter 2017, "SGDR" (one cycle, no restart), with linear warm-up.
    """
    warmup = max(1, round(WARMUP_SHARE * steps))
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        decay_steps=max(1, steps - warmup),
        warmup_target=peak,
        warmup_steps=warmup,
    )


def plateau_callbacks() -> list[keras.callbacks.Callback]:
    """Halve the rate when validation loss has not fallen for 3 epochs; stop when it has not for 7."""
    return [
        keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=PLATEAU_PATIENCE),
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=STOPPING_PATIENCE),
    ]


def best_weights(path: Path) -> keras.callbacks.ModelCheckpoint:
    """Keep the weights of the epoch with the lowest validation loss in ``path`` (``*.weights.h5``).

    Make a new one for each run: the object remembers its best value and would not save a second, worse run.
    """
    return keras.callbacks.ModelCheckpoint(str(path), monitor="val_loss", save_best_only=True, save_weights_only=True)
