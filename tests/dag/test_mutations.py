"""One change at a time: exactly which jobs Snakemake would run, and why."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import TARGETS, Plan, Project
from jobs import (
    ALL_RUNS,
    ALONE,
    EMODB_DATA,
    EMODB_LEARNING,
    EMODB_RESULTS,
    LSTM_RUNS,
    LSTM_TRAININGS,
    RUNS,
    SAVEE_DATA,
    SAVEE_LEARNING,
    SAVEE_RESULTS,
    TABLES,
    TRAININGS,
    after,
    because,
    extract,
    run,
    score,
    split,
    train,
)

NOTHING: Plan = set()
WAV = "speech/emodb/wav/03a01Wa.wav"
NEW_WAV = "speech/emodb/wav/03b02Wa.wav"
SCRIPTS = "workflow_scripts"


def change_wav(project: Project) -> None:
    """Turn one recording upside down: other bytes of the same length."""
    path = project.path(WAV)
    data = path.read_bytes()
    path.write_bytes(data[:44] + bytes(255 - b for b in data[44:]))


def add_wav(project: Project) -> None:
    """One more recording of a speaker who is there."""
    shutil.copyfile(project.path(WAV), project.path(NEW_WAV))


def add_old_wav(project: Project) -> None:
    """The same, with the time stamp of the publisher's archive."""
    add_wav(project)
    os.utime(project.path(NEW_WAV), (1e9, 1e9))


def touch(*patterns: str) -> Callable[[Project], None]:
    """Give files a new time stamp."""

    def act(project: Project) -> None:
        files = [p for pattern in patterns for p in project.folder.glob(pattern) if p.is_file()]
        assert files
        for path in files:
            os.utime(path)

    return act


def configure(old: str, new: str) -> Callable[[Project], None]:
    """Replace one piece of config.yaml."""
    return lambda project: project.configure(old, new)


def append(name: str, text: str = "\n# a remark\n") -> Callable[[Project], None]:
    """Add lines to the end of a file, or make it."""

    def act(project: Project) -> None:
        with open(project.path(name), "a", encoding="utf-8") as out:
            out.write(text)

    return act


def both(*acts: Callable[[Project], None]) -> Callable[[Project], None]:
    """Several changes at once."""

    def act(project: Project) -> None:
        for one in acts:
            one(project)

    return act


def delete(name: str) -> Callable[[Project], None]:
    """Remove a file."""
    return lambda project: project.path(name).unlink()


