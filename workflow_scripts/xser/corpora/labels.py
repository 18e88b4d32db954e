"""What a corpus' labels mean: the reader's own answer, its options, and the config's `mapping`."""

from collections.abc import Mapping
from typing import Any

from xser.corpora.base import Reader
from xser.errors import raise_all
from xser.parameters import defaults

# What readers map labels to. A mapping may name these although the project does not ask for them.
EMOTIONS = (
    *("anger", "boredom", "calm", "contempt", "disgust", "excitement", "fear", "frustration"),
    *("happiness", "neutral", "sadness", "surprise"),
)
Select = dict[str, list[str]]


def resolve(
    reader: Reader, options: Mapping[str, Any] | None = None, mapping: Mapping[str, str | None] | None = None
) -> tuple[dict[str, str | None], Select, dict[str, Any]]:
    """Turn a corpus' options and mapping into what the rules need.

    Parameters
    ----------
    reader
        The corpus' reader.
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
    problems = [*_option_problems(reader, options), *_mapping_problems(reader, mapping)]
    raise_all("its options or its mapping are not what the reader has", problems)
    values = {**defaults(reader.options), **options}
    meaning = dict(reader.emotions)
    for option, entries in reader.relabel.items():
        meaning.update(entries[values[option]])
    select = {
        column: [values[option]] if isinstance(values[option], str) else list(values[option])
        for option, column in reader.select.items()
        if values[option] != "all"
    }
    read_options = {o: v for o, v in values.items() if o not in reader.select and o not in reader.relabel}
    return {**meaning, **mapping}, select, read_options


def _option_problems(reader: Reader, options: Mapping[str, Any]) -> list[str]:
    known = reader.options
    return [
        f"there is no option {option!r} (there are: {', '.join(known) or 'none'})"
        if option not in known
        else f"option {option}: {known[option].rule(value)}"
        for option, value in options.items()
        if option not in known or (value != known[option].default and known[option].rule(value))
    ]


def _mapping_problems(reader: Reader, mapping: Mapping[str, str | None]) -> list[str]:
    problems = []
    for label, emotion in mapping.items():
        if not isinstance(label, str):
            problems.append(f'mapping: the label {label!r} is not text; write it in quotes (such as "01")')
        elif reader.emotions and label not in reader.emotions:
            problems.append(f"mapping: the corpus has no label {label!r} (it has: {', '.join(reader.emotions)})")
        if emotion is not None and not (isinstance(emotion, str) and emotion and not any(map(str.isspace, emotion))):
            problems.append(f"mapping: {label} stands for {emotion!r}; expected one word or null (left out)")
    return problems
