"""What a figure may ask of the study that it shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xser import paths
from xser.config.study import Cell, Run, Study
from xser.config.systems import System
from xser.config.trainsets import TrainSet
from xser.models.base import load_model


@dataclass(frozen=True)
class View:
    """One protocol of a table, all of a table (`protocol` is empty), a curve, or the corpora of the report."""

    study: Study
    corpora: tuple[str, ...]
    """All that take part in the report's tables."""
    table: str = ""
    protocol: str = ""
    curve: str = ""

    def under(self, protocol: str) -> "View":
        """Another protocol of the table."""
        return replace(self, protocol=protocol)

    @property
    def columns(self) -> tuple[str, ...]:
        """The tested corpora."""
        return self.study.tables[self.table].columns

    def titles(self) -> dict[str, str]:
        """The titles of the tested corpora."""
        return {c: self.study.corpora[c].title for c in self.columns}

    def cells(self) -> list[Cell]:
        """The cells, those without a run included."""
        return [c for c in self.study.cells(self.table) if self.protocol in ("", c.protocol)]

    def placed(self) -> list[tuple[list[int], Run]]:
        """[row, column] and run of each cell that has one."""
        index = self.columns.index
        return [([c.row, index(c.column)], c.run) for c in self.cells() if c.run]

    def details(self) -> list[str]:
        """The details of the scores of each cell that has a run."""
        return [paths.details(*run.ids) for _, run in self.placed()]

    def scores(self) -> list[str]:
        """The scores of each cell that has a run."""
        return [paths.score(*run.ids) for _, run in self.placed()]

    def published(self) -> list[tuple[int, int, float]]:
        """(row, column, per cent) of the cells for which the paper has a value."""
        # A published value stands in the cells of every protocol.
        first = self.under(self.study.tables[self.table].protocols[0])
        return [(c.row, self.columns.index(c.column), c.paper) for c in first.cells() if c.paper is not None]

    def rows(self) -> list[str]:
        """The labels of the rows, without marks: these are in the scores of their runs (see base.marked_rows)."""
        return [row.label for row in self.study.tables[self.table].rows]

    def trainings(self) -> list[tuple[System, TrainSet]]:
        """The systems with a model of their own, each with what it is trained on, each pair once."""
        runs = dict.fromkeys((run.system, run.train) for _, run in self.placed())
        systems = self.study.systems
        return [(systems[system], train) for system, train in runs if not systems[system].combine]

    def neural(self) -> list[tuple[System, TrainSet]]:
        """Those that learn in epochs."""
        return [(system, train) for system, train in self.trainings() if load_model(system.model).epochs]

    def short(self, train: TrainSet) -> str:
        """A training set by the titles of its corpora, or by their number where they are many."""

        def stage(corpora: Sequence[str]) -> str:
            titles = [self.study.corpora[c].title for c in corpora]
            return " + ".join(titles) if len(titles) < 3 else f"{len(titles)} corpora"

        return " → ".join(map(stage, train.stages))

    @property
    def practice(self) -> bool:
        """Whether synthetic speech is in it: tested, or trained on."""
        if self.curve:
            runs = self.study.curve_runs(self.curve)
            return any(self.study.corpora[c].practice for run in runs for c in (*run.train.corpora, run.test))
        used = [c for _, run in self.placed() for c in (*run.train.corpora, run.test)] if self.table else self.corpora
        return any(self.study.corpora[c].practice for c in used)
