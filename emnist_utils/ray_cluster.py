"""Trains runs on the machines of a Ray cluster; what comes of them is kept on the machine that asked for it."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emnist_utils import data, dispatch, results
from emnist_utils.data import DataError
from emnist_utils.dispatch import Job
from emnist_utils.errors import UserError
from emnist_utils.files import write_bytes
from emnist_utils.local_workers import RUNS_A_WORKER, set_up_backend
from emnist_utils.machine import cores
from emnist_utils.paths import runs_dir
from emnist_utils.planning import Planned
from emnist_utils.progress import Board
from emnist_utils.training.provenance import code, versions
from emnist_utils.training.recipe import Recipe
from emnist_utils.training.record import Predictions, Record

#: How often a run is begun anew because its process or its machine was lost.
RETRIES = 3

_HOW_TO_START = (
    "start one on the first machine with 'ray start --head --include-dashboard=false' and on each other one with 'ray "
    "start --address=FIRST:6379', and run this command on one of them; docs/many-machines.md has more"
)


class ClusterError(UserError, RuntimeError):
    """A cluster that is not there or cannot be used, with what to do."""


class UnlikeError(ClusterError):
    """A machine of the cluster on which a run would not be the same run."""


@dataclass(frozen=True)
class Terms:
    """What has to be the same on all machines, so that it does not matter where a run is trained.

    Attributes
    ----------
    code : str
        Fingerprint of the code that makes numbers.
    commit : str or None
        Where it comes from, for messages alone.
    versions : dict
        Versions of Python and of the packages that compute.
    data : dict
        Fingerprint of each set by name.
    backend : str
        Name of Keras' backend, for the processes that train.
    """

    code: str
    commit: str | None
    versions: dict[str, str]
    data: dict[str, str]
    backend: str

    @classmethod
    def here(cls, recipes: Iterable[Recipe]) -> Terms:
        """Return what is the case on this machine, as far as it matters to some recipes."""
        sets = sorted({name for recipe in recipes for name in (recipe.dataset, *recipe.test_on)})
        fingerprints = {name: data.load(name).fingerprint for name in sets}
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        return cls(code().fingerprint, code().commit, versions(), fingerprints, backend)

    def check(self) -> None:
        """Compare with this machine.

        Raises
        ------
        UnlikeError
            If it differs, with all in which it does.
        """
        found = []
        if code().fingerprint != self.code:
            found.append(
                f"its code has fingerprint {code().fingerprint} (commit {code().commit}) instead of {self.code} "
                f"(commit {self.commit}): check out the same commit there"
            )
        there = versions()
        for package in sorted(self.versions.keys() | there.keys()):
            if there.get(package) != self.versions.get(package):
                found.append(
                    f"it has {package} {there.get(package, 'not at all')} instead of "
                    f"{self.versions.get(package, 'not at all')}: install requirements.txt there"
                )
        for name, fingerprint in self.data.items():
            try:
                dataset = data.load(name)
            except DataError as error:
                found.append(str(error))
                continue
            if dataset.fingerprint != fingerprint:
                found.append(
                    f"its {name} has fingerprint {dataset.fingerprint} instead of {fingerprint} "
                    f"({dataset.source.description.rstrip('.')}): set EMNIST_HOME to the same files there before 'ray "
                    "start', or download them with 'emnist data --download'"
                )
        if found:
            raise UnlikeError("; ".join(found))


def train(job: Job) -> Board:
    """Train runs on a running Ray cluster, each on a GPU if it has any, else on one core of a CPU, on one thread.

    Parameters
    ----------
    job : Job
        ``workers`` limits the number of runs side by side; the cluster does if it is None.

    Returns
    -------
    Board
        What came of the runs.

    Raises
    ------
    ClusterError
        If Ray is not installed, no cluster is found, or it has no room for a run.
    UnlikeError
        If code, packages or data of one of its machines differ from those here; nothing is trained then.
    """
    with _connected() as ray:
        terms = Terms.here(item.recipe for item in job.todo)
        workers = _Cluster(ray, job, terms)
        if not workers.room():
            raise ClusterError(f"the Ray cluster has neither a GPU nor a core to offer; {_HOW_TO_START}")
        _check_nodes(ray, workers.nodes(), terms)
        with closing(Board(job.todo, min(workers.room(), len(job.todo)))) as board:
            dispatch.train(workers, job.todo, board, job.deadline)
        return board


@contextmanager
def _connected() -> Iterator[Any]:
    """Connect to the running cluster, and leave it in the end; what then is still on its way there is given up."""
    try:
        import ray
    except ModuleNotFoundError as error:
        raise ClusterError(
            f"Ray is not installed here ({error}); install it on every machine with 'pip install -r requirements.txt'"
        ) from None
    address = os.environ.get("RAY_ADDRESS", "")
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and "/" not in host:  # Ray itself would try for two minutes
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
        except OSError as error:
            raise ClusterError(
                f"no Ray cluster answers at RAY_ADDRESS={address} ({error}); correct or unset it, or {_HOW_TO_START}"
            ) from None
    try:
        ray.init(address="auto", log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, SystemExit) as error:  # Ray ends the process where a cluster's first machine is gone
        reason = "it does not answer" if isinstance(error, SystemExit) else str(error)
        raise ClusterError(f"no running Ray cluster was found ({reason}); {_HOW_TO_START}") from None
    except (RuntimeError, ValueError) as error:
        raise ClusterError(f"cannot connect to the Ray cluster: {error}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _check_nodes(ray: Any, nodes: Sequence[dict[str, Any]], terms: Terms) -> None:
    """Refuse a cluster with a machine that is not like this one, naming each."""
    check = ray.remote(num_cpus=0, max_retries=0)(Terms.check)
    pinned = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
    asked = {
        f"{node['NodeManagerHostname']} ({node['NodeManagerAddress']})": check.options(
            scheduling_strategy=pinned(node["NodeID"], soft=False)
        ).remote(terms)
        for node in nodes
    }
    problems = []
    for name, reference in asked.items():
        try:
            ray.get(reference)
        except ray.exceptions.RayTaskError as error:
            cause = error.cause
            last = str(cause).strip().splitlines()[-1:]  # Ray puts a traceback before it
            problems.append(
                f"{name}: {cause}"
                if isinstance(cause, UserError)
                else f"{name}: it cannot run this project ({''.join(last) or type(cause).__name__}): clone this commit "
                "there, install its requirements.txt, and start Ray from that environment"
            )
        except ray.exceptions.RayError as error:
            problems.append(f"{name}: {error}")
    if problems:
        listed = "\n  ".join(problems)
        raise UnlikeError(f"nothing was trained, since runs would not be the same on all machines:\n  {listed}")


class _Cluster:
    """The machines of a cluster, as ``dispatch.Workers``."""

    def __init__(self, ray: Any, job: Job, terms: Terms) -> None:
        self._ray, self._job, self._terms = ray, job, terms
        self._gpus = any(node["Resources"].get("GPU", 0) >= 1 for node in ray.nodes() if node["Alive"])
        if terms.backend == "jax" and not self._gpus:
            raise ClusterError(
                "with KERAS_BACKEND=jax a run takes all cores of a machine, whatever else is trained there, and this "
                "Ray cluster has no GPU; unset KERAS_BACKEND, or share the runs out with --shard"
            )
        self._needs = ("CPU", "GPU") if self._gpus else ("CPU",)
        self._train = ray.remote(
            num_cpus=1,
            num_gpus=int(self._gpus),
            max_retries=RETRIES,
            # a process keeps a GPU's memory for as long as it lasts
            max_calls=1 if self._gpus else RUNS_A_WORKER,
        )(_train)

    def nodes(self) -> list[dict[str, Any]]:
        """Return Ray's description of each machine that has room for a run."""
        alive = [node for node in self._ray.nodes() if node["Alive"]]
        return [node for node in alive if all(node["Resources"].get(what, 0) >= 1 for what in self._needs)]

    def room(self) -> int:
        runs = sum(min(int(node["Resources"][what]) for what in self._needs) for node in self.nodes())
        return min(runs, self._job.workers or runs)

    def start(self, item: Planned) -> Any:
        # another command may have trained it meanwhile
        fingerprint = self._terms.data[item.recipe.dataset]
        if not self._job.again and (done := results.find(item.recipe, fingerprint)):
            return self._ray.put(done)
        return self._train.remote(item.recipe, self._terms, None if self._gpus else 1)

    def ended(self, running: Collection[Any]) -> Collection[Any]:
        if not running:  # no machine has room now
            time.sleep(dispatch.PATIENCE)
            return []
        return self._ray.wait(list(running), num_returns=1, timeout=dispatch.PATIENCE)[0]

    def epochs(self) -> Iterable[tuple[Recipe, int]]:
        return ()

    def record(self, item: Planned, started: Any) -> Record:
        try:
            found = self._ray.get(started)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except self._ray.exceptions.RayError as error:
            raise ClusterError(
                f"its process or machine was lost, {RETRIES} further tries included ({type(error).__name__}); run "
                "again, finished runs are kept"
            ) from error
        if isinstance(found, Record):
            return found
        record, predictions, weights = found
        if record.run_id != item.run_id:
            raise UnlikeError(
                f"run {record.run_id} came back instead of {item.run_id}, trained on other data; run again"
            )
        write_bytes(runs_dir() / f"{record.stem}{results.WEIGHTS}", weights)
        results.write_record(record, predictions, runs_dir())
        return record

    def dismiss(self) -> None:
        self._ray.shutdown()


def _train(recipe: Recipe, terms: Terms, threads: int | None) -> tuple[Record, Predictions, bytes]:
    """Train one recipe on a machine of the cluster; return what is kept of it, and the weights' file."""
    terms.check()  # a machine may have joined since the others were asked, or have changed
    os.environ["KERAS_BACKEND"] = terms.backend
    set_up_backend(threads or cores())
    from emnist_utils.training.fit import train

    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / f"best{results.WEIGHTS}"
        record, predictions = train(recipe, data.load(recipe.dataset), weights=weights)
        return record, predictions, weights.read_bytes()
