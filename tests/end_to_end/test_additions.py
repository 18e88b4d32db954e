"""What changes most often is added in one place: the test of each addition names all files that it touches.

Corpus, feature set, classifier, network, metric and figure run in one study; protocol kind, row type, training-set
expression and parameter of a model in another.
"""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from configs import REPOSITORY
from projects import ran
from sklearn.metrics import matthews_corrcoef
from study import BASE, Study, hum, speak

READER = r'''"""Toy (made up): `{speaker}_{emotion}_{take}.wav`."""

from xser.corpora.names import NameReader

READER = NameReader(
    title="Toy",
    language="fra",
    pattern=r"(?P<speaker>s\d)_(?P<label>[a-z]{3})_\d",
    example="s1_col_1.wav",
    emotions={"col": "anger", "joi": "happiness", "tri": "sadness"},
    releases={36: "the whole toy"},
    speakers=4,
)
'''

MODEL = '''"""Nearest class mean on functionals."""

import numpy as np

from xser.models.functionals import Classifier
from xser.parameters import Parameter, number


class Centroids(Classifier):
    parameters = {"sharpness": Parameter(0.01, number(above=0), "made up")}

    def fit_one(self, x, y, parameters):
        return {"means": np.stack([x[y == k].mean(axis=0) for k in range(y.max() + 1)])}

    def decide(self, x, fitted, parameters):
        return -np.square(x[:, None] - fitted["means"]).sum(axis=2) * parameters["sharpness"]


MODEL = Centroids()
'''

NETWORK = '''"""Two dense layers on functionals."""

from xser.models.neural import TRAINING, NeuralModel
from xser.parameters import Parameter, changed, integer


class Perceptron(NeuralModel):
    parameters = {
        "units": Parameter(8, integer(1), "made up"),
        **TRAINING,
        **changed(TRAINING, "made up", epochs=5, learning_rate=0.01),
    }

    def layers(self, shape):
        return ["hidden"]

    def build(self, kit, frames, dims, heads, shape):
        from xser.models.tensorflow_setup import keras

        inputs = keras.Input((frames, dims), name="features")
        x = keras.layers.Flatten(name="flat")(inputs)
        x = keras.layers.Dense(shape["units"], activation="relu", name="hidden")(x)
        return keras.Model(inputs, kit.outputs(x, heads), name="perceptron")


MODEL = Perceptron()
'''

EXTRACTOR = '''"""Root-mean-square level and zero crossings of the utterance."""

import numpy as np

from xser.features.base import Extractor
from xser.parameters import Parameter, one_of


class Level(Extractor):
    parameters = {"decibels": Parameter(True, one_of(False, True), "made up")}

    def names(self, parameters):
        return ["level", "crossings"]

    def make(self, parameters):
        def compute(samples):
            level = np.sqrt(np.mean(samples.astype(float) ** 2))
            crossings = np.mean(np.diff(np.sign(samples)) != 0)
            return np.array([20 * np.log10(level + 1e-5) if parameters["decibels"] else level, crossings], np.float32)

        return compute


EXTRACTOR = Level()
'''

FIGURE = '''"""How many utterances each cell of a table rests on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xser import paths
from xser.figures import style
from xser.figures.base import Family, Inputs
from xser.files import read_tsv

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xser.figures.view import View


class Counts(Family):
    shows = "table"
    title = "Tested utterances"
    sources = paths.table("{table}", "tsv")

    def inputs(self, view: "View") -> dict[str, list[str]]:
        return {"table": [paths.table(view.table, "tsv")]}

    def settings(self, view: "View") -> dict[str, Any]:
        return {"titles": view.titles()}

    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        cells = [cell for cell in read_tsv(inputs["table"][0]) if cell["n"]]
        figure = style.new_figure(4, 2)
        figure.subplots().barh([settings["titles"][c["test"]] for c in cells], [int(c["n"]) for c in cells])
        return figure


FAMILY = Counts()
'''

