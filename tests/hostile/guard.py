"""Call entry points under Python's audit hook and report what reading data must never do.

    python guard.py CASES.json

CASES.json holds `imports` (modules to load before the hook is set), `writable` (the only folder that may be written
to) and `cases`: name -> {entry: "module:function", arguments: {...}, data: folder}. One JSON line a case is printed:
`name`, `outcome` (`done`, `InputError`, or the traceback of anything else), `message` and `breaches`.
"""

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from types import CodeType
from typing import Any

CANARY = "xser_canary"  # in every payload: a file that it makes, a module that it imports, a command that it runs
STARTS = {"os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "subprocess.Popen", "pty.spawn"}
CONNECTS = {"socket.connect", "socket.getaddrinfo", "urllib.Request", "ftplib.connect", "http.client.connect"}
CHANGES = {  # event -> which of its arguments are paths that change
    "os.mkdir": (0,), "os.rename": (0, 1), "os.remove": (0,), "os.rmdir": (0,), "os.symlink": (1,), "os.link": (1,),
    "os.truncate": (0,), "os.chmod": (0,), "shutil.rmtree": (0,), "shutil.move": (0, 1), "shutil.copyfile": (1,),
}  # fmt: skip
UNPICKLES = {"pickle.find_class"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Guard:
    """The audit hook: it records breaches, it stops nothing, so that what follows is seen too."""

    def __init__(self, writable: str) -> None:
        self.writable, self.data, self.breaches, self.on = writable, "", [], False  # type: ignore[var-annotated]

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Look at one event."""
        if not self.on:
            return
        self.on = False  # what is done here is not looked at
        try:
            if breach := self._breach(event, arguments):
                self.breaches.append(f"{event}: {breach}")
        finally:
            self.on = True

    def _breach(self, event: str, arguments: tuple[Any, ...]) -> str:
        if event in STARTS | CONNECTS | UNPICKLES:
            return repr(arguments)[:300]
        if event == "import" and (CANARY in str(arguments[0]) or self._is_data(arguments[1])):
            return repr(arguments[:2])
        if event in ("exec", "compile") and CANARY in _text(arguments[0]):
            return "code of the data"
        if event == "open":
            path, mode, flags = arguments
            writes = any(c in mode for c in "wax+") if isinstance(mode, str) else bool((flags or 0) & WRITING)
            return repr(path) if writes and not self._may_write(path) else ""
        paths = [arguments[i] for i in CHANGES.get(event, ())]
        if event in ("os.remove", "os.rmdir") and arguments[1] != -1:  # below a folder that is given as open
            paths = [os.path.join(os.readlink(f"/proc/self/fd/{arguments[1]}"), paths[0])]
        changed = [path for path in paths if not self._may_write(path)]
        return repr(changed) if changed else ""

    def _is_data(self, path: Any) -> bool:
        return isinstance(path, str) and bool(self.data) and os.path.abspath(path).startswith(self.data)

    def _may_write(self, path: Any) -> bool:
        if isinstance(path, int) or path in (os.devnull, b"/dev/null"):
            return True
        return os.path.abspath(os.fsdecode(path)).startswith((self.writable, "/proc/self", "/dev/shm"))


def _text(source: Any) -> str:
    """A piece of code as text: its source, or its names and constants."""
    if isinstance(source, CodeType):
        return f"{source.co_names} " + " ".join(map(_text, source.co_consts))
    return source.decode("utf-8", "replace") if isinstance(source, bytes) else str(source)


def run(name: str, case: dict[str, Any], guard: Guard) -> dict[str, Any]:
    """Call one entry point and say what became of it."""
    from xser.errors import InputError

    module, _, function = case["entry"].partition(":")
    entry = getattr(importlib.import_module(module), function)
    guard.data, guard.breaches = os.path.abspath(case["data"]), []
    outcome, message = "done", ""
    guard.on = True
    try:
        message = str(entry(**case["arguments"]))
    except InputError as error:
        outcome, message = "InputError", str(error)
    except BaseException:
        outcome = traceback.format_exc()
    guard.on = False
    return {"name": name, "outcome": outcome, "message": message, "breaches": guard.breaches}


def main(path: str) -> None:
    """Run all cases of a file."""
    plan = json.loads(Path(path).read_text(encoding="utf-8"))
    for module in plan["imports"]:
        importlib.import_module(module)
    guard = Guard(os.path.abspath(plan["writable"]))
    sys.addaudithook(guard)
    for name, case in plan["cases"].items():
        print(json.dumps(run(name, case, guard)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
