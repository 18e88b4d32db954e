"""Every stage that reads files, for the campaign of damage: what it reads, and what it makes of that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile
import tiny_corpus
import trees
from audited_tree import Tree
from configs import REPOSITORY
from made_figures import drawings
from made_results import CORPORA, EMOTIONS, WHO, Made
from matplotlib.backends.backend_agg import FigureCanvasAgg
from test_card import INPUTS, card_of
from test_readers import read
from test_summary import summarise

import audit_run
import combine_predictions
import compare_systems
import make_appendix
import make_spread
import make_table
import map_emotions
import merge_models
import predict_emotions
import score_predictions
import split_corpus
import train_models
from xser.config import file as config_file
from xser.config.study import Study
from xser.corpora import inspection
from xser.data_dir import check_root
from xser.errors import raise_all
from xser.estimate.costs import Costs
from xser.features import archives, paste
from xser.features.extract import extract
from xser.features.imported import import_features
from xser.figures.base import load_family
from xser.recognition import recordings
from xser.splits.from_file import SplitTable


@dataclass
class Stage:
    """What reads files: `act` returns what it makes; `own` files are the user's, of which nobody has a checksum."""

    name: str
    files: Sequence[Path]
    act: Callable[[], Any]
    own: bool = False
    share: float = 1  # of the cases: fewer where a case takes long, more where any byte counts


def content(*paths: str | Path) -> list[bytes]:
    """The bytes of some files."""
    return [Path(path).read_bytes() for path in paths]


def reading(root: Path) -> list[Stage]:
    """Recordings of every format and tables of every reader that has one."""
    noise = 0.1 * np.random.default_rng(0).standard_normal(8_000)
    endings = {"wav": "WAV", "flac": "FLAC", "ogg": "OGG", "mp3": "MP3", "aiff": "AIFF", "au": "AU", "rf64.wav": "RF64"}
    folder = root / "own"
    folder.mkdir(parents=True)
    for ending, form in endings.items():
        soundfile.write(folder / f"a.{ending}", noise, 16_000, format=form)
    rows = [f"a.{e},s{i},anger,{i}.5" for i, e in enumerate(endings)]
    (folder / "utterances.csv").write_text("\n".join(["file,speaker,emotion,arousal", *rows, ""]))
    audio = [folder / f"a.{e}" for e in endings]

    iemocap = root / "iemocap"
    turns = dict(list(trees.iemocap_turns().items())[:40])
    trees.plant(iemocap, trees.iemocap_names(turns))
    tables = [iemocap / name for name in trees.write_iemocap_labels(iemocap, turns)]
    cremad = root / "cremad"
    trees.plant(cremad, [f"AudioWAV/{actor}_IEO_ANG_HI.wav" for actor in (1001, 1002, 1003)])
    (cremad / "VideoDemographics.csv").write_text(trees.cremad_demographics((1001, 1002, 1003)))
    database = root / "audformat"
    trees.plant(database, ["a.wav", "b.wav", "c.wav"])
    header = "name: x\nsource: x\nusage: unrestricted\nlanguages: [deu]\ntables:\n  emotion:\n    type: filewise\n"
    (database / "db.yaml").write_text(f"{header}    columns:\n      emotion: {{}}\n      speaker: {{}}\n")
    frame = {"file": ["a.wav", "b.wav", "c.wav"], "emotion": ["joy", "rage", "joy"], "speaker": ["s1", "s2", "s3"]}
    pd.DataFrame(frame).to_csv(database / "db.emotion.csv", index=False)
    parquet = root / "parquet"
    trees.plant(parquet, ["a.wav", "b.wav", "c.wav"])
    (parquet / "db.yaml").write_bytes((database / "db.yaml").read_bytes())
    pd.DataFrame(frame).to_parquet(parquet / "db.emotion.parquet")

    def of(what: str, files: Sequence[Path], reader: str, folder: Path, **options: Any) -> Stage:
        out = root / f"out-{folder.name}"

        def act() -> Any:
            read(reader, folder, out, threads=1, **options)
            return content(*(out / name for name in ("utterances.tsv", "audio.tsv", "left_out.tsv", "wav.scp")))

        return Stage(f"read_corpus: {what}", files, act, own=True)

    return [
        of("recordings", audio, "table", folder, language="deu"),
        of("table", [folder / "utterances.csv"], "table", folder, language="deu"),
        of("IEMOCAP labels", tables[:3], "iemocap", iemocap),
        of("CREMA-D csv", [cremad / "VideoDemographics.csv"], "cremad", cremad),
        of("audformat csv", [database / "db.yaml", database / "db.emotion.csv"], "audformat", database),
        of("audformat parquet", [parquet / "db.emotion.parquet"], "audformat", parquet),
    ]