METRICS = "workflow_scripts/xser/evaluation/metrics.py"
METRIC = (
    (REPOSITORY / METRICS)
    .read_text(encoding="utf-8")
    .replace(
        "METRICS = (ACCURACY, UAR, F1)",
        '''def matthews(confusion: np.ndarray) -> np.ndarray:
    """Matthews' correlation coefficient of several classes (Gorodkin 2004), the mean over seeds."""
    answers, true = confusion.sum(axis=-2), confusion.sum(axis=-1)
    n, padded = true.sum(axis=-1), np.concatenate([true, np.zeros_like(true[..., :1])], axis=-1)
    joint = n * _right(confusion).sum(axis=-1) - (answers * padded).sum(axis=-1)
    spread = np.sqrt((n**2 - (answers**2).sum(axis=-1)) * (n**2 - (true**2).sum(axis=-1)))
    return np.divide(joint, spread, out=np.zeros_like(spread), where=spread > 0).mean(axis=-1)


MCC = Metric("mcc", "MCC", matthews, low=-1.0, form=RATIO)
METRICS = (ACCURACY, UAR, F1, MCC)''',
    )
)

EXTRACTOR_ENTRY = {"extractor": "opensmile", "set": "eGeMAPSv02"}
ADDED = {  # what is added -> the files that it touches, beside config.yaml
    "corpus": {"workflow_scripts/xser/corpora/toy.py": READER},
    "classifier": {"workflow_scripts/xser/models/centroids.py": MODEL},
    "network": {"workflow_scripts/xser/models/perceptron.py": NETWORK},
    "feature set": {"workflow_scripts/xser/features/level.py": EXTRACTOR},
    "figure": {
        "workflow_scripts/xser/figures/counts.py": FIGURE,
        "report/counts.rst": "How many utterances were tested.\n",
    },
    "metric": {METRICS: METRIC},
}


def _entries() -> dict[str, Any]:
    """One config entry each for the corpus, the feature set, the model's system and the table."""
    return {
        "emotions": ["anger", "happiness", "sadness"],
        "corpora": {"toy": {"title": "Toy", "root": "toy", "paper": {"test": ["s2"]}}},
        "features": {"voice": EXTRACTOR_ENTRY, "level": {"extractor": "level", "decibels": False}},
        "systems": {
            "voice-centroids": {"features": "voice", "model": "centroids", "parameters": {"sharpness": 0.02}},
            "level-perceptron": {"features": "level", "model": "perceptron", "parameters": {"units": 4}},
        },
        "tables": {
            "toys": {
                "columns": ["toy"],
                "rows": [{"system": s, "train": "same"} for s in ("voice-centroids", "level-perceptron")],
            }
        },
    }


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("additions") / "study"
    pitches = {"col": 220, "joi": 160, "tri": 110}
    for s in range(1, 5):
        for label, pitch in pitches.items():
            for take in range(1, 4):
                hum(folder / "toy" / f"s{s}_{label}_{take}.wav", 0.8, pitch + 3 * s + take, seed=s)
    result = Study(folder, **_entries())
    for files in ADDED.values():
        for name, text in files.items():
            result.path(name).write_text(text, encoding="utf-8")
    result.run("toys", "report")
    return result


def test_the_table_with_all_of_them_runs(study: Study) -> None:
    cell, network = study.rows("results/tables/toys.tsv")
    assert (network["system"], network["n"]) == ("level-perceptron", "36")
    assert (cell["system"], cell["test"], cell["n"], cell["speakers"]) == ("voice-centroids", "toy", "36", "4")
    assert float(cell["uar"]) > 0.8, "pitch tells the made-up emotions"
    assert study.path("results/features/voice/toy.names.txt").read_text(encoding="utf-8").startswith("F0semitone")
    assert study.path("results/features/level/toy.names.txt").read_text(encoding="utf-8") == "level\ncrossings\n"
    scaling = {line["system"]: line["scaling"] for line in study.rows("results/audit/toys.tsv")}
    assert scaling["voice-centroids"] == "fitted on training and development utterances"


