"""Audit the runs of one table: a line a run if nothing leaked, one error that names every leak if something did."""

from pathlib import Path
from typing import Any

from xser.audit import COLUMNS, Audit
from xser.audit_scaling import ScalingAudit
from xser.errors import raise_all
from xser.files import write_tsv
from xser.job import log


def main(results: str | Path, out: str | Path, settings: dict[str, Any]) -> None:
    """Write the audit of some runs.

    Parameters
    ----------
    results
        The folder of results: corpora, features, splits, models and predictions are read.
    out
        A TSV, one line a run; written only if nothing is wrong.
    settings
        See `audit.Audit`.
    """
    audit = Audit(Path(results), settings)
    scaling = ScalingAudit(audit)
    lines, problems, scaled = [], [], {}
    for run in settings["runs"]:
        line, wrong = audit.check(run)
        problems += wrong
        for system, train in run["models"]:
            for stage in audit.chain(train):
                key = run["protocol"], system, stage
                if key not in scaled:
                    scaled[key], wrong = scaling.check(*key)
                    problems += wrong
        lines.append({**line, "scaling": "; ".join(sorted({scaled[run["protocol"], s, t] for s, t in run["models"]}))})
    raise_all(
        "the audit found that training and test are not kept apart",
        sorted(set(problems)),
        "results that rest on these are not to be believed: remove the copies from a corpus, name other held-out "
        "speakers or training sets, or delete files that were altered, and run again",
    )
    write_tsv(out, COLUMNS, lines)
    log.info("%d runs: nothing that is tested was seen before", len(lines))


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main("results", snakemake.output[0], snakemake.params.settings)
