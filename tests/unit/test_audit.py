"""The audit: each kind of leak, planted in a tiny tree of results, is found and named; a clean tree passes."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from audited_tree import SEEDS, SPEAKERS, Tree, ids, part, run_of
from tiny_corpus import write_archive, write_tsv

from xser.audit.checks import Audit, SplitCorpus
from xser.corpora.inspection import inspect
from xser.errors import InputError
from xser.features import archives
from xser.files import read_tsv
from xser.tables.counts import counts
from xser.training import scaling, store


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "results")


def test_a_split_of_others_counts_what_it_shares_and_still_keeps_utterances_apart(tree: Tree) -> None:
    """One utterance of the tested speaker is trained on: counted where a file says so, a leak elsewhere."""

    def move(rows: list[dict[str, str]]) -> None:
        next(row for row in rows if row["fold_0"] == "test")["fold_0"] = "train"

    tree.edit("splits/paper/one.tsv", move)
    rows = read_tsv(tree.root / "splits" / "paper" / "one.tsv")
    moved = next(r["utterance"] for r in rows if r["fold_0"] == "train" and part(r["speaker"], "one") == "test")
    tree.models("one", ["one"], tree.fit("one"))
    for train in ("one", "two-to-one"):
        rows = [row for row in read_tsv(tree.predicted(train)) if row["utterance"] != moved]
        write_tsv(tree.predicted(train), list(rows[0]), rows)
    tree.fails("is tested, and 1 utterances of that speaker were in training on one")
    tree.settings["text"] = {"paper": "shared"}
    alone, _ = tree.run()
    assert (alone["shared_speakers"], alone["shared_audio"], alone["shared_sentences"]) == ("1", "0", "2")
    assert alone["dependent"] == "training has 1 tested speakers and 0 tested recordings, over folds"


def test_a_split_is_held_against_the_users_own_file(tree: Tree) -> None:
    """What the split's code made of the file is not believed: the file is read again, by other code."""
    rows = read_tsv(tree.root / "splits" / "paper" / "one.tsv")
    own = tree.root.parent / "one.tsv"
    lines = [("/data/" + row["utterance"] + ".flac", row["fold_0"]) for row in rows]

    def give(lines: list[tuple[str, str]], first: str = "path") -> None:
        own.write_text("\n".join("\t".join(line) for line in [(first, "anything"), *lines]) + "\n", encoding="utf-8")

    tree.settings["text"], tree.settings["files"] = {"paper": "shared"}, {"paper": {"one": str(own)}}
    give(lines)
    tree.run()
    give([(row["utterance"], row["fold_0"].replace("dev", "train")) for row in rows], "utterance")
    tree.run()  # without a development part some of training develops
    (tree.root / "audit" / "table.tsv").unlink()
    for old, new in (("dev", "train"), ("train", "test"), ("test", "-")):
        number = next(i for i, (_, part) in enumerate(lines) if part == old)
        give([*lines[:number], (lines[number][0], new), *lines[number + 1 :]])
        tree.fails(f"{rows[number]['utterance']} is {old!r} in fold_0", f"says {new!r}")
    give(lines[1:])
    tree.fails(f"{rows[0]['utterance']} is {rows[0]['fold_0']!r} in fold_0", "says '-'")
    own.write_text("path\ta\tb\nx\ttrain\ttest\n", encoding="utf-8")
    tree.fails("it has other folds than", "which has 2")


def test_a_clean_tree_passes_and_says_what_was_compared(tree: Tree) -> None:
    alone, chain = tree.run()
    assert alone["tested"] == "4"
    assert (alone["trained"], alone["training_speakers"]) == ("8", "2")
    assert (chain["trained"], chain["training_speakers"], chain["stages"]) == ("16", "4", "2")
    assert (alone["learnt_from"], alone["chosen_on"], chain["learnt_from"], chain["chosen_on"]) == ("4", "4", "8", "8")
    assert alone["scaling"] == "fitted on training utterances"
    assert chain["scaling"] == "kept from two"
    assert (alone["practice"], chain["practice"]) == ("no", "yes")
    assert alone["shared_sentences"] == "not asked"


def test_speaker_in_training(tree: Tree) -> None:
    tree.edit("splits/paper/one.tsv", lambda rows: rows[-1].update(fold_0="train"))
    tree.predictions("one")
    tree.fails("paper", "trained on one", "fold 0", "speaker one_C", "1 utterances", "training on one")


