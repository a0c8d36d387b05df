"""Where a number comes from: code, commit, versions, device."""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import os
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from emnist_utils.models import MODELS
from emnist_utils.paths import root

if TYPE_CHECKING:
    from emnist_utils.training.recipe import Recipe

#: Everything under these folders takes part in making numbers.
_NUMBER_MAKERS = ("data", "models", "training")


def numerics(recipe: Recipe) -> dict[str, int]:
    """Return the ``NUMERICS`` version of each module on the path from the recipe to its numbers.

    A record keeps them. When one is raised later, the record is stale.
    """
    modules = [
        "data",
        "models.layers",
        "models.activations",
        f"models.{MODELS[recipe.model].module}",
        "training.optimizers",
        "training.schedules",
        "training.losses",
        "training.metrics",
        "training.fit",
    ]
    if recipe.class_balance != "none":
        modules.append("training.balance")
    return {module: _version(module) for module in sorted(modules)}


@cache
def _version(module: str) -> int:
    """Read ``NUMERICS = n`` from the source, since importing the module would load Keras."""
    path = root() / "emnist_utils" / Path(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "NUMERICS":
            return int(ast.literal_eval(node.value))
    raise LookupError(f"{path.name} makes numbers but states no NUMERICS version; add 'NUMERICS = 1' to it")


@cache
def code_fingerprint() -> str:
    """Return 16 hexadecimal digits over the source of all modules that make numbers."""
    digest = hashlib.sha256()
    for folder in _NUMBER_MAKERS:
        for path in sorted((root() / "emnist_utils" / folder).rglob("*.py")):
            digest.update(f"{path.relative_to(root()).as_posix()}\0".encode())
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@cache
def commit() -> tuple[str | None, bool]:
    """Return the checked-out commit and whether the working tree equals it; (None, False) outside a repository."""
    try:
        head = _git("rev-parse", "HEAD")
        return head, not _git("status", "--porcelain", "--untracked-files=normal")
    except (OSError, subprocess.CalledProcessError):
        return None, False


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(root()), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that compute."""
    packages = ("numpy", "keras", "tensorflow", "jax", "scikit-learn")
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def device() -> str:
    """Name the processor that the current Keras backend computes on, with its threads or its count."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        found = jax.devices()
        if found[0].platform != "cpu":
            return f"{found[0].device_kind} x {len(found)}"
    else:
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        if gpus:
            details = tf.config.experimental.get_device_details(gpus[0])
            return f"{details.get('device_name', 'GPU')} x {len(gpus)}"
    threads = os.environ.get("TF_NUM_INTRAOP_THREADS") or os.cpu_count()
    return f"CPU ({_cpu_name()}), {threads} thread{'s' if str(threads) != '1' else ''}"


def _cpu_name() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
