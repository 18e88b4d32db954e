# What all stages share: the checked config, ids as wildcard constraints, the code a result depends on.
# Logic lives in workflow_scripts/xser and is tested there.
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow_scripts"))

from snakemake.exceptions import WorkflowError

from xser.config import Config
from xser.plan import Plan
from xser.errors import InputError
from xser.imports import code
from xser.terminal import closing

try:
    CONFIG = Config(config)
    PLAN = Plan(CONFIG)
except InputError as error:
    raise WorkflowError(str(error)) from None


# On a cluster these seconds are not worth a job.
localrules:
    map_emotions,
    describe_corpus,
    split_corpus,
    make_table,
    compare_systems,
    make_spread,
    make_audit,
    draw_confusion,
    draw_speakers,
    draw_heat_map,
    draw_against_paper,
    draw_learning_curves,
    draw_importance,
    draw_corpora,
    make_summary,
    make_appendix,


wildcard_constraints:
    corpus=PLAN.one_of(CONFIG.corpora),
    features=PLAN.one_of(CONFIG.raw["features"]),
    protocol=PLAN.one_of(CONFIG.raw["protocols"]),
    system=PLAN.one_of(CONFIG.systems),
    table=PLAN.one_of(CONFIG.raw["tables"]),
    test=PLAN.one_of(CONFIG.corpora),
    train=r"[a-z0-9_+]+(-to-[a-z0-9_+]+)*",
    shard=r"\d+",
    part=r"\d+",


def spreads(table):
    """The spread of a table that shows protocol `paper` beside one that tests every speaker."""
    kinds = {CONFIG.raw["protocols"][p]["kind"] for p in CONFIG.protocols(table)}
    stem = f"results/tables/{table}.spread"
    return [f"{stem}.tsv", f"{stem}.md"] if kinds == {"paper", "speakers"} else []


def targets(*tables):
    """All files of some tables, their runs' audit, and the spread over speakers where they show it."""
    return [
        *(
            f"results/tables/{t}.{ending}"
            for t in tables
            for ending in ("tsv", "md", "tex", "comparisons.tsv", "comparisons.md")
        ),
        *(f"results/audit/{t}.tsv" for t in tables),
        *(path for t in tables for path in spreads(t)),
    ]


def summary():
    """What a finished run says: each table, short, and where the files lie."""
    captions = {
        name: entry.get("caption", name) for name, entry in CONFIG.raw["tables"].items()
    }
    return closing(captions, {c.id: c.title for c in CONFIG.corpora.values()})


def figure(name, family, protocol):
    """A figure's two files; the vector one is shown in the report, below its table."""
    return {
        "svg": report(
            f"results/figures/{name}.svg",
            caption=f"../report/{family}.rst",
            category=lambda w: REPORT.category(w.table),
            labels={"figure": family.replace("-", " "), "protocol": protocol},
        ),
        "png": f"results/figures/{name}.png",
    }