def test_a_metric_stands_with_its_interval_wherever_metrics_are_shown(study: Study) -> None:
    """In the table's TSV, Markdown and LaTeX and on the summary page, and it is scikit-learn's."""
    predicted = study.rows("results/predictions/speakers/voice-centroids/toy/toy.tsv")
    cell, _ = study.rows("results/tables/toys.tsv")
    truth, answers = ([line[column] for line in predicted] for column in ("truth", "prediction"))
    assert float(cell["mcc"]) == pytest.approx(matthews_corrcoef(truth, answers), abs=1e-6)
    value, low, high = (f"{float(cell[f'mcc{end}']):.2f}" for end in ("", "_low", "_high"))
    assert -1 <= float(low) < float(value) <= float(high) <= 1
    texts = {end: study.path(f"results/tables/toys.{end}").read_text(encoding="utf-8") for end in ("md", "tex")}
    assert re.search(rf"\| MCC +\| {re.escape(f'{value} [{low}–{high}]')}", texts["md"])
    assert f" & MCC & {value} {{\\scriptsize [{low}, {high}]}}" in texts["tex"]
    page = re.sub(r"<[^>]+>", "", study.path("results/summary.html").read_text(encoding="utf-8"))
    assert f"MCC{value} [{low}–{high}]" in page


def test_each_touches_one_file_a_figure_its_caption_too(study: Study) -> None:
    assert study.touched() == {"config.yaml", *(name for files in ADDED.values() for name in files)}
    assert {len(files) for what, files in ADDED.items() if what != "figure"} == {1}
    assert set(_entries()["features"]).isdisjoint(BASE["features"])


def test_a_family_of_figures(study: Study) -> None:
    """Drawn, in the report and on the summary page, priced; and a change to it draws nothing else."""
    figures = {p.name for p in study.path("results/figures").iterdir()}
    assert {"toys-counts.svg", "toys-counts.png", "toys-confusion-speakers.svg"} <= figures
    page = study.path("results/summary.html").read_text(encoding="utf-8")
    assert 'id="figure-toys-counts"' in page
    assert "How many utterances were tested." in page
    assert "core-hours" in study.run("estimate")
    module = study.path("workflow_scripts/xser/figures/counts.py")
    module.write_text(FIGURE.replace("(4, 2)", "(4, 3)"), encoding="utf-8")
    planned = study.run("--dry-run", "report", "--logger-xser-plain")
    assert set(re.findall(r"^Job \d+: (\w+)", planned, re.MULTILINE)) == {"draw_counts", "make_summary", "report"}
    module.write_text(FIGURE, encoding="utf-8")


# -- a kind of protocol, a kind of row, a word of training sets, a parameter of a model -------------------------

PROTOCOL = '''

@dataclass(frozen=True)
class LastSpeakers(Protocol):
    """The last speakers of a corpus are tested."""

    number: int = 1
    kind = "last"

    def describe(self) -> str:
        return f"the last {self.number} speakers are tested"

    def _split(self, items: Sequence[Item], corpus: str, test: Any, dev: Any) -> Split:
        *others, developing = sorted({x.speaker for x in items})[: -self.number]
        return Split(items, [_parts(items, {x.speaker for x in items} - {*others, developing}, {developing})])
'''

ROW = '''class Several(RowKind):
    """`systems: [...]`: a row for each of some systems."""

    def fits(self, entry: Entry) -> bool:
        return "systems" in entry

    def problems(self, entry: Entry, corpora: Mapping[str, Corpus], systems: Mapping[str, System]) -> Iterator[str]:
        for system in entry["systems"]:
            yield from super().problems({**entry, "system": system}, corpora, systems)

    def rows(self, entry: Entry, number: int, columns: Sequence[str], corpora: Mapping[str, Corpus]) -> Iterator[Row]:
        for system in entry["systems"]:
            yield self.row(entry, number, columns, system=system)


'''

EDITED = {  # file -> what is replaced by what in it
    "workflow_scripts/xser/splits/protocols.py": ("\n\ndef _next_speakers(", PROTOCOL + "\n\ndef _next_speakers("),
    "workflow_scripts/xser/config/tables.py": ("ROW_KINDS = (", ROW + "ROW_KINDS = (Several(), "),
    "workflow_scripts/xser/config/trainsets.py": (
        "WORDS = {",
        'WORDS = {\n    "first": Word(lambda corpora, test: _others(corpora, test)[:1]),',
    ),
    "workflow_scripts/xser/models/logreg.py": (
        '        "max_iter"',
        '        "tol": Parameter(1e-4, number(above=0), "made up: when to stop"),\n        "max_iter"',
    ),
    "schemas/config.schema.json": None,
}


