"""Where a number comes from: code, commit, versions, device."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from emnist_utils.models import MODELS
from emnist_utils.paths import root

if TYPE_CHECKING:
    from emnist_utils.training.recipe import Recipe

#: Everything under these folders takes part in making numbers.
_NUMBER_MAKERS = ("data", "models", "training")


def numerics(recipe: Recipe, backend: str) -> dict[str, int]:
    """Return the ``NUMERICS`` version of each module on the path from the recipe to its numbers, on a Keras backend.

    A record keeps them. When one is raised later, the record is stale.
    """
    modules = [
        "data",
        "models.layers",
        "models.activations",
        "models.summary",
        f"models.{MODELS[recipe.model].module}",
        "training.optimizers",
        "training.schedules",
        "training.losses",
        "training.metrics",
        "training.sampling",
        "training.fit",
    ]
    if recipe.class_balance not in ("none", "logit-adjustment"):
        modules.append("training.balance")
    if backend == "jax":
        modules.append("training.jax_epochs")
    if recipe.augmentation != "none":
        modules.append("training.augmentation")
    known = code().numerics
    if unversioned := set(modules) - set(known):
        names = ", ".join(f"{module.rpartition('.')[2]}.py" for module in sorted(unversioned))
        raise LookupError(f"{names} makes numbers but states no NUMERICS version; add 'NUMERICS = 1' to it")
    return {module: known[module] for module in sorted(modules)}


@dataclass(frozen=True)
class Code:
    """The code that makes numbers, as it lay on the disk.

    Attributes
    ----------
    fingerprint : str
        16 hexadecimal digits over the sources.
    commit : str or None
        The checked-out commit; None outside a repository.
    clean : bool
        Whether code and pinned versions equal the commit's.
    numerics : mapping
        The ``NUMERICS`` version of each module that states one.
    """

    fingerprint: str
    commit: str | None
    clean: bool
    numerics: Mapping[str, int]


@cache
def code() -> Code:
    """Read the code once in a process. ``training.fit`` calls it on import, so that it is what will run.

    Versions are read from the sources, since importing the modules would load Keras.
    """
    digest = hashlib.sha256()
    versions = {}
    package = root() / "emnist_utils"
    for folder in _NUMBER_MAKERS:
        for path in sorted((package / folder).rglob("*.py")):
            name = path.relative_to(package)
            source = path.read_bytes()
            digest.update(f"{name.as_posix()}\0".encode() + source + b"\0")
            if match := re.search(rb"^NUMERICS = (\d+)$", source, re.MULTILINE):
                parts = name.parent.parts if name.name == "__init__.py" else name.with_suffix("").parts
                versions[".".join(parts)] = int(match[1])
    try:
        commit = _git("rev-parse", "HEAD")
        clean = not _git("status", "--porcelain", "--", "emnist_utils", "requirements.txt")
    except (OSError, subprocess.CalledProcessError):
        return Code(digest.hexdigest()[:16], None, False, versions)
    return Code(digest.hexdigest()[:16], commit, clean, versions)


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
    """Name the processor that the current Keras backend computes on, with its threads, or its count and precision."""
    import keras

    threads, precision = str(os.cpu_count()), keras.config.dtype_policy().name.replace("_", " ")
    if keras.backend.backend() == "jax":
        import jax

        found = jax.devices()
        if found[0].platform != "cpu":
            return f"{found[0].device_kind} x {len(found)}, {precision}"
    else:
        threads = os.environ.get("TF_NUM_INTRAOP_THREADS", threads)
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        if gpus:
            details = tf.config.experimental.get_device_details(gpus[0])
            return f"{details.get('device_name', 'GPU')} x {len(gpus)}, {precision}"
    return f"CPU ({_cpu_name()}), {threads} thread{'s' if threads != '1' else ''}"


def on_one_thread() -> bool:
    """Return whether the current backend computes on a single thread of a CPU."""
    return device().endswith(", 1 thread")


def _cpu_name() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
