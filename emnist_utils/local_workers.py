"""Trains runs in worker processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from filelock import FileLock

from emnist_utils import data, dispatch, results
from emnist_utils.dispatch import Job
from emnist_utils.errors import UserError
from emnist_utils.files import send_stderr_to
from emnist_utils.machine import cores, processes
from emnist_utils.paths import runs_dir, workers_log
from emnist_utils.planning import Planned
from emnist_utils.progress import Board
from emnist_utils.training.recipe import Recipe, run_id
from emnist_utils.training.record import Record

#: TensorFlow keeps some 25 MB of each run for as long as a process lasts.
RUNS_A_WORKER = 45

#: In a worker: where to tell of each epoch that ends.
_epochs: SimpleQueue[tuple[Recipe, int]]


class KilledError(UserError):
    """A worker process that was killed in the middle of a run."""


def train(job: Job) -> Board:
    """Train runs in processes of their own, several side by side; return what came of them.

    On a CPU there is one a core if ``job`` does not say, since two runs on a core each are about a third faster than
    one after the other on both; on a GPU, or with JAX, which takes all cores itself, there is one.
    """
    # So many threads a run that the whole profile fills the machine, however little of it is left to do: times of runs
    # with other numbers of threads could not be compared.
    threads = max(1, cores() // (job.workers or default_workers(job.of)))
    workers = job.workers or default_workers(len(job.todo))
    context = multiprocessing.get_context("spawn")
    epochs = context.SimpleQueue()
    with closing(Board(job.todo, workers)) as board:
        for start in range(0, len(job.todo), workers * RUNS_A_WORKER):
            some = job.todo[start : start + workers * RUNS_A_WORKER]
            with ProcessPoolExecutor(
                workers, mp_context=context, initializer=_set_up_worker, initargs=(threads, epochs)
            ) as pool:
                dispatch.train(_Processes(pool, workers, job.again, epochs), some, board, job.deadline)
    return board


def default_workers(runs: int) -> int:
    """Return how many of ``runs`` runs to train side by side on this machine."""
    alone = _has_gpu() or os.environ.get("KERAS_BACKEND") == "jax"
    return 1 if alone else processes(runs)


def set_up_backend(threads: int) -> None:
    """Set in the environment what a backend reads when it is imported; call it before."""
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(threads)
    # TensorFlow turns oneDNN's kernels on by itself on some processors only; they pay on others too, 1.3 to 4 times.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


@dataclass(frozen=True)
class _Processes:
    """A pool of processes, as ``dispatch.Workers``."""

    pool: ProcessPoolExecutor
    count: int
    again: bool
    told: SimpleQueue[tuple[Recipe, int]]

    def room(self) -> int:
        return self.count

    def start(self, item: Planned) -> Future[Record]:
        try:
            return self.pool.submit(_train, item.recipe, self.again)
        except BrokenProcessPool as error:  # all its runs fail
            failed: Future[Record] = Future()
            failed.set_exception(error)
            return failed

    def ended(self, running: Collection[Future[Record]]) -> Collection[Future[Record]]:
        return wait(running, timeout=dispatch.PATIENCE, return_when=FIRST_COMPLETED).done

    def epochs(self) -> Iterator[tuple[Recipe, int]]:
        while not self.told.empty():
            yield self.told.get()

    def record(self, item: Planned, started: Future[Record]) -> Record:
        try:
            return started.result()
        except BrokenProcessPool as error:
            raise KilledError(
                "a process was killed, perhaps for lack of memory, before the run was finished; run again with fewer "
                "--workers, finished runs are kept"
            ) from error

    def dismiss(self) -> None:
        # shutdown() would wait for all runs that are on their way
        for worker in multiprocessing.active_children():
            worker.terminate()


def _has_gpu() -> bool:
    # asked of the files: a backend that looks for a GPU here takes its memory from the workers
    return any(Path("/dev").glob("nvidia[0-9]*"))


def _set_up_worker(threads: int, epochs: SimpleQueue[tuple[Recipe, int]]) -> None:
    """Set a worker up before it imports a backend; what backends print about themselves goes to a log file."""
    global _epochs
    _epochs = epochs
    set_up_backend(threads)
    send_stderr_to(workers_log())
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when the process that started it is gone, however it ended."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _train(recipe: Recipe, again: bool) -> Record:
    """Train one recipe in a worker, unless another process has just done it, and keep what comes of it."""
    from emnist_utils.training.fit import train

    dataset = data.load(recipe.dataset)
    identifier = run_id(recipe, dataset.fingerprint)
    folder = runs_dir()
    with FileLock(folder / "locks" / f"{identifier}.lock"):
        weights, bookmark = folder / f".{identifier}{results.WEIGHTS}", folder / f".{identifier}.bookmark.npz"
        done = None if again else results.find(recipe, dataset.fingerprint)
        if done:
            bookmark.unlink(missing_ok=True)  # of a run that was killed when its record had just been written
            return done
        record, predictions = train(
            recipe,
            dataset,
            progress=lambda epoch, _: _epochs.put((recipe, epoch)),
            weights=weights,
            bookmark=bookmark,
        )
        weights.replace(folder / f"{record.stem}{results.WEIGHTS}")
        results.write_record(record, predictions, folder)
        bookmark.unlink(missing_ok=True)
        return record