def data_directories(root: Path) -> list[Stage]:
    """Labels, splits, card and extraction of a corpus that was read."""
    source, folder = root / "hum", root / "data"
    names = [f"{s}_{e}_{n}.wav" for s in "abcdef" for e in ("joy", "rage") for n in range(2)]
    trees.plant(source, names)
    rows = [f"{n},{n[0]},{n.split('_')[1]},t{n[-5]}" for n in names]
    (source / "utterances.csv").write_text("\n".join(["file,speaker,emotion,text", *rows, ""]))
    read("table", source, folder, threads=1, language="deu")
    files = {name: folder / name for name in [*INPUTS.values(), "root.txt"]}
    out = root / "out-data"
    out.mkdir()

    def mapped(utt2emo: Path, table: Path) -> Any:
        map_emotions.main(
            corpus="own", utterances=files["utterances.tsv"], mapping={"joy": "happiness", "rage": "anger"}, select={},
            emotions=["anger", "happiness"], utt2emo=utt2emo, labels=table,
        )  # fmt: skip
        return content(utt2emo, table)

    mapped(files["utt2emo"], files["labels.tsv"])

    def split() -> Any:
        protocol = {"kind": "speakers", "folds": 3}
        where = [str(files[n]) for n in ("utterances.tsv", "utt2emo", "audio.tsv")]
        split_corpus.main(*where, str(out / "split.tsv"), "own", protocol, None, None)
        return content(out / "split.tsv")

    def described() -> Any:
        card_of("table", source, folder)
        return content(folder / "card.md", folder / "card.tsv")

    def extracted() -> Any:
        made = tiny_corpus.archive_files(out)
        extract(files["utterances.tsv"], source, "kaldi_mfcc", {}, *made)
        return content(*made)

    return [
        Stage("check_root", [files["root.txt"]], lambda: check_root(files["root.txt"], "own", str(source))),
        Stage("map_emotions", [files["utterances.tsv"]], lambda: mapped(out / "utt2emo", out / "labels.tsv")),
        Stage("split_corpus", [files[n] for n in ("utterances.tsv", "utt2emo", "audio.tsv")], split),
        Stage("describe_corpus", [folder / name for name in INPUTS.values()], described),
        Stage("extract_features", [files["utterances.tsv"]], extracted),
        Stage("extract_features: recordings", [source / names[0], source / names[5]], extracted, own=True),
    ]


