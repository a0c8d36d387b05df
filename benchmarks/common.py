"""What the benchmarks share: the machine, spreads, and where results go."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from emnist_utils.machine import cores

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """Return what the figures were measured on, and with which versions."""
    from emnist_utils.training.provenance import device

    packages = ("tensorflow", "jax", "keras", "numpy", "ray", "torch", "torchvision")
    found = {distribution.metadata["Name"]: distribution.version for distribution in metadata.distributions()}
    return {
        "processor": device(),
        "cores": cores(),
        "python": platform.python_version(),
        "versions": {name: found[name] for name in packages if name in found},
        "date": datetime.now(UTC).date().isoformat(),
    }


def start(script: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start ``script --measure arguments`` in a process of its own, with these variables in its environment."""
    return subprocess.Popen(
        [sys.executable, script, "--measure", *arguments],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def result(process: subprocess.Popen[str]) -> Any:
    """Wait for what `start` started and return the JSON of its last line; end with its error where it failed."""
    out, error = process.communicate()
    if process.returncode:
        sys.exit(f"{' '.join(map(str, process.args))}: {error[-2000:]}")
    return json.loads(out.splitlines()[-1])


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the median of repeats with the lowest and the highest."""
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def write(name: str, found: dict[str, Any]) -> None:
    """Write a benchmark's figures to ``results/<name>.json``."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def read(name: str) -> dict[str, Any]:
    """Return what `write` wrote; nothing where it never did."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
