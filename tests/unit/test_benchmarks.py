"""The page of the benchmarks: made of what was measured, and of all of it."""

import gzip
from pathlib import Path

import numpy as np
import page
import paper_sizes
import pytest
import results
import splits

from xser.evaluation import predictions
from xser.evaluation.predictions import Block

BENCHMARKS = Path(page.__file__).parent


def test_the_page_shows_what_was_measured_last() -> None:
    parts = results.measured()
    assert set(parts) == set(results.PARTS)
    assert (BENCHMARKS / "RESULTS.md").read_text(encoding="utf-8") == page.text(BENCHMARKS / "remarks", parts)


def test_comparisons_are_medians_of_five_rounds_at_least() -> None:
    parts = results.measured()
    assert parts["lstm"]["rounds"] >= 5
    assert parts["svc"]["rounds"] >= 5
    assert all(f["differ"] == 0 for f in parts["svc"]["svc"])


@pytest.mark.parametrize(("power", "grew"), [(1.0, 1.0), (2.0, 2.0)])
def test_the_exponent_of_growth(power: float, grew: float) -> None:
    assert page.exponent((10, 10**power), (1000, 1000**power)) == pytest.approx(grew)


def test_the_sizes_of_the_papers_tests_stand_in_the_docs() -> None:
    text = (Path(__file__).parents[2] / "docs" / "method.md").read_text(encoding="utf-8")
    shown = text.partition("<!-- sizes -->\n")[2].partition("\n<!-- end -->")[0]
    assert shown.splitlines() == list(paper_sizes.lines())


def test_the_folds_of_a_benchmark_are_counted_and_the_gap_is_that_of_shared_utterances(tmp_path: Path) -> None:
    names = [f"wav/{s}{t}{e}a.wav" for s in ("03", "08") for t in ("a01", "b02") for e in "WN"]
    parts = ["test" if "a01" in name else "train" for name in names]
    with gzip.open(tmp_path / "emodb.tsv.gz", "wt", encoding="utf-8") as out:
        out.write("path\tfold_1\n" + "".join(f"{n}\t{p}\n" for n, p in zip(names, parts, strict=True)))
    with gzip.open(tmp_path / "mesd.tsv.gz", "wt", encoding="utf-8") as out:
        out.write("path\tfold_1\nx.wav\ttest\n")
    *_, emodb, mesd = splits.ledger(tmp_path)
    assert emodb == "| emodb | 8 | 1 | 2 of 2 | 0 of 1 |"
    assert mesd.endswith("names do not tell | names do not tell |")
    speakers, truth = [f"s{i // 4}" for i in range(40)], ["anger", "fear"] * 20
    made = []
    for name, right, first in (("a", 1.0, 0), ("b", 0.0, 4)):  # b tests all but the first speaker, and is always wrong
        anger = np.array([right if t == "anger" else 1 - right for t in truth])
        block = Block(0, 0, [f"{s}-{i:03d}" for i, s in enumerate(speakers)][first:], speakers[first:], truth[first:],
                      np.stack([anger, 1 - anger], axis=1)[first:])  # fmt: skip
        predictions.write(path := tmp_path / f"{name}.tsv", "c", ("anger", "fear"), [block])
        made.append(predictions.read(path))
    found = {metric: (one, other, e.value, e.n, n) for metric, one, other, e, n in splits.gap(*made, samples=100)}
    assert found == dict.fromkeys(("uar", "accuracy"), (1.0, 0.0, 1.0, 36, 9))
