"""Feature extraction per core against the real programs and the library used file by file, and over the cores.

The utterances are those of a folder of wav files, or every fourth of the EMO-DB that comes with xser. Per core: one
process, CPU milliseconds an utterance, reading the file included. The programs are Kaldi's (below $KALDI_ROOT or on
PATH) and SMILExtract (on PATH), each where it is there. Over the cores: a whole corpus into an archive by 1 and 2
workers. What reading costs alone says how much one pass for several feature sets could save.

    python benchmarks/extraction.py [--quick] [--speech FOLDER] [--json FILE]
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from measurement import HERE, command_line, write_json
from threadpoolctl import threadpool_limits
from turns import Variant, medians, serve, take_turns

from xser.data_dir import Utterance, write_data_dir
from xser.features import audio
from xser.features.base import load_extractor
from xser.features.extract import extract, features_of, keep_memory
from xser.features.kaldi_tools import find_tool

EMODB = HERE.parent / "resources" / "emodb" / "wav"
COPIES = 4
SETS: dict[str, tuple[str, dict[str, Any]]] = {
    "MFCC": ("kaldi_mfcc", {}),
    "pitch": ("kaldi_pitch", {}),
    "IS09": ("opensmile", {"set": "IS09"}),
}
Work = Callable[[], None]


def utterances(speech: Path, copies: int = 1) -> list[Utterance]:
    """All wav files of a folder as utterances of one speaker, each as often as asked for."""
    paths = sorted(p.relative_to(speech).as_posix() for p in speech.rglob("*.wav")) * copies
    ids = [f"s-{i:05}" for i in range(len(paths))]
    return [
        Utterance(utterance=i, speaker="s", recording=i, path=p, label="", language="deu")
        for i, p in zip(ids, paths, strict=True)
    ]


def ours(name: str, speech: Path) -> Work:
    """Read and extract every utterance as the extraction job does, in one process."""
    keep_memory()  # and one thread, as in the extraction job
    threadpool_limits(1)
    chosen, given = SETS[name]
    extractor = load_extractor(chosen)
    settings = extractor.complete(given)
    compute, columns, listed = extractor.make(settings), extractor.names(settings), utterances(speech)

    def work() -> None:
        for u in listed:
            assert not isinstance(features_of(u, speech, compute, extractor.min_samples, columns), str)

    return work


def reading(_: str, speech: Path) -> Work:
    """Read every utterance, extract nothing."""
    paths = [speech / u.path for u in utterances(speech)]
    return lambda: [audio.load(path) for path in paths] and None


def plain(name: str, speech: Path) -> Work:
    """Use the library file by file, as its documentation shows."""
    paths = [str(speech / u.path) for u in utterances(speech)]
    one = {"MFCC": _plain_mfcc, "pitch": _plain_pitch}.get(name) or _plain_smile(SETS[name][1]["set"])
    return lambda: [one(path) for path in paths] and None


def _plain_mfcc(path: str) -> np.ndarray:
    import kaldi_native_fbank as knf

    options = knf.MfccOptions()
    options.frame_opts.dither = 0
    options.use_energy = False
    samples, rate = soundfile.read(path, dtype="float32")
    mfcc = knf.OnlineMfcc(options)
    mfcc.accept_waveform(rate, (samples * 32768).tolist())
    mfcc.input_finished()
    return np.stack([mfcc.get_frame(i) for i in range(mfcc.num_frames_ready)])


def _plain_pitch(path: str) -> np.ndarray:
    import kaldi_native_fbank as knf

    samples, rate = soundfile.read(path, dtype="float32")
    extraction = knf.PitchExtractionOptions()
    extraction.samp_freq = rate
    return np.array(
        knf.compute_and_process_kaldi_pitch(extraction, knf.ProcessPitchOptions(), (samples * 32768).tolist())
    )


def _plain_smile(feature_set: str) -> Callable[[str], Any]:
    import opensmile

    smile = opensmile.Smile(opensmile.FeatureSet[feature_set], opensmile.FeatureLevel.Functionals)
    return lambda path: smile.process_file(path)


def programs(name: str, speech: Path) -> Work:
    """Run the real programs in one process each: Kaldi's on all files, SMILExtract on all files as one recording."""
    folder, paths = Path(tempfile.mkdtemp()), [speech / u.path for u in utterances(speech)]
    (folder / "wav.scp").write_text("".join(f"s-{i:05} {path}\n" for i, path in enumerate(paths)))
    wavs, raw, nowhere = f"scp:{folder}/wav.scp", f"ark:{folder}/raw.ark", "ark:/dev/null"
    if name == "MFCC":
        commands = [[find_tool("compute-mfcc-feats"), "--dither=0", "--use-energy=false", wavs, nowhere]]
    elif name == "pitch":
        process = [find_tool("process-kaldi-pitch-feats"), "--delta-pitch-noise-stddev=0", raw, nowhere]
        commands = [[find_tool("compute-kaldi-pitch-feats"), wavs, raw], process]
    else:
        import opensmile

        samples = np.concatenate([soundfile.read(path, dtype="int16")[0] for path in paths])
        soundfile.write(recording := folder / "all.wav", samples, audio.RATE)
        config = Path(opensmile.__file__).parent / "core" / "config"
        parts = {
            "-C": config / "is09-13" / "IS09_emotion.conf",
            "-source": config / "shared" / "standard_wave_input.conf.inc",
            "-sink": config / "shared" / "standard_data_output.conf.inc",
            "-I": recording,
        }
        options = [str(word) for option in parts.items() for word in option]
        commands = [[shutil.which("SMILExtract") or "SMILExtract is not on PATH", "-noconsoleoutput", "1", *options]]
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # Kaldi's pitch wastes a third on idle threads otherwise

    def work() -> None:
        for command in commands:
            subprocess.run(command, env=one_thread, check=True, capture_output=True)

    return work


