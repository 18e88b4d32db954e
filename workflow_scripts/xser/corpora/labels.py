"""What a corpus' labels mean: the reader's own answer, its options, and the config's `mapping`."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from xser.errors import raise_all

# What readers map labels to. A mapping may name these although the project does not ask for them.
EMOTIONS = (
    *("anger", "boredom", "calm", "contempt", "disgust", "excitement", "fear", "frustration"),
    *("happiness", "neutral", "sadness", "surprise"),
)
Select = dict[str, list[str]]


def resolve(
    reader: ModuleType, options: Mapping[str, Any] | None = None, mapping: Mapping[str, str | None] | None = None
) -> tuple[dict[str, str | None], Select, dict[str, Any]]:
    """Turn a corpus' options and mapping into what the rules need.

    Parameters
    ----------
    reader
        A reader module (see corpora.base).
    options
        The config's `options` of the corpus; what is not given takes the reader's default.
    mapping
        The config's `mapping` of the corpus: label -> emotion or None.

    Returns
    -------
    mapping, select, read_options
        Label -> emotion or None; column of utterances.tsv -> the values to keep; and the options for `read`.

    Raises
    ------
    InputError
        For unknown options, values and labels, all of them listed with what is allowed.
    """
    options, mapping = dict(options or {}), dict(mapping or {})
    name = reader.__name__.rpartition(".")[2]
    problems = [*_option_problems(reader, options), *_mapping_problems(reader, mapping)]
    raise_all(f"reader {name} cannot be used as the config says", problems)
    values = {option: options.get(option, default) for option, (default, _) in reader.OPTIONS.items()}
    relabel = getattr(reader, "RELABEL", {})
    meaning: dict[str, str | None] = dict(reader.EMOTIONS)
    for option, entries in relabel.items():
        meaning.update(entries[values[option]])
    select = {
        column: [values[option]] if isinstance(values[option], str) else list(values[option])
        for option, column in reader.SELECT.items()
        if values[option] != "all"
    }
    read_options = {o: v for o, v in values.items() if o not in reader.SELECT and o not in relabel}
    return {**meaning, **mapping}, select, read_options


def _option_problems(reader: ModuleType, options: Mapping[str, Any]) -> list[str]:
    problems = []
    for option, value in options.items():
        if option not in reader.OPTIONS:
            problems.append(f"there is no option {option!r} (there are: {', '.join(reader.OPTIONS) or 'none'})")
            continue
        default, allowed = reader.OPTIONS[option]
        if allowed is None:
            if value != default and not (isinstance(value, str) and value):
                problems.append(f"option {option}: expected text, found {value!r}")
        elif option in reader.SELECT:
            values = value if isinstance(value, list) else [value]
            if value != "all" and (not values or any(v not in allowed for v in values)):
                problems.append(f"option {option}: {value!r} is not `all` or a list of {', '.join(allowed)}")
        elif value not in allowed:
            problems.append(f"option {option}: {value!r} is not one of {', '.join(allowed)}")
    return problems


def _mapping_problems(reader: ModuleType, mapping: Mapping[str, str | None]) -> list[str]:
    problems = []
    for label, emotion in mapping.items():
        if not isinstance(label, str):
            problems.append(f'mapping: the label {label!r} is not text; write it in quotes (such as "01")')
        elif reader.EMOTIONS and label not in reader.EMOTIONS:
            problems.append(f"mapping: the corpus has no label {label!r} (it has: {', '.join(reader.EMOTIONS)})")
        if emotion is not None and not (isinstance(emotion, str) and emotion and not any(map(str.isspace, emotion))):
            problems.append(f"mapping: {label} stands for {emotion!r}; expected one word or null (left out)")
    return problems