@pytest.mark.parametrize("letter", ["D", "E"])  # in training, in development
def test_speaker_in_pre_training_only(tree: Tree, letter: str) -> None:
    """The tested speaker's other utterances lie in the corpus of the first stage."""
    others = f"two_{letter}-"

    def rename(rows: list[dict[str, str]]) -> None:
        for row in rows:
            if row["utterance"].startswith(others):
                row["speaker"] = "one_C"

    tree.edit("corpora/two/utterances.tsv", rename)
    tree.edit("splits/paper/two.tsv", rename)
    tree.fails("trained on two-to-one", "speaker one_C", "4 utterances", "training on two")


def test_identical_audio_under_another_name(tree: Tree) -> None:
    tree.edit("corpora/one/audio.tsv", lambda rows: rows[0].update(samples_sha256=rows[-1]["samples_sha256"]))
    tree.fails(ids("one")[-1][0], ids("one")[0][0], "same audio")


def test_identical_audio_in_a_corpus_of_pre_training(tree: Tree) -> None:
    sound = f"#{ids('one')[-1][0]}"
    tree.edit("corpora/two/audio.tsv", lambda rows: rows[0].update(samples_sha256=sound))
    tree.fails("two-to-one", ids("one")[-1][0], ids("two")[0][0], "same audio")


def test_one_recording_as_flac_in_one_corpus_and_wav_in_another(tree: Tree) -> None:
    samples = np.random.default_rng(0).integers(-9_000, 9_000, 1600, np.int16)
    for corpus, name, number in (("one", "a.flac", -1), ("two", "b.wav", 0)):
        soundfile.write(tree.root / name, samples, 16_000, "PCM_16")
        measured = inspect(tree.root, name)
        tree.edit(
            f"corpora/{corpus}/audio.tsv",
            lambda rows, n=number, m=measured: rows[n].update(samples_sha256=m.samples_sha256),
        )
    tree.fails("two-to-one", ids("one")[-1][0], ids("two")[0][0], "same audio")