def _extend_schema(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    protocol = schema["properties"]["protocols"]["additionalProperties"]["properties"]
    protocol["kind"]["enum"].append("last")
    protocol["number"] = {"type": "integer", "minimum": 1, "maximum": 100}
    row = schema["properties"]["tables"]["additionalProperties"]["properties"]["rows"]["items"]["properties"]
    row["systems"] = {"type": "array", "minItems": 1, "items": {"type": "string"}}
    path.write_text(json.dumps(schema), encoding="utf-8")


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("extended") / "study"
    corpora = {}
    for c, name in enumerate(("one", "two", "zoo")):
        rows = [
            (f"{s}{e}{k}.wav", f"s{s}", e, 100 * (i + 1) + 3 * s + k + c)
            for s in range(4)
            for i, e in enumerate(("anger", "happiness", "sadness"))
            for k in range(2)
        ]
        speak(folder / name, rows)
        mapping = {e: e for e in ("anger", "happiness", "sadness")}
        corpora[name] = {"root": name, "reader": "table", "language": "fra", "mapping": mapping}
    row = {"systems": ["is09-logreg", "is09-svc"], "train": "first"}
    result = Study(
        folder,
        emotions=["anger", "happiness", "sadness"],
        protocols={"end": {"kind": "last", "number": 2}},
        protocol=["end"],
        models={"logreg": {"tol": 0.5}},
        corpora=corpora,
        tables={"few": {"columns": ["one", "two"], "rows": [row]}},
    )
    for name, change in EDITED.items():
        if change:
            text = result.path(name).read_text(encoding="utf-8")
            assert text.count(change[0]) == 1
            result.path(name).write_text(text.replace(*change), encoding="utf-8")
        else:
            _extend_schema(result.path(name))
    result.run("all")
    return result


def test_a_kind_of_protocol_and_of_row_and_a_word_of_training_sets(extended: Study) -> None:
    """Each in one file and the schema: what they are is shown by the table, the splits and the pages."""
    cells = extended.rows("results/tables/few.tsv")
    assert [(c["system"], c["train"], c["test"]) for c in cells] == [
        (system, train, test)
        for system in ("is09-logreg", "is09-svc")
        for train, test in (("two", "one"), ("one", "two"))
    ]
    assert {(c["protocol"], c["n"], c["speakers"]) for c in cells} == {("end", "12", "2")}
    split = extended.rows("results/splits/end/one.tsv")
    assert {line["speaker"]: line["fold_0"] for line in split} == {
        "one_s0": "train", "one_s1": "dev", "one_s2": "test", "one_s3": "test"
    }  # fmt: skip
    for page in ("results/summary.html", "results/audit.md"):
        assert "the last 2 speakers are tested" in extended.path(page).read_text(encoding="utf-8")
    config = extended.path("config.yaml").read_text(encoding="utf-8")
    extended.path("config.yaml").write_text(config.replace("train: first", "train: firsts"), encoding="utf-8")
    assert "tables.few, row 1: train: 'firsts': unknown corpus firsts" in extended.fail("--dry-run")
    extended.path("config.yaml").write_text(config, encoding="utf-8")


def test_they_touch_one_file_each_and_the_schema(extended: Study) -> None:
    assert extended.touched() == {*EDITED, "config.yaml"}


def test_a_parameter_of_a_model_is_checked_used_and_documented(extended: Study) -> None:
    """From its one line: the config's value is checked and reaches the model, the table of docs/models.md follows."""
    config = extended.path("config.yaml").read_text(encoding="utf-8")
    extended.path("config.yaml").write_text(config.replace("tol: 0.5", "tol: -1"), encoding="utf-8")
    assert "models.logreg.tol" in extended.fail("--dry-run")
    extended.path("config.yaml").write_text(config.replace("tol: 0.5", "tol: 0.25"), encoding="utf-8")
    assert "train_models end is09-logreg two" in extended.run("--dry-run", "all", "--logger-xser-plain")
    extended.path("config.yaml").write_text(config, encoding="utf-8")
    script = extended.path("tests/parameter_tables.py")
    script.parent.mkdir()
    shutil.copy(REPOSITORY / "tests/parameter_tables.py", script)
    assert ran(extended.folder, sys.executable, str(script)).returncode == 0
    docs = extended.path("docs/models.md").read_text(encoding="utf-8").splitlines()
    assert set(docs) - set((REPOSITORY / "docs/models.md").read_text(encoding="utf-8").splitlines()) == {
        "| `tol` | 0.0001 | made up: when to stop |"
    }
