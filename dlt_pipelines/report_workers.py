"""Read report files on all cores: worker processes, each with a reader of its own.

    containers ─chunks─▶ worker 1 … n ─ outcomes ─▶ results in the order of the chunks
                                      └ rows ─▶ Arrow files in the spool folder

A worker is a plain child process that imports the parsers and nothing else, so it starts in a
fraction of a second whatever program runs the load. Rows go through files, so memory stays flat
however large a report is. A worker that dies of a file takes no more than
this file with it: the chunk is read again file by file, and the one that kills is rejected.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from dlt_pipelines.report_model import Chunk, Container, Outcome, Rejection
from dlt_pipelines.reports import ReportReader

_CHUNK_BYTES = 4 * 1024 * 1024
_CHUNK_FILES = 200
# An archive unpacks to several times its size.
_ARCHIVE_FACTOR = 8
# Below this a worker's start costs more than it saves.
_WORTH_WORKERS_BYTES = 6 * 1024 * 1024
_MOST_WORKERS = 8
# Processes in a row that end before they can read: then it isn't the files.
_STARTS_LIMIT = 3


class WorkersFailError(RuntimeError):
    """Worker after worker ends before it is ready to read a file."""


class _WorkerDiedError(RuntimeError):
    """The worker process ended while it read a chunk."""


def read_all(
    kind: str, containers: Iterable[Container], total_weight: int, spool: Path
) -> Iterator[Chunk]:
    """Read containers, in workers where that pays, and yield chunks of results.

    Args:
        kind: `test_results`, `coverage` or `mutation`.
        containers: Taken as they are needed, a few chunks ahead.
        total_weight: Sum of their `weight`.
        spool: Folder for rows on their way; it is emptied before and removed after.

    Raises:
        WorkersFailError: Worker after worker ended before it was ready to read a file.
    """
    shutil.rmtree(spool, ignore_errors=True)
    if total_weight < _WORTH_WORKERS_BYTES:
        yield ReportReader(kind).read_all(containers)
        return
    spool.mkdir(parents=True)
    pool = _Pool(kind, min(os.cpu_count() or 1, _MOST_WORKERS), spool)
    try:
        yield from pool.read(_chunks(containers))
    finally:
        pool.close()
        shutil.rmtree(spool, ignore_errors=True)


def weight(locator: str, size_bytes: int) -> int:
    """Return about how many bytes there are to parse in a file."""
    is_packed = locator.lower().endswith((".zip", ".gz"))
    return size_bytes * (_ARCHIVE_FACTOR if is_packed else 1)


def _chunks(containers: Iterable[Container]) -> Iterator[list[Container]]:
    chunk: list[Container] = []
    total = 0
    for container in containers:
        chunk.append(container)
        total += weight(container.locator, container.size_bytes)
        if total >= _CHUNK_BYTES or len(chunk) >= _CHUNK_FILES:
            yield chunk
            chunk, total = [], 0
    if chunk:
        yield chunk


class _Pool:
    """Threads that each talk to one worker process; results come in the order of the chunks."""

    def __init__(self, kind: str, workers: int, spool: Path) -> None:
        self._kind = kind
        self._spool = spool
        self._local = threading.local()
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()
        self._count = workers
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="report-worker")

    def read(self, chunks: Iterator[list[Container]]) -> Iterator[Chunk]:
        waiting: deque[Future[list[Chunk]]] = deque()
        for chunk in chunks:
            waiting.append(self._threads.submit(self._read_chunk, chunk))
            if len(waiting) > 2 * self._count:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.end()
        self._threads.shutdown(wait=True)

    def _read_chunk(self, chunk: list[Container]) -> list[Chunk]:
        try:
            return [self._worker().read(chunk)]
        except _WorkerDiedError:
            self._local.worker = None
        if len(chunk) == 1:
            return [Chunk([_lethal(chunk[0])])]
        return [part for container in chunk for part in self._read_chunk([container])]

    def _worker(self) -> "_Worker":
        worker: _Worker | None = getattr(self._local, "worker", None)
        if worker is None:
            worker = self._start()
            self._local.worker = worker
        return worker

    def _start(self) -> "_Worker":
        for _ in range(_STARTS_LIMIT):
            worker = _Worker(self._kind, self._spool)
            with self._lock:
                self._workers.append(worker)
            try:
                worker.wait()
            except _WorkerDiedError:
                code = worker.code
            else:
                return worker
        raise WorkersFailError(
            f"{_STARTS_LIMIT} processes in a row ended (the last with code {code}) before they "
            f"could read a report; run `{sys.executable} -c 'import {__name__}'` to see why, and "
            "look for a limit on memory or processes"
        )


class _Worker:
    """One worker process and the two pipes to it."""

    def __init__(self, kind: str, spool: Path) -> None:
        package_parent = str(Path(__file__).resolve().parents[1])
        path = os.pathsep.join(filter(None, (package_parent, os.environ.get("PYTHONPATH"))))
        child_reads, we_write = os.pipe()
        we_read, child_writes = os.pipe()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", __name__),
                *(kind, str(spool), str(child_reads), str(child_writes)),
            ],
            pass_fds=(child_reads, child_writes),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
        os.close(child_reads)
        os.close(child_writes)
        self._to_child = Connection(we_write, readable=False)
        self._from_child = Connection(we_read, writable=False)

    @property
    def code(self) -> int | None:
        """How the process ended; None while it runs."""
        return self._process.returncode

    def wait(self) -> None:
        """Wait until it is ready.

        Raises:
            _WorkerDiedError: It ended before.
        """
        try:
            self._from_child.recv()
        except (EOFError, OSError) as error:
            self._to_child.close()
            self._process.wait()
            raise _WorkerDiedError from error

    def read(self, containers: list[Container]) -> Chunk:
        try:
            self._to_child.send(containers)
            chunk: Chunk = self._from_child.recv()
        except (EOFError, OSError) as error:
            self.end()
            raise _WorkerDiedError from error
        return chunk

    def end(self) -> None:
        self._to_child.close()
        self._process.kill()
        self._process.wait()


def _lethal(container: Container) -> Outcome:
    reason = "the process that read the file died of it, perhaps for want of memory"
    rejection = Rejection(
        container.locator, reason, "reader_died", None, None, container.size_bytes
    )
    return Outcome(container.locator, rejections=[rejection])


def _serve(kind: str, spool: Path, incoming: Any, outgoing: Any) -> None:
    """Answer until the other end is closed, as it is when the load is killed."""
    reader = ReportReader(kind, spool)
    with contextlib.suppress(EOFError, BrokenPipeError):
        outgoing.send(None)  # ready
        while True:
            outgoing.send(reader.read_all(incoming.recv()))


if __name__ == "__main__":
    _serve(
        sys.argv[1],
        Path(sys.argv[2]),
        Connection(int(sys.argv[3]), writable=False),
        Connection(int(sys.argv[4]), readable=False),
    )
