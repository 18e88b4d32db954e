"""Practice corpora: small synthetic stand-ins for corpora that need a licence, spoken by espeak-ng.

`files` is called by the Snakefile on every start: this module and `layouts` import the standard library only.
"""

from xser.corpora.practice.layouts import LAYOUTS

SUPPORTED: tuple[str, ...] = tuple(LAYOUTS)
"""Readers that have a practice corpus."""

NOTE = "PRACTICE.txt"
"""The file that says so in the corpus' root."""


def mark(corpus_reader: str) -> str:
    """Return what NOTE says."""
    return (
        f"Synthetic practice data in the layout of the corpus that the reader {corpus_reader} reads, not that corpus.\n"
        "The speech synthesiser espeak-ng speaks it; it holds no recording of a person. It serves to try the software\n"
        "out: numbers computed on it say nothing about emotion in human speech.\n"
    )


def files(corpus_reader: str) -> list[str]:
    """Return the paths of all files of a practice corpus, relative to its root, sorted; nothing is synthesised."""
    layout = LAYOUTS[corpus_reader]
    turns = layout.turns()
    return sorted([NOTE, *layout.label_files(turns), *(turn.path for turn in turns)])
