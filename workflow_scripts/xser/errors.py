"""The one kind of error that a user can mend."""

from collections.abc import Iterable


class InputError(Exception):
    """Something the user gave (a config key, a corpus, an audio file) cannot be used.

    Parameters
    ----------
    what
        What is wrong in one sentence, naming the file or the config key.
    offenders
        Every offender, one string each; all are listed.
    hint
        What to do about it.
    """

    def __init__(self, what: str, offenders: Iterable[str] = (), hint: str = "") -> None:
        self.what, self.offenders, self.hint = what, list(offenders), hint
        lines = [what, *(f"  - {o}" for o in self.offenders)]
        if hint:
            lines.append(f"What to do: {hint}")
        super().__init__("\n".join(lines))


def raise_all(what: str, problems: Iterable[str], hint: str = "") -> None:
    """Raise one InputError that lists all problems, if there are any."""
    if problems := list(problems):
        raise InputError(what, problems, hint)