def trainings(root: Path) -> list[Stage]:
    """Features pasted, merged, imported; models trained, merged, used."""
    data, out = root / "train", root / "out-train"
    ((scp,), (utterances,), (utt2emo,), (split,)) = files = tiny_corpus.corpus(data, "c")
    out.mkdir()
    second = tiny_corpus.write_archive(data, "g", {u: np.ones(2) for u in archives.read(scp)}, "y")
    made = tiny_corpus.archive_files(out)

    def train(models: Path, seeds: Sequence[int] = (0, 1), start: Path | None = None, **more: Any) -> list[bytes]:
        curves = models.with_suffix(".tsv")
        given = tiny_corpus.TRAINING | {"seeds": list(seeds), "part": more.pop("part", [0, 1])}
        train_models.main(*files, str(start) if start else None, str(models), str(curves), given, **more)
        return content(models, curves)

    parts = [data / "p0.zip", data / "p1.zip"]
    for number, part in enumerate(parts):
        train(part, part=[number, 2])
    whole, cache = data / "m.zip", data / "cache"
    train(whole)
    train(out / "c.zip", cache=cache, depends=[])
    cached = sorted(cache.iterdir())

    def merged() -> Any:
        archives.merge([Path(scp), second[1]], second[2], *made)
        return content(*made)

    def pasted() -> Any:
        paste.paste([Path(scp), second[1]], [data / "features/f/c.names.txt", second[2]], *made)
        return content(*made)

    def imported() -> Any:
        import_features(Path(utterances), Path(scp), *made)
        return content(*made)

    def merged_models() -> Any:
        curves = [str(p.with_suffix(".tsv")) for p in parts]
        merge_models.main(list(map(str, parts)), curves, str(out / "m.zip"), str(out / "m.tsv"))
        return content(out / "m.zip", out / "m.tsv")

    def predicted() -> Any:
        predict_emotions.main(scp, utterances, utt2emo, split, str(whole), str(out / "p.tsv"), "c")
        return content(out / "p.tsv")

    features = [Path(scp), Path(scp).with_suffix(".ark")]
    others = [Path(utterances), Path(utt2emo), Path(split)]
    return [
        Stage("merge_features", [*features, *second], merged),
        Stage("paste_features", [*features, data / "features/f/c.names.txt", *second], pasted),
        Stage("import_features", [*features, Path(utterances)], imported),
        Stage("train_models", [*features, *others], lambda: train(out / "t.zip")),
        Stage("train_models: cache", cached, lambda: train(out / "c.zip", cache=cache, depends=[])),
        Stage("merge_models", [*parts, *(p.with_suffix(".tsv") for p in parts)], merged_models),
        Stage("predict_emotions", [*features, *others], predicted),
        Stage("predict_emotions: models", [whole], predicted, share=20),
    ]


