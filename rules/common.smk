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

try:
    CONFIG = Config(config)
    PLAN = Plan(CONFIG)
except InputError as error:
    raise WorkflowError(str(error)) from None


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


def targets(*tables):
    """All files of some tables."""
    return [
        f"results/tables/{t}.{ending}"
        for t in tables
        for ending in ("tsv", "md", "tex")
    ]


def summary():
    """What a finished run says: each table as Markdown and where the files lie."""
    shown = [
        p
        for t in CONFIG.raw["tables"]
        if (p := Path(f"results/tables/{t}.md")).is_file()
    ]
    return "\n".join(
        [*(p.read_text(encoding="utf-8") for p in shown), "Tables: results/tables/", ""]
    )
