"""Significance tests against published worked examples, and the comparisons of a table."""

import copy
from pathlib import Path
from typing import Any

import null
import numpy as np
import pytest
from scipy import stats
from scipy.stats import binom, binomtest
from tiny_corpus import SCORING

from compare_systems import main as compare_systems
from score_predictions import main as score_predictions
from xser.config.study import Study
from xser.evaluation import design, marks, over_corpora, predictions, significance
from xser.evaluation.comparisons import ALL, COMPARISONS, Answers, compare_rows, pair
from xser.evaluation.predictions import Block
from xser.workflow import results, training


def test_holm_as_in_demsar_2006() -> None:
    """Section 3.2.2: p .016, .019, .607 against 0.05/3, 0.05/2, 0.05: the first two are rejected."""
    assert significance.holm([0.016, 0.607, 0.019]) == pytest.approx([0.048, 0.607, 0.048])
    assert significance.holm([]) == []


def test_tests_that_cannot_reject_do_not_count() -> None:
    """Ten of ten speakers favour one system: of 30 comparisons 15 are of four speakers, whose smallest p is 0.125."""
    p, smallest = [2 / 1024, *[0.5] * 14, *[0.125] * 15], [*[2 / 1024] * 15, *[0.125] * 15]
    assert significance.holm(p)[0] == pytest.approx(30 * 2 / 1024)  # 0.0586
    assert significance.tarone(p, smallest) == pytest.approx([15 * 2 / 1024, *[1.0] * 29])
    assert significance.tarone([0.01, 0.04], [float("nan")] * 2) == pytest.approx([0.02, 0.04]), "t tests: Holm's own"
    assert significance.tarone([], []) == []
    # 1990, k: one test can reach 0.05, so only it counts, although another has 0.06
    assert significance.tarone([0.04, 0.06], [0.04, 0.06]) == [0.04, 1.0]


def test_the_family_of_tests_keeps_its_level() -> None:
    """Ten tests by speaker of which all nulls hold, some of six and some of four speakers."""
    rng = np.random.default_rng(5)
    smallest = [2 / 64] * 2 + [2 / 1024] * 4 + [0.125] * 4
    hits = 0
    for _ in range(200):
        p = [max(s, np.ceil(rng.random() / s) * s) for s in smallest]
        hits += min(significance.tarone(p, smallest)) < 0.05
    assert 0 < hits / 200 <= 0.1


def test_weights_make_accuracy_uar() -> None:
    truth = np.array(["a"] * 30 + ["b"] * 10)
    right = np.array([[1.0] * 15 + [0.0] * 15 + [1.0] * 10])
    assert (right * significance.uar_weights(truth)).mean() == pytest.approx(0.75)


def test_mcnemar_as_in_agresti() -> None:
    """Approval of the Prime Minister (Agresti, Categorical Data Analysis): 150 and 86 changed; z = 4.17, p < .0001."""
    p = significance.mcnemar(86, 150)
    assert p == pytest.approx(3.0e-5, rel=0.3)  # normal approximation of the book; ours is mid-p
    assert p == pytest.approx(binomtest(86, 236).pvalue - binom.pmf(86, 236, 0.5))
    assert significance.mcnemar(0, 0) == 1


@pytest.mark.parametrize(("a", "b"), [(3, 9), (0, 6), (5, 5), (1, 0)])
def test_exchanging_utterances_is_mcnemar(a: int, b: int) -> None:
    units = np.concatenate([np.ones(a), -np.ones(b)])
    assert significance.sign_flip(units) == pytest.approx(significance.mcnemar(a, b))


