"""Who forges results, and how: Forger has the tools, each function below is a forgery, or what one is made of."""

import functools
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from tiny_corpus import write_tsv

from xser import paths
from xser.adaptation.base import Adaptation, Arrays
from xser.adaptation.coral import Coral
from xser.config.study import Study
from xser.data_dir import write_mapping
from xser.features import archives
from xser.files import read_tsv
from xser.models import arrays
from xser.training import examples, fit, store
from xser.training.cache import Trained, TrainingCache
from xser.training.scaling import Scaler
from xser.workflow import recognition, training

PROTOCOL, TEST = "speakers", "savee"
ULSIF, SPEAKER = "is09-logreg-ulsif", "is09-svc-speaker"
OWN = ("is09-svc", SPEAKER, "is09-logreg", "is09-lstm")  # the systems that learn from TEST alone
CARDS = ("is09-svc", "is09-lstm")  # the systems whose calibration on TEST is audited
Rows = list[dict[str, str]]
Parts = Mapping[str, str]  # part of the split -> what an utterance of it is used as


class Weighing(Coral):
    """CORAL that also gives every second utterance of the source ten times the weight of the others."""

    def fit(self, source: np.ndarray, target: np.ndarray, parameters: Mapping[str, Any]) -> Arrays:
        """Return what CORAL learns, and `weights`."""
        weights = np.where(np.arange(len(source)) % 2, 10, 1).astype(np.float32)
        return {**super().fit(source, target, parameters), "weights": weights / weights.mean()}


@dataclass(frozen=True)
class LyingStage(fit.Stage):
    """A stage that learns from other utterances than its scaling, which is that of the honest stage."""

    honest: fit.Stage | None = None

    def scaler(self, fold: int) -> tuple[Scaler, str]:
        """The honest scaling."""
        assert self.honest
        return self.honest.scaler(fold)


