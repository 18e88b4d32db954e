"""No file that a user's data can bring runs code, starts a program, imports a module or writes where it should not.

Each case is a hostile file of one format, read through the entry point of the rule that reads it, in a process whose
audit hook sees all that Python does (guard.py). A case must end as it must, in a result or in one InputError.
"""

import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import exported
import numpy as np
import pytest
from configs import REPOSITORY
from entries import FILES
from guard import CANARY
from payloads import (
    BOMBS,
    COMMAND,
    FORGERIES,
    HEADER,
    PICKLE,
    TABLE,
    TAGS,
    corpus,
    extension_parquet,
    forged_keras,
    npy,
    npz,
    objects_parquet,
    rewritten,
    wav,
)
from tiny_corpus import corpus as speech

from xser.features import archives
from xser.files import write_text


@dataclass(frozen=True)
class Outcome:
    """What became of one case; `message` is an InputError's text."""

    name: str
    outcome: str
    message: str
    breaches: list[str]


def watch(folder: Path, cases: dict[str, Any], *imports: str) -> dict[str, Outcome]:
    """Run cases (see guard.py) in one process under the audit hook."""
    (folder / "out" / "tmp").mkdir(parents=True, exist_ok=True)
    plan = folder / "cases.json"
    plan.write_text(json.dumps({"imports": imports, "writable": str(folder / "out"), "cases": cases}))
    here = Path(__file__).parent
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{REPOSITORY / 'workflow_scripts'}:{here}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(folder / "out" / "tmp"),
        "HOME": str(folder / "out"),
    }
    command = [sys.executable, str(here / "guard.py"), str(plan)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [Outcome(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith('{"name"')]
    assert [line.name for line in lines] == list(cases), done.stderr
    return {line.name: line for line in lines}


def dataset(folder: Path) -> Path:
    """Features, labels and a split of four speakers."""
    speech(folder, "own")
    return folder


def of_corpus(folder: Path, name: str, reader: str, files: dict[str, bytes | str]) -> dict[str, Any]:
    """A case: a corpus with some hostile files, read."""
    root = corpus(folder / name)
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
    out = str(folder / "out" / name)
    options = {"language": "deu"} if reader == "table" else {}
    arguments = {"reader": reader, "root": str(root), "folder": out, "options": options}
    return {"entry": "entries:read_corpus", "arguments": arguments, "data": str(root)}


@pytest.mark.fault(
    "data",
    "YAML tags and aliases, pickles beside tables or named as tables, tables in other folders, Parquet with pickled "
    "types, commands as file names, in a corpus",
    "an error that names the file, or nothing",
    "nothing ran, nothing was written outside the results",
)
def test_corpora(tmp_path: Path) -> None:
    cases: dict[str, Any] = {}
    refused = set()

    def add(name: str, reader: str, files: dict[str, bytes | str], refuse: bool = True) -> None:
        cases[name] = of_corpus(tmp_path, name.replace(" ", "_"), reader, files)
        refused.update({name} if refuse else ())

    for name, line in TAGS.items():
        add(f"audformat, {name}", "audformat", {"db.yaml": HEADER + line, "db.emotion.csv": TABLE})
    add("audformat, pickle only", "audformat", {"db.yaml": HEADER, "db.emotion.pkl": PICKLE})
    add("audformat, pickle named as Parquet", "audformat", {"db.yaml": HEADER, "db.emotion.parquet": PICKLE})
    add("audformat, pickle named as CSV", "audformat", {"db.yaml": HEADER, "db.emotion.csv": PICKLE})
    outside = f"../../{CANARY}:"
    for kind, header in {
        "table": HEADER.replace("  emotion:", f"  {outside}", 1),
        "misc table": f"{HEADER}misc_tables:\n  {outside}\n    levels: {{speaker: str}}\n    columns: {{}}\n",
    }.items():
        add(f"audformat, {kind} in another folder", "audformat", {"db.yaml": header, "db.emotion.csv": TABLE})
    aliases = ["x0: &x0 [1]", *(f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 9)}]" for i in range(1, 10))]
    header = HEADER + "\n".join(aliases)
    add("audformat, aliases for 400 million values", "audformat", {"db.yaml": header, "db.emotion.csv": TABLE})
    for name, files in {
        "a pickle beside a CSV": {"db.emotion.csv": TABLE, "db.emotion.pkl": PICKLE},
        "Parquet with an extension": {"db.emotion.parquet": extension_parquet()},
        "Parquet with objects": {"db.emotion.parquet": objects_parquet()},
    }.items():
        add(f"audformat, {name}", "audformat", {"db.yaml": HEADER, **files}, False)
    for name, row, refuse in (
        ("a command as a path", f"{COMMAND} |,s1,anger", True),
        ("a path out of the folder", "../../../etc/passwd,s1,anger", True),
        ("a formula", f"a.wav,=cmd|' /C {COMMAND}'!A0,anger\nb.wav,s2,anger", False),
    ):
        add(f"table, {name}", "table", {"utterances.csv": f"file,speaker,emotion\n{row}\n"}, refuse)
    modules = ("xser.corpora.audformat", "audformat", "pandas", "pyarrow.parquet", "xser.corpora.table")
    found = watch(tmp_path, cases, "entries", "read_corpus", *modules, "soundfile", "soxr", "xser.features.audio")
    check(found, refused, tmp_path)


def check(found: dict[str, Any], refused: set[str], folder: Path) -> None:
    """No breach, no traceback, the end that each case must have, and no canary anywhere."""
    for name, line in found.items():
        assert line.breaches == [], name
        assert line.outcome in ("done", "InputError"), f"{name}: {line.outcome}"
        assert (line.outcome == "InputError") == (name in refused), f"{name}: {line.outcome} {line.message}"
    assert [p for p in folder.rglob(f"{CANARY}*") if p.suffix != ".py"] == []
    assert not Path(CANARY).exists()


AUDIO = {"wav": {}, "flac": {}, "mp3": {}, "ogg": {}, "aiff": {}, "w64": {"format": "W64"}, "rf64": {"format": "RF64"}}


@pytest.mark.fault(
    "data",
    "headers of wav, FLAC, MP3, OGG, AIFF, W64 and RF64 overwritten at random",
    "an error that names the file, or the result",
    "nothing ran",
)
def test_audio_headers(tmp_path: Path) -> None:
    random, cases = np.random.default_rng(1), {}
    for ending, how in AUDIO.items():
        for k in range(6):
            name = f"{ending} {k}"
            cases[name] = of_corpus(tmp_path, name.replace(" ", "_"), "table", {})
            root = Path(cases[name]["data"])
            wav(root / f"c.{ending}", **how)
            data = bytearray((root / f"c.{ending}").read_bytes())
            for at in random.integers(0, min(len(data), 60), 4):
                data[at] = random.integers(256)
            (root / f"c.{ending}").write_bytes(data)
            write_text(root / "utterances.csv", f"file,speaker,emotion\na.wav,s1,anger\nc.{ending},s2,anger\n")
    found = watch(tmp_path, cases, "entries", "read_corpus", "xser.corpora.table", "soundfile", "soxr")
    check(found, {n for n, line in found.items() if line.outcome == "InputError"}, tmp_path)


@pytest.mark.fault("data", "YAML tags in the config", "an error that names file and line", "nothing ran")
def test_config(tmp_path: Path) -> None:
    cases = {}
    for k, (name, line) in enumerate(TAGS.items()):
        path = tmp_path / f"config{k}.yaml"
        write_text(path, f"emotions: [anger]\n{line}")
        cases[name] = {"entry": "entries:read_config", "arguments": {"path": str(path)}, "data": str(tmp_path / "data")}
    check(watch(tmp_path, cases, "entries", "xser.config.file"), set(cases), tmp_path)


@pytest.mark.fault(
    "data",
    "pipes and commands in an scp, pickles and objects in an archive of features",
    "an error that names the file and line",
    "nothing ran",
)
def test_features(tmp_path: Path) -> None:
    data, cases = dataset(tmp_path / "data"), {}
    first = archives.entries(data / FILES["scp"])[0].utterance
    (data / "evil.npy").write_bytes(npy(BOMBS))
    (data / "evil.ark").write_bytes(f"{first} ".encode() + b"PKL" + PICKLE)
    (data / "numpy.ark").write_bytes(f"{first} ".encode() + b"NPY" + npy(BOMBS))
    at = len(first) + 1
    lines = {
        "pipe out": f"{COMMAND} |",
        "pipe in": f"| {COMMAND}",
        "pipe with an offset": f"{COMMAND} |:0",
        "standard input": "-",
        "pickle in an ark": f"{data}/evil.ark:{at}",
        "pickled npy in an ark": f"{data}/numpy.ark:{at}",
        "npy": f"{data}/evil.npy:0",
        "shell in a path": f"$({COMMAND}):0",
        "a device": "/dev/zero:0",
    }
    rest = (data / FILES["scp"]).read_text().splitlines(keepends=True)[1:]
    for k, (name, place) in enumerate(lines.items()):
        source, out = data / f"evil{k}.scp", tmp_path / "out" / f"f{k}"
        write_text(source, "".join([f"{first} {place}\n", *rest]))
        arguments = {"utterances": str(data / FILES["utterances"]), "source": str(source), "folder": str(out)}
        cases[name] = {"entry": "entries:import_features", "arguments": arguments, "data": str(data)}
    found = watch(tmp_path, cases, "entries", "import_features", "kaldiio")
    check(found, set(cases), tmp_path)


@pytest.mark.slow
@pytest.mark.fault(
    "data",
    "models with Lambda layers or foreign modules, pickled arrays, zip entries out of the folder, forged manifests",
    "an error that names the archive, or the right result",
    "nothing ran, nothing was written outside the results",
)
def test_models(tmp_path: Path) -> None:
    data, out, cases = dataset(tmp_path / "data"), tmp_path / "out", {}
    write_text(data / f"{CANARY}.py", f"open({CANARY!r}, 'w')\n")
    kinds: dict[str, dict[str, Any]] = {"logreg": {}, "svc": {}, "lstm": {"layers": [2], "epochs": 1}}

    def training(name: str, kind: str, **more: str) -> dict[str, Any]:
        given = {"data": str(data), "folder": str(out / name), "model": kind, "parameters": kinds[kind], **more}
        return {"entry": "entries:train", "arguments": given, "data": str(data)}

    def predicting(archive: str) -> dict[str, Any]:
        given = {"data": str(data), "archive": archive, "folder": str(out)}
        return {"entry": "entries:predict", "arguments": given, "data": str(data)}

    made = {kind: training(kind, kind) for kind in kinds}
    assert {line.outcome for line in watch(tmp_path, made, "entries", "xser.models.training_loop").values()} == {"done"}
    right = {kind: out / kind / "models.zip" for kind in kinds}
    lstm = zipfile.ZipFile(right["lstm"]).read("fold0/seed0.keras")
    slip = {f"../../../{CANARY}": b"x", f"/tmp/{CANARY}": b"x"}
    evil = {
        "scaler of objects": ("logreg", {"fold0/scaler.npy": npy(BOMBS)}, {}),
        "scaler that is a pickle": ("logreg", {"fold0/scaler.npy": PICKLE}, {}),
        "logistic regression of objects": ("logreg", {"fold0/seed0.npz": npz(coef=BOMBS, heads=BOMBS)}, {}),
        "logistic regression that is a pickle": ("logreg", {"fold0/seed0.npz": PICKLE}, {}),
        "SVC of objects": ("svc", {"fold0/seed0.npz": npz(coef=BOMBS, heads=BOMBS)}, {}),
        **{f"Keras, {how}": ("lstm", {"fold0/seed0.keras": forged_keras(lstm, how)}, {}) for how in FORGERIES},
        "Keras that is a pickle": ("lstm", {"fold0/seed0.keras": PICKLE}, {}),
        "manifest names a module": ("logreg", {}, {"model": CANARY}),
        "manifest names a path": ("logreg", {}, {"model": f"../../{CANARY}"}),
        "manifest names a package": ("logreg", {}, {"model": "os"}),
        "manifest of another shape": ("logreg", {}, {"heads": "x", "folds": "many"}),
        "manifest without folds": ("logreg", {}, {"folds": 0}),
        "manifest of seeds out of the folder": ("logreg", {}, {"seeds": "../x"}),
        "manifest of one seed a million times": ("logreg", {}, {"seeds": [0] * 1_000_000}),
        "manifest of a list of models": ("logreg", {}, {"model": ["logreg"]}),
        "manifest of heads that are names": ("logreg", {}, {"heads": ["emotion"]}),
    }  # fmt: skip
    for k, (name, (kind, changes, manifest)) in enumerate(evil.items()):
        cases[name] = predicting(rewritten(right[kind], tmp_path / f"evil{k}.zip", changes, **manifest))
    start = rewritten(right["lstm"], tmp_path / "start.zip", {"fold0/seed0.keras": forged_keras(lstm, "lambda")})
    cases["a Lambda to fine-tune"] = training("tuned", "lstm", start=start)
    # A network is built from its parameters, never from what Keras wrote beside the weights: layers there are not read.
    refused = {name for name in cases if not name.startswith("Keras, ") and name != "a Lambda to fine-tune"}
    cases["entries that lead out of the folder"] = predicting(rewritten(right["lstm"], tmp_path / "slip.zip", slip))
    found = watch(tmp_path, cases, "entries", "xser.models.training_loop", "xser.models.svc", "sklearn.svm")
    check(found, refused, tmp_path)


@pytest.mark.fault(
    "data",
    "label files with commands, checksums of files elsewhere, rates and trainings of the cache that are pickles",
    "an error that names the file, or the result",
    "nothing ran",
)
def test_what_else_is_read(tmp_path: Path) -> None:
    data, out, cases = dataset(tmp_path / "data"), tmp_path / "out", {}
    out.mkdir()
    refused = set()

    def add(name: str, entry: str, refuse: bool, **given: Any) -> None:
        cases[name] = {"entry": f"entries:{entry}", "arguments": given, "data": str(data)}
        refused.update({name} if refuse else ())

    wav(tmp_path / "iemocap/Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav")
    label = "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt"
    line = f"[6.2 - 8.2]\t$({COMMAND})\tneu\t[2.5, 2.5, 2.5]\n"
    cases["IEMOCAP, a command as a turn"] = of_corpus(tmp_path, "iemocap", "iemocap", {label: line})
    wav(tmp_path / "cremad/AudioWAV/1001_IEO_ANG_HI.wav")
    table = f"ActorID,Age,Sex,Race,Ethnicity\n1001,40,=cmd|'{COMMAND}'!A0,x,x\n"
    cases["CREMA-D, a formula as a sex"] = of_corpus(tmp_path, "cremad", "cremad", {"VideoDemographics.csv": table})
    cases["CREMA-D, a pickle"] = of_corpus(tmp_path, "cremad2", "cremad", {"VideoDemographics.csv": PICKLE})
    refused |= set(cases)
    for k, record in enumerate((f"{'0' * 64}  ../../../etc/passwd\n", f"{'0' * 64}  | {COMMAND}\n", PICKLE)):
        path = data / f"study{k}/results/checksums/x.sha256"
        path.parent.mkdir(parents=True)
        path.write_bytes(record if isinstance(record, bytes) else record.encode())
        add(f"checksums {k}", "verify", False, folder=str(data / f"study{k}"))
    for k, content in enumerate((PICKLE, b"[" * 100_000, b'{"jobs": "__import__"}')):
        path = data / f"rates{k}/results/rates.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        add(f"rates {k}", "rates", True, folder=str(data / f"rates{k}"))
    fresh = {"data": str(data), "model": "logreg", "parameters": {}, "cache": str(out / "cache")}
    first = {"entry": "entries:train", "arguments": {**fresh, "folder": str(out / "first")}, "data": str(data)}
    assert watch(tmp_path, {"first": first}, "entries", "xser.models.logreg")["first"].outcome == "done"
    (cached,) = (out / "cache").iterdir()
    rewritten(cached, cached, {"scaler": npy(BOMBS), "model": PICKLE})
    add("cache, copied into an archive", "train", False, **fresh, folder=str(out / "second"))
    add("cache, used", "predict", True, data=str(data), archive=str(out / "second/models.zip"), folder=str(out))
    modules = ("xser.corpora.iemocap", "xser.corpora.cremad", "xser.cli.verify", "xser.estimate.costs", "opensmile")
    further = ("xser.models.logreg", "soxr", "soundfile", "read_corpus")
    check(watch(tmp_path, cases, "entries", *modules, *further), refused, tmp_path)


@pytest.mark.fault(
    "data",
    "an exported folder for `xser predict`: models of objects, cards that are pickles or name modules, paths or "
    "commands, devices in place of files, modules beside them; a list of recordings with commands, a pickle as WAV",
    "an error that names the file, or the result",
    "nothing ran, nothing was written",
)
def test_exported_folders(tmp_path: Path) -> None:
    cases, refused = {}, set()
    mine = tmp_path / "mine.wav"
    wav(mine)
    good = exported.folder(tmp_path / "good")
    card = json.loads((good / "card.json").read_text())

    def add(name: str, refuse: bool, cards: bytes | None = None, models: bytes | None = None, **more: Any) -> Path:
        folder = tmp_path / f"export{len(cases)}"
        shutil.copytree(good, folder)
        for file, data in (("card.json", cards), ("models.zip", models)):
            if data is not None:
                (folder / file).write_bytes(data)
        for place in ("sitecustomize", "xser", "opensmile", "numpy", CANARY):
            write_text(folder / f"{place}.py", f"open({CANARY!r}, 'w')\n")
        given = {"folder": str(folder), "recordings": [str(mine)], "lists": [], **more}
        cases[name] = {"entry": "entries:xser_predict", "arguments": given, "data": str(folder)}
        refused.update({name} if refuse else ())
        return folder

    def with_card(**changes: Any) -> bytes:
        return json.dumps({**card, **changes}).encode()

    def with_models(name: str, data: bytes) -> bytes:
        return Path(rewritten(good / "models.zip", tmp_path / "evil.zip", {name: data})).read_bytes()

    add("as it was exported", False)
    add("a scaler of objects", True, models=with_models("fold0/scaler.npy", npy(BOMBS)))
    add("a model of objects", True, models=with_models("fold0/seed0.npz", npz(coef=BOMBS)))
    add("models that are a pickle", True, models=PICKLE)
    add("entries that lead out of the folder", False, models=with_models(f"../../../{CANARY}", b"x"))
    add("a card that is a pickle", True, cards=PICKLE)
    add("a card of YAML", True, cards=TAGS["yaml runs a command"].encode())
    add("a card without end", True, cards=b"[" * 100_000)
    for extractor in (CANARY, "os", f"../../{CANARY}", f"{CANARY}.x", "archives", "__init__"):
        add(f"features by {extractor}", True, cards=with_card(features=[[extractor, {}]]))
    for parameters in ({"set": COMMAND}, {"config": f"/tmp/{CANARY}"}, {"set": {"__reduce__": COMMAND}}):
        add(f"features of {parameters}", True, cards=with_card(features=[["opensmile", parameters]]))
    add("a name that steers the terminal", True, cards=with_card(system="\33]0;" + COMMAND + "\7"))
    add("a further key", True, cards=with_card(**{"__class__": COMMAND}))
    for name, target in (("a device as card", "/dev/zero"), ("a folder as card", "/etc"), ("no card", None)):
        file = add(name, True) / "card.json"
        file.unlink()
        if target:
            file.symlink_to(target)
    (tmp_path / "list.txt").write_text(f"{COMMAND} |\n| {COMMAND}\n$({COMMAND})\n/dev/zero\n")
    add("a list of commands", True, lists=[str(tmp_path / "list.txt")])
    (tmp_path / "header.wav").write_bytes(b"RIFF\xff\xff\xff\xffWAVE" + PICKLE)
    add("a pickle as wav", False, recordings=[str(tmp_path / "header.wav"), "/dev/zero"])
    modules = ("opensmile", "xser.cli.predict", "xser.features.opensmile", "xser.models.logreg", "soxr", "soundfile")
    found = watch(tmp_path, cases, "entries", *modules)
    check(found, refused, tmp_path)
    assert "emodb" in found["as it was exported"].message
    assert found["a pickle as wav"].message.count("not usable") == 2