def test_dialogues_on_both_sides_are_counted_and_no_failure(tree: Tree) -> None:
    """A dialogue, or a recording that holds several turns; that of another corpus has the same name and is another."""

    def talk(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row["dialogue"] = row["text"]

    for corpus in SPEAKERS:
        tree.edit(f"corpora/{corpus}/utterances.tsv", talk)
    assert [line["shared_dialogues"] for line in tree.run()] == ["2", "2"]
    tree.edit("corpora/one/utterances.tsv", lambda rows: [row.update(dialogue=row["speaker"]) for row in rows])
    assert [line["shared_dialogues"] for line in tree.run()] == ["0", "0"]

    def cut(rows: list[dict[str, str]]) -> None:
        for n, row in enumerate(rows):
            row.update(dialogue="", recording=rows[0]["recording"], start=str(n), end=str(n + 1))

    tree.edit("corpora/one/utterances.tsv", cut)
    assert [line["shared_dialogues"] for line in tree.run()] == ["1", "1"]


@pytest.mark.parametrize(("start", "leaks"), [(0.5, "share 0.500 s"), (0.899, "share 0.101 s"), (0.9, ""), (1.0, "")])
def test_segments_of_one_recording_may_share_crosstalk_only(tree: Tree, start: float, leaks: str) -> None:
    def cut(rows: list[dict[str, str]]) -> None:
        rows[0].update(recording=rows[-1]["recording"], start=str(start), end="2")
        rows[-1].update(start="0", end="1")

    tree.edit("corpora/one/utterances.tsv", cut)
    if leaks:
        tree.fails(leaks)
    else:
        assert len(tree.run()) == 2


def test_sentences_only_where_the_protocol_asks(tree: Tree) -> None:
    tree.settings["text"] = {"paper": "disjoint"}
    tree.fails("sentence 't1'", "4 utterances", "trained on one,")
    for u, _ in ids("one"):
        kept = {"train": "t2", "dev": "t2", "test": "t1"}[part(u.partition("-")[0], "one")]
        if u[-3:-1] != kept:
            tree.edit(
                "splits/paper/one.tsv",
                lambda rows, u=u: [r.update(fold_0="-") for r in rows if r["utterance"] == u],
            )
    for train in ("one", "two-to-one"):
        tree.edit(tree.predicted(train), lambda rows: [rows.remove(r) for r in list(rows) if "-t2" in r["utterance"]])
    tree.models("one", ["one"], tree.fit("one"))
    line, _ = tree.run()  # corpus two has sentences t1 and t2 of its own
    assert line["shared_sentences"] == "0"


def test_missing_sentence_codes_are_counted(tree: Tree) -> None:
    tree.settings["text"] = {"paper": "disjoint"}
    for corpus in SPEAKERS:
        tree.edit(f"corpora/{corpus}/utterances.tsv", lambda rows: [r.update(text="") for r in rows])
    assert tree.run()[0]["shared_sentences"] == "0 (12 utterances without a sentence code)"


def test_codes_that_fall_short_certify_nothing(tree: Tree) -> None:
    """Two codes of one corpus may be one sentence; a corpus that was not trained on shares none."""
    tree.settings["text"] = {"paper": "disjoint"}
    tree.settings["text_notes"] = {"one": "some are common"}
    for corpus in SPEAKERS:
        tree.edit(f"corpora/{corpus}/utterances.tsv", lambda rows: [r.update(text=r["utterance"]) for r in rows])
    assert [line["shared_sentences"] for line in tree.run()] == ["not certain: some are common"] * 2
    tree.models("two", ["two"], tree.fit("two"))
    tree.predictions("two")
    tree.settings["runs"] = [run_of("two")]
    assert [line["shared_sentences"] for line in tree.run()] == ["0"]
    tree.settings["text"] = {"paper": "any"}
    assert [line["shared_sentences"] for line in tree.run()] == ["not asked"]


@pytest.mark.parametrize("parts", [("train", "dev", "test"), ("train", "test"), ("dev",)])
def test_a_scaler_that_saw_others_than_training(tree: Tree, parts: tuple[str, ...]) -> None:
    tree.models("one", ["one"], tree.fit("one", *parts))
    tree.fails("sys/one.zip", "fold 0", "scaler")


def test_a_scaler_of_training_and_development_is_named(tree: Tree) -> None:
    tree.models("one", ["one"], tree.fit("one", "train", "dev"))
    assert tree.run()[0]["scaling"] == "fitted on training and development utterances"


@pytest.mark.parametrize("mode", ["none", "speaker"])
def test_scalings_that_have_no_part_of_the_split(tree: Tree, mode: str) -> None:
    """Nothing at all, or each speaker by all own utterances: the archive's must be that, too."""
    scp = tree.root / "features" / "f" / "one.scp"
    names, speakers = zip(*ids("one"), strict=True)
    values = archives.read(scp)
    right = scaling.fit(mode, [values[u] for u in names], speakers)
    tree.settings["runs"] = [run_of("one")]
    tree.settings["systems"]["sys"]["normalise"] = mode
    tree.models("one", ["one"], right)
    assert tree.run()[0]["scaling"].startswith("none" if mode == "none" else "each speaker by own statistics")
    (tree.root / "audit" / "table.tsv").unlink()
    others = [tree.fit("one", "train", "dev", "test")]
    if mode == "speaker":
        others.append(scaling.fit(mode, [values[u] for u in names[:-1]], speakers[:-1]))
        others.append(right.over(scaling.Scaler(mode, {"x": right.means[speakers[0]]}, {"x": np.ones(3)})))
    for other in others:
        tree.models("one", ["one"], other)
        tree.fails("sys/one.zip", "fold 0", "scaler")


def test_a_chain_that_should_have_kept_its_scaler(tree: Tree) -> None:
    tree.models("two-to-one", ["one"], tree.fit("one", "train", "dev", "test"))
    tree.fails("two-to-one.zip", "scaler")


def test_frames_and_corpus_wise_scaling(tree: Tree) -> None:
    """Frames are rows of their utterance; each corpus of a pool has its own statistics."""
    rng = np.random.default_rng(1)
    chosen, groups = [], []
    for corpus in SPEAKERS:
        size = 5 if corpus == "one" else 1
        frames = {u: (size * rng.normal(size=(3 + n, 2))).astype(np.float32) for n, (u, _) in enumerate(ids(corpus))}
        write_archive(tree.root / "features" / "f", corpus, frames)
        trained = [frames[u] for u, s in ids(corpus) if part(s, corpus) == "train"]
        chosen += trained
        groups += [corpus] * len(trained)
    tree.settings["runs"] = [run_of("both")]
    tree.settings["trainsets"] = {"both": {"before": None, "corpora": ["one", "two"]}}
    tree.settings["systems"]["sys"]["normalise"] = "corpus"
    tree.predicted("both").parent.mkdir()
    tree.predicted("both").write_bytes(tree.predicted().read_bytes())

    def archive(scaler: scaling.Scaler) -> None:
        manifest = {"corpora": ["one", "two"], "folds": 1, "model": "lstm", "normalise": "corpus", "seeds": SEEDS}
        entries = [("fold0/scaler.npy", scaler.to_bytes()), *((f"fold0/seed{s}.keras", b"%d" % s) for s in SEEDS)]
        tree.settings["manifests"]["sys/both"] = {"normalise": "corpus", "seeds": SEEDS}
        store.write(tree.root / "models" / "paper" / "sys" / "both.zip", manifest, entries)

    archive(scaling.fit("corpus", chosen, groups))
    assert tree.run()[0]["scaling"] == "fitted on training utterances"
    (tree.root / "audit" / "table.tsv").unlink()
    archive(scaling.fit("corpus", chosen, ["two" if g == "one" else "one" for g in groups]))
    tree.fails("both.zip", "scaler")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows.pop(), ("not predicted",)),
        (lambda rows: rows.append(rows[0]), ("predicted 2 times",)),
        (lambda rows: rows.append({**rows[0], "utterance": "one_A-t1a"}), ("one_A-t1a", "not tested by the split")),
        (lambda rows: rows[0].update(truth="sadness"), ("fold, truth and speaker", "0 sadness", "0 anger")),
        (lambda rows: rows[0].update(fold="1"), ("fold, truth and speaker",)),
    ],
)
def test_predictions_that_are_not_the_test_utterances(
    tree: Tree, change: Callable[[list[dict[str, str]]], Any], words: tuple[str, ...]
) -> None:
    tree.edit(tree.predicted(), change)
    tree.fails("predictions/paper/sys/one/one.tsv", *words)


