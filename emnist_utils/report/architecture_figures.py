"""Figures of networks, drawn from the built models themselves."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.path import Path

from emnist_utils.models.activations import ACTIVATIONS
from emnist_utils.report.style import COLOURS, WIDTH

if TYPE_CHECKING:
    import keras

#: Kind of a box -> its colour and half its height in inches.
_LOOKS = {
    "data": ("#8c8c8c", 0.62),
    "conv": (COLOURS[0], 0.74),
    "dense": (COLOURS[1], 0.62),
    "pool": (COLOURS[2], 0.62),
    "norm": (COLOURS[4], 0.62),
    "other": (COLOURS[3], 0.74),
    "merge": ("#404040", 0.62),
}

#: Columns in a row of the figure, at least (so that a short network is not blown up) and at most.
_FEWEST, _MOST = 10, 15

#: Half the width of a box, and the radius of the circle of a sum, in inches.
_HALF, _CIRCLE = 0.2, 0.13

#: From the boxes up to the lowest skip, from skip to skip, and from line to line of the notes, in inches.
_OVER, _LEVEL, _LINE = 0.2, 0.24, 0.15

#: Room for the title, and at the sides of the figure, in inches.
_TITLE, _MARGIN = 0.25, 0.1

#: Width of a character of the notes below a block, in inches.
_CHARACTER = 0.054

#: How the errors name a layer whose place in the network is not one.
_TWICE = "layer that is used more than once; make one layer for each place"

_MERGES = {"Add": "+", "Multiply": "×", "Subtract": "−", "Concatenate": "concat", "Average": "mean", "Maximum": "max"}


@dataclass(eq=False)
class _Box:
    """Layers that are drawn as one."""

    kind: str
    label: str
    notes: list[str] = field(default_factory=list)
    shape: tuple[int, ...] = ()
    stride: int = 1

    def text(self) -> str:
        """Return what it is, with its stride."""
        return self.label + (f", stride {self.stride}" if self.stride > 1 else "")


@dataclass(frozen=True)
class _Skip:
    """A second way from the box ``start`` to the box ``end`` of the main way, through the layers named in ``via``."""

    start: int
    end: int
    via: str


@dataclass
class _Block:
    """The boxes ``first`` to ``last`` of the main way: one box, or all that skips lead around."""

    first: int
    last: int
    skips: list[_Skip]


@dataclass
class _Group:
    """A block that is drawn, and the equal ones right behind it that are not."""

    blocks: list[_Block]
    shown: _Block
    notes: list[str] = field(default_factory=list)

    @property
    def columns(self) -> int:
        return self.shown.last - self.shown.first + 1


def diagram(model: keras.Model) -> Figure:
    """Draw a network from left to right: its layers, the shapes between them, and how they are joined.

    A convolution or dense layer is one box with the normalisation and activation behind it. Under a box stands the
    shape of what it puts out for one image, height x width x channels, where that is new. A line over the boxes is a
    skip connection. A block that repeats is drawn once, with the number of times below and what differs in some of
    them: other strides, or layers in the skip. A long network takes several rows.

    Parameters
    ----------
    model : keras.Model
        A functional model with one input and one output, each layer of which is used once.

    Returns
    -------
    matplotlib.figure.Figure
        As wide as the page.

    Raises
    ------
    ValueError
        If the model is of another kind, or branches that are more than a chain of layers lead around others.
    """
    boxes, skips = _main_way(model)
    groups = _fold(_blocks(boxes, skips), boxes)
    rows = _rows(groups)
    pitch = (WIDTH - 2 * _MARGIN) / max(_FEWEST, *(sum(group.columns for group in row) for row in rows))
    heights = [_height(row, pitch) for row in rows]
    top = sum(above + below for above, below in heights) + _TITLE
    figure = Figure((WIDTH, top))
    figure.set_layout_engine("none")
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, WIDTH), ylim=(0, top))
    axis.axis("off")
    axis.text(_MARGIN, top - 0.05, f"{model.name}: {model.count_params():,} parameters", fontsize=10, va="top")
    top -= _TITLE
    shape: tuple[int, ...] = ()
    for index, (row, (above, below)) in enumerate(zip(rows, heights, strict=True)):
        shape = _draw_row(axis, row, boxes, top - above, pitch, shape, follows=index > 0, leads=index < len(rows) - 1)
        top -= above + below
    return figure


# --- from the model to boxes ------------------------------------------------------------------------------------------


def _main_way(model: keras.Model) -> tuple[list[_Box], list[_Skip]]:
    """Return the boxes along the longest way from input to output, and the ways around them."""
    boxes, parents = _boxes(model)
    children: dict[_Box, list[_Box]] = {box: [] for box in boxes}
    reach: dict[_Box, tuple[int, _Box | None]] = {}
    for box in boxes:
        reach[box] = max(
            ((reach[parent][0] + 1, parent) for parent in parents[box]), default=(0, None), key=lambda r: r[0]
        )
        for parent in parents[box]:
            children[parent].append(box)
    way: list[_Box] = []
    at: _Box | None = boxes[-1]
    while at is not None:
        way.insert(0, at)
        at = reach[at][1]
    position = {box: index for index, box in enumerate(way)}
    skips = []
    for start, box in enumerate(way):
        for child in children[box]:
            via = []
            while child not in position:
                if len(parents[child]) != 1 or len(children[child]) != 1:
                    raise ValueError(
                        f"{model.name} cannot be drawn: {child.label} is on a branch that branches again; "
                        "make a layer of what belongs together"
                    )
                via.append(child.text())
                (child,) = children[child]
            if via or position[child] > start + 1:
                skips.append(_Skip(start, position[child], " + ".join(via)))
    return way, skips


def _boxes(model: keras.Model) -> tuple[list[_Box], dict[_Box, list[_Box]]]:
    """Return the boxes in the order of computation, and which boxes each takes its input from."""
    import keras

    functional = isinstance(model, keras.Model) and getattr(model, "operations", None)
    if not functional or len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(f"{model!r} cannot be drawn; expected a functional Keras model with one input and one output")
    operations = model.operations
    producer = {id(tensor): operation for operation in operations for tensor in keras.tree.flatten(operation.output)}
    inputs: dict[Any, list[Any]] = {}
    for operation in operations:
        found = [producer.get(id(tensor)) for tensor in keras.tree.flatten(operation.input)]
        if isinstance(operation, keras.Model) or None in found:
            raise ValueError(
                f"{model.name} cannot be drawn: {operation.name} is a model in a model or follows a {_TWICE}"
            )
        inputs[operation] = [] if isinstance(operation, keras.layers.InputLayer) else list(dict.fromkeys(found))
    if id(model.outputs[0]) not in producer:
        raise ValueError(f"{model.name} cannot be drawn: its output is that of a {_TWICE}")
    uses = Counter(parent for found in inputs.values() for parent in found)
    owner: dict[Any, _Box] = {}
    parents: dict[_Box, list[_Box]] = {}
    for operation in operations:
        sources = list(dict.fromkeys(owner[parent] for parent in inputs[operation]))
        before = sources[0] if len(sources) == 1 and uses[inputs[operation][0]] == 1 else None
        note = _note(operation)
        if before and note is not None and _takes(before, operation):
            box = before
            box.notes += note
        else:
            box = _box(operation)
            parents[box] = parents.pop(before) if before and before.kind == "pad" else sources
        box.shape = tuple(operation.output.shape[1:])
        owner[operation] = box
    return list(parents), parents


def _takes(box: _Box, operation: Any) -> bool:
    """Return whether a layer that can be a note is one on this box.

    Batch normalisation goes with what it scales. A border goes with the image, else with the layer that it is for.
    """
    kind = type(operation).__name__
    if kind == "BatchNormalization":
        return box.kind in ("conv", "dense")
    return box.kind == "data" if kind == "ZeroPadding2D" else box.kind != "pad"


def _note(operation: Any) -> list[str] | None:
    """Return a layer as notes on the box before it, or None if it needs a box."""
    kind = type(operation).__name__
    if kind == "Reshape":
        return []  # the shape below the box says it
    if kind in ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax"):
        return [_activation(operation)]
    if kind == "BatchNormalization":
        return ["batch norm"]
    if kind == "Rescaling":
        return ["rescaled"]
    if kind == "ZeroPadding2D":
        return [f"border of {max(map(max, operation.padding))}"]
    if "Dropout" in kind:
        return [f"dropout {operation.rate:g}"]
    return None


def _box(operation: Any) -> _Box:
    """Return the box of a layer that has one of its own."""
    kind = type(operation).__name__
    if kind == "InputLayer":
        return _Box("data", operation.name)
    if kind == "ZeroPadding2D":
        return _Box("pad", "zero padding")
    if kind in _MERGES:
        return _Box("merge", _MERGES[kind])
    note = _note(operation)
    if note:
        return _Box("norm", note[0])
    size = "x".join(str(side) for side in getattr(operation, "kernel_size", getattr(operation, "pool_size", ())))
    stride = max(getattr(operation, "strides", (1,)))
    if "Conv" in kind:
        name = {"Conv2DTranspose": "transposed conv", "DepthwiseConv2D": "depthwise conv"}.get(kind, "conv")
        filters = getattr(operation, "filters", None)
        box = _Box("conv", f"{size} {name}" + (f", {filters}" if filters else ""), stride=stride)
    elif kind == "Dense":
        box = _Box("dense", f"dense, {operation.units}")
    elif "Pooling" in kind:
        name = "average pool" if "Average" in kind else "max pool"
        box = _Box("pool", f"global {name}" if kind.startswith("Global") else f"{size} {name}")
        sides = getattr(operation, "pool_size", (1,))
        box.stride = stride if stride != max(sides) else 1  # as wide as the window: so every reader expects
    else:
        box = _Box("other", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", kind).lower())
    if getattr(operation, "activation", None) is not None and _activation(operation) != "linear":
        box.notes.append(_activation(operation))
    return box


def _activation(operation: Any) -> str:
    """Return the activation's name in recipes, or else in Keras."""
    function = getattr(operation, "activation", None)
    name = getattr(function, "__name__", type(operation).__name__.lower())
    return {keras_name: ours for ours, keras_name in ACTIVATIONS.items()}.get(name, name)


