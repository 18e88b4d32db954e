"""What the rules of the report need: which figures there are, their input files and their parameter.

A figure is {name}.svg and .png; its name is `{table}-{family}`, with the protocol at its end where
it shows one protocol, or `corpora-{family}`.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from xser import paths
from xser.config.study import Cell
from xser.corpora.base import load_reader
from xser.models.base import load_module
from xser.tables import marks
from xser.workflow import audit as audit_plan
from xser.workflow.plan import Plan, ordered

BY_PROTOCOL = ("confusion", "heat-map", "speakers", "learning-curves", "importance")
CORPORA = ("corpora-emotions", "corpora-durations")
DEFAULT_LICENCE = "not stated here: its publisher's terms hold"


class ReportPlan:
    """Inputs and parameters of the rules that make figures, the summary page and the appendix."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.config = plan, plan.config

    # -- what there is ---------------------------------------------------------------------------------------------

    @cached_property
    def tables(self) -> list[str]:
        """The tables of the report: those of the default target with at least one run."""
        return [t for t in self.config.tables_all() if self.plan.table_runs(t)]

    @cached_property
    def corpora(self) -> list[str]:
        """The corpora that take part in the report's tables, in the config's order."""
        used = {c for t in self.tables for run in self.plan.table_runs(t) for c in {*run.train.corpora, run.test}}
        return [c for c in self.config.corpora if c in used]

    def figures(self) -> list[str]:
        """The names of all figures of the report."""
        return [name for t in self.tables for name in self.table_figures(t)] + (list(CORPORA) if self.corpora else [])

    def table_figures(self, table: str) -> list[str]:
        """The names of a table's figures."""
        names = [f"{table}-against-paper"] if self._has_paper(table) else []
        for protocol in self.config.protocols(table):
            names += [f"{table}-{family}-{protocol}" for family in BY_PROTOCOL if self._has(family, table, protocol)]
        return names

    def category(self, table: str) -> str:
        """The section of the report that shows a table."""
        return f"{table}: {self.config.raw['tables'][table].get('caption', table)}"

    def captions(self) -> list[str]:
        """The captions of all families of figures."""
        return sorted({f"report/{self._figure(name)['family']}.rst" for name in self.figures()})

    def files(self) -> list[str]:
        """What the target `report` makes."""
        images = [paths.figure(name, ending) for name in self.figures() for ending in ("png", "svg")]
        return [paths.SUMMARY, paths.APPENDIX, *images]

    def _has_paper(self, table: str) -> bool:
        return any(c.paper is not None and c.run for c in self.config.cells(table))

    def _has(self, family: str, table: str, protocol: str) -> bool:
        if not self._cells(table, protocol):
            return False
        if family == "confusion":
            return True
        if family == "heat-map":
            return any(row.get("train") == "each" for row in self.config.raw["tables"][table]["rows"])
        if family == "speakers":
            return self.config.raw["protocols"][protocol]["kind"] == "speakers"
        return bool(self._trainings(table, protocol) if family == "learning-curves" else self._linear(table, protocol))

    def _cells(self, table: str, protocol: str) -> list[Cell]:
        return [c for c in self.config.cells(table) if c.run and c.protocol == protocol]

    def _trainings(self, table: str, protocol: str) -> list[tuple[str, str]]:
        """The (system, training set) of neural systems, each once."""
        runs = [(c.run.system, c.run.train.name) for c in self._cells(table, protocol) if c.run]
        neural = [s for s in self.plan.modelled() if load_module(self.config.systems[s].model).EPOCHS]
        return [r for r in dict.fromkeys(runs) if r[0] in neural]

    def _linear(self, table: str, protocol: str) -> list[tuple[str, str]]:
        """The (system, training set) of logistic regressions on IS09, each once."""
        runs = [(c.run.system, c.run.train.name) for c in self._cells(table, protocol) if c.run]
        return [r for r in dict.fromkeys(runs) if self._is_linear(r[0])]

    def _is_linear(self, system: str) -> bool:
        entry = self.config.systems[system]
        features = self.config.raw["features"].get(entry.features, {})
        return entry.model == "logreg" and features.get("extractor") == "opensmile" and features.get("set") == "IS09"

    def is_practice(self, corpora: Sequence[str]) -> bool:
        """Whether any of these corpora is synthetic."""
        return any(self.config.corpora[c].practice for c in corpora)

    # -- figures ---------------------------------------------------------------------------------------------------

    def _practice(self, cells: Sequence[Cell]) -> bool:
        return self.is_practice([c for cell in cells if cell.run for c in (*cell.run.train.corpora, cell.run.test)])

    def _labels(self, table: str) -> tuple[list[str], list[str]]:
        """The labels of the rows, with the marks that their runs need, and the titles of the columns."""
        settings, config = self.plan.table_settings(table), self.config
        needed: list[list[dict[str, str]]] = [[] for _ in settings["rows"]]
        for cell in config.cells(table):
            if cell.run:
                needed[cell.row].append(
                    {"transductive": config.transductive(cell.run), "oracle": config.oracle(cell.run)}
                )
        rows = [marks.marked(row["label"], *lines) for row, lines in zip(settings["rows"], needed, strict=True)]
        return rows, [settings["titles"][c] for c in settings["columns"]]

    def details(self, table: str, protocol: str) -> list[str]:
        """The details of a table's scores under a protocol, one a cell that has a run."""
        return [paths.details(*c.run.ids) for c in self._cells(table, protocol) if c.run]

    def held_out_protocol(self, table: str) -> str | None:
        """The table's protocol of kind `paper`, if it has one."""
        kinds = {p: self.config.raw["protocols"][p]["kind"] for p in self.config.protocols(table)}
        return next((p for p, kind in kinds.items() if kind == "paper"), None)

    def held_out_details(self, table: str) -> list[str]:
        """The details of the table's scores under its protocol of kind `paper`."""
        protocol = self.held_out_protocol(table)
        return self.details(table, protocol) if protocol else []

    def cell_settings(self, table: str, protocol: str) -> dict[str, Any]:
        """Parameter of the figures with one panel a cell: `places` are (row, column) of the details, in their order."""
        rows, columns = self._labels(table)
        index = self.config.columns(table).index
        cells = self._cells(table, protocol)
        held = self.held_out_protocol(table)
        others = self._cells(table, held) if held else []
        first = self.config.protocols(table)[0]  # a published value stands in the cells of every protocol
        published = [c for c in self.config.cells(table) if c.paper is not None and c.protocol == first]
        return ordered(
            {
                "columns": columns,
                "held_out_places": [[c.row, index(c.column)] for c in others],
                "places": [[c.row, index(c.column)] for c in cells],
                "practice": self._practice([*cells, *others]),
                "published": [[c.row, index(c.column), c.paper] for c in published],
                "rows": rows,
            }
        )

    def table_settings(self, table: str, protocol: str | None = None) -> dict[str, Any]:
        """Parameter of the figures that are drawn from a table's TSV."""
        columns = self.config.columns(table)
        return ordered(
            {"columns": columns, "protocol": protocol, "titles": {c: self.config.corpora[c].title for c in columns}}
        )

    def histories(self, table: str, protocol: str) -> list[str]:
        """The learning curves of a table."""
        return [paths.history(protocol, s, t) for s, t in self._trainings(table, protocol)]

    def curve_settings(self, table: str, protocol: str) -> dict[str, Any]:
        """Parameter of the learning curves."""
        panels = []
        for system, train in self._trainings(table, protocol):
            entry = self.config.systems[system]
            parameters = {**entry.parameters, **(dict(entry.finetune) if self.plan.trainset(train).before else {})}
            panels.append(
                {
                    "choice": parameters["epoch"],
                    "monitor": parameters["monitor"],
                    "title": f"{system}\n{self._short(train)}",
                }
            )
        return ordered({"panels": panels, "practice": self._practice(self._cells(table, protocol))})

    def _short(self, train: str) -> str:
        """A training set as a figure names it: by titles, or by their number where they are many."""

        def stage(corpora: Sequence[str]) -> str:
            titles = [self.config.corpora[c].title for c in corpora]
            return " + ".join(titles) if len(titles) < 3 else f"{len(titles)} corpora"

        return " → ".join(map(stage, self.plan.trainset(train).stages))

    def linear_models(self, table: str, protocol: str) -> list[str]:
        """The logistic regressions on IS09 of a table."""
        return [paths.models(protocol, s, t) for s, t in self._linear(table, protocol)]

    def linear_names(self, table: str, protocol: str) -> list[str]:
        """The names of the features that they are trained on."""
        return [
            paths.features(
                self.config.systems[s].features, self.plan.audio(self.plan.trainset(t).corpora[0]), "names.txt"
            )
            for s, t in self._linear(table, protocol)
        ]

    def importance_settings(self, table: str, protocol: str) -> dict[str, Any]:
        """Parameter of the importance of groups of features."""
        linear = self._linear(table, protocol)
        several = len({s for s, _ in linear}) > 1
        columns = [f"{s}, {self._short(t)}" if several else self._short(t) for s, t in linear]
        corpora = [c for _, t in linear for c in self.plan.trainset(t).corpora]
        return ordered({"columns": columns, "practice": self.is_practice(corpora)})

    def corpus_files(self, name: str) -> list[str]:
        """One file of each corpus' data directory; labels are a corpus' own, the rest is that of its audio."""
        own = name in ("utt2emo", "labels.tsv", "card.tsv")
        return [paths.corpus(c if own else self.plan.audio(c), name) for c in self.corpora]

    def corpora_settings(self) -> dict[str, Any]:
        """Parameter of the composition of corpora."""
        entries = [self.config.corpora[c] for c in self.corpora]
        return ordered({"practice": [c.practice for c in entries], "titles": [c.title for c in entries]})

    # -- the summary page and the appendix -------------------------------------------------------------------------

    def summary_settings(self) -> dict[str, Any]:
        """Parameter of the summary page."""
        return ordered(
            {
                "corpora": [self._corpus(c) for c in self.corpora],
                "figures": [self._figure(name) for name in self.figures()],
                "intervals": self.config.raw.get("intervals", {}),
                "protocols": {
                    p: self.config.raw["protocols"][p] for t in self.tables for p in self.config.protocols(t)
                },
                "seeds": self.config.raw["seeds"],
                "tables": [self._table(t) for t in self.tables],
            }
        )

    def _table(self, table: str) -> dict[str, Any]:
        return {
            **self.table_settings(table),
            "caption": self.config.raw["tables"][table].get("caption", table),
            "id": table,
        }

    def _corpus(self, corpus: str) -> dict[str, Any]:
        entry = self.config.corpora[corpus]
        licence = load_reader(entry.reader).licence or DEFAULT_LICENCE
        return {
            "id": corpus,
            "language": self.config.raw.get("languages", {}).get(entry.language, {}).get("name", entry.language),
            "licence": licence,
            "practice": entry.practice,
            "title": entry.title,
        }

    def _figure(self, name: str) -> dict[str, Any]:
        """A figure's name, its table (None: of the corpora), family, protocol and whether practice data reached it."""
        if name in CORPORA:
            family = name.removeprefix("corpora-")
            return {
                "family": family,
                "name": name,
                "practice": self.is_practice(self.corpora),
                "protocol": "",
                "table": None,
            }
        table = next(t for t in self.tables if name in self.table_figures(t))
        rest = name.removeprefix(f"{table}-")
        family = next(f for f in (*BY_PROTOCOL, "against-paper") if rest == f or rest.startswith(f"{f}-"))
        protocol = rest.removeprefix(family).removeprefix("-")
        cells = [c for c in self.config.cells(table) if c.run and protocol in ("", c.protocol)]
        return {"family": family, "name": name, "practice": self._practice(cells), "protocol": protocol, "table": table}

    def appendix_settings(self) -> dict[str, Any]:
        """Parameter of the LaTeX appendix."""
        summary = self.summary_settings()
        return ordered(
            {
                **{key: summary[key] for key in ("corpora", "protocols", "seeds")},
                "config_digest": audit_plan.page_settings(self.plan)["config"],
            }
        )