def test_models_of_other_seeds_or_corpora(tree: Tree) -> None:
    tree.models("one", ["two"], tree.fit("one"), seeds=[0])
    tree.fails("corpora is ['two']")
    tree.fails("seeds is [0]")
    tree.fails("no seed1")


def test_folds_may_be_alike_where_they_were_given_the_same(tree: Tree) -> None:
    """A corpus with fewer folds than the one that is adapted to goes round."""
    with store.Store(tree.archive("one")) as models:
        manifest, first = models.manifest, models.entries()
    entries = sorted({**first, **{name.replace("fold0", "fold1"): data for name, data in first.items()}}.items())
    learnt = {f"fold{k}/seed{s}": {"train": f"of seed {s}"} for k in (0, 1) for s in SEEDS}
    tree.settings["runs"] = [run_of("one")]
    store.write(tree.archive("one"), manifest | {"folds": 2, "learnt": learnt}, entries)
    tree.run()
    (tree.root / "audit" / "table.tsv").unlink()
    learnt["fold1/seed0"] = {"train": "others"}
    store.write(tree.archive("one"), manifest | {"folds": 2, "learnt": learnt}, entries)
    tree.fails("fold 1 has one model for folds 0 and 1")


def test_audit_and_table_count_alike_where_models_go_round(tmp_path: Path) -> None:
    """Six tested folds by three models, which start from two of the stage before: 0, 1 and, for the third, 0 again."""
    sizes = {"first": [1, 10], "last": [100, 200, 300], "tested": [1] * 6}
    columns = {c: [["train"] * n + ["test"] * (300 - n) for n in each] for c, each in sizes.items()}
    settings = {
        **{"counted": {f"sys/{t}": {"learns": ["train"], "chooses": []} for t in ("first", "first-to-last")}},
        "trainsets": {
            "first": {"before": None, "corpora": ["first"]},
            "first-to-last": {"before": "first", "corpora": ["last"]},
        },
    }
    audit = Audit(tmp_path, settings)
    audit.corpus = lambda protocol, corpus: SplitCorpus(columns[corpus][0], [], columns[corpus])  # type: ignore
    audit.manifest = lambda protocol, system, train: {"folds": 2 if train == "first" else 3}  # type: ignore
    assert audit._learnt(run_of("first-to-last", "tested")) == {"learnt_from": "101-301", "chosen_on": "0"}
    stages = [{"corpora": [c], "target": "", "learns": ["train"], "chooses": []} for c in ("last", "first")]
    parts = {("p", c): [Counter((part, "fear") for part in column) for column in columns[c]] for c in columns}
    assert counts({"protocol": "p", "test": "tested", "trainings": [stages]}, parts)["learnt_from"] == "101-301"
    adapted = [{**stages[0], "corpora": ["first", "last"], "target": "tested"}]  # six models, one a tested fold
    assert counts({"protocol": "p", "test": "tested", "trainings": [adapted]}, parts)["learnt_from"] == "101-310"


