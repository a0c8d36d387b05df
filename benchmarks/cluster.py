"""What a Ray cluster adds to a run, and how many runs an hour it does with more workers.

Start a cluster first (``ray start --head --include-dashboard=false``), then ``python benchmarks/cluster.py``; it takes
some minutes. One study of the profile ``smoke`` is trained on this machine, a run a core, and on the cluster with 1, 2,
4 and so on workers, as far as it has room. These runs are so short that nearly all of the time is overhead.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import machine, write

STUDY = "activations"


def measure(workers: int, train: Callable[..., Any]) -> dict[str, float]:
    """Train the study and return how long that took, and how much of it was training."""
    from emnist_utils import results, runner

    with tempfile.TemporaryDirectory() as folder:
        os.environ["EMNIST_RUNS"] = folder
        start = time.time()
        runner.run("smoke", [STUDY], workers=workers, train=train)
        wall = time.time() - start
        found = list(results.readable(Path(folder)))
        ends = sorted(path.stat().st_mtime for path in Path(folder).glob("*.json"))
    return {
        "workers": workers,
        "runs": len(found),
        "seconds": wall,
        "seconds_to_first": ends[0] - start,
        "seconds_a_run": workers * (ends[-1] - ends[0]) / (len(ends) - 1),
        "trained_seconds_a_run": sum(record.timing.train_seconds for record in found) / len(found),
    }


def main() -> None:
    """Measure and write ``results/cluster.json``."""
    import ray

    from emnist_utils import local_workers, ray_cluster
    from emnist_utils.machine import cores

    ray.init(address="auto", log_to_driver=False, logging_level=logging.ERROR)
    room = int(ray.cluster_resources().get("GPU") or ray.cluster_resources()["CPU"])
    machines = len(ray.nodes())
    ray.shutdown()
    rows = [{"where": "this machine"} | measure(cores(), local_workers.train)]
    workers = 1
    while workers <= room:
        rows.append({"where": "Ray cluster"} | measure(workers, ray_cluster.train))
        workers *= 2
    for row in rows:
        print(row, flush=True)
    busy = os.getloadavg()[0]
    write("cluster", {"machine": machine(), "machines": machines, "load_average": busy, "rows": rows})


if __name__ == "__main__":
    main()