def truncate(name: str) -> Callable[[Project], None]:
    """Cut a file in half."""
    return lambda project: os.truncate(project.path(name), project.path(name).stat().st_size // 2)


def reorder(project: Project) -> None:
    """Turn the order of all keys of config.yaml round."""

    def turned(value: Any) -> Any:
        return {k: turned(value[k]) for k in reversed(value)} if isinstance(value, dict) else value

    project.edit("config.yaml", lambda text: yaml.safe_dump(turned(yaml.safe_load(text)), sort_keys=False))


def add_model(project: Project) -> None:
    """A model of one's own: a file, a system, a table."""
    models = project.path(f"{SCRIPTS}/xser/models")
    shutil.copyfile(models / "logreg.py", models / "own.py")
    configure("systems:\n", "systems:\n  is09-own: {features: is09, model: own}\n")(project)
    extra("{system: is09-own, train: same}")(project)


def extra(row: str, columns: str = "[emodb]") -> Callable[[Project], None]:
    """A further table."""
    return append("config.yaml", f"  extra:\n    columns: {columns}\n    rows:\n      - {row}\n")


FURTHER = "  further:\n    root: speech/emodb\n    reader: emodb\n    paper: {test: ['03']}\nlanguages:"
EXTRA_TOO = (*TARGETS, "results/tables/extra.md")
EXTRA = "make_table extra"


@dataclass(frozen=True)
class Case:
    """A change, and what it makes Snakemake run for some targets."""

    act: Callable[[Project], None]
    plan: Plan
    targets: tuple[str, ...] = TARGETS


ALL_LEARNING_AND_RESULTS = after(*TRAININGS, *ALL_RUNS, *TABLES)
ALL_OF_EMODB = after("read_corpus emodb", *EMODB_DATA, *EMODB_LEARNING, *EMODB_RESULTS)

CASES = {
    "nothing": Case(lambda project: None, NOTHING),
    # -- recordings
    "wav touched": Case(touch(WAV), NOTHING),
    "wav changed": Case(
        change_wav,
        because(f"updated {WAV}", ["list_files emodb"]) | ALL_OF_EMODB,
    ),
    "wav added": Case(
        add_wav,
        because(f"updated {NEW_WAV}", ["list_files emodb"]) | ALL_OF_EMODB,
    ),
    "wav added that is older than the results": Case(
        add_old_wav,
        because("input set", ["list_files emodb"]) | ALL_OF_EMODB,
    ),
    "wav removed": Case(
        delete(WAV),
        because("input set", ["list_files emodb"]) | ALL_OF_EMODB,
    ),
    # -- config: what a result depends on
    "mapping of one corpus": Case(
        configure("    root: practice\n", "    root: practice\n    mapping: {sa: null}\n"),
        because("params", ["map_emotions savee"]) | after(split("savee"), *SAVEE_LEARNING, *SAVEE_RESULTS),
    ),
    "test speaker": Case(
        configure("[DC]", "[JE]"),
        because("params", [split("savee")]) | after(*SAVEE_LEARNING, *SAVEE_RESULTS),
    ),
    "C of logistic regression": Case(
        configure("C: 0.01", "C: 0.1"),
        because("params", [train("is09-logreg", "emodb"), train("is09-logreg", "savee")])
        | after(*run("is09-logreg", "emodb", "emodb"), *run("is09-logreg", "savee", "savee"), ALONE),
    ),
    "epochs": Case(  # fine-tuning has a number of its own; it reruns because of the models that it starts from
        configure("epochs: 2,", "epochs: 3,"),
        because("params", [train("mfcc-lstm", "emodb"), train("mfcc-lstm", "savee")])
        | after(train("mfcc-lstm", "emodb-to-savee"), *LSTM_RUNS, *TABLES),
    ),
    "seed added": Case(  # models without randomness do not care
        configure("seeds: [0, 1]", "seeds: [0, 1, 2]"),
        because("params", LSTM_TRAININGS[:2]) | after(LSTM_TRAININGS[2], *LSTM_RUNS, *TABLES),
    ),
    "bootstrap samples": Case(
        configure("samples: 100", "samples: 200"),
        because("params", [score(*one) for one in RUNS]) | after(*TABLES),
    ),
    # -- something added, to be shown in a further table
    "model added": Case(
        add_model,
        because("missing", [EXTRA, train("is09-own", "emodb"), *run("is09-own", "emodb", "emodb")]),
        EXTRA_TOO,
    ),
    "feature set added": Case(
        both(
            configure("features:\n", "features:\n  egemaps: {extractor: opensmile, set: eGeMAPSv02}\n"),
            configure("systems:\n", "systems:\n  egemaps-svc: {features: egemaps, model: svc}\n"),
            extra("{system: egemaps-svc, train: same}"),
        ),
        because(
            "missing",
            [
                EXTRA,
                extract("egemaps", "emodb"),
                train("egemaps-svc", "emodb"),
                *run("egemaps-svc", "emodb", "emodb"),
            ],
        ),
        EXTRA_TOO,
    ),
    "corpus added": Case(
        both(configure("languages:", FURTHER), extra("{system: is09-svc, train: emodb}", "[savee, further]")),
        because(
            "missing",
            [
                EXTRA,
                "list_files further",
                "read_corpus further",
                "map_emotions further",
                split("further"),
                extract("is09", "further"),
                *run("is09-svc", "emodb", "further"),
            ],
        ),
        EXTRA_TOO,
    ),
    "table added": Case(
        extra("{system: is09-logreg, train: same}", "[savee, emodb]"), because("missing", [EXTRA]), EXTRA_TOO
    ),
    "things added that no table uses": Case(
        both(
            configure("languages:", FURTHER),
            configure("features:\n", "features:\n  egemaps: {extractor: opensmile, set: eGeMAPSv02}\n"),
            configure("systems:\n", "systems:\n  own: {features: egemaps, model: svc, parameters: {C: 3.0}}\n"),
            configure("{kind: paper}\n", "{kind: paper}\n  speakers: {kind: speakers, folds: 3}\n"),
            configure("models:\n", "models:\n  tripathi: {epochs: 3}\n"),
        ),
        NOTHING,
    ),
    # -- config: what is only shown
    "caption": Case(configure("Each corpus by itself", "One by one"), because("params", [ALONE])),
    "table renamed": Case(
        configure("  across:\n", "  over:\n"), because("missing", ["make_table over"]), ("results/tables/over.md",)
    ),
    "keys reordered": Case(reorder, NOTHING),
    "comment": Case(configure("# a small study", "# a study, small"), NOTHING),
    # -- code
    "script edited": Case(
        append(f"{SCRIPTS}/train_models.py"),
        because("changed: train_models.py", TRAININGS[:-1]) | after(TRAININGS[-1], *ALL_RUNS, *TABLES),
    ),
    "script touched": Case(touch(f"{SCRIPTS}/train_models.py"), NOTHING),
    "model edited": Case(
        append(f"{SCRIPTS}/xser/models/logreg.py"),
        because("changed: xser/models/logreg.py", [train("is09-logreg", "emodb"), train("is09-logreg", "savee")])
        | after(*run("is09-logreg", "emodb", "emodb"), *run("is09-logreg", "savee", "savee"), ALONE),
    ),
    "shared module edited": Case(
        append(f"{SCRIPTS}/xser/splits/split.py"),
        because("changed: xser/splits/split.py", [split("emodb"), split("savee")]) | ALL_LEARNING_AND_RESULTS,
    ),
    "module at the ground edited": Case(
        append(f"{SCRIPTS}/xser/data_dir.py"),
        because("changed: xser/data_dir.py", ["read_corpus emodb", "read_corpus savee"])
        | after(*EMODB_DATA, *SAVEE_DATA)
        | ALL_LEARNING_AND_RESULTS,
    ),
    "module that nothing imports edited": Case(append(f"{SCRIPTS}/xser/unused.py", "x = 1\n"), NOTHING),
    "module of the command line edited": Case(append(f"{SCRIPTS}/xser/cli/main.py"), NOTHING),
    "reader edited": Case(
        append(f"{SCRIPTS}/xser/corpora/emodb.py"),
        because("changed: xser/corpora/emodb.py", ["read_corpus emodb"])
        | after(*EMODB_DATA, *EMODB_LEARNING, *EMODB_RESULTS),
    ),
    "remark in a rules file": Case(both(append("rules/training.smk"), append("Snakefile")), NOTHING),
    "schema edited": Case(append("schemas/config.schema.json", "\n"), NOTHING),
    # -- time stamps and places
    "fresh checkout": Case(touch("Snakefile", "config.yaml", "*/*", f"{SCRIPTS}/**/*", "profiles/**/*"), NOTHING),
    # -- outputs
    "table deleted": Case(delete("results/tables/alone.md"), because("missing", [ALONE])),
    "features deleted": Case(delete("results/features/is09/emodb.ark"), NOTHING),
    "predictions truncated": Case(
        truncate("results/predictions/paper/is09-logreg/emodb/emodb.tsv"),
        because(
            "updated results/predictions/paper/is09-logreg/emodb/emodb.tsv", [score("is09-logreg", "emodb", "emodb")]
        )
        | after(ALONE),
    ),
    "table truncated": Case(truncate("results/tables/alone.md"), NOTHING),
    # -- software
    "package upgraded in the lock": Case(append("requirements/run.txt"), NOTHING),
    "environment file edited": Case(append("envs/models.yaml"), NOTHING),
}


@pytest.mark.parametrize("name", CASES)
def test_reruns_exactly(project: Project, name: str) -> None:
    case = CASES[name]
    case.act(project)
    assert project.plan(*case.targets) == case.plan


def test_project_moved(project: Project, tmp_path: Path) -> None:
    moved = project.moved(tmp_path / "elsewhere")
    assert moved.plan() == NOTHING


def test_an_imported_archive_that_is_written_anew_is_imported_again(project: Project) -> None:
    """Other values at the same places: its scp stays as it was."""
    features = project.path("results/features/is09")
    data, scp = (features / "emodb.ark").read_bytes(), (features / "emodb.scp").read_text(encoding="utf-8")
    project.path("outside.ark").write_bytes(data)
    project.path("outside.scp").write_text(scp.replace("results/features/is09/emodb", "outside"), encoding="utf-8")
    project.configure("features:\n", "features:\n  outside: {extractor: scp, scp: {emodb: outside.scp}}\n")
    target, job = "results/features/outside/emodb.scp", "import_features outside emodb"
    assert project.run(target) == because("missing", [job])
    assert project.plan(target) == NOTHING
    project.path("outside.ark").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert project.plan(target) == because("updated outside.ark", [job])
