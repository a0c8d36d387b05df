"""Figures of the functions that a network is trained with, drawn from the very code that trains."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from emnist_utils.models.activations import ACTIVATIONS
from emnist_utils.report.saturation import require_activations
from emnist_utils.report.style import COLOURS, WIDTH
from emnist_utils.training.optimizers import OPTIMIZERS, build_optimizer
from emnist_utils.training.record import Record, Records

if TYPE_CHECKING:
    import keras

Floats = NDArray[np.float64]

#: Half the distance of the two points between which a slope is taken.
_HALF_STEP = 5e-3

#: Points at which a course of the learning rate is drawn.
_COURSE_POINTS = 120

#: The quadratic of `optimizer_paths`: curvature along each axis, where the paths start, and what is shown of it.
_CURVATURES = np.array([1.0, 12.0])
_START = np.array([-0.3, 0.125])
_EXTENT = (-0.34, 0.17, -0.185, 0.165)
_STEPS = 32

#: The larger learning rate of `optimizer_paths`, in multiples of Keras' default.
_LARGER = 10


def activation_curves(
    names: Sequence[str] = tuple(ACTIVATIONS), channels: int = 64, called: Mapping[str, str] | None = None
) -> Figure:
    """Draw each activation with its derivative, as Keras computes them, on common axes.

    All but softmax act on each value alone. Softmax acts over all channels of a place in the image; drawn is the value
    of one channel against its own input, with the inputs of the other channels at 0.

    Parameters
    ----------
    names : sequence of str
        Keys of ``ACTIVATIONS``, one or more.
    channels : int
        Number of channels for softmax, 2 or more.
    called : mapping, optional
        Titles of the panels by these names, where they differ.

    Raises
    ------
    ValueError
        If a name is unknown, there is none, or there are fewer than two channels.
    """
    require_activations(names, channels)
    x = np.linspace(-4, 4, 400)  # no point at 0, where some have no derivative
    columns = min(5, len(names))
    rows = math.ceil(len(names) / columns)
    figure = Figure((WIDTH, 1.5 * rows + 0.7), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axis, name in zip(axes.flat, names, strict=False):
        function = _activation(name, channels)
        axis.plot(x, function(x), color=COLOURS[0], label="activation", lw=2)
        axis.plot(x, _slope(function, x), color=COLOURS[1], label="derivative", lw=1.6, ls=(0, (4, 1.5)))
        axis.set_title((called or {}).get(name, name), fontsize=11)
        if name == "softmax":
            axis.text(0, 3.7, f"1 of {channels} channels,\nthe others' input 0", fontsize=8, ha="center", va="top")
        axis.set(xlim=(-4, 4), ylim=(-2, 4), xticks=(-4, -2, 0, 2, 4), yticks=(-2, 0, 2, 4))
        axis.set_aspect("equal")
        axis.tick_params(labelsize=9)
    for axis in axes.flat[len(names) :]:
        axis.remove()
    figure.supxlabel("input", fontsize=11)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def loss_curves(gammas: Sequence[float] = (0, 0.5, 1, 2, 5)) -> Figure:
    """Draw the focal loss against the probability p of the true class, and how hard it pulls.

    The gradient is the loss's derivative with respect to the true class's logit, the other logits held: negative, so
    its size is drawn. It is a function of p alone, whatever the number of classes. With gamma 0 the loss is the
    cross-entropy.

    Source: Lin, Goyal, Girshick, He and Dollár 2017, "Focal loss for dense object detection", figure 1.

    Parameters
    ----------
    gammas : sequence of float
        One to six values, 0 or more.

    Raises
    ------
    ValueError
        If a gamma is negative, or there are none or too many to tell apart.
    """
    if not 1 <= len(gammas) <= len(COLOURS) or min(gammas) < 0:
        raise ValueError(f"gammas are {list(gammas)}; expected 1 to {len(COLOURS)} values of 0 or more")
    p = np.linspace(0.005, 0.995, 199)
    logits = np.log(p / (1 - p))
    figure = Figure((WIDTH, 0.42 * WIDTH), layout="constrained")
    axes = figure.subplots(1, 3, sharex=True)
    for colour, gamma in zip(COLOURS, gammas, strict=False):
        loss = _focal(gamma)
        label = f"γ = {gamma:g}" + (" (cross-entropy)" if gamma == 0 else "")
        values = loss(logits)
        for axis, curve in zip(axes, (values, values, -_slope(loss, logits)), strict=True):
            axis.plot(p, curve, color=colour, label=label, lw=2)
    axes[0].set(title="loss (nats)", ylim=(0, 5))
    axes[1].set(title="loss (nats), log scale", yscale="log", ylim=(1e-5, 10))
    axes[2].set(title="size of the gradient", ylim=(0, None))
    for axis in axes:
        axis.set(xlim=(0, 1), xticks=(0, 0.25, 0.5, 0.75, 1), xticklabels=("0", "¼", "½", "¾", "1"))
        axis.set_title(axis.get_title(), fontsize=11)
    axes[1].set_xlabel("probability p of the true class", fontsize=11)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(gammas))
    return figure


def schedule_curve(records: Records) -> Figure:
    """Draw the course of the learning rate: a line for each course, dots where a run noted its rate.

    The cosine cycle is drawn step by step from the code that trains. What a plateau schedule did is known from the
    record alone, by epoch. Runs with the same course share a line.

    Parameters
    ----------
    records : mapping
        Records by the labels of a study's variants.

    Raises
    ------
    ValueError
        If there is no record.
    """
    labels: dict[tuple[tuple[float, ...], ...], list[str]] = {}
    for label, runs in records.items():
        for run in runs:
            shared = labels.setdefault(_course(run), [])
            if label not in shared:
                shared.append(label)
    if not labels:
        raise ValueError("there is no record, so no learning rate to draw; train or publish the study first")
    figure = Figure((WIDTH, 0.4 * WIDTH), layout="constrained")
    axis = figure.subplots()
    for index, ((epochs, rates, noted), names) in enumerate(labels.items()):
        colour = COLOURS[index % len(COLOURS)]
        axis.plot(epochs, rates, color=colour, label=", ".join(names), lw=2)
        axis.plot(range(1, len(noted) + 1), noted, "o", color=colour, markersize=5, clip_on=False, zorder=3)
    axis.set(xlabel="epoch", ylabel="learning rate", xlim=(0, None), ylim=(0, None))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(labels) > 1:
        axis.legend()
    return figure


def optimizer_paths(called: Mapping[str, str] | None = None) -> Figure:
    """Draw the way of each optimizer down a long valley, at Keras' default learning rate and at ten times that.

    The valley is ``(x² + 12 y²) / 2``: twelve times as curved across as along. Each path is 32 steps of the optimizer
    that the study trains with, fed with the exact gradient; a training run's gradients are noisy besides.

    Parameters
    ----------
    called : mapping, optional
        Titles of the panels by the names that recipes use, where they differ.
    """
    import keras

    left, right, low, high = _EXTENT
    x, y = np.meshgrid(np.linspace(left, right, 120), np.linspace(low, high, 120))
    height = (_CURVATURES[0] * x**2 + _CURVATURES[1] * y**2) / 2
    figure = Figure((WIDTH, 0.55 * WIDTH), layout="constrained")
    axes = figure.subplots(2, 4, sharex=True, sharey=True)
    looks: tuple[dict[str, Any], ...] = (
        {"color": COLOURS[0], "marker": "o", "label": "Keras' default rate"},
        {"color": COLOURS[1], "marker": "^", "label": f"{_LARGER} times that rate"},
    )
    for axis, (name, (kind, _)) in zip(axes.flat, OPTIMIZERS.items(), strict=False):
        default = float(getattr(keras.optimizers, kind)().learning_rate.numpy())
        axis.contour(x, y, height, levels=np.linspace(0.035, 0.5, 8) ** 2, colors="0.8", linewidths=0.8)
        axis.plot(0, 0, "+", color="0.2", markersize=9, markeredgewidth=1.6)
        for rate, look in zip((_LARGER * default, default), reversed(looks), strict=True):
            path = _path(build_optimizer(name, rate))
            axis.plot(*path.T, markersize=2.4, lw=1.2, **look)
        axis.set_title(f"{(called or {}).get(name, name)}\n{default:g} and {_LARGER * default:g}", fontsize=10)
        axis.set(xlim=(left, right), ylim=(low, high), xticks=(), yticks=())
        axis.grid(visible=False)
        axis.spines[["left", "bottom"]].set_visible(False)
    last = axes.flat[-1]
    last.axis("off")
    handles = [Line2D([], [], markersize=5, lw=1.2, **look) for look in looks]
    handles.append(Line2D([], [], ls="", marker="+", color="0.2", markersize=9, markeredgewidth=1.6, label="minimum"))
    last.legend(handles=handles, loc="center", fontsize=10, title=f"{_STEPS} steps", title_fontsize=10)
    return figure


def _numbers(value: Any) -> Floats:
    import keras

    return np.asarray(keras.ops.convert_to_numpy(value), np.float64)


def _tensor(value: NDArray[Any]) -> keras.KerasTensor:
    import keras

    return keras.ops.convert_to_tensor(value, "float32")


def _slope(function: Callable[[Floats], Floats], x: Floats) -> Floats:
    """Return the derivative by central differences, which work on every backend and at any formula."""
    return (function(x + _HALF_STEP) - function(x - _HALF_STEP)) / (2 * _HALF_STEP)


def _activation(name: str, channels: int) -> Callable[[Floats], Floats]:
    """Return the activation as a function of the values ``[n]`` of one channel, the others being 0."""
    import keras

    function = keras.activations.get(ACTIVATIONS[name])

    def one_channel(x: Floats) -> Floats:
        return _numbers(function(_tensor(np.pad(x[:, None], ((0, 0), (0, channels - 1))))))[:, 0]

    return one_channel


def _focal(gamma: float) -> Callable[[Floats], Floats]:
    """Return the focal loss as a function of the true class's logit ``[n]``; one other class has the logit 0."""
    from emnist_utils.training.losses import SparseFocalLoss

    loss = SparseFocalLoss(gamma)

    def of_logit(logits: Floats) -> Floats:
        pairs = np.stack([logits, np.zeros_like(logits)], axis=1)
        return _numbers(loss.call(np.zeros(len(logits), np.int32), _tensor(pairs)))

    return of_logit