# -- what a forger would change ------------------------------------------------------------------------------------

SPLIT = "splits/paper/one.tsv"
TESTED = "one_C-t1a"
DEALT = {"paper": {"one": {"corpus": "one", "dev": ["B"], "protocol": {"kind": "paper"}, "test": 1}}}


def without(name: str, column: str = "utterance") -> Callable[[list[dict[str, str]]], None]:
    """Remove the lines of an utterance."""
    return lambda rows: rows.__setitem__(slice(None), [row for row in rows if row[column] != name])


def swap_dev(rows: list[dict[str, str]]) -> None:
    """Who develops is learnt from, and the reverse."""
    for row in rows:
        row["fold_0"] = {"dev": "train", "train": "dev"}.get(row["fold_0"], row["fold_0"])


def forget(tree: Tree) -> None:
    """Take an utterance out of the split."""
    tree.edit(SPLIT, without(TESTED))
    for train in ("one", "two-to-one"):
        tree.edit(tree.predicted(train), without(TESTED))


PLANTS: dict[str, tuple[Callable[[Tree], Any], tuple[str, ...]]] = {
    "models of another training set": (
        lambda t: t.archive("one").write_bytes(t.archive("two").read_bytes()),
        ("sys/one.zip", "train is two"),
    ),
    "a head that the config has not": (
        lambda t: t.tamper("one", heads=[{"name": "emotion", "weight": 1.0}, {"name": "gender", "weight": 1.0}]),
        ("heads is", "gender"),
    ),
    "a test utterance deleted from the split": (forget, (TESTED, "has a label and no part")),
    "a part that is none": (
        lambda t: (t.edit(SPLIT, lambda rows: rows[0].update(fold_0="held")), t.settings.update(splits=DEALT)),
        (ids("one")[0][0], "'held' in fold_0, the protocol says 'train'"),
    ),
    "another speaker develops than the protocol says": (
        lambda t: (t.edit(SPLIT, swap_dev), t.settings.update(splits=DEALT)),
        (ids("one")[0][0], "'dev' in fold_0, the protocol says 'train'"),
    ),
    "an utterance learnt from twice": (
        lambda t: t.edit(SPLIT, lambda rows: rows.append(dict(rows[0]))),
        (ids("one")[0][0], "is there 2 times"),
    ),
    "a speaker of another name in the split": (
        lambda t: t.edit(SPLIT, lambda rows: rows[0].update(speaker="one_C")),
        (ids("one")[0][0], "is of one_C, utterances.tsv says one_A"),
    ),
    "an utterance without a label learnt from": (
        lambda t: t.edit(SPLIT, lambda rows: rows.append({**rows[0], "utterance": "one_A-t3a"})),
        ("one_A-t3a", "has a part and no label"),
    ),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_forgery_is_found(tree: Tree, plant: str) -> None:
    act, words = PLANTS[plant]
    act(tree)
    tree.fails(*words)


def test_what_is_asked_for_is_named_and_not_refused(tree: Tree) -> None:
    tree.settings["runs"][0]["oracle"] = "the epoch was chosen on the test set (sys)"
    tree.settings["runs"][0]["transductive"] = "each speaker by own statistics"
    line, _ = tree.run()
    assert line["oracle"] == "the epoch was chosen on the test set (sys)"
    assert line["transductive"] == "each speaker by own statistics"


def test_all_offenders_are_named_at_once(tree: Tree) -> None:
    tree.edit("splits/paper/one.tsv", lambda rows: rows[-1].update(fold_0="train"))
    tree.edit("corpora/two/audio.tsv", lambda rows: rows[0].update(samples_sha256="#one_C-t1a"))
    tree.edit(tree.predicted(), lambda rows: rows.pop(0))
    with pytest.raises(InputError) as error:
        tree.run()
    text = str(error.value)
    assert "speaker one_C" in text
    assert "same audio" in text
    assert "not predicted" in text
