"""Do the intervals cover? A simulation of speakers, utterances and seeds whose true accuracy, UAR and F1 are known.

    python benchmarks/interval_coverage.py [clusters] --runs 2000

prints, for each design, how many of the nominal 95 % intervals hold the true value, and their mean width; `clusters`
the designs in which what a speaker says clusters in sentences or dialogues.

Five classes have different recalls. A speaker's recall of a class is drawn from a beta distribution around it (`rho`
is its intra-speaker correlation), speakers differ in how much they say, and an utterance's answers by five seeds agree
more often than by chance. Where fewer than four speakers are tested the intervals are for these speakers: their recalls
are drawn once. A single speaker's utterances are drawn at random, classes included. Sentences and dialogues are easier
or harder, for all classes, by CLUSTER logits; each sentence is spoken in all classes, a dialogue leans to some of them
and has much or little speech. Four or more speakers say the same sentences and are better or worse by SPEAKER logits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from measurement import print_table
from scipy.special import expit, logit

from xser.evaluation import design, intervals

RECALLS = np.array([0.85, 0.40, 0.55, 0.70, 0.60])
SHARES = np.array([0.26, 0.16, 0.18, 0.24, 0.16])  # of the classes among a speaker's utterances
WRONG = np.array([3.0, 1.0, 2.0, 4.0, 1.0])  # how readily an answer is wrongly given
CLASSES = len(RECALLS)
CLUSTER, SPEAKER = 0.5, 0.3  # standard deviations in logits
RARE = 1  # the class that some designs have little of
METRICS = ("accuracy", "uar", "f1")


@dataclass(frozen=True)
class Scenario:
    """A design: test speakers, mean utterances a speaker, correlation within a speaker, seeds, and what they share.

    `rare` are the utterances of the rare class by speaker (the others have none of it); empty: as many as its share.
    `clusters` are the sentences, or the `dialogues`, of the test set; 0: utterances are independent.
    """

    speakers: int
    utterances: int
    rho: float = 0.05
    seeds: int = 5
    shared: float = 0.75
    rare: tuple[int, ...] = ()
    clusters: int = 0
    dialogues: bool = False


SCENARIOS = (
    *(Scenario(1, n) for n in (43, 90, 400)),
    *(Scenario(1, n, seeds=1) for n in (43, 90, 400)),
    *(Scenario(g, n) for g in (2, 3) for n in (90, 400)),
    *(Scenario(g, n, rho) for g in (4, 6, 10, 24) for n, rho in ((50, 0.02), (50, 0.10), (200, 0.05))),
)
RARE_SCENARIOS = (
    *(Scenario(1, 400, seeds=k, rare=r) for r in ((1,), (2,), (5,)) for k in (1, 5)),
    *(Scenario(2, 500, seeds=k, rare=r) for r in ((1, 0), (1, 1), (2, 1)) for k in (1, 5)),
    *(Scenario(3, 200, seeds=k, rare=(1,)) for k in (1, 5)),
    *(Scenario(4, 50, seeds=k, rare=r) for r in ((1,), (2, 2)) for k in (1, 5)),
    *(Scenario(10, 50, 0.10, k, rare=r) for r in ((1,), (4, 4), (20, 20), (4,) * 4, (1,) * 10) for k in (1, 5)),
    *(Scenario(24, 50, 0.10, k, rare=(1,) * 20) for k in (1, 5)),
)
CLUSTERED = (
    *(Scenario(1, n, seeds=k, clusters=c) for n, c in ((43, 10), (70, 14), (375, 25)) for k in (1, 5)),
    *(Scenario(2, 377, seeds=k, clusters=25) for k in (1, 5)),
    *(Scenario(2, 465, seeds=k, clusters=c, dialogues=True) for c in (8, 14, 28) for k in (1, 5)),
    *(Scenario(g, n, seeds=k, clusters=c) for g, n, c in ((4, 75, 15), (9, 120, 24), (10, 50, 10)) for k in (1, 5)),
    *(Scenario(24, 50, seeds=k, clusters=c) for c in (5, 10) for k in (1, 5)),
)


def _wrong() -> np.ndarray:
    """The distribution of wrong answers to each class, shape (classes, classes)."""
    matrix = np.tile(WRONG, (CLASSES, 1))
    np.fill_diagonal(matrix, 0)
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))


def _recalls(s: Scenario, rng: np.random.Generator) -> np.ndarray:
    spread = 1 / s.rho - 1
    return rng.beta(RECALLS * spread, (1 - RECALLS) * spread, size=(s.speakers, CLASSES))


def _sizes(s: Scenario, rng: np.random.Generator) -> np.ndarray:
    """Utterances by speaker and class."""
    if s.speakers == 1:
        return _with_rare(s, np.maximum(1, rng.multinomial(s.utterances, SHARES))[None])
    much = rng.uniform(0.6, 1.4, size=(s.speakers, 1)) if s.speakers >= design.CLUSTERED else 1.0
    return _with_rare(s, np.maximum(1, np.round(s.utterances * SHARES * much * np.ones((s.speakers, 1)))).astype(int))


def _with_rare(s: Scenario, sizes: np.ndarray) -> np.ndarray:
    if s.rare:
        sizes[:, RARE] = [*s.rare, *[0] * (s.speakers - len(s.rare))]
    return sizes


def truth_of(recalls: np.ndarray, sizes: np.ndarray) -> dict[str, float]:
    """The true values of speakers with these recalls and sizes, both of shape (speakers, classes)."""
    right = (recalls * sizes).sum(axis=0)
    errors = ((1 - recalls) * sizes).sum(axis=0)
    predicted, true = right + errors @ _wrong(), sizes.sum(axis=0)
    return {
        "accuracy": float(right.sum() / true.sum()),
        "uar": float((right / true).mean()),
        "f1": float((2 * right / (true + predicted)).mean()),
    }


def draw(
    s: Scenario, recalls: np.ndarray, sizes: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw a test set: speakers and truth of shape (n,), answers of shape (seeds, n)."""
    speakers = np.repeat(np.arange(s.speakers), sizes.sum(axis=1))
    truth = np.concatenate([np.repeat(np.arange(CLASSES), row) for row in sizes])
    return speakers, truth, _answers(s, recalls[speakers, truth], truth, rng)


