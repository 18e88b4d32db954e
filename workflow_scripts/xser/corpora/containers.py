"""Whether the bytes of an audio file are all there.

libsndfile reads most files that were cut short without a word. Every format that readers accept says somewhere how long
it is, and is held to it here, before it is decoded; a format that is not checked is not accepted.
"""

import re
import zlib

_LFS = b"version https://git-lfs"
_CHUNKS = {  # byte order, and the name of the audio's chunk
    b"RIFF": ("little", b"data"),
    b"RIFX": ("big", b"data"),
    b"RF64": ("little", b"data"),
    b"FORM": ("big", b"SSND"),
}
_UNKNOWN = 0x7FFFF000  # a program that writes to a pipe promises at least so much: it does not know the length
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
FORMATS = "WAV, FLAC, Ogg, MP3, AIFF or AU"


def fault(data: bytes) -> str:
    """Say what is wrong with the bytes of an audio file, or nothing."""
    if not data:
        return "empty file (0 bytes)"
    if data.startswith(_LFS):
        return "a Git LFS pointer, not audio: run `git lfs pull` in the corpus' folder"
    if data[:4] in _CHUNKS and data[8:12] in (b"WAVE", b"AIFF", b"AIFC"):
        return _chunks(data)
    if data[:4] in (b".snd", b"dns."):
        order = "big" if data[:4] == b".snd" else "little"
        start, size = (int.from_bytes(data[i : i + 4], order) for i in (4, 8))  # type: ignore[arg-type]
        return _compared(size, len(data) - start)
    if data[:4] == b"OggS":
        return _ogg(data)
    if data[:4] == b"fLaC":  # decoding notices a missing frame, where the number of samples is known
        known = int.from_bytes(data[21:26], "big") & 0xF_FFFF_FFFF
        return "" if known else "its header does not say how long it is: encode it again with `flac`"
    if data[:3] == b"ID3" or (data[:1] == b"\xff" and data[1:2] >= b"\xe0"):
        return _mp3(data)
    return f"not audio in a format that is read ({FORMATS})"


def _chunks(data: bytes) -> str:
    """WAV, RF64 and AIFF: chunks with name and size, one of which is the audio."""
    order, audio = _CHUNKS[data[:4]]
    place = 12
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], order)  # type: ignore[arg-type]
        if data[place : place + 4] == audio:
            if data[:4] == b"RF64" and size == 0xFFFFFFFF:
                size = int.from_bytes(data[28:36], "little")  # chunk ds64 comes first
            return _compared(size, len(data) - place - 8)
        place += 8 + size + size % 2
    return "truncated: there is no audio after the header"


def _compared(promised: int, there: int) -> str:
    if there >= promised or promised in range(_UNKNOWN, 1 << 32):
        return ""
    return f"truncated: the header promises {promised} bytes of audio, there are {there}"


def _ogg(data: bytes) -> str:
    """Ogg: pages with a checksum each, the last of which is marked as the end."""
    place, last = 0, False
    while place + 27 <= len(data) and data[place : place + 4] == b"OggS":
        last = bool(data[place + 5] & 4)
        lengths = data[place + 27 : place + 27 + data[place + 26]]
        end = place + 27 + data[place + 26] + sum(lengths)
        if end <= len(data) and not _page_is_whole(data[place:end]):
            return "damaged: a page is not what its checksum says"
        place = end
    return "" if last and place == len(data) else "truncated: its last page is not marked as the end"


def _page_is_whole(page: bytes) -> bool:
    """Whether an Ogg page has its CRC-32: zlib's, of the bits in the other order and without inversion."""
    found = zlib.crc32((page[:22] + bytes(4) + page[26:]).translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{found:032b}"[::-1], 2) == int.from_bytes(page[22:26], "little")


def _mp3(data: bytes) -> str:
    """MP3: the first frame of a file (not of a stream) holds the size of all frames."""
    start = 0
    if data[:3] == b"ID3":
        if len(data) < 10:
            return "truncated: its header is not whole"
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    first = data[start : start + 400]
    if (tag := re.search(rb"(?:Xing|Info)\0\0\0(.)(.{4})(.{4})", first, re.DOTALL)) and tag[1][0] & 2:
        size = tag[3] if tag[1][0] & 1 else tag[2]  # the number of frames stands before it, or not
    elif tag := re.search(rb"VBRI.{6}(.{4})", first, re.DOTALL):
        size = tag[1]
    else:
        return "an MP3 that does not say how long it is: whether it is whole cannot be known; convert it to FLAC"
    return _compared(int.from_bytes(size, "big"), len(data) - start)
