"""How often are two systems called different that are not? A simulation of seeds, speakers and utterances.

    python benchmarks/null.py [designs|clusters|hard|pairs] --runs 4000

prints a table of docs/method.md: in how many per cent of test sets p is below 0.05, accuracy / UAR of five uneven
classes. Utterances differ in difficulty, speakers too; a seed is better or worse as a whole, and by each utterance.

- Same system: both are one system, trained with other seeds.
- Equal systems: two that are equal on average; each finds other utterances hard, and with four or more tested
  speakers other speakers. (One to three speakers are those whom the result is about.)
- `clusters`: each of two equal systems finds other sentences or dialogues hard, of four or more speakers too.
- `hard`: equal systems, one seed each, where a t test could fail.
- `pairs`: what a method gains over ordered pairs of corpora, in truth nothing; other ways beside ours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from measurement import markdown, print_table
from scipy import stats
from scipy.special import expit

from xser.evaluation import design, over_corpora, significance

LEVEL = 0.05
BATCH = 50  # test sets that share their sentences or dialogues and their classes
CLASSES = (0.3, 0.5, 0.7, 0.87)  # where one of five classes ends and the next begins
# Standard deviations in logits.
UTTERANCE, SPEAKER, SEED, SEED_BY_UTTERANCE = 1.5, 0.5, 0.15, 0.5
SYSTEM_BY_UTTERANCE, SYSTEM_BY_SPEAKER, SYSTEM_BY_CLUSTER = 1.0, 0.3, 0.5


@dataclass(frozen=True)
class Design:
    """Test speakers and utterances of all of them, seeds of both systems, and whether they are one system.

    `clusters` are the sentences or dialogues; 0: utterances are independent. `logit` is the accuracy of a typical
    utterance. `uneven`: the second speaker says twice as much as the first, the third three times, and so on.
    """

    speakers: int
    utterances: int
    seeds_a: int = 1
    seeds_b: int = 1
    same: bool = False
    clusters: int = 0
    logit: float = 0.4
    uneven: bool = False


TESTED = {
    (1, 43): "EMO-DB, protocol `paper`",
    (1, 90): "SAVEE, `paper`",
    (1, 400): "a long speaker",
    (2, 900): "IEMOCAP, MASC, `paper`",
    (3, 900): "",
    (4, 200): "SAVEE, `speakers` or `loso`",
    (5, 250): "",
    (6, 300): "EMOVO, `speakers`",
    (7, 350): "",
    (10, 500): "EMO-DB, IEMOCAP, `speakers`",
    (24, 1200): "RAVDESS, `speakers`",
}
COLUMNS = {
    "same system, other seeds": {"seeds_a": 5, "seeds_b": 5, "same": True},
    "equal systems, 5 seeds each": {"seeds_a": 5, "seeds_b": 5},
    "5 seeds and 1": {"seeds_a": 5},
    "2 seeds each": {"seeds_a": 2, "seeds_b": 2},
    "1 seed each": {},
}
CLUSTERED = (
    *((1, 43, 10), (1, 70, 14), (1, 375, 25), (2, 754, 25), (2, 930, 14), (2, 930, 28)),
    *((4, 300, 15), (9, 1080, 24), (10, 500, 10), (24, 1200, 5), (24, 1200, 10)),
)
HARD = {
    "accuracy 0.9": {"logit": 3.0},
    "accuracy 0.25": {"logit": -1.5},
    "15 utterances a speaker": {},
    "uneven speakers": {"uneven": True},
}


def draw(d: Design, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """Draw test sets: whether each seed of both systems is right, (BATCH, seeds, n); speakers and clusters, (n,)."""

    def normal(deviation: float, *shape: int) -> np.ndarray:
        return np.float32(deviation) * rng.standard_normal((BATCH, *shape), dtype=np.float32)

    turns = np.repeat(np.arange(d.speakers), np.arange(d.speakers) + 1 if d.uneven else 1)
    speakers = np.resize(turns, d.utterances)
    clusters = rng.integers(0, d.clusters, d.utterances) if d.clusters else None
    hard = normal(UTTERANCE, 1, d.utterances) + normal(SPEAKER, 1, d.speakers)[..., speakers] + np.float32(d.logit)
    right = []
    for seeds in (d.seeds_a, d.seeds_b):
        own = hard
        if not d.same:
            own = own + normal(SYSTEM_BY_UTTERANCE, 1, d.utterances)
            if d.speakers >= design.CLUSTERED:
                own = own + normal(SYSTEM_BY_SPEAKER, 1, d.speakers)[..., speakers]
            if clusters is not None:
                own = own + normal(SYSTEM_BY_CLUSTER, 1, d.clusters)[..., clusters]
        if seeds > 1:  # training depends on chance
            own = own + normal(SEED, seeds, 1) + normal(SEED_BY_UTTERANCE, seeds, d.utterances)
        right.append((rng.random((BATCH, seeds, d.utterances), dtype=np.float32) < expit(own)).astype(float))
    return right[0], right[1], speakers, clusters


def p_values(a: np.ndarray, b: np.ndarray, speakers: np.ndarray, clusters: np.ndarray | None) -> np.ndarray:
    """`significance.compare`'s p of many test sets, (runs, seeds, n), by the test that it takes for the first one."""
    plan = design.design(speakers, clusters)
    method = significance.compare(a[0], b[0], speakers, samples=2, clusters=clusters).method
    if method == significance.MCNEMAR:
        return significance.mcnemar((a > b).sum(axis=(1, 2)), (b > a).sum(axis=(1, 2)))
    if method in significance.EXCHANGED.values():
        return significance.sign_flip(significance.by_unit(a - b, plan.units)[:, 0])
    with np.errstate(invalid="ignore", divide="ignore"):  # units that all differ by as much are no t test
        return significance.student(a, b, plan).p()


