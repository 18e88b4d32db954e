"""Readers of corpora whose names say everything: real names and labels give the counts of the published releases."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest
import trees
from kaldi_rules import breaches

import map_emotions
import read_corpus
from xser.corpora import file_list, labels, tess
from xser.corpora.base import Listing, find_files, input_files, load_reader
from xser.data_dir import check_root, read_mapping
from xser.errors import InputError
from xser.files import read_tsv

EMOTIONS = ["anger", "fear", "happiness", "neutral", "sadness"]
READERS = ["emodb", "ravdess", "savee", "emovo", "masc", "iemocap", "cremad", "table", "audformat"]


def list_names(reader: str, names: list[str], root: Path = Path("nowhere")) -> Listing:
    """What a reader makes of names alone."""
    return load_reader(reader).read(reader, root, sorted(names), {})


def read(reader, root, folder, on_bad_audio="fail", min_samples=400, threads=2, **options):
    """Run the whole of read_corpus on a tree."""
    read_corpus.main(
        reader=reader,
        corpus=reader,
        root=root,
        files=find_files(root, ("**/*",)),
        options=labels.chosen(load_reader(reader), options)[2],
        on_bad_audio=on_bad_audio,
        min_samples=min_samples,
        folder=folder,
        threads=threads,
    )


def map_labels(reader: str, folder: Path, **options: object) -> dict[str, str]:
    """Run the whole of map_emotions on a data directory."""
    mapping, select, _ = labels.chosen(load_reader(reader), options)
    run_mapping(reader, folder, mapping, select)
    return read_mapping(folder / "utt2emo")


def run_mapping(corpus, folder, mapping, select=None, emotions=EMOTIONS):
    map_emotions.main(
        corpus=corpus,
        utterances=folder / "utterances.tsv",
        mapping=mapping,
        select=select or {},
        emotions=emotions,
        utt2emo=folder / "utt2emo",
        labels=folder / "labels.tsv",
    )


def by_emotion(reader: str, listing: Listing) -> Counter:
    mapping = load_reader(reader).emotions
    return Counter(mapping[u.label] for u in listing.utterances)


@pytest.mark.parametrize("reader", READERS)
def test_options_that_select_or_relabel_are_options(reader):
    found = load_reader(reader)
    assert {*found.select, *found.relabel, *found.tables} <= set(found.options)
    assert {name: p.rule(p.default) for name, p in found.options.items() if p.default and p.rule(p.default)} == {}
    assert all(set(entry) <= set(found.emotions) for values in found.relabel.values() for entry in values.values())


@pytest.mark.parametrize(
    ("reader", "names"),
    [
        ("emodb", trees.emodb_names()),
        ("emodb", trees.emodb_names(816)),
        ("savee", trees.savee_names()),
        ("savee", trees.savee_names(flat=True)),
        ("emovo", trees.emovo_names()),
        ("masc", trees.masc_names()),
        ("ravdess", trees.ravdess_names()),
        ("cremad", trees.cremad_names()),
    ],
)
def test_a_complete_release_is_read_whole(reader, names):
    listing = list_names(reader, names)
    assert len(listing.utterances) in load_reader(reader).releases
    assert len({u.utterance for u in listing.utterances}) == len(names)
    assert len({u.speaker for u in listing.utterances}) == load_reader(reader).speakers
    assert not listing.left_out
    assert {u.language for u in listing.utterances} == {load_reader(reader).language}


def test_emodb_counts_are_the_published_ones():
    listing = list_names("emodb", trees.emodb_names())
    assert by_emotion("emodb", listing) == {
        **{"anger": 127, "boredom": 81, "fear": 69, "disgust": 46},
        **{"happiness": 71, "neutral": 79, "sadness": 62},
    }
    five = Counter(u.speaker[-2:] for u in listing.utterances if load_reader("emodb").emotions[u.label] in EMOTIONS)
    counts = {"03": 43, "08": 48, "09": 31, "10": 29, "11": 45, "12": 28, "13": 43, "14": 53, "15": 42, "16": 46}
    assert five == counts
    genders = {u.speaker[-2:]: u.gender for u in listing.utterances}
    assert genders == {s: "m" if s in ("03", "10", "11", "12", "15") else "f" for s in counts}


def test_savee_has_two_codes_that_begin_with_s():
    listing = list_names("savee", trees.savee_names())
    assert by_emotion("savee", listing)["sadness"] == by_emotion("savee", listing)["surprise"] == 60
    assert by_emotion("savee", listing)["neutral"] == 120
    assert {u.gender for u in listing.utterances} == {"m"}
    flat = list_names("savee", trees.savee_names(flat=True))
    assert {u.utterance for u in flat.utterances} == {u.utterance for u in listing.utterances}


def test_emovo_is_balanced():
    listing = list_names("emovo", trees.emovo_names())
    assert set(Counter((u.speaker, u.label) for u in listing.utterances).values()) == {14}
    assert len({u.text for u in listing.utterances}) == 14


@pytest.mark.parametrize("deeper", ["", "session1/", "a/b/c/"])
def test_masc_is_read_at_any_depth(deeper):
    listing = list_names("masc", trees.masc_names(speakers=2, deeper=deeper))
    assert Counter(u.speaker for u in listing.utterances) == {"masc_001": 377, "masc_002": 377}
    per_label = Counter(u.label for u in listing.utterances if u.speaker == "masc_001")
    assert per_label == {"neutral": 77, "anger": 75, "elation": 75, "panic": 75, "sadness": 75}
    assert Counter(u.unit for u in listing.utterances) == {"phrase": 150, "utterance": 600, "paragraph": 4}


def test_masc_tells_the_text_from_its_repetitions():
    names = ["001/panic/phrase/011.wav", "001/panic/phrase/013.wav", "001/panic/utterance/011.wav", "001/panic/x.wav"]
    listing = list_names("masc", names)
    assert [u.text for u in listing.utterances] == ["phrase/01", "phrase/01", "utterance/01", ""]


def test_masc_files_may_lie_right_below_the_emotion():
    listing = list_names("masc", ["007/panic/x.wav", "007/panic/Phrases/x.wav"])
    assert [(u.unit, load_reader("masc").emotions[u.label]) for u in listing.utterances] == [
        ("phrase", "fear"),
        ("", "fear"),
    ]


def test_ravdess_song_is_left_out():
    song = "Actor_01/03-02-06-01-02-01-01.wav"
    listing = list_names("ravdess", [*trees.ravdess_names(), song])
    assert listing.left_out == [(song, "song, not speech")]
    assert len(listing.utterances) == 1440
    assert by_emotion("ravdess", listing)["neutral"] == 96
    assert {u.gender for u in listing.utterances if u.speaker == "ravdess_02"} == {"f"}


def test_cremad_takes_genders_from_its_table(tmp_path):
    names = trees.cremad_names()
    (tmp_path / "VideoDemographics.csv").write_text(trees.cremad_demographics(range(1001, 1092)))
    listing = load_reader("cremad").read("cremad", tmp_path, [*names, "VideoDemographics.csv"], {})
    assert Counter({u.speaker: u.gender for u in listing.utterances}.values()) == {"m": 46, "f": 45}
    (tmp_path / "VideoDemographics.csv").write_text(trees.cremad_demographics(range(1001, 1090)))
    with pytest.raises(InputError) as error:
        load_reader("cremad").read("cremad", tmp_path, [*names, "VideoDemographics.csv"], {})
    assert error.value.offenders == ["cremad_1090", "cremad_1091"]


SMALL = [  # reader, names, rate, channels
    ("emodb", trees.emodb_names()[::40], 16_000, 1),
    ("savee", trees.savee_names()[::37], 44_100, 1),
    ("savee", trees.savee_names(flat=True)[::37], 44_100, 1),
    ("emovo", trees.emovo_names()[::41], 48_000, 2),
    ("masc", trees.masc_names(speakers=2)[::50], 8_000, 1),
    ("ravdess", trees.ravdess_names()[::100], 48_000, 1),
    ("cremad", trees.cremad_names()[::500], 16_000, 1),
]


@pytest.mark.parametrize(("reader", "names", "rate", "channels"), SMALL)
def test_a_tree_becomes_a_data_directory_that_kaldi_accepts(reader, names, rate, channels, tmp_path):
    root, folder = tmp_path / "root", tmp_path / "data"
    trees.plant(root, names, trees.wav(rate=rate, channels=channels))
    (root / "PRACTICE.txt").write_text("other files of the rule's input are none of the reader's business")
    (root / "._a01.wav").write_bytes(b"\x00\x05\x16\x07")  # what macOS leaves on other people's disks
    read(reader, root, folder)
    assert breaches(folder) == []
    audio = read_tsv(folder / "audio.tsv")
    assert len(audio) == len(names)
    assert {(row["rate"], row["channels"], row["frames"]) for row in audio} == {
        (str(rate), str(channels), str(round(0.1 * rate)))
    }
    paths = {line.split(" ", 1)[1] for line in (folder / "wav.scp").read_text().splitlines()}
    assert paths == {str(root / name) for name in names}
    assert read_tsv(folder / "left_out.tsv") == []
    assert (folder / "spk2gender").exists() == (reader not in ("masc", "cremad"))  # these two need a table for it
    kept = map_labels(reader, folder)
    assert set(kept.values()) <= set(EMOTIONS)


def test_masc_units_select_without_reading_again(tmp_path):
    root, folder = tmp_path / "root", tmp_path / "data"
    trees.plant(root, trees.masc_names(speakers=1), trees.wav())
    read("masc", root, folder)
    assert len(map_labels("masc", folder)) == 377
    assert len(map_labels("masc", folder, units=["phrase", "utterance"])) == 375
    assert len(map_labels("masc", folder, units="paragraph")) == 2
    rows = {row["label"]: row for row in read_tsv(folder / "labels.tsv")}
    assert rows["neutral"]["kept"] == "2"
    assert rows["anger"]["why"] == "unit is phrase (15), unit is utterance (60)"


def test_the_same_bytes_whatever_the_threads(tmp_path):
    root = tmp_path / "root"
    trees.plant(root, trees.emovo_names()[::20])
    for threads in (1, 5):
        read("emovo", root, tmp_path / str(threads), threads=threads)
    for path in (tmp_path / "1").iterdir():
        assert path.read_bytes() == (tmp_path / "5" / path.name).read_bytes()


def test_a_speaker_is_one_in_capitals_and_small_letters():
    listing = list_names("shemo", ["female/F01A01.wav", "female/f01N02.wav", "female/f02N02.wav"])
    assert [u.speaker for u in listing.utterances] == ["shemo_F01", "shemo_F01", "shemo_f02"]
    assert {u.gender for u in listing.utterances} == {"f"}


def test_files_are_found_at_any_depth_but_hidden_ones_and_what_the_system_keeps(tmp_path):
    kept = ("lost+found/f.wav", "x/$RECYCLE.BIN/g.wav")
    for name in ("a.wav", "x/B.WAV", "x/y/c.wav", "._a.wav", ".git/d.wav", "x/e.txt", *kept):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "x" / "loop").symlink_to(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "x" / "y")
    assert find_files(tmp_path, ("**/*.wav",)) == ["a.wav", "link/c.wav", "x/B.WAV", "x/y/c.wav"]
    assert find_files(tmp_path, ("*.wav", "x/*.txt")) == ["a.wav", "x/e.txt"]


@pytest.mark.fault(
    "files",
    "folders of a corpus link to each other, or to what lies above",
    "nothing",
    "no folder is entered again on the way through it",
)
def test_folders_that_link_to_each_other_have_an_end(tmp_path):
    for a in "abc":
        (tmp_path / "root" / a).mkdir(parents=True)
        (tmp_path / "root" / a / f"{a}.wav").touch()
        for b in {*"abc"} - {a}:
            (tmp_path / "root" / a / f"to_{b}").symlink_to(f"../{b}")
    (tmp_path / "root" / "a" / "up").symlink_to(tmp_path)
    found = find_files(tmp_path / "root", ("**/*.wav",))
    assert len(found) == 15
    assert {"a/a.wav", "a/to_b/b.wav", "a/to_b/to_c/c.wav"} <= set(found)
    assert find_files(tmp_path / "root", ("**/*.wav",), once=True) == ["a/a.wav", "b/b.wav", "c/c.wav"]


def test_input_files_include_a_table_outside_the_root(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "a.wav").touch()
    (tmp_path / "t.csv").touch()
    reader = load_reader("table")
    found = input_files(reader, tmp_path / "root", {"file": str(tmp_path / "t.csv")})
    assert found == [str(tmp_path / "root" / "a.wav"), str(tmp_path / "t.csv")]
    file_list.write(tmp_path / "files.tsv", tmp_path / "root", found)
    assert file_list.read(tmp_path / "files.tsv") == ["a.wav"]


def test_no_table_but_the_one_that_is_named_is_an_input_file(tmp_path):
    for name in ("a.wav", "utterances.csv", "other.csv", "x/more.TSV"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = input_files(load_reader("table"), tmp_path, {"file": "utterances.csv"})
    assert found == [str(tmp_path / "a.wav"), str(tmp_path / "utterances.csv")]


def test_the_example_of_the_documentation_is_the_reader():
    text = (Path(__file__).parents[2] / "docs" / "corpora.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert source == Path(tess.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["base", "card", "nothing", "labels"])
def test_what_is_not_a_reader_is_refused(name):
    with pytest.raises(InputError, match="there is no reader"):
        load_reader(name)


def test_links_that_lead_nowhere_are_found_and_folders_that_cannot_be_read_are_told(tmp_path, monkeypatch):
    (tmp_path / "a.wav").write_bytes(b"x")
    for name in ("b.wav", "folder", "notes.txt", ".hidden"):
        (tmp_path / name).symlink_to("/nowhere")
    assert find_files(tmp_path, ("**/*.wav",)) == ["a.wav", "b.wav", "folder"]
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match="closed cannot be read: Permission denied"):
        find_files(tmp_path, ("**/*.wav",))


def test_a_data_directory_of_another_root_is_refused(tmp_path):
    (tmp_path / "root.txt").write_text("/data/old\n", encoding="utf-8")
    check_root(tmp_path / "root.txt", "emodb", "/data/old")
    with pytest.raises(InputError, match=r"read from /data/old, but corpora.emodb.root is /data/new") as error:
        check_root(tmp_path / "root.txt", "emodb", "/data/new")
    assert "--forcerun read_corpus" in str(error.value)
