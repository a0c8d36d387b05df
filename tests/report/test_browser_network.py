"""A network as the browser computes it. The browser itself is tested in tests/browser."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emnist_utils.models import build
from emnist_utils.report import browser_network
from emnist_utils.report.browser_network import NetworkError


def computed(description: dict[str, Any], images: np.ndarray) -> np.ndarray:
    """Compute what a description says, layer by layer, with Keras' operations."""
    from keras import ops

    weights = np.frombuffer(base64.b64decode(description["weights"]), "<f2").astype(np.float32)
    outputs, used = [images[..., None].astype(np.float32)], 0
    for layer in description["layers"]:
        own = []
        for shape in layer["shapes"]:
            own.append(weights[used : used + np.prod(shape)].reshape(shape))
            used += own[-1].size
        first, *others = (outputs[number] for number in layer["inputs"])
        match layer["kind"]:
            case "rescale":
                made = first * layer["scale"] + layer["offset"]
            case "conv":
                made = ops.conv(first, own[0], layer["strides"], layer["padding"]) + own[1]
            case "activation":
                made = getattr(ops, layer["name"])(first)
            case "max-pool":
                made = ops.max_pool(first, tuple(layer["size"]), tuple(layer["strides"]), layer["padding"])
            case "add":
                made = sum(others, first)
            case "flatten":
                made = ops.reshape(first, (len(images), -1))
            case "dense":
                made = first @ own[0] + own[1]
        outputs.append(np.asarray(made))
    assert used == len(weights)
    return outputs[-1]


@pytest.mark.backend
@pytest.mark.parametrize(
    ("name", "sizes"),
    [("residual-cnn", {"width": 1 / 8, "blocks": 2, "dropout": 0.5}), ("lenet5", {})],
)
def test_description_gives_the_networks_answers(name: str, sizes: dict[str, float]) -> None:
    """Protects the folding of batch normalisation, the order of layers and weights, and their rounding."""
    rng = np.random.default_rng(0)
    network = build(name, 62, activation="swish", **sizes)
    for layer in network.layers:
        if "batch_normalization" in layer.name:
            layer.set_weights([rng.uniform(0.5, 2, weight.shape) for weight in layer.get_weights()])
    images = rng.integers(0, 256, (8, 28, 28), dtype=np.uint8)
    description = json.loads(json.dumps(browser_network.describe(network)))
    expected = network.predict(images, verbose=0)
    np.testing.assert_allclose(computed(description, images), expected, atol=0.01 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("name", "activation", "message"),
    [("residual-cnn", "gelu", "no activation gelu"), ("wavemix-lite", "relu", "no layer HaarTransform")],
)
def test_what_the_page_lacks_is_named(name: str, activation: str, message: str) -> None:
    """Protects readers from a page that stays silent: a network that it cannot compute stops the build, by name."""
    with pytest.raises(NetworkError, match=message):
        browser_network.describe(build(name, 62, activation=activation, width=1 / 8, blocks=1))


def test_too_large_a_weight_is_refused() -> None:
    """Protects the answers from weights that 16 bits cannot hold."""
    network = build("lenet5", 62)
    layer = network.get_layer("scores")
    layer.set_weights([layer.get_weights()[0], np.full(62, 1e6)])
    with pytest.raises(NetworkError, match="greater than 65"):
        browser_network.describe(network)


def test_nothing_in_the_page_ends_its_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the page's text: what stands in the script element comes back as it went in, and does not close it."""
    shown: list[str] = []
    monkeypatch.setattr(browser_network, "display", lambda html: shown.append(html.data))
    names = ["<", "</script>"]
    browser_network.embed({"layers": [], "weights": ""}, pd.DataFrame([[3, 1], [0, 0]], names, names))
    head, text, tail = shown[0].partition('<script type="application/json" id="write-network">')
    assert (head, text) == ("", '<script type="application/json" id="write-network">')
    assert tail.count("<") == 1 and tail.endswith("</script>")
    held = json.loads(tail.removesuffix("</script>"))
    assert held["classes"] == names
    assert held["behind"] == {"<": [["<", 1.0]], "</script>": [["<", 1.0]]}
