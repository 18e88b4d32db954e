"""What the rules of results and of the spread need, and what a table's target makes."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any

from xser import paths
from xser.combinations import COMBINATIONS
from xser.config.study import Cell, Run, Study
from xser.config.systems import CLASS_HEADS
from xser.models.base import load_model
from xser.workflow.settings import ordered


def table_files(study: Study, *tables: str) -> list[str]:
    """All files of some tables, their runs' audit, the spread over speakers if they show it, their corpora's cards."""
    endings = ("tsv", "md", "tex", "comparisons.tsv", "comparisons.md")
    return [
        *(paths.table(t, ending) for t in tables for ending in endings),
        *(paths.audit(t) for t in tables),
        *(path for t in tables for path in spreads(study, t)),
        *(paths.corpus(c, "card.md") for c in table_corpora(study, *tables)),
    ]


def asked(study: Study, targets: Collection[str]) -> list[str]:
    """The tables that a run is about: those among its targets, or the default ones; none where it asks for files."""
    if not targets or set(targets) & {"all", "study"}:
        return study.default_tables()
    return [table for table in study.tables if table in targets]


def spreads(study: Study, table: str) -> list[str]:
    """The spread of a table over its speakers, where it shows one."""
    return [paths.table(table, f"spread.{e}") for e in ("tsv", "md")] if study.has_spread(table) else []


def table_inputs(study: Study, table: str) -> dict[str, list[str]]:
    """Named inputs of rule make_table.

    Of its runs the scores, and, where it shows a spread, the details: how much speakers differ. Of the tested corpora
    what was left out, and the cards where each speaker is normalised: they say whether one may. The splits, with their
    emotions, in which it counts utterances.
    """
    runs, counted = study.runs([table]), splits(study, table)
    by_speaker = {
        run.test for run in runs for part in study.trainings(run) if study.systems[part.system].normalise == "speaker"
    }
    return {
        "scores": [paths.score(*run.ids) for run in runs],
        "details": [paths.details(*run.ids) for run in runs] if study.has_spread(table) else [],
        "left_out": [paths.corpus(c, "left_out.tsv") for c in sorted({study.corpora[run.test].audio for run in runs})],
        "splits": [paths.split(*each) for each in counted],
        "labels": [paths.corpus(corpus, "utt2emo") for _, corpus in counted],
        "cards": [paths.corpus(c, "card.tsv") for c in sorted(by_speaker)],
    }


def table_corpora(study: Study, *tables: str) -> list[str]:
    """The corpora that the runs of some tables are trained or tested on, sorted."""
    return sorted({corpus for _, corpus in splits(study, *tables)})


def shared_inputs(study: Study, run: Run) -> dict[str, str]:
    """What rule score_predictions counts shared speakers and dialogues in: nothing, where none can be shared."""
    if run.test not in run.train.corpora:
        return {}
    audio = study.corpora[run.test].audio
    return {
        "split": paths.split(run.protocol, run.test),
        "utterances": paths.corpus(audio, "utterances.tsv"),
        "utt2emo": paths.corpus(run.test, "utt2emo"),
        "audio": paths.corpus(audio, "audio.tsv"),
    }


def head_inputs(study: Study, run: Run) -> dict[str, list[str]]:
    """What rule score_predictions counts the classes of further heads in: nothing, where a run has none that classify.

    The heads of a run, or of what identifies its language, know what its last stage has.
    """
    how = study.systems[run.system].combine
    by_language = how and COMBINATIONS[how].by_language
    heads = study.systems[run.system].heads if not how else ["language"] if by_language else []
    if not set(heads) & set(CLASS_HEADS[1:]):
        return {}
    corpora = run.train.stages[-1]
    return {
        "learnt_splits": [paths.split(run.protocol, c) for c in corpora],
        "learnt_utterances": [paths.corpus(study.corpora[c].audio, "utterances.tsv") for c in corpora],
    }


def utterances(study: Study, run: Run) -> str:
    """The utterances.tsv of the corpus that a run is tested on."""
    return paths.corpus(study.corpora[run.test].audio, "utterances.tsv")


def score_settings(study: Study, run: Run) -> dict[str, Any]:
    """Parameter of rule score_predictions."""
    corpora = [study.corpora[c] for c in {*run.train.corpora, run.test}]
    return ordered(
        {
            **asdict(study.intervals),
            **study.marks(run),
            "practice": any(c.practice for c in corpora),
            "protocol": run.protocol,
            "system": run.system,
            "test": run.test,
            "train": run.train.name,
        }
    )


def table_settings(study: Study, table: str) -> dict[str, Any]:
    """Parameter of the rules that show a table."""
    entry = study.tables[table]
    columns = entry.columns
    runs = {run: i for i, run in enumerate(study.runs([table]))}

    def cell(c: Cell) -> dict[str, Any]:
        return {
            "row": c.row,
            "column": c.column,
            "protocol": c.protocol,
            "paper": c.paper,
            "score": None if c.run is None else runs[c.run],
        }

    return ordered(
        {
            "table": table,
            "baseline": entry.baseline,
            "caption": entry.caption,
            "columns": columns,
            "titles": {c: study.corpora[c].title for c in columns},
            "protocols": {p: study.protocols[p].settings() for p in entry.protocols},
            "rows": [
                {
                    "label": row.label,
                    "matrix": row.matrix,
                    "method": row.method,
                    "paper_oracle": row.paper_oracle,
                    "published": row.published,
                    "system": row.system,
                    "train": row.train,
                }
                for row in entry.rows
            ],
            "cells": [cell(c) for c in study.cells(table)],
            "paper_n": {c: study.corpora[c].paper_n for c in columns},
            "practice": [c for c in columns if study.corpora[c].practice],
        }
    )


def splits(study: Study, *tables: str) -> list[tuple[str, str]]:
    """(protocol, corpus) of all that the runs of some tables learn from or test, sorted."""
    return splits_of(study.runs(tables))


def splits_of(runs: Iterable[Run]) -> list[tuple[str, str]]:
    """(protocol, corpus) of all that some runs learn from or test, sorted."""
    return sorted({(run.protocol, c) for run in runs for c in (*run.train.corpora, run.test)})


def make_settings(study: Study, table: str) -> dict[str, Any]:
    """Parameter of rule make_table: how the table is shown, and what its runs learn from (see tables/counts.py)."""

    def stages(run: Run) -> list[dict[str, Any]]:
        model = load_model(study.systems[run.system].model)
        found = ((t.stages[-1], study.stage_parameters(run.system, t)) for t in run.train.chain)
        return [
            {"corpora": c, "target": run.train.target, "learns": model.learns(p), "chooses": model.chooses(p)}
            for c, p in found
        ]

    learning = [
        {"protocol": run.protocol, "test": run.test, "trainings": [stages(part) for part in study.trainings(run)]}
        for run in study.runs([table])
    ]
    more = {"confidence": study.intervals.confidence, "learning": learning, "splits": splits(study, table)}
    return ordered({**table_settings(study, table), **more})


def compare_settings(study: Study, table: str) -> dict[str, Any]:
    """Parameter of rule compare_systems: what of a table its comparisons show."""
    settings = table_settings(study, table)
    cells = [{k: v for k, v in cell.items() if k != "paper"} for cell in settings["cells"]]
    rows = [{k: v for k, v in row.items() if k != "paper_oracle"} for row in settings["rows"]]
    shown = {k: settings[k] for k in ("baseline", "columns", "protocols", "table", "titles")}
    return ordered({**shown, **asdict(study.intervals), "cells": cells, "rows": rows})
