"""How much of a signal and of its gradient an activation lets through."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from emnist_utils.models.activations import ACTIVATIONS

#: Values of the one channel that is looked at: as many quantiles of a normal distribution.
_QUANTILES = 2_000

#: Half the distance of the two points between which a slope is taken.
_HALF_STEP = 1e-3

#: Where the steepest slope is looked for: beyond the logarithm of any usual number of channels, where softmax has it.
_WIDEST = 8.0


def saturation(names: Sequence[str] = tuple(ACTIVATIONS), channels: int = 64) -> pd.DataFrame:
    """Return slope and spread of activations whose input is normal with mean 0 and variance 1.

    This is what batch normalisation hands to an activation in a fresh network. Between two normalisations a gradient
    is multiplied by the activation's slope, and divided by the spread of its output, which the next normalisation
    takes for its unit. So it is the ratio of the two that a wide, fresh network passes on: 1 for a straight line. The
    square of the ratio, π / (π - 1) for ReLU, is what the gradient's variance grows by from layer to layer.

    Source: Yang, Pennington, Rao, Sohl-Dickstein and Schoenholz 2019, "A mean field theory of batch normalization",
    arXiv:1902.08129.

    Parameters
    ----------
    names : sequence of str
        Keys of ``ACTIVATIONS``, one or more.
    channels : int
        Number of channels for softmax, 2 or more; all are independent. One of them is looked at.

    Returns
    -------
    pandas.DataFrame
        Indexed by name, all float: ``steepest``, the largest slope at any input from -8 to 8, the other channels' input
        being 0; ``slope``, the root mean square slope; ``spread``, the standard deviation of the output; ``ratio``,
        the former over the latter.

    Raises
    ------
    ValueError
        If a name is unknown, there is none, or there are fewer than two channels.
    """
    require_activations(names, channels)
    own = stats.norm.ppf((np.arange(_QUANTILES) + 0.5) / _QUANTILES)
    others = np.random.default_rng(0).standard_normal((_QUANTILES, channels - 1))
    grid = _WIDEST * np.linspace(-1, 1, _QUANTILES) ** 3  # dense at 0, where most are steepest
    rows = []
    for name in names:
        output = _first_channel(name, own, others)
        slope = float(np.sqrt(np.mean(_slope(name, own, others) ** 2)))
        spread = float(np.std(output))
        steepest = float(np.max(_slope(name, grid, np.zeros_like(others))))
        rows.append({"steepest": steepest, "slope": slope, "spread": spread, "ratio": slope / spread})
    return pd.DataFrame(rows, index=pd.Index(names, name="activation"))


def require_activations(names: Sequence[str], channels: int) -> None:
    """Raise a ValueError if a name is no key of ``ACTIVATIONS``, there is none, or softmax has too few channels."""
    unknown = [name for name in names if name not in ACTIVATIONS]
    if unknown or not names:
        raise ValueError(f"activations are {list(names)}; expected one or more of {', '.join(ACTIVATIONS)}")
    if channels < 2:
        raise ValueError(f"channels is {channels}; softmax of fewer than 2 is constant")


def _first_channel(name: str, own: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the first channel puts out for its inputs ``[n]`` and those of the others ``[n, channels - 1]``."""
    import keras

    inputs = keras.ops.convert_to_tensor(np.column_stack([own, others]), "float32")
    outputs = keras.activations.get(ACTIVATIONS[name])(inputs)
    return np.asarray(keras.ops.convert_to_numpy(outputs)[:, 0], np.float64)


def _slope(name: str, own: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    above, below = (_first_channel(name, own + step, others) for step in (_HALF_STEP, -_HALF_STEP))
    return (above - below) / (2 * _HALF_STEP)
