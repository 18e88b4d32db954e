"""The same work on many items over the cores of a job, with results in order and bounded memory."""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from xser.errors import InputError

Item = TypeVar("Item")
_worker = threading.local()


def in_order(
    make: Callable[[], Callable[[Item], Any]],
    items: Sequence[Item],
    workers: int,
    batch: int = 8,
    ahead: int = 3,
    forks: bool = sys.platform == "linux",
) -> Iterator[Any]:
    """Yield work(item) for each item, in order, where each worker calls `make` once for its own `work`.

    The workers are processes that fork off (libraries hold Python's lock while samples go in, so threads would wait for
    each other), or threads where not `forks`. Items and results must be picklable. Items go to a worker in batches, and
    at most so many batches a worker are computed `ahead`, so memory does not grow with the number of items. Linear
    algebra runs in one thread, because matrix products round differently over several.

    No worker outlives this job or an error, and a worker that dies (killed for want of memory, say) is an InputError.
    """
    batches = [items[i : i + batch] for i in range(0, len(items), batch)]
    with threadpool_limits(1):
        if workers <= 1 or len(batches) <= 1:
            yield from map(make(), items) if items else ()
            return
        pending: deque[Future[list[Any]]] = deque()
        others = set(multiprocessing.active_children())
        processes: set[BaseProcess] = set()
        pool = _pool(make, workers, forks)
        try:
            for part in batches:
                if len(pending) >= ahead * workers:
                    yield from pending.popleft().result()
                with _held_back(signal.SIGINT):
                    pending.append(pool.submit(_run, part))
                processes = processes or set(multiprocessing.active_children()) - others
            while pending:
                yield from pending.popleft().result()
            pool.shutdown()
        except BrokenProcessPool:
            pool.shutdown()
            raise _died(processes) from None
        finally:  # after an error nobody needs what the others still do
            for process in processes or set(multiprocessing.active_children()) - others:
                process.kill()
            pool.shutdown(cancel_futures=True)


@contextmanager
def _held_back(which: signal.Signals) -> Iterator[None]:
    """Let a signal wait as long as this lasts: Python loses what is raised by Ctrl-C while it forks."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {which})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _died(processes: set[BaseProcess]) -> InputError:
    """What to say of a worker that died: its own end, not that of the others, which the pool then ends by SIGTERM."""
    ends = {process.exitcode for process in processes} - {None, 0, -signal.SIGTERM}
    shown = ", ".join(signal.Signals(-e).name if e and e < 0 else f"exit status {e}" for e in sorted(ends, key=str))
    return InputError(
        f"a worker process was killed ({shown or 'no exit status'}), most likely for want of memory",
        hint="give the job more memory or fewer cores (threads), then run again",
    )


def _pool(make: Callable[[], Callable[[Item], Any]], workers: int, forks: bool) -> Executor:
    if forks:
        # Not spawn: it would run the rule's script once more in every worker.
        context = multiprocessing.get_context("fork")
        return ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(make, os.getpid()))
    return ThreadPoolExecutor(workers, initializer=_start, initargs=(make, None))


def _start(make: Callable[[], Callable[[Any], Any]], parent: int | None) -> None:
    if parent:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the job is interrupted, too, and ends its workers
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # by which the pool ends them, whatever the job makes of it
    if parent and sys.platform == "linux":
        # Die with the job, even when it is killed without a chance to say so (prctl's PR_SET_PDEATHSIG).
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # it was gone before
    _worker.work = make()


def _run(batch: Sequence[Any]) -> list[Any]:
    return [_worker.work(item) for item in batch]