def whole(name: str, speech: Path, workers: int) -> Work:
    """Extract the folder, four times over, into an archive by some workers."""
    folder = Path(tempfile.mkdtemp())
    write_data_dir(folder, listed := utterances(speech, COPIES), {u.utterance: 1.0 for u in listed}, speech)
    files = [folder / f"out.{ending}" for ending in ("ark", "scp", "names")]
    extractor, given = SETS[name]
    return lambda: extract(folder / "utterances.tsv", speech, extractor, given, *files, threads=workers)


KINDS: dict[str, Callable[[str, Path], Work]] = {
    "xser": ours,
    "plain": plain,
    "program": programs,
    "reading": reading,
    "workers-1": lambda name, speech: whole(name, speech, 1),
    "workers-2": lambda name, speech: whole(name, speech, 2),
}


def measure(speech: Path, rounds: int) -> dict[str, Any]:
    """All numbers: CPU ms an utterance by feature set and kind, and the speed-up over two workers."""
    count = len(utterances(speech))
    seconds = sum(soundfile.info(p).duration for p in speech.rglob("*.wav")) / count
    found: list[dict[str, Any]] = []
    alone = take_turns(__file__, [Variant("reading", ("reading", "", str(speech)))], rounds)["reading"]
    found.append({"set": "", "kind": "reading", "cpu_ms": medians(alone).cpu / count * 1000})
    for name in SETS:
        turns = take_turns(__file__, [Variant(k, (k, name, str(speech))) for k in ("xser", "plain", "program")], rounds)
        if "program" in turns:
            print(f"{name:14} {medians(turns['xser']).cpu / medians(turns['program']).cpu:.2f} times the real program")
        for kind, took in turns.items():
            print(f"{name:14} {kind:9} {medians(took).cpu / count * 1000:6.2f} CPU ms an utterance", flush=True)
            found.append({"set": name, "kind": kind, "cpu_ms": medians(took).cpu / count * 1000})
        variants = [Variant(k, (k, name, str(speech))) for k in ("workers-1", "workers-2")]
        one, two = (medians(t).wall for t in take_turns(__file__, variants, rounds).values())
        print(f"{name:14} two workers {one / two:.2f} times as fast as one", flush=True)
        found.append({"set": name, "kind": "scaling", "speed_up": one / two})
    return {"utterances": count, "seconds": seconds, "rounds": rounds, "extraction": found}


def main() -> None:
    """Measure; print and write the numbers."""
    parser = command_line(__doc__, "two rounds", worker=3)
    parser.add_argument("--speech", type=Path, help="a folder of 16 kHz 16-bit mono wav files")
    options = parser.parse_args()
    if options.worker:
        kind, name, speech = options.worker
        serve(KINDS[kind](name, Path(speech)))
        return
    with tempfile.TemporaryDirectory() as folder:
        speech = options.speech.name if options.speech else "EMO-DB"
        if options.speech is None:
            options.speech = Path(folder)
            for path in sorted(EMODB.glob("*.flac"))[::4]:  # as wav, which the programs read
                soundfile.write(options.speech / f"{path.stem}.wav", *soundfile.read(path, dtype="int16"))
        result = {"speech": speech, **measure(options.speech, 2 if options.quick else 5)}
    write_json(options.json, result)


if __name__ == "__main__":
    main()
