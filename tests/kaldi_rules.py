"""The rules of Kaldi's utils/validate_data_dir.sh (with --no-feats --no-text), as a list of what breaks them."""

from collections.abc import Iterator
from pathlib import Path


def breaches(folder: Path) -> list[str]:
    """Return every rule that a data directory breaks."""
    return list(_breaches(folder))


def _breaches(folder: Path) -> Iterator[str]:
    utt2spk = _read(folder / "utt2spk")
    for name in ("utt2spk", "spk2utt", "wav.scp", "utt2lang", "utt2dur", "spk2gender", "segments"):
        path = folder / name
        if not path.exists():
            if name in ("utt2spk", "spk2utt", "wav.scp"):
                yield f"{name} does not exist"
            continue
        data = path.read_bytes()
        if not data:
            yield f"{name} is empty"
        if b"\r" in data or not data.endswith(b"\n"):
            yield f"{name} has Windows line endings, or none at its end"
        keys = [line.split()[0].encode() for line in data.decode().splitlines()]
        if keys != sorted(set(keys)):
            yield f"{name} is not sorted in the C locale, or names something twice"
    utterances = [line[0] for line in utt2spk]
    if any(len(line) != 2 for line in utt2spk):
        yield "utt2spk has lines of other than two fields"
    by_speaker = sorted(utt2spk, key=lambda line: (line[1].encode(), line[0].encode()))
    if by_speaker != utt2spk:
        yield "utt2spk is not sorted by speaker: speaker ids are not prefixes of utterance ids"
    spoken = sorted(([u, line[0]] for line in _read(folder / "spk2utt") for u in line[1:]), key=lambda x: x[0].encode())
    if spoken != utt2spk:
        yield "spk2utt does not say what utt2spk says"
    recordings = [line[0] for line in _read(folder / "wav.scp")]
    if (folder / "segments").exists():
        segments = _read(folder / "segments")
        if [line[0] for line in segments] != utterances:
            yield "segments and utt2spk name different utterances"
        if any(len(line) != 4 or not float(line[2]) < float(line[3]) for line in segments):
            yield "segments has lines that are not utterance, recording, start < end"
        if {line[1] for line in segments} != set(recordings):
            yield "segments and wav.scp name different recordings"
    elif recordings != utterances:
        yield "wav.scp and utt2spk name different utterances"
    for name in ("utt2lang", "utt2dur"):
        lines = _read(folder / name)
        if [line[0] for line in lines] != utterances or any(len(line) != 2 for line in lines):
            yield f"{name} and utt2spk name different utterances"
    if (folder / "spk2gender").exists():
        lines = _read(folder / "spk2gender")
        if [line[0] for line in lines] != sorted({line[1] for line in utt2spk}, key=str.encode):
            yield "spk2gender and spk2utt name different speakers"
        if any(line[1:] not in (["m"], ["f"]) for line in lines):
            yield "spk2gender has something else than m and f"


def _read(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
