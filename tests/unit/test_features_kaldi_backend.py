"""`backend: kaldi` against programs that keep to the command line of Kaldi's, computed by kaldi-native-fbank.

They check the wiring (options, pipes, what is left out), not the numbers of a real Kaldi.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

from xser.errors import InputError
from xser.features import base, kaldi_tools

PROGRAM = """#!{python}
import io, os, sys, wave
import kaldiio, numpy as np
from xser.features import kaldi_mfcc, kaldi_pitch

OPTIONS = {options!r}
name = os.path.basename(sys.argv[0])
given = dict(a[2:].split("=", 1) for a in sys.argv[1:-2])
assert sys.argv[-2:] == ["ark:-", "ark:-"], sys.argv
if unknown := set(given) - set(OPTIONS[name]):
    sys.exit(f"ERROR ({{name}}) Invalid option {{unknown}}")

data = sys.stdin.buffer.read()
if name == "process-kaldi-pitch-feats":
    sys.stdout.buffer.write(data)
    sys.exit()
key, _, riff = data.partition(b" ")
with wave.open(io.BytesIO(riff)) as source:
    assert (source.getnchannels(), source.getsampwidth()) == (1, 2)
    if source.getframerate() != int(given.pop("sample-frequency")):
        sys.exit(0)  # Kaldi skips the file and is content
    samples = np.frombuffer(source.readframes(source.getnframes()), "<i2")
if len(samples) < 400:
    print("WARNING (compute) too short", file=sys.stderr)
    sys.exit(0)
extractor = (kaldi_mfcc if name == "compute-mfcc-feats" else kaldi_pitch).EXTRACTOR
settings = extractor.complete({{}})
for option, text in given.items():
    kind = type(settings[option.replace("-", "_")])
    settings[option.replace("-", "_")] = text == "true" if kind is bool else kind(text)
result = extractor.make(settings)((samples / 32768).astype("f"))
kaldiio.save_ark(sys.stdout.buffer, {{key.decode(): result}})
"""
FRAMES = ["sample-frequency", "frame-length", "frame-shift", "snip-edges"]
OPTIONS = {  # as Kaldi's feature-mfcc.h, feature-window.h, mel-computations.h and pitch-functions.h register them
    "compute-mfcc-feats": [
        *FRAMES,
        *("dither", "window-type", "preemphasis-coefficient", "remove-dc-offset", "num-mel-bins", "low-freq"),
        *("high-freq", "num-ceps", "use-energy", "energy-floor", "raw-energy", "cepstral-lifter"),
    ],
    "compute-kaldi-pitch-feats": [
        *FRAMES,
        *("min-f0", "max-f0", "soft-min-f0", "penalty-factor", "lowpass-cutoff", "resample-frequency", "delta-pitch"),
        *("nccf-ballast", "lowpass-filter-width", "upsample-filter-width"),
    ],
    "process-kaldi-pitch-feats": [
        *("pitch-scale", "pov-scale", "pov-offset", "delta-pitch-scale", "delta-pitch-noise-stddev"),
        *("normalization-left-context", "normalization-right-context", "delta-window", "delay", "add-pov-feature"),
        *("add-normalized-log-pitch", "add-delta-pitch", "add-raw-log-pitch"),
    ],
}


@pytest.fixture
def kaldi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "kaldi" / "src" / "featbin"
    folder.mkdir(parents=True)
    for name in OPTIONS:
        (folder / name).write_text(PROGRAM.format(python=sys.executable, options=OPTIONS))
        (folder / name).chmod(0o755)
    monkeypatch.setenv("KALDI_ROOT", str(tmp_path / "kaldi"))
    return folder


@pytest.mark.parametrize(
    ("extractor", "parameters"),
    [("kaldi_mfcc", {"num_ceps": 12, "use_energy": True, "low_freq": 40.0}), ("kaldi_pitch", {"max_f0": 500.0})],
)
def test_the_programs_get_every_option_and_the_exact_samples(kaldi, extractor, parameters):
    module = base.load_extractor(extractor)
    native = module.complete(parameters)
    samples = np.random.default_rng(0).integers(-32_768, 32_768, 6_000).astype(np.float32) / 32_768
    assert np.array_equal(module.make({**native, "backend": "kaldi"})(samples), module.make(native)(samples))


def test_an_utterance_that_kaldi_leaves_out_is_an_error(kaldi):
    module = base.load_extractor("kaldi_mfcc")
    compute = module.make(module.complete({"backend": "kaldi"}))
    with pytest.raises(InputError, match="compute-mfcc-feats left the utterance out: WARNING"):
        compute(np.zeros(300, np.float32))
    with pytest.raises(InputError, match=r"ended with status 1: ERROR .* Invalid option"):
        kaldi_tools.run([str(kaldi / "compute-mfcc-feats"), "--nonsense=1"], b"")


def test_an_assertion_is_reported_and_not_a_frame_of_the_stack():
    stderr = (
        "WARNING (tool[5.5]:main():a.cc:1) first\nASSERTION_FAILED (tool[5.5]:f():b.cc:9) Assertion failed: (x)\n"
        "\n[ Stack-Trace: ]\ntool(kaldi::MessageLogger::LogMessage() const+0x7) [0x5]\nlibc.so.6(+0x2) [0x7]\n"
    )
    command = ["/bin/sh", "-c", 'printf "%s" "$0" >&2; exit 6', stderr]
    with pytest.raises(InputError, match=r"status 6: ASSERTION_FAILED .* Assertion failed: \(x\)$"):
        kaldi_tools.run(command, b"")


def test_a_missing_kaldi_says_where_it_was_looked_for(tmp_path, monkeypatch):
    module = base.load_extractor("kaldi_pitch")
    monkeypatch.setenv("KALDI_ROOT", str(tmp_path))
    with pytest.raises(InputError, match=f"no compute-kaldi-pitch-feats in KALDI_ROOT={tmp_path}"):
        module.make(module.complete({"backend": "kaldi"}))
    monkeypatch.delenv("KALDI_ROOT")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="in PATH"):
        module.make(module.complete({"backend": "kaldi"}))