# --- from boxes to what is drawn --------------------------------------------------------------------------------------


def _blocks(boxes: Sequence[_Box], skips: Iterable[_Skip]) -> list[_Block]:
    """Cut the way into blocks, so that no skip leads from one block into the inside of another."""
    blocks: list[_Block] = []
    skips = sorted(skips, key=lambda skip: skip.start)
    first = 0
    while first < len(boxes):
        block = _Block(first, first, [])
        # a skip may start behind the normalisation that opens its block
        opens = boxes[first].kind == "norm"
        for skip in skips:
            if first - 1 <= skip.start < max(block.last, first + opens):
                block.last = max(block.last, skip.end)
                block.skips.append(skip)
        blocks.append(block)
        first = block.last + 1
    return blocks


def _fold(blocks: Iterable[_Block], boxes: Sequence[_Box]) -> list[_Group]:
    """Put blocks with the same boxes, one right behind the other, together."""
    groups: list[_Group] = []
    for block in blocks:
        if block.skips and groups and _outline(groups[-1].blocks[-1], boxes) == _outline(block, boxes):
            groups[-1].blocks.append(block)
        else:
            groups.append(_Group([block], block))
    for group in groups:
        plain = [block for block in group.blocks if not any(skip.via for skip in block.skips)]
        group.shown = (plain or group.blocks)[0]
        for number, block in enumerate(group.blocks, 1):
            differs = _differences(block, group.shown, boxes)
            if differs:
                group.notes.append(f"block {number}: {'; '.join(differs)}")
    return groups