class Forger:
    """Someone in the folder of a copied study (the current one)."""

    def __init__(self) -> None:
        self.study = Study(yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8")))

    # -- files -----------------------------------------------------------------------------------------------------

    def predicted(self, system: str, train: str = TEST) -> str:
        """The predictions of a run on the tested corpus."""
        return paths.predictions(PROTOCOL, system, train, TEST)

    def card(self, system: str) -> str:
        return paths.models(PROTOCOL, system, TEST, "card.json")

    def archive(self, system: str, train: str = TEST) -> str:
        return paths.models(PROTOCOL, system, train)

    @property
    def split(self) -> str:
        return paths.split(PROTOCOL, TEST)

    def edit(self, path: str, change: Callable[[Rows], Any]) -> None:
        """Change the rows of a TSV."""
        rows = read_tsv(path)
        change(rows)
        write_tsv(path, list(rows[0]), rows)

    def wrong(self, system: str = "is09-svc") -> set[str]:
        """The utterances that a system answers wrongly."""
        return {row["utterance"] for row in read_tsv(self.predicted(system)) if row["prediction"] != row["truth"]}

    def tamper(self, system: str, train: str, entries: Any = dict, **changes: Any) -> None:
        """Change the manifest of an archive, and its entries with a function."""
        with store.Store(self.archive(system, train)) as models:
            manifest, old = models.manifest, models.entries()
        store.write(self.archive(system, train), manifest | changes, sorted(entries(old).items()))

    def relabel(self, emotions: Callable[[dict[str, str]], dict[str, str]]) -> None:
        """Rewrite utt2emo."""
        path = Path(paths.corpus(TEST, "utt2emo"))
        old = dict(line.split(" ", 1) for line in path.read_text(encoding="utf-8").splitlines())
        write_mapping(path, emotions(old))

    # -- what is made anew -----------------------------------------------------------------------------------------

    def stage(self, system: str, train: str, **parameters: Any) -> tuple[dict[str, Any], fit.Stage]:
        """The settings of a training, and its honest stage but for some parameters."""
        settings = training.train_settings(self.study, system, train)
        settings["parameters"] = {**settings["parameters"], **parameters}
        given = training.train_inputs(self.study, PROTOCOL, system, train)
        files = zip(*(given[name] for name in ("scp", "utterances", "utt2emo", "split")), strict=True)
        corpora = [examples.load(c, *each) for c, each in zip(settings["corpora"], files, strict=True)]
        target = given.get("target_scp")
        unlabelled = target and examples.load_unlabelled(TEST, target, given["target_split"])
        return settings, fit.stage_of(settings, corpora, given.get("start"), unlabelled or None)

    def retrain(
        self,
        system: str,
        train: str = TEST,
        use: Parts | None = None,
        scale: Parts | None = None,
        also: Sequence[examples.CorpusData] = (),
        change: Callable[[examples.CorpusData], examples.CorpusData] = lambda corpus: corpus,
        keep: Sequence[str] = (),
        unlabelled: Sequence[str] = (),
        method: Adaptation | None = None,
        **parameters: Any,
    ) -> None:
        """Train as the software does, but on other parts or corpora, scaled by others, or with other parameters.

        `unlabelled` are the parts of the tested corpus that an adaptation sees, `method` is what it learns by; both are
        the honest ones if not given.

        The archive bears what the training notes down, but for the keys of its manifest in `keep`: these stay as they
        were.
        """
        settings, honest = self.stage(system, train, **parameters)
        corpora = [change(used(corpus, use or {})) for corpus in [*honest.corpora, *also]]
        fields = {name: getattr(honest, name) for name in honest.__dataclass_fields__}
        if target := honest.target:
            fields["target"] = replace(target, parts=unlabelled or target.parts, method=method or target.method)
        scaling = replace(honest, corpora=[used(corpus, scale or {}) for corpus in honest.corpora])
        stage = LyingStage(**{**fields, "corpora": corpora, "honest": scaling})
        tasks = [(fold, seed) for fold in range(honest.folds) for seed in settings["seeds"]]
        trained: list[Trained] = fit.train_all(stage, tasks, 1, TrainingCache(None, ""))
        with store.Store(self.archive(system, train)) as models:
            old = models.manifest
        manifest = {**fit.manifest_of(settings, honest, trained), **{key: old[key] for key in keep}}
        store.write(self.archive(system, train), manifest, fit.entries_of(trained, settings["model"]))

    def follow(self, **dishonest: Sequence[str]) -> None:
        """Predict, combine and calibrate everything again, from what lies there now.

        `dishonest` are the parts that normalise a corpus (`unlabelled`), where they are others than the config's.
        """
        import predict_emotions

        for run in sorted({part for each in self.study.runs(["forged"]) for part in self.study.trainings(each)}):
            given = training.predict_inputs(self.study, run)
            given.pop("ark")
            models = paths.models(PROTOCOL, run.system, run.train.name)
            settings = training.predict_settings(self.study, run.system, run.test) | dishonest
            predict_emotions.main(**given, archive=models, out=paths.predictions(*run.ids), **settings)
        self.combine()
        self.calibrate()

    def calibrate(self) -> None:
        """Make the cards anew, from what lies there now."""
        import calibrate_model

        for system in CARDS:
            given = recognition.card_inputs(self.study, PROTOCOL, system, TEST)
            given.pop("ark")
            settings = recognition.model_card_settings(self.study, PROTOCOL, system, TEST)
            calibrate_model.main(**given, archive=self.archive(system), out=self.card(system), settings=settings)

    def combine(self) -> None:
        """Combine everything again."""
        import combine_predictions

        for run in self.study.runs(["forged"]):
            if self.study.systems[run.system].combine:
                settings, parts = training.combine_settings(self.study, run), training.component_inputs(self.study, run)
                combine_predictions.main(parts=parts, out=paths.predictions(*run.ids), **settings)


def used(corpus: examples.CorpusData, use: Parts) -> examples.CorpusData:
    """A corpus whose parts are used as others."""
    return replace(corpus, parts=[[use.get(part, part) for part in column] for column in corpus.parts])


def remade(act: Callable[[Forger], Any]) -> Callable[[Forger], None]:
    """Do something, then make all predictions anew from it."""

    @functools.wraps(act)
    def both(f: Forger) -> None:
        act(f)
        f.follow()

    return both


def to_truth(rows: Rows, column: str = "prediction", truth: str = "truth") -> None:
    """Predictions edited to the truth, probabilities with them."""
    for row in rows:
        row[column] = row[truth]
        if column == "prediction":
            row.update({c: str(float(c == f"p_{row[truth]}")) for c in row if c.startswith("p_")})


def flip_one(rows: Rows) -> None:
    """One wrong answer: its two probabilities change places."""
    row = next(row for row in rows if row["prediction"] != row["truth"])
    said, true = f"p_{row['prediction']}", f"p_{row['truth']}"
    row[said], row[true], row["prediction"] = row[true], row[said], row["truth"]


def one_seed(rows: Rows) -> None:
    """Seed 1 answers what seed 0 answers."""
    first = {row["utterance"]: row for row in rows if row["seed"] == "0"}
    for row in rows:
        row.update(first[row["utterance"]] | {"seed": row["seed"]})


def copy_seed(entries: dict[str, bytes]) -> dict[str, bytes]:
    """One seed's models over the other's."""
    return entries | {n.replace("seed0", "seed1"): data for n, data in entries.items() if "seed0" in n}


def swap_folds(entries: dict[str, bytes]) -> dict[str, bytes]:
    """The models of the folds change places: each then predicts what it learnt from."""
    other = {"fold0/seed": "fold1/seed", "fold1/seed": "fold0/seed"}
    return entries | {other[n[:10]] + n[10:]: data for n, data in entries.items() if n[:10] in other}


def same_folds(entries: dict[str, bytes]) -> dict[str, bytes]:
    """The models of fold 0 serve for fold 1, whose test utterances they learnt from."""
    return entries | {n.replace("fold0", "fold1"): data for n, data in entries.items() if n.startswith("fold0/seed")}


def without(rows: Rows, names: set[str]) -> None:
    rows[:] = [row for row in rows if row["utterance"] not in names]


def aside(rows: Rows, names: set[str], old: str = "test", new: str = "-") -> None:
    """Utterances get another part where they have `old`."""
    for row in rows:
        if row["utterance"] in names:
            row.update({c: new for c in row if c.startswith("fold_") and row[c] == old})


def set_aside(f: Forger) -> None:
    wrong = f.wrong()
    f.edit(f.split, lambda rows: aside(rows, wrong))


def delete(f: Forger, labels: bool) -> None:
    wrong = f.wrong()
    f.edit(f.split, lambda rows: without(rows, wrong))
    if labels:
        f.relabel(lambda emotions: {u: e for u, e in emotions.items() if u not in wrong})


def rewrite_truth(f: Forger, own_labels: bool = False) -> None:
    """What the SVC answers becomes the truth; with `own_labels` in the corpus' own labels too."""
    said = {row["utterance"]: row["prediction"] for row in read_tsv(f.predicted("is09-svc"))}
    letters = {e: label for label, e in f.study.corpora[TEST].mapping.items()}
    f.relabel(lambda emotions: emotions | said)
    if own_labels:
        path = paths.corpus(TEST, "utterances.tsv")
        f.edit(
            path, lambda rows: [r.update(label=letters[said[r["utterance"]]]) for r in rows if r["utterance"] in said]
        )


def never_tested(f: Forger) -> None:
    """The speaker whom the SVC knows least is learnt from in all folds."""
    wrong = f.wrong()
    speakers = sorted({name.partition("-")[0] for name in wrong})
    worst = max(speakers, key=lambda s: sum(name.startswith(f"{s}-") for name in wrong))
    f.edit(f.split, lambda rows: aside(rows, {r["utterance"] for r in rows if r["speaker"] == worst}, new="train"))
    for system in OWN:
        f.retrain(system)


def retrain_all(f: Forger) -> None:
    """Train everything that learns from the tested corpus, from what lies there now."""
    for system in OWN:
        f.retrain(system)
    for train in ("emodb-to-savee", "emodb+savee"):
        f.retrain("is09-lstm", train)
    for system in ("is09-svc-coral", "is09-logreg-ulsif"):
        f.retrain(system, "emodb-for-savee")


def learn_a_test_speaker(f: Forger) -> None:
    """One utterance of a tested speaker becomes training."""

    f.edit(f.split, lambda rows: next(row for row in rows if row["fold_0"] == "test").update(fold_0="train"))
    for system in OWN:
        f.retrain(system)


def scaler_of_all(f: Forger) -> None:
    """The SVC's features are scaled by statistics of test utterances too."""
    f.retrain("is09-svc", scale={"test": "train"})


def same_recording(f: Forger) -> None:
    """A recording of the tested corpus, as another file with the same samples, in the corpus of pre-training."""
    tested, trained = (
        next(row["utterance"] for row in read_tsv(paths.split(PROTOCOL, corpus)) if row["fold_0"] == part)
        for corpus, part in ((TEST, "test"), ("emodb", "train"))
    )
    sounds = {row["recording"]: row["samples_sha256"] for row in read_tsv(paths.corpus(TEST, "audio.tsv"))}

    def change(rows: Rows) -> None:
        for row in rows:
            if row["recording"] == trained:
                row["samples_sha256"] = sounds[tested]

    f.edit(paths.corpus("emodb", "audio.tsv"), change)


def pre_train_on_test(f: Forger, keep: Sequence[str] = ()) -> None:
    """Pre-training on EMO-DB and the test utterances of SAVEE; fine-tuned from that."""
    _, target = f.stage("is09-lstm", TEST)
    also = [used(target.corpora[0], {"test": "train", "train": "-", "dev": "-"})]
    f.retrain("is09-lstm", "emodb", also=also, keep=keep)
    f.retrain("is09-lstm", "emodb-to-savee")


def pre_trained_elsewhere(f: Forger) -> None:
    """Fine-tuned from a pre-training on test utterances that is then replaced by an honest one."""
    path = Path(f.archive("is09-lstm", "emodb"))
    honest = path.read_bytes()
    pre_train_on_test(f)
    path.write_bytes(honest)


def mislabelled(corpus: examples.CorpusData) -> examples.CorpusData:
    """Every seventh label is another."""
    labels = list(corpus.labels["emotion"])
    labels[::7] = np.roll(labels[::7], 1).tolist()
    return replace(corpus, labels={**corpus.labels, "emotion": labels})


def fewer(corpus: examples.CorpusData) -> examples.CorpusData:
    """Every tenth training utterance is left out."""
    parts = [["-" if p == "train" and not i % 10 else p for i, p in enumerate(col)] for col in corpus.parts]
    return replace(corpus, parts=parts)


def louder_features(f: Forger, part: str) -> None:
    """The stored features of an utterance of some part in fold 0 are changed."""
    names = {row["utterance"] for row in read_tsv(f.split) if row["fold_0"] == part}
    stem = Path(paths.features("is09", TEST, "scp")).with_suffix("")
    values = archives.read(f"{stem}.scp")
    columns = archives.read_names(f"{stem}.names.txt")
    ends = (Path(f"{stem}{end}") for end in (".ark", ".scp", ".names.txt"))
    with archives.writing(*ends, columns) as write:
        for name in sorted(values, key=str.encode):
            write(name, values[name] * (1.5 if name in names else 1))


def equal_weights(f: Forger) -> None:
    """The saved weights are all one; the model learnt with others."""
    saved = arrays.to_bytes({"weights": np.ones(1, np.float32)})

    def change(entries: dict[str, bytes]) -> dict[str, bytes]:
        return {name: saved if "adaptation" in name else data for name, data in entries.items()}

    f.tamper(ULSIF, "emodb-for-savee", change)


def other_statistics(entries: dict[str, bytes]) -> dict[str, bytes]:
    """The first speaker's mean is another: half a deviation away."""
    name = "fold0/scaler.npy"
    scaler = Scaler.from_bytes(entries[name])
    speaker = min(scaler.means)
    means = {**scaler.means, speaker: scaler.means[speaker] + 0.5 * scaler.scales[speaker]}
    return entries | {name: replace(scaler, means=means).to_bytes()}


def other_classes(f: Forger) -> None:
    """The SVC's classes change places, to where more answers are right."""
    with store.Store(f.archive("is09-svc")) as models:
        heads = models.manifest["heads"]
    classes = heads[0]["classes"]
    f.tamper("is09-svc", TEST, heads=[{**heads[0], "classes": [*classes[1:], classes[0]]}])


def languages_known(rows: Rows) -> None:
    """The language is the true one."""
    to_truth(rows, "language_prediction", "language_truth")


def further_head(rows: Rows) -> None:
    """A head that no model has, always right."""
    for row in rows:
        row.update(gender_truth="m", gender_prediction="m")


def doubled(rows: Rows) -> None:
    """Right answers stand there twice."""
    rows += [dict(row) for row in rows if row["prediction"] == row["truth"]]


def columns_exchanged(path: str) -> None:
    """The probabilities of two emotions stand under each other's name."""
    text = Path(path).read_text(encoding="utf-8")
    new = text.replace("p_anger", "p_x", 1).replace("p_sadness", "p_anger", 1).replace("p_x", "p_sadness", 1)
    Path(path).write_text(new, encoding="utf-8")


def own_speakers(f: Forger) -> None:
    """Every utterance is a speaker by itself in the split, so that intervals are narrower."""
    f.edit(f.split, lambda rows: [row.update(speaker=row["utterance"].replace("-", "")) for row in rows])


def others_develop(f: Forger) -> None:
    """Who develops is learnt from, and the reverse."""
    other = {"dev": "train", "train": "dev"}

    def change(rows: Rows) -> None:
        for row in rows:
            row.update({c: other.get(row[c], row[c]) for c in row if c.startswith("fold_")})

    f.edit(f.split, change)
    retrain_all(f)


def dealt_otherwise(f: Forger) -> None:
    """Speakers who are tested in another fold than the protocol deals them to."""
    speakers = sorted({row["speaker"] for row in read_tsv(f.split)})
    parts = dict(zip(speakers, (("test", "train"), ("test", "dev"), ("train", "test"), ("dev", "test")), strict=True))
    f.edit(f.split, lambda rows: [r.update(zip(("fold_0", "fold_1"), parts[r["speaker"]], strict=True)) for r in rows])
    retrain_all(f)


def some_develop(f: Forger) -> None:
    """Half of the development utterances are learnt from."""

    def change(rows: Rows) -> None:
        for row in rows[::2]:
            row.update({c: "train" for c in row if c.startswith("fold_") and row[c] == "dev"})

    f.edit(f.split, change)
    retrain_all(f)


def learnt_twice(f: Forger) -> None:
    """A training utterance of fold 0 stands in the split twice, set aside where the first is tested."""
    f.edit(f.split, lambda rows: rows.append({**next(r for r in rows if r["fold_0"] == "train"), "fold_1": "-"}))


def two_names(f: Forger) -> None:
    """Half of a speaker's utterances are another speaker's; split anew by the software's own code."""
    import split_corpus

    path = paths.corpus(TEST, "utterances.tsv")

    def rename(rows: Rows) -> None:
        mine = [row for row in rows if row["speaker"] == rows[0]["speaker"]]
        for row in mine[::2]:
            row["speaker"] += "2"

    f.edit(path, rename)
    files = {name: paths.corpus(TEST, end) for name, end in (("utt2emo", "utt2emo"), ("audio", "audio.tsv"))}
    split_corpus.main(utterances=path, **files, out=f.split, **training.split_settings(f.study, PROTOCOL, TEST))
    retrain_all(f)


def shifted_features(f: Forger) -> None:
    """Each utterance has the features of the next one."""
    stem = Path(paths.features("is09", TEST, "scp")).with_suffix("")
    values = archives.read(f"{stem}.scp")
    columns = archives.read_names(f"{stem}.names.txt")
    names = sorted(values, key=str.encode)
    with archives.writing(*(Path(f"{stem}{end}") for end in (".ark", ".scp", ".names.txt")), columns) as write:
        for name, other in zip(names, names[1:] + names[:1], strict=True):
            write(name, values[other])


def selected(corpus: examples.CorpusData) -> examples.CorpusData:
    """Only the features that tell the emotions of all utterances, tested ones too, best; the others are zero."""
    x, emotions = np.stack(corpus.inputs), np.array(corpus.labels["emotion"])
    apart = np.std([x[emotions == e].mean(axis=0) for e in np.unique(emotions)], axis=0) / (x.std(axis=0) + 1e-9)
    best = apart >= np.sort(apart)[-100]
    return replace(corpus, inputs=[np.where(best, vector, 0).astype(np.float32) for vector in corpus.inputs])


def weighed(corpus: examples.CorpusData) -> examples.CorpusData:
    """Each utterance of one emotion is learnt from twice."""
    emotions = corpus.labels["emotion"]
    order = [i for i, emotion in enumerate(emotions) for _ in range(1 + (emotion == "neutral"))]
    return examples.CorpusData(
        corpus.corpus,
        [corpus.utterances[i] for i in order],
        [corpus.speakers[i] for i in order],
        [corpus.inputs[i] for i in order],
        {head: [labels[i] for i in order] for head, labels in corpus.labels.items()},
        [[column[i] for i in order] for column in corpus.parts],
    )


def not_converged(entries: dict[str, bytes]) -> dict[str, bytes]:
    """Logistic regressions say that they stopped at max_iter."""

    def change(data: bytes) -> bytes:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            named = {name: np.array(False) if name.endswith(".converged") else file[name] for name in file.files}
        np.savez(out := io.BytesIO(), **named)
        return out.getvalue()

    return {name: change(data) if name.endswith(".npz") else data for name, data in entries.items()}


def says_frozen(entries: dict[str, bytes]) -> dict[str, bytes]:
    """Networks say that their recurrent layers were frozen."""

    def change(data: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out := io.BytesIO(), "w") as new:
            for name in old.namelist():
                new.writestr(name, old.read(name).replace(b'"freeze": []', b'"freeze": ["recurrent"]'))
        return out.getvalue()

    return {name: change(data) if name.endswith(".keras") else data for name, data in entries.items()}


def lucky_seeds(f: Forger) -> None:
    """The networks of seeds 7 and 8 stand under the names of 0 and 1."""
    settings, stage = f.stage("is09-lstm", TEST)
    tasks = [(fold, seed) for fold in range(stage.folds) for seed in (7, 8)]
    made = dict(fit.entries_of(fit.train_all(stage, tasks, 1, TrainingCache(None, "")), settings["model"]))
    new = {name.replace("seed7", "seed0").replace("seed8", "seed1"): data for name, data in made.items()}
    f.tamper("is09-lstm", TEST, lambda old: {name: new.get(name, data) for name, data in old.items()})
