"""A small project that has run once, and what Snakemake would run after a change to it.

`Project.restore()` puts the project back to the state after its first run, time stamps included; `Project.plan()`
parses a dry run into the set of (job, reason).
"""

import contextlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from configs import DEFAULT, REPOSITORY
from projects import copy_repository, snakemake

from xser.cli import reasons

SPEAKERS = ("03", "08", "09", "10")  # of EMO-DB's practice recordings; 03 is held out

CONFIG = """\
# a small study
emotions: [anger, fear, happiness, neutral, sadness]
protocols:
  paper: {kind: paper}
protocol: [paper]
seeds: [0, 1]
intervals: {confidence: 0.95, samples: 100}
corpora:
  emodb:
    root: speech/emodb
    paper: {test: ["03"]}
  savee:
    root: practice
    paper: {test: [DC]}
  spare:
    root: speech/emodb
    reader: emodb
    paper: {test: ["03"]}
languages:
  deu: {name: German, family: Germanic}
  eng: {name: English, family: Germanic}
features:
  is09: {extractor: opensmile, set: IS09}
  mfcc: {extractor: kaldi_mfcc}
models:
  logreg: {C: 0.01}
  lstm: {layers: [4], frames: 20, epochs: 2, patience: 2}
systems:
  is09-logreg: {features: is09, model: logreg}
  is09-svc: {features: is09, model: svc}
  mfcc-lstm: {features: mfcc, model: lstm, finetune: {epochs: 1}}
tables:
  alone:
    caption: Each corpus by itself
    columns: [emodb, savee]
    rows:
      - {system: is09-logreg, train: same}
      - {system: mfcc-lstm, train: same}
  across:
    caption: From one corpus to the other
    columns: [savee]
    rows:
      - {system: is09-svc, train: emodb}
      - {system: mfcc-lstm, train: emodb>same}
"""

# Named, so that further targets of `all` (figures, a report) change nothing here.
TARGETS = ("results/tables/alone.md", "results/tables/across.md", "results/corpora/emodb/card.md")

Plan = set[tuple[str, str]]
_JOB = re.compile(r"^Job \d+: (?P<job>.*)\nReason: (?P<reason>.*)$", re.MULTILINE)
_REASONS = {
    "Missing output files": "missing",
    "Updated input files": "updated",
    "Params have changed since last execution": "params",
    "Set of input files has changed since last execution": "input set",
    "Input files updated by another job": "after",
    "Software environment definition has changed since last execution": "environment",
}


def parse(output: str) -> Plan:
    """Return {(job, reason)} of a dry run.

    A job is its message. A reason is `missing`, `params`, `changed: MODULE`, `input set`, `environment`,
    `updated FILE ...`, or `after` where nothing but another job of the plan, which makes its inputs anew, is the
    reason.
    """
    jobs = {(m["job"], _reason(m["reason"])) for m in _JOB.finditer(output)}
    counted = re.search(r"^total +(\d+)$", output, re.MULTILINE)
    expected = int(counted[1]) if counted else 0
    assert len(jobs) == expected, f"{len(jobs)} jobs read, {expected} counted in\n{output}"
    return jobs


def _reason(text: str) -> str:
    found: set[str] = set()
    for part in text.split("; "):
        name, _, detail = part.partition(":")
        reason = _REASONS.get(name.strip(), part)
        if reason == "params" and (code := reasons.reason(part)).startswith("changed: "):
            reason = code
        files = sorted(f.strip() for f in detail.split(",")) if reason == "updated" else []
        found.add(" ".join([reason, *files]))
    return " + ".join(sorted(found - {"after"})) or "after"


@contextlib.contextmanager
def planned(cores: int, changes: Mapping[str, Any] | None = None, **resources: Any) -> Iterator[Any]:
    """Snakemake's store of this repository: its rules, and the graph of the jobs of every table.

    `resources` are further arguments of Snakemake's `ResourceSettings`, such as `nodes` on a cluster.
    """
    from snakemake.api import SnakemakeApi
    from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, Quietness, ResourceSettings

    with contextlib.chdir(REPOSITORY), SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        loaded = api.workflow(
            resource_settings=ResourceSettings(cores=cores, **resources),
            config_settings=ConfigSettings(config=changes or {}),
            snakefile=Path("Snakefile"),
        )
        dag = loaded.dag(DAGSettings(targets={"all", *DEFAULT["tables"]}))
        dag.execute_workflow(executor="dryrun")
        yield dag.workflow_api._workflow_store


class Project:
    """A copy of the repository with the small config."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self._after = folder / "after-first-run"
        copy_repository(self.folder)
        (self.folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
        speak(self.folder / "speech" / "emodb")

    def path(self, name: str) -> Path:
        """A file of the project."""
        return self.folder / name

    def keep(self) -> None:
        """Remember this state; restore() returns to it."""
        _copy(self.folder, self._after)

    def restore(self) -> "Project":
        """Return to the remembered state, at the same path and with the same time stamps."""
        shutil.rmtree(self.folder, ignore_errors=True)
        _copy(self._after, self.folder)
        return self

    def moved(self, folder: Path) -> "Project":
        """The project at another path, as `cp -a` or `rsync -a` puts it there."""
        other = object.__new__(Project)
        other.folder, other._after = folder, self._after
        _copy(self.folder, folder)
        return other

    def snakemake(self, *arguments: str) -> str:
        """Run Snakemake in the project as a user would; return all it prints."""
        return snakemake(self.folder, "--logger-xser-plain", *arguments)

    def plan(self, *targets: str) -> Plan:
        """What Snakemake would run now for some targets, and why."""
        return parse(self.snakemake("--dry-run", *(targets or TARGETS)))

    def run(self, *targets: str) -> Plan:
        """Run; return what ran, and why."""
        return parse(self.snakemake(*(targets or TARGETS)))

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        """Change the text of a file; a change that changes nothing is a mistake of the test."""
        path = self.path(name)
        before = path.read_text(encoding="utf-8")
        after = change(before)
        assert after != before, f"{name}: nothing to change"
        path.write_text(after, encoding="utf-8")

    def configure(self, old: str, new: str) -> None:
        """Replace one piece of config.yaml."""
        assert CONFIG.count(old) == 1, f"{old!r} is not there once"
        self.edit("config.yaml", lambda text: text.replace(old, new))

    def results(self) -> dict[str, bytes]:
        """All results but logs, stored trainings and practice audio: path -> bytes.

        The summary page's first line, which says when it was made and in which time, is left out, and so is its sum.
        """
        root = self.path("results")
        skipped = {"logs", "cache", "practice"}
        files = (p for p in sorted(root.rglob("*")) if p.is_file() and p.name != "summary.html.sha256")
        found = {str(p.relative_to(root)): p.read_bytes() for p in files if p.relative_to(root).parts[0] not in skipped}
        if page := found.get("summary.html"):
            found["summary.html"], times = re.subn(rb'<p class="lead">.*?</p>', b"", page, count=1, flags=re.DOTALL)
            assert times == 1
        return found


def speak(root: Path) -> None:
    """Put recordings of a few speakers below a root, as a licensed corpus would lie there."""
    from xser.corpora.practice.writing import write_corpus

    write_corpus("emodb", root)
    for wav in (root / "wav").iterdir():
        if wav.name[:2] not in SPEAKERS:
            wav.unlink()


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)
