"""What the rules of the report need: which figures there are, their input files and their parameter."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from xser import paths
from xser.config.study import Study
from xser.features.base import load_extractor
from xser.figures.base import Family, families
from xser.figures.view import View
from xser.imports import own_file
from xser.models.base import load_model
from xser.workflow import results
from xser.workflow.corpora import description
from xser.workflow.settings import ordered

DEFAULT_LICENCE = "not stated here: its publisher's terms hold"
# Family.shows -> protocol, as the report labels it
SHOWN = {"corpora": "", "table": "all", "protocol": "{protocol}", "curve": ""}


@dataclass(frozen=True)
class Drawing:
    """One figure of the report."""

    family: Family
    view: View

    @property
    def name(self) -> str:
        """Its name in paths."""
        return self.family.pattern.format(**vars(self.view))

    @property
    def files(self) -> list[str]:
        """Its files."""
        return [paths.figure(self.name, ending) for ending in ("svg", "png")]

    def describe(self) -> dict[str, Any]:
        """What the summary page says of it."""
        view = self.view
        return {
            "family": self.family.name,
            "name": self.name,
            "practice": view.practice,
            "protocol": view.protocol,
            "sources": self.family.sources.format(**vars(view)),
            "table": view.table or None,
            "title": self.family.title,
        }


class Report:
    """Inputs and parameters of the rules that make figures, the summary page and the appendix."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.families = families()

    # -- what there is ---------------------------------------------------------------------------------------------

    @cached_property
    def tables(self) -> list[str]:
        """The tables of the report: those of the default target with at least one run."""
        return [t for t in self.study.default_tables() if self.study.runs([t])]

    @cached_property
    def corpora(self) -> list[str]:
        """The corpora that take part in the report's tables, in the config's order."""
        used = results.table_corpora(self.study, *self.tables)
        return [c for c in self.study.corpora if c in used]

    @cached_property
    def figures(self) -> list[Drawing]:
        """All figures of the report: table by table, then those of curves and of the corpora."""
        curves = [f for c in self.study.default_curves() for f in self._shown("curve", curve=c)]
        tables = [f for t in self.tables for f in self.table_figures(t)]
        return tables + curves + (self._shown("corpora") if self.corpora else [])

    def table_figures(self, table: str) -> list[Drawing]:
        """The figures of a table."""
        protocols = [p for p in self.study.tables[table].protocols if self.view(table, p).placed()]
        return self._shown("table", table) + [f for p in protocols for f in self._shown("protocol", table, p)]

    def _shown(self, shows: str, table: str = "", protocol: str = "", curve: str = "") -> list[Drawing]:
        view = self.view(table, protocol, curve)
        return [Drawing(f, view) for f in self.families if f.shows == shows and f.exists(view)]

    def view(self, table: str = "", protocol: str = "", curve: str = "") -> View:
        """What figures show of a table, of a curve, or of the corpora."""
        return View(self.study, tuple(self.corpora), table, protocol, curve)

    def category(self, table: str) -> str:
        """The section of the report that shows a table."""
        return f"{table}: {self.study.tables[table].caption}"

    def section(self, shows: str) -> Any:
        """The section of the report for a family's figures, or a function of wildcards that says it."""
        if shows == "curve":
            return lambda w: f"{w.curve}: {self.study.curves[w.curve].caption}"
        return "Corpora" if shows == "corpora" else lambda w: self.category(w.table)

    def captions(self) -> list[str]:
        """The captions of all families of figures."""
        return sorted({own_file(f"report/{figure.family.name}.rst") for figure in self.figures})

    def files(self) -> list[str]:
        """What the target `report` makes."""
        return [paths.SUMMARY, paths.APPENDIX, *(path for f in self.figures for path in f.files)]

    def details(self) -> list[str]:
        """The details of all runs."""
        return sorted({paths.details(*run.ids) for run in self.study.runs(self.tables)})

    # -- figures ---------------------------------------------------------------------------------------------------

    def figure_inputs(self, family: Family) -> Callable[[Any], dict[str, list[str]]]:
        """The inputs of a family's rule, as a function of its wildcards."""
        return lambda wildcards: family.inputs(self.view(**dict(wildcards.items())))

    def figure_settings(self, family: Family) -> Callable[[Any], dict[str, Any]]:
        """The parameter of a family's rule, as a function of its wildcards."""

        def settings(wildcards: Any) -> dict[str, Any]:
            view = self.view(**dict(wildcards.items()))
            return ordered({**family.settings(view), "family": family.module, "practice": view.practice})

        return settings

    def figure_label(self, family: Family) -> dict[str, Any]:
        """Where Snakemake's report shows a family: arguments of `report`."""
        return {
            "caption": f"../report/{family.name}.rst",
            "category": self.section(family.shows),
            "labels": {"figure": family.name.replace("-", " "), "protocol": SHOWN[family.shows]},
        }

    # -- the summary page and the appendix -------------------------------------------------------------------------

    def corpus_files(self, name: str) -> list[str]:
        """One file of each corpus, such as its card."""
        return [paths.corpus(c, name) for c in self.corpora]

    def summary_settings(self) -> dict[str, Any]:
        """Parameter of the summary page."""
        corpora = [description(self.study, c) for c in self.corpora]
        return ordered(
            {
                "corpora": [{**c, "licence": c["licence"] or DEFAULT_LICENCE} for c in corpora],
                "figures": [figure.describe() for figure in self.figures],
                "intervals": asdict(self.study.intervals),
                "methods": self._methods(),
                "protocols": {
                    p: self.study.protocols[p].describe() for t in self.tables for p in self.study.tables[t].protocols
                },
                "seeds": self.study.seeds,
                "tables": [self._table(t) for t in self.tables],
            }
        )

    def _table(self, table: str) -> dict[str, Any]:
        view, entry = self.view(table), self.study.tables[table]
        return {
            "baseline": bool(entry.baseline),
            "caption": entry.caption,
            "columns": view.columns,
            "id": table,
            "matrix": [row.label for row in entry.rows if row.matrix],
            "reference": next((row.label for row in entry.rows if row.reference), ""),
            "titles": view.titles(),
        }

    def _methods(self) -> dict[str, Any]:
        """What a paper says of the systems: their features and models, each with what it cites, and their tasks."""
        study = self.study
        runs = [part for run in study.runs(self.tables) for part in study.trainings(run)]
        systems = [study.systems[name] for name in dict.fromkeys(run.system for run in runs)]
        features = [x for s in systems for x in self._extracted(s.features)]
        models = [load_model(s.model) for s in systems]
        paper = any(cell.paper is not None for table in self.tables for cell in study.cells(table))
        return {
            "features": list(dict.fromkeys(features)),
            "models": list(dict.fromkeys((m.title or m.name, m.references) for m in models)),
            "paper": paper,
            "tasks": sorted({head for s in systems for head in s.heads} - {"emotion"}),
        }

    def _extracted(self, features: str) -> list[tuple[str, tuple[str, ...]]]:
        """What is called how, and what is cited for it, of a set of features or of those pasted to it."""
        entry = self.study.features[features]
        if entry.of:
            return [x for part in entry.of for x in self._extracted(part)]
        if entry.scp:
            return [(features, ())]
        extractor = load_extractor(entry.extractor)
        title, *keys = (text.format_map(entry.parameters) for text in (extractor.title, *extractor.references))
        return [(title or features, tuple(keys))]

    def appendix_settings(self) -> dict[str, Any]:
        """Parameter of the LaTeX appendix."""
        summary = self.summary_settings()
        return ordered(
            {
                **{key: summary[key] for key in ("corpora", "protocols", "seeds")},
                "config_digest": self.study.digest,
            }
        )
