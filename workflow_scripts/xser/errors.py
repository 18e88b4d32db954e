"""The one kind of error that a user can correct."""

from collections.abc import Iterable

SHOWN = 20  # offenders that a terminal shows


class InputError(Exception):
    """Something the user gave (a config key, a corpus, an audio file) cannot be used.

    `what` is wrong, in one sentence that names the file or the config key; `hint` says what to do about it. `str` lists
    all `offenders`, `short` the first.
    """

    def __init__(self, what: str, offenders: Iterable[str] = (), hint: str = "") -> None:
        self.what, self.offenders, self.hint = what, list(offenders), hint
        super().__init__(self._text(self.offenders))

    def short(self, rest: str) -> str:
        """Return the message with the first offenders (SHOWN), and `rest` about where to find the others."""
        if (more := len(self.offenders) - SHOWN) <= 0:
            return str(self)
        return self._text(self.offenders[:SHOWN], f"  ... and {more:,} more: {rest}")

    def _text(self, offenders: Iterable[str], *rest: str) -> str:
        hint = [f"What to do: {self.hint}"] if self.hint else []
        return "\n".join([self.what, *(f"  - {o}" for o in offenders), *rest, *hint])


def raise_all(what: str, problems: Iterable[str], hint: str = "") -> None:
    """Raise one InputError that lists all problems, if there are any."""
    if problems := list(problems):
        raise InputError(what, problems, hint)
