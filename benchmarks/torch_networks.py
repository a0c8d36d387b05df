"""The book's networks in PyTorch, layer by layer, for comparisons of speed."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PIXEL_MEAN, PIXEL_STD = 0.1736, 0.3317
CLASSES = 62


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)


def _conv_norm_act(inputs: int, filters: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, filters, 3, padding=1), _norm(filters), nn.ReLU(inplace=True))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions added to their input."""

    def __init__(self, inputs: int, filters: int) -> None:
        super().__init__()
        self.shortcut = nn.Identity() if inputs == filters else nn.Conv2d(inputs, filters, 1)
        self.body = nn.Sequential(
            _conv_norm_act(inputs, filters), nn.Conv2d(filters, filters, 3, padding=1), _norm(filters)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map ``[n, inputs, h, w]`` to ``[n, filters, h, w]``."""
        return F.relu(self.shortcut(x) + self.body(x), inplace=True)


class PreactivationBlock(nn.Module):
    """The bottleneck block of ResNet50V2, as Keras has it: the stride in its 3x3 convolution and its shortcut."""

    def __init__(self, inputs: int, filters: int, stride: int, widens: bool) -> None:
        super().__init__()
        self.before = nn.Sequential(nn.BatchNorm2d(inputs, eps=1.001e-5, momentum=0.1), nn.ReLU(inplace=True))
        self.widening = nn.Conv2d(inputs, 4 * filters, 1, stride=stride) if widens else None
        self.narrowing = nn.MaxPool2d(1, stride) if stride > 1 else nn.Identity()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, filters, 1, bias=False),
            nn.BatchNorm2d(filters, eps=1.001e-5, momentum=0.1),
            nn.ReLU(inplace=True),
            nn.Conv2d(filters, filters, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(filters, eps=1.001e-5, momentum=0.1),
            nn.ReLU(inplace=True),
            nn.Conv2d(filters, 4 * filters, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map ``[n, inputs, h, w]`` to ``[n, 4 filters, h / stride, w / stride]``."""
        activated = self.before(x)
        shortcut = self.narrowing(x) if self.widening is None else self.widening(activated)
        return shortcut + self.body(activated)


class WaveMixBlock(nn.Module):
    """A Haar transform, dense layers over the channels and a transposed convolution, added to their input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, channels // 4, 1)
        self.mix = nn.Sequential(
            nn.Conv2d(channels, 2 * channels, 1),
            nn.GELU(),
            nn.Conv2d(2 * channels, channels, 1),
            nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1),
            _norm(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map ``[n, channels, h, w]`` to the same."""
        reduced = self.reduce(x)
        a, b = reduced[..., 0::2, 0::2], reduced[..., 0::2, 1::2]
        c, d = reduced[..., 1::2, 0::2], reduced[..., 1::2, 1::2]
        wavelets = torch.cat([a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d], 1) / 2
        return x + self.mix(wavelets)


class FromPixels(nn.Module):
    """Grey images, uint8 ``[n, 28, 28]``, to standardised floats ``[n, channels, 28 + 2 border, 28 + 2 border]``."""

    def __init__(self, border: int = 0, channels: int = 1) -> None:
        super().__init__()
        self.border, self.channels = border, channels

    def forward(self, images: Tensor) -> Tensor:
        """Pad with paper, standardise, and repeat over the channels."""
        x = F.pad(images.unsqueeze(1).float(), [self.border] * 4)
        return ((x - 255 * PIXEL_MEAN) / (255 * PIXEL_STD)).expand(-1, self.channels, -1, -1)


def _resnet50() -> nn.Sequential:
    stages: list[nn.Module] = []
    inputs = 64
    for filters, count, last_stride in ((64, 3, 2), (128, 4, 2), (256, 6, 2), (512, 3, 1)):
        for index in range(count):
            stride = last_stride if index == count - 1 else 1
            stages.append(PreactivationBlock(inputs, filters, stride, widens=index == 0))
            inputs = 4 * filters
    return nn.Sequential(
        FromPixels(border=2, channels=3),
        nn.Conv2d(3, 64, 7, stride=2, padding=3),
        nn.MaxPool2d(3, 2, padding=1),
        *stages,
        nn.BatchNorm2d(inputs, eps=1.001e-5, momentum=0.1),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(inputs, 1024),
        nn.ReLU(inplace=True),
        nn.Linear(1024, CLASSES),
    )


def build(name: str, width: float = 1.0) -> nn.Module:
    """Return one of the book's networks, uint8 ``[n, 28, 28]`` to logits ``[n, 62]``.

    Parameters
    ----------
    name : str
        A key of ``emnist_utils.models.MODELS``.
    width : float
        Factor on the filters and units of the residual CNN.
    """
    stem, body, dense = (round(size * width) for size in (64, 128, 1024))
    match name:
        case "lenet5":
            return nn.Sequential(
                *(FromPixels(), nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(2)),
                *(nn.Conv2d(6, 16, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten()),
                *(nn.Linear(400, 120), nn.ReLU(inplace=True), nn.Linear(120, 84), nn.ReLU(inplace=True)),
                nn.Linear(84, CLASSES),
            )
        case "cnn":
            return nn.Sequential(
                *(FromPixels(), _conv_norm_act(1, 64), _conv_norm_act(64, 64), nn.MaxPool2d(2)),
                *(_conv_norm_act(64, 128), _conv_norm_act(128, 128), nn.MaxPool2d(2)),
                *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, CLASSES)),
            )
        case "residual-cnn":
            return nn.Sequential(
                *(FromPixels(), _conv_norm_act(1, stem), nn.MaxPool2d(2), ResidualBlock(stem, body), nn.MaxPool2d(2)),
                *(ResidualBlock(body, body), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(9 * body, dense)),
                *(nn.ReLU(inplace=True), nn.Linear(dense, CLASSES)),
            )
        case "resnet50":
            return _resnet50()
        case "wavemix-lite":
            return nn.Sequential(
                *(FromPixels(), nn.Conv2d(1, 64, 3, padding=1), nn.Conv2d(64, 128, 3, padding=1)),
                *(WaveMixBlock(128) for _ in range(7)),
                *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, CLASSES)),
            )
    raise KeyError(name)
