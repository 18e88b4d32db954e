"""What the whole paper costs on the real corpora: `snakemake plan` for config.yaml at the sizes of their releases.

No recording is needed: speakers, labels and numbers of utterances are those that the publishers state, so that splits
come out as they would; mean lengths are rounded (MASC's are our guess).

    python benchmarks/paper_cost.py [--cores 2]
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from xser.config.study import Study
from xser.estimate import sizes, text
from xser.estimate.costs import Costs
from xser.estimate.sizes import Audio, Sizes
from xser.splits.split import Item
from xser.workflow.plan import Plan

REPOSITORY = Path(__file__).resolve().parents[1]
# Recordings, and their mean seconds.
AUDIO = {
    "emodb": Audio(535, 535 * 2.8),
    "savee": Audio(480, 480 * 3.8),
    "emovo": Audio(588, 588 * 3.1),
    "iemocap": Audio(10_039, 10_039 * 4.5),
    "masc": Audio(25_636, 25_636 * 2.0),
}
# Utterances of the five emotions by speaker.
EMODB = {"03": 43, "08": 48, "09": 31, "10": 29, "11": 45, "12": 28, "13": 43, "14": 53, "15": 42, "16": 46}
EMODB_WOMEN = ("08", "09", "13", "14", "16")
IEMOCAP = {
    **{"01F": 528, "01M": 557, "02F": 481, "02M": 542, "03F": 522},
    **{"03M": 629, "04F": 528, "04M": 503, "05F": 590, "05M": 651},
}
FEAR = 4  # of each of IEMOCAP's speakers, beside the other four classes


def speakers(corpus: str) -> Iterator[tuple[str, str, int]]:
    """Yield (speaker, gender, utterances with one of the corpus' target emotions)."""
    if corpus == "emodb":
        yield from ((s, "f" if s in EMODB_WOMEN else "m", n) for s, n in EMODB.items())
    elif corpus == "savee":
        yield from ((s, "m", 90) for s in ("DC", "JE", "JK", "KL"))
    elif corpus == "emovo":
        yield from ((s, s[0], 70) for s in ("f1", "f2", "f3", "m1", "m2", "m3"))
    elif corpus == "iemocap":
        yield from ((f"Ses{s}", s[-1].lower(), n + FEAR) for s, n in IEMOCAP.items())
    elif corpus == "iemocap_exc":
        # hap, 595 of the utterances, is left out: in proportion
        yield from ((f"Ses{s}", s[-1].lower(), round(n * (1 - 595 / 5531))) for s, n in IEMOCAP.items())
    else:
        yield from ((f"{k:03}", "f" if k <= 23 else "m", 377) for k in range(1, 69))


def paper_sizes(plan: Plan) -> Sizes:
    """The sizes of the paper's corpora, split by the config's protocols."""
    folds = {}
    for protocol, corpus in sizes.splits(plan, plan.config.tables):
        audio, settings = plan.audio(corpus), plan.split_settings(protocol, corpus)
        items = [
            Item(f"{audio}_{s}-{i:04}", f"{audio}_{s}", gender, "", f"{s}{i}")
            for s, gender, count in speakers(corpus)
            for i in range(count)
        ]
        split = plan.config.protocols[protocol].split(items, audio, settings["test"], settings["dev"])
        folds[protocol, corpus] = [sizes.fold_of_parts(parts) for parts in split.parts]
    return Sizes(AUDIO, folds)


def main() -> None:
    """Print the estimate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=int, default=2)
    cores = parser.parse_args().cores
    raw = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as empty:
        for entry in raw["corpora"].values():
            if "view" not in entry:
                entry["root"] = empty
        plan = Plan(Study(raw))
        print(text.describe(plan, paper_sizes(plan), Costs.best(REPOSITORY), cores, Path(empty)))


if __name__ == "__main__":
    main()
