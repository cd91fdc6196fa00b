"""Read report files on all cores: worker processes, each with a reader of its own.

    containers ─chunks─▶ worker 1 … n (parse, Arrow) ─▶ outcomes and rows, in order of chunks

A worker is a plain child process that imports the parsers and nothing else, so it starts in a
fraction of a second whatever program runs the load. A worker that dies of a file takes no more than
this file with it: the chunk is read again file by file, and the one that kills is rejected.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pyarrow as pa

from dlt_pipelines.reports import (
    Container,
    Outcome,
    Rejection,
    ReportReader,
    read_containers,
)

Read = tuple[list[Outcome], Mapping[str, pa.Table]]

ROWS_AT_ONCE = 400_000
_CHUNK_BYTES = 4 * 1024 * 1024
_CHUNK_FILES = 200
# An archive unpacks to several times its size.
_ARCHIVE_FACTOR = 8
# Below this a worker's start costs more than it saves.
_WORTH_WORKERS_BYTES = 6 * 1024 * 1024
_MOST_WORKERS = 8


class _WorkerDiedError(RuntimeError):
    """The worker process ended while it read a chunk."""


def read_all(kind: str, containers: Iterable[Container], total_weight: int) -> Iterator[Read]:
    """Read containers, on several cores where that pays, and yield outcomes with their rows.

    Args:
        kind: `test_results` or `coverage`.
        containers: Taken as they are needed, a few chunks ahead.
        total_weight: Sum of their `weight`.
    """
    workers = min(os.cpu_count() or 1, _MOST_WORKERS)
    if workers < 2 or total_weight < _WORTH_WORKERS_BYTES:
        yield from read_containers(ReportReader(kind), containers, ROWS_AT_ONCE)
        return
    pool = _Pool(kind, workers)
    try:
        yield from pool.read(_chunks(containers))
    finally:
        pool.close()


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

    def __init__(self, kind: str, workers: int) -> None:
        self._kind = kind
        self._local = threading.local()
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()
        self._count = workers
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="report-worker")

    def read(self, chunks: Iterator[list[Container]]) -> Iterator[Read]:
        waiting: deque[Future[list[Read]]] = deque()
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

    def _read_chunk(self, chunk: list[Container]) -> list[Read]:
        try:
            return self._worker().read(chunk)
        except _WorkerDiedError:
            self._local.worker = None
        if len(chunk) == 1:
            return [([_lethal(chunk[0])], {})]
        return [read for container in chunk for read in self._read_chunk([container])]

    def _worker(self) -> "_Worker":
        worker: _Worker | None = getattr(self._local, "worker", None)
        if worker is None:
            worker = _Worker(self._kind)
            self._local.worker = worker
            with self._lock:
                self._workers.append(worker)
        return worker


class _Worker:
    """One worker process and the two pipes to it."""

    def __init__(self, kind: str) -> None:
        package_parent = str(Path(__file__).resolve().parents[1])
        path = os.pathsep.join(filter(None, (package_parent, os.environ.get("PYTHONPATH"))))
        child_reads, we_write = os.pipe()
        we_read, child_writes = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, kind, str(child_reads), str(child_writes)],
            pass_fds=(child_reads, child_writes),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
        os.close(child_reads)
        os.close(child_writes)
        self._to_child = Connection(we_write, readable=False)
        self._from_child = Connection(we_read, writable=False)

    def read(self, chunk: list[Container]) -> list[Read]:
        try:
            self._to_child.send(chunk)
            reads: list[Read] = []
            while (message := self._from_child.recv()) is not None:
                outcomes, packed = message
                reads.append((outcomes, {name: _unpack(part) for name, part in packed.items()}))
        except (EOFError, OSError) as error:
            self.end()
            raise _WorkerDiedError from error
        return reads

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


def _pack(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _unpack(packed: bytes) -> pa.Table:
    with pa.ipc.open_stream(packed) as reader:
        return reader.read_all()


def _serve(kind: str, incoming: Any, outgoing: Any) -> None:
    """Answer chunks until the other end is closed, as it is when the load is killed."""
    reader = ReportReader(kind)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            chunk = incoming.recv()
            for outcomes, tables in read_containers(reader, chunk, ROWS_AT_ONCE):
                outgoing.send((outcomes, {name: _pack(table) for name, table in tables.items()}))
            outgoing.send(None)


if __name__ == "__main__":
    _serve(
        sys.argv[1],
        Connection(int(sys.argv[2]), writable=False),
        Connection(int(sys.argv[3]), readable=False),
    )
