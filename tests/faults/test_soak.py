"""A study that is disturbed at random: nothing finished is lost, and it ends with the numbers of an undisturbed one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from emnist_utils import paths
from emnist_utils.training.provenance import code

#: What the last long soak found; committed.
RESULT = Path(__file__).with_name("soak.json")


def disturb(faults: int, seed: int) -> dict[str, Any]:
    """Disturb studies in a process of its own, which must not have used the backend before; return what came of it."""
    script = Path(__file__).with_name("soak.py")
    done = subprocess.run(
        [sys.executable, str(script), "--faults", str(faults), "--seed", str(seed)],
        cwd=paths.root(),
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
def test_ten_faults_lose_nothing(stand_in: Path) -> None:
    """Protects hours of work: each finished record stays, none is half written, none trained twice, all numbers hold.

    The faults: a worker killed, a whole run killed, at a moment or at a change of a file, Ctrl-C, and a full disk.
    """
    found = disturb(10, seed=0)
    assert found["losses"] == []
    assert found["faults"] >= 10
    assert found["studies completed"] >= 1


def test_last_soak_lost_nothing() -> None:
    """Protects the committed result of the long soak from being one that failed, or one of uncommitted code."""
    told = json.loads(RESULT.read_text(encoding="utf-8"))
    assert told["losses"] == []
    assert told["clean"]
    assert told["faults"] >= 200


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_hundreds_of_faults_lose_nothing(stand_in: Path) -> None:
    """Protects the same against rarer moments. EMNIST_SOAK_FAULTS is their number; what was found is written."""
    told = {"date": datetime.now(UTC).date().isoformat(), "commit": code().commit, "clean": code().clean}
    found = disturb(int(os.environ.get("EMNIST_SOAK_FAULTS", "200")), seed=int(time.time()))
    RESULT.write_text(json.dumps(told | found, indent=1) + "\n", encoding="utf-8")
    assert found["losses"] == []