def _outline(block: _Block, boxes: Sequence[_Box]) -> list[tuple[str, str]]:
    return [(box.kind, box.label) for box in boxes[block.first : block.last + 1]]


def _differences(block: _Block, shown: _Block, boxes: Sequence[_Box]) -> list[str]:
    """Return in words what a block has other than the one that is drawn."""
    found = []
    pairs = zip(boxes[block.first : block.last + 1], boxes[shown.first : shown.last + 1], strict=True)
    for mine, theirs in pairs:
        if mine.stride != theirs.stride:
            found.append(f"stride {mine.stride} in {mine.label}")
        if mine.notes != theirs.notes:
            found.append(f"{mine.label} with {', '.join(mine.notes) or 'nothing behind it'}")
    usual = {(skip.start - shown.first, skip.via) for skip in shown.skips}
    for skip in block.skips:
        if skip.via and (skip.start - block.first, skip.via) not in usual:
            origin = f" from {boxes[skip.start].text()}" if skip.start >= block.first else ""
            found.append(f"skip{origin} via {skip.via}")
    return found


def _rows(groups: Iterable[_Group]) -> list[list[_Group]]:
    """Spread the groups over as few rows as they fit in, about equally."""
    groups = list(groups)
    total = sum(group.columns for group in groups)
    share = total / -(-total // _MOST)
    rows: list[list[_Group]] = [[]]
    filled = 0
    for group in groups:
        if rows[-1] and filled + group.columns / 2 > share * len(rows):
            rows.append([])
        rows[-1].append(group)
        filled += group.columns
    return rows


# --- drawing ----------------------------------------------------------------------------------------------------------


def _levels(skips: Iterable[_Skip]) -> list[tuple[_Skip, int]]:
    """Return skips with how high each is drawn, from 1: above all shorter ones that it would cross."""
    placed: list[tuple[_Skip, int]] = []
    for skip in sorted(skips, key=lambda skip: skip.end - skip.start):
        crossed = [level for other, level in placed if other.start < skip.end and skip.start < other.end]
        placed.append((skip, 1 + max(crossed, default=0)))
    return placed


def _wrapped(group: _Group, pitch: float) -> list[str]:
    """Return the notes of a group in lines no longer than it is wide."""
    return [line for note in group.notes for line in textwrap.wrap(note, int(group.columns * pitch / _CHARACTER))]


def _height(row: Sequence[_Group], pitch: float) -> tuple[float, float]:
    """Return the inches that a row takes above and below its middle line."""
    levels = max((level for group in row for _, level in _levels(group.shown.skips)), default=0)
    lines = max(((len(_wrapped(g, pitch)) + 2) if len(g.blocks) > 1 else 0 for g in row), default=0)
    return 0.85 + (_OVER + _LEVEL * levels if levels else 0), 1.02 + _LINE * lines


def _draw_row(
    axis: Axes,
    row: Sequence[_Group],
    boxes: Sequence[_Box],
    y: float,
    pitch: float,
    shape: tuple[int, ...],
    *,
    follows: bool,
    leads: bool,
) -> tuple[int, ...]:
    """Draw one row with its middle line at ``y``; ``shape`` is what comes in, and what goes out is returned."""
    columns = sum(group.columns for group in row)
    x = pitch / 2 + (_MARGIN if follows or leads else (WIDTH - pitch * columns) / 2)
    right = 0.0 if follows else None
    for group in row:
        block = group.shown
        centres = {}
        for index in range(block.first, block.last + 1):
            box = boxes[index]
            centres[index] = x
            half = _extent(box)[0]
            if right is not None:
                _arrow(axis, (right, y), (x - half, y))
            _draw_box(axis, box, x, y)
            out = boxes[group.blocks[-1].last].shape if index == block.last else box.shape
            if out != shape and box.kind != "norm":
                axis.text(x, y - 0.8, "x".join(map(str, out)), fontsize=7, ha="center", va="top", color="0.15")
                shape = out
            right, x = x + half, x + pitch
        for skip, level in _levels(block.skips):
            start = centres.get(skip.start, centres[block.first] - pitch) + pitch / 2
            end = (centres[skip.end], y + _extent(boxes[skip.end])[1])
            _draw_skip(axis, skip.via, (start, y), end, y + _LOOKS["conv"][1] + _OVER + _LEVEL * (level - 1))
        if len(group.blocks) > 1:
            _draw_repeat(axis, group, centres[block.first] - 0.22, centres[block.last] + 0.22, y - 1.0, pitch)
    if leads and right is not None:
        _arrow(axis, (right, y), (WIDTH, y))
    return shape


def _arrow(axis: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    look = "-|>"
    axis.add_patch(FancyArrowPatch(start, end, arrowstyle=look, mutation_scale=7, shrinkA=0, shrinkB=0, color="0.25"))


def _extent(box: _Box) -> tuple[float, float]:
    """Return half the width and half the height of a box in inches; a sign is a circle."""
    return (_CIRCLE, _CIRCLE) if _is_sign(box) else (_HALF, _LOOKS[box.kind][1])


def _is_sign(box: _Box) -> bool:
    return box.kind == "merge" and len(box.label) == 1


def _draw_box(axis: Axes, box: _Box, x: float, y: float) -> None:
    """Draw a box with its label and notes upright in it, or a circle for a sum."""
    colour, half = _LOOKS[box.kind]
    if _is_sign(box):
        axis.add_patch(Circle((x, y), _CIRCLE, facecolor="white", edgecolor=colour, lw=1.2))
        axis.text(x, y, box.label, fontsize=11, ha="center", va="center_baseline")
        if box.notes:
            axis.text(x, y - 0.18, "\n".join(box.notes), fontsize=7.5, ha="center", va="top")
        return
    corner, style = (x - _HALF, y - half), "round,pad=0,rounding_size=0.05"
    axis.add_patch(
        FancyBboxPatch(corner, 2 * _HALF, 2 * half, style, facecolor=(colour, 0.16), edgecolor=colour, lw=1.2)
    )
    lines = textwrap.wrap(box.text(), 19)
    lines += textwrap.wrap(", ".join(box.notes), 21)
    size = 8 if len(lines) < 3 else 7.2
    axis.text(x, y, "\n".join(lines), fontsize=size, rotation=90, ha="center", va="center", linespacing=1.1)


def _draw_skip(axis: Axes, via: str, start: tuple[float, float], end: tuple[float, float], high: float) -> None:
    """Draw a way up from ``start``, along at the height ``high``, and down to ``end``."""
    corner = 0.1
    points = [
        start, (start[0], high - corner), (start[0], high), (start[0] + corner, high),
        (end[0] - corner, high), (end[0], high), (end[0], high - corner), (end[0], end[1] + 0.06),
    ]  # fmt: skip
    codes = [Path.MOVETO, Path.LINETO, Path.CURVE3, Path.CURVE3, Path.LINETO, Path.CURVE3, Path.CURVE3, Path.LINETO]
    axis.add_patch(PathPatch(Path(points, codes), fill=False, edgecolor="0.25", lw=1.2))
    _arrow(axis, (end[0], end[1] + 0.12), end)
    if via:
        box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": _LOOKS["conv"][0]}
        axis.text((start[0] + end[0]) / 2, high, via, fontsize=7.5, ha="center", va="center", bbox=box)


def _draw_repeat(axis: Axes, group: _Group, left: float, right: float, y: float, pitch: float) -> None:
    """Draw a bracket under a block, with how often it comes and what differs."""
    axis.plot([left, left, right, right], [y + 0.05, y, y, y + 0.05], color="0.25", lw=1)
    middle = (left + right) / 2
    axis.text(middle, y - 0.04, f"x {len(group.blocks)}", fontsize=9, weight="bold", ha="center", va="top")
    if group.notes:
        axis.text(middle, y - 0.22, "\n".join(_wrapped(group, pitch)), fontsize=7, ha="center", va="top")