def draw_clusters(s: Scenario, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw a test set of sentences or dialogues: as `draw`, and the cluster of each utterance; all have RECALLS."""
    n, k = s.speakers * s.utterances, s.clusters
    if s.dialogues:
        clusters = rng.choice(k, n, p=rng.dirichlet(np.full(k, 6.0)))
        truth = (np.cumsum(rng.dirichlet(3 * SHARES, k), axis=1)[clusters] < rng.random((n, 1))).sum(axis=1)
        truth = np.minimum(truth, CLASSES - 1)
    else:
        clusters, truth = np.arange(n) % k, _classes_of_sentences(s)
    clusters = np.unique(clusters, return_inverse=True)[1]
    speakers, right = np.arange(n) // k % s.speakers, logit(RECALLS)[truth] + rng.normal(0, CLUSTER, k)[clusters]
    if s.speakers >= design.CLUSTERED:
        right += rng.normal(0, SPEAKER, s.speakers)[speakers]
    return speakers, truth, _answers(s, expit(right), truth, rng), clusters


def _classes_of_sentences(s: Scenario) -> np.ndarray:
    """The class of each utterance: of four or more speakers each says a sentence in one class after the other."""
    turn = s.clusters * (s.speakers if s.speakers >= design.CLUSTERED else 1)
    return np.arange(s.speakers * s.utterances) // turn % CLASSES


def truth_of_clusters(s: Scenario) -> dict[str, float]:
    """The true figures over sentences or dialogues of all kinds."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    spread = CLUSTER if s.speakers < design.CLUSTERED else float(np.hypot(CLUSTER, SPEAKER))
    recalls = (expit(logit(RECALLS) + spread * nodes[:, None]) * (weights / weights.sum())[:, None]).sum(axis=0)
    sizes = s.speakers * s.utterances * SHARES if s.dialogues else np.bincount(_classes_of_sentences(s))
    return truth_of(recalls[None], sizes[None])


def _answers(s: Scenario, right: np.ndarray, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Answers of shape (seeds, n) that are right with probability `right` (n,)."""
    cumulated = np.cumsum(_wrong(), axis=1)[truth]

    def answers(seeds: int) -> np.ndarray:
        wrong = (rng.random((seeds, len(truth), 1)) > cumulated).sum(axis=2)
        return np.where(rng.random((seeds, len(truth))) < right, truth, np.minimum(wrong, CLASSES - 1))

    common, own = answers(1), answers(s.seeds)
    return np.where(rng.random((s.seeds, len(truth))) < s.shared, common, own)


def simulate(
    s: Scenario, runs: int, samples: int = 500, blind: bool = False
) -> tuple[dict[str, float], dict[str, float], str]:
    """Return, by metric, the share of 95 % intervals that hold the true value and their mean width; and the method.

    `blind`: the intervals are not told which utterances cluster.
    """
    rng = np.random.default_rng([s.speakers, s.utterances, s.seeds, *s.rare, *[s.clusters] * bool(s.clusters)])
    clustered, method = s.speakers >= design.CLUSTERED, ""
    fixed = RECALLS[None] if s.speakers == 1 else _recalls(s, rng)
    if s.clusters:
        truth = truth_of_clusters(s)
    elif clustered:
        typical = np.stack([_sizes(s, rng) for _ in range(2000)]).mean(axis=(0, 1))[None]
        truth = truth_of(RECALLS[None], typical)
    else:
        mean = s.utterances * SHARES[None]
        truth = truth_of(fixed, _with_rare(s, mean) if s.speakers == 1 else _sizes(s, rng))
    hits, widths = dict.fromkeys(METRICS, 0.0), dict.fromkeys(METRICS, 0.0)
    for _ in range(runs):
        clusters = None
        if s.clusters:
            *drawn, clusters = draw_clusters(s, rng)
        else:
            drawn = [*draw(s, _recalls(s, rng) if clustered else fixed, _sizes(s, rng), rng)]
        estimates, method = intervals.evaluate(*drawn, CLASSES, 0.95, samples, None if blind else clusters)
        for metric in METRICS:
            e = estimates[metric]
            hits[metric] += (e.low <= truth[metric] <= e.high) / runs
            widths[metric] += (e.high - e.low) / runs
    return hits, widths, method


def cluster_lines(runs: int) -> Iterator[str]:
    """A Markdown table of sentences and dialogues, and what intervals that do not know of them would cover."""
    yield "| speakers | utterances a speaker | clusters | seeds | accuracy | UAR | F1 | accuracy, not known |"
    yield "|---|---|---|---|---|---|---|---|"
    for s in CLUSTERED:
        (hits, widths, _), (blind, narrow, _) = simulate(s, runs), simulate(s, runs, blind=True)
        shown = " | ".join(f"{100 * hits[m]:.1f} ({100 * widths[m]:.1f})" for m in METRICS)
        what = f"{s.clusters} {'dialogues' if s.dialogues else 'sentences'}"
        other = f"{100 * blind['accuracy']:.1f} ({100 * narrow['accuracy']:.1f})"
        yield f"| {s.speakers} | {s.utterances} | {what} | {s.seeds} | {shown} | {other} |"


def lines(scenarios: Sequence[Scenario], runs: int) -> Iterator[str]:
    """A Markdown table of some scenarios."""
    yield "| speakers | utterances a speaker | of the rare class | rho | seeds | accuracy | UAR | F1 | method |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for s in scenarios:
        hits, widths, method = simulate(s, runs)
        shown = " | ".join(f"{100 * hits[m]:.1f} ({100 * widths[m]:.1f})" for m in METRICS)
        rho = "-" if s.speakers < design.CLUSTERED else f"{s.rho:.2f}"
        alike = len(s.rare) > 3 and len(set(s.rare)) == 1
        rare = f"{len(s.rare)} x {s.rare[0]}" if alike else " + ".join(map(str, s.rare))
        yield f"| {s.speakers} | {s.utterances} | {rare or '-'} | {rho} | {s.seeds} | {shown} | {method} |"


if __name__ == "__main__":
    print_table(__doc__, {"all": lambda runs: lines((*SCENARIOS, *RARE_SCENARIOS), runs), "clusters": cluster_lines})
