"""Intervals: Wilson's published examples, the choice of method, edges, and coverage in a short simulation."""

import interval_coverage
import numpy as np
import pytest
import verdict
from statsmodels.stats.proportion import proportion_confint

from xser.evaluation import design, intervals, metrics, recall_limits
from xser.evaluation.paper_figures import (
    AGREES,
    DIFFERS,
    NOT_COMPARABLE,
    PRACTICE,
    UNKNOWN,
    Ours,
    difference,
    judge,
    paper_interval,
)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_in_newcombe_1998_table_1(right: int, n: int, low: float, high: float) -> None:
    assert recall_limits.wilson(right / n, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(81, 263, 0.2544, 0.3658), (15, 148, 0.0601, 0.1581), (0, 20, 0.0, 0.1391), (1, 29, 0.0017, 0.1585)],
)
def test_mid_p_as_in_newcombe_1998_table_1(right: int, n: int, low: float, high: float) -> None:
    assert recall_limits.mid_p(right / n, n) == pytest.approx((low, high), abs=5e-5)
    assert recall_limits.mid_p(1 - right / n, n) == pytest.approx((1 - high, 1 - low), abs=5e-5)


@pytest.mark.parametrize(
    ("percent", "n", "low", "high"),
    [(88.37, 43, 75.5, 94.9), (35.71, 70, 25.5, 47.4), (55.55, 90, 45.3, 65.4), (61.20, 933, 58.0, 64.3)],
)
def test_intervals_of_the_papers_figures(percent: float, n: int, low: float, high: float) -> None:
    assert 100 * np.array(paper_interval(percent, n)) == pytest.approx([low, high], abs=0.06)


@pytest.mark.parametrize(
    ("ours", "n", "paper_n", "paper_speakers", "practice", "verdict"),
    [
        (0.80, 43, 43, True, False, UNKNOWN),
        (0.70, 43, 43, True, False, UNKNOWN),
        (0.20, 43, 43, True, False, DIFFERS),
        (0.80, 44, 43, True, False, NOT_COMPARABLE),
        (0.80, 43, None, True, False, NOT_COMPARABLE),
        (0.80, 43, 43, False, False, NOT_COMPARABLE),
        (0.80, 43, 43, True, True, PRACTICE),
    ],
)
def test_verdicts(ours: float, n: int, paper_n: int | None, paper_speakers: bool, practice: bool, verdict: str) -> None:
    result = Ours(ours, *paper_interval(100 * ours, n), n, speakers=1)
    assert judge(result, 88.37, paper_n, paper_speakers, "mine", practice).verdict == verdict


@pytest.mark.parametrize(
    ("ours", "apart", "verdict"),
    [(0.60, 0.01, AGREES), (0.60, 0.2, UNKNOWN), (0.75, 0.01, DIFFERS), (0.75, 0.2, UNKNOWN)],
)
def test_a_verdict_knows_how_much_speakers_differ(ours: float, apart: float, verdict: str) -> None:
    """The paper's 61.2 % of two speakers: what ten speakers of ours show decides."""
    result = Ours(ours, ours - 0.03, ours + 0.03, 933, speakers=2, by_speaker=[ours - apart, ours + apart] * 5)
    assert judge(result, 61.2, 933, True, "paper", practice=False).verdict == verdict


def test_seeds_widen_the_difference_from_the_paper() -> None:
    one = Ours(0.6, 0.57, 0.63, 933, speakers=2, seeds=5, by_speaker=[0.6, 0.62] * 5)
    several = Ours(0.6, 0.57, 0.63, 933, speakers=2, seeds=5, seed_deviation=0.03, by_speaker=[0.6, 0.62] * 5)
    (low, high), (lower, higher) = difference(one, 61.2), difference(several, 61.2)
    assert lower < low < high < higher
    assert low < 0.6 - 0.612 < high


