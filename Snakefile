# xser: cross-lingual, cross-corpus speech emotion recognition as one DAG.
# corpus -> features -> split -> (system x training set x fold x seed) -> predictions -> scores -> table cell
import atexit
import functools
import gc
import inspect

import smart_open
from snakemake.utils import min_version

min_version("9.27")

# A graph of jobs lives until the end. Looking for garbage in it again and again, and once more at the end, was a sixth of
# a large dry run.
gc.freeze()
gc.set_threshold(100_000, 50, 1000)
atexit.register(gc.freeze)
# Snakemake takes the path of its script and of its environment apart for each job: the same few dozen, again and again.
smart_open.parse_uri = functools.cache(smart_open.parse_uri)


include: "rules/config.smk"


for path in OWN_FILES:

    configfile: path


include: "rules/common.smk"
include: "rules/corpora.smk"
include: "rules/features.smk"
include: "rules/splits.smk"
include: "rules/training.smk"
include: "rules/results.smk"
include: "rules/curves.smk"
include: "rules/audit.smk"
include: "rules/report.smk"
include: "rules/estimate.smk"


rule all:
    default_target: True
    input:
        results.table_files(STUDY, *STUDY.default_tables()),
        curves.curve_files(STUDY, *STUDY.default_curves()),
        paths.AUDIT_PAGE,
        paths.SUMMARY,


TARGETS = {table: results.table_files(STUDY, table) for table in STUDY.tables}
TARGETS |= {curve: curves.curve_files(STUDY, curve) for curve in STUDY.curves}

for target, files in TARGETS.items():

    rule:
        name:
            target
        input:
            files,


for each in workflow.rules:
    each.message = each.message or label(each)  # a line a job in Snakemake's own log
    # Snakemake asks for the signatures of these functions once a job.
    for function in (getattr(f, "callable", f) for f in (*each.input, *each.params)):
        if inspect.isfunction(function):
            function.__signature__ = inspect.signature(function)


onstart:
    # By its default limit of 100 jobs a second Snakemake (9.27) looks at all ready jobs again one second after each look,
    # so that looks breed looks: after some hundred jobs its own process took half a core. Jobs that end are enough.
    limiter = workflow.scheduler.job_rate_limiter
    if limiter and (limiter.max_jobs, limiter.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


onsuccess:
    asked = workflow.dag_settings.targets
    if set(asked) != {"estimate"}:  # which has words of its own
        captions = {t: STUDY.tables[t].caption for t in results.asked(STUDY, asked)}
        print(closing(captions, {c.id: c.title for c in STUDY.corpora.values()}))
