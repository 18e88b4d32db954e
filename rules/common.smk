# What all stages share: the checked config, ids as wildcard constraints, the code a result depends on.
# Logic lives in workflow_scripts/xser and is tested there.
from xser.config.study import Study
from xser.estimate.costs import Costs
from xser.estimate.prices import Prices
from xser.estimate.sizes import Sizes
from xser.workflow.plan import Plan
from xser.imports import code
from xser.cli.terminal import closing

try:
    CONFIG = Study(config, " with ".join(CONFIG_FILES))
    PLAN = Plan(CONFIG)
    if workflow.is_main_process:
        PLAN.check_files()
    # here, because an error within an input function is shown with a traceback
    for asked in sys.argv[1:]:
        PLAN.check_path(asked)
    # memory and time that jobs ask a cluster for
    REQUEST = Prices(PLAN, Costs.best(), Sizes(PLAN)).requests()
except InputError as error:
    raise WorkflowError(error.short("mend these first")) from None


# On a cluster these seconds are not worth a job.
localrules:
    map_emotions,
    describe_corpus,
    split_corpus,
    make_table,
    compare_systems,
    make_spread,
    make_audit,
    make_summary,
    make_appendix,


wildcard_constraints:
    corpus=PLAN.one_of(CONFIG.corpora),
    features=PLAN.one_of(CONFIG.features),
    protocol=PLAN.one_of(CONFIG.protocols),
    system=PLAN.one_of(CONFIG.systems),
    table=PLAN.one_of(CONFIG.tables),
    test=PLAN.one_of(CONFIG.corpora),
    train=r"[a-z0-9_+]+(-to-[a-z0-9_+]+)*",
    shard=r"\d+",
    part=r"\d+",


def spreads(table):
    """The spread of a table that shows protocol `paper` beside one that tests every speaker."""
    stem = f"results/tables/{table}.spread"
    return [f"{stem}.tsv", f"{stem}.md"] if CONFIG.has_spread(table) else []


def targets(*tables):
    """All files of some tables, their runs' audit, the spread over speakers where they show it, their corpora's cards."""
    return [
        *(
            f"results/tables/{t}.{ending}"
            for t in tables
            for ending in ("tsv", "md", "tex", "comparisons.tsv", "comparisons.md")
        ),
        *(f"results/audit/{t}.tsv" for t in tables),
        *(path for t in tables for path in spreads(t)),
        *sorted(
            {
                f"results/corpora/{c}/card.md"
                for t in tables
                for c in PLAN.table_corpora(t)
            }
        ),
    ]


def summary():
    """What a finished run says: each table, short, and where the files lie; nothing after a plan, which has its own."""
    if set(workflow.dag_settings.targets) == {"estimate"}:
        return ""
    captions = {
        table.id: table.caption for table in CONFIG.tables.values()
    }
    return closing(captions, {c.id: c.title for c in CONFIG.corpora.values()})
