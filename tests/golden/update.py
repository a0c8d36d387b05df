"""Write ``trajectories.json`` anew: ``python tests/golden/update.py``.

A trajectory that changed is overwritten only where a module on its way states a higher NUMERICS version than before.
Both backends are run, each in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

from trajectories import BACKEND, CASES, EITHER, FILE, read, trajectory, updated

from emnist_utils.files import write_text


def update_section(section: str) -> list[str]:
    """Train a section's cases and write what may be written; return the names of what may not."""
    kept = read()
    found = {name: trajectory(section, recipe) for name, recipe in CASES[section].items()}
    new, refused = updated(kept.get(section, {}), found)
    write_text(FILE, json.dumps({**kept, section: new}, indent=1, sort_keys=True) + "\n")
    return [f"{section}, {name}" for name in refused]


def main() -> None:
    """Update the sections of both backends."""
    if len(sys.argv) > 1:
        refused = [name for section in sys.argv[1:] for name in update_section(section)]
        if refused:
            sys.exit(
                f"On {BACKEND} these numbers changed, but no NUMERICS version was raised:\n  "
                + "\n  ".join(refused)
                + "\nRaise NUMERICS in the module that changed them, or find out why they changed."
            )
        return
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "EMNIST_CACHE": cache, "EMNIST_HOME": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
        codes = [
            subprocess.run(
                [sys.executable, __file__, backend, EITHER],
                env={**environment, "KERAS_BACKEND": backend},
                check=False,
            ).returncode
            for backend in ("tensorflow", "jax")
        ]
    sys.exit(max(codes))


if __name__ == "__main__":
    main()