def _course(record: Record) -> tuple[tuple[float, ...], ...]:
    """Return epochs and rates of a run's course, and the rate that it noted at the end of each epoch."""
    noted = tuple(record.curves.learning_rate)
    recipe = record.recipe
    if recipe.schedule == "plateau":
        # noted before the plateau's callback may cut it: the rate that the epoch was trained with
        epochs = np.repeat(np.arange(len(noted) + 1), 2)[1:-1]
        return tuple(epochs.tolist()), tuple(np.repeat(noted, 2).tolist()), noted
    from emnist_utils.training.schedules import cosine

    steps = math.ceil(record.data.train / recipe.batch)
    schedule = cosine(recipe.learning_rate, steps * recipe.epochs)
    at = np.unique(np.linspace(0, steps * recipe.epochs, _COURSE_POINTS).round().astype(int))
    rates = tuple(float(_numbers(schedule(step))) for step in at.tolist())
    return tuple((at / steps).tolist()), rates, noted


def _path(optimizer: keras.optimizers.Optimizer) -> Floats:
    """Return the places ``[_STEPS + 1, 2]`` that an optimizer goes through on the quadratic."""
    import keras

    place = keras.Variable(_START, dtype="float32")
    places = [_START]
    for _ in range(_STEPS):
        gradient = keras.ops.convert_to_tensor(_CURVATURES * places[-1], "float32")
        optimizer.apply([gradient], [place])
        places.append(np.asarray(place.numpy(), np.float64))
    return np.array(places)
