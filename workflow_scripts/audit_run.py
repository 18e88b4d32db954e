"""Audit the runs of one table: a line a run if nothing leaked, one error that names every leak if something did."""

from pathlib import Path
from typing import Any

from xser import paths
from xser.audit.checks import AUDIT, Audit
from xser.audit.scaling import ScalingAudit
from xser.errors import raise_all
from xser.job import log


def main(*, results: str | Path, out: str | Path, settings: dict[str, Any]) -> None:
    """Write the audit of some runs, a line a run, if nothing is wrong; `results` is the folder of all results."""
    audit = Audit(Path(results), settings)
    raise_all(
        "the audit found labels, splits or models that are not those of the config",
        [*audit.wrong_data(), *(problem for archive in audit.archives() for problem in audit.wrong_models(*archive))],
        "delete these files and run again",
    )
    scaling = ScalingAudit(audit)
    scaled = {archive: scaling.check(*archive) for archive in audit.archives()}
    problems = [problem for _, wrong in scaled.values() for problem in wrong]
    lines = []
    for run in settings["runs"]:
        line, wrong = audit.check(run)
        how = {scaled[run["protocol"], system, train][0] for system, train in run["models"]}
        lines.append({**line, "scaling": "; ".join(sorted(how))})
        problems += wrong
    raise_all(
        "the audit found that training and test are not kept apart",
        sorted(set(problems)),
        "results that rest on these are not to be believed: remove the copies from a corpus, name other held-out "
        "speakers or training sets, or delete files that were altered, and run again",
    )
    AUDIT.write_records(out, lines)
    log.info("%d runs: nothing that is tested was seen before", len(lines))


if "snakemake" in globals():
    from xser.job import job

    with job(snakemake):
        main(results=paths.RESULTS, out=snakemake.output[0], settings=snakemake.params.settings)
