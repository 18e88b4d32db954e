"""What a corpus' labels mean (the reader's own answer, its options, the config's `mapping`), and who takes part."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from xser.corpora.base import Reader
from xser.data_dir import Utterance
from xser.errors import InputError, raise_all
from xser.frames import TEXT, WHOLE, Kind, columns
from xser.parameters import defaults

# What readers map labels to. A mapping may name these although the project does not ask for them.
EMOTIONS = (
    *("anger", "boredom", "calm", "contempt", "disgust", "excitement", "fear", "frustration"),
    *("happiness", "neutral", "sadness", "surprise"),
)
LABELS = Kind(
    "what became of each label",
    columns((TEXT, "label emotion"), (WHOLE, "kept left_out"), (TEXT, "why")),
    key=("label",),
)
Select = dict[str, list[str]]


def chosen(
    reader: Reader, options: Mapping[str, Any] | None = None, mapping: Mapping[str, str | None] | None = None
) -> tuple[dict[str, str | None], Select, dict[str, Any]]:
    """Turn a corpus' `options` and `mapping` in the config into what the rules need.

    Returns label -> emotion or None; column of utterances.tsv -> the values to keep; and the options for `read`, with
    the reader's defaults. An InputError lists unknown options, values and labels, all of them with what is allowed.
    """
    options, mapping = dict(options or {}), {_composed(k): v for k, v in (mapping or {}).items()}
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


def _composed(label: Any) -> Any:
    """A label in Unicode's composed form (NFC), as readers give them, however an editor spells its accents."""
    return unicodedata.normalize("NFC", label) if isinstance(label, str) else label


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


def take_part(
    corpus: str,
    utterances: Sequence[Utterance],
    mapping: Mapping[str, str | None],
    select: Mapping[str, Sequence[str]],
    emotions: Sequence[str],
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Choose the utterances that take part.

    `mapping` leads from a label to an emotion, or to None if it is left out; `select` from a column of utterances.tsv
    to the values that take part; other emotions than `emotions` are left out.

    Returns utterance -> emotion, and a line of LABELS for each label. Labels that the mapping does not name are an
    InputError, and so is a corpus of which no utterance is left.
    """
    counts = Counter(u.label for u in utterances)
    raise_all(
        f"corpus {corpus}: labels that the config does not say anything about",
        (f"{label!r} ({n} utterances)" for label, n in sorted(counts.items()) if label not in mapping),
        f"name each in corpora.{corpus}.mapping of config.yaml, with its emotion "
        f"({', '.join(emotions)}) or null to leave it out",
    )
    chosen: dict[str, str] = {}
    left_out: dict[str, Counter[str]] = defaultdict(Counter)
    for u in utterances:
        if why := _why_left_out(u, mapping[u.label], select, emotions):
            left_out[u.label][why] += 1
        else:
            chosen[u.utterance] = str(mapping[u.label])
    whys = {label: ", ".join(f"{why} ({n})" for why, n in sorted(left_out[label].items())) for label in sorted(counts)}
    if not chosen:
        raise InputError(
            f"corpus {corpus}: no utterance is left",
            [f"{label!r}: {why}" for label, why in whys.items()],
            f"change corpora.{corpus}.options or .mapping, or `emotions`, in config.yaml",
        )
    return chosen, [
        {
            "label": label,
            "emotion": mapping[label],
            "kept": counts[label] - left_out[label].total(),
            "left_out": left_out[label].total(),
            "why": why,
        }
        for label, why in whys.items()
    ]


def _why_left_out(
    u: Utterance, emotion: str | None, select: Mapping[str, Sequence[str]], emotions: Sequence[str]
) -> str:
    if emotion is None:
        return "the label stands for no emotion"
    if emotion not in emotions:
        return f"{emotion} is not asked for"
    for column, values in select.items():
        if (value := getattr(u, column)) not in values:
            return f"{column} is {value or 'not known'}"
    return ""
