"""What a family of figures is.

A family is a module `xser/figures/{name}.py` (underscores for the hyphens of its name) with `FAMILY`, an instance of a
class derived from `Family`, and a caption, `report/{name}.rst`. Nothing else lists it: the rules, the report and the
summary page ask the families that are there.

When the config is read every family says whether a table has such a figure, from which files and with which settings;
so its module imports nothing heavy at its top, and reaches matplotlib through `style`.
"""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from xser import figures
from xser.evaluation import marks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xser.figures.view import View

Inputs = Mapping[str, Sequence[str]]
Record = Mapping[str, Any]  # a line of a file
PATTERNS = {
    **{"corpora": "corpora-{}", "table": "{{table}}-{}", "protocol": "{{table}}-{}-{{protocol}}"},
    "curve": "{{curve}}-{}",
}


class Family(ABC):
    """One family of figures: a figure a protocol of a table, a table, a curve, or all corpora, as `shows` says."""

    shows: Literal["corpora", "table", "protocol", "curve"] = "protocol"
    title: str
    """Its heading on the summary page."""
    sources: str
    """What it is drawn from, for readers; may name `{table}` and `{protocol}`, or `{curve}`."""
    order: int = 100
    """Where it stands among the figures of a protocol: low ones first."""

    @property
    def module(self) -> str:
        """The name of its module."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def name(self) -> str:
        """Its name in paths."""
        return self.module.replace("_", "-")

    @property
    def pattern(self) -> str:
        """The name of its figures, with wildcards."""
        return PATTERNS[self.shows].format(self.name)

    def exists(self, view: "View") -> bool:
        """Whether there is such a figure of a table or protocol that has runs, or of the corpora."""
        return True

    @abstractmethod
    def inputs(self, view: "View") -> dict[str, list[str]]:
        """The files that it is drawn from, by name."""

    @abstractmethod
    def settings(self, view: "View") -> dict[str, Any]:
        """What of the config it shows."""

    @abstractmethod
    def draw(self, inputs: Inputs, settings: Mapping[str, Any]) -> "Figure":
        """Draw it from the files of `inputs` with what `settings` gave."""


def marked_rows(rows: Sequence[str], places: Sequence[Sequence[int]], scores: Sequence[str]) -> list[str]:
    """Labels of rows with the marks of their runs; `scores` are the files (SCORE) of the runs at `places`.

    (p), practice, is a mark of rows where the figure also has others; the figure itself says it in any case.
    """
    from xser.evaluation.score import SCORE

    found = [SCORE.records(path)[0] for path in scores]
    mixed = len({score["practice"] for score in found}) > 1
    labels = []
    for number, row in enumerate(rows):
        own = [score for (r, _), score in zip(places, found, strict=True) if r == number]
        practice = "p" if mixed and any(score["practice"] for score in own) else ""
        labels.append(marks.beside(row, practice + marks.of(*own)))
    return labels


def load_family(module: str) -> Family:
    """The family of a module of this package."""
    family: Family = importlib.import_module(f"xser.figures.{module}").FAMILY
    return family


def families() -> list[Family]:
    """All families, in the order in which they are shown."""
    modules = [vars(importlib.import_module(f"xser.figures.{m.name}")) for m in pkgutil.iter_modules(figures.__path__)]
    found: list[Family] = [module["FAMILY"] for module in modules if "FAMILY" in module]
    return sorted(found, key=lambda family: (family.order, family.name))
