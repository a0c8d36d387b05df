"""A GPU, where there is one: found and set up for training, whatever the backend."""

from __future__ import annotations

import keras

#: Halves what has to be moved and has the range of float32, so that no loss need be scaled. Weights stay float32.
GPU_PRECISION = "mixed_bfloat16"


def set_up() -> bool:
    """Set the backend up for what this machine has; return whether that is a GPU."""
    gpu = _jax_has_gpu() if keras.backend.backend() == "jax" else _tensorflow_has_gpu()
    keras.config.set_dtype_policy(GPU_PRECISION if gpu else "float32")
    return gpu


def _jax_has_gpu() -> bool:
    import jax

    return bool(jax.devices()[0].platform == "gpu")


def _tensorflow_has_gpu() -> bool:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        # else the first process takes all of its memory
        tf.config.experimental.set_memory_growth(gpu, True)
    return bool(gpus)
