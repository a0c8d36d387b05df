"""What a chapter's code depends on, found by reading imports, without running anything.

Imports count wherever they stand, inside functions too. A package's ``__init__`` counts for each of its modules, and
the data files beside an ``__init__`` (tables of figures, say) count with it.
"""

from __future__ import annotations

import ast
import hashlib
import platform
from functools import cache
from importlib import metadata
from importlib.util import resolve_name
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def library(script: Path, package: Path = PACKAGE) -> dict[str, str]:
    """Return the modules of `package` that a script imports, directly or through others.

    Parameters
    ----------
    script : Path
        A file of Python source.
    package : Path
        The folder of the package to follow imports in.

    Returns
    -------
    dict[str, str]
        ``{module name: digest of its source and of the data files beside a package's __init__}``, sorted by name.

    Raises
    ------
    SyntaxError
        If the script or a module that it reaches is not valid Python; the error names the file.
    """
    modules, _ = _follow(script, package)
    return {module: _digest(file) for module, file in sorted(modules.items())}


def versions(script: Path, package: Path = PACKAGE) -> dict[str, str]:
    """Return Python's version and those of the installed packages that a script and its modules import."""
    _, imported = _follow(script, package)
    roots = {name.partition(".")[0] for name in imported} - {package.name}
    distributions = {item for name in roots for item in _distributions().get(name, ())}
    installed = {name: metadata.version(name) for name in sorted(distributions)}
    return {"Python": platform.python_version(), **installed}


@cache
def _distributions() -> dict[str, list[str]]:
    """Return the installed packages by the name under which they are imported."""
    return dict(metadata.packages_distributions())


def _follow(script: Path, package: Path) -> tuple[dict[str, Path], set[str]]:
    """Return the modules of `package` that `script` reaches, with their files, and all names imported on the way."""
    found: dict[str, Path] = {}
    imported = _imported(script)
    waiting = _modules(imported, package)
    while waiting:
        module, file = waiting.popitem()
        if module not in found:
            found[module] = file
            names = _imported(file, module if file.name == "__init__.py" else module.rpartition(".")[0])
            imported |= names
            waiting |= _modules(names, package)
    return found, imported


def _imported(file: Path, parent: str = "") -> set[str]:
    """Return the absolute dotted names that a file, a module of the package `parent`, imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes(), str(file))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), parent)
            names |= {origin, *(f"{origin}.{alias.name}" for alias in node.names)}
    return names


def _modules(names: set[str], package: Path) -> dict[str, Path]:
    """Return those of the dotted `names` and their parents that are modules of `package`, with their files."""
    found = {}
    for name in names:
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            path = package.parent.joinpath(*parts[:length])
            for file in (path / "__init__.py", path.parent / f"{path.name}.py"):
                if parts[0] == package.name and file.is_file():
                    found[".".join(parts[:length])] = file
    return found


def _digest(path: Path) -> str:
    """Return a digest of a module's source, with the data files beside it if it is a package."""
    files = [path]
    if path.name == "__init__.py":
        files += sorted(
            item for item in path.parent.iterdir() if item.is_file() and item.suffix != ".py" and item.name[0] != "."
        )
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.name.encode() + b"\0" + file.read_bytes()).digest())
    return digest.hexdigest()[:16]
