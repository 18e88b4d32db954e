"""The one parameter of a rule: a dict of builtins that holds exactly what its script needs of the config.

Snakemake compares parameters by their `repr`; what is not in there cannot rerun the job.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any


def ordered(value: Any) -> Any:
    """Return builtins only, dicts with sorted keys, tuples as lists: equal values have equal `repr`."""
    if isinstance(value, str | int | float | None):  # most are; to ask whether they are mappings takes longer
        return value
    if isinstance(value, Mapping):
        return {str(k): ordered(value[k]) for k in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [ordered(v) for v in value]
    return value


def any_of(ids: Iterable[str]) -> str:
    """A wildcard constraint: one of these ids."""
    return "|".join(re.escape(i) for i in ids) or "(?!)"
