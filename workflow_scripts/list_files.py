"""The list of a corpus' files, with a digest of each.

Needs all files of one corpus that its reader reads; makes files.tsv, which stands for them.
"""

from xser.corpora import file_list
from xser.job import run_main

if "snakemake" in globals():
    run_main(file_list.write, snakemake)