@pytest.mark.parametrize("everyone", [[], [0.6, 0.6001] * 5])
def test_the_verdict_does_not_depend_on_the_level_of_our_intervals(everyone: list[float]) -> None:
    def at(level: float) -> tuple[float, float]:
        limits = recall_limits.wilson(0.86, 933, level)
        return difference(Ours(0.86, *limits, 933, speakers=2, by_speaker=everyone, confidence=level), 61.2)

    for level in (0.8, 0.9, 0.99):
        assert at(level) == pytest.approx(at(0.95), abs=0.001)


@pytest.mark.parametrize("everyone", [4, 10])
@pytest.mark.parametrize("deviation", [0.3, 1.0])
def test_a_system_seldom_differs_from_itself(everyone: int, deviation: float) -> None:
    """Against the paper's one-sample interval, half of the draws would be outside; docs/method.md has the long run."""
    found = verdict.shares(verdict.Design(everyone, 1, 90, 0.55, deviation), runs=300)
    assert found[0] <= 0.09
    assert found[4] >= 0.12


def sample(speakers: int, n: int = 60, seeds: int = 1, right: float = 0.6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(speakers)
    truth = np.arange(n) % 5
    return np.arange(n) * speakers // n, truth, np.where(rng.random((seeds, n)) < right, truth, (truth + 1) % 5)


@pytest.mark.parametrize(
    ("speakers", "method"),
    [
        (1, intervals.ONE_SPEAKER),
        (2, intervals.FEW_SPEAKERS),
        (3, intervals.FEW_SPEAKERS),
        (4, design.BY_SPEAKER),
        (10, design.BY_SPEAKER),
    ],
)
def test_method_by_number_of_speakers(speakers: int, method: str) -> None:
    who, truth, answers = sample(speakers)
    estimates, used = intervals.evaluate(who, truth, answers, 5)
    assert used == method
    assert estimates["accuracy"].value == pytest.approx((truth == answers[0]).mean())
    assert estimates["uar"].value == pytest.approx(np.mean([(answers[0] == c)[truth == c].mean() for c in range(5)]))
    for e in estimates.values():
        assert 0 <= e.low <= e.value <= e.high <= 1


def test_one_speaker_and_seed_is_plain_wilson() -> None:
    who, truth, answers = sample(1)
    e = intervals.evaluate(who, truth, answers, 5)[0]["accuracy"]
    assert (e.low, e.high) == pytest.approx(proportion_confint((truth == answers[0]).sum(), 60, method="wilson"))


def test_seeds_count_for_what_they_add() -> None:
    """Five copies of one seed tell nothing more; five independent seeds tell up to five times as much."""
    who, truth, answers = sample(1, n=2000)
    again = intervals.evaluate(who, truth, np.repeat(answers, 5, axis=0), 5)[0]["accuracy"]
    once = intervals.evaluate(who, truth, answers, 5)[0]["accuracy"]
    assert (again.low, again.high) == pytest.approx((once.low, once.high))
    who, truth, answers = sample(1, n=2000, seeds=5)
    right = (answers == truth).mean(axis=0)
    assert 4 * 2000 < intervals.effective_n(right, 5) <= 5 * 2000


def test_bootstrap_error_is_the_linearised_one() -> None:
    """The standard error of accuracy over speakers, by the textbook's formula for a ratio of means."""
    rng = np.random.default_rng(3)
    sizes = rng.integers(20, 60, 12)
    who = np.repeat(np.arange(12), sizes)
    truth = np.zeros(len(who), int)
    answers = (rng.random((1, len(who))) > np.repeat(rng.uniform(0.4, 0.9, 12), sizes)).astype(int)
    counts = metrics.count(who, truth, answers, 1)
    plan = design.by_speaker(who)
    statistic = metrics.Statistic(counts, metrics.ACCURACY.function, len(who))
    error = intervals.standard_errors(lambda _: {"a": statistic}, plan, 4000)["a"]
    residuals = counts[:, 0, 0, 0] - statistic.value() * sizes
    assert error == pytest.approx(np.sqrt(12 / 11 * (residuals**2).sum()) / sizes.sum(), rel=0.05)


@pytest.mark.parametrize("speakers", [1, 2, 6])
@pytest.mark.parametrize("right", [0.0, 1.0])
def test_all_right_or_all_wrong_keeps_an_interval(speakers: int, right: float) -> None:
    estimates, _ = intervals.evaluate(*sample(speakers, right=right), 5)
    e = estimates["accuracy"]
    wide = 0.1 if speakers == 2 else 0.06
    assert (e.value, e.high - e.low) == (right, pytest.approx(wide, abs=0.01)), "Wilson of 60, or MOVER of 5 times 12"
    assert 0.05 < estimates["uar"].high - estimates["uar"].low < 0.15


def test_a_class_of_one_utterance_is_no_obstacle() -> None:
    for speakers in (1, 2, 6):
        who, truth, answers = sample(speakers)
        truth = np.where(truth == 4, 3, truth)
        truth[-1] = 4
        e = intervals.evaluate(who, truth, answers, 5)[0]["uar"]
        assert 0 <= e.low < e.value < e.high <= 1


def rare(speakers: int, holders: int, each: int, seeds: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Four classes of 20 utterances a speaker, half of them right, and a fifth that only `holders` have; all right."""
    rng = np.random.default_rng(1)
    who = np.repeat(np.arange(speakers), 80)
    truth = np.tile(np.repeat(np.arange(4), 20), speakers)
    answers = np.where(rng.random((seeds, len(truth))) < 0.5, truth, (truth + 1) % 4)
    more = np.repeat(np.arange(holders), each)
    label = np.full(len(more), 4)
    return (
        np.concatenate([who, more]),
        np.concatenate([truth, label]),
        np.concatenate([answers, np.tile(label, (seeds, 1))], axis=1),
    )


@pytest.mark.parametrize("seeds", [1, 5])
@pytest.mark.parametrize(("speakers", "holders", "each"), [(1, 1, 1), (2, 1, 1), (2, 2, 1), (10, 1, 1), (10, 2, 4)])
def test_uar_shows_how_little_a_rare_class_tells(speakers: int, holders: int, each: int, seeds: int) -> None:
    """One right utterance may come of a recall of 5 %: a fifth of what is missing from 1 is UAR's least margin."""
    e = intervals.evaluate(*rare(speakers, holders, each, seeds), 5)[0]
    n = holders * each
    assert e["recall 4"].low <= recall_limits.mid_p(1.0, n)[0] + 1e-9
    assert e["uar"].value - e["uar"].low >= (1 - recall_limits.mid_p(1.0, n)[0]) / 5
    assert e["f1"].value - e["f1"].low >= 0.02
    assert 0 <= e["uar"].low <= e["uar"].high <= 1
    if speakers >= design.CLUSTERED:
        plenty = intervals.evaluate(*rare(speakers, speakers, 20, seeds), 5)[0]["uar"]
        assert e["uar"].high - e["uar"].low > 1.2 * (plenty.high - plenty.low)


def test_a_rare_class_in_few_speakers_is_as_uncertain_as_its_speakers() -> None:
    """Thirty utterances of one speaker tell less about other speakers than thirty of thirty speakers."""
    rng = np.random.default_rng(5)
    who = np.repeat(np.arange(30), 40)
    truth = np.tile(np.repeat([0, 1], 20), 30)
    easy = rng.uniform(0.2, 1, 30)[who]
    answers = np.where(rng.random((1, len(who))) < easy, truth, 1 - truth)
    values = (answers == truth).mean(axis=0)
    assert intervals.intraclass(values, who, truth) == pytest.approx(0.2, abs=0.1)
    assert intervals.intraclass(rng.permutation(values), who, truth) == pytest.approx(0, abs=0.03)
    assert intervals.intraclass(values[:20], who[:20], truth[:20]) == 1, "one speaker: nothing to compare"
    keep = (truth == 0) | (who == 0)
    alone = intervals.evaluate(who[keep], truth[keep], answers[:, keep], 2)[0]["recall 1"]
    assert alone.high - alone.low > 1.5 * np.subtract(*recall_limits.mid_p(alone.value, 20)[::-1])


def test_no_interval_leaves_the_range() -> None:
    """Draws of all sizes, sure and unsure classes."""
    rng = np.random.default_rng(2)
    for speakers in (1, 2, 3, 4, 7):
        for right in (0.0, 0.05, 0.95, 1.0):
            n = int(rng.integers(8, 40))
            who = np.arange(n) % speakers
            truth = np.unique(np.minimum(rng.geometric(0.5, n) - 1, 4), return_inverse=True)[1]
            answers = np.where(rng.random((3, n)) < right, truth, rng.integers(0, 6, (3, n)))
            for name, e in intervals.evaluate(who, truth, answers, int(truth.max()) + 1, samples=100)[0].items():
                assert 0 <= e.low <= e.value + 1e-12 <= e.high + 2e-12 <= 1 + 4e-12, (name, speakers, right)


@pytest.mark.slow
@pytest.mark.parametrize(("speakers", "utterances"), [(1, 90), (2, 90), (4, 50), (10, 50)])
def test_coverage(speakers: int, utterances: int) -> None:
    """400 draws tell 95 from the 90 that a plain percentile bootstrap gives; docs/method.md has the long run."""
    hits, _, _ = interval_coverage.simulate(interval_coverage.Scenario(speakers, utterances), runs=400, samples=300)
    for metric, share in hits.items():
        assert 0.92 <= share <= 0.98, metric


@pytest.mark.parametrize(
    ("speakers", "clusters", "kind", "strata"),
    [
        (1, 8, design.CLUSTERS, [0] * 8),
        (1, 3, design.UTTERANCES, [0] * 60),
        (1, 60, design.UTTERANCES, [0] * 60),
        (2, 8, design.CLUSTERS, [0] * 8),
        (4, 8, design.CROSSED, [0] * 4),
        (4, 3, design.SPEAKERS, [0] * 4),
    ],
)
def test_what_varies_follows_speakers_and_clusters(speakers: int, clusters: int, kind: str, strata: list[int]) -> None:
    plan = design.design(np.arange(60) % speakers, np.arange(60) * clusters // 60)
    assert (plan.kind, plan.strata.tolist()) == (kind, strata)


def test_dialogues_of_one_speaker_each_are_drawn_within_speakers() -> None:
    speakers, dialogues = np.arange(60) // 30, np.arange(60) // 6
    assert design.design(speakers, dialogues).strata.tolist() == [0] * 5 + [1] * 5
    few = np.maximum(dialogues - 4, 0)  # the first speaker has but one
    assert set(design.design(speakers, few).strata) == {0}


def test_sentences_of_four_or_more_speakers() -> None:
    """They vary where they are shared; of two or three the result is of these; a speaker's own are in the speaker."""
    speakers = np.arange(60) % 6
    crossed = design.design(speakers, np.arange(60) // 12)
    assert (crossed.method, crossed.freedom) == (design.BY_BOTH, 4)
    assert design.design(speakers, np.arange(60) // 30).method.endswith("these 2 only")
    own = design.design(speakers, 2 * speakers + (np.arange(60) >= 30))
    assert (own.method, own.freedom) == (design.BY_SPEAKER, 5)


def test_the_two_way_error_is_that_by_speaker_and_by_sentence_less_that_by_both() -> None:
    """Of accuracy, by the formula of Cameron, Gelbach and Miller (2011) with factors' own corrections."""
    rng = np.random.default_rng(5)
    speakers, sentences = np.arange(480) % 12, np.arange(480) // 12 % 10
    logits = rng.normal(0, 1, 12)[speakers] + rng.normal(0, 1, 10)[sentences]
    right = (rng.random(480) < 1 / (1 + np.exp(-logits))).astype(int)
    plan, rest = design.design(speakers, sentences), right - right.mean()

    def variance(units: np.ndarray) -> float:
        sums = np.bincount(units, rest)
        return float(len(sums) / (len(sums) - 1) * (sums**2).sum() / 480**2)

    def accuracy(units: np.ndarray) -> dict[str, metrics.Statistic]:
        counts = metrics.count(units, np.zeros(480, int), 1 - right[None], 1)
        return {"accuracy": metrics.Statistic(counts, metrics.ACCURACY.function, 480)}

    expected = variance(speakers) + variance(sentences) - variance(10 * speakers + sentences)
    assert intervals.standard_errors(accuracy, plan, 4000)["accuracy"] == pytest.approx(expected**0.5, rel=0.05)
    assert expected > 1.3 * max(variance(speakers), variance(sentences))


@pytest.mark.slow
def test_coverage_with_sentences_that_speakers_share() -> None:
    """Nominal 95 %; speakers alone would cover 80 to 84 %. docs/method.md has the long run."""
    scenario = interval_coverage.Scenario(10, 50, clusters=10)
    hits, _, _ = interval_coverage.simulate(scenario, runs=250, samples=200)
    assert min(hits.values()) >= 0.92
    assert interval_coverage.simulate(scenario, runs=250, samples=200, blind=True)[0]["accuracy"] < 0.9


def test_utterances_of_one_sentence_do_not_count_twice() -> None:
    """Every sentence said ten times, each time with the same result, tells as much as said once."""
    truth, right = np.arange(200) % 5, (np.arange(20) % 3 > 0).astype(int)
    sentences = np.repeat(np.arange(20), 10)
    answers = np.where(right[sentences] == 1, truth, (truth + 1) % 5)[None]
    clustered, method = intervals.evaluate(np.zeros(200, int), truth, answers, 5, clusters=sentences)
    assert method == design.BY_CLUSTER
    wide, once = clustered["accuracy"], recall_limits.wilson(right.mean(), 20)
    assert wide.high - wide.low == pytest.approx(once[1] - once[0], rel=0.2)
    plain = intervals.evaluate(np.zeros(200, int), truth, answers, 5)[0]
    for name in ("accuracy", "uar", "f1"):
        assert clustered[name].high - clustered[name].low > 2 * (plain[name].high - plain[name].low)


@pytest.mark.slow
@pytest.mark.parametrize(("speakers", "utterances", "clusters", "dialogues"), [(1, 375, 25, False), (2, 465, 14, True)])
def test_coverage_with_clusters(speakers: int, utterances: int, clusters: int, dialogues: bool) -> None:
    """Nominal 95 %, in 250 draws; independent utterances would cover 46 to 90 %. docs/method.md has the long run."""
    scenario = interval_coverage.Scenario(speakers, utterances, clusters=clusters, dialogues=dialogues)
    hits, _, _ = interval_coverage.simulate(scenario, runs=250, samples=200)
    assert min(hits.values()) >= 0.88
    assert interval_coverage.simulate(scenario, runs=250, samples=2, blind=True)[0]["accuracy"] < 0.92


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [1, 5])
@pytest.mark.parametrize(
    ("speakers", "utterances", "few"),
    [(1, 400, (1,)), (2, 500, (1, 0)), (2, 500, (1, 1)), (2, 500, (2, 1)), (10, 50, (4, 4))],
)
def test_coverage_with_a_rare_class(speakers: int, utterances: int, few: tuple[int, ...], seeds: int) -> None:
    hits, _, _ = interval_coverage.simulate(
        interval_coverage.Scenario(speakers, utterances, seeds=seeds, rare=few), 250, 200
    )
    for metric, share in hits.items():
        assert share >= 0.92, metric
