"""A corpus' card: counts, releases, and what to be careful about."""

import pytest
import soundfile
import trees
from test_readers import map_labels, read
from test_readers_iemocap import TURNS
from test_readers_iemocap import tree as iemocap_tree

import describe_corpus
from xser.corpora.base import find_files
from xser.files import read_tsv

INPUTS = {"utterances": "utterances.tsv", "audio": "audio.tsv", "left_out": "left_out.tsv"}
INPUTS |= {"utt2emo": "utt2emo", "labels": "labels.tsv"}


def describe(reader, root, practice=False, **options):
    """Read, map and describe a tree; return the card's text, and its table as (section, item, measure) -> value."""
    folder = root.parent / "data"
    read(reader, root, folder, on_bad_audio="skip")
    map_labels(reader, folder, **options)
    return card_of(reader, root, folder, practice)


def card_of(reader, root, folder, practice=False):
    paths = {key: folder / name for key, name in INPUTS.items()}
    card, table = folder / "card.md", folder / "card.tsv"
    describe_corpus.main(
        corpus=reader, reader=reader, root=str(root), practice=practice, **paths, card=card, table=table
    )
    rows = read_tsv(table)
    facts = {(row["section"], row["item"], row["measure"]): row["value"] for row in rows}
    assert len(facts) == len(rows)
    return card.read_text(), facts


def release(facts):
    return facts["Files", "release", "value"]


@pytest.mark.parametrize(
    ("reader", "names", "expected"),
    [
        ("emodb", trees.emodb_names(), "complete: 2005 release"),
        ("emodb", trees.emodb_names()[1:], "incomplete: 534 recordings, 2005 release has 535"),
        ("emodb", trees.emodb_names(816), "complete: 2025 re-release (v2)"),
        ("emodb", trees.emodb_names(536), "more than: 536 recordings, 2005 release has 535"),
        ("savee", trees.savee_names(), "complete: 4 speakers x 120"),
        ("emovo", trees.emovo_names(), "complete: 6 speakers x 98"),
        ("ravdess", trees.ravdess_names(), "complete: speech, 24 actors"),
    ],
)
def test_files_found_against_files_expected(reader, names, expected, tmp_path):
    trees.plant(tmp_path / "root", names, trees.wav())
    card, facts = describe(reader, tmp_path / "root")
    assert release(facts) == expected
    assert facts["Files", "recordings", "value"] == str(len(names))
    assert f"| release | {expected} |" in card


def test_the_card_says_who_says_what(tmp_path):
    trees.plant(tmp_path / "root", trees.savee_names(), trees.wav(0.25, rate=44_100))
    card, facts = describe("savee", tmp_path / "root")
    assert facts["Emotions by speaker", "savee_DC", "neutral"] == "30"
    assert facts["Emotions by speaker", "all m", "total"] == facts["Emotions by speaker", "all", "total"] == "360"
    assert "all f" not in card
    assert facts["Labels", "su", "why"] == "surprise is not asked for (60)"
    assert facts["Durations", "anger", "median (s)"] == "0.25"
    assert facts["Durations", "all utterances read", "total (min)"] == "2.0"
    assert facts["Formats", "44100 Hz, 1 channel(s), PCM_16", "recordings"] == "480"
    assert float(facts["Levels (1 is full scale)", "peak", "median"]) == pytest.approx(0.3, abs=0.01)


def test_who_has_no_emotion_of_the_study_takes_no_part(tmp_path):
    trees.plant(tmp_path / "root", ["wav/03a01Fa.wav", "wav/08a01La.wav"], trees.wav(0.25))
    _, facts = describe("emodb", tmp_path / "root")
    assert facts["Files", "speakers", "value"] == "2"
    assert facts["Files", "speakers that take part", "value"] == "1", "08 says one sentence, bored"


def test_faults_are_listed(tmp_path):
    root = tmp_path / "root"
    silent, clipped, twin, other, short, broken, *_ = names = trees.plant(root, trees.emodb_names())
    quiet = bytearray(trees.wav())
    quiet[44:] = bytes(len(quiet) - 44)
    loud = trees.wav()[:44] + b"\xff\x7f" * 1600
    (root / silent).write_bytes(quiet)
    (root / clipped).write_bytes(loud)
    soundfile.write(root / twin, *soundfile.read(root / other, dtype="int16"), "PCM_24")  # the same samples
    (root / short).write_bytes(trees.wav(0.01))
    (root / broken).write_bytes(b"nothing")
    card, facts = describe("emodb", root)
    assert facts["Silent recordings", silent, "peak"] == "0.0"
    assert facts["Clipped recordings", clipped, "share at full scale"] == "1.0"
    assert facts["Identical audio", other, "same samples as"] == twin
    assert release(facts) == "2005 release, complete but for 2 with bad audio"
    assert facts["Left out", "bad audio: too short: 160 samples at 16 kHz, the features need 400", "files"] == "1"
    assert facts["Take care", "silent recordings", "value"] == "1"
    assert facts["Files", "named as in the 2005 release, but altered", "value"] == str(len(names) - 2)
    assert "left_out.tsv names them" in card


