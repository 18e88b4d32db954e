"""Python starts this module in every process of a measured run (see run_time.py): it notes what imports cost.

Each process that a program starts writes a line at its end: its program, its CPU seconds with those of its ended
children, and the CPU seconds inside `import` statements. Forked workers end without it and count as children.
"""

import atexit
import builtins
import json
import os
import sys
import time

_import = builtins.__import__
_depth = 0
_imports = 0.0


def _timed(*arguments, **named):  # type: ignore[no-untyped-def]
    global _depth, _imports
    _depth += 1
    started = time.process_time() if _depth == 1 else 0.0
    try:
        return _import(*arguments, **named)
    finally:
        _depth -= 1
        if not _depth:
            _imports += time.process_time() - started


def _end() -> None:
    own = os.times()
    line = {
        "program": " ".join(sys.orig_argv[1:4]),
        "own": own.user + own.system,
        "children": own.children_user + own.children_system,
        "imports": _imports,
        "start": _start,
    }
    with open(os.environ["XSER_PROBE"], "a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")


_start = time.process_time()  # until here: the interpreter itself
if "XSER_PROBE" in os.environ:
    builtins.__import__ = _timed
    atexit.register(_end)