def rejected(d: Design, runs: int, blind: bool = False) -> np.ndarray:
    """The share of test sets in which the two systems are called different, by accuracy and by UAR.

    `blind`: as if utterances did not cluster.
    """
    rng = np.random.default_rng([int(abs(10 * x)) for x in astuple(d)])
    hits = np.zeros(2)
    for _ in range(runs // BATCH):
        right_a, right_b, speakers, clusters = draw(d, rng)
        weights = significance.uar_weights(np.searchsorted(CLASSES, rng.random(d.utterances)))
        for i, weight in enumerate((1.0, weights)):
            p = p_values(right_a * weight, right_b * weight, speakers, None if blind else clusters)
            hits[i] += (p < LEVEL).sum()
    return hits / (runs // BATCH * BATCH)


def _cell(d: Design, runs: int, blind: bool = False) -> str:
    return " / ".join(f"{100 * share:.1f}" for share in rejected(d, runs, blind))


def _table(heads: Sequence[str], rows: Iterator[Sequence[object]], runs: int) -> Iterator[str]:
    yield from markdown(heads, rows)
    yield ""
    yield f"{runs:,} test sets a cell; the standard error of 5.0 is {100 * (0.05 * 0.95 / runs) ** 0.5:.1f}."


def designs(runs: int) -> Iterator[str]:
    """A table of protocols and numbers of seeds."""
    rows = ((*t, name, *(_cell(Design(*t, **seeds), runs) for seeds in COLUMNS.values())) for t, name in TESTED.items())
    return _table(["speakers", "utterances", "such as", *COLUMNS], rows, runs)


def clustered(runs: int) -> Iterator[str]:
    """A table of sentences or dialogues, and what tests that do not know of them would make of them."""
    kinds = ("5 seeds each", "not known", "1 seed each", "not known")
    pairs = ((Design(s, n, k, k, clusters=c) for k in (5, 1)) for s, n, c in CLUSTERED)
    rows = (
        (*t, *(_cell(d, runs, blind) for d in pair for blind in (False, True)))
        for t, pair in zip(CLUSTERED, pairs, strict=True)
    )
    return _table(["speakers", "utterances", "sentences or dialogues", *kinds], rows, runs)


def hard(runs: int) -> Iterator[str]:
    """A table of one seed each where answers are mostly right or wrong, few, or uneven by speaker."""
    rows = (
        (n, *(_cell(Design(n, n * (15 if "15" in name else 50), **how), runs) for name, how in HARD.items()))
        for n in (4, 5, 6, 7, 10)
    )
    return _table(["speakers", *HARD], rows, runs)


def gain_p_values(gains: np.ndarray) -> list[float]:
    """p of a mean gain, of gains (targets, sources), by four ways: see `WAYS`."""
    n = len(gains)
    apart = ~np.eye(n, dtype=bool)
    of_pairs, by_target, by_source = gains[apart], *((gains * apart).sum(axis=i) / (n - 1) for i in (1, 0))
    pairs, targets, sources = (x.var(ddof=1) / len(x) for x in (of_pairs, by_target, by_source))
    two_way = max(targets + sources - pairs, targets, sources)
    ways = ((pairs, len(of_pairs)), (targets, n), (two_way, n))
    p = [float(2 * stats.t.sf(abs(of_pairs.mean()) / variance**0.5, m - 1)) for variance, m in ways]
    named = {(str(s), str(t)): float(gains[t, s]) for t in range(n) for s in range(n) if s != t}
    return [*p, over_corpora.mean_gain_of_pairs(named, 0.95).p]


WAYS = ("pairs as a sample", "tested corpora", "two-way", "jackknife of corpora (ours)")
GAINS = ((2, 2, 4, 0, 0), (1, 5, 4, 0, 0), (5, 5, 4, 0, 0), (0, 0, 4, 0, 0), (5, 5, 4, 0.7, 0), (0, 0, 4, 0, 1))


def pairs(runs: int) -> Iterator[str]:
    """A table of mean gains over pairs of corpora: points that corpora as targets, sources and pairs differ by."""
    rows = []
    for n in (5, 7):
        for target, source, pair, both, alike in GAINS:
            rng, hits = np.random.default_rng([n, target, source]), np.zeros(len(WAYS))
            for _ in range(runs):
                a, b = rng.standard_normal((2, n))
                own = rng.standard_normal((n, n))
                own = np.triu(own) + np.triu(own, 1).T if alike else own
                roles = target * a[:, None] + source * (both * a + (1 - both**2) ** 0.5 * b)
                hits += np.array(gain_p_values(roles + pair * own)) < LEVEL
            words = [f"{target}, {source}, {pair}", both, "yes" if alike else "no"]
            rows.append([n, *words, *(f"{100 * x:.1f}" for x in hits / runs)])
    heads = ["corpora", "targets, sources, pairs differ by", "correlation of a corpus' roles", "a > b as b > a", *WAYS]
    return _table(heads, iter(rows), runs)


if __name__ == "__main__":
    print_table(__doc__, {"designs": designs, "clusters": clustered, "hard": hard, "pairs": pairs})
