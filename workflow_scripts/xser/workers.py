"""The same work on many items over the cores of a job, with results in order and bounded memory."""

import ctypes
import multiprocessing
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from xser.errors import InputError

Item = TypeVar("Item")
_BATCH = 8  # items that go to a worker together
_AHEAD = 3  # batches a worker may be ahead of whoever takes the results
_worker = threading.local()


def in_order(make: Callable[[], Callable[[Item], Any]], items: Sequence[Item], workers: int) -> Iterator[Any]:
    """Yield work(item) for each item, in order, where each worker calls `make` once for its own `work`.

    The workers are processes that fork off (libraries hold Python's lock while samples go in, so threads would wait for
    each other), or threads on systems other than Linux. Items and results must be picklable. At most a few
    batches a worker are computed ahead, so memory does not grow with the number of items. Linear algebra runs in one
    thread, because matrix products round differently over several.
    """
    batches = [items[i : i + _BATCH] for i in range(0, len(items), _BATCH)]
    with threadpool_limits(1):
        if workers == 1:
            work = make()
            yield from map(work, items)
            return
        pending: deque[Future[list[Any]]] = deque()
        with _pool(make, workers) as pool:
            try:
                for batch in batches:
                    if len(pending) >= _AHEAD * workers:
                        yield from pending.popleft().result()
                    pending.append(pool.submit(_run, batch))
                while pending:
                    yield from pending.popleft().result()
            except BrokenProcessPool:
                raise InputError(
                    "a worker process was killed, most likely for want of memory",
                    hint="give the job more memory or fewer cores",
                ) from None
            finally:
                pool.shutdown(cancel_futures=True)


def _pool(make: Callable[[], Callable[[Item], Any]], workers: int) -> Executor:
    if sys.platform == "linux":
        # Not spawn: it would run the rule's script once more in every worker.
        context = multiprocessing.get_context("fork")
        return ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(make, True))
    return ThreadPoolExecutor(workers, initializer=_start, initargs=(make, False))


def _start(make: Callable[[], Callable[[Any], Any]], forked: bool) -> None:
    if forked:  # die with the job, even when it is killed without a chance to say so (prctl's PR_SET_PDEATHSIG)
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    _worker.work = make()


def _run(batch: Sequence[Any]) -> list[Any]:
    return [_worker.work(item) for item in batch]
