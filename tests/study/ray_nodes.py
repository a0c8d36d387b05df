"""Machines of a Ray cluster, all on this one, for tests."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from emnist_utils.paths import root

#: Ray tells nobody that it is used, and its workers find the code that is tested.
_SETTINGS = {"RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": str(root())}


def free_port() -> int:
    """Return a port that nothing listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def node(*, port: int, head: bool, cpus: int, settings: Mapping[str, str], gpus: int = 0) -> Iterator[psutil.Process]:
    """Run a machine of a cluster, with all its processes, until the block ends.

    Parameters
    ----------
    port : int
        Where the cluster's first machine listens.
    head : bool
        Whether this is the first one.
    cpus : int
        Number of runs that have room on it.
    gpus : int
        Number of GPUs that Ray believes it to have.
    settings : mapping
        Environment of the machine, EMNIST_HOME and EMNIST_CACHE say.
    """
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # short: a socket's path has 107 characters at most
    place = ["--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={folder}"]
    if not head:
        place = [f"--address=127.0.0.1:{port}"]
    sizes = [f"--num-cpus={cpus}", f"--num-gpus={gpus}", "--object-store-memory=100000000"]
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", *place, *sizes, "--block"]
    output = folder / "output"
    with output.open("w") as file:
        started = psutil.Popen(
            command, env={**os.environ, **_SETTINGS, **settings}, stdout=file, stderr=file, start_new_session=True
        )
    try:
        deadline = time.monotonic() + 90
        while "Ray runtime started" not in output.read_text():
            if started.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{' '.join(command)} did not start:\n{output.read_text()}")
            time.sleep(0.1)
        yield started
    finally:
        kill(started)
        shutil.rmtree(folder, ignore_errors=True)


def kill(process: psutil.Process) -> None:
    """Kill a process and all that it started, as a power cut would, and wait until they are gone."""
    try:
        doomed = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for one in doomed:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(doomed, timeout=10)


def training(machine: psutil.Process) -> list[psutil.Process]:
    """Return the processes of a machine that train a run now; Ray names them after what they do."""
    found = []
    for process in machine.children(recursive=True):
        try:
            if process.cmdline()[:1] == ["ray::_train"]:
                found.append(process)
        except psutil.Error:
            continue
    return found