def test_permutation_by_speaker_counts_half_of_what_was_found() -> None:
    """Fisher's sign-flip test of eight speakers who all favour a: 2 of 256 sign changes are as extreme."""
    right_a, right_b = np.ones((1, 80)), np.tile([1.0, 0.0], (1, 40))
    c = significance.compare(right_a, right_b, np.arange(80) // 10)
    assert c.method == significance.EXCHANGED[design.SPEAKERS]
    assert (c.p, c.p_smallest) == pytest.approx((1 / 256, 1 / 256))
    assert c.low <= c.difference == 0.5 <= c.high


def test_method_follows_speakers_and_seeds() -> None:
    a, b = np.tile([1.0, 0.0, 1.0], (1, 20)), np.tile([1.0, 1.0, 0.0], (1, 20))
    several = (np.random.default_rng(0).random((2, 60)) < 0.5).astype(float)
    assert significance.compare(a, b, np.zeros(60, int)).method == significance.MCNEMAR
    assert significance.compare(a, b, np.arange(60) // 20).method == significance.MCNEMAR
    assert significance.compare(several, b, np.zeros(60, int)).method == significance.WITH_SEEDS[design.UTTERANCES]
    assert significance.compare(several, b, np.arange(60) // 15).method == significance.WITH_SEEDS[design.SPEAKERS]
    who, dialogues = np.zeros(60, int), np.arange(60) // 10
    assert significance.compare(a, b, np.arange(60) // 13).method == significance.STUDENT[design.SPEAKERS]
    assert significance.compare(a, b, who, clusters=dialogues).method == significance.STUDENT[design.CLUSTERS]
    assert significance.compare(2 * a, b, who).method == significance.STUDENT[design.UTTERANCES], "weighed: UAR"
    c = significance.compare(a, b, who, clusters=np.arange(60) // 5)
    assert (c.method, c.p_smallest) == (significance.EXCHANGED[design.CLUSTERS], 2.0**-12)
    c = significance.compare(several, b, who, clusters=dialogues)
    assert c.method == significance.WITH_SEEDS[design.CLUSTERS]
    assert significance.compare(a, b, who, clusters=np.arange(60)).method == significance.MCNEMAR, "each its own"
    for seeds, kinds in ((several[:1], significance.STUDENT), (several, significance.WITH_SEEDS)):
        c = significance.compare(seeds, b, np.arange(60) % 10, clusters=np.arange(60) // 12)
        assert c.method == kinds[design.CROSSED]
    c = significance.compare(a, b, np.arange(60) % 10, clusters=np.arange(60) // 12)
    assert c.method == significance.EXCHANGED[design.SPEAKERS], "no speaker or sentence differs from another"
    same = significance.compare(a, a, np.zeros(60, int))
    assert (same.p, same.difference) == (1, 0)


@pytest.mark.parametrize(("speakers", "seeds"), [(4, 1), (4, 3), (7, 1), (7, 3), (30, 3)])
def test_speakers_alone_vary_as_in_a_paired_t_test(speakers: int, seeds: int) -> None:
    """Seeds that all answer alike add nothing."""
    rng, who = np.random.default_rng(3), np.arange(20 * speakers) // 20
    a, b = (np.tile(rng.random(20 * speakers) < share, (seeds, 1)) for share in (0.7, 0.62))
    c = significance.compare(a, b, who)
    t = stats.ttest_rel(*(right[0].reshape(speakers, 20).mean(axis=1) for right in (a, b)))
    assert c.method == (significance.STUDENT if seeds == 1 else significance.WITH_SEEDS)[design.SPEAKERS]
    assert c.p == pytest.approx(t.pvalue, rel=0.02)
    assert (c.low, c.high) == pytest.approx(tuple(t.confidence_interval(0.95)), abs=2e-3)
    assert np.isnan(c.p_smallest)


def test_seeds_alone_vary_as_in_a_t_test() -> None:
    """Each seed as good on every utterance, against a constant: Student's test of the seeds' means."""
    means = np.array([0.61, 0.72, 0.66, 0.58, 0.69])
    c = significance.compare(np.tile(means[:, None], 50), np.full((1, 50), 0.6), np.zeros(50, int))
    assert c.p == pytest.approx(stats.ttest_1samp(means, 0.6).pvalue, rel=0.02)


@pytest.mark.parametrize(
    "design",
    [
        null.Design(1, 40, 5, 5, same=True),
        null.Design(1, 40),
        null.Design(5, 50),
        null.Design(9, 90),
        null.Design(2, 80, 2, clusters=6),
        null.Design(9, 180, 2, clusters=6),
    ],
)
def test_the_simulation_takes_the_tests_of_compare(design: null.Design) -> None:
    a, b, speakers, clusters = null.draw(design, np.random.default_rng(2))
    single = [significance.compare(a[i], b[i], speakers, samples=2, clusters=clusters).p for i in range(9)]
    assert null.p_values(a, b, speakers, clusters)[:9] == pytest.approx(single)


def test_seeds_widen_what_utterances_alone_would_say() -> None:
    """The same mean answers: where the seeds of a differ as a whole, the difference is less certain."""
    rng = np.random.default_rng(4)
    who, b = np.zeros(200, int), rng.random((5, 200)) < 0.6
    alike = rng.random((5, 200)) < 0.7
    apart = np.sort(alike, axis=0)  # each utterance as often right, but the last seed nearly always
    even, uneven = significance.compare(alike, b, who), significance.compare(apart, b, who)
    assert even.difference == pytest.approx(uneven.difference)
    assert uneven.high - uneven.low > 2 * (even.high - even.low)
    assert uneven.p > even.p


def test_systems_that_always_differ_in_the_same_way_are_different() -> None:
    """No spread over utterances or seeds is left for a t test."""
    c = significance.compare(np.ones((2, 30)), np.zeros((2, 30)), np.zeros(30, int))
    assert (c.difference, c.method) == (1, significance.MCNEMAR)
    assert c.p < 0.001


@pytest.mark.slow
@pytest.mark.parametrize(("speakers", "utterances"), [(1, 90), (3, 900), (6, 300), (10, 500)])
def test_a_system_against_itself(speakers: int, utterances: int) -> None:
    """By accuracy and UAR in 2,000 draws (standard error 0.5 %). A test that ignores seeds calls 14 % different.

    Satterthwaite's degrees of freedom gave 3 % for (1, 90), 7 % for (3, 900).
    """
    shares = null.rejected(null.Design(speakers, utterances, 5, 5, same=True), runs=2000)
    assert ((shares >= 0.036) & (shares <= 0.064)).all()


@pytest.mark.parametrize(("speakers", "utterances"), [(1, 43), (4, 200), (6, 300)])
def test_equal_systems_of_one_seed(speakers: int, utterances: int) -> None:
    """Exact tests reject in 3 % of such draws, 0 % of four speakers; a permutation by mid-p in 6.3 % of six."""
    shares = null.rejected(null.Design(speakers, utterances), runs=2000)
    assert ((shares >= 0.036) & (shares <= 0.061)).all()


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [5, 1])
def test_equal_systems_that_find_other_dialogues_hard(seeds: int) -> None:
    """A quarter of the tests that do not know of dialogues call two equal systems different."""
    for each in (null.Design(2, 930, seeds, seeds, clusters=14), null.Design(24, 1200, seeds, seeds, clusters=10)):
        assert (null.rejected(each, runs=300) <= 0.08).all()
        assert (null.rejected(each, runs=300, blind=True) >= 0.15).all()


def test_permutation_holds_its_level_where_speakers_differ() -> None:
    """Two equal systems, each better for some speakers: 5 % of tests, not more, may call them different."""
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(300):
        who = np.arange(240) // 24
        a, b = (rng.random(240) < np.repeat(rng.uniform(0.3, 0.9, 10), 24) for _ in range(2))
        units = np.bincount(who, a.astype(float) - b)
        hits += significance.sign_flip(units) < 0.05
    assert 0.02 <= hits / 300 <= 0.08


def _run(folder: Path, name: str, right: float) -> tuple[str, str]:
    """A run's predictions and scores: six speakers of 20, right that often."""
    rng = np.random.default_rng(1)
    speakers = [f"s{i // 20}" for i in range(120)]
    truth = ["anger" if i % 2 else "fear" for i in range(120)]
    hit = rng.random(120) < right
    anger = np.where(hit == (np.array(truth) == "anger"), 0.9, 0.1)
    made = Block(
        0, 0, [f"{s}-{i:03d}" for i, s in enumerate(speakers)], speakers, truth, np.stack([anger, 1 - anger], 1)
    )
    paths = [str(folder / f"{name}.{part}.tsv") for part in ("predictions", "score", "details")]
    predictions.write(paths[0], "emodb", ("anger", "fear"), [made])
    oracle = "the epoch was chosen" if name.endswith("1") else ""
    score_predictions(*paths, {**SCORING, "oracle": oracle, "practice": name == "a-0"})
    return paths[0], paths[1]


def test_comparisons_of_a_table(tmp_path: Path) -> None:
    columns, rights = ["a", "b", "c"], [0.95, 0.6, 0.55]
    runs = [_run(tmp_path, f"{c}-{r}", right) for c in columns for r, right in enumerate(rights)]
    cells = [
        {"row": r, "column": c, "protocol": "speakers", "paper": None, "score": i * len(rights) + r}
        for i, c in enumerate(columns)
        for r in range(len(rights))
    ]
    cells += [{"row": 3, "column": c, "protocol": "speakers", "paper": 50.0, "score": None} for c in columns]
    settings = {
        "table": "t",
        "columns": columns,
        "titles": {c: c.upper() for c in columns},
        "protocols": {"speakers": {"kind": "speakers"}},
        "rows": [
            {
                "label": f"row {r}",
                "system": f"{r}",
                "train": "x",
                "published": r == 3,
                "method": f"row {r}",
                "matrix": False,
            }
            for r in range(4)
        ],
        "baseline": "",
        "cells": cells,
        "confidence": 0.95,
        "samples": 300,
    }
    tsv, md = str(tmp_path / "t.tsv"), str(tmp_path / "t.md")
    compare_systems([p for p, _ in runs], [s for _, s in runs], tsv, md, settings)
    lines = COMPARISONS.read(tsv)
    pairs, overall = lines[lines["test"].ne(ALL)], lines[lines["test"].eq(ALL)].reset_index()
    assert len(pairs) == 9, "three pairs a column, the published row left out"
    assert pairs["significant"].tolist() == [True, True, False] * 3, "six speakers can, in nine comparisons"
    assert pairs["uar_difference"].tolist() == pytest.approx(pairs["difference"].tolist(), abs=0.05), "balanced classes"
    within = pairs["difference_low"].gt(-0.04) & pairs["difference_high"].lt(0.04)
    assert pairs["equivalent"][within].all(), "a 95 % interval within 4 points"
    assert not pairs["equivalent"][pairs["difference"].abs().gt(0.05)].any()
    assert pairs["p_smallest"].isna().all(), "a t test"
    assert pairs["practice"].tolist()[:4] == [True, True, False, False]
    assert overall["method"].tolist() == [over_corpora.FRIEDMAN, *[over_corpora.NEMENYI] * 3]
    assert (overall.loc[1, "rank_a"], overall.loc[0, "n"]) == (1, 3)
    text = Path(md).read_text()
    assert "Practice data" in text
    assert "mean ranks: row 0 1.00" in text
    assert pairs[["marks_a", "marks_b"]].to_numpy().tolist()[:3] == [["", "oc"], ["", "c"], ["oc", "c"]]
    assert "row 1 (oc)" in text
    assert "Intervals are at 95 %." in text
    compare_systems([p for p, _ in runs], [s for _, s in runs], tsv, md, settings | {"confidence": 0.8})
    narrow, wide = COMPARISONS.read(tsv).loc[0], lines.loc[0]
    assert narrow["difference_low"] > wide["difference_low"] + 0.01
    assert narrow["difference"] == wide["difference"]
    assert "Intervals are at 80 %." in Path(md).read_text()
    assert "- (o) oracle epoch, not a held-out result: the epoch was chosen." in text


def test_equivalence_is_corrected_for_its_family_and_found_where_answers_never_differ() -> None:
    """Row 0 is 3 points above rows 1 and 2, p 0.03 of one test alone; the answers of these two are alike."""
    best, worse = np.ones((1, 400), bool), np.ones((1, 400), bool)
    best[:, :4], worse[:, 4:20] = False, False
    score = {**dict.fromkeys(marks.MARKS, ""), "practice": False}
    truth = np.resize(["anger", "fear"], 400)
    names, who = np.array([f"u{i:03d}" for i in range(400)]), np.full(400, "s")
    answers = [Answers(names, who, truth, None, right, score) for right in (best, worse, worse.copy())]
    settings = {
        **{"table": "t", "columns": ["a"], "protocols": {"p": {}}, "baseline": "", "confidence": 0.95, "samples": 500},
        "rows": [{"label": f"{r}"} for r in range(3)],
        "cells": [{"row": r, "column": "a", "protocol": "p", "score": r} for r in range(3)],
    }
    assert [pair(answers[0], answers[i], 0.95, 500)["equivalent"] for i in (1, 2)] == [True, True]
    found = compare_rows(settings, answers)
    assert found["equivalent"].tolist() == [False, False, True]
    assert not pair(
        *(Answers(*(x[:50] for x in (names, who, truth)), None, worse[:, :50], score) for _ in "ab"), 0.95, 500
    )["equivalent"], "0 of 50 may be 5 %"


def test_stepping_down_is_holms() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        p = rng.random(rng.integers(0, 8)) ** 4
        rejected = significance.step_down([lambda level, x=x: x < level for x in p])
        assert rejected == [x < 0.05 for x in significance.holm(p)]


def test_rows_against_a_baseline(tmp_path: Path) -> None:
    """Each row with the baseline's of the same training set; means leave out what trains on the tested corpus."""
    columns, trains, rights = ["a", "b", "c"], ["a", "b", "c", "others"], [0.55, 0.95]
    rows = [
        {"label": f"{m}: {t}", "method": m, "system": m, "train": t, "matrix": True, "published": False}
        for m in ("none", "best")
        for t in trains
    ]
    keys = [(c, r) for c in columns for r in range(len(rows))]
    runs = [_run(tmp_path, f"{c}-{r}", rights[r // 4] - 0.02 * (r % 4)) for c, r in keys]
    cells = [{"row": r, "column": c, "protocol": "p", "paper": None, "score": i} for i, (c, r) in enumerate(keys)]
    settings = {
        **{"table": "t", "columns": columns, "titles": {c: c.upper() for c in columns}, "protocols": {"p": {}}},
        **{"rows": rows, "baseline": "none", "cells": cells, "confidence": 0.95, "samples": 50},
    }
    tsv, md = str(tmp_path / "t.tsv"), str(tmp_path / "t.md")
    compare_systems([p for p, _ in runs], [s for _, s in runs], tsv, md, settings)
    lines = COMPARISONS.read(tsv)
    pairs, over = lines[lines["test"].ne(ALL)], lines[lines["test"].eq(ALL)]
    assert [(a, b) for a, b in zip(pairs["row_a"], pairs["row_b"], strict=True)] == [
        (f"best: {t}", f"none: {t}") for t in trains
    ] * 3
    assert over[["row_a", "row_b", "n", "method"]].to_numpy().tolist() == [["best", "none", 6, over_corpora.JACKKNIFE]]
    apart = pairs[pairs["row_a"].str[-1].ne(pairs["test"]) & pairs["row_a"].ne("best: others")]
    assert over["uar_difference"].tolist() == pytest.approx([apart["uar_difference"].mean()], abs=1e-6)
    named = dict(zip(zip(apart["row_a"].str[-1], apart["test"], strict=True), apart["uar_difference"], strict=True))
    gain = over_corpora.mean_gain_of_pairs(named, 0.95)
    found = over[["uar_difference_low", "uar_difference_high", "uar_p"]].to_numpy()[0].tolist()
    assert found == pytest.approx([gain.low, gain.high, gain.p], abs=1e-4)
    assert "| best" in Path(md).read_text()
    assert "(jackknife)" in Path(md).read_text()


def test_intervals_concern_scores_and_comparisons_only(raw: dict[str, Any]) -> None:
    """Another level or number of samples must not train, predict or make a table's settings anew."""
    before, raw["intervals"] = Study(copy.deepcopy(raw)), {"confidence": 0.9, "samples": 500}
    after = Study(raw)
    settings = results.compare_settings(after, "table2")
    assert (settings["confidence"], settings["samples"]) == (0.9, 500)
    assert results.compare_settings(before, "table2")["confidence"] == 0.95
    run = after.runs(["table2"])[0]
    scored = results.score_settings(after, run)
    assert (scored["confidence"], scored["samples"]) == (0.9, 500)
    assert results.table_settings(after, "table2") == results.table_settings(before, "table2")
    trained = [training.train_settings(study, run.system, run.train.name) for study in (before, after)]
    assert trained[0] == trained[1]
    del raw["intervals"]
    assert results.compare_settings(Study(raw), "table2")["samples"] == 2000
