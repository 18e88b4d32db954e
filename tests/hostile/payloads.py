"""Hostile files: whoever believes them runs COMMAND, or imports or makes a file named CANARY."""

import io
import json
import marshal
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import soundfile
from guard import CANARY

from xser.files import write_text

COMMAND = f"touch {CANARY}"
HEADER = """\
name: tiny
source: ''
usage: unrestricted
languages: [deu]
tables:
  emotion:
    type: filewise
    columns:
      emotion: {}
      speaker: {}
"""
TABLE = "file,emotion,speaker\na.wav,anger,s1\nb.wav,anger,s2\n"


class Bomb:
    """Unpickling it runs a command."""

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.system, (COMMAND,)


PICKLE = pickle.dumps(Bomb())


def wav(path: Path, **how: Any) -> None:
    """Half a second of noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal(8_000), 16_000, **how)


def corpus(root: Path) -> Path:
    """A folder with two recordings and a module that must not be imported."""
    wav(root / "a.wav")
    wav(root / "b.wav")
    write_text(root / f"{CANARY}.py", f"open({CANARY!r}, 'w')\n")
    return root


def extension_parquet() -> bytes:
    """A Parquet file whose extension type is a pickle (CVE-2023-47248)."""
    table = pa.table({"file": ["a.wav", "b.wav"], "emotion": ["anger", "anger"], "speaker": ["s1", "s2"]})
    metadata = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": PICKLE}
    fields = [
        table.schema.field("file"),
        pa.field("emotion", pa.string(), metadata=metadata),
        pa.field("speaker", pa.string()),
    ]
    out = io.BytesIO()
    pq.write_table(table.cast(pa.schema(fields)), out)
    return out.getvalue()


def objects_parquet() -> bytes:
    """A Parquet file whose pandas metadata asks for Python objects."""
    out = io.BytesIO()
    frame = pd.DataFrame({"file": ["a.wav", "b.wav"], "emotion": [PICKLE, PICKLE], "speaker": ["s1", "s2"]})
    frame.to_parquet(out)
    return out.getvalue()


TAGS = {
    "yaml runs a command": f"meta: !!python/object/apply:os.system ['{COMMAND}']\n",
    "yaml starts a program": f"meta: !!python/object/apply:subprocess.check_output [['touch', '{CANARY}']]\n",
    "yaml makes an object": f"meta: !!python/object/new:tuple [!!python/name:os.system , ['{COMMAND}']]\n",
    "yaml imports a module": f"meta: !!python/module:{CANARY} ''\n",
    "yaml evaluates": f"meta: !!python/object/apply:eval [\"open('{CANARY}', 'w')\"]\n",
    "yaml tag of its own": "meta: !anything x\n",
}


def npy(value: Any) -> bytes:
    """A .npy file, pickled where it must be."""
    out = io.BytesIO()
    np.save(out, value, allow_pickle=True)
    return out.getvalue()


def npz(**arrays: Any) -> bytes:
    """A .npz file of objects."""
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


BOMBS = np.array([Bomb()], dtype=object)


FORGERIES = ("lambda", "module", "import")


def forged_keras(good: bytes, where: str) -> bytes:
    """A .keras file like `good`, with a layer that runs code."""
    import codecs

    code = compile(f"open({CANARY!r}, 'w')", CANARY, "eval")
    text = codecs.encode(marshal.dumps(code), "base64").decode()  # as Keras saves the function of a Lambda layer
    function = {"class_name": "__lambda__", "config": {"code": text, "defaults": None, "closure": None}}
    layer: dict[str, Any] = {
        "lambda": {"module": "keras.layers", "class_name": "Lambda", "config": {"name": CANARY, "function": function}},
        "module": {"module": "os", "class_name": "system", "config": {"command": COMMAND}},
        "import": {"module": CANARY, "class_name": "Anything", "config": {}, "registered_name": f"{CANARY}>Anything"},
    }[where]
    source, out = zipfile.ZipFile(io.BytesIO(good)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                config = json.loads(content)
                config["config"]["layers"].append({**layer, "name": CANARY, "inbound_nodes": []})
                content = json.dumps(config).encode()
            target.writestr(name, content)
    return out.getvalue()


def rewritten(archive: Path, out: Path, changes: dict[str, bytes], **manifest: Any) -> str:
    """A zip with some entries replaced or added, and its manifest, if it is an archive of models, changed."""
    source = zipfile.ZipFile(archive)
    content = {name: source.read(name) for name in source.namelist()} | changes
    if manifest:
        content["manifest.json"] = json.dumps(json.loads(content["manifest.json"]) | manifest).encode()
    with zipfile.ZipFile(out, "w") as target:
        for name, data in content.items():
            target.writestr(name, data)
    return str(out)
