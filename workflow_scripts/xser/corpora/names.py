"""Readers of corpora whose file names say everything."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from xser.corpora.base import Listing, Reader
from xser.data_dir import Utterance, utterance_ids
from xser.errors import raise_all


@dataclass(frozen=True, kw_only=True)
class NameReader(Reader):
    """A corpus whose paths tell speaker and label of each recording.

    Examples
    --------
    >>> reader = NameReader(
    ...     pattern=r"(?P<speaker>[a-z]+)_(?P<text>\\d+)_(?P<label>joy|rage)",
    ...     example="ann_01_joy.wav",
    ...     emotions={"joy": "happiness", "rage": "anger"},
    ...     language="nld",
    ... )
    >>> (utterance,) = reader.read("calls", Path(), ["a/ann_01_joy.wav"], {}).utterances
    >>> utterance.utterance, utterance.speaker, utterance.label, utterance.text
    ('calls_ann-ann_01_joy', 'calls_ann', 'joy', '01')
    """

    pattern: str
    """Regular expression for the end of a path without its ending, from a folder's or the file's first letter on, in
    capitals or small letters. Groups `speaker` and `label` (one of `emotions`) must be there; groups `text`, `gender`,
    `language`, `unit` and `naturalness` fill the fields of those names; others may serve `rest`."""
    example: str
    """A path that follows the pattern."""
    rest: str = ""
    """Format string over the groups: what follows the speaker in an utterance's id. Where empty: all that matched."""
    genders: Mapping[str, str] = field(default_factory=dict)
    """Group `gender` (m and f need not be there), or else the speaker -> m or f; what is not there is unknown."""
    languages: Mapping[str, str] = field(default_factory=dict)
    """Group `language`, or else the speaker -> ISO 639-3 code; what is not there has the corpus' `language`."""
    case: Callable[[str], str] = str.lower
    """How groups are written, whatever a copy's file names have; labels are written as `emotions` has them, speakers as
    `genders` does, where it has them."""
    leave_out: Mapping[str, str] = field(default_factory=dict)
    """Pattern, as `pattern`, of recordings of the publisher's that are no part of the corpus -> why."""

    def read(self, corpus: str, root: Path, files: Sequence[str], options: Mapping[str, Any]) -> Listing:
        """List the recordings; those whose names do not follow the pattern are an error that names them all."""
        listing, wrong = Listing(), []
        spelled: dict[str, str] = {}
        for path in files:
            stem = unicodedata.normalize("NFC", path.rpartition(".")[0])
            if why := next((why for pattern, why in self._leave_out if pattern.search(stem)), None):
                listing.left_out.append((path, why))
            elif (match := self._pattern.search(stem)) and (fields := self.describe(match)):
                own = spelled.setdefault(fields["speaker"].lower(), fields.pop("speaker"))  # one, however capitals are
                name, speaker = utterance_ids(corpus, own, fields.pop("rest"))
                listing.utterances.append(
                    Utterance(utterance=name, speaker=speaker, recording=name, path=path, **fields)
                )
            else:
                wrong.append(path)
        raise_all(
            f"corpus {corpus}: {len(wrong)} file names do not follow the corpus' pattern (such as {self.example})",
            wrong,
            "remove or rename them, or point the corpus' root at the folder that its publisher ships",
        )
        return listing

    def describe(self, match: re.Match[str]) -> dict[str, Any]:
        """Return the fields of an Utterance, with its own `speaker` and `rest`; nothing if there is no such label."""
        groups = {name: self.case(value or "") for name, value in match.groupdict().items()}
        groups["label"] = _as_in(self.emotions, match["label"])
        groups["speaker"] = _as_in(self.genders, match["speaker"]) or match["speaker"]
        if not groups["label"]:
            return {}
        known = {"text": "", "unit": "", "naturalness": "", "gender": groups["speaker"], "language": groups["speaker"]}
        fields = {**known, **{name: value for name, value in groups.items() if name in (*known, "label", "speaker")}}
        return {
            **fields,
            "gender": self.genders.get(fields["gender"], fields["gender"] if fields["gender"] in ("m", "f") else ""),
            "language": self.languages.get(fields["language"], self.language),
            "rest": (self.rest.format(**groups) if self.rest else match[0].strip("/")).replace("/", "-"),
        }

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return end_of_path(self.pattern)

    @cached_property
    def _leave_out(self) -> list[tuple[re.Pattern[str], str]]:
        return [(end_of_path(pattern), why) for pattern, why in self.leave_out.items()]


def end_of_path(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|/)(?:{pattern})\Z", re.IGNORECASE)


def _as_in(known: Mapping[str, Any], value: str) -> str:
    """A value as the mapping's keys write it, whatever its capitals; "" where it is none of them."""
    return value if value in known else next((key for key in known if key.lower() == value.lower()), "")