def results(made: Made) -> list[Stage]:
    """Scores, tables, comparisons, figures, pages."""
    out = Path(made.folder) / "out"
    runs = [run for protocol in ("paper", "speakers") for run in made.runs(protocol)]
    said, scores, details = (
        [Path(made.path(f"{kind}/{run}.{end}")) for run in runs]
        for kind, end in (("predictions", "tsv"), ("scores", "tsv"), ("scores", "details.tsv"))
    )
    left_out = Path(made.path("corpora/emodb/left_out.tsv"))
    settings = made.table_settings()
    statistics = {**settings, "confidence": 0.95, "samples": 20}
    table = {end: Path(made.path(f"tables/table2.{end}")) for end in ("tsv", "tex")}
    compared, spread = (Path(made.path(f"tables/table2.{name}.tsv")) for name in ("comparisons", "spread"))
    cards, audit = [Path(made.path(f"corpora/{c}/card.tsv")) for c in CORPORA], Path(made.path("audit.tsv"))
    out.mkdir()

    def made_of(main: Callable[..., None], *arguments: Any) -> Callable[[], Any]:
        def act() -> Any:
            names = [str(out / f"{main.__module__}.{i}") for i in range(3 if main is make_table.main else 2)]
            main(*arguments[:-1], *names, arguments[-1])
            return content(*names)

        return act

    pair = [said[0], said[2]]  # two systems on one corpus

    def combined() -> Any:
        combine_predictions.main(list(map(str, pair)), str(out / "c.tsv"), "vote", ["a", "b"], EMOTIONS)
        return content(out / "c.tsv")

    def scored() -> Any:
        score_predictions.main(str(said[2]), str(out / "s.tsv"), str(out / "d.tsv"), tiny_corpus.SCORING)
        return content(out / "s.tsv", out / "d.tsv")

    def appended() -> Any:
        given = {
            "config_digest": "0", "protocols": WHO, "seeds": [0],
            "corpora": [{"title": c, "licence": "x", "practice": False} for c in CORPORA],
        }  # fmt: skip
        make_appendix.main(
            tables=[str(table["tex"])], cards=list(map(str, cards)), audit=str(audit), tex=str(out / "a.tex"),
            settings=given,
        )  # fmt: skip
        return content(out / "a.tex")

    listed = list(map(str, scores)), list(map(str, details)), list(map(str, said))
    compared_again = made_of(compare_systems.main, listed[2], listed[0], statistics)
    stages = [
        Stage("score_predictions", [said[2]], scored),
        Stage("combine_predictions", pair, combined),
        Stage("make_table", [*scores[:2], left_out], made_of(make_table.main, listed[0], [str(left_out)], settings)),
        Stage("make_spread", [scores[4], *details[4:6]], made_of(make_spread.main, *listed[:2], settings)),
        Stage("compare_systems", [said[0], scores[0]], compared_again, share=0.5),
        Stage("make_appendix", [table["tex"], *cards, audit], appended),
        Stage("make_summary", [table["tsv"], compared, spread, *cards, audit], lambda: summarise(made)),
    ]  # fmt: skip
    for family, (inputs, given) in drawings(made).items():
        files = [Path(paths[0]) for paths in inputs.values()]

        def drawn(family: str = family, inputs: Any = inputs, given: Any = given) -> Any:
            figure = load_family(family).draw(inputs, {**given, "practice": True})
            figure.set_dpi(40)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            return bytes(canvas.buffer_rgba())

        stages.append(Stage(f"draw_figure: {family}", files, drawn, share=0.3))
    return stages


def audits(root: Path) -> list[Stage]:
    """The audit of a table's runs."""
    tree, out = Tree(root / "audited"), root / "audit.out"
    files = sorted(p for p in tree.root.rglob("*") if p.is_file())

    def audited() -> Any:
        audit_run.main(results=tree.root, out=out, settings=tree.settings)
        return content(out)

    return [Stage("audit_run", files, audited)]


def others(root: Path) -> list[Stage]:
    """The config, rates of this machine, recordings for xser predict."""
    config, rates = root / "config.yaml", root / "results" / "rates.json"
    config.write_bytes((REPOSITORY / "config.yaml").read_bytes())
    rates.parent.mkdir(parents=True)
    rates.write_bytes((REPOSITORY / "workflow_scripts/xser/estimate/rates.json").read_bytes())
    split = root / "split.tsv"
    split.write_text("utterance\tfold_0\tfold_1\n" + "".join(f"u{n}\ttrain\t{n % 2 * 'test'}\n" for n in range(9)))
    wav = root / "mine.wav"
    wav.write_bytes(trees.wav(0.5))

    def configured() -> Any:
        config_file.check_all([config])
        return Study(config_file.load(config)).digest

    def predicted() -> Any:
        found = list(recordings.pieces(str(wav), lambda samples: samples[:1], 400, None))
        raise_all(str(wav), [piece.note for piece in found if not piece.usable])
        return inspection.inspect(".", str(wav)).sha256

    return [
        Stage("config", [config], configured, own=True),
        Stage("estimate: rates.json", [rates], lambda: Costs.best(root).rates, own=True),
        Stage("split of others", [split], lambda: SplitTable.read(str(split)), own=True),
        Stage("xser predict: a recording", [wav], predicted, own=True),
    ]


STAGES: dict[str, Callable[[Path], list[Stage]]] = {
    "reading": reading,
    "data_directories": data_directories,
    "trainings": trainings,
    "results": lambda root: results(Made(root.parent)),
    "audits": audits,
    "others": others,
}
