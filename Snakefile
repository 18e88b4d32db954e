# xser: cross-lingual, cross-corpus speech emotion recognition as one DAG.
# corpus -> features -> split -> (system x training set x fold x seed) -> predictions -> scores -> table cell
from snakemake.utils import min_version

min_version("9.27")


include: "rules/config.smk"


configfile: "config.yaml"


include: "rules/common.smk"
include: "rules/corpora.smk"
include: "rules/features.smk"
include: "rules/splits.smk"
include: "rules/training.smk"
include: "rules/results.smk"
include: "rules/audit.smk"
include: "rules/spread.smk"
include: "rules/report.smk"
include: "rules/estimate.smk"


rule all:
    default_target: True
    input:
        targets(*CONFIG.default_tables()),
        "results/audit.md",
        "results/summary.html",


for name in CONFIG.tables:

    rule:
        name:
            name
        input:
            targets(name),


onsuccess:
    print(summary())
