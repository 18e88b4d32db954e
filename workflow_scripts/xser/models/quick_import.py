"""Importing a large library in less time."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_import(*spared: str) -> Iterator[None]:
    """Import what stands inside without the packages `spared`, which it imports only if it finds them.

    Whoever needs these imports them afterwards. And a million new objects that all stay need no garbage collection.
    """
    absent = set(spared) - sys.modules.keys()
    collecting = gc.isenabled()
    gc.disable()
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: not found
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
        gc.freeze()
        if collecting:
            gc.enable()