def test_long_lists_are_cut_in_the_text_only(tmp_path):
    trees.plant(tmp_path / "root", trees.emovo_names()[:50], trees.wav()[:44] + b"\xff\x7f" * 1600)
    card, facts = describe("emovo", tmp_path / "root")
    assert sum(section == "Clipped recordings" and m == "peak" for section, _, m in facts) == 50
    assert "... and 30 more, see card.tsv." in card


def test_scarce_fear_is_pointed_out(tmp_path):
    card, facts = describe("iemocap", iemocap_tree(tmp_path / "root"))
    assert facts["Take care", "fear is scarce", "value"].startswith("1 utterances: a few clips decide the average")
    assert "fear is scarce" in card
    assert facts["Files", "expected of 5 sessions", "value"] == "10039"
    assert len(TURNS) == int(facts["Files", "recordings", "value"])


def test_practice_data_is_marked(tmp_path):
    trees.plant(tmp_path / "root", trees.emodb_names())
    card, facts = describe("emodb", tmp_path / "root", practice=True)
    assert "**Practice data**" in card
    assert facts["Files", "practice data", "value"] == "yes"
    assert release(facts) == "none: practice data"
    assert not any("scarce" in item for _, item, _ in facts)
    assert not any("byte for byte" in item for _, item, _ in facts)


def test_labels_of_any_corpus_do_not_break_the_table(tmp_path):
    root = tmp_path / "root"
    trees.plant(root, ["a.wav"], trees.wav())
    (root / "utterances.csv").write_text("file,speaker,emotion,language\na.wav,s,a|b  c,eng\n")
    folder = tmp_path / "data"
    read("table", root, folder)
    (folder / "utt2emo").write_text("table_s-a anger\n")
    (folder / "labels.tsv").write_text("label\temotion\tkept\tleft_out\twhy\na|b  c\tanger\t1\t0\t\n")
    card, _ = card_of("table", root, folder)
    assert "| a\\|b c | anger | 1 | 0 |  |" in card
    assert "| release | no release known |" in card
    assert "| gender | not known for all speakers |" in card


def test_the_real_files_are_recognised(shared, tmp_path):
    (tmp_path / "root").symlink_to(shared / "corpora" / "emodb")
    _, facts = describe("emodb", tmp_path / "root")
    count = len(find_files(shared / "corpora" / "emodb", ("**/*.wav",)))
    assert facts["Files", "byte for byte as in the 2005 release", "value"] == str(count)
    assert facts["Files", "named as in the 2005 release, but altered", "value"] == "0"
    assert facts["Files", "missing of the 2005 release", "value"] == "98 (72 boredom, 14 disgust, 12 fear)"
    sums = dict(line.split()[::-1] for line in (shared / "corpora/emodb/SHA256SUMS.535").read_text().splitlines())
    names = {f"wav/{n}" for n in (name.rpartition("/")[2] for name in trees.emodb_names())}
    assert names == set(sums)


def test_a_masc_speaker_has_377_files(tmp_path):
    trees.plant(tmp_path / "root", trees.masc_names(speakers=2), trees.wav(0.05))
    _, facts = describe("masc", tmp_path / "root")
    assert facts["Emotions by speaker", "masc_001", "total"] == "377"
    assert release(facts) == "incomplete: 754 recordings, 68 speakers x 377 (LDC2007S09) has 25636"


def urdu_names(alone):
    """Ten utterances of each of eight speakers, each of whom has one emotion, or all."""
    folders = ("Angry", "Happy", "Neutral", "Sad")
    return [
        f"{folders[(s if alone else i) % 4]}/SM{s}_F{i}_{folders[(s if alone else i) % 4][0]}0{i}.wav"
        for s in range(1, 9)
        for i in range(1, 9)
    ]


@pytest.mark.parametrize("alone", [True, False])
def test_the_card_warns_where_speakers_have_one_emotion(alone, tmp_path):
    """As in URDU: who speaks tells the emotion, and a speaker held out is an emotion held out."""
    trees.plant(tmp_path / "root", urdu_names(alone), trees.wav())
    card, facts = describe("urdu", tmp_path / "root")
    share, most = (
        float(facts["What goes with the emotion", "speaker", measure])
        for measure in ("share of the emotion (%)", "most by chance (%)")
    )
    assert (share, most < 70) == (pytest.approx(100 if alone else 0, abs=1e-3), True)
    assert ("speaker and emotion are confounded" in card) == alone
    assert not [item for section, item, _ in facts if section == "Take care" and "recording format" in item]


def test_a_format_of_one_emotion_is_told_apart(tmp_path):
    """A recording condition that goes with an emotion is what a system would learn."""
    names = urdu_names(alone=False)
    trees.plant(tmp_path / "root", [n for n in names if n.startswith("Sad")], trees.wav(rate=8_000))
    trees.plant(tmp_path / "root", [n for n in names if not n.startswith("Sad")], trees.wav())
    card, _ = describe("urdu", tmp_path / "root")
    assert "recording format and emotion are confounded" in card
    assert "speaker and emotion are confounded" not in card
