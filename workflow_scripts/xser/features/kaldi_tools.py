"""Kaldi's own binaries, one utterance at a time through pipes."""

import io
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from xser.errors import InputError
from xser.parameters import Parameter, one_of

BACKEND = Parameter(
    "native", one_of("native", "kaldi"), "`native`: in this process. `kaldi`: Kaldi's own programs, see below"
)
_KEY = "utterance"
_MESSAGE = re.compile(r"(ASSERTION_FAILED|ERROR|WARNING) \(")


def no_noise(value: Any) -> str:
    """A rule: 0, since Kaldi's noise depends on an utterance's place in the list, so shards would change features."""
    return "" if type(value) in (int, float) and value == 0 else f"{value!r} is not 0: noise would change with shards"


def find_tool(name: str) -> str:
    """Return the path of one of Kaldi's featbin programs: below KALDI_ROOT where that is set, else on PATH."""
    root = os.environ.get("KALDI_ROOT")
    found = shutil.which(name, path=str(Path(root) / "src" / "featbin")) if root else shutil.which(name)
    if not found:
        where = f"KALDI_ROOT={root} (src/featbin)" if root else "PATH"
        raise InputError(
            f"backend kaldi: no {name} in {where}",
            hint="set KALDI_ROOT to a built Kaldi, put its src/featbin on PATH, or use backend: native",
        )
    return found


def options(parameters: Mapping[str, object]) -> list[str]:
    """Return parameters as Kaldi's command-line options, sorted."""
    text = {True: "true", False: "false"}
    return [
        f"--{key.replace('_', '-')}={text[value] if isinstance(value, bool) else value}"
        for key, value in sorted(parameters.items())
    ]


def wav_archive(samples: np.ndarray) -> bytes:
    """Return an archive with one 16-bit wav, as extract-segments writes it for compute-mfcc-feats to read.

    Kaldi takes nothing but 16-bit PCM, and skips a file of another rate than it was given, with exit status 0.
    """
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, (samples * 32_768).astype(np.int16), 16_000, format="WAV")
    return f"{_KEY} ".encode() + buffer.getvalue()


def run(command: list[str], archive: bytes) -> bytes:
    """Run a tool that reads an archive and writes one (`ark:- ark:-`)."""
    done = subprocess.run([*command, "ark:-", "ark:-"], input=archive, capture_output=True, check=False)
    if done.returncode:
        raise InputError(f"{Path(command[0]).name} ended with status {done.returncode}: {_reason(done.stderr)}")
    if not done.stdout:  # the exit status is 0 as well when Kaldi skipped the utterance
        raise InputError(f"{Path(command[0]).name} left the utterance out: {_reason(done.stderr)}")
    return done.stdout


def matrix(archive: bytes) -> np.ndarray:
    """Return the one matrix of an archive, float32 (frames, dims)."""
    import kaldiio

    arrays = list(kaldiio.load_ark(io.BytesIO(archive)))
    if [key for key, _ in arrays] != [_KEY]:
        raise InputError(f"Kaldi wrote {len(arrays)} entries for one utterance")
    return np.asarray(arrays[0][1], dtype=np.float32)


def _reason(stderr: bytes) -> str:
    """The last message of a program; frames of the stack, which follow an assertion or an error, are none."""
    lines = stderr.decode(errors="replace").strip().splitlines()
    messages = [line for line in lines if _MESSAGE.match(line)]
    return (messages or lines or ["it printed nothing"])[-1]
